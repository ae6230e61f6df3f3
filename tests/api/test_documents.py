"""Documents by HTTP: for the firm by its rights, for the client by a secret link."""

import io
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from pypdf import PdfReader
from sqlalchemy import Engine
from sqlmodel import select
from starlette.applications import Starlette
from starlette.testclient import TestClient

from finance_app import db
from finance_app.api import limits, mailbox, public_documents
from finance_app.api.documents import document_routes
from finance_app.api.public_documents import public_document_routes
from finance_app.documents.email_text import EmailKind
from finance_app.jobs import worker
from finance_app.models import Invoice, Mail, OutboxMessage, PublicLink, UserSession
from finance_app.models.kinds import Role
from finance_app.services.accounts import identity as accounts
from finance_app.services.delivery import links as public_links
from finance_app.services.delivery import sending as delivery
from finance_app.settings import settings
from finance_app.states.session import SESSION_COOKIE
from tests.harness.invoices import draft, issued, office

SMALL = 30_000


@dataclass
class Firm:
    """An issued invoice with its link, a draft, and the log-ins of an owner and a team member."""

    issued_id: int
    draft_id: int
    number: str
    link_id: int
    token: str
    owner: dict[str, str]
    member: dict[str, str]


@pytest.fixture
def database(new_sqlite, monkeypatch: pytest.MonkeyPatch) -> Iterator[Engine]:
    engine = db.engine_for(new_sqlite())
    monkeypatch.setattr(db, "engine", lambda: engine)
    limits.forget()
    yield engine
    engine.dispose()
    limits.forget()


@pytest.fixture
def firm(database: Engine) -> Firm:
    with db.transaction() as session:
        tokens = {}
        for role in (Role.OWNER, Role.MEMBER):
            user = accounts.create_user(
                session, name=str(role), email=f"{role}@x.example", password="correct horse", role=role
            )
            tokens[role] = accounts.open_session(session, user)
        actor = accounts.actor_of(session, tokens[Role.OWNER])
        assert actor is not None
        place = office(session)
        done = issued(session, actor, place)
        link = public_links.ensure_link(session, actor, "invoice", done.id or 0)
        open_one = draft(session, actor, place)
        return Firm(
            issued_id=done.id or 0,
            draft_id=open_one.id or 0,
            number=done.number or "",
            link_id=link.id or 0,
            token=public_links.token_of(link),
            owner={"cookie": f"{SESSION_COOKIE}={tokens[Role.OWNER]}"},
            member={"cookie": f"{SESSION_COOKIE}={tokens[Role.MEMBER]}"},
        )


@pytest.fixture
def web(database: Engine) -> TestClient:
    routes = [*document_routes(), *public_document_routes()]
    return TestClient(Starlette(routes=routes), base_url=settings().address, follow_redirects=False)


def viewed(firm: Firm) -> bool:
    with db.reading() as session:
        return session.get_one(Invoice, firm.issued_id).viewed_at is not None


def paths(firm: Firm) -> list[str]:
    return [
        f"/documents/invoice/{firm.issued_id}.pdf",
        f"/documents/invoice/{firm.issued_id}/preview",
        f"/documents/invoice/{firm.issued_id}/print",
        f"/documents/invoice/{firm.issued_id}/logo",
        f"/documents/invoice.zip?ids={firm.issued_id}",
    ]


def test_documents_ask_who_it_is(web, firm):
    for path in paths(firm):
        assert web.get(path).status_code == 401, path
        assert web.get(path, headers=firm.member).status_code == 403, path


def test_what_does_not_exist_is_not_found(web, firm):
    for path in (
        "/documents/invoice/999.pdf",
        "/documents/timesheet/1.pdf",
        "/documents/credit_note/1/preview",
        "/documents/invoice.zip?ids=1,999",
    ):
        assert web.get(path, headers=firm.owner).status_code == 404, path
    for ids in ("", "x", "1;2", ",".join("1" * 201)):
        assert web.get(f"/documents/invoice.zip?ids={ids}", headers=firm.owner).status_code == 400


def test_a_pdf_is_shown_or_saved_and_never_kept(web, firm):
    path = f"/documents/invoice/{firm.issued_id}.pdf"
    shown, saved = (web.get(each, headers=firm.owner) for each in (path, f"{path}?save=1"))
    assert shown.content.startswith(b"%PDF")
    assert shown.headers["content-disposition"].startswith(f'inline; filename="Invoice {firm.number}.pdf"')
    assert saved.headers["content-disposition"].startswith("attachment;")
    assert shown.headers["cache-control"] == "private, no-store"
    drawn = web.get(f"/documents/invoice/{firm.draft_id}.pdf", headers=firm.owner)
    assert "Draft" in drawn.headers["content-disposition"]


def test_several_documents_are_one_archive(web, firm):
    answer = web.get(f"/documents/invoice.zip?ids={firm.issued_id},{firm.draft_id}", headers=firm.owner)
    with zipfile.ZipFile(io.BytesIO(answer.content)) as found:
        assert found.namelist() == [f"Invoice {firm.number}.pdf", f"Invoice Draft {firm.draft_id}.pdf"]
        assert firm.number in PdfReader(io.BytesIO(found.read(found.namelist()[0]))).pages[0].extract_text()


def test_the_preview_is_the_page_of_the_client_and_marks_nothing(web, firm):
    answer = web.get(f"/documents/invoice/{firm.issued_id}/preview", headers=firm.owner)
    assert firm.number in answer.text
    assert "<script" not in answer.text
    assert "<form" not in answer.text
    assert "frame-ancestors 'self'" in answer.headers["content-security-policy"]
    assert not viewed(firm)
    open_one = web.get(f"/documents/invoice/{firm.draft_id}/preview", headers=firm.owner).text
    assert "Draft" in open_one
    assert "INV-" not in open_one


def test_print_opens_the_pdf_in_a_frame(web, firm):
    answer = web.get(f"/documents/invoice/{firm.issued_id}/print", headers=firm.owner)
    assert f'src="/documents/invoice/{firm.issued_id}.pdf"' in answer.text


def test_the_client_reads_the_invoice_without_an_account(web, firm):
    answer = web.get(f"/i/{firm.token}")
    assert answer.status_code == 200
    text = answer.text
    for part in (firm.number, "Ardent", "Task 0", "FR76 3000 6000 0112 3456 7890 189", 'lang="en"'):
        assert part in text
    assert len(answer.content) < SMALL
    assert "set-cookie" not in answer.headers
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert "noindex" in answer.headers["x-robots-tag"]
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert not re.search(r"\s(style|onclick|onload)=", text), "nothing inline that the policy forbids"


def test_the_whole_page_is_small(web, firm):
    from finance_app.settings import ROOT

    files = sum(
        (ROOT / "assets" / name).stat().st_size for name in ("tokens.css", "document.css", "document.js")
    )
    assert len(web.get(f"/i/{firm.token}").content) + files < SMALL


def test_scanners_and_previews_do_not_mark_it_viewed(web, firm):
    assert web.head(f"/i/{firm.token}").status_code == 200
    for agent in ("Slackbot-LinkExpanding 1.0", "Mozilla/5.0", ""):
        web.get(f"/i/{firm.token}", headers={"user-agent": agent})
        web.get(f"/i/{firm.token}/document.pdf", headers={"user-agent": agent})
    assert web.get(f"/i/{firm.token}/seen").status_code == 405
    assert web.get(f"/i/{firm.token}/pdf").status_code == 405
    assert not viewed(firm)


@pytest.mark.parametrize("way", ["seen", "pdf"])
def test_a_person_marks_it_viewed_and_is_told_on_open_pages(web, firm, way, monkeypatch):
    told: list[str] = []

    async def publish(topic: str) -> None:
        told.append(topic)

    monkeypatch.setattr(public_documents.live, "publish", publish)
    for _ in range(2):
        answer = web.post(f"/i/{firm.token}/{way}")
        assert answer.status_code == {"seen": 204, "pdf": 303}[way]
        assert "set-cookie" not in answer.headers
    assert viewed(firm)
    assert told == ["invoices"]
    if way == "pdf":
        pdf = web.get(answer.headers["location"])
        assert pdf.content.startswith(b"%PDF")
        assert pdf.headers["cache-control"] == "no-store"


def test_somebody_of_the_firm_does_not_mark_it_viewed(web, firm):
    assert web.post(f"/i/{firm.token}/seen", headers=firm.owner).status_code == 204
    assert web.post(f"/i/{firm.token}/pdf", headers=firm.member).status_code == 303
    assert not viewed(firm)


def test_a_wrong_link_and_a_closed_one_look_the_same(web, firm):
    with db.transaction() as session:
        actor = accounts.actor_of(session, firm.owner["cookie"].partition("=")[2])
        public_links.revoke_links(session, actor, "invoice", firm.issued_id)
    closed = web.get(f"/i/{firm.token}")
    wrong = web.get(f"/i/{'A' * 43}")
    assert (closed.status_code, wrong.status_code) == (404, 404)
    assert closed.text == wrong.text
    drop = {"date", "content-security-policy", "content-length"}
    assert {k: v for k, v in closed.headers.items() if k not in drop} == {
        k: v for k, v in wrong.headers.items() if k not in drop
    }
    for path in ("document.pdf", "logo"):
        assert web.get(f"/i/{firm.token}/{path}").status_code == 404
    for path in ("seen", "pdf"):
        assert web.post(f"/i/{firm.token}/{path}").status_code == 404
    assert not viewed(firm)


def test_one_address_cannot_try_links_for_ever(web, firm, monkeypatch):
    monkeypatch.setattr(public_documents, "PER_ADDRESS", public_documents.RateLimitItemPerMinute(3, 1))
    assert [web.get(f"/i/wrong{n}").status_code for n in range(4)] == [404, 404, 404, 429]
    refused = web.get(f"/i/{firm.token}", headers={"accept-language": "fr"})
    assert refused.status_code == 429
    assert "Trop de demandes" in refused.text


def test_texts_of_others_are_no_markup(web, firm):
    with db.transaction() as session:
        invoice = session.get_one(Invoice, firm.issued_id)
        invoice.title = invoice.notes = "<script>alert(1)</script>"
        invoice.customer = {**invoice.customer, "name": '"><img src=x>'}
    text = web.get(f"/i/{firm.token}").text
    assert "<script>alert" not in text
    assert "<img" not in text


def test_a_long_invoice_stays_usable(web, database, firm):
    with db.transaction() as session:
        actor = accounts.actor_of(session, firm.owner["cookie"].partition("=")[2])
        place = office(session, tasks=1296)
        long = issued(session, actor, place)
        token = public_links.token_of(public_links.ensure_link(session, actor, "invoice", long.id or 0))
    answer = web.get(f"/i/{token}", headers={"accept-encoding": "gzip"})
    assert answer.headers["content-encoding"] == "gzip"
    assert answer.text.count("<tr>") == 1297
    assert int(answer.headers["content-length"]) < 60_000


@pytest.fixture
def demo(web: TestClient, firm: Firm, monkeypatch: pytest.MonkeyPatch) -> TestClient:
    """The demo's server after an e-mail was sent."""
    changed = settings().model_copy(update={"demo": True})
    for module in (worker, mailbox):
        monkeypatch.setattr(module, "settings", lambda: changed)
    with db.transaction() as session:
        actor: Any = accounts.actor_of(session, firm.owner["cookie"].partition("=")[2])
        found = delivery.draft(session, actor, EmailKind.INVOICE, firm.issued_id)
        version = session.get_one(Invoice, firm.issued_id).version
        delivery.send(session, actor, firm.issued_id, version, found.to, "", found.subject, found.body, "k")
    assert worker.work_once(lambda _message: None, db.engine())
    return TestClient(Starlette(routes=mailbox.mailbox_routes()), base_url=settings().address)


def test_the_mailbox_of_the_demo_shows_what_was_sent(demo, firm):
    with db.reading() as session:
        mail_id = session.exec(select(Mail.id)).one()
    listed = demo.get("/demo/mailbox", headers=firm.owner).text
    assert firm.number in listed
    assert "ann@ardent.example" in listed
    body = demo.get(f"/demo/mailbox/{mail_id}/body", headers=firm.owner)
    assert f"/i/{firm.token}" in body.text, "the link works from the mailbox"
    assert "sandbox" in body.headers["content-security-policy"]
    shown = demo.get(f"/demo/mailbox/{mail_id}", headers=firm.owner)
    assert f"Invoice {firm.number}.pdf" in shown.text
    pdf = demo.get(f"/demo/mailbox/{mail_id}/attachment", headers=firm.owner)
    assert pdf.content.startswith(b"%PDF")
    assert pdf.headers["content-type"] == "application/pdf"
    for at in ("1", "-1", "x"):
        assert demo.get(f"/demo/mailbox/{mail_id}/attachment?at={at}", headers=firm.owner).status_code == 404
    for path in ("", f"/{mail_id}", f"/{mail_id}/body", f"/{mail_id}/attachment"):
        assert demo.get(f"/demo/mailbox{path}").status_code == 401
        assert demo.get(f"/demo/mailbox{path}", headers=firm.member).status_code == 403
    assert demo.get("/demo/mailbox/999", headers=firm.owner).status_code == 404


def test_there_is_no_mailbox_outside_the_demo():
    assert mailbox.mailbox_routes() == []


def test_no_token_is_kept(demo, firm):
    with db.reading() as session:
        for table in (Mail, OutboxMessage, PublicLink, Invoice, UserSession):
            for row in session.exec(select(table)).all():
                assert firm.token not in str(row.model_dump())
