from sqlalchemy import BigInteger, Index
from sqlalchemy import text as sql
from sqlmodel import Field, SQLModel

from finance_app.models.columns import (
    Decimal,
    calendar_day,
    choice,
    date,
    datetime,
    json,
    key,
    link,
    moment,
    rate,
    string,
)
from finance_app.models.kinds import ApprovalState

UNBILLED = "invoice_line_id IS NULL AND billable"
# SQLite takes a partial index only where the query says the same words as the index.
UNBILLED_SQLITE = f"{UNBILLED} = 1"


class TimeLog(SQLModel, table=True):
    """Time of a person on a project. `bill_rate` (project currency) and `cost_rate` (base currency) are those
    in force for it, kept up to date until it is billed; None is "no rate"."""

    __tablename__ = "time_log"
    __table_args__ = (
        Index("ix_time_log_project_date", "project_id", "day", "id"),
        Index("ix_time_log_user_date", "user_id", "day", "id"),
        Index("ix_time_log_date", "day", "id"),
        Index(
            "ix_time_log_unbilled",
            "project_id",
            "day",
            sqlite_where=sql(UNBILLED_SQLITE),
            postgresql_where=sql(UNBILLED),
        ),
    )

    id: int | None = key()
    project_id: int = link("project.id", index=False)
    task_id: int | None = link("task.id", optional=True)
    user_id: int = link("user.id", index=False)
    day: date = calendar_day()
    seconds: int = Field(gt=0)
    billable: bool = True
    notes: str = string(5000)
    approval: ApprovalState = choice(ApprovalState, ApprovalState.OPEN, index=True)
    approval_note: str = string(1000)
    approved_by_id: int | None = link("user.id", optional=True, index=False)
    approved_at: datetime | None = moment()
    bill_rate: Decimal | None = rate()
    cost_rate: Decimal | None = rate()
    invoice_line_id: int | None = link("invoice_line.id", optional=True)
    import_id: int | None = link("time_import.id", optional=True)
    import_key: str | None = string(64, default=None, unique=True)
    created_at: datetime = moment(optional=False)
    updated_at: datetime = moment(optional=False)
    version: int = 1


class TimeClaim(SQLModel, table=True):
    """A time log on a line of an invoice: live until released. A log has one live claim at most, ever."""

    __tablename__ = "time_claim"
    __table_args__ = (
        Index(
            "ux_time_claim_live",
            "time_log_id",
            unique=True,
            sqlite_where=sql("released_at IS NULL"),
            postgresql_where=sql("released_at IS NULL"),
        ),
    )

    id: int | None = key()
    time_log_id: int = link("time_log.id")
    invoice_id: int | None = link("invoice.id", optional=True, ondelete="SET NULL")
    invoice_line_id: int | None = link("invoice_line.id", optional=True, ondelete="SET NULL")
    tracked_seconds: int
    billed_seconds: int
    bill_rate: Decimal = rate()
    claimed_at: datetime = moment(optional=False)
    released_at: datetime | None = moment()
    released_because: str = string(40)


class TimeImport(SQLModel, table=True):
    """A time sheet file brought in as a whole, so that it can be undone as a whole.

    Until `applied_at` it is a draft, which holds what was chosen so far. `created` lists the ids of what the
    import made, by table.
    """

    __tablename__ = "time_import"

    id: int | None = key()
    file_name: str = string(255)
    file_hash: str = string(64, index=True)
    file_id: int | None = link("stored_file.id", optional=True, index=False)
    options: dict = json()
    mapping: dict = json()
    created: dict = json()
    rows_total: int = 0
    rows_imported: int = 0
    rows_known: int = 0
    rows_bad: int = 0
    rows_warned: int = 0
    seconds_imported: int = Field(default=0, sa_type=BigInteger)
    created_by_id: int | None = link("user.id", optional=True, index=False)
    created_at: datetime = moment(optional=False)
    applied_at: datetime | None = moment()
    undone_at: datetime | None = moment()
    undone_by_id: int | None = link("user.id", optional=True, index=False)


class ImportShape(SQLModel, table=True):
    """The columns chosen for files of one shape, remembered for the next such file."""

    __tablename__ = "import_shape"

    id: int | None = key()
    fingerprint: str = string(64, unique=True)
    mapping: dict = json()
    options: dict = json()
    used_at: datetime = moment(optional=False)
