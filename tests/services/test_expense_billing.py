"""Expenses on invoices: each on one at most, locked there, back when the invoice lets go."""

import io
import os
from dataclasses import replace
from datetime import timedelta
from fractions import Fraction

import pytest
from pypdf import PdfReader
from sqlmodel import select

from finance_app.domain.errors import DomainError
from finance_app.domain.expense import ExpenseMove, ExpenseState
from finance_app.domain.periods import Period
from finance_app.domain.profit import Basis
from finance_app.models import Client, Expense, ExpenseClaim, Invoice, Portal, Project, RevenueEntry
from finance_app.models.columns import now
from finance_app.models.kinds import LineKind, PriceMode
from finance_app.services import files
from finance_app.services.budgeting.expenses import cost_by_project
from finance_app.services.delivery import sending as delivery
from finance_app.services.delivery.enclosures import enclosed
from finance_app.services.expenses import (
    access,
    approving,
    charge,
    drafting,
    listing,
    offering,
    purging,
    receipts,
    saving,
)
from finance_app.services.invoicing import charging, drafts, editing, issuing, voiding
from finance_app.services.invoicing.drafts import DraftHead
from finance_app.services.invoicing.editing import RemoveLine, SetLine
from finance_app.services.invoicing.preview import outline
from finance_app.services.invoicing.scope import Scope
from finance_app.services.payments import recording as payments
from finance_app.services.payments.recording import Received
from finance_app.services.profitability import expense_costs
from finance_app.services.profitability.scope import Question
from finance_app.services.profitability.scope import Scope as ProfitScope
from tests.documents.test_receipt import pdf, picture
from tests.harness.invoices import TODAY, office

DAY = (TODAY - timedelta(days=5)).isoformat()
ALL = {"expense": {"all": True}}


@pytest.fixture
def place(session, owner):
    return office(session)


def spent(session, owner, place, amount="100", **more):
    data = {
        "day": DAY,
        "merchant": "SNCF",
        "amount_0": amount,
        "billable": "on",
        "project_id": str(place.project.id),
        **more,
    }
    return saving.create(session, owner, data, "en")


def scope(place, wish=ALL, **more):
    return Scope(project_ids=(), until=TODAY, client_id=place.client.id, charges=wish, **more)


def drafted(session, owner, place, wish=ALL):
    return drafts.create_from_time(session, owner, scope(place, wish), DraftHead())


def lines_of(session, invoice):
    return drafts.lines_of(session, invoice.id)


def state(session, owner, expense):
    record = listing.record(session, owner, expense.id)
    assert record is not None
    return record.state


def test_all_unbilled_expenses_of_the_client_go_on_an_invoice_with_mark_up_and_tax(session, owner, place):
    marked = spent(session, owner, place, "100", mark_up_value="10", mark_up_kind="percent")
    of_client = spent(session, owner, place, "20", project_id="", client_id=str(place.client.id))
    spent(session, owner, place, "7", billable="")
    invoice = drafted(session, owner, place)
    assert [(line.kind, line.amount_minor) for line in lines_of(session, invoice)] == [
        (LineKind.EXPENSE, 110_00),
        (LineKind.EXPENSE, 20_00),
    ]
    assert (invoice.net_minor, invoice.tax_minor) == (130_00, 26_00)
    assert state(session, owner, marked) is ExpenseState.INVOICED
    claim = session.exec(select(ExpenseClaim).where(ExpenseClaim.expense_id == marked.id)).one()
    assert (claim.base_minor, claim.mark_up_minor) == (100_00, 10_00)
    for expense in (marked, of_client):
        with pytest.raises(DomainError, match=r"error\.invoiced"):
            access.editable(session, owner, expense.id)
    with pytest.raises(DomainError):
        drafted(session, owner, place)


def test_a_choice_takes_only_what_is_chosen_and_says_what_is_gone(session, owner, place):
    first, second = spent(session, owner, place, "1"), spent(session, owner, place, "2")
    only = {"expense": {"only": [second.id]}}
    assert [line.amount_minor for line in lines_of(session, drafted(session, owner, place, only))] == [2_00]
    found = outline(session, owner, scope(place, {"expense": {"all": True, "but": [first.id]}}))
    assert found.line_count == 0
    with pytest.raises(DomainError, match=r"error\.gone"):
        drafted(session, owner, place, only)
    assert state(session, owner, first) is ExpenseState.UNBILLED


def test_the_period_and_the_approval_decide_what_is_offered(session, owner, place):
    spent(session, owner, place, "1", day=(TODAY - timedelta(days=40)).isoformat())
    late = spent(session, owner, place, "2")
    since = TODAY - timedelta(days=30)
    assert [each.id for each in charge.unbilled(session, place.client.id, TODAY, since)] == [late.id]
    session.exec(select(Portal)).one().expenses_need_approval = True
    session.flush()
    assert charge.unbilled(session, place.client.id, TODAY) == []
    approving.move(session, owner, [late.id], ExpenseMove.APPROVE)
    assert [each.id for each in charge.unbilled(session, place.client.id, TODAY)] == [late.id]


def test_a_disbursement_passes_at_gross_without_tax_and_stays_so(session, owner, place):
    spent(session, owner, place, "290", disbursement="on")
    invoice = drafted(session, owner, place)
    [line] = lines_of(session, invoice)
    assert (line.kind, line.amount_minor, invoice.tax_minor) == (LineKind.DISBURSEMENT, 290_00, 0)
    assert line.taxes[0]["category"] == "E"
    with pytest.raises(DomainError, match="disbursement_fixed"):
        editing.save(session, owner, invoice.id, invoice.version, [SetLine(line.id, {"unit_price": "300"})])


def test_a_foreign_expense_is_charged_in_the_currency_of_the_invoice(session, owner, place):
    spent(session, owner, place, "100", currency="CHF", exchange_rate="1.05")
    assert [line.amount_minor for line in lines_of(session, drafted(session, owner, place))] == [105_00]


def test_inclusive_prices_hold_the_tax(session, owner, place):
    session.exec(select(Portal)).one().price_mode = PriceMode.INCLUSIVE
    spent(session, owner, place, "100")
    invoice = drafted(session, owner, place)
    assert (invoice.net_minor, invoice.total_minor) == (100_00, 120_00)


@pytest.mark.parametrize("way", ["line", "draft", "void", "credit"])
def test_what_an_invoice_lets_go_is_to_be_billed_again(session, owner, place, way):
    expense = spent(session, owner, place)
    invoice = drafted(session, owner, place)
    [line] = lines_of(session, invoice)
    if way == "line":
        editing.save(session, owner, invoice.id, invoice.version, [RemoveLine(line.id)])
    elif way == "draft":
        issuing.delete(session, owner, invoice.id)
    else:
        issuing.issue(session, owner, invoice.id)
        if way == "void":
            voiding.void(session, owner, invoice.id, "wrong client")
        else:
            charging.credited(session, owner, [(line.id, Fraction(1))])
            charging.credited(session, owner, [(line.id, Fraction(0))])
            assert state(session, owner, expense) is ExpenseState.INVOICED
            charging.credited(session, owner, [(line.id, Fraction(1))])
    assert state(session, owner, expense) is ExpenseState.UNBILLED
    again = drafted(session, owner, place)
    assert [line.amount_minor for line in lines_of(session, again)] == [100_00]
    live = session.exec(select(ExpenseClaim).where(ExpenseClaim.released_at == None)).all()  # noqa: E711
    assert len(live) == 1


def test_what_is_given_back_costs_no_longer_as_its_invoice_is_received(session, owner, place):
    expense = spent(session, owner, place)
    other = spent(session, owner, place, "50")
    invoice = drafted(session, owner, place)
    issuing.issue(session, owner, invoice.id)
    half = invoice.total_minor // 2
    received = Received(invoice.client_id, TODAY, "EUR", half, "half", allocations={invoice.id: half})
    payments.record(session, owner, received)
    year = Period(TODAY.replace(month=1, day=1), TODAY.replace(month=12, day=31))

    def costs():
        found, _, whole = expense_costs.costs(session, Question(ProfitScope(), year, Basis.CASH), year)
        assert whole == sum(each.amount_minor for each in found)
        return {each.expense_id: each.amount_minor for each in found}

    assert costs() == {expense.id: 50_00, other.id: 25_00}
    line = next(line for line in lines_of(session, invoice) if line.id == expense.invoice_line_id)
    charging.credited(session, owner, [(line.id, Fraction(1))])
    assert costs() == {other.id: 25_00}
    charging.credited(session, owner, [(line.id, Fraction(0))])
    assert costs() == {expense.id: 50_00, other.id: 25_00}


def test_a_paid_invoice_reimburses_its_expenses(session, owner, place):
    expense = spent(session, owner, place)
    invoice = drafted(session, owner, place)
    issuing.issue(session, owner, invoice.id)
    invoice.settled_minor, invoice.state = invoice.total_minor, "paid"
    session.flush()
    assert state(session, owner, expense) is ExpenseState.REIMBURSED


def test_the_database_itself_forbids_a_second_live_claim(session, owner, place):
    expense = spent(session, owner, place)
    drafted(session, owner, place)
    session.get_one(Expense, expense.id).invoice_line_id = None
    session.flush()
    with pytest.raises(DomainError, match=r"error\.taken"):
        drafted(session, owner, place)


def test_what_was_paid_in_the_clients_name_is_neither_revenue_nor_cost(session, owner, place):
    spent(session, owner, place, "290", disbursement="on")
    spent(session, owner, place, "100", mark_up_value="10", mark_up_kind="percent")
    rejected = spent(session, owner, place, "50", billable="")
    session.exec(select(Portal)).one().expenses_need_approval = True
    approving.move(session, owner, [rejected.id], ExpenseMove.REJECT, "private")
    session.exec(select(Portal)).one().expenses_need_approval = False
    assert cost_by_project(session, [place.project.id]) == {place.project.id: 100_00}
    assert cost_by_project(session, [place.project.id], Period(TODAY, TODAY)) == {}
    invoice = drafted(session, owner, place)
    issuing.issue(session, owner, invoice.id)
    earned = session.exec(select(RevenueEntry).where(RevenueEntry.kind == "invoice")).all()
    assert sum(entry.amount_minor for entry in earned) == 110_00
    assert invoice.net_minor == 400_00


def test_chosen_expenses_become_a_draft_of_their_client(session, owner, place):
    first, second = spent(session, owner, place, "1"), spent(session, owner, place, "2")
    assert drafting.of_chosen(session, owner, [second.id]).net_minor == 2_00
    assert drafting.of_client(session, owner, place.client.id).net_minor == 1_00
    assert state(session, owner, first) is ExpenseState.INVOICED
    other, inside = Client(name="Other", currency="EUR"), Project(name="Inside", currency="EUR")
    session.add_all([other, inside])
    session.flush()
    third = spent(session, owner, place, "3", project_id="", client_id=str(other.id))
    fourth = spent(session, owner, place, "4")
    loose = spent(session, owner, place, "5", project_id=str(inside.id))
    for ids, code in (([third.id, fourth.id], "several_clients"), ([loose.id], "without_client")):
        with pytest.raises(DomainError, match=code):
            drafting.of_chosen(session, owner, ids)
    with pytest.raises(DomainError, match=r"error\.gone"):
        drafting.of_chosen(session, owner, [first.id])


def test_what_could_be_billed_is_offered_with_its_amounts_and_what_must_wait(session, owner, place):
    marked = spent(session, owner, place, "100", mark_up_value="10", mark_up_kind="percent")
    gross = spent(session, owner, place, "290", disbursement="on")
    foreign = spent(session, owner, place, "5", currency="CHF", exchange_rate="1.05", project_id="",
                    client_id=str(place.client.id))  # fmt: skip
    spent(session, owner, place, "1", day=(TODAY - timedelta(days=60)).isoformat())
    spent(session, owner, place, "2", day=TODAY.isoformat())
    ask = {"until": TODAY - timedelta(days=1), "since": TODAY - timedelta(days=30), "currency": "EUR"}
    found = offering.offered(session, owner, place.client.id, {"all": True, "but": [gross.id]}, **ask)
    shown = {row.record.id: row for row in found.rows}
    assert (found.count, found.chosen) == (3, 2)
    of = {id_: (row.base_minor, row.mark_up_minor, row.tax_minor) for id_, row in shown.items()}
    assert of == {
        marked.id: (100_00, 10_00, 22_00), gross.id: (290_00, 0, 0), foreign.id: (5_25, 0, 1_05),
    }  # fmt: skip
    assert found.total_minor == 132_00 + 6_30
    assert found.waiting == {"after_end": 1, "before_start": 1}
    invoice = drafts.create_from_time(
        session,
        owner,
        Scope((), ask["until"], ask["since"], charges={"expense": {"all": True, "but": [gross.id]}},
              client_id=place.client.id),
        DraftHead(),
    )  # fmt: skip
    assert invoice.total_minor == found.total_minor
    assert offering.offered(session, owner, place.client.id, {"all": True}, **ask).count == 1
    again = offering.offered(session, owner, place.client.id, ALL["expense"], draft_id=invoice.id, **ask)
    assert again.count == 3, "what the draft holds can be chosen anew"
    with pytest.raises(DomainError, match="not_allowed"):
        offering.offered(session, replace(owner, permissions=frozenset()), place.client.id, None, **ask)


def test_going_on_and_off_an_invoice_stands_in_the_history(session, owner, place):
    expense = spent(session, owner, place)
    invoice = drafted(session, owner, place)
    issuing.issue(session, owner, invoice.id)
    voiding.void(session, owner, invoice.id, "wrong client")
    again = drafted(session, owner, place)
    issuing.delete(session, owner, again.id)
    told = [event.action for event in saving.history(session, owner, expense.id)]
    assert told[:4] == ["freed_deleted", "billed", "freed_credited", "billed"]


def test_receipts_go_with_the_e_mail_as_pages_or_as_files(session, owner, place, monkeypatch):
    expense = spent(session, owner, place)
    for name in ("slip.jpg", "slip.jpg"):
        with files.Incoming(10**6) as incoming:
            incoming.write(picture("JPEG"))
            receipts.add(session, owner, receipts.keep(incoming), name=name, expense_id=expense.id)
    invoice = drafted(session, owner, place)
    plain, behind, apart = (
        delivery.send(session, owner, invoice.id, session.get_one(Invoice, invoice.id).version,
                      "a@b.example", "", "Invoice", "Hello", key, how)
        for key, how in (("1", ""), ("2", "append"), ("3", "attach"))
    )  # fmt: skip

    def pages(attachment):
        return len(PdfReader(io.BytesIO(attachment.content)).pages)

    [alone] = enclosed(session, plain)
    [merged] = enclosed(session, behind)
    assert pages(merged) == pages(alone) + 2
    assert [each.name for each in enclosed(session, apart)][1:] == ["01 slip.jpg", "02 slip.jpg"]
    monkeypatch.setattr(receipts, "MAIL_LIMIT", 10)
    version = session.get_one(Invoice, invoice.id).version
    with pytest.raises(DomainError, match="receipts_too_large"):
        delivery.send(session, owner, invoice.id, version, "a@b.example", "", "I", "H", "4", "attach")


def test_receipts_taken_away_leave_the_disk_after_a_month_unless_another_needs_them(session, owner, place):
    first, second = spent(session, owner, place), spent(session, owner, place, "2")
    made = []
    for expense, content in ((first, picture("JPEG")), (second, picture("JPEG")), (first, pdf(pages=2))):
        with files.Incoming(10**7) as incoming:
            incoming.write(content)
            kept = receipts.keep(incoming)
        made.append((receipts.add(session, owner, kept, name="slip", expense_id=expense.id), kept))
    (shared, _), (_, photograph), (paper, document) = made
    for receipt in (shared, paper):
        receipts.remove(session, owner, receipt.id)
    assert purging.forget_removed(session, now() + timedelta(days=29)) == []
    hashes = purging.forget_removed(session, now() + timedelta(days=31))
    assert set(hashes) == {photograph.sha256, document.sha256, *document.pages}
    assert purging.let_go(session, hashes) == 0, "what has just been written stays"
    for sha256 in hashes:
        os.utime(files.path_of(sha256), (0, 0))
    assert purging.let_go(session, hashes) == 3
    assert files.path_of(photograph.sha256).is_file()
    assert [receipt.id for receipt, _ in receipts.of_expense(session, second.id)] == [made[1][0].id]


def test_the_receipts_of_an_invoice_follow_its_pages(session, owner, place):
    expense = spent(session, owner, place)
    with files.Incoming(10**6) as incoming:
        incoming.write(picture("JPEG"))
        kept = receipts.keep(incoming)
    receipts.add(session, owner, kept, name="slip.jpg", expense_id=expense.id)
    invoice = drafted(session, owner, place)
    [(kind, path)] = receipts.of_invoice(session, owner, invoice.id)
    assert kind == "image/jpeg"
    assert len(PdfReader(io.BytesIO(receipts.behind(pdf(pages=1), [(kind, path)]))).pages) == 2
    assert receipts.behind(b"as it is", []) == b"as it is"
