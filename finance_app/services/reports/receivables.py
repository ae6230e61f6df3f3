"""Accounts receivable: what each client owes today, by how long it is past due."""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any

from sqlalchemy import case, func, literal, select, union_all
from sqlmodel import Session, col

from finance_app.domain.aging import PAST_DUE
from finance_app.domain.permissions import Permission
from finance_app.domain.workflow import CreditNoteState
from finance_app.models import Allocation, Client, CreditNote, Invoice, Payment, Refund
from finance_app.models.kinds import AllocationKind, InvoiceState
from finance_app.services.accounts.identity import Actor
from finance_app.services.listing import Found, ListAsks, ListQuery, like, page_of
from finance_app.services.portal import today
from finance_app.services.reports.lines import band_place, base_currency, by_currency, in_base, paged

BANDS = PAST_DUE
ASKS = ListAsks(
    sorts=("client", *(band.name for band in BANDS), "owed", "credit"), default_sort="-owed", filters=()
)


CREDIT = "credit"
ROWS = ListAsks(
    sorts=("document", "client", "day", "amount"),
    default_sort="day",
    filters=("client", "currency", "band", "part"),
)


class Document(StrEnum):
    INVOICE = "invoice"
    PAYMENT = "payment"
    CREDIT_NOTE = "credit_note"


@dataclass(slots=True)
class Owed:
    """What a client owes in a currency, by band, and its credit that no invoice has used yet. Those of
    `base` are in base currency, at the documents' rates."""

    client_id: int
    client: str
    currency: str
    base_currency: str
    bands: list[int] = field(default_factory=lambda: [0] * len(BANDS))
    credit_minor: int = 0
    base_bands: list[int] = field(default_factory=lambda: [0] * len(BANDS))
    base_credit_minor: int = 0

    @property
    def owed_minor(self) -> int:
        return sum(self.bands)

    @property
    def base_owed_minor(self) -> int:
        return sum(self.base_bands)


_ORDERS = {
    "client": lambda line: (line.client.casefold(), line.currency),
    "owed": lambda line: (line.base_owed_minor, line.base_credit_minor),
    "credit": lambda line: line.base_credit_minor,
    **{
        band.name: (lambda line, place=place: line.base_bands[place])  # type: ignore[misc]
        for place, band in enumerate(BANDS)
    },
}


def page(session: Session, actor: Actor, query: ListQuery) -> Found[Owed]:
    """A line for each client and currency with a debt or a credit; `totals` are all of them in base currency,
    as they stand today in the portal's time zone."""
    actor.require(Permission.INVOICES_VIEW)
    day, base = today(session), base_currency(session)
    lines: dict[tuple[int, str], Owed] = {}
    matching = [col(Client.name).ilike(like(query.search), escape="\\")] if query.search else []

    def line(client_id: int, client: str, currency: str) -> Owed:
        return lines.setdefault((client_id, currency), Owed(client_id, client, currency, base))

    place = band_place(col(Invoice.due_date), day, BANDS)
    keys = (col(Client.id), col(Client.name), col(Invoice.currency), col(Invoice.exchange_rate), place)
    owed = (
        select(*keys, func.sum(col(Invoice.total_minor) - col(Invoice.settled_minor)))
        .join(Client, col(Client.id) == col(Invoice.client_id))
        .where(col(Invoice.state) == InvoiceState.ISSUED, *matching)
        .group_by(*keys, _alone(Invoice, base))
    )
    for client_id, client, currency, rate, at, minor in session.execute(owed):
        found = line(client_id, client, currency)
        found.bands[at] += int(minor)
        found.base_bands[at] += in_base(int(minor), currency, base, rate)
    credits = [(*key[:3], minor) for key, minor in _credit(session, base).items() if minor]
    owners = select(col(Client.id), col(Client.name)).where(
        col(Client.id).in_({credit[0] for credit in credits}), *matching
    )
    names = {row[0]: row[1] for row in session.execute(owners)}
    for client_id, currency, rate, minor in credits:
        if client_id in names:
            found = line(client_id, names[client_id], currency)
            found.credit_minor += minor
            found.base_credit_minor += in_base(minor, currency, base, rate)
    totals = {
        "currency": base,
        "bands": [sum(each.base_bands[at] for each in lines.values()) for at in range(len(BANDS))],
        "credit": sum(each.base_credit_minor for each in lines.values()),
        "foreign": any(each.currency != base for each in lines.values()),
        "today": day,
    }
    return paged(list(lines.values()), query, _ORDERS, totals)


def _alone(table: Any, base: str) -> Any:
    """What is foreign comes one by one, as each is converted and rounded by itself."""
    return case((col(table.currency) == base, 0), else_=col(table.id))


def _credit(session: Session, base: str) -> dict[tuple[int, str, Decimal, int, bool], int]:
    """Payments and credit notes less what of them is used, by client, currency and rate, and what is foreign
    by itself."""
    found: dict[tuple[int, str, Decimal, int, bool], int] = defaultdict(int)
    of_payment = _keys(Payment, base)
    live = col(Payment.deleted_at).is_(None)
    paid = select(*of_payment, func.sum(Payment.amount_minor)).where(live)
    used = (
        select(*of_payment, -func.sum(Allocation.amount_minor))
        .join(Allocation, col(Allocation.payment_id) == col(Payment.id))
        .where(live, *_uses_credit())
    )
    refunded = (
        select(*of_payment, -func.sum(Refund.amount_minor))
        .join(Refund, col(Refund.payment_id) == col(Payment.id))
        .where(live, col(Refund.removed_at).is_(None))
    )
    of_note = _keys(CreditNote, base)
    notes = select(*of_note, func.sum(CreditNote.total_minor - CreditNote.used_minor)).where(
        col(CreditNote.state) == CreditNoteState.OPEN
    )
    parts = [(statement, of_payment) for statement in (paid, used, refunded)] + [(notes, of_note)]
    for statement, keys in parts:
        for client_id, currency, rate, alone, minor in session.execute(statement.group_by(*keys)):
            found[client_id, currency, rate, alone, keys is of_note] += int(minor)
    return found


def _keys(table: Any, base: str) -> tuple[Any, ...]:
    return col(table.client_id), col(table.currency), col(table.exchange_rate), _alone(table, base)


def _uses_credit() -> tuple[Any, ...]:
    return col(Allocation.removed_at).is_(None), col(Allocation.kind) == AllocationKind.PAYMENT


@dataclass(frozen=True, slots=True)
class OwedRow:
    """An invoice with what is open of it, or a payment or credit note with what is unused. `day` is when the
    invoice is due, else when the credit arose."""

    kind: Document
    id: int
    number: str
    client_id: int
    client: str
    day: date
    currency: str
    amount_minor: int
    base_minor: int
    base_currency: str


def rows_page(session: Session, actor: Actor, query: ListQuery) -> Found[OwedRow]:
    """What a figure of the report is made of: of a client, a currency, a band of age, or of credit. `totals`
    has their sum in base currency, and by currency."""
    actor.require(Permission.INVOICES_VIEW)
    base = base_currency(session)
    documents = _credits(query) if query.filter("part") == CREDIT else _open(session, query)
    statement = select(*documents.c, col(Client.name).label("client")).join(
        Client, col(Client.id) == documents.c.client_id
    )
    sorts = {
        "document": documents.c.number,
        "client": func.lower(Client.name),
        "day": documents.c.day,
        "amount": documents.c.amount,
    }
    found = page_of(session, statement, query, sorts=sorts, tie=documents.c.id)
    rows = [
        OwedRow(
            Document(row.kind), row.id, row.number or "", row.client_id, row.client, row.day, row.currency,
            int(row.amount), in_base(int(row.amount), row.currency, base, row.exchange_rate), base,
        )
        for row in found.rows
    ]  # fmt: skip
    alone = case((documents.c.currency == base, 0), else_=documents.c.id)
    keys = (documents.c.currency, documents.c.exchange_rate)
    sums = session.execute(
        select(*keys, func.sum(documents.c.amount)).group_by(*keys, alone, documents.c.kind)
    ).all()
    totals = {
        "currency": base,
        "sum": sum(in_base(int(minor), currency, base, rate) for currency, rate, minor in sums),
        "sums": by_currency((currency, int(minor)) for currency, _, minor in sums),
    }
    return Found(rows, found.total, found.query, totals)


def _open(session: Session, query: ListQuery) -> Any:
    where = [col(Invoice.state) == InvoiceState.ISSUED, *_whose(Invoice, query)]
    day = today(session)
    for band in BANDS:
        if band.name == query.filter("band"):
            first, last = band.days(day)
            where += [col(Invoice.due_date) >= first] if first else []
            where += [col(Invoice.due_date) <= last] if last else []
    amount = col(Invoice.total_minor) - col(Invoice.settled_minor)
    return (
        select(*_described(Document.INVOICE, Invoice, col(Invoice.number), col(Invoice.due_date), amount))
        .where(*where)
        .subquery()
    )


def _credits(query: ListQuery) -> Any:
    """Payments with a rest that no invoice has, and credit notes that are not used up."""

    def of_payment(table: Any, *where: Any) -> Any:
        taken = select(func.coalesce(func.sum(table.amount_minor), 0)).where(
            col(table.payment_id) == col(Payment.id), *where
        )
        return taken.scalar_subquery()

    used = of_payment(Allocation, *_uses_credit())
    rest = col(Payment.amount_minor) - used - of_payment(Refund, col(Refund.removed_at).is_(None))
    payments = select(
        *_described(Document.PAYMENT, Payment, col(Payment.reference), col(Payment.paid_on), rest)
    ).where(col(Payment.deleted_at).is_(None), rest != 0, *_whose(Payment, query))
    unused = col(CreditNote.total_minor) - col(CreditNote.used_minor)
    notes = select(
        *_described(
            Document.CREDIT_NOTE, CreditNote, col(CreditNote.number), col(CreditNote.issue_date), unused
        )
    ).where(col(CreditNote.state) == CreditNoteState.OPEN, unused != 0, *_whose(CreditNote, query))
    return union_all(payments, notes).subquery()


def _described(kind: Document, table: Any, number: Any, day: Any, amount: Any) -> tuple[Any, ...]:
    return (
        literal(kind.value).label("kind"),
        col(table.id).label("id"),
        number.label("number"),
        col(table.client_id).label("client_id"),
        day.label("day"),
        col(table.currency).label("currency"),
        col(table.exchange_rate).label("exchange_rate"),
        amount.label("amount"),
    )


def _whose(table: Any, query: ListQuery) -> list[Any]:
    where = []
    client = query.filter("client")
    if client.isascii() and client.isdigit() and len(client) < 10:
        where.append(col(table.client_id) == int(client))
    if query.filter("currency"):
        where.append(col(table.currency) == query.filter("currency"))
    if query.search:
        names = select(col(Client.id)).where(col(Client.name).ilike(like(query.search), escape="\\"))
        where.append(col(table.client_id).in_(names))
    return where
