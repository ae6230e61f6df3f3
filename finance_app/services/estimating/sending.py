"""E-mails of estimates and sales orders: sent with their PDF and link, reminded of."""

from sqlmodel import Session

from finance_app.documents.email_text import EmailKind
from finance_app.domain.errors import DomainError
from finance_app.domain.estimates import (
    EstimateAction,
    OrderAction,
    require_estimate_action,
    require_order_action,
)
from finance_app.models import OutboxMessage
from finance_app.services.accounts.identity import Actor
from finance_app.services.delivery.sending import checked, enqueue, key_of, known_by
from finance_app.services.estimating import issuing
from finance_app.services.estimating.facts import estimate_facts, order_facts
from finance_app.services.estimating.papers import ESTIMATE, ESTIMATE_KIND, ORDER, ORDER_KIND
from finance_app.services.invoicing.editing import locked
from finance_app.services.portal import today


def send(
    session: Session,
    actor: Actor,
    estimate_id: int,
    version: int,
    to: str,
    cc: str,
    subject: str,
    body: str,
    request_key: str,
) -> OutboxMessage:
    """E-mail an estimate with its PDF and link; a draft is numbered and frozen by it.

    Raises DomainError: changed since `version`, not to be sent any more, or an address or text that is none.
    """
    estimate = locked(session, actor, estimate_id, ESTIMATE)
    dedup_key = key_of(EmailKind.ESTIMATE, estimate_id, request_key)
    if (known := known_by(session, dedup_key)) is not None:
        return known
    if estimate.version != version:
        raise DomainError("common.error.changed_meanwhile")
    day = today(session)
    require_estimate_action(EstimateAction.SEND, estimate_facts(session, estimate), day)
    typed = checked(to, cc, subject, body)
    if estimate.issued_at is None:
        issuing.issue(session, actor, estimate_id, version)
    return enqueue(session, actor, EmailKind.ESTIMATE, ESTIMATE_KIND, estimate_id, typed, dedup_key)


def remind(
    session: Session,
    actor: Actor,
    estimate_id: int,
    to: str,
    cc: str,
    subject: str,
    body: str,
    request_key: str,
) -> OutboxMessage:
    """E-mail a reminder of an estimate that waits for its answer. Raises DomainError as `send`."""
    estimate = locked(session, actor, estimate_id, ESTIMATE)
    dedup_key = key_of(EmailKind.ESTIMATE_REMINDER, estimate_id, request_key)
    if (known := known_by(session, dedup_key)) is not None:
        return known
    day = today(session)
    require_estimate_action(EstimateAction.REMIND, estimate_facts(session, estimate), day)
    typed = checked(to, cc, subject, body)
    kind = EmailKind.ESTIMATE_REMINDER
    return enqueue(session, actor, kind, ESTIMATE_KIND, estimate_id, typed, dedup_key)


def send_order(
    session: Session,
    actor: Actor,
    order_id: int,
    to: str,
    cc: str,
    subject: str,
    body: str,
    request_key: str,
) -> OutboxMessage:
    """E-mail a confirmed sales order with its PDF and a link to it."""
    order = locked(session, actor, order_id, ORDER)
    dedup_key = key_of(EmailKind.SALES_ORDER, order_id, request_key)
    if (known := known_by(session, dedup_key)) is not None:
        return known
    require_order_action(OrderAction.SEND, order_facts(session, order))
    typed = checked(to, cc, subject, body)
    return enqueue(session, actor, EmailKind.SALES_ORDER, ORDER_KIND, order_id, typed, dedup_key)
