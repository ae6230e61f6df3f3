import pytest

from finance_app import db
from finance_app.models import Client
from finance_app.models.kinds import Role
from finance_app.states.clients.page import ClientForm, ClientList, ClientPage
from tests.harness.tabs import go


@pytest.fixture
def clients(database) -> list[int]:
    with db.transaction() as session:
        rows = [Client(name=f"Client {n:03}", currency="EUR", country="FR", city="Lyon") for n in range(120)]
        session.add_all(rows)
        session.flush()
        return [row.id or 0 for row in rows]


async def test_list_shows_one_page_of_what_the_address_asks_for(clients, log_in, browser_of):
    state = await browser_of(log_in(Role.OWNER), "/clients?page=3&sort=-name")(ClientList)
    await ClientList.load.fn(state)
    assert state.page_state == "ready"
    assert (state.total, state.page, state.pages, len(state.rows)) == (120, 3, 3, 20)
    assert state.rows[0].name == "Client 019"
    assert state.rows[0].country == "France"


async def test_search_takes_wildcards_literally(clients, log_in, browser_of):
    state = await browser_of(log_in(Role.OWNER), "/clients?q=%25")(ClientList)
    await ClientList.load.fn(state)
    assert state.total == 0
    assert state.narrowed


async def test_team_member_is_shown_the_refusal_and_no_row(clients, log_in, browser_of):
    state = await browser_of(log_in(Role.MEMBER), "/clients")(ClientList)
    await ClientList.load.fn(state)
    assert state.page_state == "denied"
    assert state.rows == []


async def test_ticked_rows_are_archived_together(clients, log_in, browser_of):
    state = await browser_of(log_in(Role.OWNER), "/clients")(ClientList)
    await ClientList.load.fn(state)
    await ClientList.toggle_row.fn(state, str(state.rows[0].id))
    await ClientList.toggle_row.fn(state, "999999")
    await ClientList.archive_selected.fn(state)
    assert state.notice["text"] == "1 client archived"
    await ClientList.load.fn(state)
    assert state.total == 119
    assert state.selected == []


async def test_faults_stand_beside_their_fields(clients, log_in, browser_of):
    state = await browser_of(log_in(Role.OWNER), "/clients/new")(ClientForm)
    await ClientForm.load_new.fn(state)
    await ClientForm.create.fn(state, {"name": "client 005", "currency": "XXL", "country": "FR"})
    assert set(state.errors) == {"name", "currency"}
    assert "Client 005" in state.errors["name"]


async def test_second_save_over_a_newer_version_is_refused(clients, log_in, browser_of):
    params = {"client_id": str(clients[0])}
    tab = browser_of(log_in(Role.OWNER), f"/clients/{clients[0]}/edit", params)
    state = await tab(ClientForm)
    await ClientForm.load.fn(state)
    data = {**state.values, "city": "Paris"}
    await ClientForm.save.fn(state, data)
    assert state.notice["kind"] == "success"
    await ClientForm.save.fn(state, {**data, "city": "Nantes"})
    assert state.notice["kind"] == "error"
    assert "Somebody else" in state.notice["text"]


async def test_unknown_client_is_a_page_of_its_own(clients, log_in, browser_of):
    cookie = log_in(Role.OWNER)
    for given in ("999999", "x", "-1", ""):
        state = await browser_of(cookie, "/clients/x", {"client_id": given})(ClientPage)
        await ClientPage.load.fn(state)
        assert state.page_state == "missing"


async def test_unexpected_fault_is_told_with_a_reference(clients, log_in, browser_of, monkeypatch, caplog):
    state = await browser_of(log_in(Role.OWNER), "/clients", {})(ClientPage)
    monkeypatch.setattr("finance_app.services.clients.directory.archive", lambda *_a, **_k: 1 / 0)
    state.rx_router_page.params["client_id"] = str(clients[0])
    await ClientPage.archive.fn(state)
    reference = state.notice["detail"].split()[1].rstrip(":")
    assert state.notice["kind"] == "error"
    assert reference in caplog.text
    assert "ZeroDivisionError" not in state.notice["text"] + state.notice["detail"]


async def test_a_dialog_left_open_on_another_client_is_closed_and_one_of_this_client_stays(
    clients, log_in, browser_of
):
    cookie, (first, second) = log_in(Role.OWNER), clients[:2]
    state = await browser_of(cookie, f"/clients/{first}", {"client_id": str(first)})(ClientPage)
    await ClientPage.load.fn(state)
    await ClientPage.open_contact.fn(state, 0)
    await ClientPage.load.fn(state)
    assert state._form_shows
    go(state, cookie, f"/clients/{second}", client_id=str(second))
    await ClientPage.load.fn(state)
    assert not state._form_shows


async def test_what_was_typed_for_one_client_is_not_saved_on_the_next_while_that_still_loads(
    clients, log_in, browser_of
):
    cookie, (first, second) = log_in(Role.OWNER), clients[:2]
    state = await browser_of(cookie, f"/clients/{first}/edit", {"client_id": str(first)})(ClientForm)
    await ClientForm.load.fn(state)
    typed = {**state.values, "city": "Paris"}
    go(state, cookie, f"/clients/{second}/edit", client_id=str(second))
    await ClientForm.save.fn(state, typed)
    assert "still loading" in state.notice["text"]
    with db.reading() as session:
        assert session.get_one(Client, second).city == "Lyon"
    await ClientForm.load.fn(state)
    await ClientForm.save.fn(state, {**state.values, "city": "Nantes"})
    with db.reading() as session:
        assert (session.get_one(Client, first).city, session.get_one(Client, second).city) == (
            "Lyon",
            "Nantes",
        )
