import io
from collections.abc import Callable, Iterator

import pytest
from PIL import Image
from sqlmodel import select
from starlette.applications import Starlette
from starlette.testclient import TestClient

from finance_app import db
from finance_app.api.receipts import receipt_routes
from finance_app.models import AuditEvent, ExpenseReceipt, StoredFile
from finance_app.models.kinds import Role
from finance_app.services import files
from finance_app.services.accounts import identity as accounts
from finance_app.services.expenses import receipts, saving
from finance_app.settings import settings
from finance_app.states.session import SESSION_COOKIE
from tests.documents.test_receipt import pdf, picture

UPLOAD = "/files/receipts"


@pytest.fixture
def visit(
    new_sqlite: Callable[[], str], monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[..., TestClient]]:
    """A browser that is logged in as somebody of a role, or not at all."""
    engine = db.engine_for(new_sqlite())
    monkeypatch.setattr(db, "engine", lambda: engine)

    def make(role: Role | None, name: str = "a") -> TestClient:
        origin = settings().address
        web = TestClient(Starlette(routes=receipt_routes()), base_url=origin, headers={"origin": origin})
        if role:
            with db.transaction() as session:
                user = accounts.create_user(
                    session, name=name, email=f"{name}@example.com", password=None, role=role
                )
                token = accounts.open_session(session, user)
                web.cookies.set(SESSION_COOKIE, token)
                web.actor = accounts.actor_of(session, token)
        return web

    yield make
    engine.dispose()


def send(web: TestClient, content: bytes, name: str = "r.jpg", query: str = ""):
    return web.post(f"{UPLOAD}{query}", content=content, headers={"X-File-Name": name})


def an_expense(web: TestClient, **more) -> int:
    with db.transaction() as session:
        given = {"day": "2026-03-14", "amount_0": "12", "own_money": "on"}
        return saving.create(session, web.actor, given, "en", **more).id or 0


def test_a_receipt_waits_for_its_expense_and_goes_with_it(visit):
    web = visit(Role.MEMBER)
    answer = send(web, picture("JPEG"), "caf%C3%A9.HEIC")
    assert answer.status_code == 201
    number = answer.json()["id"]
    shown = web.get(f"{UPLOAD}/{number}/1")
    assert shown.headers["content-type"] == "image/jpeg"
    assert "sandbox" in shown.headers["content-security-policy"]
    assert "caf%C3%A9.jpg" in web.get(f"{UPLOAD}/{number}?save").headers["content-disposition"]
    expense_id = an_expense(web, receipt_ids=[number])
    with db.reading() as session:
        assert session.get_one(ExpenseReceipt, number).expense_id == expense_id
        assert receipts.waiting(session, web.actor) == []


def test_a_pdf_is_kept_as_it_is_with_pictures_of_its_pages(visit):
    web = visit(Role.MEMBER)
    content = pdf()
    number = send(web, content, "photo.jpg").json()["id"]
    assert web.get(f"{UPLOAD}/{number}").content == content
    assert Image.open(io.BytesIO(web.get(f"{UPLOAD}/{number}/2").content)).format == "JPEG"
    assert web.get(f"{UPLOAD}/{number}/3").status_code == 404


def test_only_those_who_may_see_the_expense_see_its_receipt(visit):
    web, other, manager = visit(Role.MEMBER), visit(Role.MEMBER, "b"), visit(Role.MANAGER, "c")
    waiting = send(web, picture("PNG")).json()["id"]
    attached = send(web, picture("PNG"), query=f"?expense={an_expense(web)}").json()["id"]
    for number in (waiting, attached):
        assert other.get(f"{UPLOAD}/{number}").status_code == 404
        assert visit(None).get(f"{UPLOAD}/{number}").status_code == 401
    assert manager.get(f"{UPLOAD}/{waiting}").status_code == 404
    assert manager.get(f"{UPLOAD}/{attached}").status_code == 200
    assert send(other, picture("PNG"), query=f"?expense={an_expense(web)}").status_code == 404


def test_a_receipt_is_replaced_in_one_step(visit):
    web = visit(Role.MEMBER)
    expense_id = an_expense(web)
    first = send(web, picture("JPEG"), query=f"?expense={expense_id}").json()["id"]
    second = send(web, picture("PNG"), query=f"?expense={expense_id}&replaces={first}").json()["id"]
    assert web.get(f"{UPLOAD}/{first}").status_code == 404
    with db.reading() as session:
        assert [row.id for row, _ in receipts.of_expense(session, expense_id)] == [second]
        events = session.exec(select(AuditEvent.action).where(AuditEvent.object_kind == "expense")).all()
    assert events.count("receipt_added") == 2
    assert events.count("receipt_removed") == 1


def test_a_removed_receipt_comes_back(visit):
    web = visit(Role.MEMBER)
    number = send(web, picture("JPEG"), query=f"?expense={an_expense(web)}").json()["id"]
    with db.transaction() as session:
        receipts.remove(session, web.actor, number)
    assert web.get(f"{UPLOAD}/{number}").status_code == 404
    with db.transaction() as session:
        receipts.bring_back(session, web.actor, number)
    assert web.get(f"{UPLOAD}/{number}").status_code == 200


@pytest.mark.parametrize(("content", "told"), [(b"", "0 bytes"), (b"<svg>", "SVG"), (b"PK\x03\x04", "ZIP")])
def test_what_is_no_receipt_is_refused_in_words_and_leaves_nothing(visit, content, told):
    web = visit(Role.MEMBER)
    answer = send(web, content)
    assert answer.status_code == 422
    assert told in answer.json()["message"]
    assert not list(files.folder().glob("incoming.*"))
    with db.reading() as session:
        assert session.exec(select(StoredFile)).all() == []


def test_more_than_ten_megabytes_are_refused_also_where_the_size_is_not_told(visit, monkeypatch):
    monkeypatch.setattr(receipts, "LIMIT", 1000)
    web = visit(Role.MEMBER)
    assert send(web, b"x" * 1001).status_code == 413
    assert web.post(UPLOAD, content=iter([b"x" * 900, b"x" * 900])).status_code == 413


def test_strangers_and_other_sites_are_refused(visit):
    assert send(visit(None), picture("PNG")).status_code == 401
    other = visit(Role.MEMBER).post(
        UPLOAD, content=picture("PNG"), headers={"origin": "https://evil.example"}
    )
    assert other.status_code == 403
