from datetime import date
from decimal import Decimal

import pytest
from sqlmodel import select

from finance_app.domain.errors import DomainError, InvalidFields, NotFound
from finance_app.models import AuditEvent, Invoice, InvoiceLine, Project, Task, TimeLog
from finance_app.models.kinds import BillingMethod, WorkState
from finance_app.services import rates
from finance_app.services.clients import directory as clients
from finance_app.services.listing import ListQuery
from finance_app.services.people import directory as people
from finance_app.services.projects import directory as projects
from finance_app.services.projects import form as project_form
from finance_app.services.projects import listing as project_list
from finance_app.services.tasks import directory as tasks

DATA = {"name": "Site", "bill_rate": "100", "billing_method": "project_hours"}


@pytest.fixture
def client(session, owner):
    return clients.create(session, owner, {"name": "Ardent", "currency": "CHF", "country": "CH"})


def log(session, project: Project, user_id: int, seconds: int = 3600, **columns) -> TimeLog:
    made = TimeLog(project_id=project.id, user_id=user_id, day=date(2026, 3, 1), seconds=seconds, **columns)
    session.add(made)
    session.flush()
    return made


def bill(session, project: Project, client_id: int) -> None:
    day = date(2026, 3, 1)
    invoice = Invoice(client_id=client_id, issue_date=day, due_date=day, currency=project.currency)
    session.add(invoice)
    session.flush()
    session.add(InvoiceLine(invoice_id=invoice.id, project_id=project.id))
    session.flush()


def test_a_project_takes_the_currency_of_its_client(session, owner, client):
    project = project_form.create(session, owner, {**DATA, "client_id": str(client.id)})
    assert (project.currency, project.bill_rate, project.manager_id) == ("CHF", 100, owner.user_id)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"name": " "}, "name"),
        ({"name": "SITE"}, "name"),
        ({"bill_rate": "-1"}, "bill_rate"),
        ({"bill_rate": "lots"}, "bill_rate"),
        ({"billing_method": "fixed_cost"}, "price"),
        ({"price": "-5"}, "price"),
        ({"price": "1e30"}, "price"),
        ({"start_date": "2026-02-01", "end_date": "2026-01-31"}, "end_date"),
        ({"start_date": "01/02/2026"}, "start_date"),
        ({"currency": "XXL"}, "currency"),
        ({"billing_method": "barter"}, "billing_method"),
        ({"client_id": "999"}, "client_id"),
        ({"rounding_step_minutes": "0"}, "rounding_step_minutes"),
    ],
)
def test_a_fault_names_its_field(session, owner, changes, field):
    project_form.create(session, owner, DATA)
    with pytest.raises(InvalidFields) as refusal:
        project_form.create(session, owner, {**DATA, "name": "Other", **changes})
    assert set(refusal.value.faults) == {field}


def test_an_archived_client_gets_no_new_project(session, owner, client):
    clients.archive(session, owner, [client.id])
    with pytest.raises(InvalidFields) as refusal:
        project_form.create(session, owner, {**DATA, "client_id": str(client.id)})
    assert refusal.value.faults["client_id"].code == "project.error.client_archived"


def test_a_new_rate_prices_unbilled_time_and_can_be_seen_before(session, owner):
    project = project_form.create(session, owner, DATA)
    one = log(session, project, owner.user_id)
    rates.price_logs(session, project_id=project.id)
    change = {"bill_rate": "120,50"}
    seen = rates.tried(session, lambda: project_form.update(session, owner, project.id, change, 1))
    assert (one.bill_rate, session.get_one(Project, project.id).version) == (100, 1)
    done = project_form.update(session, owner, project.id, change, 1)
    assert seen == done
    assert (done.logs, done.bills) == (1, {"EUR": (10000, 12050)})
    assert one.bill_rate == Decimal("120.5")
    event = session.exec(select(AuditEvent).where(AuditEvent.action == "changed")).one()
    assert (event.before, event.after) == ({"bill_rate": "100"}, {"bill_rate": "120.50"})
    with pytest.raises(DomainError, match="changed_meanwhile"):
        project_form.update(session, owner, project.id, {"name": "Old"}, 1)


def test_client_and_currency_stay_once_something_is_billed(session, owner, client):
    project = project_form.create(session, owner, {**DATA, "client_id": str(client.id)})
    bill(session, project, client.id)
    with pytest.raises(InvalidFields) as refusal:
        project_form.update(session, owner, project.id, {"currency": "EUR", "client_id": ""}, 1)
    assert set(refusal.value.faults) == {"currency", "client_id"}
    project_form.update(session, owner, project.id, {"name": "New name"}, 1)


def test_the_list_counts_hours_and_unbilled_amounts(session, owner, member, client):
    project = project_form.create(session, owner, {**DATA, "client_id": str(client.id)})
    project_form.create(session, owner, {"name": "Fixed", "billing_method": "fixed_cost", "price": "9000"})
    log(session, project, owner.user_id, 5400)
    log(session, project, owner.user_id, 3600, billable=False)
    rates.price_logs(session)
    fixed, site = project_list.page(session, owner, ListQuery(sort="name")).rows
    assert (site.client, site.seconds, site.unbilled_minor, site.last_day) == (
        "Ardent",
        9000,
        15000,
        date(2026, 3, 1),
    )
    assert (fixed.seconds, fixed.unbilled_minor, fixed.last_day) == (0, 900000, None)
    assert {
        row.unbilled_minor for row in project_list.page(session, member, ListQuery(sort="name")).rows
    } == {None}


@pytest.mark.parametrize(
    ("asks", "names"),
    [
        ({"filters": {"client": "none"}}, ["Own"]),
        ({"filters": {"method": "fixed_cost"}}, ["Own"]),
        ({"filters": {"state": "on_hold"}}, []),
        ({"filters": {"manager": "0"}}, []),
        ({"search": "ardent"}, ["Site"]),
        ({"descending": True}, ["Site", "Own"]),
    ],
)
def test_search_filters_and_order(session, owner, client, asks, names):
    project_form.create(session, owner, {**DATA, "client_id": str(client.id)})
    project_form.create(session, owner, {"name": "Own", "billing_method": "fixed_cost", "price": "1"})
    assert [
        row.name for row in project_list.page(session, owner, ListQuery(sort="name", **asks)).rows
    ] == names


def test_what_moves_from_a_project_is_offered_the_others(session, owner):
    here = project_form.create(session, owner, DATA)
    there = project_form.create(session, owner, {**DATA, "name": "Shop"})
    offered = projects.suggestions_beside(session, owner, "", 5, str(here.id))
    assert [row[0] for row in offered] == [there.id]


def test_only_an_empty_project_is_deleted(session, owner):
    project = project_form.create(session, owner, DATA)
    log(session, project, owner.user_id)
    with pytest.raises(DomainError, match="not_empty"):
        projects.delete(session, owner, project.id)
    assert projects.archive(session, owner, [project.id]) == 1
    assert projects.suggestions(session, owner, "", 5) == []
    other = project_form.create(session, owner, DATA)
    with pytest.raises(DomainError, match="name_taken"):
        projects.restore(session, owner, [project.id])
    projects.delete(session, owner, other.id)
    with pytest.raises(NotFound):
        projects.get(session, owner, other.id)
    assert projects.restore(session, owner, [project.id]) == 1


def test_selectors_offer_open_tasks_of_the_project(session, owner):
    project = project_form.create(session, owner, DATA)
    session.add(Task(project_id=project.id, name="Layout", number="T-7"))
    session.add(Task(project_id=project.id, name="Done", state=WorkState.CLOSED))
    session.flush()
    assert [hit[1] for hit in tasks.suggestions(session, owner, "t-7", 5, str(project.id))] == ["T-7 Layout"]
    assert len(tasks.suggestions(session, owner, "", 5, str(project.id))) == 1
    assert tasks.suggestions(session, owner, "", 5, "1 or 1") == []


def test_a_team_member_changes_nothing(session, owner, member):
    project = project_form.create(session, owner, DATA)
    for work in (
        lambda: project_form.create(session, member, DATA),
        lambda: project_form.update(session, member, project.id, {}, 1),
        lambda: projects.archive(session, member, [project.id]),
        lambda: projects.delete(session, member, project.id),
        lambda: project_form.form_values(session, member, project.id),
        lambda: people.suggestions(session, member, "", 5),
    ):
        with pytest.raises(DomainError, match="not_allowed"):
            work()
    assert projects.get(session, member, project.id).billing_method is BillingMethod.PROJECT_HOURS
