"""What the pages of Zoho say of a sync: never that it goes on where it does not."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlmodel import select

from finance_app import db
from finance_app.models import Client, Portal, ZohoConnection, ZohoSync, ZohoSyncRun
from finance_app.models.columns import now
from finance_app.models.kinds import ConnectionState, Role
from finance_app.services.accounts import identity
from finance_app.services.zoho import removing, sync
from finance_app.services.zoho.sync import errors, queue, starting
from finance_app.services.zoho.sync.leases import LEASE
from finance_app.services.zoho.sync.wanted import Unfit
from finance_app.states.session import SESSION_COOKIE
from finance_app.states.zoho.connection import ZohoPage
from finance_app.states.zoho.marketplace import Marketplace
from finance_app.states.zoho.wizard import ZohoWizard
from tests.harness.tabs import go


@pytest.fixture
def owner(log_in) -> str:
    """The cookie of the owner, whose first sync has just begun."""
    cookie = log_in(Role.OWNER)
    with db.transaction() as session:
        me = identity.actor_of(session, cookie.removeprefix(f"{SESSION_COOKIE}="))
        assert me is not None
        session.add(Portal(name="P", base_currency="EUR"))
        session.add(Client(name="Atelier", currency="EUR"))
        session.add(
            ZohoConnection(
                state=ConnectionState.ACTIVE, organisation="10", organisation_name="Sandbox", currency="EUR"
            )
        )
        session.flush()
        sync.start(session, me)
    return cookie


def change(work: Callable[[ZohoSync], None]) -> None:
    with db.transaction() as session:
        row = starting.active(session)
        assert row is not None
        work(row)


def since(**ago: float) -> Callable[[ZohoSync], None]:
    return lambda row: row.__setattr__("leased_until", now() - timedelta(**ago) + LEASE)


def blocked(silences: int) -> Callable[[ZohoSync], None]:
    def work(row: ZohoSync) -> None:
        row.blocked_until, row.silences = now() + timedelta(minutes=5), silences

    return work


CASES = {
    "refused": (lambda row: row.__setattr__("stalled", "native"), "stalled", "own integration"),
    "signed out": (lambda row: row.__setattr__("stalled", "signed_out"), "stalled", "sign-in"),
    "throttled": (blocked(0), "paused", "asked for a pause"),
    "silent": (blocked(3), "silent", "does not answer"),
    "killed": (since(seconds=45), "interrupted", "sign of life"),
    "at work": (since(seconds=4), "running", ""),
}


@pytest.mark.parametrize("case", CASES)
async def test_the_badge_says_what_is_true(owner, browser_of, case):
    work, standing, problem = CASES[case]
    change(work)
    page = await browser_of(owner, "/marketplace/zoho")(ZohoPage)
    await ZohoPage.load.fn(page)
    assert page.standing == standing
    assert problem in page.problem
    assert bool(page.problem) == bool(problem)
    assert page.running == (standing == "running")
    assert bool(page.left) == page.running, "no time is told that is left of what stands still"
    assert page.runs[0].took == ("Under way" if page.running else "Not finished yet")
    [clients] = [each for each in page.steps if each.name == "Clients"]
    assert clients.done == "0 of 1", "how far it is shows all the same"
    tile = await browser_of(owner, "/marketplace")(Marketplace)
    await Marketplace.load.fn(tile)
    assert (tile.state, tile.standing) == ("active", standing)


async def test_a_module_leads_to_its_list_and_its_errors(owner, browser_of):
    with db.transaction() as session:
        row = starting.active(session)
        assert row is not None
        errors.note(session, row.id or 0, "contact", 1, Unfit("no_currency", name="Atelier"), "Atelier")
    page = await browser_of(owner, "/marketplace/zoho")(ZohoPage)
    await ZohoPage.load.fn(page)
    [clients] = [each for each in page.steps if each.name == "Clients"]
    assert (clients.href, clients.failed) == ("/clients", "1")
    assert clients.errors == "/marketplace/zoho/errors?module=contact"


async def test_a_removal_that_a_link_offers_is_not_offered_elsewhere(owner, browser_of):
    page = await browser_of(owner, "/marketplace/zoho?remove=1")(ZohoPage)
    await ZohoPage.load.fn(page)
    assert page.form_open
    go(page, owner, "/marketplace/zoho")
    await ZohoPage.load.fn(page)
    assert not page.form_open
    await ZohoPage.offer_removal.fn(page)
    await ZohoPage.load.fn(page)
    assert page.form_open, "a live update leaves the dialog open"


async def test_a_removal_that_finishes_first_shows_what_goes_on_and_says_when_it_is_done(owner, browser_of):
    page = await browser_of(owner, "/marketplace/zoho")(ZohoPage)
    await ZohoPage.load.fn(page)
    await ZohoPage.remove.fn(page, {"typed": "Sandbox", "unsent": removing.FINISH})
    await ZohoPage.load.fn(page)
    assert (page.standing, page.running, page.runs[0].took) == ("removing", True, "Under way")
    with db.transaction() as session:
        removing.complete(session, revoked=True)
    await ZohoPage.load.fn(page)
    assert "the connection was removed" in page.notice["text"]


async def test_a_double_click_begins_one_sync_and_says_so_once(owner, browser_of):
    with db.transaction() as session:
        row = starting.active(session)
        assert row is not None
        queue.drop(session)
        starting.settle_runs(session, row.id or 0)
    page = await browser_of(owner, "/marketplace/zoho")(ZohoPage)
    await ZohoPage.load.fn(page)
    click = ZohoPage.sync_now.fn(page)
    await anext(click)
    assert page.asked, "the button is off while the sync is asked for"
    rest = [event async for event in click]
    assert (page.asked, len(rest)) == (False, 1)
    told = page.notice
    assert told["text"] == "The sync has started"
    assert [event async for event in ZohoPage.sync_now.fn(page)] == [None]
    assert page.notice == told
    other = await browser_of(owner, "/marketplace/zoho")(ZohoPage)
    await ZohoPage.load.fn(other)
    assert len([event async for event in ZohoPage.sync_now.fn(other)]) == 2
    assert "yours has joined it" in other.notice["text"]
    with db.reading() as session:
        assert len(session.exec(select(ZohoSyncRun)).all()) == 2


async def test_a_step_that_is_changed_leads_back_to_the_review(owner, browser_of):
    tiles = await browser_of(owner, "/marketplace")(Marketplace)
    await Marketplace.install.fn(tiles, "books")
    path = "/marketplace/zoho/setup/milestones"
    steps = await browser_of(owner, path, {"step": "milestones"})(ZohoWizard)
    await ZohoWizard.load.fn(steps)
    assert "setup/review" in str(await ZohoWizard.save_milestones.fn(steps, {"on": "on"}))
