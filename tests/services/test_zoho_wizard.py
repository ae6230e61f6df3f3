"""The wizard of the connection, against the sandbox: each step asks what Zoho says."""

from dataclasses import asdict
from datetime import date
from decimal import Decimal
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from finance_app.domain.errors import DomainError, InvalidFields
from finance_app.domain.permissions import Permission
from finance_app.integrations.zoho.centres import one_host
from finance_app.models import Portal, Profile, TimeLog, UserRate
from finance_app.models.kinds import ConnectionState, ZohoSignIn
from finance_app.sandbox import Sandbox
from finance_app.services.audit.trail import history
from finance_app.services.zoho import (
    base_currency,
    centres,
    connection,
    new_organisation,
    profiles,
    remote,
    signing,
    wizard,
)
from finance_app.services.zoho.sync import starting
from finance_app.settings import settings
from tests.harness.invoices import office
from tests.services.conftest import Role, actor

APPLICATION = {"centre": "eu", "client_id": "1000.CLIENT", "client_secret": "the-client-secret"}


@pytest.fixture
def sandbox() -> Sandbox:
    return Sandbox()


@pytest.fixture
async def http(sandbox, monkeypatch):
    monkeypatch.setattr(wizard, "centre_of", lambda code: one_host("http://zoho.test", code))
    monkeypatch.setattr(signing, "consent_centre", lambda code: one_host("http://zoho.test", code))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(sandbox)) as client:
        yield client


async def signed_in(session, owner, http) -> None:
    wizard.begin(session, owner, "books")
    wizard.keep_application(session, owner, APPLICATION)
    address = wizard.consent(session, owner)
    answer = await http.get(f"{address}&answer=accept")
    given = parse_qs(urlsplit(answer.headers["location"]).query)
    access = wizard.answered(session, owner, given["state"][0])
    wizard.keep_grant(session, owner, await remote.sign_in(access, given["code"][0], http))


async def filled(session, owner, http, **organisation) -> None:
    await signed_in(session, owner, http)
    found, access = await remote.organisations(wizard.access(session, owner), http)
    portals, _ = await remote.portals(access, http)
    wizard.keep_organisation(session, owner, found[0].model_copy(update=organisation), portals)
    wizard.keep_profiles(session, owner, [])
    wizard.keep_bill_from(session, owner, {"how": "day", "day": "2026-03-01"})
    wizard.keep_milestones(session, owner, True)
    wizard.keep_contacts(session, owner, "clone")


async def test_the_whole_way(session, owner, http):
    portal = Portal(base_currency="USD")
    manager = Profile(name="Lead", permissions=["time_view_all", "projects_view"])
    session.add_all([portal, manager])
    session.flush()
    await filled(session, owner, http)
    wizard.keep_profiles(session, owner, [manager.id, 1])
    row = wizard.save(session, owner)
    assert (row.state, row.organisation, row.plan, row.bill_from) == (
        ConnectionState.ACTIVE, "10", "Enterprise", date(2026, 3, 1),
    )  # fmt: skip
    assert (portal.base_currency, portal.milestone_invoicing) == ("EUR", True)
    assert Permission.FINANCE_VIEW in manager.permissions
    assert row.profiles == [manager.id]
    assert (row.draft, row.draft_secrets) == ({}, "")
    assert connection.client(session).secrets.client_secret == "the-client-secret"
    [event] = history(session, "zoho_connection", row.id)
    assert (event.action, event.before) == ("connected", {})
    assert (event.after["bill_from"], event.after["milestone_billing"]) == ("2026-03-01", True)
    told = f"{event.before}{event.after}{event.details}{row.draft}"
    assert "the-client-secret" not in told
    assert connection.client(session).secrets.refresh_token not in told


def test_who_may_not_view_all_time_is_not_offered_the_finance_tab(session, owner):
    lead = Profile(name="Lead", permissions=["time_view_all", "projects_view"])
    guest = Profile(name="Guest", permissions=["projects_view"])
    session.add_all([lead, guest])
    session.flush()
    assert [(each.name, each.has_finance) for each in profiles.offered(session) if each.name] == [
        ("Lead", False)
    ]
    assert all(each.has_finance for each in profiles.offered(session) if each.key)
    assert {each.key or each.name for each in profiles.left_out(session)} == {"member", "Guest"}


def test_the_hours_that_a_bill_from_day_settles_are_told_before(session, owner):
    place = office(session)
    early, late = date(2026, 2, 27), date(2026, 3, 1)
    for day, seconds, billable in ((early, 3600, True), (early, 900, False), (late, 7200, True)):
        session.add(
            TimeLog(
                project_id=place.project.id,
                user_id=place.person.id,
                day=day,
                seconds=seconds,
                billable=billable,
            )
        )
    session.flush()
    assert wizard.unbilled_before(session, owner, None) - wizard.unbilled_before(session, owner, late) == 7200
    assert (
        wizard.unbilled_before(session, owner, late) - wizard.unbilled_before(session, owner, early) == 3600
    )


def test_only_the_sandbox_of_the_demo_is_asked_more_often_than_zoho_allows(monkeypatch):
    given = settings()
    for changed, roomy in (
        ({"demo": True, "zoho_url": ""}, True),
        ({"demo": True, "zoho_url": "http://127.0.0.1:8200"}, False),
        ({"demo": False, "zoho_url": ""}, False),
    ):
        monkeypatch.setattr(centres, "settings", lambda changed=changed: given.model_copy(update=changed))
        assert (centres.quota().per_minute > 100) is roomy


async def test_a_change_counts_when_it_is_saved(session, owner, http):
    await filled(session, owner, http)
    wizard.save(session, owner)
    wizard.begin(session, owner, "books")
    wizard.keep_bill_from(session, owner, {"how": "everything"})
    assert connection.bill_from(session) == date(2026, 3, 1)
    wizard.discard(session, owner)
    wizard.begin(session, owner, "books")
    wizard.keep_bill_from(session, owner, {"how": "everything"})
    assert wizard.save(session, owner).bill_from is None
    with pytest.raises(DomainError, match="other_product"):
        wizard.begin(session, owner, "invoice")


async def test_a_consent_is_answered_once_and_by_who_asked(session, owner, http):
    wizard.begin(session, owner, "books")
    wizard.keep_application(session, owner, APPLICATION)
    state = parse_qs(urlsplit(wizard.consent(session, owner)).query)["state"][0]
    with pytest.raises(DomainError, match="consent_strange"):
        wizard.answered(session, actor(session, Role.ADMINISTRATOR), state)
    with pytest.raises(DomainError, match="consent_strange"):
        wizard.answered(session, owner, state)


async def test_a_key_is_tried_before_it_is_kept(session, owner, http, sandbox):
    wizard.begin(session, owner, "invoice")
    data = {"centre": "us", "email": "a@example.com", "key": "wrong"}
    with pytest.raises(DomainError, match="signed_out"):
        await remote.organisations(wizard.with_key(session, owner, data), http)
    data["key"] = "sandbox"
    found, _ = await remote.organisations(wizard.with_key(session, owner, data), http)
    wizard.keep_key(session, owner, data)
    assert wizard.access(session, owner).sign_in is ZohoSignIn.KEY
    assert [each.id for each in found] == ["10"]


async def test_an_organisation_that_does_not_fit_is_refused_with_the_reason(
    session, owner, http, monkeypatch
):
    session.add(Portal(base_currency="USD"))
    await signed_in(session, owner, http)
    [found], access = await remote.organisations(wizard.access(session, owner), http)
    portals, _ = await remote.portals(access, http)
    assert portals
    free = [portals[0].model_copy(update={"plan": "Free"})]
    with pytest.raises(DomainError, match="plan"):
        wizard.keep_organisation(session, owner, found, free)
    with pytest.raises(DomainError, match="inactive"):
        wizard.keep_organisation(session, owner, found.model_copy(update={"is_org_active": False}), portals)
    wizard.keep_organisation(session, owner, found, None)
    monkeypatch.setattr(base_currency, "in_use", lambda _session: True)
    with pytest.raises(DomainError, match="base_currency"):
        wizard.keep_organisation(session, owner, found, None)


async def test_bad_input_is_refused_beside_the_field(session, owner):
    wizard.begin(session, owner, "books")
    with pytest.raises(InvalidFields) as fault:
        wizard.keep_application(session, owner, {"centre": "mars", "client_id": "a b"})
    assert set(fault.value.faults) == {"centre", "client_id", "client_secret"}
    with pytest.raises(InvalidFields):
        wizard.keep_bill_from(session, owner, {"how": "day", "day": "yesterday"})
    with pytest.raises(DomainError, match="not_complete"):
        wizard.save(session, owner)


def test_only_who_may_connect_may_begin(session, member):
    with pytest.raises(DomainError):
        wizard.begin(session, member, "books")


def test_a_new_organisation_is_offered_as_the_portal_is_and_must_be_one_that_fits(session, owner):
    session.add(Portal(name="Atelier", base_currency="CHF", time_zone="Europe/Zurich"))
    session.flush()
    offered = new_organisation.offered(session, owner)
    assert (offered.name, offered.currency, offered.time_zone) == ("Atelier", "CHF", "Europe/Zurich")

    def faults(**given: str) -> dict[str, str]:
        with pytest.raises(InvalidFields) as fault:
            new_organisation.checked(session, owner, {**asdict(offered), **given})
        return {name: each.code for name, each in fault.value.faults.items()}

    assert set(faults(name="", currency="", time_zone="").values()) == {"common.error.required"}
    for none in ("EURO", "ZZZ", "XXX"):
        assert faults(currency=none) == {"currency": "zoho.error.currency"}
    assert faults(time_zone="Paris") == {"time_zone": "zoho.error.time_zone"}
    given = {**asdict(offered), "currency": "eur"}
    assert new_organisation.checked(session, owner, given).currency == "EUR"
    session.add(UserRate(user_id=owner.user_id, valid_from=date(2026, 1, 1), bill_rate=Decimal(100)))
    session.flush()
    assert faults(currency="EUR") == {"currency": "zoho.error.other_currency"}


async def test_where_zoho_refuses_the_sign_in_an_update_begins_with_a_new_one(session, owner, http):
    await filled(session, owner, http)
    wizard.save(session, owner)
    running = starting.active(session)
    assert running is not None
    running.stalled = "signed_out"
    opened = wizard.begin(session, owner, "books")
    assert (opened.step, opened.signed_in, opened.updating) == ("credentials", False, True)
    with pytest.raises(DomainError, match="not_complete"):
        wizard.save(session, owner)
    await signed_in(session, owner, http)
    assert (wizard.draft(session, owner).step, wizard.draft(session, owner).signed_in) == ("review", True)
    wizard.save(session, owner)
    assert not running.stalled
    assert wizard.begin(session, owner, "books").step == "review"
