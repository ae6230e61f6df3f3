"""The mailbox of the demo: the e-mails that the application "sent", as plain pages.

GET /demo/mailbox                  the list
GET /demo/mailbox/{id}             one e-mail
GET /demo/mailbox/{id}/body        its HTML, to be framed
GET /demo/mailbox/{id}/attachment  what it carries: the PDF, or at ?at=1 what is behind it
"""

from zoneinfo import ZoneInfo

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from finance_app import db, routes
from finance_app.api import html
from finance_app.api.requests import guarded, locale_of, require
from finance_app.domain.errors import NotFound
from finance_app.domain.permissions import Permission
from finance_app.i18n.formats import moment
from finance_app.services.delivery import mailbox
from finance_app.settings import settings

POLICY = (
    "default-src 'none'; style-src 'self' {nonce}; font-src 'self'; img-src 'self' data:; frame-src 'self'; "
    "form-action 'none'; frame-ancestors 'none'; base-uri 'none'"
)
BODY_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'self'; "
    "sandbox allow-popups allow-popups-to-escape-sandbox"
)


async def show_all(request: Request) -> Response:
    actor = await require(request, Permission.MAIL_VIEW)
    locale = locale_of(request, actor)

    def read():
        with db.reading() as session:
            return mailbox.newest(session, actor)

    mails, count = await run_in_threadpool(read)
    words = {
        "locale": locale,
        "home": routes.OVERVIEW,
        "count": count,
        "mails": [
            {
                "href": routes.demo_mail(mail.id or 0),
                "to": ", ".join(mail.to),
                "subject": mail.subject,
                "when": moment(mail.sent_at, locale, ZoneInfo(actor.time_zone), "short"),
                "attached": bool(mail.attachments),
            }
            for mail in mails
        ],
    }
    return html.page(request, "mailbox.html", words, policy=POLICY)


async def show_one(request: Request) -> Response:
    actor = await require(request, Permission.MAIL_VIEW)
    locale = locale_of(request, actor)
    shown = await _shown(request, actor)
    if shown is None:
        return Response(status_code=404)
    mail = shown.mail
    words = {
        "locale": locale,
        "back": routes.DEMO_MAILBOX,
        "mail": mail,
        "to": ", ".join(mail.to),
        "cc": ", ".join(mail.cc),
        "when": moment(mail.sent_at, locale, ZoneInfo(actor.time_zone), "medium"),
        "body": f"{routes.demo_mail(mail.id or 0)}/body" if shown.html else "",
        "text": shown.text,
        "attachments": [
            {"name": each["name"], "href": f"{routes.demo_mail(mail.id or 0)}/attachment?at={at}"}
            for at, each in enumerate(mail.attachments)
        ],
    }
    return html.page(request, "mail.html", words, policy=POLICY)


async def body(request: Request) -> Response:
    actor = await require(request, Permission.MAIL_VIEW)
    shown = await _shown(request, actor)
    if shown is None:
        return Response(status_code=404)
    headers = {"Content-Security-Policy": BODY_POLICY, "X-Frame-Options": "SAMEORIGIN"}
    content = shown.html.replace("<head>", '<head><base target="_blank">', 1)
    return HTMLResponse(content, headers={**headers, "Cache-Control": "private, no-store"})


async def attachment(request: Request) -> Response:
    actor = await require(request, Permission.MAIL_VIEW)

    asked = request.query_params.get("at", "0")
    at = int(asked) if asked.isascii() and asked.isdigit() and len(asked) < 5 else -1

    def read():
        with db.reading() as session:
            return mailbox.attached(session, actor, request.path_params["id"], at)

    try:
        found = await run_in_threadpool(read)
    except NotFound:
        return Response(status_code=404)
    return html.pdf(found.content, found.name, headers={"Content-Type": found.media_type})


async def _shown(request: Request, actor) -> mailbox.ShownMail | None:
    def read() -> mailbox.ShownMail:
        with db.reading() as session:
            return mailbox.shown(session, actor, request.path_params["id"])

    try:
        return await run_in_threadpool(read)
    except NotFound:
        return None


def mailbox_routes() -> list[Route]:
    """Only the demo has them."""
    if not settings().demo:
        return []
    return [
        Route(routes.DEMO_MAILBOX, guarded(show_all), methods=["GET"]),
        Route(f"{routes.DEMO_MAILBOX}/{{id:int}}", guarded(show_one), methods=["GET"]),
        Route(f"{routes.DEMO_MAILBOX}/{{id:int}}/body", guarded(body), methods=["GET"]),
        Route(f"{routes.DEMO_MAILBOX}/{{id:int}}/attachment", guarded(attachment), methods=["GET"]),
    ]
