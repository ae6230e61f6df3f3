from typing import Any

from sqlalchemy import BigInteger, Index, UniqueConstraint
from sqlalchemy import text as sql
from sqlmodel import Field, SQLModel

from finance_app.domain.budget import FIRST_ALERTS
from finance_app.models.columns import Decimal, choice, datetime, json, key, link, minor, moment, rate, string
from finance_app.models.kinds import BudgetPeriod, BudgetScope, BudgetType, CostTracking


def _sum() -> Any:
    return Field(sa_type=BigInteger)


class Budget(SQLModel, table=True):
    """What a project may use, and who is told when. One row a project; none is no budget.

    `type` is the figure that the health goes by; the other may be limited too. Cost is in base currency,
    revenue in the project's. The limits of the whole project count where `scope` is project.
    """

    project_id: int = Field(primary_key=True, foreign_key="project.id")
    type: BudgetType = choice(BudgetType, BudgetType.NONE, index=True)
    scope: BudgetScope = choice(BudgetScope, BudgetScope.PROJECT)
    period: BudgetPeriod = choice(BudgetPeriod, BudgetPeriod.LIFE)
    seconds: int | None = Field(default=None, sa_type=BigInteger)
    cost_minor: int | None = minor(default=None)
    revenue_minor: int | None = minor(default=None)
    threshold: int | None = None
    alerts: list = json(lambda: list(FIRST_ALERTS))
    cost_tracking: CostTracking = choice(CostTracking, CostTracking.COST_RATES)
    tracking_rate: Decimal | None = rate()


class BudgetPart(SQLModel, table=True):
    """The limit of one milestone, task or person (`part_id`), whichever the budget's scope names."""

    __tablename__ = "budget_part"
    __table_args__ = (UniqueConstraint("project_id", "scope", "part_id"),)

    id: int | None = key()
    project_id: int = link("project.id", index=False)
    scope: BudgetScope = choice(BudgetScope, BudgetScope.TASK)
    part_id: int
    seconds: int | None = Field(default=None, sa_type=BigInteger)
    cost_minor: int | None = minor(default=None)


class BudgetAlert(SQLModel, table=True):
    """One percentage of one limit: for which it was told last. `part_id` 0 is the project."""

    __tablename__ = "budget_alert"
    __table_args__ = (UniqueConstraint("project_id", "scope", "part_id", "measure", "percent"),)

    id: int | None = key()
    project_id: int = link("project.id", index=False)
    scope: BudgetScope = choice(BudgetScope, BudgetScope.PROJECT)
    part_id: int = 0
    measure: BudgetType = choice(BudgetType, BudgetType.HOURS)
    percent: int
    period: str = string(10)
    limit: int = Field(sa_type=BigInteger)
    actual: int = Field(sa_type=BigInteger)
    above: bool = True
    told_at: datetime = moment(optional=False)


class BudgetDue(SQLModel, table=True):
    """Projects whose budget must be looked at before the running transaction ends. Triggers write it."""

    __tablename__ = "budget_due"

    project_id: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})


class TimeTotal(SQLModel, table=True):
    """Logged time of a project added up by `level`: month or user_month, and by rate.

    `part_id` is the month as 202611, or a user and their month as one number. Rates are in millionths, -1
    for none. Triggers keep it in the transaction of the log itself (`models/triggers.py`), as the two below.
    """

    __tablename__ = "time_total"
    __table_args__ = (
        Index("ix_time_total_level", "level", "project_id", "part_id"),
        Index(
            "ix_time_total_person",
            *("part_id", "cost_rate", "billable", "seconds"),
            sqlite_where=sql("level = 'user_month'"),
            postgresql_where=sql("level = 'user_month'"),
        ),
    )

    project_id: int = Field(primary_key=True)
    level: str = Field(primary_key=True, max_length=10)
    part_id: int = Field(primary_key=True)
    billable: bool = Field(primary_key=True)
    bill_rate: int = Field(primary_key=True, sa_type=BigInteger)
    cost_rate: int = Field(primary_key=True, sa_type=BigInteger)
    seconds: int = _sum()
    logs: int


class TimeSum(SQLModel, table=True):
    """Logged time of a project and its exact amounts by `level`: project, task, user or month.

    `part_id` is 0, the task (0 for none), the user, or the month as 202611. An amount is `_units` x a million
    + `_rest`, in seconds x millionths an hour. `cost` is of the time with a cost rate; `uncosted` is the time
    without one, `price` what it would be sold for, but for its `unpriced` seconds; `revenue` is of billable
    time.
    """

    __tablename__ = "time_sum"

    level: str = Field(primary_key=True, max_length=10)
    project_id: int = Field(primary_key=True)
    part_id: int = Field(primary_key=True)
    seconds: int = _sum()
    logs: int
    cost_units: int = _sum()
    cost_rest: int = _sum()
    uncosted: int = _sum()
    price_units: int = _sum()
    price_rest: int = _sum()
    unpriced: int = _sum()
    revenue_units: int = _sum()
    revenue_rest: int = _sum()


class TimeUnbilled(SQLModel, table=True):
    """Billable time of a project and month (as 202611) that no invoice has, with its amount as in TimeSum;
    `unpriced` are the seconds of it without a rate."""

    __tablename__ = "time_unbilled"

    project_id: int = Field(primary_key=True)
    month: int = Field(primary_key=True)
    seconds: int = _sum()
    logs: int
    unpriced: int = _sum()
    amount_units: int = _sum()
    amount_rest: int = _sum()
