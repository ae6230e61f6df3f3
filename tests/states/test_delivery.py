"""The dialog that sends a document, its deliveries and its link, as the page drives them."""

import pytest
from sqlmodel import func, select

import finance_app.finance_app  # noqa: F401 - the page loads anew after sending
from finance_app import db
from finance_app.models import Invoice, OutboxMessage
from finance_app.models.kinds import OutboxState, Role
from finance_app.services import outbox
from finance_app.services.accounts import identity as accounts
from finance_app.services.delivery import history as deliveries
from finance_app.states.documents.delivery import DeliveryPanel
from finance_app.states.invoices.listing import InvoiceList
from finance_app.states.invoices.page import InvoicePage
from tests.harness.invoices import draft, office
from tests.harness.tabs import go


@pytest.fixture
def invoice_id(database, log_in) -> int:
    with db.transaction() as session:
        user = accounts.create_user(
            session, name="Maker", email="maker@x.example", password="correct horse", role=Role.OWNER
        )
        actor = accounts.actor_of(session, accounts.open_session(session, user))
        assert actor is not None
        return draft(session, actor, office(session)).id or 0


@pytest.fixture
async def panel(invoice_id, log_in, browser_of):
    state = await browser_of(log_in(Role.OWNER), f"/invoices/{invoice_id}")(DeliveryPanel)
    state.kind, state.object_id = "invoice", invoice_id
    await DeliveryPanel.open_email.fn(state, "invoice")
    return state


def queued() -> int:
    with db.reading() as session:
        return session.exec(select(func.count()).select_from(OutboxMessage)).one()


async def test_the_dialog_opens_with_recipients_and_preview(panel):
    assert panel.form_open
    assert panel.values["to"] == "ann@ardent.example"
    assert panel.preview_subject == "Invoice … from Atelier Rivoli"
    assert "View online" in panel.preview_html
    assert panel.no_server, "the tests have no mail server"


async def test_a_dialog_left_open_is_closed_for_who_comes_back(invoice_id, log_in, browser_of):
    cookie, path = log_in(Role.OWNER), f"/invoices/{invoice_id}"
    tab = browser_of(cookie, path, params={"invoice_id": str(invoice_id)})
    page = await tab(InvoicePage)
    await InvoicePage.load.fn(page)
    panel = await tab(DeliveryPanel)
    await DeliveryPanel.open_email.fn(panel, "invoice")
    await InvoicePage.load.fn(page)
    assert panel._form_shows, "the page was only filled anew"
    go(page, cookie, "/invoices")
    await InvoiceList.load.fn(await tab(InvoiceList))
    go(page, cookie, path, invoice_id=str(invoice_id))
    await InvoicePage.load.fn(page)
    assert not panel._form_shows


async def test_the_preview_follows_what_is_typed_and_says_what_is_wrong(panel):
    await DeliveryPanel.typed.fn(panel, "Bill {number}", "Hello <b>")
    assert panel.preview_subject == "Bill …"
    assert "Hello &lt;b&gt;" in panel.preview_html
    await DeliveryPanel.typed.fn(panel, "Bill", "Hello {nobody}")
    assert "{nobody}" in panel.errors["body"]
    assert "Hello &lt;b&gt;" in panel.preview_html


async def test_send_clicked_twice_is_one_mail(panel, invoice_id):
    data = {**panel.values, "to": "ann@ardent.example, bob@ardent.example"}
    await DeliveryPanel.send.fn(panel, data)
    await DeliveryPanel.send.fn(panel, data)
    assert panel.notice["kind"] == "success"
    assert queued() == 1
    with db.reading() as session:
        assert session.get_one(Invoice, invoice_id).number


async def test_a_fault_stands_beside_its_field_and_nothing_is_issued(panel, invoice_id):
    await DeliveryPanel.send.fn(panel, {**panel.values, "to": "nobody"})
    assert "nobody" in panel.errors["to"]
    assert panel.form_open
    assert queued() == 0
    with db.reading() as session:
        assert session.get_one(Invoice, invoice_id).number is None


async def test_a_failed_mail_shows_the_servers_words_and_is_tried_again(panel):
    await DeliveryPanel.send.fn(panel, dict(panel.values))
    with db.transaction() as session:
        taken = outbox.take(session, kind=deliveries.MAIL)
        assert taken is not None
        outbox.mark_failed(session, taken, "refused", "550 No such mailbox")
    await DeliveryPanel.open_email.fn(panel, "invoice")
    [row] = panel.deliveries
    assert row.state == "failed"
    assert "550 No such mailbox" in row.fault
    assert row.can_retry
    assert not row.can_confirm
    await DeliveryPanel.retry.fn(panel, row.id)
    [row] = panel.deliveries
    assert row.state == OutboxState.PENDING
    assert row.fault == ""


async def test_while_a_mail_is_under_way_it_says_when_it_is_tried_next(panel):
    await DeliveryPanel.send.fn(panel, dict(panel.values))
    with db.transaction() as session:
        assert outbox.take(session, kind=deliveries.MAIL) is not None
    await DeliveryPanel.open_email.fn(panel, "invoice")
    [row] = panel.deliveries
    assert row.next_try.startswith("Next try")


async def test_the_link_is_made_renewed_and_revoked(panel):
    await DeliveryPanel.send.fn(panel, dict(panel.values))
    await DeliveryPanel.open_email.fn(panel, "invoice")
    first = panel.link
    assert "/i/" in first
    await DeliveryPanel.renew_link.fn(panel)
    assert panel.link not in ("", first)
    await DeliveryPanel.revoke_link.fn(panel)
    assert panel.link == ""
    await DeliveryPanel.make_link.fn(panel)
    assert panel.link


async def test_an_unknown_kind_of_mail_or_document_is_refused(panel):
    await DeliveryPanel.open_email.fn(panel, "lottery")
    assert panel.notice["kind"] == "error"
    panel.kind = "user"
    await DeliveryPanel.revoke_link.fn(panel)
    assert panel.notice["kind"] == "error"
