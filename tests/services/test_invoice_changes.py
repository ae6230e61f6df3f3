from decimal import Decimal

import pytest
from sqlmodel import col, select

from finance_app.domain.errors import DomainError
from finance_app.i18n import t
from finance_app.models import AuditEvent, Tax
from finance_app.services.invoicing import editing
from finance_app.services.invoicing.changes import changes_since
from finance_app.services.invoicing.drafts import lines_of
from finance_app.services.invoicing.editing import AddLine, MoveLine, RemoveLine, SetHead, SetLine
from finance_app.states.invoices.changes import change_lines
from tests.harness.invoices import draft, issued, office


@pytest.fixture
def place(session):
    return office(session)


def told(events, locale: str = "en") -> list[str]:
    return [text.replace("\u202f", " ") for event in events for text in change_lines(event, "EUR", locale)]


def test_who_edits_an_old_version_is_told_what_was_changed(session, owner, place):
    invoice = draft(session, owner, place)
    seen = invoice.version
    first, second = lines_of(session, invoice.id or 0)
    before = invoice.total_minor
    editing.save(session, owner, invoice.id, seen, [SetLine(first.id, {"quantity": "2", "name": "Design"})])
    editing.save(
        session, owner, invoice.id, seen + 1, [SetHead({"title": "October", "payment_terms": "net:15"})]
    )
    with pytest.raises(DomainError, match="newer") as refused:
        editing.save(session, owner, invoice.id, seen, [SetLine(second.id, {"quantity": "9"})])
    assert (refused.value.params["who"], refused.value.params["n"]) == (owner.name, 2)
    lines = told(changes_since(session, owner, "invoice", invoice.id, seen))
    assert set(lines[:2]) == {
        "Line 1 “Task 0”, Quantity: 1.0003 → 2.00",
        "Line 1 “Task 0”, Line: Task 0 → Design",
    }
    assert "Title: Website → October" in lines
    assert "Payment terms: 30 days → 15 days" in lines
    assert any(line.startswith("Total: ") for line in lines)
    assert before != invoice.total_minor
    assert changes_since(session, owner, "invoice", invoice.id, invoice.version) == []


def test_lines_that_come_go_and_move_are_told(session, owner, place):
    invoice = draft(session, owner, place)
    first, second = lines_of(session, invoice.id or 0)
    session.add(GST := Tax(name="GST", rate=Decimal(5)))
    session.flush()
    place.portal.country = "CA"
    editing.save(
        session,
        owner,
        invoice.id,
        invoice.version,
        [
            AddLine({"name": "Hosting", "unit_price": "10"}),
            MoveLine(second.id, 1),
            RemoveLine(first.id),
            SetLine(
                second.id,
                {"tax_ids": [place_tax(session), GST.id], "discount": {"kind": "percent", "value": "10"}},
            ),
        ],
    )
    lines = told(changes_since(session, owner, "invoice", invoice.id, 1))
    assert lines[:3] == ["Line 3 added: Hosting", "Line 2 moved to 1: Task 1", "Line 2 removed: Task 0"]
    assert set(lines[3:5]) == {
        "Line 1 “Task 1”, Tax: TVA 20 % → TVA 20 %, GST",
        "Line 1 “Task 1”, Discount: – → 10%",
    }


def place_tax(session) -> int:
    return session.exec(select(Tax.id).where(Tax.name == "TVA 20 %")).one()


def test_a_revised_invoice_keeps_before_and_after_in_french_too(session, owner, place):
    place.portal.strict_numbering = False
    invoice = issued(session, owner, place)
    editing.save(session, owner, invoice.id, invoice.version, [SetHead({"reference": "PO 7"})])
    event = session.exec(select(AuditEvent).order_by(col(AuditEvent.id).desc())).first()
    assert event.action == "revised"
    assert told([event], "fr") == [f"{t('fr', 'invoice.reference')} : – → PO 7"]
