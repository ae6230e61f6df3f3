"""E-mails about documents and what became of them: the timeline, and what a person can do about a fault."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select, update
from sqlmodel import Session, col

from finance_app.documents.email_text import EmailKind
from finance_app.domain.errors import DomainError
from finance_app.domain.permissions import Permission
from finance_app.models import CreditNote, Estimate, Invoice, OutboxMessage, Project, SalesOrder, User
from finance_app.models.columns import now
from finance_app.models.kinds import InvoiceState, OutboxState
from finance_app.services import outbox
from finance_app.services.accounts import links as account_links
from finance_app.services.accounts.identity import Actor
from finance_app.services.audit import trail as audit
from finance_app.services.delivery import links as public_links
from finance_app.services.document_rights import check_readable

MAIL = "mail"


@dataclass(frozen=True, slots=True)
class Delivery:
    """An e-mail about a document and where it stands. `error` is a key of `delivery.fault`, or empty."""

    id: int
    email: str
    state: OutboxState
    to: tuple[str, ...]
    cc: tuple[str, ...]
    subject: str
    by: str
    created_at: datetime
    done_at: datetime | None
    next_at: datetime | None
    attempts: int
    error: str
    detail: str


def deliveries(session: Session, actor: Actor, kind: str, object_id: int) -> list[Delivery]:
    """The e-mails about a document, newest first."""
    check_readable(session, actor, kind, object_id)
    rows = session.execute(
        select(OutboxMessage, col(User.name))
        .outerjoin(User, col(User.id) == OutboxMessage.created_by_id)
        .where(
            col(OutboxMessage.kind) == MAIL,
            col(OutboxMessage.object_kind) == kind,
            col(OutboxMessage.object_id) == object_id,
        )
        .order_by(col(OutboxMessage.id).desc())
        .limit(50)
    ).all()
    return [_delivery(message, name or "") for message, name in rows]


def _delivery(message: OutboxMessage, by: str) -> Delivery:
    error, detail = outbox.error_of(message)
    waiting = message.state is OutboxState.PENDING and message.attempts > 0
    return Delivery(
        id=message.id or 0,
        email=message.payload["email"],
        state=message.state,
        to=tuple(message.payload["to"]),
        cc=tuple(message.payload["cc"]),
        subject=message.payload["subject"],
        by=by,
        created_at=message.created_at,
        done_at=message.done_at,
        next_at=message.due_at if waiting else None,
        attempts=message.attempts,
        error=error,
        detail=detail,
    )


def retry(session: Session, actor: Actor, delivery_id: int) -> None:
    """Deliver a failed or waiting e-mail now, as the same message. Raises DomainError if it is under way."""
    actor.require(Permission.INVOICES_EDIT)
    _change(
        session,
        actor,
        delivery_id,
        (OutboxState.FAILED, OutboxState.PENDING),
        "mail_retried",
        state=OutboxState.PENDING,
        due_at=now(),
        attempts=0,
        last_error="",
        lease=None,
    )


def cancel(session: Session, actor: Actor, delivery_id: int) -> None:
    """Give up an e-mail that waits or has failed. Raises DomainError if it is under way or sent."""
    actor.require(Permission.INVOICES_EDIT)
    _change(
        session,
        actor,
        delivery_id,
        (OutboxState.FAILED, OutboxState.PENDING),
        "mail_cancelled",
        state=OutboxState.CANCELLED,
        lease=None,
    )


def confirm(session: Session, actor: Actor, delivery_id: int) -> None:
    """An e-mail of unknown outcome did arrive, says a person. Raises DomainError for any other."""
    actor.require(Permission.INVOICES_EDIT)
    message = session.get(OutboxMessage, delivery_id)
    if message is None or outbox.error_of(message)[0] != outbox.UNKNOWN:
        raise DomainError("delivery.error.not_now")
    _change(
        session,
        actor,
        delivery_id,
        (OutboxState.FAILED,),
        "mail_confirmed",
        state=OutboxState.DONE,
        done_at=now(),
        last_error="",
        lease=None,
    )
    mark_delivered(session, message)


def _change(
    session: Session,
    actor: Actor,
    delivery_id: int,
    states: Sequence[OutboxState],
    action: str,
    **values: Any,
) -> None:
    changed = session.execute(
        update(OutboxMessage)
        .where(
            col(OutboxMessage.id) == delivery_id,
            col(OutboxMessage.kind) == MAIL,
            col(OutboxMessage.state).in_(states),
            col(OutboxMessage.leased_until).is_(None) | (col(OutboxMessage.leased_until) < now()),
        )
        .values(leased_until=None, **values)
        .execution_options(synchronize_session=False)
    ).rowcount
    if not changed:
        raise DomainError("delivery.error.not_now")
    message = session.get_one(OutboxMessage, delivery_id)
    audit.record(session, actor, message.object_kind, message.object_id, action, mail=delivery_id)


def mark_delivered(session: Session, message: OutboxMessage) -> None:
    """An e-mail with the document was handed over: the document knows since when."""
    if message.object_kind != public_links.CREDIT_NOTE and message.object_kind in public_links.DOCUMENTS:
        kind = public_links.DOCUMENTS[message.object_kind]
        session.execute(
            update(kind)
            .where(col(kind.id) == message.object_id, col(kind.delivered_at).is_(None))
            .values(delivered_at=now())
            .execution_options(synchronize_session=False)
        )


def still_wanted(session: Session, message: OutboxMessage) -> bool:
    """Whether a waiting e-mail still has a reason: no reminder of a paid invoice, nothing of a void one."""
    if message.object_kind == account_links.OBJECT:
        return account_links.still_wanted(session, message.object_id)
    if message.object_kind == "project":
        return session.get(Project, message.object_id) is not None
    if message.object_kind == public_links.ESTIMATE:
        estimate = session.get(Estimate, message.object_id)
        if estimate is None or estimate.superseded_at is not None:
            return False
        answered = estimate.accepted_at or estimate.declined_at
        return not (answered and message.payload["email"] == EmailKind.ESTIMATE_REMINDER)
    if message.object_kind == public_links.SALES_ORDER:
        order = session.get(SalesOrder, message.object_id)
        return order is not None and order.voided_at is None
    if message.object_kind not in public_links.DOCUMENTS:
        return True
    if message.object_kind != public_links.INVOICE:
        note = session.get(CreditNote, message.object_id)
        return note is not None and note.voided_at is None
    invoice = session.get(Invoice, message.object_id)
    if invoice is None:
        return False
    paid = invoice.state is InvoiceState.PAID and message.payload["email"] == EmailKind.REMINDER
    return invoice.voided_at is None and not paid
