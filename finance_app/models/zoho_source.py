from sqlalchemy import BigInteger, Index, UniqueConstraint
from sqlmodel import Field, SQLModel

from finance_app.models.columns import calendar_day, choice, date, datetime, json, key, link, moment, string
from finance_app.models.kinds import ConnectionState, SourceClients, SourcePeople, SourceProjects


class ZohoSource(SQLModel, table=True):
    """A portal of Zoho Projects from which projects, work and time come.

    As with the connection, `draft` holds what the wizard has chosen so far, and secrets are encrypted; with
    `shared` it has none, and signs in as the connection does. Its runs, errors and limits are those of a
    `ZohoSync` of the product `projects`, which is never active: nothing is sent there. `run` is how far the
    run that goes on has come.
    """

    __tablename__ = "zoho_source"

    id: int | None = key()
    live: bool | None = Field(default=True, unique=True)
    state: ConnectionState = choice(ConnectionState, ConnectionState.DRAFT)
    centre: str = string(10, default="us")
    client_id: str = string(200)
    secrets: str = string(8000)
    shared: bool = False
    portal: str = string(40)
    portal_name: str = string(200)
    projects: SourceProjects = choice(SourceProjects, SourceProjects.ACTIVE)
    chosen: list = json(list)
    """The projects at Zoho that come over, where not all of them do."""
    since: date | None = calendar_day(optional=True)
    """Earlier time does not come over."""
    people: SourcePeople = choice(SourcePeople, SourcePeople.CREATE)
    clients: SourceClients = choice(SourceClients, SourceClients.CREATE)
    sync_id: int | None = link("zoho_sync.id", optional=True)
    run: dict = json()
    next_run_at: datetime | None = moment()
    whole_at: datetime | None = moment()
    """When all of its time was looked through, not only the latest."""
    step: str = string(20)
    draft: dict = json()
    draft_secrets: str = string(8000)
    set_up_at: datetime | None = moment()
    set_up_by_id: int | None = link("user.id", optional=True, index=False)
    removed_at: datetime | None = moment()
    created_at: datetime = moment(optional=False)
    version: int = 1


class ZohoSourceLink(SQLModel, table=True):
    """A record at Zoho Projects and the one of ours that came of it. `values` is how Zoho had it when it was
    last taken over: only what differs from that is a change. It stays when the source is removed."""

    __tablename__ = "zoho_source_link"
    __table_args__ = (
        UniqueConstraint("sync_id", "module", "remote_id"),
        Index("ix_zoho_source_link_local", "sync_id", "module", "local_id"),
        Index("ix_zoho_source_link_seen", "sync_id", "module", "project", "seen_run"),
    )

    id: int | None = key()
    sync_id: int = link("zoho_sync.id", index=False, ondelete="CASCADE")
    module: str = string(20)
    remote_id: str = string(40)
    project: str = string(40)
    local_id: int = Field(sa_type=BigInteger)
    values: dict = json()
    day: date | None = calendar_day(optional=True)
    seen_run: int = 0
    joined: bool = False
    """Whether ours was there before."""
