from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlmodel import select

from finance_app.domain.errors import DomainError, InvalidFields, NotFound
from finance_app.domain.permissions import Permission
from finance_app.models import AuditEvent, Client, Invoice, InvoiceLine, Portal, Project, TimeLog
from finance_app.models.kinds import BillingMethod
from finance_app.services import rates
from finance_app.services.people import rates as person_rates

DAY = date(2026, 3, 1)


@pytest.fixture
def work(session) -> Project:
    session.add(Portal(name="Atelier", base_currency="EUR"))
    made = Project(name="Staff", billing_method=BillingMethod.STAFF_HOURS, currency="EUR")
    session.add(made)
    session.flush()
    return made


def log(session, work: Project, user_id: int, day: date = DAY, **columns) -> TimeLog:
    made = TimeLog(project_id=work.id, user_id=user_id, day=day, seconds=3600, **columns)
    session.add(made)
    session.flush()
    return made


def given(day: date, bill: str = "", cost: str = "") -> dict[str, str]:
    return {"valid_from": day.isoformat(), "bill_rate": bill, "cost_rate": cost}


def test_a_rate_prices_unbilled_time_from_its_day_and_removed_gives_way_to_the_one_before(
    session, owner, work
):
    me = owner.user_id
    first, second = log(session, work, me), log(session, work, me, DAY + timedelta(days=10))
    done = person_rates.save(session, owner, me, None, given(DAY, "90", "40"))
    assert (done.logs, done.bills, done.cost) == (2, {"EUR": (0, 18000)}, (0, 8000))
    person_rates.save(session, owner, me, None, given(DAY + timedelta(days=10), "100,50"))
    assert (first.bill_rate, str(second.bill_rate), second.cost_rate) == (90, "100.5", 40)
    newest, oldest = person_rates.history(session, owner, me)
    assert (oldest.until, newest.until) == (DAY + timedelta(days=9), None)
    assert (newest.cost_rate, newest.cost_in_force, newest.is_current) == (None, 40, True)
    person_rates.remove(session, owner, me, newest.id)
    assert second.bill_rate == 90
    actions = [event.action for event in session.exec(select(AuditEvent)).all()]
    assert actions == ["rate_saved", "rate_saved", "rate_removed"]


def test_billed_time_keeps_its_rate(session, owner, work):
    client = Client(name="C", currency="EUR")
    session.add(client)
    session.flush()
    invoice = Invoice(client_id=client.id, issue_date=DAY, due_date=DAY, currency="EUR")
    session.add(invoice)
    session.flush()
    line = InvoiceLine(invoice_id=invoice.id)
    session.add(line)
    session.flush()
    billed = log(session, work, owner.user_id, bill_rate=60, cost_rate=30, invoice_line_id=line.id)
    done = person_rates.save(session, owner, owner.user_id, None, given(DAY, "90", "40"))
    assert (done, billed.bill_rate, billed.cost_rate) == (rates.Repricing(0, "EUR"), 60, 30)


@pytest.mark.parametrize(
    ("changes", "field", "code"),
    [
        ({}, "valid_from", "same_date"),
        ({"valid_from": ""}, "valid_from", "rate.error.date"),
        ({"valid_from": "1899-12-31"}, "valid_from", "date_far"),
        ({"valid_from": "2026-04-01", "cost_rate": "-1"}, "cost_rate", "negative"),
        ({"valid_from": "2026-04-01", "bill_rate": "many"}, "bill_rate", "unreadable"),
        ({"valid_from": "2026-04-01", "bill_rate": "", "cost_rate": ""}, "bill_rate", "one_needed"),
    ],
)
def test_a_fault_names_its_field_and_changes_nothing(session, owner, work, changes, field, code):
    person_rates.save(session, owner, owner.user_id, None, given(DAY, "90", "40"))
    with pytest.raises(InvalidFields) as refusal:
        person_rates.save(session, owner, owner.user_id, None, {**given(DAY, "90", "40"), **changes})
    assert {name: fault.code for name, fault in refusal.value.faults.items()}.keys() == {field}
    assert code in refusal.value.faults[field].code
    assert len(person_rates.history(session, owner, owner.user_id)) == 1


def test_who_may_not_see_costs_reads_the_bill_rates_only(session, owner, work):
    me = owner.user_id
    person_rates.save(session, owner, me, None, given(DAY, "90", "40"))
    person_rates.save(session, owner, me, None, given(DAY + timedelta(days=5), cost="45"))
    blind = replace(owner, permissions=owner.permissions - {Permission.COSTS_VIEW})
    [seen] = person_rates.history(session, blind, me)
    assert (seen.bill_rate, seen.cost_rate, seen.cost_in_force) == (90, None, None)


def test_rates_are_for_those_who_may_see_and_change_them(session, owner, member, work):
    person_rates.save(session, owner, owner.user_id, None, given(DAY, "90"))
    [row] = person_rates.history(session, owner, owner.user_id)
    for refused in (
        lambda: person_rates.history(session, member, owner.user_id),
        lambda: person_rates.save(session, member, member.user_id, None, given(DAY, "500")),
        lambda: person_rates.remove(session, member, owner.user_id, row.id),
    ):
        with pytest.raises(DomainError, match="not_allowed"):
            refused()
    with pytest.raises(NotFound):
        person_rates.remove(session, owner, member.user_id, row.id)
