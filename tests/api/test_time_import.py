from collections.abc import Callable, Iterator

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from finance_app import db
from finance_app.api.time_import import time_import_routes
from finance_app.models.kinds import Role
from finance_app.services import files
from finance_app.services.accounts import identity as accounts
from finance_app.settings import settings
from finance_app.states.session import SESSION_COOKIE

SHEET = b"Project,Person,Date,Hours\nOne,Ann,2025-03-14,1.5\nOne,Ann,2025-03-15,0\n"
UPLOAD = "/files/time-import"


@pytest.fixture
def visit(
    new_sqlite: Callable[[], str], monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[..., TestClient]]:
    """A browser that is logged in with a role, or not at all."""
    engine = db.engine_for(new_sqlite())
    monkeypatch.setattr(db, "engine", lambda: engine)

    def make(role: Role | None) -> TestClient:
        origin = settings().address
        web = TestClient(Starlette(routes=time_import_routes()), base_url=origin, headers={"origin": origin})
        if role:
            with db.transaction() as session:
                user = accounts.create_user(
                    session, name="A", email=f"{role}@example.com", password=None, role=role
                )
                web.cookies.set(SESSION_COOKIE, accounts.open_session(session, user))
        return web

    yield make
    engine.dispose()


def left_over() -> list[str]:
    return [file.name for file in files.folder().glob("incoming.*")]


def test_upload_starts_a_draft_and_its_bad_rows_download(visit):
    web = visit(Role.OWNER)
    answer = web.post(UPLOAD, content=SHEET, headers={"X-File-Name": "juin%20%C3%A9t%C3%A9.csv"})
    assert answer.status_code == 201
    rows = web.get(f"{UPLOAD}/{answer.json()['id']}/bad-rows.csv")
    assert rows.status_code == 200
    assert "juin%20%C3%A9t%C3%A9-bad-rows.csv" in rows.headers["content-disposition"]
    assert "The hours are zero." in rows.text
    assert web.get(f"{UPLOAD}/999/bad-rows.csv").status_code == 404


def test_strangers_members_and_other_sites_are_refused(visit):
    assert visit(None).post(UPLOAD, content=SHEET).status_code == 401
    assert visit(Role.MEMBER).post(UPLOAD, content=SHEET).status_code == 403
    other = visit(Role.OWNER).post(UPLOAD, content=SHEET, headers={"origin": "https://evil.example"})
    assert other.status_code == 403


@pytest.mark.parametrize(("content", "told"), [(b"", "empty"), (b"%PDF-1.7", "PDF"), (b"\x89PNG", "image")])
def test_what_is_no_time_sheet_is_refused_in_words(visit, content, told):
    answer = visit(Role.OWNER).post(UPLOAD, content=content)
    assert answer.status_code == 422
    assert told in answer.json()["message"]
    assert left_over() == []


def test_file_over_the_limit_is_refused_also_when_it_lies_about_its_size(visit, monkeypatch):
    monkeypatch.setattr("finance_app.services.time_import.drafts.file_limit", lambda: 10)
    web = visit(Role.OWNER)
    assert web.post(UPLOAD, content=SHEET).status_code == 413
    assert web.post(UPLOAD, content=iter([SHEET[:5], SHEET[5:]])).status_code == 413
    assert left_over() == []
