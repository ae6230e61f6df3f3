"""The client's page of an estimate by HTTP: what it says, what it lets pass, and what it never does."""

import gzip
import io
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
from pypdf import PdfReader
from sqlalchemy import Engine
from sqlmodel import select
from starlette.applications import Starlette
from starlette.testclient import TestClient

from finance_app import db
from finance_app.api import limits, public_estimates
from finance_app.api.documents import document_routes
from finance_app.api.public_documents import public_document_routes
from finance_app.api.public_estimates import public_estimate_routes
from finance_app.models import Estimate, EstimateLine, PublicLink
from finance_app.models.kinds import Role
from finance_app.services.accounts import identity as accounts
from finance_app.services.accounts.identity import Actor
from finance_app.services.delivery import links as public_links
from finance_app.services.estimating import drafts, issuing
from finance_app.services.estimating.papers import ESTIMATE
from finance_app.services.invoicing import editing
from finance_app.services.invoicing.editing import AddLine, SetHead
from finance_app.settings import settings
from finance_app.states.session import SESSION_COOKIE
from tests.harness.estimates import sent
from tests.harness.invoices import office

SCRIPT = '<script>alert("x")</script><img src=x onerror=alert(1)>'
LIMIT = 30_000


@dataclass
class Offer:
    estimate_id: int
    option_id: int
    path: str
    owner: Actor
    cookie: dict[str, str]


@pytest.fixture
def database(new_sqlite, monkeypatch: pytest.MonkeyPatch) -> Iterator[Engine]:
    engine = db.engine_for(new_sqlite())
    monkeypatch.setattr(db, "engine", lambda: engine)
    limits.forget()
    yield engine
    engine.dispose()
    limits.forget()


@pytest.fixture
def web(database: Engine) -> TestClient:
    routes = [*document_routes(), *public_document_routes(), *public_estimate_routes()]
    return TestClient(Starlette(routes=routes), base_url=settings().address, follow_redirects=False)


@pytest.fixture
def offer(database: Engine) -> Offer:
    with db.transaction() as session:
        user = accounts.create_user(
            session, name="Olga", email="olga@x.example", password="correct horse", role=Role.OWNER
        )
        cookie = accounts.open_session(session, user)
        owner = accounts.actor_of(session, cookie)
        assert owner is not None
        made = sent(session, owner, office(session), deposit_percent="30", terms="Payment within 30 days.")
        link = public_links.ensure_link(session, owner, "estimate", made.id or 0)
        option = session.exec(select(EstimateLine.id).where(EstimateLine.optional)).one()
        return Offer(
            made.id or 0,
            option or 0,
            f"/e/{public_links.token_of(link)}",
            owner,
            {"cookie": f"{SESSION_COOKIE}={cookie}"},
        )


def estimate(offer: Offer) -> Estimate:
    with db.reading() as session:
        return session.get_one(Estimate, offer.estimate_id)


def fields(page: str) -> dict[str, str]:
    return {name: re.search(rf'name="{name}" value="([^"]*)"', page)[1] for name in ("seen", "choice")}  # type: ignore[index]


def answer(web: TestClient, offer: Offer, what: str = "accept", **given):
    page = web.get(offer.path).text
    return web.post(
        f"{offer.path}/{what}",
        data={**fields(page), "name": "Ann Lee", "agreed": "on", **given},
        headers={"user-agent": "Test browser"},
    )


def test_the_page_says_all_and_carries_the_headers(web, offer):
    shown = web.get(offer.path)
    assert shown.status_code == 200
    for text in (
        "New website",
        "Design",
        "Training",
        "€1,598.74",
        "Payment within 30 days.",
        "billing@rivoli",
    ):
        assert text in shown.text, text
    assert shown.headers["cache-control"] == "no-store"
    assert shown.headers["referrer-policy"] == "no-referrer"
    assert "noindex" in shown.headers["x-robots-tag"]
    assert "set-cookie" not in shown.headers
    policy = shown.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy


def test_nothing_but_a_post_marks_or_decides(web, offer):
    for path in ("", "/document.pdf", "/accept", "/decline", "/options"):
        web.get(offer.path + path)
        web.head(offer.path + path)
    made = estimate(offer)
    assert (made.viewed_at, made.accepted_at, made.declined_at) == (None, None, None)
    assert web.post(f"{offer.path}/seen").status_code == 204
    assert estimate(offer).viewed_at is not None


def test_somebody_of_the_firm_does_not_mark_it_viewed(web, offer):
    web.post(f"{offer.path}/seen", headers=offer.cookie)
    assert estimate(offer).viewed_at is None


def test_accepting_leads_to_the_thanks_and_the_certificate(web, offer):
    done = answer(web, offer)
    assert (done.status_code, done.headers["location"]) == (303, offer.path)
    thanks = web.get(offer.path).text
    assert "Thank you, Ann Lee" in thanks
    assert 'id="accept"' not in thanks
    made = estimate(offer)
    assert made.decision["agent"] == "Test browser"
    assert made.decision["address"]
    text = "".join(page.extract_text() for page in _pdf(web, offer).pages)
    assert "Certificate of acceptance" in text
    assert "Ann Lee" in text
    assert made.decision["hash"][:32] in text.replace("\n", "").replace(" ", "")
    again = answer_again(web, offer, made)
    assert again.status_code == 303
    assert estimate(offer).decision == made.decision


def answer_again(web, offer, made):
    return web.post(
        f"{offer.path}/decline", data={"seen": made.decision["hash"], "reason": "changed my mind"}
    )


def _pdf(web, offer) -> PdfReader:

    content = web.get(f"{offer.path}/document.pdf")
    assert content.headers["content-type"] == "application/pdf"
    return PdfReader(io.BytesIO(content.content))


def test_declining_keeps_the_reason(web, offer):
    assert answer(web, offer, "decline", reason="Too dear\r\nfor us").status_code == 303
    assert estimate(offer).decision["reason"] == "Too dear\nfor us"
    assert "The estimate is declined." in web.get(offer.path).text


def test_what_is_missing_is_said_and_nothing_typed_is_lost(web, offer):
    no_name = answer(web, offer, name=" ")
    assert no_name.status_code == 422
    assert "Please type the name" in no_name.text
    no_tick = answer(web, offer, agreed="")
    assert no_tick.status_code == 422
    assert 'value="Ann Lee"' in no_tick.text
    long = answer(web, offer, "decline", reason="y" * 10_000)
    assert long.status_code == 422
    assert "y" * 10_000 in long.text
    made = estimate(offer)
    assert (made.accepted_at, made.declined_at) == (None, None)


def test_options_change_the_total_before_they_are_accepted(web, offer):
    page = web.get(offer.path).text
    chosen = web.post(
        f"{offer.path}/options", data={**fields(page), "option": offer.option_id, "name": "Ann"}
    )
    assert chosen.status_code == 200
    assert "€2,198.74" in chosen.text
    assert 'value="Ann"' in chosen.text
    assert estimate(offer).total_minor == 159_874, "nothing is kept before the answer"
    unseen = answer(web, offer, option=offer.option_id)
    assert unseen.status_code == 409
    assert "€2,198.74" in unseen.text
    assert estimate(offer).accepted_at is None
    taken = answer(web, offer, option=offer.option_id, choice=str(offer.option_id))
    assert taken.status_code == 303
    assert estimate(offer).total_minor == 219_874


def test_an_answer_to_another_version_is_not_taken(web, offer):
    stale = answer(web, offer, seen="0" * 64)
    assert stale.status_code == 409
    assert "has changed since you opened it" in stale.text
    assert estimate(offer).accepted_at is None


def test_unknown_expired_revoked_and_replaced_say_the_same(web, offer):
    def closed(path: str) -> str:
        found = web.get(path)
        assert found.status_code == 404
        return found.text

    unknown = closed("/e/" + "x" * 43)
    assert closed("/e/short") == unknown
    with db.transaction() as session:
        made = session.get_one(Estimate, offer.estimate_id)
        made.issue_date -= timedelta(days=90)
        made.expires_on = made.issue_date + timedelta(days=1)
        session.flush()
        public_links.set_end(session, made)
    assert closed(offer.path) == unknown
    assert web.post(f"{offer.path}/accept", data={"name": "x"}).status_code == 404
    with db.transaction() as session:
        link = session.exec(select(PublicLink)).one()
        link.expires_at = None
        session.flush()
        public_links.revoke_links(session, offer.owner, "estimate", offer.estimate_id)
    assert closed(offer.path) == unknown


def test_a_token_opens_its_own_kind_of_page_only(web, offer):
    assert web.get(offer.path.replace("/e/", "/i/")).status_code == 404


def test_a_closed_link_takes_as_long_as_an_unknown_one(web, offer, monkeypatch):
    monkeypatch.setattr(public_estimates, "too_many", _never)
    with db.transaction() as session:
        public_links.revoke_links(session, offer.owner, "estimate", offer.estimate_id)

    def took(path: str) -> float:
        times = []
        for _ in range(15):
            start = time.perf_counter()
            web.get(path)
            times.append(time.perf_counter() - start)
        return sorted(times)[7]

    took(offer.path)
    assert took(offer.path) < 3 * took("/e/" + "x" * 43) + 0.005


async def _never(_request) -> bool:
    return False


def test_too_many_requests_from_an_address_are_refused(web, offer, monkeypatch):
    from limits import RateLimitItemPerMinute

    from finance_app.api import public_documents

    monkeypatch.setattr(public_documents, "PER_ADDRESS", RateLimitItemPerMinute(3, 1))
    codes = [web.get(offer.path).status_code for _ in range(5)]
    assert codes == [200, 200, 200, 429, 429]


def test_a_form_that_is_too_large_is_refused(web, offer):
    assert web.post(f"{offer.path}/decline", data={"reason": "z" * 200_000}).status_code == 429
    assert estimate(offer).declined_at is None


def test_script_in_every_field_shows_as_text(web, offer):
    with db.transaction() as session:
        made = session.get_one(Estimate, offer.estimate_id)
        draft = drafts.revise(session, offer.owner, made.id or 0)
        changes = [
            SetHead(dict.fromkeys(("title", "reference", "notes", "terms"), SCRIPT)),
            AddLine({"name": SCRIPT, "description": SCRIPT, "unit": "<b>day</b>", "unit_price": "5"}),
            AddLine({"name": SCRIPT, "description": SCRIPT, "unit_price": "5", "optional": "true"}),
        ]
        editing.save(session, offer.owner, draft.id or 0, draft.version, changes, ESTIMATE)
        issuing.mark_sent(session, offer.owner, draft.id or 0)
        link = public_links.ensure_link(session, offer.owner, "estimate", draft.id or 0)
        path = f"/e/{public_links.token_of(link)}"
    page = web.get(path).text
    assert "<script>alert" not in page
    assert "<img src=x" not in page
    assert page.count("&lt;script&gt;alert(") >= 7
    refused = web.post(f"{path}/accept", data={**fields(page), "name": SCRIPT, "agreed": ""})
    assert "<script>alert" not in refused.text
    done = web.post(f"{path}/accept", data={**fields(page), "name": SCRIPT, "agreed": "on"})
    assert done.status_code == 303
    assert "<script>alert" not in web.get(path).text


def test_the_page_is_small(web, offer):
    page = gzip.compress(web.get(offer.path).content, 6)
    assets = Path(__file__).parents[2] / "assets"
    files = ("document.js", "estimate.js")
    sizes = {name: len(gzip.compress((assets / name).read_bytes(), 6)) for name in files}
    assert len(page) + sum(sizes.values()) < LIMIT, sizes
    assert b'rel="stylesheet"' not in web.get(offer.path).content, "it shows with its first answer"


def test_the_firm_previews_it_without_an_answer(web, offer):
    path = f"/documents/estimate/{offer.estimate_id}/preview"
    assert web.get(path).status_code == 401
    shown = web.get(path, headers=offer.cookie)
    assert "New website" in shown.text
    assert 'action="' not in shown.text
