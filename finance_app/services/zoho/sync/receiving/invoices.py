"""Invoices that were made and sent at Zoho, under their numbers there, with the work that they bill."""

from typing import Any

from sqlmodel import Session, col, select

from finance_app.domain.errors import DomainError
from finance_app.models import CreditNote, Estimate, Invoice, InvoiceLine, TimeLog, ZohoLink, ZohoSync
from finance_app.models.kinds import PartKind
from finance_app.services.estimating.papers import ESTIMATE
from finance_app.services.expenses import charge
from finance_app.services.invoicing import charging, claims, drafts, issuing, parts, totals, voiding
from finance_app.services.invoicing.drafts import DraftHead
from finance_app.services.invoicing.facts import settle
from finance_app.services.invoicing.papers import lines_in
from finance_app.services.profitability import posting
from finance_app.services.zoho.sync.modules import Module
from finance_app.services.zoho.sync.receiving.content import fill
from finance_app.services.zoho.sync.receiving.following import follow
from finance_app.services.zoho.sync.receiving.links import (
    ZOHO,
    Raw,
    agree,
    client_of,
    day_of,
    in_words,
    known,
    link_up,
    local_ids,
    says_otherwise,
)
from finance_app.services.zoho.sync.wanted import Unfit


def take(session: Session, sync: ZohoSync, raw: Raw) -> bool:
    """Raises Unfit where it cannot be the same here, to the cent, or bills what is billed here already."""
    link = known(session, sync.id or 0, Module.INVOICE, str(raw["invoice_id"]))
    if link is None:
        row = _make(session, sync, raw)
        link_up(session, sync, Module.INVOICE, row.id or 0, str(raw["invoice_id"]), row.number or "")
        return True
    row = session.get_one(Invoice, link.local_id)
    changed = False
    if row.voided_at is None and raw.get("status") == "void":
        try:
            voiding.void(session, ZOHO, link.local_id, "Zoho", plainly=True)
        except DomainError as error:
            raise in_words(session, error) from error
        agree(session, sync, link)
        changed = True
    elif row.voided_at is None:
        changed = _follow(session, sync, link, row, raw)
    return changed


def _follow(session: Session, sync: ZohoSync, link: ZohoLink, row: Invoice, raw: Raw) -> bool:
    credited = select(CreditNote.id).where(
        CreditNote.invoice_id == row.id, col(CreditNote.voided_at).is_(None)
    )
    if session.exec(credited).first() is not None:
        if says_otherwise(session, link, raw):
            raise Unfit("changed_at_zoho", number=row.number)
        return False

    def free() -> None:
        charging.release_invoice(session, ZOHO, row.id or 0, "edited")

    def hold(lines: list[Any]) -> None:
        _take_work(session, sync.id or 0, row, lines, raw)
        settle(session, row)
        posting.post_invoice(session, row)

    return follow(session, sync, link, row, InvoiceLine, "invoice_id", raw, _dates, free, hold)


def _dates(row: Any, raw: Raw) -> None:
    row.issue_date = day_of(raw)
    row.due_date = max(day_of(raw, "due_date") if raw.get("due_date") else row.issue_date, row.issue_date)


def _make(session: Session, sync: ZohoSync, raw: Raw) -> Invoice:
    sync_id, number = sync.id or 0, str(raw["invoice_number"])
    client = client_of(session, sync_id, raw)
    day = day_of(raw)
    due = day_of(raw, "due_date") if raw.get("due_date") else day
    currency = str(raw.get("currency_code") or client.currency)
    try:
        row = drafts.begin(session, ZOHO, client, currency, DraftHead(day, max(due, day)))
        row.title = number
        lines = fill(session, sync_id, row, InvoiceLine, "invoice_id", raw)
        _take_work(session, sync_id, row, lines, raw)
        _bill_estimate(session, sync_id, row, lines, raw)
        return issuing.issue(session, ZOHO, row.id or 0, number=number)
    except DomainError as error:
        raise in_words(session, error) from error


def _take_work(session: Session, sync_id: int, row: Invoice, lines: list[Any], raw: Raw) -> None:
    """The time and the expenses that the lines bill are billed here too. Raises DomainError where they were
    billed before."""
    for line, each in zip(lines, raw["line_items"], strict=True):
        entries = [str(id) for id in each.get("time_entry_ids") or ()]
        logs = local_ids(session, sync_id, Module.TIME_LOG, entries)
        if logs:
            claims.mark(session, row.id or 0, line.id or 0, [col(TimeLog.id).in_(logs)], len(logs))
        spent = local_ids(session, sync_id, Module.EXPENSE, [str(each.get("expense_id") or "")])
        charge.mark(session, ZOHO, row, line.id or 0, spent)


def _bill_estimate(session: Session, sync_id: int, row: Invoice, lines: list[Any], raw: Raw) -> None:
    """An estimate that became this invoice at Zoho is billed by it here too, so that it is not billed again:
    line by line, where the two have the same."""
    link = known(session, sync_id, Module.ESTIMATE, str(raw.get("invoiced_estimate_id") or "-"))
    estimate = session.get(Estimate, link.local_id) if link else None
    if estimate is None or not estimate.accepted_at:
        return
    agreed = [each for each in lines_in(session, ESTIMATE, estimate.id or 0) if totals.counts(each)]
    if [each.amount_minor for each in agreed] != [each.amount_minor for each in lines]:
        return
    try:
        with session.begin_nested():
            row.estimate_id = estimate.id
            for line, of in zip(lines, agreed, strict=True):
                line.part, line.source_line_id = PartKind.WORK, of.id
            parts.check(session, row)
    except DomainError:
        session.refresh(row)
