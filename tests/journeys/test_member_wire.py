"""What the socket carries to a team member: in no frame of his pages stands a rate, a cost or a margin.

He has more rights on project 1 of the demo company, so the walk leaves its pages and documents out.
"""

import re

from playwright.sync_api import Page, expect

PAGES = (
    "/", "/time", "/time/week", "/projects", "/projects/3", "/projects/3/tasks", "/projects/3/time",
    "/projects/3/budget", "/projects/3/finance", "/reports", "/settings/audit",
)  # fmt: skip
MONEY = re.compile(r"(?:€|CHF|\$)\s?[1-9][\d,.\s]*|[1-9][\d,.]*\s?(?:€|EUR|CHF)")
FIELDS = re.compile(r'"\w*(?:rate|cost|margin|profit|revenue|price)\w*": ?"([^"]*\d[^"]*)"')


def frames_of(page: Page, addresses: tuple[str, ...]) -> list[str]:
    frames: list[str] = []
    page.on("websocket", lambda socket: socket.on("framereceived", lambda data: frames.append(str(data))))
    for address in addresses:
        page.goto(address)
        expect(page.locator("h1").first).to_be_visible()
        expect(page.locator("[aria-busy=true], .skeleton")).to_have_count(0)
    return frames


def told(frames: list[str]) -> set[str]:
    text = "\n".join(frames)
    return {*MONEY.findall(text), *FIELDS.findall(text)}


def test_a_team_member_never_receives_a_rate_a_cost_or_a_margin(browser_context):
    frames = frames_of(browser_context("member").new_page(), PAGES)
    assert sum(len(frame) for frame in frames) > 20_000
    spent = told(frames_of(browser_context("member").new_page(), ("/expenses",)))  # his own
    assert not told(frames) - spent


def test_the_same_pages_carry_them_to_the_owner(browser_context):
    """Else the test above would prove nothing."""
    assert len(told(frames_of(browser_context("owner").new_page(), PAGES[3:7]))) > 5
