"""Keeping Marge and an organisation of Zoho alike. `docs/zoho-sync.md` is its description.

Triggers put each changed record into the outbox in the transaction of the change; one worker at a time sends
them in the order of `modules`, as the recipes of `bodies` say, and makes each at most once (`links`). What
fails is in `errors`. Changes made at Zoho are fetched by `pulling`.
"""

from finance_app.services.zoho.sync.connecting import start
from finance_app.services.zoho.sync.starting import history, progress, stop

__all__ = ["history", "progress", "start", "stop"]
