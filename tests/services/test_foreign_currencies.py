"""No document, payment or expense in another currency comes into being without its worth in base currency:
each door refuses it, so that no report has to leave it out."""

from datetime import timedelta
from decimal import Decimal

import pytest
from sqlmodel import select

from finance_app.domain.errors import DomainError, InvalidFields
from finance_app.models import (
    Budget,
    Invoice,
    Payment,
    Project,
    SalesOrder,
    TimeLog,
    UserRate,
    ZohoLink,
    ZohoSync,
)
from finance_app.services import rates
from finance_app.services.estimating import drafts as estimates
from finance_app.services.estimating import issuing as offering
from finance_app.services.estimating import orders
from finance_app.services.estimating.drafts import EstimateHead
from finance_app.services.estimating.papers import ESTIMATE, ORDER
from finance_app.services.expenses import saving as expenses
from finance_app.services.invoicing import drafts, editing, issuing
from finance_app.services.invoicing.drafts import DraftHead
from finance_app.services.invoicing.editing import AddLine, SetHead
from finance_app.services.invoicing.scope import Scope
from finance_app.services.payments import recording as payments
from finance_app.services.payments.recording import Received
from finance_app.services.reports import forecast, receivables, work_in_progress
from finance_app.services.zoho import base_currency
from finance_app.services.zoho.sync.modules import Module
from finance_app.services.zoho.sync.receiving import invoices
from finance_app.services.zoho.sync.receiving import payments as paid_at_zoho
from finance_app.services.zoho.sync.wanted import Unfit
from tests.harness.invoices import TODAY, Office, issued, office

MISSING = "exchange_rate_missing"


@pytest.fixture
def place(session) -> Office:
    """The client pays in dollars, and no dollar was ever counted."""
    found = office(session)
    found.client.currency = found.project.currency = "USD"
    session.flush()
    return found


def billed(session, owner, place: Office) -> Invoice:
    session.add(
        TimeLog(
            project_id=place.project.id, user_id=place.person.id, day=TODAY - timedelta(days=1), seconds=3600,
            bill_rate=Decimal(100),
        )
    )  # fmt: skip
    session.flush()
    scope = Scope(project_ids=(place.project.id or 0,), until=TODAY)
    return drafts.create_from_time(session, owner, scope, DraftHead())


def test_an_invoice_is_drafted_without_a_rate_and_issued_with_one(session, owner, place) -> None:
    draft = billed(session, owner, place)
    with pytest.raises(DomainError, match=MISSING):
        issuing.issue(session, owner, draft.id or 0)
    with pytest.raises(DomainError, match=MISSING):
        issuing.mark_sent(session, owner, draft.id or 0)
    for wrong in ("0", "-1"):
        with pytest.raises(DomainError, match="exchange_rate"):
            editing.save(session, owner, draft.id or 0, draft.version, [SetHead({"exchange_rate": wrong})])
    editing.save(session, owner, draft.id or 0, draft.version, [SetHead({"exchange_rate": "0.92"})])
    issuing.issue(session, owner, draft.id or 0)
    found = receivables.page(session, owner, receivables.ASKS.read({}))
    assert sum(found.totals["bands"]) == round(draft.total_minor * Decimal("0.92"))
    assert billed(session, owner, place).exchange_rate == Decimal("0.92")


def test_a_copy_of_a_draft_without_a_rate_has_none_either(session, owner, place) -> None:
    copy = drafts.duplicate(session, owner, billed(session, owner, place).id or 0)
    with pytest.raises(DomainError, match=MISSING):
        issuing.issue(session, owner, copy.id or 0)


def test_an_offer_and_an_order_are_sent_with_a_rate(session, owner, place) -> None:
    line = AddLine({"name": "Design", "unit_price": "100"})
    estimate = estimates.create(session, owner, EstimateHead(client_id=place.client.id or 0, title="Site"))
    editing.save(session, owner, estimate.id or 0, estimate.version, [line], ESTIMATE)
    order = orders.create(session, owner, place.client.id or 0, "Site")
    editing.save(session, owner, order.id or 0, order.version, [line], ORDER)
    with pytest.raises(DomainError, match=MISSING):
        offering.mark_sent(session, owner, estimate.id or 0)
    with pytest.raises(DomainError, match=MISSING):
        orders.confirm(session, owner, order.id or 0)
    assert forecast.page(session, owner, forecast.ASKS.read({})).total == 0
    rate = SetHead({"exchange_rate": "0.92"})
    editing.save(session, owner, order.id or 0, order.version, [rate], ORDER)
    orders.confirm(session, owner, order.id or 0)
    assert forecast.page(session, owner, forecast.ASKS.read({})).totals["amounts"] == {"USD": 100_00}


def test_the_base_currency_has_no_rate(session, owner) -> None:
    draft = issued_draft(session, owner)
    with pytest.raises(DomainError, match="exchange_rate_of_base"):
        editing.save(session, owner, draft.id or 0, draft.version, [SetHead({"exchange_rate": "0.5"})])
    editing.save(session, owner, draft.id or 0, draft.version, [SetHead({"exchange_rate": "1"})])


def issued_draft(session, owner) -> Invoice:
    return billed(session, owner, office(session))


def test_a_payment_needs_a_rate_or_an_invoice_that_has_one(session, owner, place) -> None:
    for allocations in ({}, None):
        given = Received(place.client.id or 0, TODAY, "USD", 100, f"k{allocations}", allocations=allocations)
        with pytest.raises(DomainError, match=r"payment.error.exchange_rate"):
            payments.record(session, owner, given)


def test_an_expense_needs_a_rate(session, owner, place) -> None:
    data = {"day": str(TODAY), "merchant": "Uber", "amount_0": "10", "currency": "USD"}
    billed(session, owner, place)
    with pytest.raises(InvalidFields) as refused:
        expenses.create(session, owner, data, "en")
    assert refused.value.faults["exchange_rate"].code == "expense.error.no_rate"


def test_a_foreign_expense_waits_until_the_currency_of_the_invoice_has_a_rate(session, owner, place) -> None:
    data = {"day": str(TODAY), "merchant": "SNCF", "amount_0": "10", "billable": "on"}
    expenses.create(session, owner, {**data, "project_id": str(place.project.id)}, "en")
    waiting = work_in_progress.page(session, owner, work_in_progress.ASKS.read({}))
    assert waiting.totals["ready"] == {"EUR": 10_00}
    scope = Scope((), TODAY, charges={"expense": {"all": True}}, client_id=place.client.id)
    with pytest.raises(DomainError):
        drafts.create_from_time(session, owner, scope, DraftHead())
    assert session.exec(select(Invoice)).all() == []


def test_work_in_another_currency_is_told_by_currency_and_never_added_up(session, owner, place) -> None:
    home = Project(name="Home", client_id=place.client.id, currency="EUR")
    session.add(home)
    session.flush()
    for project, rate in ((place.project, 100), (home, 50)):
        session.add(
            TimeLog(
                project_id=project.id,
                user_id=place.person.id,
                day=TODAY,
                seconds=3600,
                bill_rate=Decimal(rate),
            )
        )
    session.flush()
    found = work_in_progress.page(session, owner, work_in_progress.ASKS.read({}))
    assert found.totals["ready"] == {"USD": 100_00, "EUR": 50_00}


def test_a_person_costs_in_base_currency_wherever_they_work(session, owner, place) -> None:
    session.add(
        UserRate(
            user_id=place.person.id or 0, valid_from=TODAY - timedelta(days=9), bill_rate=Decimal(100),
            cost_rate=Decimal(40),
        )
    )  # fmt: skip
    place.project.bill_rate = None
    session.flush()
    bill, cost = rates.rate_for(session, place.project.id or 0, None, place.person.id or 0, TODAY)
    assert (bill, cost) == (None, Decimal(40))


def test_the_base_currency_changes_only_while_nothing_counts_in_it(session, owner) -> None:
    place = office(session)
    assert not base_currency.in_use(session)
    made = {
        "budget": Budget(project_id=place.project.id or 0, cost_minor=100),
        "order": SalesOrder(client_id=place.client.id or 0, currency="EUR", issue_date=TODAY),
        "rate": UserRate(user_id=place.person.id or 0, valid_from=TODAY, cost_rate=Decimal(1)),
    }
    for row in made.values():
        with session.begin_nested() as save:
            session.add(row)
            session.flush()
            with pytest.raises(DomainError, match="base_currency"):
                base_currency.take(session, owner, "USD")
            save.rollback()
    issued(session, owner, place)
    with pytest.raises(DomainError, match="base_currency"):
        base_currency.take(session, owner, "USD")


def test_zoho_hands_over_nothing_without_a_rate(session, owner, place) -> None:
    sync = ZohoSync(connection_id=1, product="books", organisation="10")
    session.add(sync)
    session.flush()
    session.add(
        ZohoLink(
            sync_id=sync.id or 0, module=Module.CONTACT, local_id=place.client.id or 0, remote_id="7",
            reference="c",
        )
    )  # fmt: skip
    session.flush()
    common = {"customer_id": "7", "currency_code": "USD", "date": str(TODAY)}
    line = {"name": "Work", "rate": "10", "quantity": "1"}
    invoice = {**common, "invoice_id": "1", "invoice_number": "Z-1", "total": "10", "line_items": [line]}
    paid = {**common, "payment_id": "2", "amount": "10"}
    for take, raw in ((invoices.take, invoice), (paid_at_zoho.take, paid)):
        with pytest.raises(Unfit) as refused, session.begin_nested():
            take(session, sync, raw)
        assert "USD" in refused.value.details["why"]
    assert session.exec(select(Invoice)).all() == session.exec(select(Payment)).all() == []
