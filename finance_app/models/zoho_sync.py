from sqlalchemy import BigInteger, Index, UniqueConstraint
from sqlmodel import Field, SQLModel

from finance_app.models.columns import calendar_day, choice, date, datetime, json, key, link, moment, string
from finance_app.models.kinds import LinkState, SyncErrorState, SyncReason


class ZohoSync(SQLModel, table=True):
    """What is known of one organisation of Zoho, kept when the connection is removed: connected again,
    nothing is doubled. `lease` is of the one worker that speaks to Zoho at a time."""

    __tablename__ = "zoho_sync"
    __table_args__ = (UniqueConstraint("product", "organisation"),)

    id: int | None = key()
    connection_id: int = Field(index=True)
    product: str = string(20)
    organisation: str = string(40)
    active: bool = True
    clone_contacts: bool = False
    """Whether a contact that exists at Zoho already is left alone and a new one is made beside it."""
    bill_from: date | None = calendar_day(optional=True)
    base_currency: str = string(3)
    stalled: str = string(40)
    """Why nothing is sent until a person does something; empty where all is well."""
    blocked_until: datetime | None = moment()
    silences: int = 0
    lease: str | None = string(64, default=None)
    leased_until: datetime | None = moment()
    paced_at: datetime | None = moment()
    """When the requests so far will have used up their share of the minute."""
    day: date | None = calendar_day(optional=True)
    day_requests: int = 0
    hours: dict = json()
    """Requests of the last day by hour, in UTC."""
    native: str = string(20)
    """Whether Zoho's own integration was looked for: empty before, `clear`, `confirmed` off by an owner."""
    marks: dict = json()
    """Up to which moment changes made at Zoho were fetched, by module."""
    pulled_at: datetime | None = moment()
    next_run_at: datetime | None = moment()
    started_at: datetime = moment(optional=False)


class ZohoLink(SQLModel, table=True):
    """A record of ours and the one at Zoho that it is. `attempted_at` is set before it is created there:
    while there is no `remote_id`, it may or may not exist, and is looked for by its reference first."""

    __tablename__ = "zoho_link"
    __table_args__ = (
        UniqueConstraint("sync_id", "module", "local_id"),
        UniqueConstraint("sync_id", "module", "reference"),
        Index("ix_zoho_link_remote", "sync_id", "module", "remote_id"),
    )

    id: int | None = key()
    sync_id: int = link("zoho_sync.id", index=False, ondelete="CASCADE")
    module: str = string(20)
    local_id: int = Field(sa_type=BigInteger)
    remote_id: str = string(40)
    reference: str = string(300)
    fingerprint: str = string(64)
    """Of what was sent; one from before there was a `state` may lack its last letter."""
    state: LinkState = choice(LinkState, LinkState.LINKED)
    made_at_zoho: bool = False
    seconds: int | None = None
    minutes: int | None = None
    """Of a time log: its time when it was sent, and how much of it is there."""
    attempted_at: datetime | None = moment()
    pushed_at: datetime | None = moment()
    remote_modified: str = string(40)

    @property
    def is_gone(self) -> bool:
        return self.state is LinkState.GONE

    @property
    def is_contested(self) -> bool:
        return self.state is LinkState.CONTESTED

    def agree(self, fingerprint: str) -> None:
        """Both sides say the same."""
        self.fingerprint, self.state = fingerprint, LinkState.LINKED

    def says(self, fingerprint: str) -> bool:
        """Whether the record at Zoho is so already."""
        return self.state is LinkState.LINKED and self.fingerprint == fingerprint

    def contest(self) -> None:
        if self.fingerprint and self.state is LinkState.LINKED:
            self.state = LinkState.CONTESTED

    def was_sent(self, fingerprint: str) -> bool:
        """Whether this is what was sent last, as far as that is known."""
        return bool(self.fingerprint) and fingerprint.startswith(self.fingerprint)

    def leave(self) -> None:
        """The record at Zoho is gone; `forget` lets it be made there again."""
        self.state = LinkState.GONE

    def forget(self) -> None:
        """There is no record at Zoho. One that is made there now is ours, whoever had made the one before."""
        self.remote_id, self.remote_modified = "", ""
        self.attempted_at, self.made_at_zoho = None, False
        self.agree("")


class ZohoSyncError(SQLModel, table=True):
    """Why a record of ours is not at Zoho as it should be. One row a record, however often it is tried."""

    __tablename__ = "zoho_sync_error"
    __table_args__ = (
        UniqueConstraint("sync_id", "module", "local_id"),
        Index("ix_zoho_error_open", "sync_id", "state", "module"),
    )

    id: int | None = key()
    sync_id: int = link("zoho_sync.id", index=False, ondelete="CASCADE")
    module: str = string(20)
    local_id: int = Field(sa_type=BigInteger)
    label: str = string(300)
    reason: str = string(40)
    """Key of our explanation and remedy: `zoho_sync.error.{reason}`."""
    details: dict = json()
    zoho_code: int = 0
    message: str = string(500)
    attempts: int = 0
    first_seen_at: datetime = moment(optional=False)
    last_seen_at: datetime = moment(optional=False)
    state: SyncErrorState = choice(SyncErrorState, SyncErrorState.OPEN)


class ZohoSyncRun(SQLModel, table=True):
    """A sync as its history shows it: the first one, that of every day, one that somebody asked for."""

    __tablename__ = "zoho_sync_run"

    id: int | None = key()
    sync_id: int = link("zoho_sync.id", ondelete="CASCADE")
    reason: SyncReason = choice(SyncReason)
    started_by_id: int | None = link("user.id", optional=True, index=False)
    started_at: datetime = moment(optional=False)
    finished_at: datetime | None = moment()


class ZohoSyncStep(SQLModel, table=True):
    """A module of a run: how many records were looked at, and what became of them."""

    __tablename__ = "zoho_sync_step"
    __table_args__ = (UniqueConstraint("run_id", "module"),)

    id: int | None = key()
    run_id: int = link("zoho_sync_run.id", index=False, ondelete="CASCADE")
    module: str = string(20)
    total: int = 0
    failed: int = 0
    fetched: int = 0
    finished_at: datetime | None = moment()
