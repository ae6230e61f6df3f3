"""POST /connect/zoho/changed/{sync_id}: Zoho says that something has changed there, with its signature."""

from limits import RateLimitItemPerMinute
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from finance_app import db
from finance_app.api.limits import limiter
from finance_app.api.requests import address_of
from finance_app.services.zoho.sync import webhook

PATH = "/connect/zoho/changed/{sync_id:int}"
LARGEST = 1_000_000
PER_ADDRESS = RateLimitItemPerMinute(120, 1)


async def changed(request: Request) -> Response:
    """204 for a genuine message; 401 for every other, whether or not there is such a connection."""
    if not limiter().hit(PER_ADDRESS, f"zoho webhook {address_of(request)}"):
        return Response(status_code=429)
    body = b""
    async for part in request.stream():
        body += part
        if len(body) > LARGEST:
            return Response(status_code=413)
    sync_id = request.path_params["sync_id"]
    given = request.headers.get(webhook.HEADER, "")
    if not webhook.is_genuine(sync_id, given, request.query_params.multi_items(), body):
        return Response(status_code=401)

    def hear() -> None:
        with db.transaction() as session:
            webhook.heard(session, sync_id)

    await run_in_threadpool(hear)
    return Response(status_code=204)


def zoho_webhook_routes() -> list[Route]:
    return [Route(PATH, changed, methods=["POST"])]
