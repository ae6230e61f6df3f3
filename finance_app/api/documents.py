"""Documents for people of the firm: PDF, print, preview, and several as one archive.

GET /documents/{kind}/{id}.pdf           shown; `?save` downloads it, `?receipts` adds those of its expenses
GET /documents/{kind}/{id}/preview       the page as the client will see it
GET /documents/{kind}/{id}/print         the PDF with the print dialog
GET /documents/{kind}.zip?ids=1,2,3      several PDF in one archive
GET /documents/{kind}.pdf?ids=1,2,3      several documents in one PDF
GET /documents/{kind}/print?ids=1,2,3    that PDF with the print dialog

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
from finance_app.documents.invoice_pdf import render_pdf, render_pdfs
from finance_app.documents.wording import full_title
from finance_app.domain.errors import NotFound
from finance_app.domain.permissions import Permission
from finance_app.i18n import t
from finance_app.services.accounts.identity import Actor
from finance_app.services.delivery.document_data import document_of
from finance_app.services.document_rights import check_readable
from finance_app.services.estimating import showing
from finance_app.services.expenses import receipts
from finance_app.services.portal import today

MOST = 200
PRIVATE = {"Cache-Control": "private, no-store"}


async def _document(request: Request) -> Document:
    """Raises Refused with 401, 403 or 404."""
    actor = await require(request, Permission.INVOICES_VIEW)
    kind, object_id = request.path_params["kind"], request.path_params["id"]

    def read() -> Document:
        with db.reading() as session:
            check_readable(session, actor, kind, object_id)
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

    def present_day():
        with db.reading() as session:
            return today(session)

    path = request.url.path.removesuffix("/preview")
    words = document_page.words(
        document, await run_in_threadpool(present_day), logo=f"{path}/logo" if document.company.logo else ""
    )
    return await run_in_threadpool(
        html.page, request, "document.html", words, policy=document_page.PREVIEW_POLICY
    )


async def logo(request: Request) -> Response:
    return logo_response((await _document(request)).company.logo, PRIVATE)


async def print_page(request: Request) -> Response:
    document = await _document(request)
    path = routes.document_pdf(request.path_params["kind"], request.path_params["id"])
    return _printed(request, document.locale, full_title(document), path)


async def print_many(request: Request) -> Response:
    actor = await require(request, Permission.INVOICES_VIEW)
    locale, ids, kind = locale_of(request, actor), _asked(request, actor), request.path_params["kind"]
    path = routes.with_query(routes.document_pdf_many(kind), {"ids": ",".join(map(str, ids))})
    return _printed(request, locale, t(locale, f"delivery.archive.{kind}"), path)


def _printed(request: Request, locale: str, title: str, path: str) -> Response:
    words = {"locale": locale, "title": title, "pdf": path}
    policy = (
        "default-src 'none'; style-src 'self' {nonce}; script-src 'self'; frame-src 'self'; base-uri 'none'"
    )
    return html.page(request, "print.html", words, policy=policy)


def _asked(request: Request, actor: Actor) -> list[int]:
    """The documents of the address, each once. Raises Refused with 400 for none or too many."""
    ids = [part for part in request.query_params.get("ids", "").split(",") if part]
    usable = all(part.isascii() and part.isdigit() and len(part) < 19 for part in ids)
    if not ids or len(ids) > MOST or not usable or request.path_params["kind"] not in set(Kind):
        message = t(locale_of(request, actor), "delivery.error.choose_documents", n=MOST)
        raise Refused(JSONResponse({"message": message}, 400))
    return list(dict.fromkeys(int(part) for part in ids))


async def _documents(request: Request, actor: Actor) -> list[tuple[int, Document]]:
    """The documents of the address with their ids. Raises Refused with 400 or 404."""
    ids, kind = _asked(request, actor), request.path_params["kind"]

    def read() -> list[tuple[int, Document]]:
        with db.reading() as session:
            for object_id in ids:
                check_readable(session, actor, kind, object_id)
            return [(object_id, document_of(session, kind, object_id)) for object_id in ids]

    try:
        return await run_in_threadpool(read)
    except NotFound:
        message = t(locale_of(request, actor), "common.error.not_found")
        raise Refused(JSONResponse({"message": message}, 404)) from None


async def archive(request: Request) -> Response:
    actor = await require(request, Permission.INVOICES_VIEW)
    documents = await _documents(request, actor)

    def make() -> bytes:
        file = io.BytesIO()
        with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as found:
            for object_id, document in documents:
                name = full_title(document) + ("" if document.number else f" {object_id}")
                found.writestr(f"{name.replace('/', '-')}.pdf", render_pdf(document))
        return file.getvalue()

    name = t(locale_of(request, actor), f"delivery.archive.{request.path_params['kind']}")
    return Response(
        await run_in_threadpool(make),
        media_type="application/zip",
        headers={**PRIVATE, "Content-Disposition": html.disposition("attachment", f"{name}.zip")},
    )


async def pdf_of_many(request: Request) -> Response:
    actor = await require(request, Permission.INVOICES_VIEW)
    documents = await _documents(request, actor)
    name = t(locale_of(request, actor), f"delivery.archive.{request.path_params['kind']}")
    content = await run_in_threadpool(render_pdfs, [document for _, document in documents], name)
    return html.pdf(content, f"{name}.pdf", attachment="save" in request.query_params)


def document_routes() -> list[Route]:
    return [
        Route("/documents/{kind}.zip", guarded(archive), methods=["GET"]),
        Route("/documents/{kind}.pdf", guarded(pdf_of_many), methods=["GET"]),
        Route("/documents/{kind}/print", guarded(print_many), methods=["GET"]),
        Route("/documents/{kind}/{id:int}.pdf", guarded(show_pdf), methods=["GET"]),
        Route("/documents/{kind}/{id:int}/preview", guarded(preview), methods=["GET"]),
        Route("/documents/{kind}/{id:int}/logo", guarded(logo), methods=["GET"]),
        Route("/documents/{kind}/{id:int}/print", guarded(print_page), methods=["GET"]),
    ]
