from datetime import date
from decimal import Decimal

import pytest
from sqlmodel import select

from finance_app.domain.errors import DomainError, InvalidFields, NotFound
from finance_app.domain.money import RoundingMode
from finance_app.models import AuditEvent, Contact, Invoice, Tax, TimeLog
from finance_app.services.clients import directory as clients
from finance_app.services.clients import work as client_work
from finance_app.services.listing import ListQuery
from finance_app.services.projects import form as project_form

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


def test_terms_tax_and_rounding_of_a_client_are_kept_and_shown_again(session, owner):
    tax = Tax(name="VAT", rate=Decimal(20))
    session.add(tax)
    session.flush()
    data = {
        "name": "Ardent", "payment_terms": "eom:45", "tax_id": str(tax.id), "rounding_mode": "up",
        "rounding_step_minutes": "15", "rounding_scope": "line", "daily_cap": "7:30",
    }  # fmt: skip
    client = clients.create(session, owner, data)
    assert (client.payment_terms, client.tax_id, client.daily_cap_seconds) == ("eom:45", tax.id, 27_000)
    assert (client.rounding_mode, client.rounding_step_minutes) == (RoundingMode.UP, 15)
    values = clients.form_values(session, owner, client.id)
    assert {name: values[name] for name in data} == data
    clients.update(session, owner, client.id, values, client.version)
    assert client.version == 1
    clients.update(session, owner, client.id, {**values, "rounding_mode": "", "tax_id": ""}, 1)
    assert (client.rounding_mode, client.rounding_step_minutes, client.tax_id) == (None, None, None)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("payment_terms", "whenever"),
        ("tax_id", "99"),
        ("rounding_mode", "sideways"),
        ("rounding_step_minutes", "7"),
        ("daily_cap", "25"),
        ("daily_cap", "-1"),
        ("daily_cap", "much"),
    ],
)
def test_how_a_client_is_billed_is_checked(session, owner, field, value):
    with pytest.raises(InvalidFields) as refusal:
        clients.create(session, owner, {"name": "Ardent", "rounding_mode": "up", field: value})
    assert set(refusal.value.faults) == {field}


def test_the_currency_stays_once_projects_or_documents_are_in_it(session, owner):
    client = clients.create(session, owner, {"name": "Ardent", "currency": "EUR"})
    clients.update(session, owner, client.id, {"currency": "CHF"}, 1)
    project = project_form.create(session, owner, {"name": "Site", "client_id": str(client.id)})
    with pytest.raises(InvalidFields) as refusal:
        clients.update(session, owner, client.id, {"currency": "EUR"}, 2)
    assert refusal.value.faults["currency"].code == "client.error.currency_projects"
    day = date(2026, 3, 1)
    session.add(Invoice(client_id=client.id, issue_date=day, due_date=day, currency="CHF"))
    session.flush()
    with pytest.raises(InvalidFields) as refusal:
        clients.update(session, owner, client.id, {"currency": "EUR"}, 2)
    assert refusal.value.faults["currency"].params == {"n": 1, "currency": "CHF"}
    assert project.currency == "CHF"


def test_the_page_of_a_client_sums_its_unbilled_time_by_currency(session, owner, member):
    client = clients.create(session, owner, {"name": "Ardent", "currency": "EUR"})
    for name, method in (("Site", "project_hours"), ("Brand", "fixed_cost")):
        project = project_form.create(
            session, owner,
            {"name": name, "client_id": str(client.id), "billing_method": method, "bill_rate": "100",
             "price": "500"},
        )  # fmt: skip
        session.add(
            TimeLog(
                project_id=project.id, user_id=owner.user_id, day=date(2026, 3, 1), seconds=5_400,
                bill_rate=Decimal(100),
            )
        )  # fmt: skip
    session.flush()
    found = client_work.work_of(session, owner, client.id)
    assert [row.name for row in found.projects.rows] == ["Brand", "Site"]
    assert found.unbilled == [("EUR", 5_400, 15_000)]
    assert found.invoices is not None
    assert found.invoices.total == 0
    with pytest.raises(DomainError):
        client_work.work_of(session, member, client.id)
