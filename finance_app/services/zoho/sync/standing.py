"""How a sync stands, in one word, so that a page never says that something is under way which is not."""

from datetime import datetime
from enum import StrEnum

from finance_app.models import ZohoSync
from finance_app.models.columns import now
from finance_app.services.zoho.sync.leases import QUIET, heard_at


class Standing(StrEnum):
    STALLED = "stalled"
    """Nothing goes on until a person does something."""
    SILENT = "silent"
    PAUSED = "paused"
    """Zoho has asked for it."""
    INTERRUPTED = "interrupted"
    RUNNING = "running"
    IDLE = "idle"


def standing(row: ZohoSync, *, running: bool, at: datetime | None = None) -> Standing:
    """`running` says whether a run has not ended yet."""
    moment = at or now()
    if row.stalled:
        return Standing.STALLED
    if row.blocked_until and row.blocked_until > moment:
        return Standing.SILENT if row.silences else Standing.PAUSED
    if not running:
        return Standing.IDLE
    heard = heard_at(row)
    return Standing.INTERRUPTED if heard and heard < moment - QUIET else Standing.RUNNING
