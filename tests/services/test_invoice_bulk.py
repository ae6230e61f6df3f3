from datetime import timedelta

import pytest
from sqlmodel import col, select

from finance_app.domain.errors import DomainError
from finance_app.models import Client, Contact, Invoice, OutboxMessage, TimeLog
from finance_app.models.kinds import InvoiceState
from finance_app.services import invoice_bulk
from finance_app.services.invoice_bulk import BulkAction
from finance_app.services.payments import recording as payments
from finance_app.services.payments.recording import Received
from tests.harness.invoices import TODAY, draft, issued, office


@pytest.fixture
def place(session):
    found = office(session)
    found.portal.strict_numbering = False
    return found


def faults(planned) -> dict[int, str]:
    return {row.invoice_id: row.fault.code if row.fault else "" for row in planned}


def test_many_are_marked_as_sent_and_take_their_numbers_by_date(session, owner, place):
    place.portal.strict_numbering = True
    late, early = draft(session, owner, place), draft(session, owner, place)
    early.issue_date, late.issue_date = TODAY - timedelta(days=2), TODAY - timedelta(days=1)
    session.flush()
    done = invoice_bulk.carry_out(session, owner, BulkAction.MARK_SENT, [late.id, early.id], "k")
    assert [row.fault for row in done] == [None, None]
    numbers = [session.get_one(Invoice, each.id).number for each in (early, late)]
    assert None not in numbers
    assert numbers == sorted(numbers)


def test_what_one_refuses_leaves_the_others_done(session, owner, place):
    good, second = draft(session, owner, place), draft(session, owner, place)
    old = issued(session, owner, place)
    other = Invoice(client_id=place.client.id, currency="EUR", issue_date=TODAY, due_date=TODAY)
    session.add(other)
    session.flush()
    ids = [good.id, second.id, old.id, other.id]
    planned = faults(invoice_bulk.plan(session, owner, BulkAction.MARK_SENT, ids))
    assert planned == {good.id: "", second.id: "", old.id: "error.invoice.cannot_mark_sent", other.id: ""}
    done = faults(invoice_bulk.carry_out(session, owner, BulkAction.MARK_SENT, ids, "k"))
    assert done == {**planned, other.id: "invoicing.error.empty"}
    states = {row: session.get_one(Invoice, row).state for row in ids}
    assert states[good.id] is states[second.id] is InvoiceState.ISSUED
    assert states[other.id] is InvoiceState.DRAFT


def test_each_client_is_written_to_once_per_request(session, owner, place):
    invoices = [draft(session, owner, place), issued(session, owner, place)]
    ids = [invoice.id for invoice in invoices]
    for _ in range(2):
        invoice_bulk.carry_out(session, owner, BulkAction.SEND, ids, "same click")
    mails = session.exec(select(OutboxMessage)).all()
    assert sorted(mail.object_id for mail in mails) == sorted(ids)
    assert all(mail.payload["to"] == ["ann@ardent.example"] for mail in mails)
    assert {session.get_one(Invoice, row).state for row in ids} == {InvoiceState.ISSUED}


def test_nobody_to_write_to_is_told_before(session, owner, place):
    invoice = draft(session, owner, place)
    for contact in session.exec(select(Contact)).all():
        contact.email = ""
    invoice.recipients = []
    session.flush()
    assert faults(invoice_bulk.plan(session, owner, BulkAction.SEND, [invoice.id])) == {
        invoice.id: "invoice.bulk.no_address"
    }


def test_reminders_go_to_the_overdue_alone(session, owner, place):
    late, early = issued(session, owner, place), issued(session, owner, place)
    late.due_date = TODAY - timedelta(days=4)
    session.flush()
    done = faults(invoice_bulk.carry_out(session, owner, BulkAction.REMIND, [late.id, early.id], "k"))
    assert done == {late.id: "", early.id: "error.invoice.cannot_remind"}
    assert [mail.object_id for mail in session.exec(select(OutboxMessage)).all()] == [late.id]


def test_drafts_are_deleted_and_their_time_is_free_again(session, owner, place):
    drafts, kept = [draft(session, owner, place) for _ in range(2)], issued(session, owner, place)
    ids = [row.id for row in drafts]
    done = faults(invoice_bulk.carry_out(session, owner, BulkAction.DELETE, [*ids, kept.id], "k"))
    assert done == {ids[0]: "", ids[1]: "", kept.id: "invoice.bulk.only_drafts"}
    assert session.exec(select(Invoice.id)).all() == [kept.id]
    free = session.exec(select(TimeLog).where(col(TimeLog.invoice_line_id).is_(None))).all()
    assert len(free) == 2 * len(place.tasks)


def test_one_payment_is_of_one_client_in_one_currency_for_what_is_open(session, owner, place):
    first, second = issued(session, owner, place), issued(session, owner, place)
    assert invoice_bulk.payer_of(session, owner, [first.id, second.id]) == (place.client.id, "EUR")
    payments.record(
        session,
        owner,
        Received(
            place.client.id,
            TODAY,
            "EUR",
            second.total_minor,
            "key",
            allocations={second.id: second.total_minor},
        ),
    )
    with pytest.raises(DomainError, match="not_open"):
        invoice_bulk.payer_of(session, owner, [first.id, second.id])
    stranger = Client(name="Other", currency="EUR")
    session.add(stranger)
    session.flush()
    foreign = Invoice(client_id=stranger.id, currency="EUR", issue_date=TODAY, due_date=TODAY)
    session.add(foreign)
    session.flush()
    with pytest.raises(DomainError, match="several_clients"):
        invoice_bulk.payer_of(session, owner, [first.id, foreign.id])


def test_a_team_member_does_nothing_to_many(session, owner, member, place):
    invoice = draft(session, owner, place)
    for ask in (
        lambda: invoice_bulk.plan(session, member, BulkAction.SEND, [invoice.id]),
        lambda: invoice_bulk.carry_out(session, member, BulkAction.DELETE, [invoice.id], "k"),
        lambda: invoice_bulk.payer_of(session, member, [invoice.id]),
    ):
        with pytest.raises(DomainError):
            ask()
