"""People of the firm, as far as work needs them: selectors and their rate histories."""

from collections.abc import Mapping
from datetime import date

from sqlalchemy import func, select
from sqlmodel import Session, col

from finance_app.domain.errors import DomainError, InvalidFields, NotFound
from finance_app.domain.permissions import Permission
from finance_app.models import User, UserRate
from finance_app.services import audit, rates
from finance_app.services.accounts import Actor
from finance_app.services.listing import like
from finance_app.services.rates import Repricing


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


def rate_history(session: Session, actor: Actor, user_id: int) -> list[UserRate]:
    """The rates of a person, newest first."""
    actor.require(Permission.RATES_VIEW)
    return list(
        session.execute(
            select(UserRate).where(col(UserRate.user_id) == user_id).order_by(col(UserRate.valid_from).desc())
        ).scalars()
    )


def save_rate(
    session: Session, actor: Actor, user_id: int, rate_id: int | None, data: Mapping[str, str]
) -> Repricing:
    """Add a rate, or change one of this person; unbilled time is priced anew.

    Raises InvalidFields for a date that another rate starts on, and for bad rates.
    """
    actor.require(Permission.RATES_EDIT)
    if session.get(User, user_id) is None:
        raise NotFound
    row = _rate(session, user_id, rate_id) if rate_id else UserRate(user_id=user_id, valid_from=date.min)
    faults: dict[str, DomainError] = {}
    try:
        day = date.fromisoformat(data.get("valid_from", "").strip())
        if not 1990 <= day.year <= 2100:
            faults["valid_from"] = DomainError("rate.error.date_far")
    except ValueError:
        day = date.min
        faults["valid_from"] = DomainError("rate.error.date")
    same = (
        session.execute(
            select(col(UserRate.id)).where(col(UserRate.user_id) == user_id, col(UserRate.valid_from) == day)
        )
        .scalars()
        .first()
    )
    if same is not None and same != row.id:
        faults["valid_from"] = DomainError("rate.error.same_date", date=day)
    typed = {}
    for name in ("bill_rate", "cost_rate"):
        try:
            typed[name] = rates.read_rate(data.get(name, ""))
        except DomainError as fault:
            faults[name] = fault
    if len(typed) == 2 and typed["bill_rate"] is None and typed["cost_rate"] is None:
        faults["bill_rate"] = DomainError("rate.error.one_needed")
    if faults:
        raise InvalidFields(faults)
    before = {} if row.id is None else _words(row)
    row.valid_from, row.bill_rate, row.cost_rate = day, typed["bill_rate"], typed["cost_rate"]
    session.add(row)
    session.flush()
    audit.record(session, actor, "user", user_id, "rate_saved", before=before, after=_words(row))
    return rates.reprice(session, rates.base_currency(session), user_id=user_id)


def remove_rate(session: Session, actor: Actor, user_id: int, rate_id: int) -> Repricing:
    """Remove a rate; the one before it goes on."""
    actor.require(Permission.RATES_EDIT)
    row = _rate(session, user_id, rate_id)
    audit.record(session, actor, "user", user_id, "rate_removed", before=_words(row))
    session.delete(row)
    session.flush()
    return rates.reprice(session, rates.base_currency(session), user_id=user_id)


def _rate(session: Session, user_id: int, rate_id: int) -> UserRate:
    row = session.get(UserRate, rate_id)
    if row is None or row.user_id != user_id:
        raise NotFound
    return row


def _words(row: UserRate) -> dict[str, str]:
    return {
        "valid_from": row.valid_from.isoformat(),
        **{
            name: str(rate) for name in ("bill_rate", "cost_rate") if (rate := getattr(row, name)) is not None
        },
    }
