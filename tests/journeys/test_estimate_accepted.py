"""An estimate goes from the manager to the client's telephone and back: read, options, accepted, invoiced."""

import re

from playwright.sync_api import Page, expect


def send(page: Page) -> None:
    page.get_by_role("button", name="Send", exact=True).click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("button", name="Send", exact=True).click()
    expect(page.locator(".title-line .badge")).to_have_text("Sent")


def write(page: Page) -> None:
    """A line of 10 h at 100, and an option of 250."""
    page.goto("/estimates/new")
    page.get_by_role("combobox", name="Client").fill("Bro")
    page.get_by_role("option").first.click()
    page.get_by_label("Title").fill("Garden pavilion")
    page.get_by_role("button", name="Next", exact=True).click()
    page.wait_for_url(re.compile(r"/estimates/\d+/edit"))
    for place, (add, name, quantity, price) in enumerate(
        [("Add a line", "Drawings", "10", "100"), ("Add an option", "Model", "1", "250")]
    ):
        page.get_by_role("button", name=add, exact=True).click()
        line = page.locator(".edit-line").nth(place)
        for label, value in (("Line", name), ("Quantity", quantity), ("Price", price)):
            field = line.locator(".cell").filter(has_text=re.compile(f"^{label}")).locator("input").first
            field.fill(value)
            field.press("Tab")
        expect(line.locator(".cell-amount")).to_contain_text(f"{int(quantity) * int(price):,}.00")
    page.get_by_role("button", name="Review").click()
    page.wait_for_url(re.compile(r"/estimates/\d+$"))


def test_a_client_chooses_and_accepts_on_a_telephone(browser_context, app_server):
    manager = browser_context("owner", width=1440, server=app_server).new_page()
    write(manager)
    send(manager)
    link = manager.get_by_role("link", name="Open as the client").get_attribute("href") or ""

    client = browser_context(None, width=390, server=app_server).new_page()
    client.goto(link)
    expect(client.get_by_role("heading", level=1)).to_have_text("Garden pavilion")
    before = client.locator(".summary .amount").inner_text()
    expect(manager.locator(".title-line .badge")).to_have_text("Viewed", timeout=15_000)
    client.get_by_role("checkbox", name=re.compile("Model")).check()
    expect(client.locator(".summary .amount")).not_to_have_text(before)

    client.get_by_role("button", name="Accept the estimate").click()
    expect(client.get_by_text("Please type the name")).to_be_visible()
    client.get_by_label("Your name").fill("Rosa Brook")
    client.get_by_role("checkbox", name=re.compile("I accept")).check()
    client.get_by_role("button", name="Accept the estimate").dblclick()
    expect(client.get_by_text("Thank you, Rosa Brook")).to_be_visible()

    expect(manager.locator(".title-line .badge")).to_have_text("Accepted")
    expect(manager.get_by_text("Rosa Brook has accepted").first).to_be_visible()
    manager.get_by_role("button", name="Invoice", exact=True).click()
    dialog = manager.get_by_role("dialog")
    dialog.get_by_role("radio", name="A percentage").click()
    dialog.get_by_label("Percentage of what was agreed").fill("40")
    expect(dialog.get_by_text("€500.00")).to_be_visible()
    dialog.get_by_role("button", name="Make the invoice").click()
    manager.wait_for_url(re.compile(r"/invoices/\d+"))
    expect(manager.get_by_text("40% of €1,000.00")).to_be_visible()
