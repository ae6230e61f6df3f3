"""The e-mail to somebody whose password or second factor has changed, whoever did it."""

from zoneinfo import ZoneInfo

from sqlmodel import Session

from finance_app import routes
from finance_app.i18n import formats, t
from finance_app.models import AuditEvent, User
from finance_app.services import outbox
from finance_app.services.portal import portal_of
from finance_app.settings import settings


def tell(session: Session, event: AuditEvent) -> None:
    """Put the e-mail about a change of a log-in, as the audit trail has it, into the outbox."""
    user = session.get_one(User, event.object_id)
    if user.email is None or user.archived_at is not None:
        return
    session.flush()
    portal = portal_of(session)
    locale = user.locale or portal.locale
    by_another = event.actor_id != user.id
    words = {
        "name": plain(user.name),
        "company": plain(portal.name),
        "who": plain(event.actor_name),
        "when": formats.moment(event.at, locale, ZoneInfo(portal.time_zone), "medium"),
        "address": event.address or t(locale, "account.mail.changed.unknown"),
    }
    change = t(locale, f"account.mail.changed.{event.action}", **words)
    origin = t(locale, f"account.mail.changed.{'by_another' if by_another else 'by_you'}", **words)
    outbox.enqueue(
        session,
        kind="mail",
        dedup_key=f"account-change:{event.id}",
        payload={
            "email": "account_changed",
            "to": [user.email],
            "cc": [],
            "subject": t(locale, "account.mail.changed.subject", **words),
            "body": t(
                locale, "account.mail.changed.body", **words, change=change, origin=origin, link="{link}"
            ),
            "locale": locale,
            "accent": portal.accent_color,
            "sender_name": portal.name,
            "reply_to": portal.email,
            "address": f"{settings().address}{routes.FORGOTTEN}",
            "attachment": None,
        },
        object_kind="user",
        object_id=user.id,
        created_by_id=event.actor_id,
    )


def plain(text: str) -> str:
    """A name with braces is no placeholder of the template."""
    return text.replace("{", "{{").replace("}", "}}")
