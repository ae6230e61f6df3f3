import pytest
from sqlmodel import select

from finance_app.domain.errors import DomainError, InvalidFields, NotFound
from finance_app.models import AuditEvent, Contact
from finance_app.services import clients
from finance_app.services.listing import ListQuery

DATA = {"name": "Ardent Conseil", "city": "Lyon", "country": "fr", "currency": "eur", "locale": "fr"}


def found(session, actor, **asks) -> list[str]:
    return [row.name for row in clients.page(session, actor, ListQuery(sort="name", **asks)).rows]


def test_create_checks_and_records(session, owner):
    client = clients.create(session, owner, DATA)
    assert (client.country, client.currency) == ("FR", "EUR")
    event = session.exec(select(AuditEvent).where(AuditEvent.object_kind == "client")).one()
    assert (event.action, event.actor_name, event.object_id) == ("created", owner.name, client.id)


@pytest.mark.parametrize(
    ("field", "value"),
    [("name", ""), ("name", "ARDENT conseil"), ("name", "x" * 201), ("currency", "XXL"), ("country", "QQ"),
     ("locale", "tlh")],
)  # fmt: skip
def test_a_fault_names_its_field(session, owner, field, value):
    clients.create(session, owner, DATA)
    with pytest.raises(InvalidFields) as refusal:
        clients.create(
            session, owner, {**clients.new_values(session, owner), "name": "New", field: value or " "}
        )
    assert set(refusal.value.faults) == {field}


def test_update_records_before_and_after_and_refuses_an_old_version(session, owner):
    client = clients.create(session, owner, DATA)
    clients.update(session, owner, client.id, {"city": "Paris"}, version=1)
    event = session.exec(select(AuditEvent).where(AuditEvent.action == "changed")).one()
    assert (event.before, event.after) == ({"city": "Lyon"}, {"city": "Paris"})
    with pytest.raises(DomainError, match="changed_meanwhile"):
        clients.update(session, owner, client.id, {"city": "Nantes"}, version=1)


def test_archived_clients_leave_lists_and_selectors_and_come_back(session, owner):
    client = clients.create(session, owner, DATA)
    assert clients.archive(session, owner, [client.id, 999]) == 1
    assert clients.archive(session, owner, [client.id]) == 0
    assert found(session, owner) == []
    assert found(session, owner, filters={"state": "archived"}) == ["Ardent Conseil"]
    assert clients.suggestions(session, owner, "ardent", 10) == []
    again = clients.create(session, owner, DATA)
    with pytest.raises(DomainError, match="name_taken"):
        clients.restore(session, owner, [client.id])
    clients.archive(session, owner, [again.id])
    assert clients.restore(session, owner, [client.id]) == 1
    assert found(session, owner) == ["Ardent Conseil"]


def test_search_finds_by_contact_and_a_selector_puts_beginnings_first(session, owner):
    first = clients.create(session, owner, {**DATA, "name": "Mon Ardent"})
    clients.create(session, owner, DATA)
    clients.save_contact(session, owner, first.id, None, {"name": "Zoé", "email": "zoe@example.com"})
    assert found(session, owner, search="ZOE@") == ["Mon Ardent"]
    assert [hit[1] for hit in clients.suggestions(session, owner, "ardent", 10)] == [
        "Ardent Conseil",
        "Mon Ardent",
    ]


def test_exactly_one_contact_is_the_main_one(session, owner):
    client = clients.create(session, owner, DATA)
    first = clients.save_contact(session, owner, client.id, None, {"name": "A"})
    second = clients.save_contact(session, owner, client.id, None, {"name": "B", "is_primary": "on"})
    assert (first.is_primary, second.is_primary) == (False, True)
    clients.remove_contact(session, owner, client.id, second.id)
    assert first.is_primary
    assert [c.name for c in clients.contacts_of(session, owner, client.id)] == ["A"]


def test_a_contact_of_another_client_is_not_found(session, owner):
    one = clients.create(session, owner, DATA)
    two = clients.create(session, owner, {**DATA, "name": "Other"})
    contact = clients.save_contact(session, owner, one.id, None, {"name": "A"})
    with pytest.raises(NotFound):
        clients.save_contact(session, owner, two.id, contact.id, {"name": "B"})
    assert session.get_one(Contact, contact.id).name == "A"


def test_who_receives_invoices_needs_an_address(session, owner):
    client = clients.create(session, owner, DATA)
    for email in ("", "no-address", "a@b"):
        with pytest.raises(InvalidFields) as refusal:
            clients.save_contact(
                session, owner, client.id, None, {"name": "A", "email": email, "receives_invoices": "on"}
            )
        assert set(refusal.value.faults) == {"email"}


def test_a_team_member_is_refused_everything(session, member):
    for work in (
        lambda: clients.page(session, member, ListQuery()),
        lambda: clients.get(session, member, 1),
        lambda: clients.suggestions(session, member, "", 5),
        lambda: clients.create(session, member, DATA),
        lambda: clients.archive(session, member, [1]),
        lambda: clients.save_contact(session, member, 1, None, {"name": "A"}),
    ):
        with pytest.raises(DomainError, match="not_allowed"):
            work()
