"""Chromium, driven by Playwright's synchronous API.

Playwright holds an event loop while it runs, so the browser lives for one test module, and a module has
browser tests or `async` tests, never both.
"""

import os
import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from finance_app.settings import ROOT
from tests.harness.app import AppServer

FAILURES = ROOT / "build/test-failures"
_QUIET = [
    *("--no-sandbox", "--disable-dev-shm-usage", "--disable-background-networking", "--disable-sync"),
    *("--disable-component-update", "--disable-default-apps", "--no-first-run", "--no-default-browser-check"),
    "--disable-features=OptimizationHints,MediaRouter,Translate",
]
_FAILED = pytest.StashKey[bool]()


def chromium() -> str:
    """The path of the browser: $CHROMIUM, or the system's."""
    names = (os.environ.get("CHROMIUM"), "chromium", "chromium-browser", "google-chrome")
    found = next((path for name in names if name and (path := shutil.which(name))), None)
    assert found, "no Chromium: install it (make chromium) or set CHROMIUM to the path of one"
    return found


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=_QUIET)
        yield browser
        browser.close()


@pytest.fixture
def browser_context(
    browser: Browser, app_server: AppServer, request: pytest.FixtureRequest
) -> Iterator[Callable[..., BrowserContext]]:
    """Opens a visitor: `browser_context("owner", width=390, dark=True, locale="fr")`.

    `user` enters the demo in that role by its one-click login; None stays a stranger. `server` is another
    than the shared one. When the test fails, each open page is photographed into `build/test-failures`.
    """
    contexts: list[BrowserContext] = []
    servers: list[AppServer] = []

    def make(
        user: str | None = None,
        *,
        width: int = 1280,
        height: int = 900,
        dark: bool = False,
        locale: str = "en",
        server: AppServer | None = None,
        **options: Any,
    ) -> BrowserContext:
        target = server or app_server
        context = browser.new_context(
            base_url=target.url,
            viewport={"width": width, "height": height},
            color_scheme="dark" if dark else "light",
            locale={"en": "en-GB", "fr": "fr-FR"}.get(locale, locale),
            reduced_motion="reduce",
            **options,
        )
        context.set_default_timeout(10_000)
        contexts.append(context)
        servers.append(target)
        if user:
            enter(context, target, user)
        return context

    yield make
    if request.node.stash.get(_FAILED, False):
        _photograph(request.node.nodeid, contexts, servers)
    for context in contexts:
        context.close()


@pytest.fixture
def page(browser_context: Callable[..., BrowserContext]) -> Page:
    """A page of a stranger, wide, light, English."""
    return browser_context().new_page()


def enter(context: BrowserContext, server: AppServer, role: str) -> None:
    """Logs a visitor in by the demo's one-click login, as the first person of a role."""
    answer = context.request.post(
        "/auth/demo", form={"role": role}, headers={"Origin": server.url}, max_redirects=0
    )
    assert "set-cookie" in answer.headers, f"no demo login as {role!r}: {answer.headers.get('location')}"


def _photograph(test: str, contexts: list[BrowserContext], servers: list[AppServer]) -> None:
    folder = FAILURES / re.sub(r"[^\w.-]+", "_", test)
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    pages = [page for context in contexts for page in context.pages]
    for number, page in enumerate(pages, 1):
        page.screenshot(path=folder / f"page-{number}.png", full_page=True)
        (folder / f"page-{number}.html").write_text(f"<!-- {page.url} -->\n{page.content()}")
    for number, server in enumerate({id(server): server for server in servers}.values(), 1):
        shutil.copy(server.log, Path(folder) / f"server-{number}.log")
    print(f"\nPages and server log of the failed test: {folder}")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Any:
    report = yield
    if report.failed:
        item.stash[_FAILED] = True
    return report
