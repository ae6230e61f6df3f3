from datetime import timedelta

import pytest

from finance_app.domain.errors import DomainError
from finance_app.models.kinds import PaymentMethod
from finance_app.services.clients import credit as client_credit
from finance_app.services.payments import listing as payment_list
from finance_app.services.payments import recording as payments
from finance_app.services.payments.listing import ASKS, PaymentSum
from tests.services.test_payments import DAY, client, issued, new_client, received  # noqa: F401


@pytest.fixture
def three(session, owner, client):  # noqa: F811
    """A payment over two invoices, one without any, a deleted one, and one of another client."""
    first, second = issued(session, client, 500), issued(session, client, 300, DAY + timedelta(days=1))
    first.number, second.number = "F-1", "F-2"
    over_two = payments.record(session, owner, received(client, 800, "a", reference="Wire 77"))
    credit = payments.record(
        session, owner, received(client, 50, "b", method=PaymentMethod.CASH, allocations={})
    )
    gone = payments.record(session, owner, received(client, 10, "c", allocations={}))
    payments.delete(session, owner, gone.id, "Typed twice")
    other = payments.record(session, owner, received(new_client(session), 70, "d", allocations={}))
    return over_two, credit, gone, other


def found(session, owner, **params):
    return payment_list.page(session, owner, ASKS.read({"sort": "date", **params}))


def test_list_search_and_filters(session, owner, three):
    over_two, credit, gone, other = (payment.id for payment in three)

    def ids(**params):
        return [row.id for row in found(session, owner, **params).rows]

    assert ids() == [over_two, credit, other]
    assert ids(state="unused") == [credit, other]
    assert ids(state="deleted") == [gone]
    assert ids(method="cash") == [credit]
    assert ids(q="wire 7") == [over_two]
    assert ids(q="F-2") == [over_two]
    assert ids(client=str(three[3].client_id)) == [other]
    assert ids(**{"from": (DAY + timedelta(days=1)).isoformat()}) == []
    assert ids(sort="-unused") == [other, credit, over_two]
    assert ids(until="nonsense", method="nonsense") == [over_two, credit, other]


def test_a_row_names_its_invoices_and_sums_leave_out_deleted_ones(session, owner, three):
    everything = found(session, owner)
    assert everything.rows[0].invoices == ("F-1", "F-2")
    assert everything.totals["currencies"] == [PaymentSum("EUR", 920, 120)]
    assert found(session, owner, state="deleted").totals["currencies"] == []


def test_one_payment_with_what_it_settles(session, owner, three):
    over_two, credit, *_ = three
    seen = payment_list.view(session, owner, over_two.id)
    assert [(part.invoice, part.amount_minor) for part in seen.allocations] == [("F-1", 500), ("F-2", 300)]
    assert seen.unused_minor == 0
    client_credit.refund(session, owner, credit.id, 20, DAY, "r")
    seen = payment_list.view(session, owner, credit.id)
    assert (seen.unused_minor, [refund.amount_minor for refund in seen.refunds]) == (30, [20])


def test_open_invoices_come_oldest_due_first(session, owner, client):  # noqa: F811
    late = issued(session, client, 500, DAY + timedelta(days=9))
    early = issued(session, client, 300)
    issued(session, client, 300, currency="USD")
    found = payment_list.open_invoices(session, owner, client, "EUR")
    assert [invoice.id for invoice in found] == [early.id, late.id]


def test_suggestions_and_rights(session, owner, member, three):
    assert [hit[0] for hit in payment_list.suggestions(session, owner, "wire", 5)] == [three[0].id]
    for call in (
        lambda: payment_list.page(session, member, ASKS.read({})),
        lambda: payment_list.view(session, member, three[0].id),
        lambda: payment_list.open_invoices(session, member, 1),
        lambda: payment_list.suggestions(session, member, "", 5),
    ):
        with pytest.raises(DomainError):
            call()
