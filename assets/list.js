import { createElement as h, useEffect, useRef, useState } from "react";
import { useLocation, useNavigate, useSearchParams } from "react-router";
import { SearchSelect } from "./fields";

/* The address is the memory of a list. Any change but that of the page leads to page 1. */
const useQuery = () => {
  const [params] = useSearchParams();
  const navigate = useNavigate();
  const { pathname } = useLocation();
  const set = (changes, options) => {
    const next = new URLSearchParams(window.location.search);
    if (!("page" in changes)) next.delete("page");
    for (const [name, value] of Object.entries(changes)) {
      if (value === "" || value === null || value === undefined) next.delete(name);
      else next.set(name, value);
    }
    const query = next.toString();
    navigate(query ? `${pathname}?${query}` : pathname, options);
  };
  return [params, set];
};

const icon = (path, size = 16) =>
  h(
    "svg",
    { width: size, height: size, viewBox: "0 0 24 24", fill: "none", stroke: "currentColor", strokeWidth: 2, strokeLinecap: "round", strokeLinejoin: "round", "aria-hidden": true },
    h("path", { d: path }),
  );

export function SearchBox({ label, name = "q" }) {
  const [params, set] = useQuery();
  const wanted = params.get(name) ?? "";
  const [text, setText] = useState(wanted);
  const timer = useRef(null);
  const sent = useRef(wanted);
  useEffect(() => {
    if (wanted !== sent.current) {
      sent.current = wanted;
      setText(wanted);
    }
  }, [wanted]);
  useEffect(() => () => clearTimeout(timer.current), []);
  const type = (value) => {
    setText(value);
    clearTimeout(timer.current);
    timer.current = setTimeout(() => {
      const next = value.trim();
      if (next === sent.current) return;
      const first = sent.current === "";
      sent.current = next;
      set({ [name]: next }, { replace: !first });
    }, 200);
  };
  return h(
    "div",
    { className: "search", role: "search" },
    icon("m21 21-4.3-4.3M19 11a8 8 0 1 1-16 0 8 8 0 0 1 16 0"),
    h("input", { className: "input", type: "search", value: text, "aria-label": label, placeholder: label, maxLength: 200, onChange: (e) => type(e.target.value) }),
  );
}

/* `options` is a list of {value, label}; without a choice the select shows its label. */
export function FilterSelect({ name, label, options }) {
  const [params, set] = useQuery();
  const value = params.get(name) ?? "";
  return h(
    "span",
    { className: "filter", "data-set": value !== "" },
    h(
      "select",
      { "aria-label": label, value, onChange: (event) => set({ [name]: event.target.value }) },
      h("option", { value: "" }, label),
      options.map((option) => h("option", { key: option.value, value: option.value }, option.label)),
    ),
    icon("m6 9 6 6 6-6", 14),
  );
}

/* A filter of many choices, searched on the server; `chosen` names the one in the address. */
export function FilterSearch({ name, label, source, scope, chosen, labels }) {
  const [params, set] = useQuery();
  const value = params.get(name) ?? "";
  return h(
    "div",
    { className: "filter-search", "data-set": value !== "" },
    h(SearchSelect, { source, scope, value, valueLabel: value ? chosen : "", placeholder: label, label, labels, onPick: (id) => set({ [name]: id }) }),
  );
}

/* A filter as tabs: `options` is a list of {value, label, count}. */
export function FilterTabs({ name, label, options }) {
  const [params, set] = useQuery();
  const value = params.get(name) ?? "";
  return h(
    "nav",
    { className: "tabs", "aria-label": label },
    options.map((option) =>
      h(
        "button",
        { key: option.value, type: "button", className: option.value === value ? "tab active" : "tab", "aria-current": option.value === value ? "true" : undefined, onClick: () => set({ [name]: option.value }) },
        option.label,
        h("span", { className: "tab-count" }, option.count),
      ),
    ),
  );
}

export function FilterDate({ name, label }) {
  const [params, set] = useQuery();
  const value = params.get(name) ?? "";
  return h(
    "label",
    { className: "filter", "data-set": value !== "" },
    h("span", { className: "small muted", style: { marginRight: 6 } }, label),
    h("input", { type: "date", value, onChange: (event) => set({ [name]: event.target.value }) }),
  );
}

export function ClearFilters({ label, names, className = "btn btn-quiet" }) {
  const [params, set] = useQuery();
  if (!names.some((name) => params.get(name))) return null;
  return h("button", { type: "button", className, onClick: () => set(Object.fromEntries(names.map((name) => [name, ""]))) }, label);
}

/* A click orders by the column, a second one turns the order round. */
export function SortHead({ name, label, sort, descending, className, children }) {
  const [, set] = useQuery();
  const on = sort === name;
  return h(
    "th",
    { scope: "col", className, "aria-sort": on ? (descending ? "descending" : "ascending") : undefined },
    h(
      "button",
      { type: "button", className: "sort", onClick: () => set({ sort: on && !descending ? `-${name}` : name }) },
      label ?? children,
      icon("m18 15-6-6-6 6", 12),
    ),
  );
}

export function Pager({ page, pages, label, previous, next }) {
  const [, set] = useQuery();
  const to = (target) => set({ page: target > 1 ? String(target) : "" });
  return h(
    "nav",
    { className: "pager", "aria-label": label },
    h("span", { className: "num", "aria-live": "polite" }, label),
    pages > 1 &&
      h(
        "span",
        { className: "row" },
        h("button", { type: "button", className: "btn btn-s", disabled: page <= 1, onClick: () => to(page - 1) }, previous),
        h("button", { type: "button", className: "btn btn-s", disabled: page >= pages, onClick: () => to(page + 1) }, next),
      ),
  );
}

/* A plain link, so that the browser downloads; it carries the query of the page as it is at the click, and what
   the page itself stands for (`within`). */
export function ExportLink({ href, within = "", children, onClick, ...rest }) {
  const go = (event) => {
    onClick?.(event);
    event.preventDefault();
    const query = new URLSearchParams(window.location.search);
    for (const [name, value] of new URLSearchParams(within)) query.set(name, value);
    window.location.assign(query.size ? `${href}?${query}` : href);
  };
  return h("a", { ...rest, href, onClick: go }, children);
}

/* A choice of few, kept in the address: `options` is a list of {value, label}; `value` counts where the address has none. */
export function Segments({ name, label, options, value }) {
  const [params, set] = useQuery();
  const chosen = params.get(name) || value || "";
  return h(
    "div",
    { className: "segments", role: "group", "aria-label": label },
    options.map((option) =>
      h(
        "button",
        { key: option.value, type: "button", "aria-pressed": option.value === chosen, onClick: () => set({ [name]: option.value }) },
        option.label,
      ),
    ),
  );
}

/* Which rows of a table are unfolded stands in the address too, as their keys. */
const unfolded = (params) => (params.get("open") ?? "").split(",").filter(Boolean);

export function Unfold({ keyName, label, isOpen, all }) {
  const [params, set] = useQuery();
  const toggle = () => {
    const open = unfolded(params).filter((key) => key !== keyName && key !== "all");
    set({ open: (isOpen ? open : [...open, keyName]).join(","), page: params.get("page") }, { replace: true });
  };
  return h(
    "button",
    { type: "button", className: "unfold", "aria-expanded": isOpen, "aria-label": label, disabled: all && isOpen, onClick: toggle },
    icon("m9 18 6-6-6-6", 14),
  );
}

export function UnfoldAll({ label, close, isOpen }) {
  const [, set] = useQuery();
  const text = isOpen ? close : label;
  return h(
    "button",
    { type: "button", className: "unfold", "aria-expanded": isOpen, "aria-label": text, title: text, onClick: () => set({ open: isOpen ? "" : "all" }, { replace: true }) },
    icon("m9 18 6-6-6-6", 14),
  );
}
