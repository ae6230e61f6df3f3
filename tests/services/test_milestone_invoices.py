"""What invoices take of a milestone, by itself and by the hours of its tasks: never twice unseen."""

from datetime import date
from decimal import Decimal

import pytest
from sqlmodel import select

from finance_app.domain.errors import DomainError, NotFound
from finance_app.models import Client, Milestone, Portal, Project, Task, TimeLog, User
from finance_app.services.invoicing import drafts, issuing
from finance_app.services.invoicing.drafts import DraftHead
from finance_app.services.invoicing.scope import Scope
from finance_app.services.projects import milestone_invoices, milestones

UNTIL = date(2026, 10, 31)


@pytest.fixture
def phase(session) -> Milestone:
    """A milestone of 1,000.00 in an hourly project at 100, with 2 h in September and 3 h in October."""
    portal = session.exec(select(Portal)).first() or Portal()
    portal.base_currency, portal.milestone_invoicing = "EUR", True
    client, person = Client(name="Ardent", currency="EUR"), User(name="Ines")
    session.add_all([portal, client, person])
    session.flush()
    project = Project(name="Site", client_id=client.id, currency="EUR", bill_rate=Decimal(100))
    session.add(project)
    session.flush()
    phase = Milestone(project_id=project.id, name="Design", amount_minor=100_000)
    session.add(phase)
    session.flush()
    task = Task(project_id=project.id, milestone_id=phase.id, name="Mock-ups")
    session.add(task)
    session.flush()
    for day, hours in ((date(2026, 9, 30), 2), (date(2026, 10, 5), 3)):
        session.add(
            TimeLog(project_id=project.id, user_id=person.id, task_id=task.id, day=day,
                    seconds=hours * 3600, bill_rate=Decimal(100))
        )  # fmt: skip
    session.flush()
    return phase


def bill(session, owner, phase, *, time: bool, **more) -> int:
    charges = {} if time else {"milestone": [{"milestone": phase.id, **more}]}
    scope = Scope((phase.project_id,) if time else (), UNTIL, date(2026, 10, 1), charges=charges)
    return drafts.create_from_time(session, owner, scope, DraftHead()).id or 0


def test_its_time_billed_by_the_hour_counts_as_billed_of_it(session, owner, phase):
    offer = milestone_invoices.offer(session, owner, phase.project_id, phase.id, date(2026, 10, 1), UNTIL)
    assert (offer.waiting_minor, offer.waiting_logs, offer.standing.left_minor) == (30_000, 1, 100_000)
    by_hour = bill(session, owner, phase, time=True)
    offer = milestone_invoices.offer(session, owner, phase.project_id, phase.id, None, UNTIL)
    assert (offer.standing.billed_minor, offer.standing.left_minor) == (30_000, 70_000)
    assert (offer.waiting_minor, offer.waiting_seconds) == (20_000, 7200)
    with pytest.raises(DomainError, match="above_price"):
        bill(session, owner, phase, time=False, basis="fixed")
    rest = bill(session, owner, phase, time=False, basis="rest")
    rows = milestone_invoices.invoices(session, owner, phase.project_id, phase.id)
    assert [(row.id, row.state, row.amount_minor) for row in rows] == [
        (rest, "draft", 70_000), (by_hour, "draft", 30_000),
    ]  # fmt: skip
    record = milestones.record(session, owner, phase.project_id, phase.id)
    assert record.invoiced_minor == 100_000
    issuing.discard_draft(session, owner, by_hour)
    assert [row.id for row in milestone_invoices.invoices(session, owner, phase.project_id, phase.id)] == [
        rest
    ]


def test_a_range_that_was_asked_for_stands_on_the_line(session, owner, phase):
    phase.start_date, phase.due_date = date(2026, 9, 1), date(2026, 12, 31)
    session.flush()
    invoice = bill(session, owner, phase, time=False, basis="custom", value="100")
    (line,) = drafts.lines_of(session, invoice)
    assert (line.date_from, line.date_to) == (date(2026, 10, 1), UNTIL)


def test_invoices_are_for_those_who_may_see_them(session, owner, member, phase):
    with pytest.raises(DomainError, match="not_allowed"):
        milestone_invoices.invoices(session, member, phase.project_id, phase.id)
    with pytest.raises(DomainError, match="not_allowed"):
        milestone_invoices.offer(session, member, phase.project_id, phase.id)
    with pytest.raises(NotFound):
        milestone_invoices.offer(session, owner, phase.project_id + 1, phase.id)
