"""What the reports share: their lines in order and a page at a time, ages as SQL, amounts by currency."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any, TypeVar

from sqlalchemy import case, literal, select
from sqlmodel import Session, col

from finance_app.domain.aging import Band
from finance_app.domain.money import convert
from finance_app.models import Portal
from finance_app.services.listing import Found, ListQuery

L = TypeVar("L")


def base_currency(session: Session) -> str:
    return session.execute(select(col(Portal.base_currency))).scalars().first() or "EUR"


def band_place(day: Any, today: date, bands: Sequence[Band]) -> Any:
    """`domain.aging.band_of` as SQL."""
    steps = [(day >= first, place) for place, band in enumerate(bands) if (first := band.days(today)[0])]
    return case(*steps, else_=literal(len(bands) - 1)).label("age")


def in_base(amount_minor: int, currency: str, base: str, rate: Decimal) -> int:
    """Minor units of the base currency at a document's rate, rounded once."""
    return amount_minor if currency == base else convert(amount_minor, currency, base, rate)


def by_currency(amounts: Iterable[tuple[str, int]]) -> dict[str, int]:
    """Sums by currency, the largest first; those that come to nothing are left out."""
    found: dict[str, int] = {}
    for currency, minor in amounts:
        found[currency] = found.get(currency, 0) + minor
    return dict(sorted(((c, m) for c, m in found.items() if m), key=lambda pair: -abs(pair[1])))


def paged(
    lines: Sequence[L],
    query: ListQuery,
    orders: Mapping[str, Callable[[L], Any]],
    totals: Mapping[str, Any],
) -> Found[L]:
    """The lines of a report in the order of the query, a page of them; without a size, all."""
    found = sorted(lines, key=orders[query.sort], reverse=query.descending)
    size = query.size or max(len(found), 1)
    first = (min(query.page, max(1, -(-len(found) // size))) - 1) * size
    return Found(found[first : first + size], len(found), query, totals)
