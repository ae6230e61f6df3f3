"""The company's logo, for those who may change the settings.

POST /files/logo   the body is the image, X-File-Name its name
GET  /files/logo   the present one
"""

from urllib.parse import unquote

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from finance_app import db, routes
from finance_app.api.public_documents import logo_response
from finance_app.api.requests import guarded, locale_of, require, same_origin
from finance_app.domain.errors import DomainError
from finance_app.domain.permissions import Permission
from finance_app.i18n import t
from finance_app.services import files
from finance_app.services.settings import logos


async def upload(request: Request) -> Response:
    actor = await require(request, Permission.SETTINGS_EDIT)
    locale = locale_of(request, actor)
    if not same_origin(request):
        return JSONResponse({"message": t(locale, "common.error.not_allowed")}, 403)
    name = unquote(request.headers.get("x-file-name", ""))[:255]
    try:
        with await run_in_threadpool(files.Incoming, logos.LIMIT) as incoming:
            async for chunk in request.stream():
                await run_in_threadpool(incoming.write, chunk)

            def keep() -> int | None:
                media_type = logos.check(incoming.finish())
                sha256, size = incoming.keep(), incoming.size
                with db.transaction() as session:
                    return logos.put(session, actor, sha256, name=name, media_type=media_type, size=size).id

            return JSONResponse({"id": await run_in_threadpool(keep)}, 201)
    except DomainError as error:
        status = 413 if error.code == "file.error.too_large" else 422
        return JSONResponse({"message": t(locale, error.code, **error.params)}, status)


async def show(request: Request) -> Response:
    actor = await require(request, Permission.SETTINGS_EDIT)

    def read() -> bytes | None:
        with db.reading() as session:
            stored = logos.current(session, actor)
        path = files.path_of(stored.sha256) if stored else None
        return path.read_bytes() if path and path.is_file() else None

    content = await run_in_threadpool(read)
    return logo_response(content, {"Cache-Control": "private, no-store"})


def logo_routes() -> list[Route]:
    return [
        Route(routes.COMPANY_LOGO, guarded(upload), methods=["POST"]),
        Route(routes.COMPANY_LOGO, guarded(show), methods=["GET"]),
    ]
