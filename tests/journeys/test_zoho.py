"""Zoho is connected in the wizard, its errors are looked at, and the connection is taken away again."""

import re

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.journeys.test_accessible import RULES

SECRET = "a-secret-that-no-page-shows"


def heading(page: Page, text: str) -> None:
    expect(page.get_by_role("heading", name=text)).to_be_visible()


def open_to_all(page: Page) -> None:
    """What axe finds on the page as it stands."""
    found = Axe().run(page, options=RULES).response["violations"]
    assert [(page.url, each["id"], each["nodes"][0]["html"][:160]) for each in found] == []


def go_on(page: Page, name: str = "Next") -> None:
    page.get_by_role("button", name=name).click()


def sign_in(page: Page) -> None:
    """What is missing is told beside its field; a refusal at Zoho leads back with the reason."""
    open_to_all(page)
    go_on(page, "Go on to Zoho")
    expect(page.get_by_text("Please fill this in.")).to_have_count(2)
    page.get_by_label("Client id").fill("1000.CLIENT")
    page.get_by_label("Client secret").fill(SECRET)
    go_on(page, "Go on to Zoho")
    page.get_by_role("link", name="Reject").click()
    expect(page.get_by_role("alert").filter(has_text="access_denied")).to_be_visible()
    expect(page.get_by_label("Client secret")).to_have_value("")
    go_on(page, "Go on to Zoho")
    page.get_by_role("link", name="Accept").click()


def choose(page: Page) -> None:
    heading(page, "Which organisation?")
    expect(page.get_by_label(re.compile("Sandbox"))).to_be_checked()
    open_to_all(page)
    go_on(page)
    heading(page, "Who sees the Finance tab?")
    open_to_all(page)
    go_on(page)
    heading(page, "From when is time billed?")
    page.get_by_label("From a day on").check()
    go_on(page)
    expect(page.get_by_text("This is not a date.")).to_be_visible()
    page.get_by_label("First day").fill("2026-06-01")
    go_on(page)
    heading(page, "Bill milestones?")
    page.reload()
    heading(page, "Bill milestones?")
    go_on(page)
    heading(page, "Clients that Zoho has already")
    page.get_by_label("Overwrite").check()
    go_on(page)
    heading(page, "Is everything right?")
    open_to_all(page)


def migrate(page: Page) -> None:
    page.goto("/marketplace/zoho/migrate/changes")
    heading(page, "What changes")
    go_on(page, "Continue")
    heading(page, "Primary clients")
    open_to_all(page)
    page.goto("/marketplace/zoho")


def remove(page: Page) -> None:
    page.get_by_role("button", name="More actions").click()
    page.get_by_role("menuitem", name="Remove").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Drop it").check()
    dialog.get_by_role("button", name="Remove").click()
    expect(dialog.get_by_text("Type the name exactly as it is shown.")).to_be_visible()
    dialog.get_by_label("To confirm, type Sandbox").fill("Sandbox")
    dialog.get_by_role("button", name="Remove").click()


def test_zoho_comes_and_goes(browser_context):
    page = browser_context("owner", locale="en").new_page()
    page.goto("/marketplace")
    books = page.get_by_label("Zoho Books", exact=True)
    books.get_by_role("button", name="Set up").click()
    heading(page, "Sign in to Zoho")
    sign_in(page)
    choose(page)
    assert SECRET not in page.content()
    go_on(page, "Save and start the sync")
    page.wait_for_url(re.compile(r"/marketplace/zoho/?$"))
    expect(page.get_by_text("First sync")).to_be_visible()
    expect(page.locator(".sync-steps li").filter(has_text="Clients")).to_contain_text(
        re.compile(r"([1-9])\d* of \1"), timeout=30_000
    )
    page.goto("/marketplace")
    expect(books.get_by_text(re.compile("Connected|Sync in progress"))).to_be_visible()
    expect(page.get_by_label("Zoho Invoice", exact=True).get_by_role("button", name="Set up")).to_have_count(
        0
    )
    books.get_by_role("link", name="Open").click()
    expect(page.get_by_text("First sync")).to_be_visible()
    open_to_all(page)
    migrate(page)
    remove(page)
    page.wait_for_url(re.compile(r"/marketplace/?$"))
    expect(books.get_by_role("button", name="Set up")).to_be_visible()


def test_zoho_projects_is_read_and_removed(browser_context):
    page = browser_context("owner", locale="en").new_page()
    page.goto("/marketplace")
    tile = page.get_by_label("Zoho Projects", exact=True)
    tile.get_by_role("button", name="Set up").click()
    heading(page, "Sign in to Zoho Projects")
    page.get_by_label("Client id").fill("1000.CLIENT")
    page.get_by_label("Client secret").fill(SECRET)
    go_on(page, "Go on to Zoho")
    page.get_by_role("link", name="Accept").click()
    heading(page, "Which portal?")
    go_on(page)
    heading(page, "Which projects, and time from when?")
    page.get_by_label("Chosen projects").check()
    go_on(page)
    expect(page.get_by_text("Choose at least one project.")).to_be_visible()
    page.get_by_label("Intranet").check()
    open_to_all(page)
    go_on(page)
    heading(page, "Who is who?")
    open_to_all(page)
    go_on(page)
    heading(page, "Is everything right?")
    page.get_by_role("button", name="Count", exact=True).click()
    expect(page.get_by_text("1 new of 1")).to_be_visible()
    open_to_all(page)
    assert SECRET not in page.content()
    go_on(page, "Save and start reading")
    page.wait_for_url(re.compile(r"/marketplace/projects/?$"))
    expect(page.get_by_role("button", name="Update now")).to_be_enabled(timeout=60_000)
    expect(page.locator(".sync-steps li").filter(has_text="Projects")).to_contain_text("1 here")
    open_to_all(page)
    page.get_by_role("button", name="More actions").click()
    page.get_by_role("menuitem", name="Remove").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("To confirm, type sandbox").fill("sandbox")
    dialog.get_by_role("button", name="Remove").click()
    page.wait_for_url(re.compile(r"/marketplace/?$"))
    expect(tile.get_by_role("button", name="Set up")).to_be_visible()
    page.goto("/projects?q=Intranet")
    expect(page.get_by_role("link", name="Intranet").first).to_be_visible()
