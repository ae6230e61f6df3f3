from sqlalchemy import UniqueConstraint
from sqlmodel import Field, SQLModel

from finance_app.models.columns import (
    Decimal,
    calendar_day,
    choice,
    date,
    datetime,
    key,
    link,
    minor,
    moment,
    rate,
    string,
)
from finance_app.models.kinds import (
    BillingMethod,
    ProjectState,
    Recurrence,
    RoundingMode,
    RoundingScope,
    WorkKind,
    WorkState,
)


class Project(SQLModel, table=True):
    """Work for one client (or, until it is billed, for none)."""

    id: int | None = key()
    name: str = string(index=True)
    code: str = string(40)
    client_id: int | None = link("client.id", optional=True)
    manager_id: int | None = link("user.id", optional=True)
    description: str = string(2000)
    state: ProjectState = choice(ProjectState, ProjectState.ACTIVE, index=True)
    currency: str = string(3)
    billing_method: BillingMethod = choice(BillingMethod, BillingMethod.PROJECT_HOURS)
    bill_rate: Decimal | None = rate()
    price_minor: int | None = minor(default=None)
    start_date: date | None = calendar_day(optional=True)
    end_date: date | None = calendar_day(optional=True)
    rounding_mode: RoundingMode | None = choice(RoundingMode, nullable=True)
    rounding_step_minutes: int | None = None
    rounding_scope: RoundingScope | None = choice(RoundingScope, nullable=True)
    daily_cap_seconds: int | None = None
    import_id: int | None = link("time_import.id", optional=True)
    archived_at: datetime | None = moment()
    created_at: datetime = moment(optional=False)
    version: int = 1


class ProjectMember(SQLModel, table=True):
    """A person on a project, with the rate agreed for this project where it differs."""

    __tablename__ = "project_member"
    __table_args__ = (UniqueConstraint("project_id", "user_id"),)

    id: int | None = key()
    project_id: int = link("project.id", index=False)
    user_id: int = link("user.id")
    bill_rate: Decimal | None = rate()
    profile_id: int | None = link("profile.id", optional=True, index=False)


class Milestone(SQLModel, table=True):
    """A phase of a project."""

    id: int | None = key()
    project_id: int = link("project.id")
    name: str = string()
    start_date: date | None = calendar_day(optional=True)
    due_date: date | None = calendar_day(optional=True)
    closed_at: datetime | None = moment()
    amount_minor: int | None = minor(default=None)
    position: int = 0
    description: str = string(2000)
    version: int = 1


class TaskList(SQLModel, table=True):
    __tablename__ = "task_list"

    id: int | None = key()
    project_id: int = link("project.id")
    milestone_id: int | None = link("milestone.id", optional=True)
    name: str = string()
    position: int = 0
    archived_at: datetime | None = moment()
    version: int = 1


class Task(SQLModel, table=True):
    """A piece of work, or an issue (bug). An issue never has a rate of its own. `planned_seconds` is the work
    of one occurrence. What is closed counts as done, and keeps its percentage in case it is reopened."""

    __table_args__ = (UniqueConstraint("project_id", "number"),)

    id: int | None = key()
    project_id: int = link("project.id", index=False)
    task_list_id: int | None = link("task_list.id", optional=True)
    milestone_id: int | None = link("milestone.id", optional=True)
    kind: WorkKind = choice(WorkKind, WorkKind.TASK)
    number: str | None = string(40, default=None)
    name: str = string(500)
    description: str = string(5000)
    state: WorkState = choice(WorkState, WorkState.OPEN)
    owner_id: int | None = link("user.id", optional=True, index=False)
    billable: bool = True
    bill_rate: Decimal | None = rate()
    planned_seconds: int | None = None
    recurrence: Recurrence | None = choice(Recurrence, nullable=True)
    occurrences: int = Field(default=1, ge=1)
    percent_done: int = Field(default=0, ge=0, le=100)
    start_date: date | None = calendar_day(optional=True)
    due_date: date | None = calendar_day(optional=True)
    import_id: int | None = link("time_import.id", optional=True)
    archived_at: datetime | None = moment()
    created_at: datetime = moment(optional=False)
    version: int = 1
