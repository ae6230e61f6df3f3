from datetime import date
from decimal import Decimal

import pytest

from finance_app.domain.errors import DomainError, NotFound
from finance_app.domain.workflow import CreditNoteAction, CreditNoteState
from finance_app.models import Client, Invoice, InvoiceLine, Portal
from finance_app.models.columns import now
from finance_app.models.kinds import InvoiceState
from finance_app.services.clients import credit as client_credit
from finance_app.services.clients.credit import Account
from finance_app.services.crediting import listing as credit_note_list
from finance_app.services.crediting import notes as credit_notes
from finance_app.services.crediting import use as credit_use
from finance_app.services.crediting.listing import ASKS, CreditNoteSum
from finance_app.services.invoicing import totals
from finance_app.services.payments import recording as payments
from finance_app.services.portal import today

DAY = date(2026, 3, 1)


@pytest.fixture
def credited(session, owner):
    """An invoice of 100.00, paid, of which a note takes 30.00 back; another invoice of 50.00 is late."""
    session.add(Portal(name="Atelier", base_currency="EUR", strict_numbering=False))
    client = Client(name="Foo", currency="EUR")
    session.add(client)
    session.flush()
    invoices = []
    for number, price in (("F-1", 100), ("F-2", 50)):
        invoice = Invoice(
            number=number,
            client_id=client.id,
            state=InvoiceState.ISSUED,
            currency="EUR",
            issue_date=DAY,
            due_date=DAY,
            issued_at=now(),
        )
        line = InvoiceLine(invoice_id=0, position=1, name="Work", unit_price=Decimal(price))
        totals.compute(invoice, [line])
        session.add(invoice)
        session.flush()
        line.invoice_id = invoice.id
        session.add(line)
        session.flush()
        invoices.append((invoice, line))
    first, line = invoices[0]
    shares = {first.id: 8_000}
    payments.record(session, owner, payments.Received(client.id, DAY, "EUR", 8_000, "k", allocations=shares))
    note = credit_notes.create_partial(session, owner, first.id, {line.id: 3_000}, "Complaint")
    return client, note, invoices[1][0]


def test_the_rest_of_a_note_is_credit_until_it_is_applied_or_refunded(session, owner, credited):
    client, note, other = credited
    seen = credit_note_list.view(session, owner, note.id)
    assert (seen.unused_minor, [use.amount_minor for use in seen.uses]) == (1_000, [2_000])
    assert CreditNoteAction.REFUND in seen.actions
    assert client_credit.accounts_of(session, owner, client.id) == [Account("EUR", 5_000, 5_000, 1_000)]
    day = today(session)
    credit_use.apply(session, owner, note.id, other.id, 600, day)
    credit_use.refund(session, owner, note.id, 400, day, "r")
    seen = credit_note_list.view(session, owner, note.id)
    assert (seen.note.state, seen.unused_minor) == (CreditNoteState.CLOSED, 0)
    assert [use.amount_minor for use in seen.uses if not use.invoice] == [400]
    assert client_credit.accounts_of(session, owner, client.id) == [Account("EUR", 4_400, 4_400, 0)]


def test_list_search_filters_and_sums(session, owner, credited):
    _, note, _ = credited

    def found(**params):
        return credit_note_list.page(session, owner, ASKS.read(params))

    everything = found()
    assert [(row.id, row.invoice, row.unused_minor) for row in everything.rows] == [(note.id, "F-1", 1_000)]
    assert everything.totals["currencies"] == [CreditNoteSum("EUR", 3_000, 1_000)]
    assert found(q="F-1").total == found(q="foo").total == found(state="open").total == 1
    assert found(q="F-2").total == found(state="closed").total == found(until="2020-01-01").total == 0
    assert credit_note_list.suggestions(session, owner, note.number, 5) == [(note.id, note.number, "Foo")]


def test_rights(session, member, credited):
    for call in (
        lambda: credit_note_list.page(session, member, ASKS.read({})),
        lambda: credit_note_list.view(session, member, credited[1].id),
        lambda: client_credit.accounts_of(session, member, credited[0].id),
    ):
        with pytest.raises(DomainError) as refusal:
            call()
        assert not isinstance(refusal.value, NotFound)
