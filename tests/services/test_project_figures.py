"""Planned and actual figures of projects, on both databases."""

from datetime import date
from decimal import Decimal

import pytest

from finance_app.domain.errors import DomainError
from finance_app.models import Client, Portal, Project, Task, TimeLog, User, UserRate
from finance_app.models.kinds import BillingMethod, WorkKind
from finance_app.services import rates
from finance_app.services.projects.figures import figures

DAY = date(2026, 10, 5)


@pytest.fixture
def people(session) -> list[User]:
    """At 100, 50 and 75 an hour; the first costs 40, the others have no cost rate."""
    session.add(Portal(base_currency="EUR"))
    found = [User(name=name) for name in ("Ines", "Jo", "Kim")]
    session.add_all(found)
    session.flush()
    for person, bill, cost in zip(found, (100, 50, 75), (40, None, None), strict=True):
        session.add(
            UserRate(user_id=person.id, valid_from=date(2020, 1, 1), bill_rate=Decimal(bill), cost_rate=cost)
        )
    return found


def project(session, method, currency="EUR", **more) -> Project:
    client = Client(name=f"Client of {method.value}", currency=currency)
    session.add(client)
    session.flush()
    made = Project(name=method.value, client_id=client.id, currency=currency, billing_method=method, **more)
    session.add(made)
    session.flush()
    return made


def work(session, of: Project, person: User, hours: int, **more) -> None:
    session.add(TimeLog(project_id=of.id, user_id=person.id, day=DAY, seconds=hours * 3600, **more))
    session.flush()
    rates.price_logs(session, project_id=of.id)


def test_staff_hours_are_planned_and_earned_at_each_persons_rate(session, owner, people):
    site = project(session, BillingMethod.STAFF_HOURS)
    for person, hours in zip(people, (10, 20, 15), strict=True):
        session.add(
            Task(project_id=site.id, name=person.name, owner_id=person.id, planned_seconds=hours * 3600)
        )
        work(session, site, person, hours)
    work(session, site, people[0], 1, billable=False)
    (found,) = figures(session, owner)
    assert (found.entries, found.tasks, found.planned_seconds) == (4, 3, 45 * 3600)
    assert (found.planned_revenue_minor, found.actual_revenue_minor) == (312500, 312500)
    assert found.unbilled_minor == 312500
    assert found.planned_cost_minor == (10 * 40 + 20 * 50 + 15 * 75) * 100
    assert found.actual_cost_minor == (11 * 40 + 20 * 50 + 15 * 75) * 100
    assert found.uncosted_seconds == 0


def test_a_repeated_task_counts_each_time_and_an_issue_has_no_rate_of_its_own(session, owner, people):
    site = project(session, BillingMethod.TASK_HOURS, bill_rate=Decimal(80))
    own = {"project_id": site.id, "owner_id": people[0].id, "planned_seconds": 3600}
    session.add(Task(name="Weekly", occurrences=4, bill_rate=Decimal(90), **own))
    session.add(Task(name="Bug", kind=WorkKind.ISSUE, bill_rate=Decimal(90), **own))
    session.flush()
    (found,) = figures(session, owner)
    assert (found.planned_seconds, found.planned_revenue_minor) == (5 * 3600, 4 * 9000 + 8000)


def test_a_fixed_price_is_the_planned_revenue_and_bills_no_hours(session, owner, people):
    site = project(session, BillingMethod.FIXED_COST, price_minor=900000)
    work(session, site, people[0], 3)
    (found,) = figures(session, owner)
    assert (found.planned_revenue_minor, found.actual_revenue_minor) == (900000, 0)
    assert found.unbilled_minor == 900000
    assert found.actual_cost_minor == 12000


def test_foreign_time_without_cost_rate_costs_nothing_and_says_so(session, owner, people):
    site = project(session, BillingMethod.PROJECT_HOURS, currency="USD", bill_rate=Decimal(100))
    work(session, site, people[0], 1)
    work(session, site, people[1], 2)
    (found,) = figures(session, owner)
    assert (found.currency, found.cost_currency) == ("USD", "EUR")
    assert (found.actual_revenue_minor, found.actual_cost_minor) == (30000, 4000)
    assert found.uncosted_seconds == 7200


def test_a_member_may_not(session, member, people):
    with pytest.raises(DomainError, match="not_allowed"):
        figures(session, member)
