"""One action on many invoices: first what it would do to each, then doing it where it can be done.

Each invoice stands for itself: what is refused for one is told, and the others are done.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from sqlalchemy import select
from sqlmodel import Session, col

from finance_app.documents.email_text import EmailKind
from finance_app.domain.errors import DomainError
from finance_app.domain.permissions import Permission
from finance_app.domain.workflow import InvoiceAction, InvoiceState, require_action
from finance_app.models import Client, Invoice
from finance_app.services.accounts.identity import Actor
from finance_app.services.delivery import sending as delivery
from finance_app.services.invoicing import issuing
from finance_app.services.invoicing.facts import balance_of, facts_of
from finance_app.services.portal import portal_of, today_in

MOST = 200


class BulkAction(StrEnum):
    """`delete` is for drafts: issued invoices are deleted one by one, with a reason."""

    MARK_SENT = "mark_sent"
    SEND = "send"
    REMIND = "remind"
    DELETE = "delete"


_MAILS = {BulkAction.SEND: EmailKind.INVOICE, BulkAction.REMIND: EmailKind.REMINDER}


@dataclass(frozen=True)
class Planned:
    """What an action would do to an invoice, or did: `fault` says why not. Amounts in minor units."""

    invoice_id: int
    number: str
    title: str
    client: str
    issue_date: date
    currency: str
    total_minor: int
    to: str = ""
    fault: DomainError | None = None


def plan(session: Session, actor: Actor, action: BulkAction, ids: Sequence[int]) -> list[Planned]:
    """What `action` would do to each invoice, in the order in which numbers are taken; nothing is changed."""
    actor.require(Permission.INVOICES_EDIT)
    return [_planned(session, actor, action, invoice, client) for invoice, client in _found(session, ids)]


def carry_out(
    session: Session, actor: Actor, action: BulkAction, ids: Sequence[int], request_key: str
) -> list[Planned]:
    """Do it to every invoice that allows it. The same `request_key` twice sends no e-mail twice."""
    actor.require(Permission.INVOICES_EDIT)
    results = []
    for invoice, client in _found(session, ids):
        result = _planned(session, actor, action, invoice, client)
        if result.fault is None:
            try:
                with session.begin_nested():
                    _do(session, actor, action, result.invoice_id, request_key)
            except DomainError as fault:
                session.expire_all()
                result = _row(invoice, client, fault=fault)
        results.append(result)
    session.flush()
    return results


def payer_of(session: Session, actor: Actor, ids: Sequence[int]) -> tuple[int, str]:
    """The client and currency that one payment for these invoices has. Raises DomainError: several of them,
    or an invoice that is not open."""
    actor.require(Permission.PAYMENTS_EDIT)
    found = _found(session, ids)
    if len({invoice.client_id for invoice, _ in found}) > 1:
        raise DomainError("invoice.bulk.several_clients")
    if len({invoice.currency for invoice, _ in found}) > 1:
        raise DomainError("invoice.bulk.several_currencies")
    for invoice, _ in found:
        if invoice.state is not InvoiceState.ISSUED or balance_of(invoice) <= 0:
            raise DomainError("invoice.bulk.not_open", number=invoice.number or invoice.title or "–")
    return found[0][0].client_id, found[0][0].currency


def _found(session: Session, ids: Sequence[int]) -> list[tuple[Invoice, str]]:
    """Raises DomainError for none, or more than MOST."""
    if not 0 < len(set(ids)) <= MOST:
        raise DomainError("delivery.error.choose_documents", n=MOST)
    rows = session.execute(
        select(Invoice, col(Client.name))
        .join(Client, col(Client.id) == col(Invoice.client_id))
        .where(col(Invoice.id).in_(set(ids)))
        .order_by(col(Invoice.issue_date), col(Invoice.id))
    ).all()
    if not rows:
        raise DomainError("common.error.not_found")
    return [(row[0], row[1]) for row in rows]


def _planned(session: Session, actor: Actor, action: BulkAction, invoice: Invoice, client: str) -> Planned:
    portal = portal_of(session)
    try:
        if action is BulkAction.DELETE and invoice.number is not None:
            raise DomainError("invoice.bulk.only_drafts")
        require_action(
            InvoiceAction(action.value), facts_of(invoice), today_in(portal), portal.strict_numbering
        )
        if action not in _MAILS:
            return _row(invoice, client)
        to = delivery.draft(session, actor, _MAILS[action], invoice.id or 0).to
        if not to:
            raise DomainError("invoice.bulk.no_address")
        return _row(invoice, client, to=to)
    except DomainError as fault:
        return _row(invoice, client, fault=fault)


def _row(invoice: Invoice, client: str, *, to: str = "", fault: DomainError | None = None) -> Planned:
    return Planned(
        invoice_id=invoice.id or 0,
        number=invoice.number or "",
        title=invoice.title,
        client=client,
        issue_date=invoice.issue_date,
        currency=invoice.currency,
        total_minor=invoice.total_minor,
        to=to,
        fault=fault,
    )


def _do(session: Session, actor: Actor, action: BulkAction, invoice_id: int, request_key: str) -> None:
    if action is BulkAction.MARK_SENT:
        issuing.mark_sent(session, actor, invoice_id)
    elif action is BulkAction.DELETE:
        issuing.delete(session, actor, invoice_id)
    else:
        text = delivery.draft(session, actor, _MAILS[action], invoice_id)
        envelope = (text.to, text.cc, text.subject, text.body, request_key)
        if action is BulkAction.REMIND:
            delivery.remind(session, actor, invoice_id, *envelope)
        else:
            version = session.get_one(Invoice, invoice_id).version
            delivery.send(session, actor, invoice_id, version, *envelope)
