"""What a reader sees is what the engine said, whoever shows it."""

import io
import re
from decimal import Decimal

import pytest
from pypdf import PdfReader

from finance_app.api import document_page, html
from finance_app.documents import wording
from finance_app.documents.invoice_pdf import render_pdf
from finance_app.domain.money import round_half_up
from finance_app.i18n.formats import money
from finance_app.models import Portal
from finance_app.models.kinds import DiscountKind
from finance_app.services.delivery.document_data import document_of, invoice_document, terms_text
from finance_app.services.document_parties import address_lines
from finance_app.services.invoicing import drafts, issuing, totals
from finance_app.services.invoicing.listing import ASKS, page
from tests.harness.invoices import TODAY, draft, issued, office

SPACES = re.compile(r"[\s\u00a0\u202f]+")


def squeezed(text: str) -> str:
    return SPACES.sub("", text)


def page_text(document) -> str:
    words = document_page.words(document, TODAY)
    text = html.environment().get_template("document.html").render(words, nonce="n")
    return squeezed(re.sub(r"<[^>]+>", " ", text))


def pdf_text(document) -> str:
    return squeezed(
        "".join(page.extract_text() for page in PdfReader(io.BytesIO(render_pdf(document))).pages)
    )


@pytest.mark.parametrize("locale", ["en", "fr"])
def test_editor_list_pdf_and_public_page_show_the_same_totals(session, owner, locale):
    place = office(session, locale=locale, tasks=7)
    invoice = draft(session, owner, place)
    invoice.discount_kind, invoice.discount_value = DiscountKind.PERCENT, Decimal("7.5")
    rows = drafts.lines_of(session, invoice.id or 0)
    engine = totals.compute(invoice, rows)
    session.flush()
    issuing.issue(session, owner, invoice.id or 0)

    (listed,) = page(session, owner, ASKS.read({})).rows
    document = invoice_document(session, invoice.id or 0)
    assert sum(row.amount_minor for row in rows) == engine.subtotal_minor == document.subtotal_minor
    assert listed.total_minor == engine.total_minor == document.total_minor == invoice.total_minor
    assert [tax.amount_minor for tax in document.taxes] == [charge.tax_minor for charge in engine.taxes]
    assert document.discounts[0].amount_minor == -engine.discount_minor

    printed, shown = pdf_text(document), page_text(document)
    figures = [engine.subtotal_minor, engine.tax_minor, engine.total_minor]
    for minor in [*figures, *(tax.base_minor for tax in engine.taxes)]:
        text = squeezed(money(minor, "EUR", locale))
        assert text in printed
        assert text in shown
    for row in wording.totals(document):
        assert squeezed(row.value) in printed
        assert squeezed(row.value) in shown


def test_hours_times_rate_is_the_printed_amount(session, owner):
    document = invoice_document(session, issued(session, owner, office(session, tasks=9)).id or 0)
    for line in document.lines:
        assert line.quantity is not None
        assert line.unit_price is not None
        assert round_half_up(line.quantity * line.unit_price * 100) == line.amount_minor


def test_an_issued_document_keeps_its_parties_and_a_draft_has_those_of_today(session, owner):
    place = office(session)
    frozen, open_one = issued(session, owner, place), draft(session, owner, place)
    place.portal.name, place.client.legal_name = "New name", "New client"
    session.flush()
    before, today = (document_of(session, "invoice", each.id or 0) for each in (frozen, open_one))
    assert (before.company.name, before.client.name, before.client.contact) == (
        "Atelier Rivoli", "Ardent", "Ann Lee",
    )  # fmt: skip
    assert (today.company.name, today.client.name) == ("New name", "New client")
    assert before.number
    assert today.number is None
    assert wording.mark(today) is wording.Mark.DRAFT


def test_a_draft_says_so_and_shows_no_number(session, owner):
    document = invoice_document(session, draft(session, owner, office(session)).id or 0)
    assert "DRAFT" in pdf_text(document).upper()
    assert "INV-" not in pdf_text(document) + page_text(document)


@pytest.mark.parametrize(
    ("party", "lines"),
    [
        ({"address": "1 High St", "city": "London", "postcode": "N1", "country": "GB"},
         ("1 High St", "London N1", "United Kingdom")),
        ({"address": "3 quai\nBât. B", "city": "Lyon", "postcode": "69002", "country": "FR"},
         ("3 quai", "Bât. B", "69002 Lyon", "France")),
        ({"city": "Boston", "region": "MA", "postcode": "02110", "country": "US"},
         ("Boston MA 02110", "United States")),
        ({}, ()),
    ],
)  # fmt: skip
def test_addresses_are_written_as_their_country_does(party, lines):
    assert address_lines(party, "en") == lines


def test_payment_terms_in_words():
    assert terms_text("net:30", "en") == "30 days net"
    assert terms_text("net:0", "fr") == "À réception de facture"
    assert terms_text("eom:45", "fr") == "45 jours fin de mois"
    assert terms_text("day:0:15", "en") == "Payable on day 15 of the month"
    assert terms_text("nonsense", "en") == ""


def test_french_mentions_are_there_unless_the_portal_has_its_own(session, owner):
    place = office(session)
    open_one = draft(session, owner, place)
    assert any("€40" in line for line in invoice_document(session, open_one.id or 0).legal_mentions)
    portal = session.get_one(Portal, place.portal.id)
    portal.legal_mentions = "Our own words."
    session.flush()
    assert invoice_document(session, open_one.id or 0).legal_mentions == ("Our own words.",)
