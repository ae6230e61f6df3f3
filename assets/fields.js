import { createElement as h, useEffect, useId, useRef, useState } from "react";

const icon = (path) =>
  h(
    "svg",
    { width: 14, height: 14, viewBox: "0 0 24 24", fill: "none", stroke: "currentColor", strokeWidth: 2, strokeLinecap: "round", strokeLinejoin: "round", "aria-hidden": true },
    h("path", { d: path }),
  );

/* A selector that searches on the server while one types. Inside a form it submits the id as `name`;
   `onPick(id, label)` tells the choice ("" when emptied), `onCreate(text)` offers to make what is not there. */
export function SearchSelect({
  id, name, source, scope = "", value = "", valueLabel = "", placeholder = "", label, labels, required, invalid, describedBy, disabled, onPick, onCreate,
}) {
  const own = useId();
  const listId = `${own}-list`;
  const box = useRef(null);
  const input = useRef(null);
  const [chosen, setChosen] = useState({ id: value, label: valueLabel });
  const [text, setText] = useState(null);
  const [hits, setHits] = useState([]);
  const [busy, setBusy] = useState(false);
  const [failed, setFailed] = useState(false);
  const [at, setAt] = useState(0);
  const open = text !== null;

  useEffect(() => setChosen({ id: value, label: valueLabel }), [value, valueLabel]);

  useEffect(() => {
    if (!open) return;
    const stop = new AbortController();
    setBusy(true);
    setFailed(false);
    const query = new URLSearchParams({ q: text, scope });
    const timer = setTimeout(
      async () => {
        try {
          const answer = await fetch(`/api/search/${source}?${query}`, { signal: stop.signal });
          if (!answer.ok) throw new Error(String(answer.status));
          setHits((await answer.json()).hits);
          setBusy(false);
          setAt(0);
        } catch (error) {
          if (error.name === "AbortError") return;
          setHits([]);
          setBusy(false);
          setFailed(true);
        }
      },
      text ? 150 : 0,
    );
    return () => {
      clearTimeout(timer);
      stop.abort();
    };
  }, [text, source, scope]);

  useEffect(() => {
    if (!open) return;
    const leave = (event) => !box.current?.contains(event.target) && setText(null);
    document.addEventListener("pointerdown", leave);
    return () => document.removeEventListener("pointerdown", leave);
  }, [open]);

  const canCreate = Boolean(onCreate) && open && text.trim() !== "" && !hits.some((hit) => hit.label.toLowerCase() === text.trim().toLowerCase());
  const count = hits.length + (canCreate ? 1 : 0);
  const pick = (hit) => {
    setChosen(hit);
    setText(null);
    onPick?.(String(hit.id), hit.label);
  };
  const choose = (index) => {
    if (index < hits.length) pick(hits[index]);
    else if (canCreate) {
      const wanted = text.trim();
      setText(null);
      onCreate(wanted);
    }
  };
  const press = (event) => {
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      if (!open) setText("");
      else if (count) setAt((at + (event.key === "ArrowDown" ? 1 : count - 1)) % count);
    } else if (event.key === "Enter" && open) {
      event.preventDefault();
      if (!busy && count) choose(at);
    } else if (event.key === "Escape" && open) {
      event.preventDefault();
      event.stopPropagation();
      setText(null);
    } else if (event.key === "Tab") {
      setText(null);
    }
  };
  useEffect(() => {
    document.getElementById(`${listId}-${at}`)?.scrollIntoView({ block: "nearest" });
  }, [at, listId]);

  return h(
    "div",
    { className: "combo", ref: box },
    name && h("input", { type: "hidden", name, value: chosen.id ?? "" }),
    h("input", {
      ref: input, id, className: "input", role: "combobox", autoComplete: "off", disabled, placeholder, "aria-label": label,
      "aria-expanded": open, "aria-controls": open ? listId : undefined, "aria-autocomplete": "list", "aria-required": required || undefined,
      "aria-invalid": invalid || undefined, "aria-describedby": describedBy || undefined,
      "aria-activedescendant": open && count ? `${listId}-${at}` : undefined,
      value: open ? text : (chosen.label ?? ""), onClick: () => !open && setText(""), onKeyDown: press,
      onChange: (event) => setText(event.target.value.slice(0, 80)),
    }),
    h(
      "span",
      { className: "combo-buttons" },
      !required && chosen.id && !disabled && !open &&
        h("button", { type: "button", "aria-label": labels.clear, onClick: () => pick({ id: "", label: "" }) }, icon("M18 6 6 18M6 6l12 12")),
      h("button", { type: "button", tabIndex: -1, "aria-hidden": true, disabled, onClick: () => (open ? setText(null) : (input.current?.focus(), setText(""))) }, icon("m6 9 6 6 6-6")),
    ),
    open &&
      h(
        "div",
        { className: "combo-list" },
        h(
          "div",
          { id: listId, role: "listbox", "aria-label": labels.options },
          hits.map((hit, index) =>
            h(
              "div",
              { key: hit.id, id: `${listId}-${index}`, role: "option", className: "option", "aria-selected": index === at, onClick: () => choose(index), onMouseMove: () => setAt(index) },
              h("b", { className: "truncate" }, hit.label),
              hit.detail && h("span", { className: "detail" }, hit.detail),
            ),
          ),
          canCreate &&
            h(
              "div",
              { id: `${listId}-${hits.length}`, role: "option", className: "option option-create", "aria-selected": at === hits.length, onClick: () => choose(hits.length), onMouseMove: () => setAt(hits.length) },
              `${labels.create} “${text.trim()}”`,
            ),
        ),
        !hits.length && !canCreate && h("div", { className: "option-note", role: "status" }, failed ? labels.failed : busy ? labels.searching : labels.nothing),
      ),
  );
}
