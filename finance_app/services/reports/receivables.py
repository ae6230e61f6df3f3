"""Accounts receivable: what each client owes today, by how long it is past due."""

from collections import defaultdict
from dataclasses import dataclass, field
from decimal import Decimal

from sqlalchemy import func, select
from sqlmodel import Session, col

from finance_app.domain.aging import PAST_DUE
from finance_app.domain.permissions import Permission
from finance_app.domain.workflow import CreditNoteState
from finance_app.models import Allocation, Client, CreditNote, Invoice, Payment, Refund
from finance_app.models.kinds import AllocationKind, InvoiceState
from finance_app.services.accounts.identity import Actor
from finance_app.services.invoicing.company import portal_of, today
from finance_app.services.listing import Found, ListAsks, ListQuery, like
from finance_app.services.reports.lines import band_place, base_currency, in_base, paged

BANDS = PAST_DUE
ASKS = ListAsks(
    sorts=("client", *(band.name for band in BANDS), "owed", "credit"), default_sort="-owed", filters=()
)


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
    day, base = today(portal_of(session)), base_currency(session)
    lines: dict[tuple[int, str], Owed] = {}
    matching = [col(Client.name).ilike(like(query.search), escape="\\")] if query.search else []

    def line(client_id: int, client: str, currency: str) -> Owed:
        return lines.setdefault((client_id, currency), Owed(client_id, client, currency, base))

    place = band_place(col(Invoice.due_date), day, BANDS)
    owed = (
        select(
            *(col(Client.id), col(Client.name), col(Invoice.currency), col(Invoice.exchange_rate), place),
            func.sum(col(Invoice.total_minor) - col(Invoice.settled_minor)),
        )
        .join(Client, col(Client.id) == col(Invoice.client_id))
        .where(col(Invoice.state) == InvoiceState.ISSUED, *matching)
        .group_by(col(Client.id), col(Client.name), col(Invoice.currency), col(Invoice.exchange_rate), place)
    )
    for client_id, client, currency, rate, at, minor in session.execute(owed):
        found = line(client_id, client, currency)
        found.bands[at] += int(minor)
        found.base_bands[at] += in_base(int(minor), currency, base, rate)
    credits = {key: minor for key, minor in _credit(session).items() if minor}
    owners = select(col(Client.id), col(Client.name)).where(
        col(Client.id).in_({client_id for client_id, _, _ in credits}), *matching
    )
    names = {row[0]: row[1] for row in session.execute(owners)}
    for (client_id, currency, rate), minor in credits.items():
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


def _credit(session: Session) -> dict[tuple[int, str, Decimal], int]:
    """Payments and credit notes less what of them is used, by client, currency and rate."""
    found: dict[tuple[int, str, Decimal], int] = defaultdict(int)
    of_payment = (col(Payment.client_id), col(Payment.currency), col(Payment.exchange_rate))
    live = col(Payment.deleted_at).is_(None)
    paid = select(*of_payment, func.sum(Payment.amount_minor)).where(live)
    used = (
        select(*of_payment, -func.sum(Allocation.amount_minor))
        .join(Allocation, col(Allocation.payment_id) == col(Payment.id))
        .where(live, col(Allocation.removed_at).is_(None), col(Allocation.kind) == AllocationKind.PAYMENT)
    )
    refunded = (
        select(*of_payment, -func.sum(Refund.amount_minor))
        .join(Refund, col(Refund.payment_id) == col(Payment.id))
        .where(live, col(Refund.removed_at).is_(None))
    )
    of_note = (col(CreditNote.client_id), col(CreditNote.currency), col(CreditNote.exchange_rate))
    notes = select(*of_note, func.sum(CreditNote.total_minor - CreditNote.used_minor)).where(
        col(CreditNote.state) == CreditNoteState.OPEN
    )
    parts = [(statement, of_payment) for statement in (paid, used, refunded)] + [(notes, of_note)]
    for statement, keys in parts:
        for client_id, currency, rate, minor in session.execute(statement.group_by(*keys)):
            found[client_id, currency, rate] += int(minor)
    return found
