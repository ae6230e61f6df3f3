"""The rates of a person: what an hour is sold for and costs, from a date on, in base currency.

Bill and cost have a history each: a rate that says nothing of one lets the one before go on. Costs
are read by those who may see them; the right to change rates includes that.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from sqlalchemy import select
from sqlmodel import Session, col

from finance_app.domain.errors import DomainError, InvalidFields, NotFound
from finance_app.domain.permissions import Permission
from finance_app.domain.rates import DatedRate, rate_on
from finance_app.models import User, UserRate
from finance_app.services import rates
from finance_app.services.accounts.identity import Actor
from finance_app.services.audit import trail as audit
from finance_app.services.portal import today
from finance_app.services.rates import Repricing


@dataclass(frozen=True)
class RateRecord:
    """A rate of a person from a day on; `until` is its last day, None while no later one follows.

    `bill_rate` and `cost_rate` are what it sets, `bill_in_force` and `cost_in_force` what then holds.
    """

    id: int
    valid_from: date
    until: date | None
    bill_rate: Decimal | None
    cost_rate: Decimal | None
    bill_in_force: Decimal | None
    cost_in_force: Decimal | None
    is_current: bool


def history(session: Session, actor: Actor, user_id: int) -> list[RateRecord]:
    """The rates of a person, newest first."""
    actor.require(Permission.RATES_VIEW)
    rows, costs = _rows(session, user_id), []
    if actor.may(Permission.COSTS_VIEW):
        costs = [DatedRate(row.cost_rate, row.valid_from) for row in rows if row.cost_rate is not None]
    else:
        rows = [row for row in rows if row.bill_rate is not None]
    bills = [DatedRate(row.bill_rate, row.valid_from) for row in rows if row.bill_rate is not None]
    now = max((row.valid_from for row in rows if row.valid_from <= today(session)), default=None)
    following = [*(row.valid_from for row in rows[1:]), None]
    return [
        RateRecord(
            id=row.id or 0,
            valid_from=row.valid_from,
            until=later - timedelta(days=1) if later else None,
            bill_rate=row.bill_rate,
            cost_rate=row.cost_rate if costs else None,
            bill_in_force=rate_on(bills, row.valid_from),
            cost_in_force=rate_on(costs, row.valid_from),
            is_current=row.valid_from == now,
        )
        for row, later in reversed(list(zip(rows, following, strict=False)))
    ]


def _rows(session: Session, user_id: int) -> list[UserRate]:
    return list(
        session.execute(
            select(UserRate).where(col(UserRate.user_id) == user_id).order_by(col(UserRate.valid_from))
        ).scalars()
    )


def save(
    session: Session, actor: Actor, user_id: int, rate_id: int | None, data: Mapping[str, str]
) -> Repricing:
    """Add a rate, or change one of this person; unbilled time is priced anew.

    Raises InvalidFields for a date that another rate starts on, and for bad rates. `rates.tried` shows
    beforehand what it would do.
    """
    actor.require(Permission.RATES_EDIT)
    if session.get(User, user_id) is None:
        raise NotFound
    row = _rate(session, user_id, rate_id) if rate_id else UserRate(user_id=user_id, valid_from=date.min)
    faults: dict[str, DomainError] = {}
    day = date.min
    try:
        day = _day(data.get("valid_from", ""))
    except DomainError as fault:
        faults["valid_from"] = fault
    same = next((other for other in _rows(session, user_id) if other.valid_from == day), None)
    if same is not None and same.id != row.id:
        faults["valid_from"] = DomainError("rate.error.same_date", date=day)
    typed: dict[str, Decimal | None] = {}
    for name in ("bill_rate", "cost_rate"):
        try:
            typed[name] = rates.read_rate(data.get(name, ""))
        except DomainError as fault:
            faults[name] = fault
    if not faults and typed["bill_rate"] is None and typed["cost_rate"] is None:
        faults["bill_rate"] = DomainError("rate.error.one_needed")
    if faults:
        raise InvalidFields(faults)
    before = {} if row.id is None else _words(row)
    row.valid_from, row.bill_rate, row.cost_rate = day, typed["bill_rate"], typed["cost_rate"]
    session.add(row)
    session.flush()
    if before != (after := _words(row)):
        audit.record(session, actor, "user", user_id, "rate_saved", before=before, after=after)
    return rates.reprice(session, user_id=user_id)


def remove(session: Session, actor: Actor, user_id: int, rate_id: int) -> Repricing:
    """Remove a rate; the one before it goes on."""
    actor.require(Permission.RATES_EDIT)
    row = _rate(session, user_id, rate_id)
    audit.record(session, actor, "user", user_id, "rate_removed", before=_words(row))
    session.delete(row)
    session.flush()
    return rates.reprice(session, user_id=user_id)


def _rate(session: Session, user_id: int, rate_id: int) -> UserRate:
    row = session.get(UserRate, rate_id)
    if row is None or row.user_id != user_id:
        raise NotFound
    return row


def _day(text: str) -> date:
    try:
        day = date.fromisoformat(text.strip())
    except ValueError:
        raise DomainError("rate.error.date") from None
    if not 1990 <= day.year <= 2100:
        raise DomainError("rate.error.date_far")
    return day


def _words(row: UserRate) -> dict[str, str]:
    return {
        "valid_from": row.valid_from.isoformat(),
        **{
            name: str(rate) for name in ("bill_rate", "cost_rate") if (rate := getattr(row, name)) is not None
        },
    }
