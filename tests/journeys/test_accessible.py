"""Every page of the demo company under axe: what would keep somebody out is a fault."""

import re
import sqlite3

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from finance_app import routes
from finance_app.finance_app import PAGES

RULES = {
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"],
    "resultTypes": ["violations"],
    "iframes": False,
}
OF_A_STATE = {
    routes.INVOICE_EDIT: ("invoice", "state = 'draft'"),
    routes.INVOICE_REVIEW: ("invoice", "state = 'draft'"),
    routes.ESTIMATE_EDIT: ("estimate", "issued_at is null"),
    routes.EXPENSE_EDIT: ("expense", "approval = 'submitted'"),
    routes.PROJECT_ISSUE: ("task", "kind = 'issue'"),
}
ELSEWHERE = {
    "404",
    routes.LOGIN,
    routes.INVOICE_NEW_LINES,
    routes.SALES_ORDER_EDIT,
    routes.TIME_IMPORT_FORMAT,
    routes.TIME_IMPORT_COLUMNS,
    routes.TIME_IMPORT_CHECK,
    routes.TIME_IMPORT_RESULT,
    routes.ZOHO,
    routes.ZOHO_SETUP,
    routes.ZOHO_MIGRATE,
    routes.ZOHO_SOURCE,
    routes.ZOHO_SOURCE_SETUP,
}
"""Pages that need what the demo does not have, as an unfinished import; those of Zoho are in its journey."""
TABLES = {"person_id": "user", "log_id": "time_log", "order_id": "sales_order", "import_id": "time_import"}
ON_A_TELEPHONE = [
    routes.OVERVIEW,
    routes.INVOICES,
    routes.INVOICE,
    routes.INVOICE_NEW,
    routes.PROJECT,
    routes.PROJECT_BUDGET,
    routes.PROJECT_TASKS,
    routes.TIME,
    routes.TIME_WEEK,
    routes.EXPENSE_NEW,
    routes.ESTIMATE,
    routes.PROFITABILITY,
    routes.CLIENT,
]


def address(route: str, database: sqlite3.Connection) -> str | None:
    """The page of a record that the demo has; None where it has none of the kind."""
    table, condition = OF_A_STATE.get(route, ("", ""))
    found: dict[str, object] = {}
    for name in reversed(re.findall(r"\[(\w+)\]", route)):
        kind = TABLES.get(name, name.removesuffix("_id"))
        where = condition if kind == table else f"id = {found[name]}" if name in found else "true"
        row = database.execute(f'select * from "{kind}" where {where} order by id limit 1')
        record = row.fetchone()
        if record is None:
            return None
        named = dict(zip([column[0] for column in row.description], record, strict=True))
        found |= {**{key: value for key, value in named.items() if key.endswith("_id")}, name: named["id"]}
    return re.sub(r"\[(\w+)\]", lambda match: str(found[match[1]]), route)


def faults(page: Page, path: str) -> list[str]:
    page.goto(path)
    expect(page.locator("main h1, .card h1")).to_be_visible()
    expect(page.locator(".skeleton")).to_have_count(0)
    found = Axe().run(page, options=RULES).response["violations"]
    return [
        f"{path}: {fault['id']}, {len(fault['nodes'])} x, {fault['nodes'][0]['html'][:160]}"
        for fault in found
    ]


def test_no_page_keeps_anybody_out(browser_context, app_server):
    page = browser_context("owner", width=1440).new_page()
    with sqlite3.connect(app_server.data_dir / "demo.sqlite") as database:
        paths = {route: address(route, database) for _, route, _ in PAGES if route not in ELSEWHERE}
    assert [route for route, path in paths.items() if path is None] == []
    seen = [path for path in paths.values() if path]
    assert len(seen) > 60
    assert [fault for path in seen for fault in faults(page, path)] == []


def test_nor_does_one_on_a_telephone_at_night(browser_context, app_server):
    page = browser_context("owner", width=390, dark=True, locale="fr").new_page()
    with sqlite3.connect(app_server.data_dir / "demo.sqlite") as database:
        paths = [address(route, database) for route in ON_A_TELEPHONE]
    assert [fault for path in paths if path for fault in faults(page, path)] == []
