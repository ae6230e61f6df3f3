"""The catalogue as an ES module for the browser: the same texts, chosen and filled there.

`python -m finance_app.i18n.export` writes `assets/catalogue.js`; the build calls it before it compiles.
"""

import json
from pathlib import Path

from finance_app.i18n.catalogue import DEFAULT_LOCALE, LOCALES, messages

TARGET = Path(__file__).resolve().parents[2] / "assets" / "catalogue.js"

_LOOKUP = """
const rules = {};
const rule = (locale) => (rules[locale] ??= new Intl.PluralRules(locale));

export const guess = () => {
  if (typeof document === "undefined") return DEFAULT;
  const cookie = document.cookie.match(/(?:^|; )locale=(\\w+)/);
  if (cookie && TEXTS[cookie[1]]) return cookie[1];
  const wanted = (navigator.languages ?? [navigator.language]).map((tag) => tag.slice(0, 2));
  return wanted.find((tag) => TEXTS[tag]) ?? DEFAULT;
};

export const t = (locale, key, params) => {
  const texts = TEXTS[locale] ?? TEXTS[(locale = guess())];
  let text = texts[key];
  if (text === undefined) return key;
  if (typeof text !== "string") {
    const n = Math.abs(Number(params?.n ?? 0));
    text = text[rule(locale).select(n)] ?? text.other;
  }
  const shown = (name) =>
    name === "n" && typeof params.n === "number" ? params.n.toLocaleString(locale) : params[name];
  return params ? text.replace(/\\{(\\w+)\\}/g, (whole, name) => shown(name) ?? whole) : text;
};
"""


def module() -> str:
    """The source of the module: `t(locale, key, params)`; an empty locale means the browser's own."""
    texts = {locale: messages(locale) for locale in LOCALES}
    body = json.dumps(texts, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
    return f"const DEFAULT = {json.dumps(DEFAULT_LOCALE)};\nconst TEXTS = {body};\n{_LOOKUP}"


def export(target: Path = TARGET) -> bool:
    """Write the module where it changed; true if it did."""
    source = module()
    if target.exists() and target.read_text(encoding="utf-8") == source:
        return False
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(source, encoding="utf-8")
    return True


if __name__ == "__main__":
    export()
