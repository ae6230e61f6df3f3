"""What every answer of Zoho's finance products has in common: the envelope, its codes, the paging."""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from finance_app.sandbox.store import Record, Store

INVALID_VALUE, DUPLICATE, BAD_URL, BAD_REFERENCE, EMPTY_BODY, BAD_TOKEN = 2, 4, 5, 6, 11, 14
DEPENDENT, THROTTLED, NOT_AUTHORISED, NOT_FOUND, HAS_TRANSACTIONS, MALFORMED = 36, 43, 57, 1002, 1004, 1038
NO_LINE_ITEMS, NOT_THE_SEQUENCE = 4016, 4097
PER_PAGE = 200


class Refusal(Exception):
    """An error in Zoho's words: `{"code": N, "message": "..."}` with an HTTP status."""

    def __init__(self, code: int, message: str, status: int = 400, **headers: str):
        super().__init__(message)
        self.code, self.message, self.status, self.headers = code, message, status, headers


def invalid(name: str) -> Refusal:
    return Refusal(INVALID_VALUE, f"Invalid value passed for {name}")


@dataclass
class File:
    name: str
    media_type: str
    content: bytes


@dataclass
class Call:
    """A request as a handler sees it: signed in, its organisation known, its body read."""

    store: Store
    method: str
    path: str
    product: str
    query: Mapping[str, str]
    body: Record = field(default_factory=dict)
    org: str = ""
    ids: dict[str, str] = field(default_factory=dict)
    file: File | None = None

    def asks(self, name: str) -> bool:
        """A flag of the query or the body."""
        return str(self.query.get(name, self.body.get(name, ""))).lower() == "true"


@dataclass
class Answer:
    """What goes back; `content` instead of `body` for a file."""

    body: Any = None
    message: str = "success"
    status: int = 200
    content: bytes | None = None
    media_type: str = "application/json"

    def payload(self) -> Any:
        if isinstance(self.body, dict):
            return {"code": 0, "message": self.message, **self.body}
        return {"code": 0, "message": self.message}


Handler = Callable[[Call], Answer]


class Routes:
    """`@routes("GET", "/invoices/{invoice_id}")`: the first pattern that fits is taken."""

    def __init__(self) -> None:
        self._table: list[tuple[str, re.Pattern[str], Handler]] = []

    def __call__(self, method: str, pattern: str) -> Callable[[Handler], Handler]:
        def register(handler: Handler) -> Handler:
            self.add(method, pattern, handler)
            return handler

        return register

    def add(self, method: str, pattern: str, handler: Handler) -> None:
        expression = re.sub(r"{(\w+)}", r"(?P<\1>[^/]+)", pattern)
        self._table.append((method, re.compile(f"{expression}$"), handler))

    def find(self, method: str, path: str) -> tuple[Handler, dict[str, str]]:
        """The handler and the ids of the path. Raises Refusal for an unknown address or method."""
        known = False
        for allowed, pattern, handler in self._table:
            if match := pattern.match(path):
                if allowed == method:
                    return handler, match.groupdict()
                known = True
        if known:
            raise Refusal(BAD_URL, "This HTTP method is not allowed for the URL.", 405)
        raise Refusal(BAD_URL, "Invalid URL Passed", 404)


def read_body(raw: bytes, form: Mapping[str, Any] | None) -> Record:
    """The JSON of a body, or of its form field `JSONString`, which some clients encode twice.

    Raises Refusal 1038 where it is not JSON."""
    text: str | bytes = raw
    if form is not None:
        text = str(form.get("JSONString", "")) if "JSONString" in form else ""
        if not text:
            return {name: value for name, value in form.items() if isinstance(value, str)}
    if not text.strip():
        return {}
    try:
        data = json.loads(text)
        if isinstance(data, str):
            data = json.loads(data)
    except ValueError as error:
        raise Refusal(MALFORMED, "JSON is not well formed") from error
    return data if isinstance(data, dict) else {}


def page_of(query: Mapping[str, str]) -> tuple[int, int]:
    """Page (from 1; 0 is taken for 1) and rows a page (at most 200)."""
    try:
        page, per_page = int(query.get("page", 1)), int(query.get("per_page", PER_PAGE))
    except ValueError as error:
        raise invalid("page") from error
    if per_page < 1:
        raise invalid("per_page")
    return max(page, 1), min(per_page, PER_PAGE)


def money(value: Any, name: str = "amount") -> Decimal:
    """An exact number from JSON. Raises Refusal for anything else."""
    try:
        number = Decimal(str(value if value not in (None, "") else 0))
    except ArithmeticError as error:
        raise invalid(name) from error
    if not number.is_finite():
        raise invalid(name)
    return number


def number(value: Decimal) -> float | int:
    """As Zoho writes it: a JSON number."""
    return int(value) if value == value.to_integral_value() else float(value)


def same_number(left: Any, right: Any) -> bool:
    return money(left) == money(right)
