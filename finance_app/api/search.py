"""Searches of the selectors and of the command palette. A source is an entry of SOURCES.

GET /api/search/{source}?q=acm&scope=   up to 20 hits of one source, for a selector
GET /api/search?q=acm                   a few of every source the person may see, for the palette
"""

from collections.abc import Callable
from dataclasses import dataclass

from sqlmodel import Session
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from finance_app import db, routes
from finance_app.api.requests import guarded, require
from finance_app.domain.permissions import Permission
from finance_app.services.accounts.identity import Actor
from finance_app.services.clients import directory as clients
from finance_app.services.crediting import listing as credit_note_list
from finance_app.services.estimating import listing as estimate_list
from finance_app.services.expenses import listing as expense_list
from finance_app.services.invoicing import listing as invoice_list
from finance_app.services.payments import listing as payment_list
from finance_app.services.people import directory as people
from finance_app.services.projects import directory as projects
from finance_app.services.projects import milestones
from finance_app.services.settings import items
from finance_app.services.tasks import directory as tasks
from finance_app.services.tasks import lists as task_lists

LIMIT = 20
PALETTE_LIMIT = 5
TEXT_LIMIT = 80

Hit = tuple[int, str, str]


@dataclass(frozen=True)
class Source:
    """Something that can be searched. `find(session, actor, text, limit, scope)` gives (id, label, detail);
    `href` makes the address of a hit for the palette, and is None for what only selectors offer."""

    permission: Permission
    find: Callable[[Session, Actor, str, int, str], list[Hit]]
    href: Callable[[int], str] | None = None


SOURCES: dict[str, Source] = {
    "clients": Source(
        Permission.CLIENTS_VIEW,
        lambda session, me, text, limit, _scope: clients.suggestions(session, me, text, limit),
        routes.client,
    ),
    "invoices": Source(
        Permission.INVOICES_VIEW,
        lambda session, me, text, limit, _scope: invoice_list.suggestions(session, me, text, limit),
        routes.invoice,
    ),
    "payments": Source(
        Permission.PAYMENTS_VIEW,
        lambda session, me, text, limit, _scope: payment_list.suggestions(session, me, text, limit),
        routes.payment,
    ),
    "credit_notes": Source(
        Permission.INVOICES_VIEW,
        lambda session, me, text, limit, _scope: credit_note_list.suggestions(session, me, text, limit),
        routes.credit_note,
    ),
    "expenses": Source(
        Permission.EXPENSES_VIEW,
        lambda session, me, text, limit, _scope: expense_list.suggestions(session, me, text, limit),
        routes.expense,
    ),
    "estimates": Source(
        Permission.INVOICES_VIEW,
        lambda session, me, text, limit, _scope: estimate_list.suggestions(session, me, text, limit),
        routes.estimate,
    ),
    "sales_orders": Source(
        Permission.INVOICES_VIEW,
        lambda session, me, text, limit, _scope: estimate_list.order_suggestions(session, me, text, limit),
        routes.sales_order,
    ),
    "projects": Source(Permission.PROJECTS_VIEW, projects.suggestions, routes.project),
    "other_projects": Source(Permission.PROJECTS_VIEW, projects.suggestions_beside),
    "items": Source(Permission.INVOICES_EDIT, items.suggestions),
    "tasks": Source(Permission.PROJECTS_VIEW, tasks.suggestions),
    "task_lists": Source(Permission.PROJECTS_VIEW, task_lists.suggestions),
    "milestones": Source(Permission.PROJECTS_VIEW, milestones.suggestions),
    "people": Source(
        Permission.PEOPLE_VIEW,
        lambda session, me, text, limit, _scope: people.suggestions(session, me, text, limit),
        routes.person,
    ),
}


async def search_one(request: Request) -> JSONResponse:
    source = SOURCES.get(request.path_params["source"])
    if source is None:
        return JSONResponse({"hits": []}, 404)
    actor = await require(request, source.permission)
    text = request.query_params.get("q", "").strip()[:TEXT_LIMIT]
    scope = request.query_params.get("scope", "")[:TEXT_LIMIT]

    def find() -> list[Hit]:
        with db.reading() as session:
            return source.find(session, actor, text, LIMIT, scope)

    hits = await run_in_threadpool(find)
    return JSONResponse({"hits": [{"id": i, "label": label, "detail": detail} for i, label, detail in hits]})


async def search_all(request: Request) -> JSONResponse:
    actor = await require(request)
    text = request.query_params.get("q", "").strip()[:TEXT_LIMIT]

    def find() -> list[dict[str, str]]:
        hits: list[dict[str, str]] = []
        with db.reading() as session:
            for name, source in SOURCES.items():
                if source.href is None or not actor.may_somewhere(source.permission):
                    continue
                for row_id, label, detail in source.find(session, actor, text, PALETTE_LIMIT, ""):
                    hits.append(
                        {"source": name, "label": label, "detail": detail, "href": source.href(row_id)}
                    )
        return hits

    return JSONResponse({"hits": await run_in_threadpool(find) if text else []})


def search_routes() -> list[Route]:
    return [
        Route("/api/search", guarded(search_all), methods=["GET"]),
        Route("/api/search/{source}", guarded(search_one), methods=["GET"]),
    ]
