"""Who gets the finance tab by the connection: profiles that may see everybody's time."""

from dataclasses import dataclass

from sqlmodel import Session, col, func, select

from finance_app.domain.permissions import Permission, complete
from finance_app.models import Profile, User
from finance_app.services.accounts.identity import Actor, permissions_of
from finance_app.services.audit import trail as audit


@dataclass(frozen=True)
class Offered:
    id: int
    key: str
    name: str
    people: int
    has_finance: bool


def offered(session: Session) -> list[Offered]:
    """The profiles that may view all time sheets. Of the built-in ones, whose permissions are fixed, all
    that may have the finance tab."""
    people = dict(
        session.execute(
            select(col(User.profile_id), func.count())
            .where(col(User.archived_at).is_(None))
            .group_by(col(User.profile_id))
        ).all()
    )
    found = []
    for profile in session.exec(select(Profile).order_by(col(Profile.id))):
        held = permissions_of(profile)
        finance = Permission.FINANCE_VIEW in held
        if Permission.TIME_VIEW_ALL in held and (finance or profile.key is None):
            shown = Offered(
                profile.id or 0, profile.key or "", profile.name, people.get(profile.id, 0), finance
            )
            found.append(shown)
    return found


def left_out(session: Session) -> list[Offered]:
    """The profiles that may not view all time sheets, and so cannot be given the finance tab."""
    found = []
    for profile in session.exec(select(Profile).order_by(col(Profile.id))):
        if Permission.TIME_VIEW_ALL not in permissions_of(profile):
            found.append(Offered(profile.id or 0, profile.key or "", profile.name, 0, False))
    return found


def open_finance(session: Session, actor: Actor, chosen: list[int]) -> list[int]:
    """Give the finance tab to these profiles; the ids of those that did not have it."""
    given = []
    for profile_id in chosen:
        profile = session.get(Profile, profile_id)
        if profile is None or profile.key is not None:
            continue
        held = permissions_of(profile)
        if Permission.TIME_VIEW_ALL not in held or Permission.FINANCE_VIEW in held:
            continue
        wanted = complete(held | {Permission.FINANCE_VIEW})
        profile.permissions = sorted(wanted)
        profile.version += 1
        session.add(profile)
        audit.record(session, actor, "profile", profile_id, "changed", given=sorted(wanted - held), taken=[])
        given.append(profile_id)
    session.flush()
    return given
