"""What else settles an invoice at Zoho: a rest that was given up there, and payments that are gone there."""

from sqlmodel import Session, col, select

from finance_app.domain.errors import DomainError
from finance_app.domain.money import to_minor
from finance_app.models import Allocation, Invoice, Payment, ZohoLink, ZohoSync
from finance_app.models.columns import now
from finance_app.models.kinds import AllocationKind
from finance_app.services.invoicing.facts import balance_of
from finance_app.services.payments import recording
from finance_app.services.portal import today
from finance_app.services.zoho.sync.look import link_of
from finance_app.services.zoho.sync.modules import Module
from finance_app.services.zoho.sync.receiving import payments
from finance_app.services.zoho.sync.receiving.links import (
    ZOHO,
    News,
    Raw,
    agree,
    exact,
    in_units,
    in_words,
    is_busy,
    known,
)
from finance_app.services.zoho.sync.wanted import Unfit


def news(session: Session, link: ZohoLink, raw: Raw) -> News:
    """An invoice whose balance is another there, while nothing that settles it is on its way."""
    row = session.get(Invoice, link.local_id)
    if row is None or row.voided_at or raw.get("balance") is None or raw.get("status") == "void":
        return News.NONE
    if exact(raw["total"]) != in_units(row.total_minor, row.currency):
        return News.NONE
    same = exact(raw["balance"]) == in_units(balance_of(row), row.currency)
    return News.NONE if same else News.LOOK


def busy(session: Session, link: ZohoLink) -> bool:
    """Whether anything that settles the invoice is on its way."""
    settling = session.exec(select(Allocation).where(Allocation.invoice_id == link.local_id)).all()
    payments = {each.payment_id for each in settling if each.payment_id}
    notes = {each.credit_note_id for each in settling if each.credit_note_id}
    return (
        is_busy(session, Module.INVOICE, link.local_id)
        or is_busy(session, Module.WRITE_OFF, link.local_id)
        or any(is_busy(session, Module.PAYMENT, id) for id in payments)
        or any(is_busy(session, Module.CREDIT_NOTE, id) for id in notes)
    )


def take(session: Session, sync: ZohoSync, raw: Raw) -> bool:
    """Raises Unfit where it cannot be the same here."""
    link = known(session, sync.id or 0, Module.INVOICE, str(raw["invoice_id"]))
    if link is None:
        return False
    row = session.get_one(Invoice, link.local_id)
    try:
        changed = _missing(session, sync, row, raw)
        return _given_up(session, sync, row, raw) or changed
    except DomainError as error:
        raise in_words(session, error) from error


def _missing(session: Session, sync: ZohoSync, row: Invoice, raw: Raw) -> bool:
    """Payments that settle the invoice here and not there."""
    there = {str(each.get("payment_id")) for each in raw.get("payments") or ()}
    paid = select(Payment).where(
        col(Payment.deleted_at).is_(None),
        col(Payment.id).in_(
            select(Allocation.payment_id).where(
                Allocation.invoice_id == row.id, col(Allocation.removed_at).is_(None)
            )
        ),
    )
    changed = False
    for payment in session.exec(paid).all():
        link = link_of(session, sync.id or 0, Module.PAYMENT, payment.id or 0)
        if link is None or not link.remote_id or link.remote_id in there:
            continue
        changed |= payments.gone(session, sync, link)
    return changed


def _given_up(session: Session, sync: ZohoSync, row: Invoice, raw: Raw) -> bool:
    theirs = to_minor(exact(raw.get("write_off_amount")), row.currency)
    live = session.exec(
        select(Allocation).where(
            Allocation.invoice_id == row.id,
            Allocation.kind == AllocationKind.WRITE_OFF,
            col(Allocation.removed_at).is_(None),
        )
    ).all()
    ours = sum(each.amount_minor for each in live)
    link = link_of(session, sync.id or 0, Module.WRITE_OFF, row.id or 0)
    if theirs == ours:
        return False
    if ours and link is not None and link.fingerprint:
        if not link.made_at_zoho:
            raise Unfit("changed_at_zoho", number=row.number)
        for each in live:
            recording.remove_allocation(session, ZOHO, each.id or 0, "Zoho")
    if theirs:
        day = max(today(session), row.issue_date)
        recording.write_off(session, ZOHO, row.id or 0, theirs, day, "Zoho")
    if link is None:
        link = ZohoLink(
            sync_id=sync.id or 0,
            module=Module.WRITE_OFF,
            local_id=row.id or 0,
            remote_id=str(row.id),
            reference=f"write-off/{row.id}",
            made_at_zoho=True,
            attempted_at=now(),
        )
        session.add(link)
    link.made_at_zoho = True
    agree(session, sync, link)
    return True
