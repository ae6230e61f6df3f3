"""One engine gives every total: what the editor, the list, the page, the PDF, the client's link and the
export say of a document is what the engine says of it, to the cent."""

import csv
import io
import re
from decimal import Decimal

import pytest
from pypdf import PdfReader
from sqlmodel import select
from starlette.applications import Starlette
from starlette.testclient import TestClient

from finance_app import db
from finance_app.api.documents import document_routes
from finance_app.api.exports.route import export_routes
from finance_app.api.public_documents import public_document_routes
from finance_app.domain.money import to_decimal
from finance_app.domain.time import printed_quantity
from finance_app.i18n import formats
from finance_app.models import Invoice, InvoiceLine, Tax
from finance_app.models.kinds import Role
from finance_app.services.accounts import identity as accounts
from finance_app.services.delivery import links as public_links
from finance_app.services.invoicing import editing, issuing, totals
from finance_app.services.invoicing.editing import AddLine, SetHead, SetLine
from finance_app.settings import settings
from finance_app.states.invoices.editor import InvoiceEditor
from finance_app.states.invoices.listing import InvoiceList
from finance_app.states.invoices.page import InvoicePage
from tests.harness.invoices import draft, office

HEADS = {
    "net prices, a discount and a surcharge": {
        "discount": {"kind": "percent", "value": "7.5"},
        "surcharges": [{"name": "Courier", "amount": "12.35"}],
    },
    "gross prices, rounded to 5 cents": {
        "price_mode": "inclusive",
        "discount": {"kind": "amount", "value": "33.33"},
        "total_rounding": "0.05",
    },
    "taxes rounded on every line": {"tax_rounding": "per_line"},
}


def words(text: str) -> str:
    return re.sub(r"\s+", " ", text.replace("\u00a0", " ").replace("\u202f", " "))


@pytest.fixture
def cookie(log_in) -> str:
    return log_in(Role.OWNER)


@pytest.fixture
def made(database, cookie, request) -> int:
    """A draft with time, items, two rates and a line discount."""
    with db.transaction() as session:
        actor = accounts.actor_of(session, cookie.partition("=")[2])
        assert actor is not None
        place = office(session, tasks=4)
        low = Tax(name="TVA 5,5 %", rate=Decimal("5.5"))
        session.add(low)
        invoice = draft(session, actor, place)
        lines = session.exec(select(InvoiceLine).where(InvoiceLine.invoice_id == invoice.id)).all()
        changes = [
            SetLine(lines[1].id or 0, {"tax_ids": [low.id]}),
            SetLine(lines[2].id or 0, {"discount": {"kind": "percent", "value": "12.5"}}),
            AddLine({"name": "Books", "quantity": "3", "unit_price": "19.99", "tax_ids": [low.id]}),
            SetHead(HEADS[request.param]),
        ]
        editing.save(session, actor, invoice.id or 0, invoice.version, changes)
        return invoice.id or 0


def issue(invoice_id: int, cookie: str) -> str:
    with db.transaction() as session:
        actor = accounts.actor_of(session, cookie.partition("=")[2])
        assert actor is not None
        issuing.issue(session, actor, invoice_id)
        return public_links.token_of(public_links.ensure_link(session, actor, "invoice", invoice_id))


@pytest.mark.parametrize("made", HEADS, indirect=True)
async def test_every_reader_sees_the_engines_figures(made, cookie, browser_of):
    invoice_id = made
    params = {"invoice_id": str(invoice_id)}
    editor = await browser_of(cookie, f"/invoices/{invoice_id}/edit", params)(InvoiceEditor)
    await InvoiceEditor.load.fn(editor)
    edited = [(row.label, row.amount) for row in editor.totals]

    token = issue(invoice_id, cookie)
    with db.reading() as session:
        invoice = session.get_one(Invoice, invoice_id)
        lines = session.exec(
            select(InvoiceLine).where(InvoiceLine.invoice_id == invoice_id).order_by(InvoiceLine.position)
        ).all()
        engine = totals.results(invoice, lines)
    total, net = engine.total_minor, engine.net_minor
    shown = formats.money(total, "EUR", "en")
    taxes = [formats.money(charge.tax_minor, "EUR", "en") for charge in engine.taxes]
    amounts = [formats.money(line.amount_minor, "EUR", "en") for line in engine.lines]
    assert len(taxes) == 2
    assert [line.amount_minor for line in lines] == [line.amount_minor for line in engine.lines]
    assert (invoice.total_minor, invoice.net_minor, invoice.tax_minor) == (total, net, engine.tax_minor)

    assert edited[-1][1] == shown
    assert [amount for _, amount in edited if amount in taxes] == taxes
    assert [line.amount for line in editor.lines] == amounts

    listed = await browser_of(cookie, "/invoices")(InvoiceList)
    await InvoiceList.load.fn(listed)
    assert [row.total for row in listed.rows] == [shown]
    page = await browser_of(cookie, f"/invoices/{invoice_id}", params)(InvoicePage)
    await InvoicePage.load.fn(page)
    assert [(row.label, row.amount) for row in page.totals] == edited
    assert [line.amount for line in page.lines] == amounts

    web = TestClient(
        Starlette(routes=[*document_routes(), *public_document_routes(), *export_routes()]),
        base_url=settings().address,
        headers={"cookie": cookie, "accept-language": "en"},
    )
    pdf = PdfReader(io.BytesIO(web.get(f"/documents/invoice/{invoice_id}.pdf").content))
    printed = words(" ".join(sheet.extract_text() for sheet in pdf.pages))
    public = words(re.sub(r"<[^>]+>", " ", web.get(f"/i/{token}").text))
    for text in (printed, public):
        for amount in (shown, *taxes, *amounts):
            assert amount.removeprefix("€") in text, (amount, text)

    rows = list(csv.reader(io.StringIO(web.get("/files/export/invoices.csv").text.removeprefix("\ufeff"))))
    assert Decimal(rows[1][rows[0].index("Total")]) == to_decimal(total, "EUR")


@pytest.mark.parametrize("made", list(HEADS)[:1], indirect=True)
def test_what_is_printed_as_hours_times_rate_is_the_printed_amount(made):
    invoice_id = made
    with db.reading() as session:
        lines = session.exec(select(InvoiceLine).where(InvoiceLine.invoice_id == invoice_id)).all()
    timed = [line for line in lines if line.billed_seconds is not None and line.discount_value is None]
    assert len(timed) == 3
    for line in timed:
        quantity = printed_quantity(line.billed_seconds or 0, line.unit_price, "EUR")
        assert quantity == line.quantity
        assert round(quantity * line.unit_price + Decimal("1e-9"), 2) == to_decimal(line.amount_minor, "EUR")
