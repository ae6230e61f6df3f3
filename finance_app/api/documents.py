"""Documents for people of the firm: PDF, print, preview, and several as one archive.

GET /documents/{kind}/{id}.pdf           shown; `?save` downloads it, `?receipts` adds those of its expenses
GET /documents/{kind}/{id}/preview       the page as the client will see it
GET /documents/{kind}/{id}/print         the PDF with the print dialog
GET /documents/{kind}.zip?ids=1,2,3      several PDF in one archive

`kind` is that of `documents.data.Kind`.
"""

import io
import zipfile

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from finance_app import db, routes
from finance_app.api import document_page, estimate_page, html
from finance_app.api.public_documents import logo_response
from finance_app.api.requests import Refused, guarded, locale_of, require
from finance_app.documents.data import Document, Kind
from finance_app.documents.invoice_pdf import render_pdf
from finance_app.documents.wording import full_title
from finance_app.domain.errors import NotFound
from finance_app.domain.permissions import Permission
from finance_app.i18n import t
from finance_app.models.columns import now
from finance_app.services.document_data import document_of, portal_today
from finance_app.services.estimating import showing
from finance_app.services.expenses import receipts

MOST = 200
PRIVATE = {"Cache-Control": "private, no-store"}


async def _document(request: Request) -> Document:
    """Raises Refused with 401, 403 or 404."""
    actor = await require(request, Permission.INVOICES_VIEW)
    kind, object_id = request.path_params["kind"], request.path_params["id"]

    def read() -> Document:
        with db.reading() as session:
            return document_of(session, kind, object_id)

    try:
        return await run_in_threadpool(read)
    except NotFound:
        locale = locale_of(request, actor)
        raise Refused(JSONResponse({"message": t(locale, "common.error.not_found")}, 404)) from None


async def show_pdf(request: Request) -> Response:
    document = await _document(request)
    content = await run_in_threadpool(render_pdf, document)
    if "receipts" in request.query_params and request.path_params["kind"] == "invoice":
        actor = await require(request, Permission.INVOICES_VIEW)

        def with_receipts() -> bytes:
            with db.reading() as session:
                found = receipts.of_invoice(session, actor, request.path_params["id"])
            return receipts.behind(content, found)

        content = await run_in_threadpool(with_receipts)
    return html.pdf(content, f"{full_title(document)}.pdf", attachment="save" in request.query_params)


async def _preview_estimate(request: Request) -> Response:
    """The page of an estimate, without what answers it."""
    document = await _document(request)

    def look() -> showing.Offer:
        with db.reading() as session:
            return showing.offer(session, request.path_params["id"])

    path = request.url.path.removesuffix("/preview")
    words = estimate_page.words(
        await run_in_threadpool(look), logo=f"{path}/logo" if document.company.logo else ""
    )
    return html.page(request, "estimate.html", words, policy=document_page.PREVIEW_POLICY)


async def preview(request: Request) -> Response:
    if request.path_params["kind"] == Kind.ESTIMATE:
        return await _preview_estimate(request)
    document = await _document(request)

    def today():
        with db.reading() as session:
            return portal_today(session, now())

    path = request.url.path.removesuffix("/preview")
    words = document_page.words(
        document, await run_in_threadpool(today), logo=f"{path}/logo" if document.company.logo else ""
    )
    return await run_in_threadpool(
        html.page, request, "document.html", words, policy=document_page.PREVIEW_POLICY
    )


async def logo(request: Request) -> Response:
    return logo_response((await _document(request)).company.logo, PRIVATE)


async def print_page(request: Request) -> Response:
    document = await _document(request)
    path = routes.document_pdf(request.path_params["kind"], request.path_params["id"])
    words = {"locale": document.locale, "title": full_title(document), "pdf": path}
    policy = (
        "default-src 'none'; style-src 'self' {nonce}; script-src 'self'; frame-src 'self'; base-uri 'none'"
    )
    return html.page(request, "print.html", words, policy=policy)


async def archive(request: Request) -> Response:
    actor = await require(request, Permission.INVOICES_VIEW)
    locale = locale_of(request, actor)
    kind = request.path_params["kind"]
    ids = [part for part in request.query_params.get("ids", "").split(",") if part]
    if not ids or len(ids) > MOST or not all(part.isascii() and part.isdigit() for part in ids):
        return JSONResponse({"message": t(locale, "delivery.error.choose_documents", n=MOST)}, 400)

    def make() -> bytes:
        file = io.BytesIO()
        with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as found:
            for object_id in dict.fromkeys(int(part) for part in ids):
                with db.reading() as session:
                    document = document_of(session, kind, object_id)
                name = full_title(document) + ("" if document.number else f" {object_id}")
                found.writestr(f"{name.replace('/', '-')}.pdf", render_pdf(document))
        return file.getvalue()

    try:
        content = await run_in_threadpool(make)
    except NotFound:
        return JSONResponse({"message": t(locale, "common.error.not_found")}, 404)
    name = t(locale, f"delivery.archive.{kind}")
    return Response(
        content,
        media_type="application/zip",
        headers={**PRIVATE, "Content-Disposition": html.disposition("attachment", f"{name}.zip")},
    )


def document_routes() -> list[Route]:
    return [
        Route("/documents/{kind}.zip", guarded(archive), methods=["GET"]),
        Route("/documents/{kind}/{id:int}.pdf", guarded(show_pdf), methods=["GET"]),
        Route("/documents/{kind}/{id:int}/preview", guarded(preview), methods=["GET"]),
        Route("/documents/{kind}/{id:int}/logo", guarded(logo), methods=["GET"]),
        Route("/documents/{kind}/{id:int}/print", guarded(print_page), methods=["GET"]),
    ]
