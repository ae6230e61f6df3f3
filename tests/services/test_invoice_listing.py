from datetime import UTC, datetime, timedelta

import pytest

from finance_app.domain.errors import DomainError
from finance_app.domain.workflow import DisplayedState, InvoiceFacts, displayed_state
from finance_app.models import Client, Invoice, Portal
from finance_app.models.kinds import InvoiceState
from finance_app.services.invoicing import listing
from finance_app.services.listing import ListQuery
from finance_app.services.portal import portal_of, today_in

NOW = datetime.now(UTC)


@pytest.fixture
def invoices(session) -> list[Invoice]:
    session.add(Portal(name="P", time_zone="Europe/Paris"))
    client = Client(name="Atelier 100%", currency="EUR")
    session.add(client)
    session.flush()
    today = today_in(portal_of(session))
    facts = [
        ("draft", 0, None, 30, "EUR"),
        ("issued", 0, None, 30, "EUR"),
        ("issued", 0, NOW, 0, "EUR"),
        ("issued", 0, NOW, -1, "EUR"),
        ("issued", 40_00, NOW, -5, "EUR"),
        ("issued", 40_00, NOW, 5, "CHF"),
        ("paid", 100_00, NOW, -5, "EUR"),
        ("void", 0, None, -5, "EUR"),
    ]
    rows = [
        Invoice(
            number=None if state == "draft" else f"INV-{place}",
            client_id=client.id or 0,
            state=InvoiceState(state),
            issue_date=today - timedelta(days=place),
            due_date=today + timedelta(days=left),
            currency=currency,
            total_minor=100_00,
            settled_minor=settled,
            viewed_at=viewed,
            issued_at=None if state == "draft" else NOW,
            voided_at=NOW if state == "void" else None,
        )
        for place, (state, settled, viewed, left, currency) in enumerate(facts)
    ]
    session.add_all(rows)
    session.flush()
    return rows


def test_states_of_the_database_are_those_of_the_rule(session, owner, invoices):
    today = today_in(portal_of(session))
    shown = {row.id: row.state for row in listing.page(session, owner, ListQuery()).rows}
    for row in invoices:
        facts = InvoiceFacts(
            row.total_minor,
            row.total_minor - row.settled_minor,
            row.issued_at,
            row.voided_at,
            row.viewed_at,
            row.due_date,
        )
        assert shown[row.id] is displayed_state(facts, today)
    assert set(shown.values()) == set(DisplayedState)


def test_each_state_filters_as_many_as_it_counts(session, owner, invoices):
    counts = listing.counts(session, owner, ListQuery(filters={"state": "paid"}))
    assert sum(counts.values()) == len(invoices)
    for state in DisplayedState:
        found = listing.page(session, owner, ListQuery(filters={"state": state.value}))
        assert found.total == counts[state.value]
        assert {row.state for row in found.rows} == {state}


def test_sums_are_by_currency_and_leave_out_what_is_void(session, owner, invoices):
    sums = listing.page(session, owner, ListQuery(size=1)).totals["currencies"]
    assert [(s.currency, s.total_minor, s.balance_minor) for s in sums] == [
        ("CHF", 100_00, 60_00),
        ("EUR", 600_00, 460_00),
    ]


def test_search_takes_wildcards_literally(session, owner, invoices):
    assert listing.page(session, owner, ListQuery(search="100%")).total == len(invoices)
    assert listing.page(session, owner, ListQuery(search="1_0")).total == 0


def test_team_member_sees_no_invoice(session, member, invoices):
    for ask in (listing.page, listing.counts):
        with pytest.raises(DomainError):
            ask(session, member, ListQuery())
