"""The worker: takes e-mails out of the outbox and hands them over, one after another.

Any number of workers may run; the lease lets each message go to one of them. In demo mode, e-mails end in the
mailbox of the demo, in the same transaction that marks them as done.
"""

import asyncio
import logging
from collections.abc import Callable
from email.headerregistry import Address
from email.utils import parseaddr

from sqlalchemy import Engine

from finance_app import db
from finance_app.documents.logo import LogoError
from finance_app.domain.errors import DomainError
from finance_app.integrations import mail
from finance_app.integrations.mail import Letter
from finance_app.models import OutboxMessage
from finance_app.services import outbox
from finance_app.services.delivery import history as deliveries
from finance_app.services.delivery import mailbox
from finance_app.services.delivery.enclosures import enclosed
from finance_app.services.delivery.mail_text import mail_text
from finance_app.settings import settings

logger = logging.getLogger(__name__)

IDLE_SECONDS = 1.0

Changed = Callable[[OutboxMessage], None]


class _LeaseLost(Exception):
    """Another worker has the message by now."""


async def run(changed: Changed) -> None:
    """Deliver for ever. `changed` is told of each message that moved, after the commit."""
    while True:
        try:
            busy = await asyncio.to_thread(work_once, changed)
        except Exception:
            logger.exception("The outbox worker stumbled; it goes on")
            busy = False
        if not busy:
            await asyncio.sleep(IDLE_SECONDS)


def work_once(changed: Changed, engine: Engine | None = None) -> bool:
    """Deliver one message, if there is one. Without a mail server, messages wait in the outbox."""
    if settings().smtp is None and not settings().demo:
        return False
    with db.reading(engine) as session:
        waiting = outbox.has_work(session, deliveries.MAIL)
    if not waiting:
        return False
    with db.transaction(engine) as session:
        lost = outbox.give_up_lost(session)
    for message in lost:
        changed(message)
    with db.transaction(engine) as session:
        message = outbox.take(session, kind=deliveries.MAIL)
    if message is None:
        return False
    changed(message)
    _deliver(message, engine)
    changed(message)
    return True


def _deliver(message: OutboxMessage, engine: Engine | None) -> None:
    try:
        with db.transaction(engine) as session:
            wanted = deliveries.still_wanted(session, message)
            if not wanted:
                outbox.mark_cancelled(session, message, "not_wanted")
        if wanted:
            _hand_over(message, engine)
    except _LeaseLost:
        logger.warning("Mail %s was taken over by another worker", message.id)
    except mail.Refused as fault:
        _settle(outbox.mark_failed, message, engine, "refused", fault.detail)
    except mail.Unavailable as fault:
        _settle(outbox.postpone, message, engine, "unavailable", fault.detail)
    except mail.Unknown as fault:
        _settle(outbox.mark_failed, message, engine, outbox.UNKNOWN, fault.detail)
    except (DomainError, LogoError, ValueError) as fault:
        logger.exception("Mail %s cannot be made", message.id)
        _settle(outbox.mark_failed, message, engine, "document", str(fault))


def _settle(record: Callable, message: OutboxMessage, engine: Engine | None, code: str, detail: str) -> None:
    with db.transaction(engine) as session:
        record(session, message, code, detail)


def _hand_over(message: OutboxMessage, engine: Engine | None) -> None:
    with db.reading(engine) as session:
        text = mail_text(session, message)
        attachments = enclosed(session, message)
    letter = Letter(
        message_id=f"<{outbox.stable_id(message)}@{_sender(message).domain}>",
        sender=_sender(message),
        reply_to=message.payload["reply_to"],
        to=message.payload["to"],
        cc=message.payload["cc"],
        subject=text.subject,
        text=text.plain,
        html=text.html,
        date=message.created_at,
        attachments=attachments,
    )

    def leaving() -> None:
        with db.transaction(engine) as session:
            if not outbox.mark_sending(session, message):
                raise _LeaseLost

    if not settings().demo:
        server = settings().smtp
        assert server is not None
        mail.hand_over(server, letter, leaving)
    with db.transaction(engine) as session:
        if outbox.mark_done(session, message):
            mailbox.keep(session, message, letter)
            deliveries.mark_delivered(session, message)


def _sender(message: OutboxMessage) -> Address:
    """The address of the settings, under the name of the company."""
    name, address = parseaddr(settings().mail_from)
    return Address(display_name=message.payload["sender_name"] or name, addr_spec=address)
