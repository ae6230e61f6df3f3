"""Tax due of a period, by tax, and the documents that make it up."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation

from sqlalchemy import and_, case, func, select
from sqlmodel import Session, col

from finance_app.domain.periods import Month, Period, months_of
from finance_app.domain.permissions import Permission
from finance_app.domain.profit import RevenueKind
from finance_app.domain.tax_due import KINDS, NO_TAX, TaxBasis
from finance_app.models import Client, CreditNote, Invoice, TaxEntry
from finance_app.services.accounts.identity import Actor
from finance_app.services.listing import Found, ListAsks, ListQuery, page_of
from finance_app.services.portal import portal_of
from finance_app.services.reports.days import asked_days
from finance_app.services.reports.lines import base_currency, paged

DEFAULT = "last_month"
ASKS = ListAsks(
    sorts=("tax", "rate", "base", "charged", "taken", "due"),
    default_sort="-rate",
    filters=("basis", "period", "from", "until"),
)
CHARGED, TAKEN = "charged", "taken"
UNTAXED = "~none"
"""How an address asks for what carries no tax, which has no name."""
ROWS = ListAsks(
    sorts=("day", "document", "client", "base", "tax"),
    default_sort="-day",
    filters=(*ASKS.filters, "tax", "rate", "category", "part"),
)
_NEGATIVE = (RevenueKind.CREDIT_NOTE, RevenueKind.REFUND)


@dataclass(frozen=True, slots=True)
class TaxLine:
    """A tax: the net that it is on, what was charged (or received), and what credit notes (or refunds) took
    back. Minor units of the base currency."""

    name: str
    rate: Decimal
    category: str
    currency: str
    base_minor: int
    charged_minor: int
    taken_minor: int

    @property
    def due_minor(self) -> int:
        return self.charged_minor + self.taken_minor


_ORDERS = {
    "tax": lambda line: line.name.casefold(),
    "rate": lambda line: (line.rate, line.name.casefold()),
    "base": lambda line: line.base_minor,
    "charged": lambda line: line.charged_minor,
    "taken": lambda line: -line.taken_minor,
    "due": lambda line: line.due_minor,
}


def basis_of(session: Session, choices: Mapping[str, str]) -> TaxBasis:
    """What the address says, else what the portal has chosen."""
    basis = choices.get("basis")
    return TaxBasis(basis if basis in set(TaxBasis) else portal_of(session).tax_basis)


def page(session: Session, actor: Actor, query: ListQuery) -> Found[TaxLine]:
    """A line for each tax. `totals` has the sums, the months, and what was written off in the period, whose
    tax stays due until a credit note takes it back. Raises DomainError for days that cannot be."""
    actor.require(Permission.INVOICES_VIEW)
    basis, period = basis_of(session, query.filters), asked_days(session, query.filters, DEFAULT)
    currency = base_currency(session)
    is_negative = col(TaxEntry.kind).in_(_NEGATIVE)
    keys = (col(TaxEntry.name), col(TaxEntry.rate), col(TaxEntry.category))
    statement = (
        select(
            *keys,
            func.sum(TaxEntry.base_minor),
            func.sum(case((is_negative, 0), else_=col(TaxEntry.tax_minor))),
            func.sum(case((is_negative, col(TaxEntry.tax_minor)), else_=0)),
        )
        .where(*_within(basis, period))
        .group_by(*keys)
    )
    lines = [
        TaxLine(name, rate, category, currency, int(base), int(charged), int(taken))
        for name, rate, category, base, charged, taken in session.execute(statement)
    ]
    lost = select(-func.coalesce(func.sum(TaxEntry.tax_minor), 0)).where(
        col(TaxEntry.kind) == RevenueKind.WRITE_OFF, col(TaxEntry.day).between(period.first, period.last)
    )
    totals = {
        "currency": currency,
        "basis": basis,
        "period": period,
        "base": sum(line.base_minor for line in lines),
        "charged": sum(line.charged_minor for line in lines),
        "taken": sum(line.taken_minor for line in lines),
        "due": sum(line.due_minor for line in lines),
        "months": _months(session, basis, period),
        "written_off": int(session.execute(lost).scalar_one()),
    }
    return paged(lines, query, _ORDERS, totals)


def _within(basis: TaxBasis, period: Period) -> list:
    return [
        col(TaxEntry.kind).in_(KINDS[basis]),
        col(TaxEntry.day).between(period.first, period.last),
    ]


def _months(session: Session, basis: TaxBasis, period: Period) -> list[tuple[Month, int]]:
    by_day = (
        select(col(TaxEntry.day), func.sum(TaxEntry.tax_minor))
        .where(*_within(basis, period))
        .group_by(col(TaxEntry.day))
    )
    found: dict[Month, int] = defaultdict(int)
    for day, minor in session.execute(by_day):
        found[Month.of(day)] += int(minor)
    return [(month, found[month]) for month in months_of(period)]


@dataclass(frozen=True, slots=True)
class TaxRow:
    """A document, or a receipt of one, that moved a tax."""

    kind: RevenueKind
    day: date
    document: str
    client: str
    tax: str
    base_minor: int
    tax_minor: int
    currency: str
    invoice_id: int | None
    credit_note_id: int | None


def rows_page(session: Session, actor: Actor, query: ListQuery) -> Found[TaxRow]:
    """What a figure of the report is made of; `totals` has the sums. Raises DomainError."""
    actor.require(Permission.INVOICES_VIEW)
    basis, period = basis_of(session, query.filters), asked_days(session, query.filters, DEFAULT)
    currency = base_currency(session)
    number = func.coalesce(Invoice.number, CreditNote.number, "")
    where = [*_within(basis, period), *_narrowed(query)]
    statement = (
        select(
            *(col(TaxEntry.kind), col(TaxEntry.day), number, col(Client.name), col(TaxEntry.name)),
            *(col(TaxEntry.base_minor), col(TaxEntry.tax_minor)),
            *(col(TaxEntry.invoice_id), col(TaxEntry.credit_note_id)),
        )
        .select_from(TaxEntry)
        .join(Client, col(Client.id) == col(TaxEntry.client_id))
        .outerjoin(Invoice, col(Invoice.id) == col(TaxEntry.invoice_id))
        .outerjoin(CreditNote, col(CreditNote.id) == col(TaxEntry.credit_note_id))
        .where(and_(*where))
    )
    sorts = {
        "day": col(TaxEntry.day),
        "document": number,
        "client": func.lower(Client.name),
        "base": col(TaxEntry.base_minor),
        "tax": col(TaxEntry.tax_minor),
    }
    found = page_of(session, statement, query, sorts=sorts, tie=col(TaxEntry.id))
    sums = select(
        func.coalesce(func.sum(TaxEntry.base_minor), 0), func.coalesce(func.sum(TaxEntry.tax_minor), 0)
    ).where(*where)
    base, tax = (int(minor) for minor in session.execute(sums).one())
    rows = [TaxRow(*row[:7], currency, *row[7:]) for row in found.rows]
    totals = {"currency": currency, "basis": basis, "period": period, "base": base, "tax": tax}
    return Found(rows, found.total, found.query, totals)


def _narrowed(query: ListQuery) -> list:
    """The tax and the part that a figure asks for; what is none narrows nothing."""
    where = []
    if query.filter("tax") == UNTAXED:
        where.append(col(TaxEntry.name) == NO_TAX.name)
    elif query.filter("tax"):
        where.append(col(TaxEntry.name) == query.filter("tax"))
    if query.filter("category"):
        where.append(col(TaxEntry.category) == query.filter("category"))
    if (rate := _rate(query.filter("rate"))) is not None:
        where.append(col(TaxEntry.rate) == rate)
    if query.filter("part") in (CHARGED, TAKEN):
        is_negative = col(TaxEntry.kind).in_(_NEGATIVE)
        where.append(is_negative if query.filter("part") == TAKEN else ~is_negative)
    return where


def _rate(text: str) -> Decimal | None:
    try:
        rate = Decimal(text)
        return rate if rate.is_finite() and abs(rate) < 1000 and rate == round(rate, 6) else None
    except InvalidOperation:
        return None
