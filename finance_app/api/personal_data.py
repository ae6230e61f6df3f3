"""Personal data of a client or a person as a file, and the task that lets old data go."""

import asyncio
import json
import logging
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlmodel import select
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from finance_app import db
from finance_app.api import html
from finance_app.api.requests import guarded, require, same_origin
from finance_app.domain.errors import NotFound
from finance_app.domain.permissions import Permission
from finance_app.models import Portal
from finance_app.models.columns import now
from finance_app.services import privacy
from finance_app.services.expenses import purging

logger = logging.getLogger(__name__)

EVERY_SECONDS = 6 * 3600


async def download(request: Request) -> Response:
    actor = await require(request, Permission.PRIVACY_EDIT)
    kind, object_id = request.path_params["subject"], request.path_params["id"]
    if not same_origin(request):
        return Response(status_code=403)

    def collect() -> dict[str, Any]:
        with db.transaction() as session:
            return privacy.export(session, actor, kind, object_id)

    try:
        found = await run_in_threadpool(collect)
    except NotFound:
        return Response(status_code=404)
    body = json.dumps(found, default=_plain, ensure_ascii=False, indent=2)
    headers = {
        "Content-Disposition": html.disposition("attachment", f"{kind}-{object_id}.json"),
        "Cache-Control": "private, no-store",
    }
    return Response(body, media_type="application/json", headers=headers)


def _plain(value: object) -> str:
    if isinstance(value, date | datetime):
        return value.isoformat()
    return format(value, "f") if isinstance(value, Decimal) else str(value)


def let_go() -> None:
    with db.transaction() as session:
        portal = session.exec(select(Portal)).first()
        if portal is not None:
            privacy.apply_retention(
                session,
                keep_logins_days=portal.keep_logins_days,
                keep_mails_days=portal.keep_mails_days,
            )
        receipts = purging.forget_removed(session, now())
    with db.reading() as session:
        purging.let_go(session, receipts)


async def retention() -> None:
    """Lifespan task: several times a day, what is older than the portal keeps it goes."""
    while True:
        await asyncio.sleep(60)
        try:
            await asyncio.to_thread(let_go)
        except Exception:
            logger.exception("Old data could not be deleted; it is tried again")
        await asyncio.sleep(EVERY_SECONDS)


def personal_data_routes() -> list[Route]:
    return [Route("/files/personal-data/{subject}/{id:int}.json", guarded(download), methods=["GET"])]
