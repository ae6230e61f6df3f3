"""What was made or changed at Zoho becomes ours: expenses, estimates, sales orders, invoices, credit notes
with what they settle, payments with what was given back of them, write-offs.

The rule where both sides changed: Marge is the source of what was made here, so a change at Zoho is reported
and overwritten on request; what was made at Zoho follows Zoho. What happens to a document is taken over from
either side: that a client accepts or declines, pays, is credited, that a rest is given up."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from sqlmodel import Session

from finance_app.models import ZohoLink, ZohoSync
from finance_app.services.zoho.sync import errors, queue
from finance_app.services.zoho.sync.modules import Module
from finance_app.services.zoho.sync.receiving import (
    credit_notes,
    estimates,
    expenses,
    invoices,
    links,
    orders,
    payments,
    write_offs,
)
from finance_app.services.zoho.sync.receiving.links import News, Raw, is_awaited, is_busy, known
from finance_app.services.zoho.sync.wanted import (
    CREDIT_NOTES,
    ESTIMATES,
    EXPENSES,
    INVOICES,
    PAYMENTS,
    SALES_ORDERS,
    Place,
    Unfit,
)

UNSENT = ("draft", "void")


def is_on_its_way(session: Session, link: ZohoLink) -> bool:
    return is_busy(session, Module(link.module), link.local_id)


@dataclass(frozen=True)
class Kind:
    """What is watched at Zoho. `news` says by a row of the list what a linked record asks for, `take` takes
    over the whole record. `parts` are read with it: the field that holds them, and where they are."""

    module: Module
    place: Place
    news: Callable[[Session, ZohoLink, Raw], News]
    take: Callable[[Session, ZohoSync, Raw], bool]
    parts: Mapping[str, str]
    busy: Callable[[Session, ZohoLink], bool] = is_on_its_way
    makes: bool = True
    """Whether a record that is not known is taken over."""

    def link(self, session: Session, sync_id: int, remote_id: str) -> ZohoLink | None:
        """Of a record that is listed. A write-off has no record of its own but that of its invoice."""
        module = self.module if self.makes else Module.INVOICE
        return known(session, sync_id, module, remote_id)

    def name(self, raw: Raw) -> str:
        return str(raw.get(f"{self.place.one}_number") or raw.get("reference_number") or raw[self.place.id])


KINDS: tuple[Kind, ...] = (
    Kind(Module.EXPENSE, EXPENSES, expenses.news, expenses.take, {}),
    Kind(Module.ESTIMATE, ESTIMATES, estimates.news, estimates.take, {}),
    Kind(Module.SALES_ORDER, SALES_ORDERS, links.news_of, orders.take, {}),
    Kind(Module.INVOICE, INVOICES, links.news_of, invoices.take, {}),
    Kind(
        Module.CREDIT_NOTE,
        CREDIT_NOTES,
        credit_notes.news,
        credit_notes.take,
        {"invoices_credited": "invoices", "creditnote_refunds": "refunds"},
        credit_notes.busy,
    ),
    Kind(
        Module.PAYMENT,
        PAYMENTS,
        payments.news,
        payments.take,
        {"payment_refunds": "refunds"},
        payments.busy,
    ),
    Kind(
        Module.WRITE_OFF,
        INVOICES,
        write_offs.news,
        write_offs.take,
        {"payments": "payments"},
        write_offs.busy,
        makes=False,
    ),
)
"""In this order: what others refer to comes first. The last one looks at what settles invoices."""


def of_row(session: Session, sync_id: int, kind: Kind, raw: Raw) -> News:
    """What a row of a list asks for. What was changed at Zoho and here is reported."""
    link = kind.link(session, sync_id, str(raw[kind.place.id]))
    if link is None:
        unwanted = not kind.makes or raw.get("status") in UNSENT
        unwanted = unwanted or is_awaited(session, sync_id, kind.module, raw, kind.place)
        return News.NONE if unwanted else News.LOOK
    found = kind.news(session, link, raw)
    if found is not News.NONE and kind.busy(session, link):
        return News.LATER
    if found is News.NONE and link.is_contested and link.module == kind.module:
        link.agree("")  # it says the same again, and is sent to be sure
        queue.request(session, kind.module, link.local_id)
    if found is News.CHANGED:
        link.contest()
        fault = Unfit("changed_at_zoho", number=raw.get(f"{kind.place.one}_number") or link.reference)
        errors.note(session, sync_id, kind.module, link.local_id, fault)
    return found


__all__ = ["KINDS", "Kind", "News", "Raw", "of_row"]
