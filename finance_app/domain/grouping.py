"""Billing of time logs: which logs are billed, and how they come together as invoice lines."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from itertools import groupby

from finance_app.domain.time import (
    NO_ROUNDING,
    BilledTime,
    TimeRounding,
    WorkedTime,
    amount_of,
    billed_per_line,
    billed_per_log,
    printed_quantity,
)

Id = int | str


class Eligibility(StrEnum):
    """Whether a log is billed now, or the first reason why it is left out."""

    OK = "ok"
    ALREADY_BILLED = "already_billed"
    BEFORE_BILL_FROM = "before_bill_from"
    NON_BILLABLE = "non_billable"
    AFTER_END = "after_end"
    BEFORE_START = "before_start"
    UNAPPROVED = "unapproved"
    WITH_MILESTONE = "with_milestone"
    NO_RATE = "no_rate"
    NOT_CHOSEN = "not_chosen"


@dataclass(frozen=True, slots=True)
class BillingScope:
    """What an invoice takes in: dates from (optional) and up to (both included), on or after the connection's
    bill-from date, and approved logs only where the portal asks for approval.
    """

    bill_up_to: date
    bill_from: date | None = None
    integration_start: date | None = None
    needs_approval: bool = False


@dataclass(frozen=True, slots=True)
class LogStanding:
    """What decides whether a log is billed. `rate` is its resolved billing rate; `with_milestone` says that a
    milestone on the same invoice takes it along, `chosen` that nobody left it out by hand."""

    day: date
    billable: bool
    billed: bool
    approved: bool
    rate: Decimal | None
    with_milestone: bool = False
    chosen: bool = True


def eligibility(log: LogStanding, scope: BillingScope) -> Eligibility:
    """OK, or why the log is left out."""
    starts = [start for start in (scope.bill_from, scope.integration_start) if start]
    if log.billed:
        return Eligibility.ALREADY_BILLED
    if not log.billable:
        return Eligibility.NON_BILLABLE
    if log.day > scope.bill_up_to:
        return Eligibility.AFTER_END
    if any(log.day < start for start in starts):
        return Eligibility.BEFORE_START
    if scope.needs_approval and not log.approved:
        return Eligibility.UNAPPROVED
    if log.with_milestone:
        return Eligibility.WITH_MILESTONE
    if log.rate is None:
        return Eligibility.NO_RATE
    return Eligibility.OK if log.chosen else Eligibility.NOT_CHOSEN


class GroupBy(StrEnum):
    """What the logs of one line have in common, beside their project and rate."""

    SINGLE = "single"
    LOG = "log"
    TASK = "task"
    USER = "user"
    TASK_USER = "task-user"
    TASK_LIST = "task-list"
    MILESTONE = "milestone"
    DATE = "date"


@dataclass(frozen=True, slots=True)
class Named:
    """Something a log belongs to: its id, and its name as printed."""

    id: Id
    name: str


@dataclass(frozen=True, slots=True)
class BillableLog:
    """A log to bill, with the facts that a line can show. `task` is a task or an issue."""

    id: Id
    day: date
    seconds: int
    rate: Decimal
    project: Named
    user: Named
    task: Named | None = None
    task_list: Named | None = None
    milestone: Named | None = None
    notes: str = ""


@dataclass(frozen=True, slots=True)
class LogLine:
    """An invoice line of logs: tracked beside billed seconds, and round(quantity x rate) = amount."""

    logs: tuple[BillableLog, ...]
    rate: Decimal
    tracked_seconds: int
    billed_seconds: int
    amount_minor: int
    quantity: Decimal

    @property
    def log_ids(self) -> tuple[Id, ...]:
        return tuple(log.id for log in self.logs)

    @property
    def project(self) -> Named:
        return self.logs[0].project

    @property
    def first_day(self) -> date:
        return min(log.day for log in self.logs)

    @property
    def last_day(self) -> date:
        return max(log.day for log in self.logs)


def group_logs(
    logs: Iterable[BillableLog],
    by: GroupBy,
    currency: str,
    rounding: TimeRounding = NO_ROUNDING,
    rounding_of_project: Mapping[Id, TimeRounding] | None = None,
    already_billed: Mapping[tuple[Id, date], int] | None = None,
) -> list[LogLine]:
    """Invoice lines of logs, in an order that depends on nothing but the logs.

    A line holds logs of one project and one rate and is rounded once. `rounding_of_project` overrides
    `rounding`; `already_billed` holds seconds that earlier invoices took of a user's day, for the daily cap.
    """
    roundings = rounding_of_project or {}
    billed = _billed(sorted(logs, key=_log_order), rounding, roundings, already_billed or {})
    billed.sort(key=lambda pair: (*_line_order(pair[0], by), *_log_order(pair[0])))
    lines: list[LogLine] = []
    for _, members in groupby(billed, key=lambda pair: _line_order(pair[0], by)):
        pairs = list(members)
        first = pairs[0][0]
        time = billed_per_line([time for _, time in pairs], roundings.get(first.project.id, rounding))
        lines.append(
            LogLine(
                logs=tuple(log for log, _ in pairs),
                rate=first.rate,
                tracked_seconds=time.tracked_seconds,
                billed_seconds=time.billed_seconds,
                amount_minor=amount_of(time.billed_seconds, first.rate, currency),
                quantity=printed_quantity(time.billed_seconds, first.rate, currency),
            )
        )
    return lines


def _billed(
    logs: Sequence[BillableLog],
    rounding: TimeRounding,
    rounding_of_project: Mapping[Id, TimeRounding],
    already_billed: Mapping[tuple[Id, date], int],
) -> list[tuple[BillableLog, BilledTime]]:
    used = dict(already_billed)
    billed: list[tuple[BillableLog, BilledTime]] = []
    for log in logs:
        worked, of_day = WorkedTime(log.user.id, log.day, log.seconds), (log.user.id, log.day)
        so_far = used.get(of_day, 0)
        (time,) = billed_per_log(
            [worked], rounding_of_project.get(log.project.id, rounding), {of_day: so_far}
        )
        used[of_day] = so_far + time.billed_seconds
        billed.append((log, time))
    return billed


def _id_order(id_: Id) -> tuple[int, str]:
    return (id_, "") if isinstance(id_, int) else (0, id_)


def _log_order(log: BillableLog) -> tuple:
    return log.day, _id_order(log.id)


def _name_order(named: Named | None) -> tuple:
    """By name, then id; nothing comes last."""
    return (True,) if named is None else (False, named.name.casefold(), _id_order(named.id))


_ORDER_OF: dict[GroupBy, Callable[[BillableLog], tuple]] = {
    GroupBy.SINGLE: lambda _: (),
    GroupBy.LOG: _log_order,
    GroupBy.TASK: lambda log: _name_order(log.task),
    GroupBy.USER: lambda log: _name_order(log.user),
    GroupBy.TASK_USER: lambda log: (_name_order(log.task), _name_order(log.user)),
    GroupBy.TASK_LIST: lambda log: _name_order(log.task_list),
    GroupBy.MILESTONE: lambda log: _name_order(log.milestone),
    GroupBy.DATE: lambda log: (log.day,),
}


def _line_order(log: BillableLog, by: GroupBy) -> tuple:
    """Equal for the logs of one line, and the order of the lines."""
    return _name_order(log.project), _ORDER_OF[by](log), log.rate


class LineField(StrEnum):
    """What item names and descriptions are composed of."""

    PROJECT = "project"
    TASK = "task"
    TASK_LIST = "task_list"
    MILESTONE = "milestone"
    USER = "user"
    PERIOD = "period"
    NOTES = "notes"
    HOURS = "hours"


@dataclass(frozen=True, slots=True)
class LineTexts:
    """How a reader's language writes a day and hours, and what stands between values and between fields."""

    day: Callable[[date], str]
    hours: Callable[[Decimal], str]
    between_values: str = ", "
    between_fields: str = " · "
    most_values: int = 20


def _name(named: Named | None) -> str:
    return named.name if named else ""


_VALUE_OF: dict[LineField, Callable[[BillableLog], str]] = {
    LineField.PROJECT: lambda log: log.project.name,
    LineField.TASK: lambda log: _name(log.task),
    LineField.TASK_LIST: lambda log: _name(log.task_list),
    LineField.MILESTONE: lambda log: _name(log.milestone),
    LineField.USER: lambda log: log.user.name,
    LineField.NOTES: lambda log: log.notes.strip(),
}


def compose(line: LogLine, fields: Sequence[LineField], texts: LineTexts) -> str:
    """The text of a line from the chosen fields, in their order.

    Each distinct value once, in order of date; beyond `most_values` the count of the rest. Empty fields leave
    no trace.
    """
    return texts.between_fields.join(filter(None, (_field_text(line, field, texts) for field in fields)))


def _field_text(line: LogLine, field: LineField, texts: LineTexts) -> str:
    if field is LineField.HOURS:
        return texts.hours(line.quantity)
    if field is LineField.PERIOD:
        days = dict.fromkeys((line.first_day, line.last_day))
        return " – ".join(texts.day(day) for day in days)
    values = [value for value in dict.fromkeys(map(_VALUE_OF[field], line.logs)) if value]
    shown = texts.between_values.join(values[: texts.most_values])
    rest = len(values) - texts.most_values
    return f"{shown} (+{rest})" if rest > 0 else shown
