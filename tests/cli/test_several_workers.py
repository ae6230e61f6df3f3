"""Two processes of the web server that share Redis: a change shows in every browser, whichever serves it."""

import pickle
import sqlite3

import redis
from playwright.sync_api import expect

from tests.harness.processes import wait_until


def workers_with_browsers(url: str) -> set[str]:
    """The workers that hold a browser's connection, as Reflex notes them in Redis."""
    with redis.Redis.from_url(url) as client:
        notes = [client.get(key) for key in client.scan_iter("token_manager_socket_record_*")]
    return {pickle.loads(note).instance_id for note in notes if note}


def test_a_payment_shows_in_the_browsers_of_every_worker(browser_context, new_app_server, redis_server):
    server = new_app_server(workers=2, redis_url=redis_server.url)
    with sqlite3.connect(server.data_dir / "demo.sqlite") as database:
        invoice = database.execute(
            "select id from invoice where state = 'issued' order by id desc"
        ).fetchone()[0]

    pages = []
    while len(pages) < 2 or len(workers_with_browsers(redis_server.url)) < 2:
        assert len(pages) < 12, "all browsers came to the same worker"
        pages.append(browser_context("owner", server=server).new_page())
        pages[-1].goto(f"/invoices/{invoice}")
        expect(pages[-1].locator(".title-line .badge")).to_be_visible()
        wait_until(lambda: workers_with_browsers(redis_server.url), "the browser has a worker")

    pages[0].get_by_role("button", name="Record payment").click()
    pages[0].get_by_role("dialog").get_by_role("button", name="Record", exact=True).click()
    for page in pages:
        expect(page.locator(".title-line .badge")).to_have_text("Paid")

    for page in pages:
        page.goto("/invoices")
        expect(page.get_by_role("heading", level=1)).to_be_visible()
        expect(page.locator(".skeleton")).to_have_count(0)
