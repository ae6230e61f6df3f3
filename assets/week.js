import { createElement as h, useEffect, useRef, useState } from "react";
import { Link } from "react-router";

/* A cell of the week grid. What is typed stays until the server has taken it, or Esc gives it up. */
const move = (input, rows, columns) => {
  const row = input.closest("tr");
  const at = [...row.children].indexOf(input.closest("td"));
  let next = row;
  for (let step = 0; step < Math.abs(rows) && next; step += 1) {
    next = rows > 0 ? next.nextElementSibling : next.previousElementSibling;
  }
  const target = next?.children[at + columns]?.querySelector("input, a");
  if (target) {
    target.focus();
    target.select?.();
  }
  return Boolean(target);
};

export function WeekCell({ cell, value, seen, lock, lockText, label, count, href, several, unsaved, error, saved, readOnly, onSave, onGiveUp }) {
  const [text, setText] = useState(value);
  const [base, setBase] = useState(null);
  const asked = useRef(null);
  const dirty = base !== null;

  useEffect(() => {
    if (!dirty) setText(value);
  }, [value, seen]);

  useEffect(() => {
    if (!saved) return;
    if (asked.current === text) {
      setBase(null);
      setText(value);
    } else if (dirty) setBase(seen);
    asked.current = null;
  }, [saved]);

  const type = (event) => {
    if (!dirty) setBase(seen);
    setText(event.target.value);
  };
  const save = () => {
    if (!dirty) return;
    if (text.trim() === value && base === seen) {
      giveUp();
      return;
    }
    asked.current = text;
    onSave(cell, text, base);
  };
  const giveUp = () => {
    setBase(null);
    setText(value);
    if (error) onGiveUp(cell);
  };
  const press = (event) => {
    const input = event.target;
    if (event.key === "Enter") {
      event.preventDefault();
      if (!move(input, event.shiftKey ? -1 : 1, 0)) save();
    } else if (event.key === "Escape") giveUp();
    else if (event.key === "ArrowUp" || event.key === "ArrowDown") {
      event.preventDefault();
      move(input, event.key === "ArrowUp" ? -1 : 1, 0);
    } else if (event.key === "ArrowLeft" && input.selectionStart === 0 && (input.selectionEnd === 0 || input.selectionEnd === text.length)) {
      if (move(input, 0, -1)) event.preventDefault();
    } else if (event.key === "ArrowRight" && input.selectionEnd === text.length && (input.selectionStart === text.length || input.selectionStart === 0)) {
      if (move(input, 0, 1)) event.preventDefault();
    }
  };

  if (lock || readOnly || count > 1) {
    const why = lock ? lockText : count > 1 ? several : label;
    if (!count) return h("span", { className: "week-cell locked", title: why }, lock ? h("span", { className: "sr-only" }, why) : null);
    return h(Link, { to: href, className: lock ? "week-cell locked" : "week-cell many", title: why, "aria-label": `${label}: ${value}. ${why}` }, value);
  }
  return h(
    "span",
    { className: "week-cell" },
    h("input", {
      className: "input n", value: text, inputMode: "decimal", autoComplete: "off", maxLength: 20, "aria-label": label, "data-dirty": dirty, title: error || (dirty ? unsaved : undefined),
      "aria-invalid": error ? "true" : "false", onChange: type, onBlur: save, onKeyDown: press, onFocus: (event) => event.target.select(),
    }),
    error ? h("span", { className: "week-error", role: "alert" }, error) : null,
  );
}
