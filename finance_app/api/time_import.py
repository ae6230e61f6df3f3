"""Time sheet files: the upload that starts an import, and the download of the rows left out."""

from urllib.parse import quote, unquote

from sqlalchemy.exc import OperationalError
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from finance_app import db, routes
from finance_app.api.requests import guarded, locale_of, require, same_origin
from finance_app.domain.errors import DomainError, NotFound
from finance_app.domain.permissions import Permission
from finance_app.i18n import t
from finance_app.services import files, time_import
from finance_app.services.time_import import drafts


def _refusal(locale: str, error: DomainError, status: int) -> JSONResponse:
    return JSONResponse({"message": t(locale, error.code, **error.params)}, status)


async def upload(request: Request) -> Response:
    """The body is the file, X-File-Name its name. Answers `{"id": ...}` of the new draft."""
    actor = await require(request, Permission.TIME_IMPORT)
    locale = locale_of(request, actor)
    if not same_origin(request):
        return JSONResponse({"message": t(locale, "time_import.file.bad_request")}, 403)
    limit = drafts.file_limit()
    announced = request.headers.get("content-length", "")
    too_large = DomainError("file.error.too_large", limit=limit // files.MEGABYTE)
    if announced.isdigit() and int(announced) > limit:
        return _refusal(locale, too_large, 413)
    name = unquote(request.headers.get("x-file-name", ""))[:255]
    try:
        with await run_in_threadpool(files.Incoming, limit) as incoming:
            async for chunk in request.stream():
                await run_in_threadpool(incoming.write, chunk)

            def start() -> int | None:
                shape = time_import.check_file(incoming.finish())
                sha256 = incoming.keep()
                with db.transaction() as session:
                    return drafts.start(session, actor, name=name, sha256=sha256, shape=shape).id

            return JSONResponse({"id": await run_in_threadpool(start)}, 201)
    except DomainError as error:
        return _refusal(locale, error, 413 if error.code == too_large.code else 422)
    except OperationalError:
        return _refusal(locale, DomainError("time_import.error.busy"), 503)


async def bad_rows(request: Request) -> Response:
    actor = await require(request, Permission.TIME_IMPORT)
    locale = locale_of(request, actor)
    import_id = request.path_params["import_id"]

    def make() -> tuple[str, bytes]:
        with db.reading() as session:
            return time_import.bad_rows_file(session, actor, import_id, locale)

    try:
        name, content = await run_in_threadpool(make)
    except DomainError as error:
        return _refusal(locale, error, 404 if isinstance(error, NotFound) else 422)
    return Response(
        content,
        media_type="text/csv; charset=utf-8",
        headers={
            "Content-Disposition": f"attachment; filename*=UTF-8''{quote(name)}",
            "Cache-Control": "private, no-store",
        },
    )


def time_import_routes() -> list[Route]:
    return [
        Route(routes.DO_UPLOAD_TIMESHEET, guarded(upload), methods=["POST"]),
        Route("/files/time-import/{import_id:int}/bad-rows.csv", guarded(bad_rows), methods=["GET"]),
    ]
