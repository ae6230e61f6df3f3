from collections.abc import Callable
from typing import Any

import pytest

from finance_app import db
from finance_app.models import TimeLog
from finance_app.models.kinds import Role
from finance_app.services import files, time_import
from finance_app.services.accounts import identity as accounts
from finance_app.services.time_import import drafts
from finance_app.states.time_import.applying import ImportCheck, ImportResult
from finance_app.states.time_import.history import ImportList
from finance_app.states.time_import.reading import ImportColumns, ImportFormat
from tests.states import test_handlers_refuse

CONTENT = "Project,Person,Date,Hours\nOne,Ann,03/04/2025,1.5\nOne,Bob,04/04/2025,2\nTwo,Bob,05/04/2025,0\n"


@pytest.fixture
def tab(log_in, browser_of) -> Callable[..., Any]:
    """The tab of an owner with a draft of CONTENT."""
    cookie = log_in(Role.OWNER)
    with db.transaction() as session, files.Incoming(10_000) as incoming:
        me = accounts.actor_of(session, cookie.partition("=")[2])
        assert me is not None
        incoming.write(CONTENT.encode())
        shape = time_import.check_file(incoming.finish())
        row = drafts.start(session, me, name="june.csv", sha256=incoming.keep(), shape=shape)
    return browser_of(cookie, f"/time/import/{row.id}/format", {"import_id": str(row.id)})


class Background(test_handlers_refuse.Background):
    """What a background handler sets becomes the state's."""

    def __setattr__(self, name: str, value: Any) -> None:
        setattr(self._state, name, value)


async def run(state: Any, handler: Any) -> list[Any]:
    outcome = handler.fn(Background(state))
    return [event async for event in outcome] if hasattr(outcome, "__aiter__") else [await outcome]


async def test_ambiguous_dates_are_asked_before_going_on(tab):
    state = await tab(ImportFormat)
    await ImportFormat.load.fn(state)
    assert (state.asks_date, state.ready) == (True, False)
    assert {answer.value for answer in state.date_answers} == {"dmy", "mdy"}
    assert "3 April 2025" in next(a.label for a in state.date_answers if a.value == "dmy")
    await ImportFormat.choose.fn(state, "date_format", "dmy")
    assert (state.asks_date, state.ready) == (False, True)


async def test_option_without_sense_changes_nothing(tab):
    state = await tab(ImportFormat)
    await ImportFormat.load.fn(state)
    for name, value in (
        ("encoding", "klingon"),
        ("limits", "1"),
        ("date_format", "xyz"),
        ("header_row", "-1"),
    ):
        await ImportFormat.choose.fn(state, name, value)
        assert state.notice["kind"] == "error"
    await ImportFormat.load.fn(state)
    assert state.options["encoding"] == "utf-8"


async def test_columns_are_chosen_with_a_preview(tab):
    state = await tab(ImportColumns)
    await ImportColumns.load.fn(state)
    assert not state.ready  # day and month are still a question
    await ImportColumns.set_column.fn(state, 1, "")
    assert state.missing == "Person"
    await ImportColumns.save_defaults.fn(state, {"default_person": "Zoe"})
    assert state.missing == ""
    assert {row.person for row in state.preview if not row.fault} <= {"Zoe"}


async def test_check_import_result_and_undo(tab):
    await ImportFormat.choose.fn(await loaded(tab, ImportFormat), "date_format", "dmy")
    check = await loaded(tab, ImportCheck)
    await run(check, ImportCheck.check)
    assert (check.checking, check.fault, check.figures["rows"], check.bad_total) == (False, "", "2", 1)
    assert [(line.line, "zero" in line.reasons) for line in check.bad] == [("4", True)]
    assert {(one.kind, one.name) for one in check.names} >= {("person", "Ann"), ("project", "One")}
    await ImportCheck.decide.fn(check, "person", "ann", "skip", "")
    await run(check, ImportCheck.check)
    assert check.figures["rows"] == "1"
    await ImportCheck.decide.fn(check, "person", "ann", "create", "")
    await run(check, ImportCheck.apply)
    result = await loaded(tab, ImportResult)
    assert (result.state, result.figures["rows"], result.figures["hours"]) == ("imported", "2", "3.50")
    await ImportResult.undo.fn(result)
    await ImportResult.load.fn(result)
    assert result.state == "undone"
    with db.reading() as session:
        assert session.query(TimeLog).count() == 0


async def test_check_of_an_unanswered_file_says_what_is_open(tab):
    check = await loaded(tab, ImportCheck)
    await run(check, ImportCheck.check)
    assert "Day and month" in check.fault


async def test_list_leads_a_draft_to_its_step(tab):
    state = await loaded(tab, ImportList)
    assert [(row.state, row.href.rpartition("/")[2]) for row in state.rows] == [("draft", "format")]
    await ImportList.discard.fn(state, state.rows[0].id)
    await ImportList.load.fn(state)
    assert state.rows == []


async def loaded(tab, kind: Any) -> Any:
    state = await tab(kind)
    await kind.load.fn(state)
    assert state.page_state == "ready", state.page_message
    return state
