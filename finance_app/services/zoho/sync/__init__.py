"""Keeping Marge and an organisation of Zoho alike. `docs/zoho-sync.md` is its description.

Triggers put each changed record into the outbox in the transaction of the change; one worker at a time
(`jobs/zoho`) sends them in the order of `modules`, as the recipes of `bodies` say. What fails is in `errors`.
"""

from finance_app.services.zoho.sync.connecting import start
from finance_app.services.zoho.sync.runs import history, progress
from finance_app.services.zoho.sync.starting import stop

__all__ = ["history", "progress", "start", "stop"]
