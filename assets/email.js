import { createElement as h, useEffect, useRef, useState } from "react";

/* The e-mail as it will arrive, drawn anew by the server while one types in the fields with these ids. */
export function EmailPreview({ label, subject, html, fields, onTyped }) {
  const typed = useRef(onTyped);
  typed.current = onTyped;
  const ids = fields.join(" ");

  useEffect(() => {
    const inputs = ids.split(" ").map((id) => document.getElementById(id));
    let timer;
    const later = () => {
      clearTimeout(timer);
      timer = setTimeout(() => typed.current?.(...inputs.map((input) => input?.value ?? "")), 350);
    };
    inputs.forEach((input) => input?.addEventListener("input", later));
    return () => {
      clearTimeout(timer);
      inputs.forEach((input) => input?.removeEventListener("input", later));
    };
  }, [ids]);

  return h(
    "section",
    { className: "letter-preview", "aria-label": label },
    h("div", { className: "letter-head" }, h("span", { className: "small muted" }, label), h("strong", null, subject)),
    h("iframe", { srcDoc: html, sandbox: "", title: label, tabIndex: -1 }),
  );
}

/* Addresses to add to the field with this id; those that it names already are not offered. */
export function AddressChips({ label, field, addresses }) {
  const [, again] = useState(0);
  useEffect(() => {
    const input = document.getElementById(field);
    const look = () => again((n) => n + 1);
    look();
    input?.addEventListener("input", look);
    return () => input?.removeEventListener("input", look);
  }, [field, addresses]);

  const value = document.getElementById(field)?.value ?? "";
  const named = value.toLowerCase();
  const offered = addresses.filter((each) => !named.includes(each.toLowerCase()));
  if (!offered.length) return null;
  const add = (address) => {
    const input = document.getElementById(field);
    input.value = [input.value.trim().replace(/[,;]$/, ""), address].filter(Boolean).join(", ");
    input.focus();
    again((n) => n + 1);
  };
  return h(
    "div",
    { className: "chips", role: "group", "aria-label": label },
    offered.map((each) => h("button", { type: "button", key: each, onClick: () => add(each) }, `+ ${each}`)),
  );
}
