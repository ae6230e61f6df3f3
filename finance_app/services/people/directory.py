"""People of the firm: the list, one of them, creation, change, archive, and their selector.

Somebody who only stands in imported time has no e-mail and cannot log in. The portal always keeps an owner
who can.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import func, or_, select
from sqlmodel import Session, col

from finance_app.domain.errors import DomainError, InvalidFields, NotFound
from finance_app.domain.permissions import Permission, may_hand_out
from finance_app.domain.rates import DatedRate, rate_on
from finance_app.domain.time import parse_duration
from finance_app.i18n import LOCALES
from finance_app.models import Profile, TimeLog, User, UserRate
from finance_app.models.columns import now
from finance_app.models.kinds import Role
from finance_app.models.profile import built_in_id
from finance_app.services.accounts.identity import Actor, close_sessions_of, normal_email, permissions_of
from finance_app.services.audit import trail as audit
from finance_app.services.listing import Found, ListAsks, ListQuery, like, page_of
from finance_app.services.portal import today
from finance_app.services.time_tracking.listing import period_of

ASKS = ListAsks(
    sorts=("name", "job_title", "profile", "email", "weekly_hours"),
    default_sort="name",
    filters=("state", "profile", "log_in"),
)
FIELDS = {"name": 200, "email": 254, "job_title": 100, "profile_id": 20, "locale": 10, "weekly_hours": 20}
WEEK = 7 * 24 * 3600

_EMAIL = re.compile(r"[^@\s]+@[^@\s.]+(\.[^@\s.]+)+")


@dataclass(frozen=True)
class PersonRecord:
    """A row of the list. Hours and rates are None for those who may not see them, rates also where unset.

    `profile` is the key of a built-in profile, or empty: then it has a name. The rates are those of today, in
    base currency.
    """

    id: int
    name: str
    job_title: str
    profile: str
    profile_name: str
    email: str
    weekly_seconds: int
    archived: bool
    month_seconds: int | None = None
    bill_rate: Decimal | None = None
    cost_rate: Decimal | None = None


def page(session: Session, actor: Actor, query: ListQuery) -> Found[PersonRecord]:
    """One page of the people, each with the hours of this month and the rates of today.

    The filter `state` is active (also where absent), archived or all; `log_in` is yes for those with an
    e-mail address, no for those without.
    """
    actor.require(Permission.PEOPLE_VIEW)
    email = func.coalesce(User.email, "")
    statement = select(
        col(User.id),
        col(User.name),
        col(User.job_title),
        func.coalesce(Profile.key, ""),
        col(Profile.name),
        email,
        col(User.weekly_seconds),
        col(User.archived_at).is_not(None),
    ).join(Profile, col(Profile.id) == col(User.profile_id))
    state = query.filter("state", "active")
    if state != "all":
        archived = col(User.archived_at)
        statement = statement.where(archived.is_not(None) if state == "archived" else archived.is_(None))
    if query.filter("profile"):
        statement = statement.where(col(User.profile_id) == _number(query.filter("profile")))
    if query.filter("log_in") in ("yes", "no"):
        known = col(User.email).is_not(None)
        statement = statement.where(known if query.filter("log_in") == "yes" else ~known)
    if query.search:
        statement = statement.where(_matches(query.search))
    sorts = {
        "name": func.lower(User.name),
        "job_title": (func.lower(User.job_title), func.lower(User.name)),
        "profile": (col(User.profile_id), func.lower(User.name)),
        "email": (email == "", func.lower(email)),
        "weekly_hours": (col(User.weekly_seconds), func.lower(User.name)),
    }
    found = page_of(session, statement, query, sorts=sorts, tie=col(User.id))
    return Found(
        _with_figures(session, actor, [PersonRecord(*row) for row in found.rows]), found.total, found.query
    )


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else 0


def profiles(session: Session, actor: Actor) -> list[Profile]:
    """Every profile, the built-in ones first."""
    actor.require(Permission.PEOPLE_VIEW)
    return list(session.execute(select(Profile).order_by(col(Profile.id))).scalars())


def profiles_to_give(session: Session, actor: Actor, user_id: int | None) -> list[Profile]:
    """The profiles that the actor may give, and the one that the person has."""
    actor.require(Permission.PEOPLE_EDIT)
    own = get(session, actor, user_id).profile_id if user_id else None
    return [
        profile
        for profile in profiles(session, actor)
        if profile.id == own or may_hand_out(actor.permissions, permissions_of(profile))
    ]


def _matches(text: str) -> Any:
    pattern = like(text)
    columns = (User.name, User.email, User.job_title)
    return or_(*(col(column).ilike(pattern, escape="\\") for column in columns))


def _with_figures(session: Session, actor: Actor, records: list[PersonRecord]) -> list[PersonRecord]:
    ids, day = [record.id for record in records], today(session)
    if not ids:
        return records
    worked = _month_seconds(session, ids, day) if actor.may(Permission.TIME_VIEW_ALL) else None
    history = session.execute(select(UserRate).where(col(UserRate.user_id).in_(ids))).scalars().all()

    def rate(user_id: int, name: str, permission: Permission) -> Decimal | None:
        if not actor.may(permission):
            return None
        own = [(getattr(row, name), row.valid_from) for row in history if row.user_id == user_id]
        return rate_on([DatedRate(rate, start) for rate, start in own if rate is not None], day)

    return [
        replace(
            record,
            month_seconds=None if worked is None else worked.get(record.id, 0),
            bill_rate=rate(record.id, "bill_rate", Permission.RATES_VIEW),
            cost_rate=rate(record.id, "cost_rate", Permission.COSTS_VIEW),
        )
        for record in records
    ]


def _month_seconds(session: Session, ids: Sequence[int], day: date) -> dict[int, int]:
    month = period_of("this_month", day)
    assert month is not None
    rows = session.execute(
        select(col(TimeLog.user_id), func.sum(col(TimeLog.seconds)))
        .where(col(TimeLog.user_id).in_(ids), col(TimeLog.day).between(month.first, month.last))
        .group_by(col(TimeLog.user_id))
    ).all()
    return {user_id: int(seconds) for user_id, seconds in rows}


def suggestions(session: Session, actor: Actor, text: str, limit: int) -> list[tuple[int, str, str]]:
    """People who are not archived: id, name, job title."""
    actor.require(Permission.PEOPLE_VIEW)
    statement = select(col(User.id), col(User.name), col(User.job_title)).where(
        col(User.archived_at).is_(None)
    )
    if text:
        statement = statement.where(col(User.name).ilike(like(text), escape="\\"))
    rows = session.execute(statement.order_by(func.lower(User.name), col(User.id)).limit(limit)).all()
    return [(row[0], row[1], row[2]) for row in rows]


def get(session: Session, actor: Actor, user_id: int) -> User:
    """Raises NotFound."""
    actor.require(Permission.PEOPLE_VIEW)
    user = session.get(User, user_id)
    if user is None:
        raise NotFound
    return user


def form_values(session: Session, actor: Actor, user_id: int | None) -> dict[str, str]:
    """What the form starts with."""
    actor.require(Permission.PEOPLE_EDIT)
    user = User(name="") if user_id is None else get(session, actor, user_id)
    hours, minutes = divmod(user.weekly_seconds // 60, 60)
    return {
        "name": user.name,
        "email": user.email or "",
        "job_title": user.job_title,
        "profile_id": str(user.profile_id),
        "locale": user.locale or "",
        "weekly_hours": f"{hours}:{minutes:02}" if minutes else str(hours),
        "version": str(user.version),
    }


def create(session: Session, actor: Actor, data: Mapping[str, str]) -> User:
    """A new person. Raises InvalidFields."""
    actor.require(Permission.PEOPLE_EDIT)
    values = _checked(session, actor, {**form_values(session, actor, None), **data}, None)
    user = User(**values)
    session.add(user)
    session.flush()
    audit.record(session, actor, "user", user.id, "created", after=values)
    return user


def update(session: Session, actor: Actor, user_id: int, data: Mapping[str, str], version: int) -> User:
    """Change a person as seen at `version`. Without an e-mail address nobody stays logged in.

    Raises InvalidFields, or DomainError if the person has changed.
    """
    actor.require(Permission.PEOPLE_EDIT)
    user = get(session, actor, user_id)
    if user.version != version:
        raise DomainError("common.error.changed_meanwhile")
    _check_reach(session, actor, user)
    values = _checked(session, actor, {**form_values(session, actor, user_id), **data}, user)
    before = {name: getattr(user, name) for name in values}
    changed = {name: value for name, value in values.items() if before[name] != value}
    if not changed:
        return user
    for name, value in changed.items():
        setattr(user, name, value)
    user.version += 1
    session.add(user)
    session.flush()
    if user.email is None:
        close_sessions_of(session, user_id)
    audit.record(
        session,
        actor,
        "user",
        user_id,
        "changed",
        before={name: before[name] for name in changed},
        after=changed,
    )
    return user


def _checked(session: Session, actor: Actor, data: Mapping[str, str], user: User | None) -> dict[str, Any]:
    given = {name: str(data.get(name, "")).strip() for name in FIELDS}
    faults: dict[str, DomainError] = {
        name: DomainError("common.error.too_long", n=FIELDS[name])
        for name, value in given.items()
        if len(value) > FIELDS[name]
    }
    if not given["name"]:
        faults["name"] = DomainError("common.error.required")
    email = normal_email(given["email"]) or None
    if email and not _EMAIL.fullmatch(email):
        faults["email"] = DomainError("common.error.email")
    elif email and (other := _holder(session, email, user)) is not None:
        code = "person.error.email_archived" if other.archived_at else "person.error.email_taken"
        faults["email"] = DomainError(code, name=other.name)
    if given["locale"] and given["locale"] not in LOCALES:
        faults["locale"] = DomainError("common.error.unknown_choice")
    seconds = 0
    try:
        seconds = parse_duration(given["weekly_hours"])
        if not 0 <= seconds <= WEEK:
            faults["weekly_hours"] = DomainError("person.error.week")
    except DomainError as fault:
        faults["weekly_hours"] = fault
    profile = session.get(Profile, _number(given["profile_id"]))
    if profile is None:
        faults["profile_id"] = DomainError("common.error.unknown_choice")
    else:
        _check_rights(session, actor, user, profile, email, faults)
    if faults:
        raise InvalidFields(faults)
    return {
        "name": given["name"],
        "email": email,
        "job_title": given["job_title"],
        "profile_id": int(given["profile_id"]),
        "locale": given["locale"] or None,
        "weekly_seconds": seconds,
    }


def _holder(session: Session, email: str, but: User | None) -> User | None:
    other = session.execute(select(User).where(col(User.email) == email)).scalars().first()
    return None if other is None or (but and other.id == but.id) else other


def _check_rights(
    session: Session,
    actor: Actor,
    user: User | None,
    profile: Profile,
    email: str | None,
    faults: dict[str, DomainError],
) -> None:
    """Nobody gives or takes rights that he has not, and an owner who can log in remains."""
    if user is None or profile.id != user.profile_id:
        given_and_taken = [profile] if user is None else [profile, session.get_one(Profile, user.profile_id)]
        if not all(may_hand_out(actor.permissions, permissions_of(one)) for one in given_and_taken):
            faults["profile_id"] = DomainError("person.error.more_rights")
    if user is None or not _is_owner(user) or user.archived_at is not None:
        return
    if profile.id != user.profile_id and not _other_owner(session, user):
        faults["profile_id"] = DomainError("person.error.last_owner_profile")
    elif user.email and email is None and not _other_owner(session, user):
        faults["email"] = DomainError("person.error.last_owner_email")


def _is_owner(user: User) -> bool:
    return user.profile_id == built_in_id(Role.OWNER)


def _other_owner(session: Session, user: User) -> bool:
    """Whether another owner can log in, as far as this one can. Locks the owners: two who leave at once would
    otherwise leave none."""
    owners = session.execute(
        select(User)
        .where(col(User.profile_id) == built_in_id(Role.OWNER), col(User.archived_at).is_(None))
        .order_by(col(User.id))
        .with_for_update()
        .execution_options(populate_existing=True)
    ).scalars()
    return any(
        owner.email and (owner.password_hash or not user.password_hash)
        for owner in owners
        if owner.id != user.id
    )


def archive(session: Session, actor: Actor, user_ids: Sequence[int]) -> int:
    """Take people out of selectors and end their log-ins; how many were not archived yet. Their time stays.

    Raises DomainError for oneself and for the last owner.
    """
    actor.require(Permission.PEOPLE_EDIT)
    changed = [user for user in _found(session, user_ids) if user.archived_at is None]
    for user in changed:
        _check_reach(session, actor, user)
        if _is_owner(user) and not _other_owner(session, user):
            raise DomainError("person.error.last_owner", name=user.name)
        if user.id == actor.user_id:
            raise DomainError("person.error.oneself")
        user.archived_at = now()
        user.version += 1
        session.add(user)
        session.flush()
        close_sessions_of(session, user.id or 0)
        audit.record(session, actor, "user", user.id, "archived")
    session.flush()
    return len(changed)


def _check_reach(session: Session, actor: Actor, user: User) -> None:
    """Who may do more than oneself is out of reach."""
    profile = session.get_one(Profile, user.profile_id)
    if not may_hand_out(actor.permissions, permissions_of(profile)):
        raise DomainError("person.error.out_of_reach", name=user.name)


def restore(session: Session, actor: Actor, user_ids: Sequence[int]) -> int:
    """Bring archived people back; how many."""
    actor.require(Permission.PEOPLE_EDIT)
    changed = [user for user in _found(session, user_ids) if user.archived_at is not None]
    for user in changed:
        _check_reach(session, actor, user)
        user.archived_at = None
        user.version += 1
        session.add(user)
        audit.record(session, actor, "user", user.id, "restored")
    session.flush()
    return len(changed)


def _found(session: Session, user_ids: Sequence[int]) -> list[User]:
    return list(
        session.execute(select(User).where(col(User.id).in_(user_ids)).order_by(col(User.id))).scalars()
    )
