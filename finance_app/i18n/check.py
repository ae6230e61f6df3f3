"""`python -m finance_app.i18n.check`: every language has the same texts, and the code uses just these.

A key counts as used where a string of the code is it, or begins or ends as an f-string that builds it does.
"""

import ast
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from finance_app.i18n.catalogue import DEFAULT_LOCALE, LOCALES, Message, messages

APP = Path(__file__).resolve().parent.parent
_BY_PREFIX = frozenset({"status"})
_TRANSLATORS = ("t", "tr", "_t", "text", "translate", "DomainError")
_PLACEHOLDER = re.compile(r"\{(\w+)\}")
_KEY = re.compile(r"[a-z]\w*(\.\w+)+")
_IN_TEMPLATE = re.compile(r"""\bt\(\s*(?:\w+\s*,\s*)?["']([\w.]+)["']""")
_REQUIRED_FORMS = {"one", "other"}


@dataclass
class Uses:
    """What the code says of the catalogue."""

    asked: dict[str, str] = field(default_factory=dict)  # key to the place that asks for it
    mentioned: set[str] = field(default_factory=set)
    patterns: set[re.Pattern[str]] = field(default_factory=set)

    def cover(self, key: str) -> bool:
        return key in self.mentioned or any(pattern.fullmatch(key) for pattern in self.patterns)


def faults() -> list[str]:
    """One line for each fault of the catalogue."""
    reference = messages(DEFAULT_LOCALE)
    found = [fault for locale in LOCALES for fault in differences(locale, messages(locale), reference)]
    uses = read_uses(APP)
    found += [
        f"{place}: no text {key!r}" for key, place in sorted(uses.asked.items()) if key not in reference
    ]
    unused = [key for key in sorted(reference) if not uses.cover(key)]
    return found + [f"{key}: nothing uses this text" for key in unused]


def differences(locale: str, texts: dict[str, Message], reference: dict[str, Message]) -> Iterator[str]:
    """Where a locale's texts differ from the reference in their keys, plural kinds or placeholders."""
    for key in sorted(reference.keys() - texts.keys()):
        yield f"{locale}: {key} is missing"
    for key in sorted(texts.keys() - reference.keys()):
        yield f"{locale}: {key} is not in {DEFAULT_LOCALE}"
    for key in sorted(reference.keys() & texts.keys()):
        text, model = texts[key], reference[key]
        if isinstance(text, dict) and _REQUIRED_FORMS - text.keys():
            yield f"{locale}: {key} has no form {', '.join(sorted(_REQUIRED_FORMS - text.keys()))}"
        if isinstance(text, dict) != isinstance(model, dict):
            yield f"{locale}: {key} is a plural in one language only"
        elif _placeholders(text) != _placeholders(model):
            yield f"{locale}: {key} has other placeholders than {DEFAULT_LOCALE}"
        if not all(text.values() if isinstance(text, dict) else [text]):
            yield f"{locale}: {key} is empty"


def _placeholders(message: Message) -> set[str]:
    return {name for form in _forms(message) for name in _PLACEHOLDER.findall(form)}


def _forms(message: Message) -> list[str]:
    return list(message.values()) if isinstance(message, dict) else [message]


def read_uses(folder: Path) -> Uses:
    """The keys that the Python code and the templates below `folder` ask for, and all they mention."""
    uses = Uses()
    for file in folder.rglob("*.py"):
        _read_code(ast.parse(file.read_text(encoding="utf-8")), str(file.relative_to(folder.parent)), uses)
    for file in [*folder.rglob("*.html"), *folder.rglob("*.j2")]:
        for key in _IN_TEMPLATE.findall(file.read_text(encoding="utf-8")):
            uses.asked[key] = str(file.relative_to(folder.parent))
            uses.mentioned.add(key)
    return uses


def _read_code(tree: ast.Module, file: str, uses: Uses) -> None:
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            _mention(node.value, uses)
        elif isinstance(node, ast.JoinedStr):
            _build(
                ["" if isinstance(part, ast.FormattedValue) else str(part.value) for part in node.values],
                uses,
            )
        elif isinstance(node, ast.Call) and _name(node.func) == "status":
            for argument in node.args[1:]:  # the badge of a state: its texts are `<prefix>.<state>`
                _mention(f"{getattr(argument, 'value', '')}.", uses)
        elif isinstance(node, ast.Call) and _name(node.func) in _TRANSLATORS:
            for argument in node.args[:2]:
                if isinstance(argument, ast.Constant) and _KEY.fullmatch(str(argument.value)):
                    uses.asked[str(argument.value)] = f"{file}:{node.lineno}"
        if isinstance(node, ast.Call) and _name(node.func) in _BY_PREFIX:
            for argument in node.args[1:]:
                if isinstance(argument, ast.Constant):
                    _mention(f"{argument.value}.", uses)


def _mention(text: str, uses: Uses) -> None:
    if _KEY.fullmatch(text):
        uses.mentioned.add(text)
    elif text.endswith(".") and _KEY.fullmatch(f"{text}x"):  # a prefix, to which a variable is added
        uses.patterns.add(re.compile(re.escape(text) + r".+"))


def _build(parts: list[str], uses: Uses) -> None:
    """An f-string of these fixed parts, "" for a variable one, builds keys if it begins with a noun."""
    if parts and re.match(r"[a-z]\w*\.", parts[0]):
        uses.patterns.add(re.compile("".join(re.escape(part) if part else r".+" for part in parts)))


def _name(function: ast.expr) -> str:
    return function.id if isinstance(function, ast.Name) else getattr(function, "attr", "")


if __name__ == "__main__":
    lines = faults()
    print("\n".join(lines) or f"{len(messages(DEFAULT_LOCALE))} texts in {', '.join(LOCALES)}: complete")
    sys.exit(bool(lines))
