"""The first journey: a time sheet comes in, becomes an invoice, is sent, opened by the client, and paid."""

import re

from playwright.sync_api import Page, expect

SHEET = """\
Client;Project;Task;Person;Date;Hours;Rate;Approval status;Notes
Brasserie du Lac;Carte en ligne;Maquettes;Ana Costa;2026-10-05;2,5;100;Approved;Écrans
Brasserie du Lac;Carte en ligne;Maquettes;Ana Costa;2026-10-06;0,33;100;Approved;
Brasserie du Lac;Carte en ligne;Intégration;Ben Roy;2026-10-07;4;100;Approved;
Brasserie du Lac;Carte en ligne;Intégration;Ben Roy;2026-10-08;zero;100;Approved;
"""


def next_step(page: Page, address: str) -> None:
    button = page.get_by_role("button", name="Next", exact=True)
    expect(button).to_be_enabled()
    button.click()
    page.wait_for_url(re.compile(address))


def import_sheet(page: Page, file) -> None:
    page.goto("/time/import/new")
    page.locator("input[type=file]").set_input_files(file)
    page.wait_for_url(re.compile("/format"))
    next_step(page, "/columns")
    next_step(page, "/check")
    page.get_by_role("button", name=re.compile("^Import")).click()
    page.wait_for_url(re.compile("/result"))


def draft(page: Page) -> None:
    page.goto("/invoices/new")
    page.get_by_role("combobox", name="Client").fill("Brasserie")
    page.get_by_role("option", name=re.compile("Brasserie du Lac")).click()
    expect(page.get_by_text("Carte en ligne")).to_be_visible()
    page.get_by_label("Bill up to").fill("2026-10-31")
    expect(page.get_by_text("€683.00").first).to_be_visible()
    next_step(page, "/lines")
    expect(page.get_by_role("cell", name=re.compile("Maquettes"))).to_be_visible()
    page.get_by_role("button", name="Create draft").click()
    page.wait_for_url(re.compile("/edit"))


def send(page: Page) -> None:
    page.get_by_role("button", name="Review").click()
    page.wait_for_url(re.compile("/review"))
    expect(page.frame_locator("iframe").get_by_text("Maquettes")).to_be_visible()
    page.get_by_role("button", name="Send…").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("To", exact=True).fill("lea@brasserie.example")
    dialog.get_by_role("button", name="Send", exact=True).click()
    page.wait_for_url(re.compile(r"/invoices/\d+$"))
    expect(page.get_by_role("heading", level=1)).to_have_text(re.compile(r"INV-\d{4}-\d{4}"))


def client_link(page: Page) -> str:
    page.goto("/demo/mailbox")
    page.locator(".mails a").first.click()
    link = page.frame_locator("iframe.mail").locator("a[href*='/i/']").first
    return link.get_attribute("href") or ""


def test_from_a_time_sheet_to_a_paid_invoice(browser_context, new_app_server, tmp_path):
    server = new_app_server()
    manager = browser_context("owner", width=1440, server=server)
    page = manager.new_page()
    sheet = tmp_path / "october.csv"
    sheet.write_text(SHEET, encoding="cp1252")

    import_sheet(page, sheet)
    expect(page.get_by_text("6.83").first).to_be_visible()
    draft(page)
    first = page.get_by_label("Quantity").first
    first.fill("3,75")
    first.press("Tab")
    expect(page.get_by_text("€658.00").first).to_be_visible()

    server.kill()
    server.restart()
    page.reload()
    expect(page.get_by_label("Quantity").first).to_have_value("3.75")
    expect(page.get_by_text("€658.00").first).to_be_visible()

    send(page)
    expect(page.locator(".title-line .badge")).to_have_text("Sent")
    delivery = page.locator(".side-column li").filter(has_text="lea@brasserie.example")
    expect(delivery).to_contain_text("Sent", timeout=15_000)
    link = client_link(manager.new_page())

    client = browser_context(None, width=390, locale="fr", server=server).new_page()
    client.goto(link)
    expect(client.get_by_text("Maquettes")).to_be_visible()
    expect(page.locator(".title-line .badge")).to_have_text("Viewed")

    page.get_by_role("button", name="Record payment").click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_label("Amount")).to_have_value("789.60")
    dialog.get_by_role("button", name="Record", exact=True).dblclick()
    expect(page.locator(".title-line .badge")).to_have_text("Paid")
    expect(page.get_by_text("recorded a payment")).to_have_count(1)

    page.goto("/invoices/new")
    page.get_by_role("combobox", name="Client").fill("Brasserie")
    page.get_by_role("option", name=re.compile("Brasserie du Lac")).click()
    page.get_by_label("Bill up to").fill("2026-10-31")
    page.wait_for_url(re.compile("until=2026-10-31"))
    page.get_by_role("checkbox", name=re.compile("Carte en ligne")).click()
    expect(page.get_by_text("already billed")).to_be_visible()
    expect(page.get_by_role("button", name="Next", exact=True)).to_be_disabled()
