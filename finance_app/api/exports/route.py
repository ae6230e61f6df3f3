"""Lists as files: CSV, XLSX and PDF of all rows that the page's search and filters find, in its order.

An export is an entry of EXPORTS; the page offers it by `*export_items("clients")`.
"""

from dataclasses import replace
from datetime import date

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from finance_app import db
from finance_app.api.exports.audit import AUDIT
from finance_app.api.exports.documents import DOCUMENTS
from finance_app.api.exports.expenses import EXPENSES
from finance_app.api.exports.files import Export, as_csv, as_pdf, as_xlsx, in_words
from finance_app.api.exports.filters import filters_in_words
from finance_app.api.exports.people import PEOPLE
from finance_app.api.exports.profitability import PROFITABILITY
from finance_app.api.exports.projects import PROJECTS
from finance_app.api.exports.reports import REPORTS
from finance_app.api.exports.zoho import ZOHO
from finance_app.api.requests import guarded, locale_of, require
from finance_app.domain.errors import DomainError
from finance_app.i18n import formats, t
from finance_app.services.portal import portal_of

MOST_ROWS_OF_PDF = 5000
KINDS = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "pdf": "application/pdf",
}

EXPORTS: dict[str, Export] = {
    **REPORTS,
    **PROFITABILITY,
    **PROJECTS,
    **DOCUMENTS,
    **EXPENSES,
    **PEOPLE,
    **ZOHO,
    "audit": AUDIT,
}


async def export(request: Request) -> Response:
    wanted = EXPORTS.get(request.path_params["name"])
    kind = request.path_params["kind"]
    if wanted is None or kind not in KINDS:
        return JSONResponse({"message": "unknown export"}, 404)
    actor = await require(request, wanted.permission)
    locale = locale_of(request, actor)
    actor = replace(actor, locale=locale)
    asked = wanted.asks.read(dict(request.query_params))
    query = replace(asked, page=1, size=MOST_ROWS_OF_PDF if kind == "pdf" else None)

    def make() -> bytes:
        with db.reading() as session:
            found = wanted.find(session, actor, query)
            context = filters_in_words(session, query, locale) if kind == "pdf" else ""
            company = portal_of(session).name
        columns = wanted.for_people if kind == "pdf" and wanted.for_people else wanted.columns
        head = [t(locale, key) for key, _ in columns]
        rows = [[in_words(value(row), locale) for _, value in columns] for row in found.rows]
        title = t(locale, wanted.title)
        if kind == "csv":
            return as_csv(head, rows, locale)
        if kind == "xlsx":
            return as_xlsx(title, head, rows)
        sums = wanted.totals(found) if wanted.totals else []
        totals = [[t(locale, "common.list.total"), *each[1:]] for each in sums]
        most = {"n": MOST_ROWS_OF_PDF, "all": formats.number(found.total, locale)}
        note = t(locale, "common.list.pdf_cut", **most) if found.total > len(rows) else ""
        return as_pdf(title, head, rows, locale, company=company, context=context, totals=totals, note=note)

    name = request.path_params["name"]
    try:
        content = await run_in_threadpool(make)
    except DomainError as fault:
        days = {
            name: formats.day(value, locale)
            for name, value in fault.params.items()
            if isinstance(value, date)
        }
        return JSONResponse({"message": t(locale, fault.code, **{**fault.params, **days})}, 422)
    return Response(
        content,
        media_type=KINDS[kind],
        headers={
            "Content-Disposition": f'attachment; filename="{name}.{kind}"',
            "Cache-Control": "private, no-store",
        },
    )


def export_routes() -> list[Route]:
    return [Route("/files/export/{name}.{kind}", guarded(export), methods=["GET"])]
