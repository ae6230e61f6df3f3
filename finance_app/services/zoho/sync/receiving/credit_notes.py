"""Credit notes of Zoho; and what ours and theirs settle and give back there."""

from collections import defaultdict
from typing import Any

from sqlmodel import Session, col, select

from finance_app.domain.errors import DomainError
from finance_app.domain.money import to_minor
from finance_app.models import Allocation, CreditNote, CreditNoteLine, Invoice, ZohoLink, ZohoSync
from finance_app.services.crediting import notes
from finance_app.services.crediting import use as credit_use
from finance_app.services.profitability import posting
from finance_app.services.zoho.sync.modules import Module
from finance_app.services.zoho.sync.receiving import refunds
from finance_app.services.zoho.sync.receiving.content import fill
from finance_app.services.zoho.sync.receiving.following import follow
from finance_app.services.zoho.sync.receiving.links import (
    ZOHO,
    News,
    Raw,
    agree,
    client_of,
    day_of,
    exact,
    in_units,
    in_words,
    is_busy,
    known,
    link_up,
    news_of,
    past_day,
)
from finance_app.services.zoho.sync.wanted import Unfit


def news(session: Session, link: ZohoLink, raw: Raw) -> News:
    row = session.get(CreditNote, link.local_id)
    if row is None:
        return News.NONE
    said = news_of(session, link, raw)
    if link.made_at_zoho or said is News.CHANGED or not link.fingerprint:
        return said
    left = in_units(row.total_minor - row.used_minor, row.currency)
    return News.NONE if raw.get("balance") is None or exact(raw["balance"]) == left else News.LOOK


def busy(session: Session, link: ZohoLink) -> bool:
    return is_busy(session, Module.CREDIT_NOTE, link.local_id) or refunds.is_any_busy(
        session, col(CreditNote.id) == link.local_id
    )


def take(session: Session, sync: ZohoSync, raw: Raw) -> bool:
    """Raises Unfit where it cannot be the same here, to the cent."""
    remote_id = str(raw["creditnote_id"])
    link = known(session, sync.id or 0, Module.CREDIT_NOTE, remote_id)
    changed = link is None
    if link is None:
        row = _make(session, sync, raw)
        link = link_up(session, sync, Module.CREDIT_NOTE, row.id or 0, remote_id, row.number or "")
    row = session.get_one(CreditNote, link.local_id)
    try:
        if link.made_at_zoho and raw.get("status") == "void" and row.voided_at is None:
            for each in _live(session, row):
                credit_use.unapply(session, ZOHO, each.id or 0, "Zoho")
            notes.void(session, ZOHO, link.local_id, "Zoho", plainly=True)
            changed = True
        elif row.voided_at is None:
            if link.made_at_zoho and not changed and row.used_minor == 0:
                changed = _follow(session, sync, link, row, raw)
            changed |= _uses(session, sync, link, row, raw)
    except DomainError as error:
        raise in_words(session, error) from error
    agree(session, sync, link)
    return changed


def _dates(row: Any, raw: Raw) -> None:
    row.issue_date = day_of(raw)


def _follow(session: Session, sync: ZohoSync, link: ZohoLink, row: CreditNote, raw: Raw) -> bool:
    def post(_lines: list[Any]) -> None:
        posting.post_credit_note(session, row)

    return follow(session, sync, link, row, CreditNoteLine, "credit_note_id", raw, _dates, after=post)


def _make(session: Session, sync: ZohoSync, raw: Raw) -> CreditNote:
    client = client_of(session, sync.id or 0, raw)
    number, currency = str(raw["creditnote_number"]), str(raw.get("currency_code") or client.currency)
    row = CreditNote(
        client_id=client.id or 0,
        issue_date=day_of(raw),
        currency=currency,
        locale=client.locale,
        title=number,
    )
    try:
        session.add(row)
        session.flush()
        lines = fill(session, sync.id or 0, row, CreditNoteLine, "credit_note_id", raw)
        return notes.enter(session, ZOHO, row, lines, number)
    except DomainError as error:
        raise in_words(session, error) from error


def _uses(session: Session, sync: ZohoSync, link: ZohoLink, row: CreditNote, raw: Raw) -> bool:
    """What it settles there it settles here, and what was given back of it there was given back."""
    theirs: dict[int, int] = defaultdict(int)
    days = {}
    for each in raw.get("invoices_credited") or ():
        invoice = known(session, sync.id or 0, Module.INVOICE, str(each.get("invoice_id")))
        if invoice is None:
            raise Unfit("unknown_invoice", number=each.get("invoice_number") or each.get("invoice_id"))
        amount = exact(each.get("credited_amount", each.get("amount_applied")))
        theirs[invoice.local_id] += to_minor(amount, row.currency)
        days[invoice.local_id] = past_day(session, each) if each.get("date") else row.issue_date
    ours: dict[int, int] = defaultdict(int)
    for each in _live(session, row):
        ours[each.invoice_id] += each.amount_minor
    changed = False
    for invoice_id in [each for each in ours if ours[each] > theirs[each]]:
        if not link.made_at_zoho:
            raise Unfit("changed_at_zoho", number=row.number)
        for each in _live(session, row):
            if each.invoice_id == invoice_id:
                credit_use.unapply(session, ZOHO, each.id or 0, "Zoho")
        ours[invoice_id] = 0
        changed = True
    changed |= refunds.take(session, sync, Module.CREDIT_NOTE, row, raw.get("creditnote_refunds") or ())
    for invoice_id, amount in theirs.items():
        more = amount - ours[invoice_id]
        if more > 0:
            day = max(days[invoice_id], session.get_one(Invoice, invoice_id).issue_date)
            credit_use.apply(session, ZOHO, row.id or 0, invoice_id, more, day)
            changed = True
    return changed


def _live(session: Session, row: CreditNote) -> list[Allocation]:
    session.flush()
    return list(
        session.exec(
            select(Allocation).where(
                Allocation.credit_note_id == row.id, col(Allocation.removed_at).is_(None)
            )
        )
    )
