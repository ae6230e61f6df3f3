"""Whether this server can work: for a load balancer, a container, or a person who wonders."""

from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from finance_app import db


async def health(_request: Request) -> JSONResponse:
    """200 where the database answers, else 503. It tells no versions and no addresses."""

    def ask() -> bool:
        try:
            with db.reading() as session:
                session.execute(text("select 1"))
        except SQLAlchemyError:
            return False
        return True

    answers = await run_in_threadpool(ask)
    return JSONResponse(
        {"status": "ok" if answers else "database unreachable"},
        200 if answers else 503,
        headers={"Cache-Control": "no-store"},
    )


def health_routes() -> list[Route]:
    return [Route("/health", health, methods=["GET"])]
