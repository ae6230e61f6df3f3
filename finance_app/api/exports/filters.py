"""What a list was narrowed to, in words, for the head of a PDF."""

import re
from collections.abc import Mapping
from datetime import date
from typing import Any

from sqlalchemy import select
from sqlmodel import Session, col

from finance_app.i18n import formats, messages, t
from finance_app.models import Client, ExpenseCategory, Project, User
from finance_app.services.listing import ListQuery

_NAMED: Mapping[str, Any] = {
    "client": Client,
    "project": Project,
    "person": User,
    "category": ExpenseCategory,
}
MONTH = re.compile(r"[0-9]{4}-(0[1-9]|1[0-2])")
_OF_LINE = ("key", "of")
"""The line of a report whose rows are asked for: what it is, the filter `by` says."""
_WORDS = (
    *(
        "report.age",
        "profit.figure",
        "profit.period",
        "profit.basis",
        "profit.by",
        "profit.time",
        "report.by",
        "expense.report.by",
        "report.basis",
    ),
    *("report.kind", "invoice.state", "payment.method", "payment.state", "expense.state", "time.periods"),
    *("expense.periods", "time.approval_state", "client.state", "project.state", "profit", "report"),
)
"""Where the word of a filter's value may stand."""


def filters_in_words(session: Session, query: ListQuery, locale: str) -> str:
    """`Client: Ardent · From: 1 Jan 2026`; what has no word is shown as it stands in the address."""
    parts = [f"“{query.search}”"] if query.search else []
    texts = messages(locale)
    for name, value in query.filters.items():
        label = f"common.filter.{name}"
        of = query.filters.get("by", "") if name in _OF_LINE else name
        shown = _shown(session, of, value, locale)
        parts.append(
            t(locale, "common.filter.shown", name=t(locale, label), value=shown) if label in texts else shown
        )
    return " · ".join(parts)


def _shown(session: Session, name: str, value: str, locale: str) -> str:
    of, is_scope, ids = value.partition(":")
    if is_scope and of in _NAMED:
        return _shown(session, of, ids, locale)
    if MONTH.fullmatch(value):
        return formats.month(date.fromisoformat(f"{value}-01"), locale)
    if name in _NAMED and value.isascii() and value.isdigit() and len(value) < 10:
        table = _NAMED[name]
        found = session.execute(
            select(col(table.name)).where(col(table.id) == int(value))
        ).scalar_one_or_none()
        return found or value
    try:
        return formats.day(date.fromisoformat(value), locale)
    except ValueError:
        pass
    texts = messages(locale)
    return next((t(locale, key) for group in _WORDS if (key := f"{group}.{value}") in texts), value)
