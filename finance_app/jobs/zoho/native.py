"""Looks whether Zoho's own integration feeds the organisation, before anything is sent."""

from sqlalchemy import Engine

from finance_app import db
from finance_app.integrations.zoho import Books
from finance_app.models import ZohoSync
from finance_app.services.zoho.sync import native

MOST = 400
"""Entries that are looked at, from the first day on of which there is time to send."""


async def is_fed(books: Books, engine: Engine | None, sync_id: int) -> bool:
    """Whether the sync must stand still; once a run."""
    with db.reading(engine) as session:
        if session.get_one(ZohoSync, sync_id).native:
            return False
        since = native.first_day(session, sync_id)
    entries = []
    if since is not None:
        async for each in books.call.pages(
            "/projects/timeentries", "time_entries", from_date=since.isoformat()
        ):
            entries.append(each)
            if len(entries) >= MOST:
                break
    with db.transaction(engine) as session:
        found = native.evidence(session, entries)
        if found is None:
            session.get_one(ZohoSync, sync_id).native = native.CLEAR
            return False
        native.refuse(session, sync_id, found)
        return True
