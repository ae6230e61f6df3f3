"""Revenue, cost and profit of a scope by month: aggregates over revenue entries and totals of time."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction

from sqlalchemy import String, cast, func, select
from sqlmodel import Session, col

from finance_app.domain.money import apportion, minor_digits
from finance_app.domain.periods import Month, Period, months_of
from finance_app.domain.profit import KINDS, Profitability, RevenueKind
from finance_app.models import Portal, RevenueEntry, TimeLog, TimeTotal
from finance_app.services.accounts.identity import Actor
from finance_app.services.budgeting.costing import scaled
from finance_app.services.budgeting.totals import (
    MONTH,
    MONTH_OF_PERSON,
    NO_RATE,
    OF_PEOPLE,
    in_months,
    month_of_person,
    of_people,
)
from finance_app.services.profitability import expense_costs
from finance_app.services.profitability.scope import Of, Question, Scope, check

MILLION = 10**6


@dataclass(frozen=True, slots=True)
class MonthFigures:
    month: Month
    figures: Profitability


@dataclass(frozen=True, slots=True)
class Summary:
    """The figures of a question, month by month; the months add up to the whole. `exchange_minor` is what
    other rates at payment made of receivables, shown apart. `before` is the period before, without months."""

    name: str
    currency: str
    question: Question
    whole: Profitability
    months: list[MonthFigures]
    exchange_minor: int
    before: Profitability


@dataclass(frozen=True, slots=True)
class Hours:
    """Seconds at a cost rate, in millionths of the base currency an hour; NO_RATE where there is none."""

    rate: int
    seconds: int


def summary(session: Session, actor: Actor, question: Question) -> Summary:
    """The answer to a question. Raises DomainError where the person may not see it, NotFound."""
    name = check(session, actor, question.scope)
    currency = base_currency(session)
    by_month = _by_month(session, question, currency)
    months = [MonthFigures(month, by_month[month]) for month in months_of(question.period)]
    before = _by_month(session, question.before, currency)
    return Summary(
        name,
        currency,
        question,
        sum((each.figures for each in months), Profitability()),
        months,
        revenue(session, question.scope, question.period, (RevenueKind.EXCHANGE,)),
        sum(before.values(), Profitability()),
    )


def base_currency(session: Session) -> str:
    return session.execute(select(col(Portal.base_currency))).scalars().first() or "EUR"


def revenue(session: Session, scope: Scope, period: Period, kinds: Iterable[RevenueKind]) -> int:
    """Revenue of some kinds in a period, in minor units of the base currency."""
    return sum(amount for _, _, amount in _revenue_by_month(session, scope, period, kinds))


def hours_by_month(session: Session, scope: Scope, period: Period) -> Mapping[Month, list[Hours]]:
    """Logged time by month and cost rate: whole months from the totals, others from the logs themselves."""
    found: dict[Month, list[Hours]] = defaultdict(list)
    whole, rest = split(period)
    for part in rest:
        _add_logs(session, scope, part, found)
    if whole:
        by_person = scope.of in (Of.PERSON, Of.TEAM)
        key = MONTH_OF_PERSON if by_person else col(TimeTotal.part_id)
        statement = (
            select(key, col(TimeTotal.cost_rate), func.sum(TimeTotal.seconds))
            .where(*totals_in(scope, *whole))
            .group_by(key, col(TimeTotal.cost_rate))
        )
        for part_id, rate, seconds in session.execute(statement):
            month = month_of_person(part_id) if by_person else Month(part_id // 100, part_id % 100)
            if seconds:
                found[month].append(Hours(rate, int(seconds)))
    return found


def cost_of(hours: Iterable[Hours], currency: str) -> Fraction:
    """The exact cost in minor units; time without a rate counts at zero."""
    exact = sum(each.rate * each.seconds for each in hours if each.rate != NO_RATE)
    return Fraction(exact * 10 ** minor_digits(currency), MILLION * 3600)


def _by_month(session: Session, question: Question, currency: str) -> dict[Month, Profitability]:
    """The cost of time of all months is rounded once; each month takes its part of that."""
    scope, period = question.scope, question.period
    months = months_of(period)
    earned: dict[Month, int] = defaultdict(int)
    still_open: dict[Month, int] = defaultdict(int)
    kinds = KINDS[question.basis]
    for kind, month, amount in _revenue_by_month(session, scope, period, (*kinds, RevenueKind.OPEN)):
        (still_open if kind == RevenueKind.OPEN else earned)[month] += amount
    hours = hours_by_month(session, scope, period) if question.with_time else {}
    spent = expense_costs.by_month(session, question, period)
    costs = apportion([cost_of(hours.get(month, ()), currency) for month in months])
    return {
        month: Profitability(
            revenue_minor=earned[month],
            open_minor=still_open[month],
            time_minor=cost,
            expense_minor=spent.get(month, 0),
            unpriced_seconds=sum(each.seconds for each in hours.get(month, ()) if each.rate == NO_RATE),
        )
        for month, cost in zip(months, costs, strict=True)
    }


def _revenue_by_month(
    session: Session, scope: Scope, period: Period, kinds: Iterable[RevenueKind]
) -> list[tuple[str, Month, int]]:
    """Kind, month and amount. Grouped by day, as the index has it; days come as text, which is quicker."""
    kind, day = cast(col(RevenueEntry.kind), String), cast(col(RevenueEntry.day), String)
    statement = (
        select(kind, day, func.sum(RevenueEntry.amount_minor))
        .where(
            col(RevenueEntry.kind).in_(tuple(kinds)),
            col(RevenueEntry.day).between(period.first, period.last),
            *scope.revenue(),
        )
        .group_by(col(RevenueEntry.kind), col(RevenueEntry.day))
    )
    sums: dict[tuple[str, str], int] = defaultdict(int)
    for name, text, amount in session.execute(statement):
        sums[name, text[:7]] += int(amount)
    return [(name, Month(int(text[:4]), int(text[5:7])), amount) for (name, text), amount in sums.items()]


def totals_in(scope: Scope, first: Month, last: Month, *, by_person: bool = False) -> list:
    """What the totals by month of a scope meet, of whole months from first to last; of people, and where they
    are asked for `by_person`, those by person and month."""
    if scope.of in (Of.PERSON, Of.TEAM):
        return [OF_PEOPLE, of_people(scope.ids, first, last)]
    own = []
    if scope.of is Of.PROJECT:
        own = [scope.owns(col(TimeTotal.project_id))]
    elif scope.of is Of.CLIENT:
        own = [col(TimeTotal.project_id).in_(scope.projects())]
    if by_person:
        return [OF_PEOPLE, in_months(first, last), *own]
    ends = (first.year * 100 + first.month, last.year * 100 + last.month)
    return [col(TimeTotal.level) == MONTH, col(TimeTotal.part_id).between(*ends), *own]


def _add_logs(session: Session, scope: Scope, period: Period, found: dict[Month, list[Hours]]) -> None:
    statement = (
        select(col(TimeLog.day), col(TimeLog.cost_rate), func.sum(TimeLog.seconds))
        .where(col(TimeLog.day).between(period.first, period.last), *scope.time())
        .group_by(col(TimeLog.day), col(TimeLog.cost_rate))
    )
    for day, rate, seconds in session.execute(statement):
        found[Month.of(day)].append(Hours(scaled(rate), int(seconds)))


def split(period: Period) -> tuple[tuple[Month, Month] | None, list[Period]]:
    """The whole months inside a period, and the days before and after them."""
    first, last = Month.of(period.first), Month.of(period.last)
    begins = first if period.first == first.period.first else first + 1
    ends = last if period.last == last.period.last else last + -1
    if begins > ends:
        return None, [period]
    rest = []
    if begins != first:
        rest.append(Period(period.first, first.period.last))
    if ends != last:
        rest.append(Period(last.period.first, period.last))
    return (begins, ends), rest
