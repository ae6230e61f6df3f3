"""Which rate bills and which costs a time log: for one log, and for all unbilled ones at once.

Bill rates are in the project's currency, cost rates in base currency. A person's own bill rate is in base
currency, so it serves projects of that currency only; elsewhere the project's rate for the person is needed.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from typing import Any, TypeVar, cast

from sqlalchemy import BigInteger, CursorResult, and_, case, func, or_, select, type_coerce, update
from sqlmodel import Session, col

from finance_app.domain import rates
from finance_app.domain.errors import DomainError
from finance_app.domain.money import minor_digits, round_half_up
from finance_app.domain.periods import Month
from finance_app.domain.rates import BillingMethod, DatedRate, RateCard
from finance_app.models import Portal, Project, ProjectMember, Task, TimeLog, TimeUnbilled, UserRate
from finance_app.models.columns import RATE_DECIMALS
from finance_app.models.kinds import WorkKind
from finance_app.models.sums import MILLION
from finance_app.services.bill_from import bill_from

RATE_LIMIT = 10_000_000
WAITING = "scopes to price"

T = TypeVar("T")


@dataclass(frozen=True)
class RepricedProject:
    """Unbilled time of a project that gets another rate: seconds, and minor units before and after.

    The amounts to bill are in the project's `currency` and of billable time only, the costs in base currency.
    `unpriced_seconds` is the part of `bill_seconds` that is left without a bill rate.
    """

    project_id: int
    name: str
    currency: str
    bill_seconds: int
    bill_before_minor: int
    bill_after_minor: int
    unpriced_seconds: int
    cost_seconds: int
    cost_before_minor: int
    cost_after_minor: int


@dataclass(frozen=True)
class Repricing:
    """What a change of rates does to unbilled time: how many logs change, and the amounts by project.

    Projects where neither an amount to bill nor a cost changes are left out, as where a bill rate changes
    for time that is not billable.
    """

    logs: int
    base_currency: str
    projects: tuple[RepricedProject, ...] = ()

    @property
    def bills(self) -> dict[str, tuple[int, int]]:
        """Amounts to bill before and after, by currency: the sums of the projects."""
        sums: dict[str, tuple[int, int]] = {}
        for project in self.projects:
            if project.bill_seconds:
                before, after = sums.get(project.currency, (0, 0))
                sums[project.currency] = (
                    before + project.bill_before_minor,
                    after + project.bill_after_minor,
                )
        return sums

    @property
    def cost(self) -> tuple[int, int]:
        """Costs before and after, in base currency: the sums of the projects."""
        return (
            sum(project.cost_before_minor for project in self.projects),
            sum(project.cost_after_minor for project in self.projects),
        )


def base_currency(session: Session) -> str:
    return session.execute(select(col(Portal.base_currency))).scalars().first() or "EUR"


def read_rate(text: str) -> Decimal | None:
    """A typed rate an hour, with comma or point; None where nothing is typed.

    Raises DomainError where it is no number, negative, absurd, or finer than six decimals.
    """
    typed = "".join(text.split()).replace(",", ".")
    if not typed:
        return None
    try:
        rate = Decimal(typed)
    except InvalidOperation:
        raise DomainError("rate.error.unreadable", text=text.strip()) from None
    if not rate.is_finite():
        raise DomainError("rate.error.unreadable", text=text.strip())
    if rate < 0:
        raise DomainError("rate.error.negative")
    if rate > RATE_LIMIT:
        raise DomainError("rate.error.absurd", limit=RATE_LIMIT)
    if rate != round(rate, RATE_DECIMALS):
        raise DomainError("rate.error.too_fine", n=RATE_DECIMALS)
    return rate


def rate_for(
    session: Session, project_id: int, task_id: int | None, user_id: int, day: date
) -> tuple[Decimal | None, Decimal | None]:
    """The bill and cost rate of an hour that a person works on a day; None for "no rate"."""
    project = session.get_one(Project, project_id)
    task = session.get(Task, task_id) if task_id else None
    history = list(session.execute(select(UserRate).where(col(UserRate.user_id) == user_id)).scalars())
    agreed = session.execute(
        select(col(ProjectMember.bill_rate)).where(
            col(ProjectMember.project_id) == project_id, col(ProjectMember.user_id) == user_id
        )
    ).scalar_one_or_none()
    in_base = project.currency == base_currency(session)
    card = RateCard(
        method=project.billing_method,
        project_rate=project.bill_rate,
        task_rate=task.bill_rate if task else None,
        user_rates=_dated(history, lambda row: row.bill_rate) if in_base else (),
        project_user_rates=() if agreed is None else (DatedRate(agreed),),
    )
    bill = rates.bill_rate(card, day, on_issue=task is not None and task.kind is WorkKind.ISSUE)
    cost = rates.cost_rate(_dated(history, lambda row: row.cost_rate), day)
    return bill.rate if bill else None, cost.rate if cost else None


def _dated(history: list[UserRate], of: Callable[[UserRate], Decimal | None]) -> list[DatedRate]:
    return [DatedRate(rate, row.valid_from) for row in history if (rate := of(row)) is not None]


def price_logs(
    session: Session,
    *,
    project_id: int | None = None,
    user_id: int | None = None,
    task_id: int | None = None,
    import_id: int | None = None,
) -> int:
    """Set bill and cost rates of the unbilled logs of a scope, in one statement; how many changed.

    Billed logs keep the rate they were billed at. Without a scope: all unbilled logs.
    """
    session.flush()
    bill, cost = _bill_rate(base_currency(session)), _person_rate(UserRate.cost_rate)
    changed = session.execute(
        update(TimeLog)
        .where(
            _unbilled(project_id=project_id, user_id=user_id, task_id=task_id, import_id=import_id),
            or_(col(TimeLog.bill_rate).is_distinct_from(bill), col(TimeLog.cost_rate).is_distinct_from(cost)),
        )
        .values(bill_rate=bill, cost_rate=cost)
        .execution_options(synchronize_session=False)
    )
    for log in session.identity_map.values():
        if isinstance(log, TimeLog):
            session.expire(log, ["bill_rate", "cost_rate"])
    return cast(CursorResult, changed).rowcount


def _bill_rate(base: str) -> Any:
    """The rule of `domain.rates.bill_rate`, for each row of the updated table."""
    method = col(Project.billing_method)
    of_task = case((col(Task.kind) == WorkKind.TASK, col(Task.bill_rate)))
    of_person = case((col(Project.currency) == base, _person_rate(UserRate.bill_rate)))
    return (
        select(
            case(
                (method == BillingMethod.PROJECT_HOURS, col(Project.bill_rate)),
                (method == BillingMethod.TASK_HOURS, func.coalesce(of_task, col(Project.bill_rate))),
                (method == BillingMethod.STAFF_HOURS, func.coalesce(col(ProjectMember.bill_rate), of_person)),
            )
        )
        .select_from(Project)
        .outerjoin(Task, col(Task.id) == col(TimeLog.task_id))
        .outerjoin(
            ProjectMember,
            and_(
                col(ProjectMember.project_id) == col(Project.id),
                col(ProjectMember.user_id) == col(TimeLog.user_id),
            ),
        )
        .where(col(Project.id) == col(TimeLog.project_id))
        .correlate(TimeLog)
        .scalar_subquery()
    )


def _person_rate(column: Any) -> Any:
    """The latest rate of the log's person that is valid on its day; each kind has its own history."""
    return (
        select(col(column))
        .where(
            col(UserRate.user_id) == col(TimeLog.user_id),
            col(UserRate.valid_from) <= col(TimeLog.day),
            col(column).is_not(None),
        )
        .order_by(col(UserRate.valid_from).desc())
        .limit(1)
        .correlate(TimeLog)
        .scalar_subquery()
    )


def _unbilled(**scope: int | None) -> Any:
    columns = [getattr(TimeLog, name) == value for name, value in scope.items() if value is not None]
    return and_(col(TimeLog.invoice_line_id).is_(None), *columns)


def reprice(session: Session, **scope: int | None) -> Repricing:
    """`price_logs` of a scope, with what it changes. Inside `weighing` the logs wait."""
    session.flush()
    found = _repriced(session, scope)
    waiting = session.info.get(WAITING)
    if waiting is None:
        price_logs(session, **scope)
    else:
        waiting.append(scope)
    return found


@contextmanager
def weighing(session: Session) -> Iterator[None]:
    """What is repriced inside is only worked out; the logs are priced at the end, unless it is left by an
    error, as by one that shows what would change. That many logs are not written twice."""
    waiting: list[dict[str, int | None]] = []
    session.info[WAITING] = waiting
    try:
        yield
    finally:
        del session.info[WAITING]
    for scope in waiting:
        price_logs(session, **scope)


def _repriced(session: Session, scope: dict[str, int | None]) -> Repricing:
    base = base_currency(session)
    time = (
        select(
            col(TimeLog.project_id),
            col(TimeLog.billable),
            col(TimeLog.seconds),
            col(TimeLog.bill_rate).label("bill_before"),
            _bill_rate(base).label("bill_after"),
            col(TimeLog.cost_rate).label("cost_before"),
            _person_rate(UserRate.cost_rate).label("cost_after"),
        )
        .where(_unbilled(**scope))
        .subquery()
    ).c
    any_bill = time.bill_before.is_distinct_from(time.bill_after)
    other_bill = and_(time.billable, any_bill)
    other_cost = time.cost_before.is_distinct_from(time.cost_after)
    kinds = (time.project_id, time.bill_before, time.bill_after, time.cost_before, time.cost_after)
    rows = session.execute(
        select(*kinds, other_bill, other_cost, func.sum(time.seconds), func.count())
        .where(or_(any_bill, other_cost))
        .group_by(*kinds, other_bill, other_cost)
    ).all()
    changes: dict[int, list[_Change]] = defaultdict(list)
    for project_id, *change, _ in rows:
        if (found := _Change(*change)).counts:
            changes[project_id].append(found)
    projects = session.execute(
        select(col(Project.id), col(Project.name), col(Project.currency))
        .where(col(Project.id).in_(changes))
        .order_by(func.lower(Project.name), col(Project.id))
    ).all()
    return Repricing(
        sum(row[-1] for row in rows),
        base,
        tuple(
            _repriced_project(project_id, name, currency, base, changes[project_id])
            for project_id, name, currency in projects
        ),
    )


@dataclass(frozen=True)
class _Change:
    """Time of a project whose rates were and become the same; whether it counts for each kind of rate."""

    bill_before: Decimal | None
    bill_after: Decimal | None
    cost_before: Decimal | None
    cost_after: Decimal | None
    other_bill: bool
    other_cost: bool
    seconds: int

    @property
    def counts(self) -> bool:
        return bool(self.other_bill or self.other_cost)


def _repriced_project(
    project_id: int, name: str, currency: str, base: str, changes: list[_Change]
) -> RepricedProject:
    sold = [change for change in changes if change.other_bill]
    bought = [change for change in changes if change.other_cost]
    return RepricedProject(
        project_id=project_id,
        name=name,
        currency=currency,
        bill_seconds=sum(int(change.seconds) for change in sold),
        bill_before_minor=amount_at_rates([(c.seconds, c.bill_before) for c in sold], currency),
        bill_after_minor=amount_at_rates([(c.seconds, c.bill_after) for c in sold], currency),
        unpriced_seconds=sum(int(change.seconds) for change in sold if change.bill_after is None),
        cost_seconds=sum(int(change.seconds) for change in bought),
        cost_before_minor=amount_at_rates([(c.seconds, c.cost_before) for c in bought], base),
        cost_after_minor=amount_at_rates([(c.seconds, c.cost_after) for c in bought], base),
    )


def amount_at_rates(time: Any, currency: str) -> int:
    """Minor units of pairs of seconds and rate (None counts nothing), rounded once."""
    exact = sum((Fraction(rate) * int(seconds) for seconds, rate in time if rate is not None), Fraction(0))
    return _rounded(exact, currency)


def _rounded(exact: Fraction, currency: str) -> int:
    """Minor units of seconds x rate an hour."""
    return round_half_up(exact * 10 ** minor_digits(currency) / 3600)


@dataclass(frozen=True)
class Unbilled:
    """Billable time of a project that no invoice has: seconds, those without a rate, and the amount."""

    seconds: int = 0
    unpriced_seconds: int = 0
    amount_minor: int = 0


def unbilled_by_project(session: Session, currencies: dict[int, str]) -> dict[int, Unbilled]:
    """The unbilled time of projects, given by id with their currency; one without any is left out.

    Whole months are kept added up. Of that of the bill-from day the logs are read.
    """
    if not currencies:
        return {}
    month = col(TimeUnbilled.month)
    kept = select(
        col(TimeUnbilled.project_id),
        func.sum(TimeUnbilled.seconds),
        func.sum(TimeUnbilled.unpriced),
        func.sum(TimeUnbilled.amount_units),
        func.sum(TimeUnbilled.amount_rest),
    ).where(col(TimeUnbilled.project_id).in_(currencies))
    if (day := bill_from(session)) is not None:
        kept = kept.where(month > day.year * 100 + day.month)
    found = {
        row[0]: tuple(map(int, row[1:])) for row in session.execute(kept.group_by(TimeUnbilled.project_id))
    }
    for project_id, *more in _unbilled_in_month_of(session, currencies, day) if day else ():
        known = found.get(project_id, (0, 0, 0, 0))
        found[project_id] = tuple(one + int(other) for one, other in zip(known, more, strict=True))
    return {
        project_id: Unbilled(
            seconds, unpriced, _rounded(Fraction(units * MILLION + rest, MILLION), currencies[project_id])
        )
        for project_id, (seconds, unpriced, units, rest) in found.items()
    }


def _unbilled_in_month_of(session: Session, project_ids: Iterable[int], day: date) -> Iterable[Any]:
    """By project, from a day to the end of its month: seconds, those without a rate, amount (units, rest)."""
    seconds, rate = col(TimeLog.seconds), type_coerce(col(TimeLog.bill_rate), BigInteger)
    priced = col(TimeLog.bill_rate).is_not(None)
    return session.execute(
        select(
            col(TimeLog.project_id),
            func.sum(seconds),
            func.sum(case((~priced, seconds), else_=0)),
            func.sum(case((priced, seconds * (rate // MILLION)), else_=0)),
            func.sum(case((priced, seconds * (rate % MILLION)), else_=0)),
        )
        .where(
            col(TimeLog.project_id).in_(list(project_ids)),
            col(TimeLog.invoice_line_id).is_(None),
            col(TimeLog.billable),
            col(TimeLog.day).between(day, Month.of(day).period.last),
        )
        .group_by(col(TimeLog.project_id))
    )


def tried(session: Session, work: Callable[[], T]) -> T:
    """What `work` would give; the database stays as it is."""
    session.flush()
    savepoint = session.begin_nested()
    try:
        return work()
    finally:
        savepoint.rollback()
        session.expire_all()
