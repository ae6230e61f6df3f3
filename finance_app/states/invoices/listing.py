"""Invoices: the list, its tabs of states, and what is owed by currency."""

from dataclasses import dataclass
from typing import ClassVar

from finance_app import routes
from finance_app.domain.permissions import Permission
from finance_app.domain.workflow import DisplayedState
from finance_app.i18n import t
from finance_app.i18n.formats import day, money, number
from finance_app.services import filters
from finance_app.services.invoicing import listing
from finance_app.services.invoicing.listing import CurrencyTotal, InvoiceRecord, as_day
from finance_app.services.listing import ListAsks, ListQuery
from finance_app.states.handlers import on_load
from finance_app.states.invoices.bulk import InvoiceBulk
from finance_app.states.listing import ListState
from finance_app.states.live import Watcher
from finance_app.states.session import Session, joined

OPEN = frozenset(
    {DisplayedState.SENT, DisplayedState.VIEWED, DisplayedState.OVERDUE, DisplayedState.PARTIALLY_PAID}
)


@dataclass(frozen=True)
class InvoiceRow:
    id: int
    number: str
    title: str
    client: str
    issued: str
    due: str
    due_note: str
    late: bool
    total: str
    balance: str
    state: str
    href: str


@dataclass(frozen=True)
class CurrencyRow:
    total: str
    balance: str


def invoice_row(record: InvoiceRecord, locale: str) -> InvoiceRow:
    is_open, left = record.state in OPEN, record.days_to_due
    return InvoiceRow(
        id=record.id,
        number=record.number,
        title=record.title,
        client=record.client,
        issued=day(record.issue_date, locale),
        due=day(record.due_date, locale),
        due_note=due_note(left, locale) if is_open else "",
        late=is_open and left < 0,
        total=money(record.total_minor, record.currency, locale),
        balance=money(record.balance_minor, record.currency, locale),
        state=record.state.value,
        href=routes.invoice(record.id),
    )


def due_note(left: int, locale: str) -> str:
    """`due in 5 days`, `due today`, `5 days late`."""
    if left == 0:
        return t(locale, "invoice.due_today")
    return t(locale, "invoice.late" if left < 0 else "invoice.due_in", n=abs(left))


def due_between(query: ListQuery, locale: str) -> str:
    """The due dates that an address asks for, in words; empty where it asks for none."""
    first, last = (as_day(query.filter(name)) for name in ("due_from", "due_until"))
    if first and last:
        return t(locale, "invoice.due_between", first=day(first, locale), last=day(last, locale))
    if first:
        return t(locale, "invoice.due_since", day=day(first, locale))
    return t(locale, "invoice.due_until", day=day(last, locale)) if last else ""


def currency_row(sums: CurrencyTotal, locale: str) -> CurrencyRow:
    return CurrencyRow(
        money(sums.total_minor, sums.currency, locale), money(sums.balance_minor, sums.currency, locale)
    )


class InvoiceList(InvoiceBulk, ListState, Watcher, Session):
    rows: list[InvoiceRow] = []
    counts: dict[str, str] = {}
    sums: list[CurrencyRow] = []
    narrowed_to: str = ""

    _asks: ClassVar[ListAsks] = listing.ASKS
    _topics: ClassVar = ("invoices", "payments")

    @on_load(Permission.INVOICES_VIEW)
    async def load(self):
        query, locale = self._list_query(), self._locale
        found = await self._read(listing.page, query)
        counts = await self._read(listing.counts, query)
        self.chosen = await self._read(filters.chosen, query)
        self.narrowed_to = joined([query.filter("currency")[:3], due_between(query, locale)])
        self.counts = {
            "all": number(sum(counts.values()), locale),
            listing.OPEN: number(sum(counts.get(state.value, 0) for state in OPEN), locale),
            **{state.value: number(counts.get(state.value, 0), locale) for state in DisplayedState},
        }
        self.sums = [currency_row(sums, locale) for sums in found.totals["currencies"]]
        self._show([invoice_row(record, locale) for record in found.rows], found)
