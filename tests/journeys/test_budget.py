"""A log saved in one browser shows in the budget of another, without reloading."""

import re
import time

from playwright.sync_api import Page, expect


def actual(page: Page):
    return page.locator('.tile:has(.tile-label:text-is("Actual")) .tile-value')


def test_time_logged_elsewhere_shows_within_two_seconds(browser_context):
    watching = browser_context("owner").new_page()
    watching.goto("/projects?q=Espace")
    watching.get_by_role("link", name="Espace adhérents").click()
    watching.get_by_role("link", name="Budget", exact=True).click()
    expect(actual(watching)).to_have_text(re.compile(r"\d h$"))
    before = float(actual(watching).inner_text().removesuffix(" h").replace(",", ""))
    expect(watching.get_by_text("of the whole project")).to_be_visible()
    expect(watching.locator(".js-plotly-plot")).to_be_visible()

    working = browser_context("manager").new_page()
    working.goto(watching.url.replace("/budget", "/time"))
    working.get_by_role("button", name="Log time").first.click()
    dialog = working.get_by_role("dialog")
    dialog.get_by_label("Time worked").fill("0:45")
    dialog.get_by_role("button", name="Save").click()
    expect(dialog).to_have_count(0)
    began = time.monotonic()
    expect(actual(watching)).to_have_text(f"{before + 0.75:,.2f} h")
    assert time.monotonic() - began < 2

    watching.get_by_role("button", name="Unfold all").click()
    expect(watching).to_have_url(re.compile("open=all"))
    expect(watching.get_by_role("row", name=re.compile("Interface"))).to_be_visible()
    watching.get_by_role("button", name="Money").click()
    expect(actual(watching)).to_have_text(re.compile("€"))
