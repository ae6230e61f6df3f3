"""Look-up of texts: one catalogue for the browser, the documents, the e-mails and the command line."""

import re
import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from babel import Locale
from babel.core import negotiate_locale
from babel.numbers import format_decimal

LOCALES = ("en", "fr")
DEFAULT_LOCALE = "en"
PLURAL_FORMS = frozenset({"zero", "one", "two", "few", "many", "other"})

Message = str | dict[str, str]

_PLACEHOLDER = re.compile(r"\{(\w+)\}")


def _is_plural(value: object) -> bool:
    return isinstance(value, dict) and "other" in value and PLURAL_FORMS.issuperset(value)


def _flatten(prefix: str, table: Mapping[str, object]) -> dict[str, Message]:
    found: dict[str, Message] = {}
    for name, value in table.items():
        key = f"{prefix}.{name}"
        if isinstance(value, str):
            found[key] = value
        elif _is_plural(value):
            found[key] = {form: str(text) for form, text in value.items()}  # type: ignore[union-attr]
        elif isinstance(value, dict):
            found.update(_flatten(key, value))
        else:
            raise ValueError(f"{key}: a text must be a string, not {value!r}")
    return found


@cache
def messages(locale: str) -> dict[str, Message]:
    """All texts of a locale, flat, by key. Raises FileNotFoundError for a locale without catalogue."""
    folder = Path(__file__).parent / locale
    if not folder.is_dir():
        raise FileNotFoundError(f"no catalogue for the locale {locale!r}")
    found: dict[str, Message] = {}
    for file in sorted(folder.glob("*.toml")):
        found.update(_flatten(file.stem, tomllib.loads(file.read_text(encoding="utf-8"))))
    return found


@cache
def _plural_rule(locale: str):
    return Locale.parse(locale).plural_form


def t(locale: str, key: str, /, **params: object) -> str:
    """The text of `key` in `locale`, its placeholders filled.

    A plural text chooses its form by the parameter `n`; `n_text` may hold `n` as it should be shown.
    Raises KeyError for a key that no catalogue has: a missing text is a fault of the program.
    """
    message = messages(locale)[key]
    if isinstance(message, dict):
        n = params.get("n", 0)
        message = message.get(_plural_rule(locale)(abs(n)), message["other"])  # type: ignore[arg-type]
    if isinstance(params.get("n"), int):
        params["n"] = format_decimal(params["n"], locale=locale)
    return _PLACEHOLDER.sub(lambda m: str(params.get(m[1], m[0])), message)


def choose_locale(accept_language: str | None) -> str:
    """The best of our locales for an Accept-Language header (`fr-CH, fr;q=0.9, en;q=0.8`)."""
    wanted: list[tuple[float, str]] = []
    for part in (accept_language or "").split(","):
        tag, _, quality = part.strip().partition(";q=")
        try:
            wanted.append((-float(quality or 1), tag.strip()))
        except ValueError:
            continue
    ranked = [tag for _, tag in sorted(wanted, key=lambda pair: pair[0]) if tag]
    return negotiate_locale(ranked, LOCALES, sep="-") or DEFAULT_LOCALE
