import asyncio
from decimal import Decimal
from urllib.parse import parse_qs, urlsplit

import pytest

from finance_app.integrations.zoho import CENTRES, Cause, Product, ZohoError, oauth
from finance_app.integrations.zoho.books import CONTACTS, INVOICES, SALES_ORDERS
from finance_app.integrations.zoho.pacing import Quota
from finance_app.sandbox.faults import Faults
from finance_app.sandbox.limits import Allowance, Limits
from tests.integrations.zoho.conftest import APPLICATION, CENTRE, World


async def contacts(world: World) -> list[str]:
    return [each.contact_name async for each in world.books().every(CONTACTS)]


async def test_both_products_find_their_organisation(world: World) -> None:
    for product in Product:
        books = world.books(product)
        assert [each.id for each in await books.organizations()] == ["10"]
        await books.ensure(CONTACTS, {"contact_name": product.value})
    assert await contacts(world) == ["books", "invoice"]
    with pytest.raises(ZohoError) as refused:
        await world.books(Product.INVOICE).find(SALES_ORDERS, "SO-1")
    assert refused.value.code == 5


async def test_numbers_arrive_exactly_and_go_out_exactly(world: World) -> None:
    books = world.books()
    contact = await books.ensure(CONTACTS, {"contact_name": "Acme"})
    line = {"name": "Work", "rate": Decimal("0.10"), "quantity": Decimal("3.3333")}
    body = {"customer_id": contact.id, "invoice_number": "F-1", "line_items": [line]}
    invoice = await books.ensure(INVOICES, body, ignore_auto_number_generation="true")
    assert invoice.total == Decimal("0.33")
    assert isinstance(invoice.total, Decimal)
    assert invoice.number == "F-1"


@pytest.mark.parametrize(
    "faults", [["", "drop"], ["", "500"], ["", "429", "drop"], ["", "500", "500", "drop"]]
)
async def test_a_create_whose_answer_is_lost_makes_one_record(world: World, faults: list[str]) -> None:
    books = world.books()
    await books.organizations()
    world.sandbox.faults = Faults(next=list(faults))
    contact = await books.ensure(CONTACTS, {"contact_name": "Acme"})
    assert (await books.ensure(CONTACTS, {"contact_name": "Acme"})).id == contact.id
    assert await contacts(world) == ["Acme"]


async def test_two_workers_that_create_the_same_make_one(world: World) -> None:
    made = await asyncio.gather(*(world.books().ensure(CONTACTS, {"contact_name": "Acme"}) for _ in range(4)))
    assert len({each.id for each in made}) == 1
    assert await contacts(world) == ["Acme"]


async def test_an_expired_token_is_renewed_once_for_all(world: World) -> None:
    books = world.books()
    await books.organizations()
    assert len(world.kept) == 1
    world.sandbox.faults = Faults(next=["expired"])
    await asyncio.gather(*(books.organizations() for _ in range(5)))
    assert len(world.kept) == 2


async def test_a_revoked_grant_needs_a_person(world: World) -> None:
    await oauth.revoke(world.http, CENTRE, "sandbox")
    with pytest.raises(ZohoError) as refused:
        await world.books().organizations()
    assert refused.value.cause is Cause.SIGNED_OUT
    assert not refused.value.may_pass


async def test_pauses_grow_and_follow_what_zoho_asks(world: World) -> None:
    books = world.books()
    world.sandbox.faults = Faults(next=["500", "500", "500"])
    await books.organizations()
    assert len(world.pauses) == 3
    assert 0.25 <= world.pauses[0] <= 0.5 <= world.pauses[1] <= 1 <= world.pauses[2] <= 2
    world.sandbox.faults = Faults(next=["500"] * 4)
    with pytest.raises(ZohoError) as broken:
        await books.organizations()
    assert (broken.value.cause, broken.value.status, broken.value.may_pass) == (Cause.BROKEN, 500, True)


async def test_a_wait_longer_than_its_patience_is_left_to_the_caller(world: World) -> None:
    books = world.books()
    world.sandbox.limits = Limits(Allowance(per_minute=1))
    await books.organizations()
    with pytest.raises(ZohoError) as throttled:
        await books.organizations()
    assert throttled.value.cause is Cause.THROTTLED
    assert 50 <= (throttled.value.wait or 0) <= 61, "what is left of the minute"
    assert world.pauses == []


async def test_the_day_s_share_ends_with_a_word(world: World) -> None:
    books = world.books(pacer=world.pacer(Quota(per_minute=100, per_day=2)))
    await books.organizations()
    await books.organizations()
    with pytest.raises(ZohoError) as used_up:
        await books.organizations()
    assert used_up.value.cause is Cause.THROTTLED
    assert (used_up.value.wait or 0) > 3600


async def test_refusals_are_sorted_by_what_helps(world: World) -> None:
    books = world.books()
    contact = await books.ensure(CONTACTS, {"contact_name": "Acme"})
    for action, cause in (
        (books.create(CONTACTS, {"contact_name": "Acme"}), Cause.DUPLICATE),
        (books.create(CONTACTS, {"company_name": "Nameless"}), Cause.INVALID),
        (books.create(INVOICES, {"customer_id": "1", "line_items": [{"name": "x"}]}), Cause.BAD_REFERENCE),
        (books.read(CONTACTS, "999"), Cause.MISSING),
    ):
        with pytest.raises(ZohoError) as refused:
            await action
        assert refused.value.cause is cause
    await books.delete(CONTACTS, contact.id)
    await books.delete(CONTACTS, contact.id)


async def test_consent_code_and_grant(world: World) -> None:
    verifier = oauth.new_verifier()
    scopes = oauth.scopes_of(Product.BOOKS)
    address = oauth.consent_address(CENTRE, APPLICATION, scopes, state="s", verifier=verifier)
    asked = parse_qs(urlsplit(address).query)
    assert asked["access_type"] == ["offline"]
    assert "ZohoBooks.invoices.ALL" in asked["scope"][0].split(",")
    answer = await world.http.get(f"{address}&answer=accept")
    back = parse_qs(urlsplit(answer.headers["location"]).query)
    with pytest.raises(ZohoError, match="invalid_code"):
        await oauth.exchange(world.http, CENTRE, APPLICATION, "1000.wrong", verifier)
    grant = await oauth.exchange(world.http, CENTRE, APPLICATION, back["code"][0], verifier)
    assert "secret" not in repr(APPLICATION)
    assert grant.refresh_token not in repr(grant)
    assert oauth.centre_of("eu", CENTRES["us"]) is CENTRES["eu"]
    assert oauth.centre_of("mars", CENTRES["us"]) is CENTRES["us"]


async def test_projects_are_read_whole(world: World) -> None:
    source = world.projects()
    portals = await source.portals()
    assert [(each.id, each.may_connect) for each in portals] == [("10", True)]
    root = "http://zoho.test/api/v3/portal/10"
    headers = {"authorization": f"Bearer {await world.credentials().token()}"}

    async def post(path: str, body: dict) -> str:
        return (await world.http.post(f"{root}{path}", json=body, headers=headers)).json()["id"]

    project = await post("/projects", {"name": "Site", "client": {"id": "7", "name": "Acme"}})
    task = await post(f"/projects/{project}/tasks", {"name": "Login"})
    for number in range(120):
        owner = {"id": "1", "name": "Ann"}
        log = {"date": "2026-01-05", "hours": f"0:{number % 60:02d}", "owner": owner, "task": {"id": task}}
        await post(f"/projects/{project}/logs", log)
    logs = [log async for log in source.logs(project)]
    assert len(logs) == 120
    assert sum(log.seconds for log in logs) == 2 * sum(range(60)) * 60
    found = [each async for each in source.projects()]
    assert found[0].client.name == "Acme"
