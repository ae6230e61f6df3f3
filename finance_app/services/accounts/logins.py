"""The log-ins of a person: which are open, from where, and how they are ended."""

from datetime import datetime

from sqlmodel import Session, col, func, select

from finance_app.domain.errors import DomainError, NotFound
from finance_app.domain.permissions import Permission, may_hand_out
from finance_app.models import Profile, User, UserSession
from finance_app.models.columns import now
from finance_app.services.accounts import identity as accounts
from finance_app.services.accounts.identity import Actor
from finance_app.services.audit import trail as audit

SHOWN = 50


def open_logins(session: Session, actor: Actor, user_id: int) -> list[UserSession]:
    """The log-ins of oneself, or of somebody whom one manages, last used first."""
    _require(session, actor, user_id)
    return list(
        session.exec(
            select(UserSession)
            .where(
                UserSession.user_id == user_id,
                col(UserSession.revoked_at).is_(None),
                UserSession.expires_at > now(),
            )
            .order_by(col(UserSession.last_seen_at).desc(), col(UserSession.id).desc())
            .limit(SHOWN)
        ).all()
    )


def revoke(session: Session, actor: Actor, user_id: int, login_id: int) -> None:
    """End one log-in. Raises NotFound where it is none of this person's."""
    _require(session, actor, user_id)
    login = session.get(UserSession, login_id)
    if login is None or login.user_id != user_id:
        raise NotFound
    if login.revoked_at is None:
        login.revoked_at = now()
        session.add(login)
        audit.record(session, actor, "user", user_id, "login_revoked", from_address=login.address)


def revoke_all(session: Session, actor: Actor, user_id: int) -> None:
    """Log a person out everywhere; oneself, everywhere else."""
    _require(session, actor, user_id)
    accounts.close_sessions_of(session, user_id, but=actor.session_id)
    audit.record(session, actor, "user", user_id, "logins_revoked")


def last_login(session: Session, user_id: int) -> datetime | None:
    return session.exec(
        select(UserSession.last_seen_at)
        .where(UserSession.user_id == user_id)
        .order_by(col(UserSession.last_seen_at).desc())
        .limit(1)
    ).first()


def _require(session: Session, actor: Actor, user_id: int) -> None:
    if user_id == actor.user_id:
        actor.require(Permission.PROFILE_EDIT)
        return
    actor.require(Permission.PEOPLE_EDIT)
    user = session.get(User, user_id)
    if user is None:
        raise NotFound
    profile = session.get_one(Profile, user.profile_id)
    if not may_hand_out(actor.permissions, accounts.permissions_of(profile)):
        raise DomainError("person.error.out_of_reach", name=user.name)


def count_open(session: Session, user_id: int) -> int:
    return session.exec(
        select(func.count(col(UserSession.id))).where(
            UserSession.user_id == user_id,
            col(UserSession.revoked_at).is_(None),
            UserSession.expires_at > now(),
        )
    ).one()
