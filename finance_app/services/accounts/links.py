"""Invitations and forgotten passwords: an e-mail with a link that sets the password once.

Like the link to a document, the token derives from the secret key and a salt, so that neither the database
nor the outbox holds it. A newer link of a person ends the older ones.
"""

import base64
import hashlib
import hmac
import secrets
from datetime import timedelta

from sqlmodel import Session, col, select, update

from finance_app.domain.errors import DomainError, NotFound
from finance_app.domain.permissions import Permission, may_hand_out
from finance_app.i18n import t
from finance_app.models import AccountLink, OutboxMessage, Profile, User
from finance_app.models.columns import now
from finance_app.services import outbox
from finance_app.services.accounts import identity as accounts
from finance_app.services.accounts import passwords, telling
from finance_app.services.accounts.identity import Actor
from finance_app.services.audit import trail as audit
from finance_app.services.portal import portal_of
from finance_app.settings import settings

INVITE, RESET = "invite", "reset"
VALID = {INVITE: timedelta(days=7), RESET: timedelta(hours=1)}
OBJECT = "account_link"
_TOKEN_LENGTH = 43


def token_of(link: AccountLink) -> str:
    key = settings().secret_key.get_secret_value().encode()
    digest = hmac.digest(key, f"account-link:{link.salt}".encode(), "sha256")
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def address_of(link: AccountLink) -> str:
    return f"{settings().address}/account/{token_of(link)}"


def shown_without_secret(link_id: int) -> str:
    """An address of the same shape, for what is kept: it opens nothing."""
    return f"{settings().address}/account/link-{link_id}"


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def invite(session: Session, actor: Actor, user_id: int) -> AccountLink:
    """Send a person the link to a first password; again, where the first one was lost.

    Raises NotFound, or DomainError for somebody without an address, archived, or who has a password.
    """
    actor.require(Permission.PEOPLE_EDIT)
    user = _within_reach(session, actor, user_id)
    if user.password_hash:
        raise DomainError("account.error.has_password", name=user.name)
    return _send(session, user, INVITE, actor)


def invite_new(session: Session, user: User) -> AccountLink:
    """Invite somebody whom the program has just made known, as it was set up to."""
    return _send(session, user, INVITE, None)


def send_reset(session: Session, actor: Actor, user_id: int) -> AccountLink:
    """Send a person the link to a new password; the present one holds until it is used."""
    actor.require(Permission.PEOPLE_EDIT)
    return _send(session, _within_reach(session, actor, user_id), RESET, actor)


def ask_reset(session: Session, email: str, address: str) -> None:
    """Somebody has forgotten the password. Nothing tells whether the address belongs to anybody."""
    user = accounts.known_as(session, email)
    if user is not None:
        _send(session, user, RESET if user.password_hash else INVITE, None, address)


def _within_reach(session: Session, actor: Actor, user_id: int) -> User:
    user = session.get(User, user_id)
    if user is None:
        raise NotFound
    if user.email is None or user.archived_at is not None:
        raise DomainError("account.error.no_address", name=user.name)
    profile = session.get_one(Profile, user.profile_id)
    if not may_hand_out(actor.permissions, accounts.permissions_of(profile)):
        raise DomainError("person.error.out_of_reach", name=user.name)
    return user


def _send(session: Session, user: User, kind: str, actor: Actor | None, address: str = "") -> AccountLink:
    moment = now()
    session.exec(
        update(AccountLink)
        .where(col(AccountLink.user_id) == user.id, col(AccountLink.used_at).is_(None))
        .values(expires_at=moment)
    )
    link = AccountLink(
        user_id=user.id or 0, kind=kind, token_hash="", salt=secrets.token_urlsafe(32),
        created_at=moment, expires_at=moment + VALID[kind],
    )  # fmt: skip
    link.token_hash = _hash(token_of(link))
    session.add(link)
    session.flush()
    portal = portal_of(session)
    locale = user.locale or portal.locale
    sender = actor.name if actor else portal.name
    words = {
        "name": telling.plain(user.name),
        "company": telling.plain(portal.name),
        "sender": telling.plain(sender),
    }
    outbox.enqueue(
        session,
        kind="mail",
        dedup_key=f"account-link:{link.id}",
        payload={
            "email": f"account_{kind}",
            "to": [user.email],
            "cc": [],
            "subject": t(locale, f"account.mail.{kind}.subject", **words),
            "body": t(locale, f"account.mail.{kind}.body", **words, link="{link}"),
            "locale": locale,
            "accent": portal.accent_color,
            "sender_name": portal.name,
            "reply_to": actor.email if actor else portal.email,
            "account_link_id": link.id,
            "attachment": None,
        },
        object_kind=OBJECT,
        object_id=link.id,
        created_by_id=actor.user_id if actor else None,
    )
    audit.record(session, actor, "user", user.id, f"{kind}_sent", address=address)
    return link


def address_for(session: Session, message: OutboxMessage, *, secret: bool) -> str:
    """What stands in an e-mail of the outbox: the true address, or one of its shape that opens nothing."""
    link = session.get(AccountLink, message.payload["account_link_id"])
    if link is None or not secret:
        return shown_without_secret(message.payload["account_link_id"])
    return address_of(link)


def still_wanted(session: Session, link_id: int | None) -> bool:
    link = session.get(AccountLink, link_id)
    return link is not None and link.used_at is None and link.expires_at > now()


def person_of(session: Session, token: str) -> tuple[AccountLink, User]:
    """Whose password a link sets. Raises NotFound for one that is unknown, used or too old."""
    if len(token) != _TOKEN_LENGTH:
        raise NotFound
    found = session.exec(
        select(AccountLink, User)
        .join(User, col(User.id) == AccountLink.user_id)
        .where(
            AccountLink.token_hash == _hash(token),
            col(AccountLink.used_at).is_(None),
            AccountLink.expires_at > now(),
            col(User.archived_at).is_(None),
            col(User.email).is_not(None),
        )
    ).first()
    if found is None:
        raise NotFound
    return found[0], found[1]


def set_password(session: Session, token: str, password: str, repeated: str, address: str) -> User:
    """Set the password by a link and use it up; every log-in of the person ends.

    Raises NotFound, or DomainError for a weak password: the link stays good for another try.
    """
    link, user = person_of(session, token)
    if password != repeated:
        raise DomainError("account.error.differ", field="repeated")
    portal = portal_of(session)
    passwords.check_strength(password, (user.name, user.email or "", portal.name))
    used = session.exec(
        update(AccountLink)
        .where(col(AccountLink.id) == link.id, col(AccountLink.used_at).is_(None))
        .values(used_at=now())
    )
    if used.rowcount != 1:
        raise NotFound
    user.password_hash = accounts.hash_password(password)
    session.add(user)
    accounts.close_sessions_of(session, user.id or 0)
    person = Actor(user.id or 0, user.name, user.email or "", "", "", "", "UTC", address=address)
    event = audit.record(session, person, "user", user.id, "password_set", by=link.kind)
    if link.kind == RESET:
        telling.tell(session, event)
    return user


def was_invited(session: Session, user_id: int) -> bool:
    """Whether an invitation can still be used."""
    return (
        session.exec(
            select(AccountLink.id).where(
                AccountLink.user_id == user_id,
                col(AccountLink.used_at).is_(None),
                AccountLink.expires_at > now(),
            )
        ).first()
        is not None
    )
