"""Payments that were entered at Zoho, with what they settle and what was given back of them."""

import secrets

from sqlmodel import Session, col

from finance_app.domain.errors import DomainError
from finance_app.domain.money import to_minor
from finance_app.models import Payment, ZohoLink, ZohoSync
from finance_app.models.kinds import PaymentMethod
from finance_app.services.payments import recording
from finance_app.services.payments.recording import Received
from finance_app.services.zoho.sync.bodies.settlements import METHODS, payment_mark
from finance_app.services.zoho.sync.modules import Module
from finance_app.services.zoho.sync.receiving import refunds, vanishing
from finance_app.services.zoho.sync.receiving.links import (
    ZOHO,
    News,
    Raw,
    client_of,
    exact,
    in_units,
    in_words,
    is_busy,
    is_news,
    known,
    link_up,
    past_day,
    rate_of,
)
from finance_app.services.zoho.sync.wanted import Unfit


def news(session: Session, link: ZohoLink, raw: Raw) -> News:
    row = session.get(Payment, link.local_id)
    if row is None:
        return News.NONE
    if link.made_at_zoho:
        return News.LOOK if row.deleted_at is None and is_news(link, raw) else News.NONE
    if row.deleted_at or not link.fingerprint:
        return News.NONE
    if exact(raw["amount"]) - exact(raw.get("bank_charges")) != in_units(row.amount_minor, row.currency):
        return News.CHANGED
    if raw.get("unused_amount") is None:
        return News.NONE
    left = in_units(recording.unused(session, row), row.currency)
    return News.LOOK if exact(raw["unused_amount"]) < left else News.NONE


def busy(session: Session, link: ZohoLink) -> bool:
    return is_busy(session, Module.PAYMENT, link.local_id) or refunds.is_any_busy(
        session, col(Payment.id) == link.local_id
    )


def take(session: Session, sync: ZohoSync, raw: Raw) -> bool:
    """Raises Unfit where it cannot be the same here."""
    sync_id, remote_id = sync.id or 0, str(raw["payment_id"])
    link = known(session, sync_id, Module.PAYMENT, remote_id)
    try:
        if link is None:
            row, changed = _record(session, sync, raw), True
        else:
            row, changed = session.get_one(Payment, link.local_id), False
            if link.made_at_zoho and _said(session, row) != _says(session, sync_id, row.currency, raw):
                row, changed = _again(session, sync, link, raw), True
        changed |= refunds.take(session, sync, Module.PAYMENT, row, raw.get("payment_refunds") or ())
    except DomainError as error:
        raise in_words(session, error) from error
    return changed


def gone(session: Session, sync: ZohoSync, link: ZohoLink) -> bool:
    """Deleted at Zoho: a payment that was made there is taken back, one that was made here is reported, and
    made anew by a retry. Raises DomainError where it cannot be taken back."""
    row = session.get_one(Payment, link.local_id)
    if link.made_at_zoho:
        refunds.take(session, sync, Module.PAYMENT, row, ())
        recording.delete(session, ZOHO, link.local_id, "Zoho")
        session.delete(link)
        session.flush()
        return True
    if link.fingerprint and not link.is_gone:
        vanishing.report(session, link)
    return False


def _again(session: Session, sync: ZohoSync, link: ZohoLink, raw: Raw) -> Payment:
    """A payment is not changed here but recorded anew; what was given back of it comes back with it."""
    gone(session, sync, link)
    return _record(session, sync, raw)


def _record(session: Session, sync: ZohoSync, raw: Raw) -> Payment:
    sync_id, remote_id = sync.id or 0, str(raw["payment_id"])
    client = client_of(session, sync_id, raw)
    currency = str(raw.get("currency_code") or client.currency)
    charges = to_minor(exact(raw.get("bank_charges")), currency)
    shares, withheld = _shares(session, sync_id, currency, raw)
    received = Received(
        client.id or 0,
        past_day(session, raw),
        currency,
        to_minor(exact(raw["amount"]), currency) - charges,
        f"zoho:{sync_id}:{remote_id}:{secrets.token_hex(8)}"[:64],
        method=METHODS.get(str(raw.get("payment_mode")), PaymentMethod.OTHER),
        reference=str(raw.get("reference_number") or "")[:100],
        notes=str(raw.get("description") or "")[:1000],
        bank_charges_minor=charges,
        withheld_minor=withheld,
        exchange_rate=rate_of(session, currency, raw),
        allocations=shares,
    )
    made = recording.record(session, ZOHO, received)
    link_up(session, sync, Module.PAYMENT, made.id or 0, remote_id, payment_mark(made.id or 0))
    return made


def _shares(session: Session, sync_id: int, currency: str, raw: Raw) -> tuple[dict[int, int], int]:
    """What it settles of each invoice, with the tax that the client kept back, and the sum of that. Raises
    Unfit for an invoice that is not here."""
    shares: dict[int, int] = {}
    kept_back = 0
    for part in raw.get("invoices") or ():
        invoice = known(session, sync_id, Module.INVOICE, str(part.get("invoice_id")))
        if invoice is None:
            raise Unfit("unknown_invoice", number=part.get("invoice_number") or part.get("invoice_id"))
        amount = exact(part.get("amount_applied") or part.get("applied_amount"))
        withheld = exact(part.get("tax_amount_withheld"))
        shares[invoice.local_id] = to_minor(amount + withheld, currency)
        kept_back += to_minor(withheld, currency)
    return shares, kept_back


Said = tuple[str, int, dict[int, int]]


def _says(session: Session, sync_id: int, currency: str, raw: Raw) -> Said:
    shares, _ = _shares(session, sync_id, currency, raw)
    charges = exact(raw.get("bank_charges"))
    return str(raw["date"])[:10], to_minor(exact(raw["amount"]) - charges, currency), shares


def _said(session: Session, row: Payment) -> Said:
    shares: dict[int, int] = {}
    for each in recording.allocations_of(session, row.id or 0):
        shares[each.invoice_id] = shares.get(each.invoice_id, 0) + each.amount_minor
    return row.paid_on.isoformat(), row.amount_minor, shares
