import { createElement as h, useEffect, useRef } from "react";

const icon = h(
  "svg",
  { width: 16, height: 16, viewBox: "0 0 24 24", fill: "currentColor", "aria-hidden": true },
  [6, 12, 18].flatMap((y) => [9, 15].map((x) => h("circle", { key: `${x}-${y}`, cx: x, cy: y, r: 1.5 }))),
);

let dragged = null;
let followed = null;

/* The handle of a row in an ordered list: dragged with the mouse, or moved with the arrow keys, which it keeps
   the focus for. `position` counts from 1; `onMove(line, position)` asks for a new place. */
export function MoveHandle({ line, position, label, onMove }) {
  const button = useRef(null);
  const here = useRef({});
  here.current = { line, position, onMove };

  useEffect(() => {
    if (followed === line) button.current?.focus();
  }, [line, position]);

  useEffect(() => {
    const row = button.current.closest("li");
    const below = (event) => event.clientY > row.getBoundingClientRect().top + row.offsetHeight / 2;
    const over = (event) => {
      if (!dragged || dragged.line === here.current.line) return;
      event.preventDefault();
      row.dataset.drop = below(event) ? "after" : "before";
    };
    const leave = (event) => !row.contains(event.relatedTarget) && delete row.dataset.drop;
    const drop = (event) => {
      delete row.dataset.drop;
      if (!dragged || dragged.line === here.current.line) return;
      event.preventDefault();
      const target = here.current.position + (below(event) ? 1 : 0);
      dragged.onMove(dragged.line, target > dragged.position ? target - 1 : target);
    };
    row.addEventListener("dragover", over);
    row.addEventListener("dragleave", leave);
    row.addEventListener("drop", drop);
    return () => {
      row.removeEventListener("dragover", over);
      row.removeEventListener("dragleave", leave);
      row.removeEventListener("drop", drop);
    };
  }, []);

  return h(
    "button",
    {
      ref: button, type: "button", className: "btn btn-quiet btn-icon btn-s move-handle", "aria-label": label, title: label, draggable: true,
      onDragStart: (event) => {
        dragged = { ...here.current };
        event.dataTransfer.effectAllowed = "move";
        event.dataTransfer.setData("text/plain", "");
        const row = button.current.closest("li");
        event.dataTransfer.setDragImage(row, 12, 12);
      },
      onDragEnd: () => (dragged = null),
      onBlur: () => followed === line && (followed = null),
      onKeyDown: (event) => {
        const step = { ArrowUp: -1, ArrowDown: 1 }[event.key];
        if (!step) return;
        event.preventDefault();
        followed = line;
        if (position + step > 0) onMove(line, position + step);
      },
    },
    icon,
  );
}
