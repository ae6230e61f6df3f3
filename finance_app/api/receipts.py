"""Receipts of expenses: their upload, and the way back to those who may see them.

POST /files/receipts?expense=7&replaces=3   the body is the file, X-File-Name its name; answers `{"id": ...}`
GET  /files/receipts/9                      the file; `?save` downloads it
GET  /files/receipts/9/1                    a picture of its first page
"""

from urllib.parse import quote, unquote

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response
from starlette.routing import Route

from finance_app import db, routes
from finance_app.api.requests import guarded, locale_of, require, same_origin
from finance_app.domain.errors import DomainError, NotFound
from finance_app.domain.permissions import Permission
from finance_app.i18n import t
from finance_app.services import files
from finance_app.services.accounts.identity import Actor
from finance_app.services.expenses import receipts


def _refusal(locale: str, error: DomainError, status: int) -> JSONResponse:
    return JSONResponse({"message": t(locale, error.code, **error.params)}, status)


def _number(request: Request, name: str) -> int | None:
    text = request.query_params.get(name, "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else None


async def upload(request: Request) -> Response:
    actor = await require(request, Permission.EXPENSES_EDIT)
    locale = locale_of(request, actor)
    if not same_origin(request):
        return _refusal(locale, DomainError("expense.receipt_error.bad_request"), 403)
    name = unquote(request.headers.get("x-file-name", ""))[:255]
    expense_id, replaces = _number(request, "expense"), _number(request, "replaces")
    announced = request.headers.get("content-length", "")
    try:
        if announced.isdigit() and int(announced) > receipts.LIMIT:
            raise DomainError("file.error.too_large", limit=receipts.LIMIT // files.MEGABYTE)
        with await run_in_threadpool(files.Incoming, receipts.LIMIT) as incoming:
            async for chunk in request.stream():
                await run_in_threadpool(incoming.write, chunk)
            receipt_id = await run_in_threadpool(_keep, actor, incoming, name, expense_id, replaces)
    except NotFound as error:
        return _refusal(locale, error, 404)
    except DomainError as error:
        return _refusal(locale, error, 413 if error.code == "file.error.too_large" else 422)
    return JSONResponse({"id": receipt_id}, 201)


def _keep(
    actor: Actor, incoming: files.Incoming, name: str, expense_id: int | None, replaces: int | None
) -> int | None:
    kept = receipts.keep(incoming)
    with db.transaction() as session:
        if replaces is not None:
            receipts.remove(session, actor, replaces)
        return receipts.add(session, actor, kept, name=name, expense_id=expense_id).id


async def show(request: Request) -> Response:
    actor = await require(request, Permission.EXPENSES_VIEW)
    receipt_id, page = request.path_params["receipt_id"], request.path_params.get("page")

    def find():
        with db.reading() as session:
            return receipts.content(session, actor, receipt_id, page)

    try:
        path, media_type, name = await run_in_threadpool(find)
    except DomainError as error:
        return _refusal(locale_of(request, actor), error, 404)
    way = "attachment" if "save" in request.query_params else "inline"
    headers = {
        "Content-Disposition": f"{way}; filename*=UTF-8''{quote(name if page is None else f'{page}.jpg')}",
        "Cache-Control": "private, no-cache",
    }
    if media_type.startswith("image/"):
        headers["Content-Security-Policy"] = "default-src 'none'; style-src 'unsafe-inline'; sandbox"
    return FileResponse(path, media_type=media_type, headers=headers)


def receipt_routes() -> list[Route]:
    return [
        Route(routes.DO_UPLOAD_RECEIPT, guarded(upload), methods=["POST"]),
        Route("/files/receipts/{receipt_id:int}", guarded(show), methods=["GET"]),
        Route("/files/receipts/{receipt_id:int}/{page:int}", guarded(show), methods=["GET"]),
    ]
