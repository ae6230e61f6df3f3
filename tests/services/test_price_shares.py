"""Fixed costs and milestones on invoices: never above the price unless somebody says so."""

from datetime import date
from decimal import Decimal

import pytest
from sqlmodel import col, func, select

from finance_app import db
from finance_app.domain.errors import DomainError
from finance_app.domain.grouping import GroupBy
from finance_app.domain.permissions import Permission
from finance_app.models import (
    AuditEvent,
    Client,
    Milestone,
    Portal,
    PriceClaim,
    Project,
    ProjectMember,
    Task,
    TaskList,
    TimeLog,
    User,
)
from finance_app.models.kinds import BillingMethod, LineKind, Role
from finance_app.services import rates
from finance_app.services.accounts.identity import Actor
from finance_app.services.crediting import notes as credit_notes
from finance_app.services.invoicing import drafts, editing, issuing, voiding
from finance_app.services.invoicing.drafts import DraftHead
from finance_app.services.invoicing.preview import outline
from finance_app.services.invoicing.price_claims import milestone_standings, project_standings
from finance_app.services.invoicing.scope import Scope
from finance_app.services.payments import recording as payments
from finance_app.services.portal import today
from finance_app.services.projects import form as project_form
from tests.services.test_invoicing_races import MANAGER, at_once

UNTIL = date(2026, 10, 31)
PRICE = 1_000_000


@pytest.fixture
def firm(session):
    """A client with a site at 10,000.00, two milestones on it, one of 4,000.00, and a person."""
    portal = session.exec(select(Portal)).first() or Portal()
    portal.base_currency, portal.strict_numbering, portal.milestone_invoicing = "EUR", False, True
    client, person = Client(name="Ardent", currency="EUR"), User(name="Ines")
    session.add_all([portal, client, person])
    session.flush()
    project = Project(
        name="Site", client_id=client.id, currency="EUR", billing_method=BillingMethod.FIXED_COST,
        price_minor=PRICE,
    )  # fmt: skip
    session.add(project)
    session.flush()
    design = Milestone(project_id=project.id, name="Design", amount_minor=400_000)
    launch = Milestone(project_id=project.id, name="Launch")
    session.add_all([design, launch])
    session.flush()
    return portal, client, project, design, launch, person


def fixed(project, basis="percent", value="60", **more) -> Scope:
    wish = {"project": project.id, "basis": basis, "value": value, **more}
    return Scope((), UNTIL, charges={"fixed_cost": [wish]})


def phase(milestone, basis="fixed", **more) -> Scope:
    return Scope((), UNTIL, charges={"milestone": [{"milestone": milestone.id, "basis": basis, **more}]})


def bill(session, owner, scope):
    return drafts.create_from_time(session, owner, scope, DraftHead())


def billed(session, project) -> int:
    return project_standings(session, [project.id])[project.id].billed_minor


def log(session, project, person, seconds=3600, task=None, rate=None, day=date(2026, 10, 5)) -> TimeLog:
    row = TimeLog(
        project_id=project.id, user_id=person.id, day=day, seconds=seconds, task_id=task and task.id,
        bill_rate=rate,
    )  # fmt: skip
    session.add(row)
    session.flush()
    return row


def test_a_percentage_then_the_rest_is_the_price(session, owner, firm):
    first = bill(session, owner, fixed(firm[2], value="33.3333"))
    (line,) = drafts.lines_of(session, first.id)
    assert (line.kind, line.name, line.amount_minor) == (LineKind.FIXED_COST, "Site", 333_333)
    assert "33.33" in line.description
    assert billed(session, firm[2]) == 333_333
    second = bill(session, owner, fixed(firm[2], "rest"))
    assert second.net_minor == PRICE - 333_333
    with pytest.raises(DomainError, match="share_all_billed"):
        bill(session, owner, fixed(firm[2], "rest"))


def test_above_the_price_needs_a_confirmation_which_is_kept(session, owner, firm):
    bill(session, owner, fixed(firm[2]))
    shown = outline(session, owner, fixed(firm[2], "custom", "4000.01"))
    assert [problem.code for problem in shown.problems] == ["invoicing.error.above_price"]
    with pytest.raises(DomainError, match="above_price"):
        bill(session, owner, fixed(firm[2], "custom", "4000.01"))
    invoice = bill(session, owner, fixed(firm[2], "custom", "4000.01", above=True))
    claim = session.exec(select(PriceClaim).where(PriceClaim.invoice_id == invoice.id)).one()
    assert (claim.amount_minor, claim.above_price) == (400_001, True)
    actions = session.exec(select(AuditEvent.action).where(AuditEvent.object_id == invoice.id)).all()
    assert "above_price" in actions


@pytest.mark.parametrize(
    ("basis", "value"), [("percent", "0"), ("percent", "x"), ("custom", "-5"), ("custom", "")]
)
def test_a_share_that_cannot_be_is_refused(session, owner, firm, basis, value):
    with pytest.raises(DomainError):
        bill(session, owner, fixed(firm[2], basis, value))
    assert billed(session, firm[2]) == 0


def test_without_a_price_there_is_nothing_to_take_a_part_of(session, owner, firm):
    firm[2].price_minor = None
    session.flush()
    with pytest.raises(DomainError, match="no_price"):
        bill(session, owner, fixed(firm[2]))


def test_deleting_a_draft_and_removing_its_line_give_the_share_back(session, owner, firm):
    invoice = bill(session, owner, fixed(firm[2]))
    issuing.delete(session, owner, invoice.id)
    assert billed(session, firm[2]) == 0
    invoice = bill(session, owner, fixed(firm[2]))
    (line,) = drafts.lines_of(session, invoice.id)
    editing.save(session, owner, invoice.id, 1, [editing.RemoveLine(line.id)])
    assert billed(session, firm[2]) == 0


@pytest.mark.parametrize("strict", [True, False])
def test_voiding_gives_the_share_back(session, owner, firm, strict):
    firm[0].strict_numbering = strict
    invoice = bill(session, owner, fixed(firm[2]))
    issuing.issue(session, owner, invoice.id)
    voiding.void(session, owner, invoice.id, "Wrong")
    assert billed(session, firm[2]) == 0


def test_credits_give_back_what_they_credit_until_all_is_back(session, owner, firm):
    invoice = bill(session, owner, fixed(firm[2]))
    issuing.issue(session, owner, invoice.id)
    (line,) = drafts.lines_of(session, invoice.id)
    first = credit_notes.create_partial(
        session, owner, invoice.id, {line.id: 100_001}, "Late", release=[line.id]
    )
    assert billed(session, firm[2]) == 499_999
    credit_notes.create_partial(session, owner, invoice.id, {line.id: 99_999}, "Gift")
    assert billed(session, firm[2]) == 499_999
    credit_notes.create_partial(session, owner, invoice.id, {line.id: 400_000}, "Rest", release=[line.id])
    assert billed(session, firm[2]) == 99_999
    assert first.used_minor == first.total_minor


def test_a_credit_is_not_taken_back_where_its_part_is_billed_elsewhere(session, owner, firm):
    invoice = bill(session, owner, fixed(firm[2]))
    issuing.issue(session, owner, invoice.id)
    note = _credited_after_payment(session, owner, invoice)
    bill(session, owner, fixed(firm[2], "rest"))
    with pytest.raises(DomainError, match="above_price"):
        credit_notes.void(session, owner, note.id, "Wrong")


def test_a_credit_taken_back_takes_the_share_again(session, owner, firm):
    invoice = bill(session, owner, fixed(firm[2]))
    issuing.issue(session, owner, invoice.id)
    note = _credited_after_payment(session, owner, invoice)
    assert billed(session, firm[2]) == 400_000
    credit_notes.void(session, owner, note.id, "Wrong")
    assert billed(session, firm[2]) == 600_000


def _credited_after_payment(session, owner, invoice):
    """An open credit note of 2,000.00 that gives back its part."""
    (line,) = drafts.lines_of(session, invoice.id)
    paid = payments.Received(
        client_id=invoice.client_id,
        paid_on=today(session),
        currency="EUR",
        amount_minor=invoice.total_minor,
        request_key="paid",
        allocations={invoice.id: invoice.total_minor},
    )
    payments.record(session, owner, paid)
    return credit_notes.create_partial(
        session, owner, invoice.id, {line.id: 200_000}, "Late", release=[line.id]
    )


def test_a_share_follows_its_line_and_its_cap(session, owner, firm):
    invoice = bill(session, owner, fixed(firm[2]))
    (line,) = drafts.lines_of(session, invoice.id)
    editing.save(session, owner, invoice.id, 1, [editing.SetLine(line.id, {"unit_price": "10000"})])
    assert billed(session, firm[2]) == PRICE
    change = [editing.SetLine(line.id, {"unit_price": "10000.01"})]
    with pytest.raises(DomainError, match="above_price"):
        editing.save(session, owner, invoice.id, 2, change)
    editing.save(session, owner, invoice.id, 2, change, confirmed=True)
    assert billed(session, firm[2]) == PRICE + 1
    discount = {"discount": {"kind": "percent", "value": "50"}}
    editing.save(session, owner, invoice.id, 3, [editing.SetLine(line.id, discount)])
    assert billed(session, firm[2]) == PRICE + 1


def test_a_copy_takes_nothing(session, owner, firm):
    invoice = bill(session, owner, fixed(firm[2]))
    copy = drafts.duplicate(session, owner, invoice.id)
    assert [line.kind for line in drafts.lines_of(session, copy.id)] == [LineKind.MANUAL]
    assert billed(session, firm[2]) == 600_000


def test_the_time_of_a_fixed_cost_is_billed_with_it_only_where_chosen(session, owner, firm):
    first, late = log(session, firm[2], firm[5]), log(session, firm[2], firm[5], day=date(2026, 11, 1))
    bill(session, owner, fixed(firm[2], value="10"))
    session.refresh(first)
    assert first.invoice_line_id is None
    invoice = bill(session, owner, fixed(firm[2], value="10", time=True))
    session.refresh(first)
    session.refresh(late)
    (line,) = drafts.lines_of(session, invoice.id)
    assert (first.invoice_line_id, late.invoice_line_id) == (line.id, None)
    issuing.delete(session, owner, invoice.id)
    session.refresh(first)
    assert first.invoice_line_id is None


def test_milestones_need_their_setting(session, owner, firm):
    firm[0].milestone_invoicing = False
    session.flush()
    with pytest.raises(DomainError, match="milestones_off"):
        bill(session, owner, phase(firm[3]))


def test_a_milestone_counts_for_its_project(session, owner, firm):
    invoice = bill(session, owner, phase(firm[3]))
    (line,) = drafts.lines_of(session, invoice.id)
    assert (line.kind, line.name, line.amount_minor) == (LineKind.MILESTONE, "Site · Design", 400_000)
    assert (line.milestone_id, billed(session, firm[2])) == (firm[3].id, 400_000)
    with pytest.raises(DomainError, match="above_price"):
        bill(session, owner, phase(firm[3], "custom", value="1"))
    with pytest.raises(DomainError, match="above_price") as refused:
        bill(session, owner, phase(firm[4], "custom", value="6000.01"))
    assert refused.value.params["name"] == "Site"
    bill(session, owner, phase(firm[4], "custom", value="6000"))
    assert billed(session, firm[2]) == PRICE


def test_a_milestone_by_plan_and_by_its_time(session, owner, firm):
    _, client, _, _, _, person = firm
    project = Project(name="App", client_id=client.id, currency="EUR", bill_rate=Decimal(80))
    session.add(project)
    session.flush()
    beta = Milestone(project_id=project.id, name="Beta")
    session.add(beta)
    session.flush()
    tasks = TaskList(project_id=project.id, name="Build", milestone_id=beta.id)
    session.add(tasks)
    session.flush()
    task = Task(
        project_id=project.id, name="API", task_list_id=tasks.id, planned_seconds=36_000, occurrences=2
    )
    session.add(task)
    session.flush()
    log(session, project, person, 5400, task, Decimal(80))
    other = log(session, project, person, 3600, None, Decimal(80))
    assert milestone_standings(session, [beta.id])[beta.id].price_minor == 160_000
    with pytest.raises(DomainError, match="no_fixed"):
        bill(session, owner, phase(beta))
    planned = bill(session, owner, phase(beta, "planned"))
    assert planned.net_minor == 160_000
    issuing.delete(session, owner, planned.id)
    scope = Scope(
        (project.id or 0,), UNTIL,
        charges={"milestone": [{"milestone": beta.id, "basis": "actual", "time": True}]},
    )  # fmt: skip
    shown = outline(session, owner, scope)
    assert {each.reason.value: each.logs for each in shown.left_out} == {"with_milestone": 1}
    actual = bill(session, owner, scope)
    assert [line.amount_minor for line in drafts.lines_of(session, actual.id)] == [8000, 12_000]
    assert other.invoice_line_id is not None


def test_methods_mixed_on_one_invoice(session, owner, firm):
    """10 h x 100 + 20 h x 50 + 15 h x 75 by staff = 3,125.00, beside other methods."""
    _, client, site, _, _, _ = firm
    staff = Project(name="App", client_id=client.id, currency="EUR", billing_method=BillingMethod.STAFF_HOURS)
    hourly = Project(name="Care", client_id=client.id, currency="EUR", bill_rate=Decimal(90))
    session.add_all([staff, hourly])
    session.flush()
    for name, rate, hours in (("Ann", 100, 10), ("Bob", 50, 20), ("Cyd", 75, 15)):
        person = User(name=name)
        session.add(person)
        session.flush()
        session.add(ProjectMember(project_id=staff.id, user_id=person.id, bill_rate=Decimal(rate)))
        log(session, staff, person, hours * 3600)
    log(session, hourly, firm[5], 1800)
    rates.price_logs(session)
    alone = outline(session, owner, Scope((staff.id or 0,), UNTIL, group_by=GroupBy.USER))
    assert (alone.amount_minor, alone.line_count) == (312_500, 3)
    invoice = bill(
        session,
        owner,
        Scope(
            (staff.id or 0, hourly.id or 0), UNTIL, group_by=GroupBy.USER,
            charges={"fixed_cost": [{"project": site.id, "basis": "percent", "value": "25"}]},
        ),
    )  # fmt: skip
    amounts = [(line.name, line.amount_minor) for line in drafts.lines_of(session, invoice.id)]
    assert amounts == [
        ("Ann", 100_000),
        ("Bob", 100_000),
        ("Cyd", 112_500),
        ("Ines", 4500),
        ("Site", 250_000),
    ]
    assert invoice.title == "App, Care, Site"


def test_a_price_stays_at_least_what_is_billed_of_it(session, owner, firm):
    bill(session, owner, fixed(firm[2]))
    with pytest.raises(DomainError) as refused:
        project_form.update(session, owner, firm[2].id, {"price": "5999.99"}, firm[2].version)
    assert refused.value.faults["price"].code == "project.error.price_below_billed"
    project_form.update(session, owner, firm[2].id, {"price": "6000"}, firm[2].version)


def test_charges_of_another_client_are_refused(session, owner, firm):
    other = Client(name="Brook", currency="EUR")
    session.add(other)
    session.flush()
    with pytest.raises(DomainError, match="other_client"):
        outline(session, owner, Scope((), UNTIL, client_id=other.id, charges=fixed(firm[2]).charges))


def test_fifty_managers_bill_sixty_per_cent_at_once_and_one_succeeds(engine):
    with db.transaction(engine) as session:
        session.add(Portal(strict_numbering=False))
        client = Client(name="Ardent", currency="EUR")
        session.add(client)
        session.flush()
        project = Project(
            name="Site", client_id=client.id, currency="EUR", billing_method=BillingMethod.FIXED_COST,
            price_minor=PRICE,
        )  # fmt: skip
        session.add(project)
        session.flush()

    def work(_: int) -> int:
        with db.transaction(engine) as session:
            return bill(session, MANAGER, fixed(project)).id or 0

    answers = at_once(work, 50)
    assert len([answer for answer in answers if isinstance(answer, int)]) == 1
    refused = [answer.code for answer in answers if isinstance(answer, DomainError)]
    assert refused == ["invoicing.error.above_price"] * 49
    with db.reading(engine) as session:
        live = select(func.sum(PriceClaim.amount_minor)).where(col(PriceClaim.released_at).is_(None))
        assert int(session.exec(live).one()) == 600_000


def test_a_member_bills_nothing(session, firm):
    person = Actor(
        9, "", "", Role.MEMBER, "en", "system", "UTC", permissions=frozenset({Permission.TIME_VIEW})
    )
    with pytest.raises(DomainError):
        bill(session, person, fixed(firm[2]))
