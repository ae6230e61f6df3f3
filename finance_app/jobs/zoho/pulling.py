"""Fetching what was changed at Zoho."""

from collections.abc import Callable

from sqlalchemy import Engine

from finance_app import db
from finance_app.integrations.zoho import Books
from finance_app.models import ZohoSync
from finance_app.models.columns import now


async def pull(_books: Books, engine: Engine | None, sync_id: int, alive: Callable[[], None]) -> None:
    alive()
    with db.transaction(engine) as session:
        session.get_one(ZohoSync, sync_id).pulled_at = now()
