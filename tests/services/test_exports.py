import re
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from io import BytesIO

import pytest
from openpyxl import load_workbook
from sqlalchemy import select
from sqlmodel import col

from finance_app.api.export_files import Word, as_csv, as_xlsx, in_words
from finance_app.api.exports import EXPORTS
from finance_app.i18n import messages, t
from finance_app.models import Budget
from finance_app.models.columns import at
from finance_app.models.kinds import Role
from finance_app.services.zoho.sync import errors, starting
from finance_app.services.zoho.sync.wanted import Unfit
from tests.services.conftest import actor
from tests.services.test_zoho_life import connect

CODE = re.compile(r"[a-z]+(_[a-z]+)+")
MAY_BE_EMPTY = ("issues", "milestones", "zoho-errors")
OF_A_PROJECT = ("budget", "tasks", "issues", "milestones")
MORE = {"profitability-rows": {"of": "portal", "figure": "cost"}, "tax-due": {"period": "this_fiscal_year"}}


@pytest.mark.parametrize("name", EXPORTS)
def test_a_file_holds_words_and_no_codes(demo_session, name) -> None:
    wanted = EXPORTS[name]
    project = demo_session.execute(select(col(Budget.project_id))).scalars().first()
    query = wanted.asks.read({"project": str(project)} if name in OF_A_PROJECT else MORE.get(name, {}))
    owner = replace(actor(demo_session, Role.OWNER), locale="en")
    found = wanted.find(demo_session, owner, query)
    assert found.rows or name in MAY_BE_EMPTY
    known = [messages(locale) for locale in ("en", "fr")]
    sums = list(wanted.totals(found)) if wanted.totals else []
    for row in [*([value(row) for _, value in wanted.columns] for row in found.rows), *sums]:
        assert len(row) == len(wanted.columns)
        for cell in row:
            if isinstance(cell, Word):
                assert all(cell.key in texts for texts in known), cell
            elif isinstance(cell, str):
                assert not CODE.fullmatch(cell), (name, cell)


@pytest.mark.parametrize("locale", ["en", "fr"])
def test_every_title_names_a_sheet(locale) -> None:
    for wanted in EXPORTS.values():
        title = t(locale, wanted.title)
        assert as_xlsx(title, [title], [[Decimal("1.50")]])


def test_sums_of_several_currencies_stand_apart(demo_session) -> None:
    wanted = EXPORTS["work-in-progress"]
    found = wanted.find(demo_session, actor(demo_session, Role.OWNER), wanted.asks.read({}))
    assert wanted.totals is not None
    currencies = [row[3] for row in wanted.totals(found)]
    assert len(currencies) > 1
    assert set(currencies) == {row.currency for row in found.rows if row.ready_minor or row.unapproved_minor}


@pytest.mark.parametrize(("locale", "words"), [("en", "primary client"), ("fr", "client principal")])
def test_a_sync_error_says_to_the_reader_what_happened_and_what_to_do(demo_session, locale, words) -> None:
    owner = actor(demo_session, Role.OWNER)
    connect(demo_session, owner)
    running = starting.active(demo_session)
    assert running
    errors.note(demo_session, running.id or 0, "project", 1, Unfit("no_client", name="Harbour"), "Harbour")
    wanted = EXPORTS["zoho-errors"]
    [row] = wanted.find(demo_session, owner, wanted.asks.read({})).rows
    cells = {key: in_words(value(row), locale) for key, value in wanted.columns}
    what = str(cells["zoho.errors.what"])
    assert "Harbour" in what
    assert words in what
    assert cells["zoho.errors.remedy"] == t(locale, "zoho_sync.error.no_client.remedy")
    assert cells["zoho.errors.state"] == t(locale, "zoho.errors.states.open")


def test_the_file_of_the_sync_errors_tells_their_time_as_the_page_does(demo_session) -> None:
    owner = actor(demo_session, Role.OWNER)
    connect(demo_session, owner)
    running = starting.active(demo_session)
    assert running
    with at(datetime(2026, 7, 1, 22, 30, 15, tzinfo=UTC)):
        errors.note(
            demo_session, running.id or 0, "project", 1, Unfit("no_client", name="Harbour"), "Harbour"
        )
    wanted = EXPORTS["zoho-errors"]
    found = wanted.find(demo_session, owner, wanted.asks.read({}))
    rows = [[in_words(value(row), "fr") for _, value in wanted.columns] for row in found.rows]
    sheet = load_workbook(BytesIO(as_xlsx("x", [key for key, _ in wanted.columns], rows))).worksheets[0]
    [head, cells] = sheet.rows
    written = {name.value: cell.value for name, cell in zip(head, cells, strict=True)}
    assert str(written["zoho.errors.last"]) == "2026-07-02 00:30:00"
    assert written["zoho.errors.attempts"] == 1
    assert "2026-07-02 00:30" in as_csv(["x"], rows, "fr").decode()
