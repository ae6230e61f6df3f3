"""Somebody new works on a project billed by person: from the first form to the lines of the invoice."""

from datetime import timedelta
from decimal import Decimal

from finance_app.services.clients import directory as clients
from finance_app.services.invoicing import drafts
from finance_app.services.invoicing.drafts import DraftHead
from finance_app.services.invoicing.scope import Scope
from finance_app.services.people import directory as people
from finance_app.services.people import rates as person_rates
from finance_app.services.portal import today
from finance_app.services.projects import form as project_form
from finance_app.services.time_tracking import logs as time_logs


def test_a_new_person_is_billed_at_their_rates(session, owner):
    day = today(session)
    client = clients.create(session, owner, {"name": "Ardent", "currency": "EUR", "country": "FR"})
    work = project_form.create(
        session, owner, {"name": "Site", "client_id": str(client.id), "billing_method": "staff_hours"}
    )
    ada = people.create(session, owner, {"name": "Ada Byron"})
    raised = day - timedelta(days=3)
    for since, rate in ((day - timedelta(days=60), "90"), (raised, "100,50")):
        given = {"valid_from": since.isoformat(), "bill_rate": rate, "cost_rate": "40"}
        person_rates.save(session, owner, ada.id, None, given)
    for days, duration in ((5, "1:30"), (4, "0:30"), (3, "2")):
        typed = {"user_id": str(ada.id), "project_id": str(work.id), "duration": duration, "billable": "on"}
        time_logs.create(session, owner, {**typed, "day": (day - timedelta(days=days)).isoformat()})
    invoice = drafts.create_from_time(session, owner, Scope((work.id,), until=day), DraftHead())
    lines = [(line.quantity, line.unit_price) for line in drafts.lines_of(session, invoice.id)]
    assert sorted(lines) == [(2, 90), (2, Decimal("100.5"))]
    assert invoice.total_minor == 38100
