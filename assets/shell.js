import { createElement as h, useContext, useEffect, useRef, useState } from "react";
import { Link, useLocation, useNavigate } from "react-router";
import { toast } from "sonner";
import { ColorModeContext } from "$/utils/context-registry";

const plain = (path) => path.replace(/[?#].*$/, "").replace(/\/+$/, "") || "/";

/* The router's own NavLink takes the slash that a loaded page has at its end for another page. */
export function NavLink({ to, under, end, className = "", ...rest }) {
  const here = plain(useLocation().pathname);
  const active = (under || to).split(" ").map(plain).some((at) => here === at || (!end && here.startsWith(`${at}/`)));
  return h(Link, { ...rest, to, className: active ? `${className} active` : className, "aria-current": active ? "page" : undefined });
}

/* Language and title of the document, theme of the person, language before the log-in, toasts of the server.
   Reflex's own toasts from a handler need eval, which our policy forbids. */
export function PageEffects({ locale, theme, title, notice }) {
  const { setColorMode } = useContext(ColorModeContext);
  useEffect(() => {
    if (locale) {
      document.documentElement.lang = locale;
      document.cookie = `locale=${locale}; path=/; max-age=31536000; samesite=lax`;
    }
  }, [locale]);
  useEffect(() => {
    if (theme) setColorMode(theme);
  }, [theme]);
  useEffect(() => {
    if (!notice?.id || notice.id === sessionStorage.getItem("told")) return;
    sessionStorage.setItem("told", notice.id);
    const show = toast[notice.kind] ?? toast;
    show(notice.text, { description: notice.detail || undefined, duration: notice.kind === "error" ? 12000 : 4000 });
  }, [notice?.id]);
  useEffect(() => {
    document.title = title ? `${title} · Marge` : "Marge";
  }, [title]);
  return null;
}

/* Leads to an address outside the app's pages, once: who comes back is not sent there again. */
export function Leave({ href }) {
  useEffect(() => {
    if (!href || sessionStorage.getItem("left") === href) return;
    sessionStorage.setItem("left", href);
    window.location.assign(href);
  }, [href]);
  return null;
}

/* The pages are drawn at build time in no language. They start empty, and are filled once the browser, which
   knows the language, has taken over. */
let started = false;
export function Started({ children }) {
  const [on, setOn] = useState(started);
  useEffect(() => {
    started = true;
    setOn(true);
  }, []);
  return on ? children : null;
}

/* Shows a page only when its data is that of the address, so that no other record's data is ever seen. */
export function Ready({ path, skeleton, onStray, children }) {
  const { pathname: at, hash } = useLocation();
  const pathname = plain(at);
  const shown = useRef("");
  const ready = plain(path) === pathname;
  useEffect(() => {
    if (ready) shown.current = pathname;
    else if (shown.current === pathname) {
      shown.current = "";
      onStray();
    }
  }, [ready, pathname]);
  useEffect(() => {
    if (ready && hash) document.getElementById(hash.slice(1))?.scrollIntoView();
  }, [ready, hash]);
  return ready ? children : skeleton;
}

export function InView({ children, minHeight = 300 }) {
  const box = useRef(null);
  const [seen, setSeen] = useState(false);
  useEffect(() => {
    if (seen || !box.current) return;
    const observer = new IntersectionObserver(
      (entries) => entries.some((entry) => entry.isIntersecting) && setSeen(true),
      { rootMargin: "200px" },
    );
    observer.observe(box.current);
    return () => observer.disconnect();
  }, [seen]);
  return h("div", { ref: box, style: { minHeight } }, seen ? children : null);
}

/* `combo` is a key with modifiers, as in "mod+enter"; mod is Ctrl, or Cmd on a Mac. */
export function Hotkey({ combo, onTrigger }) {
  const act = useRef(onTrigger);
  act.current = onTrigger;
  useEffect(() => {
    const parts = combo.toLowerCase().split("+");
    const key = parts.pop();
    const press = (event) => {
      const typing = /^(input|textarea|select)$/i.test(event.target?.tagName ?? "");
      if (event.key?.toLowerCase() !== key) return;
      if (parts.includes("mod") !== (event.ctrlKey || event.metaKey)) return;
      if (parts.includes("shift") !== event.shiftKey) return;
      if (typing && !parts.includes("mod")) return;
      event.preventDefault();
      act.current?.();
    };
    window.addEventListener("keydown", press);
    return () => window.removeEventListener("keydown", press);
  }, [combo]);
  return null;
}

const setDrawer = (open) => {
  if (open) document.documentElement.dataset.drawer = "open";
  else delete document.documentElement.dataset.drawer;
  window.dispatchEvent(new Event("drawer"));
};

export function DrawerButton({ label, children, className }) {
  const [open, setOpen] = useState(false);
  const { pathname } = useLocation();
  useEffect(() => setDrawer(false), [pathname]);
  useEffect(() => {
    const follow = () => setOpen(document.documentElement.dataset.drawer === "open");
    const press = (event) => event.key === "Escape" && setDrawer(false);
    window.addEventListener("drawer", follow);
    window.addEventListener("keydown", press);
    return () => {
      window.removeEventListener("drawer", follow);
      window.removeEventListener("keydown", press);
    };
  }, []);
  return h(
    "button",
    { type: "button", className, "aria-label": label, "aria-expanded": open, "aria-controls": "side", onClick: () => setDrawer(!open) },
    children,
  );
}

export function Scrim({ label }) {
  return h("button", { type: "button", className: "scrim", "aria-label": label, tabIndex: -1, onClick: () => setDrawer(false) });
}

const openPalette = () => window.dispatchEvent(new Event("palette"));

export function PaletteButton({ children, className, label }) {
  return h("button", { type: "button", className, "aria-label": label, onClick: openPalette }, children);
}

/* Ctrl+K: pages filtered here, records searched on the server. `pages` is a list of {label, href}. */
export function CommandPalette({ pages, labels }) {
  const dialog = useRef(null);
  const navigate = useNavigate();
  const [text, setText] = useState("");
  const [hits, setHits] = useState([]);
  const [at, setAt] = useState(0);
  const [busy, setBusy] = useState(false);

  useEffect(() => {
    const show = () => {
      if (dialog.current?.open) return;
      setText("");
      setHits([]);
      setAt(0);
      dialog.current?.showModal();
    };
    const press = (event) => {
      if ((event.ctrlKey || event.metaKey) && event.key?.toLowerCase() === "k") {
        event.preventDefault();
        show();
      }
    };
    window.addEventListener("keydown", press);
    window.addEventListener("palette", show);
    return () => {
      window.removeEventListener("keydown", press);
      window.removeEventListener("palette", show);
    };
  }, []);

  useEffect(() => {
    if (!text.trim()) {
      setHits([]);
      setBusy(false);
      return;
    }
    const stop = new AbortController();
    setBusy(true);
    const timer = setTimeout(async () => {
      try {
        const answer = await fetch(`/api/search?q=${encodeURIComponent(text)}`, { signal: stop.signal });
        setHits(answer.ok ? (await answer.json()).hits : []);
        setBusy(false);
        setAt(0);
      } catch (error) {
        if (error.name !== "AbortError") setBusy(false);
      }
    }, 120);
    return () => {
      clearTimeout(timer);
      stop.abort();
    };
  }, [text]);

  const wanted = text.trim().toLowerCase();
  const found = pages
    .filter((page) => page.label && page.label.toLowerCase().includes(wanted))
    .map((page) => ({ ...page, group: labels.pages }));
  const all = [...found, ...hits.map((hit) => ({ ...hit, group: labels[hit.source] ?? hit.source }))];
  const current = Math.min(at, all.length - 1);

  const go = (hit) => {
    if (!hit) return;
    dialog.current?.close();
    navigate(hit.href);
  };
  const press = (event) => {
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      const step = event.key === "ArrowDown" ? 1 : all.length - 1;
      if (all.length) setAt((current + step) % all.length);
    } else if (event.key === "Enter") {
      event.preventDefault();
      go(all[current]);
    }
  };
  useEffect(() => {
    document.getElementById(`palette-${current}`)?.scrollIntoView({ block: "nearest" });
  }, [current]);

  return h(
    "dialog",
    { ref: dialog, className: "palette", "aria-label": labels.title, onClick: (e) => e.target === dialog.current && dialog.current.close() },
    h("input", {
      className: "palette-input", value: text, autoFocus: true, placeholder: labels.placeholder, "aria-label": labels.placeholder,
      role: "combobox", "aria-expanded": true, "aria-controls": "palette-list", "aria-autocomplete": "list",
      "aria-activedescendant": all.length ? `palette-${current}` : undefined,
      onChange: (event) => setText(event.target.value.slice(0, 80)), onKeyDown: press,
    }),
    h(
      "div",
      { className: "palette-list", role: "listbox", id: "palette-list", "aria-label": labels.title },
      all.flatMap((hit, index) => [
        hit.group !== all[index - 1]?.group && h("div", { key: `g${index}`, className: "palette-group", role: "presentation" }, hit.group),
        h(
          "div",
          {
            key: `${hit.group}${hit.href}${hit.label}`, id: `palette-${index}`, role: "option", className: "option", "aria-selected": index === current,
            onClick: () => go(hit), onMouseMove: () => setAt(index),
          },
          h("b", { className: "truncate" }, hit.label),
          hit.detail && h("span", { className: "detail" }, hit.detail),
        ),
      ]),
    ),
    !all.length && h("div", { className: "option-note", role: "status" }, busy ? labels.searching : labels.nothing),
  );
}
