"""The week grid: what its address asks for, and cells that are saved one by one."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import ClassVar
from urllib.parse import urlencode

import reflex as rx

from finance_app import routes
from finance_app.domain.errors import DomainError
from finance_app.domain.permissions import Permission
from finance_app.domain.workflow import ApprovalMove
from finance_app.i18n import formats
from finance_app.services.time_tracking import approvals, weeks
from finance_app.services.time_tracking import listing as time_listing
from finance_app.services.time_tracking.approvals import monday_of
from finance_app.services.time_tracking.weeks import Cell, Line, Week, WeekRow
from finance_app.states.form import FormState, texts
from finance_app.states.handlers import handler, on_load
from finance_app.states.live import Watcher
from finance_app.states.session import Session, joined
from finance_app.states.time_tracking.listing import options
from finance_app.states.time_tracking.words import clock, told

ROWS_LIMIT = 40


@dataclass(frozen=True)
class CellView:
    key: str
    day: str
    label: str
    value: str
    seen: str
    lock: str
    count: int
    href: str


@dataclass(frozen=True)
class RowView:
    key: str
    project: str
    task: str
    total: str
    cells: list[CellView]


@dataclass(frozen=True)
class DayView:
    label: str
    total: str
    is_today: bool


def read_lines(text: str) -> list[Line]:
    """The rows that an address adds: `12-34.15-` is task 34 of project 12, and project 15."""
    lines: list[Line] = []
    for part in text.split(".")[:ROWS_LIMIT]:
        project, _, task = part.partition("-")
        if _is_number(project) and (task == "" or _is_number(task)):
            lines.append((int(project), int(task) if task else None))
    return list(dict.fromkeys(lines))


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 19


def address(monday: date, person: str, lines: list[Line]) -> str:
    rows = ".".join(f"{project}-{task or ''}" for project, task in dict.fromkeys(lines))
    query = {"week": monday.isoformat(), "person": person, "rows": rows}
    return f"{routes.TIME_WEEK}?{urlencode({name: value for name, value in query.items() if value})}"


class WeekPage(FormState, Watcher, Session):
    """One person's week; its form is the dialog that adds a row."""

    rows: list[RowView] = []
    days: list[DayView] = []
    total: str = ""
    range_text: str = ""
    previous_href: str = ""
    next_href: str = ""
    this_href: str = ""
    people: list[dict[str, str]] = []
    needs_approval: bool = False
    open_logs: int = 0
    project_id: str = ""
    cell_errors: dict[str, str] = {}
    saved_key: str = ""
    saved_no: int = 0

    _topics: ClassVar = ("time",)

    @on_load(Permission.TIME_VIEW)
    async def load(self):
        day = await self._today()
        people = await self._read(time_listing.people_of)
        self.people = options([pair for pair in people if pair[0] != self._me.user_id])
        await self._show(day)

    async def _show(self, today: date) -> None:
        monday, lines = self._monday(today), self._lines()
        shown = await self._read(weeks.week, self._user_id(), monday, lines)
        locale = self._locale
        names = [formats.day(day, locale, "weekday") for day in shown.days]
        self.rows = [_row_view(row, names, shown) for row in shown.rows]
        self.days = [
            DayView(name, clock(seconds) if seconds else "", day == today)
            for name, seconds, day in zip(names, shown.day_seconds, shown.days, strict=True)
        ]
        self.total = clock(sum(shown.day_seconds))
        first, last = formats.day(shown.days[0], locale), formats.day(shown.days[-1], locale)
        week = self._t("time.week.range", first=first, last=last)
        self.range_text = joined([week, shown.person])
        person = self._query.get("person", "")
        self.previous_href = address(monday - timedelta(days=7), person, [])
        self.next_href = address(monday + timedelta(days=7), person, [])
        self.this_href = address(monday_of(today), person, [])
        self.needs_approval, self.open_logs = shown.needs_approval, shown.open_logs

    def _monday(self, today: date) -> date:
        try:
            day = date.fromisoformat(self._query.get("week", ""))
        except ValueError:
            return monday_of(today)
        return monday_of(day) if 1950 <= day.year <= 2100 else monday_of(today)

    def _lines(self) -> list[Line]:
        return read_lines(self._query.get("rows", ""))

    def _user_id(self) -> int:
        wanted = self._query.get("person", "")
        return int(wanted) if _is_number(wanted) else self._me.user_id

    @handler(Permission.TIME_EDIT)
    async def save_cell(self, key: str, text: str, seen: str):
        """`key` is `<project>-<task>-<day>`. A refusal stands beside the cell, which keeps what was typed."""
        project, task, day = [*str(key).split("-", 2), "", ""][:3]
        try:
            when = date.fromisoformat(day)
        except ValueError:
            raise DomainError("time.error.day") from None
        lines = read_lines(f"{project}-{task}")
        if not lines:
            raise DomainError("time.error.project")
        try:
            await self._write(
                weeks.save_cell, self._user_id(), lines[0], when, str(text)[:100], str(seen)[:4000]
            )
        except DomainError as refusal:
            fault = next(iter(getattr(refusal, "faults", {}).values()), refusal)
            self.cell_errors = {**self.cell_errors, str(key): self._t(fault.code, **fault.params)}
            return
        self.cell_errors = {name: told for name, told in self.cell_errors.items() if name != key}
        self.saved_key, self.saved_no = str(key), self.saved_no + 1
        await self._show(await self._today())
        await self._changed("time")

    @handler(Permission.TIME_EDIT)
    async def forget_error(self, key: str):
        self.cell_errors = {name: told for name, told in self.cell_errors.items() if name != key}

    @handler(Permission.TIME_EDIT)
    async def open_row(self):
        self.project_id = ""
        self._fill({})
        self._open_form()

    @handler(Permission.TIME_EDIT)
    async def choose_project(self, project_id: str, label: str):
        self.project_id = str(project_id)
        self.values = {**self.values, "project_id": str(project_id), "project_id_label": str(label)}

    @handler(Permission.TIME_EDIT)
    async def add_row(self, data: dict):
        given = texts(data)
        lines = read_lines(f"{given.get('project_id', '')}-{given.get('task_id', '')}")
        if not lines:
            raise DomainError("common.error.required", field="project_id")
        self.form_open = False
        return await self._with_rows(lines)

    @handler(Permission.TIME_EDIT)
    async def copy_rows(self):
        today = await self._today()
        lines = await self._read(weeks.lines_of_week_before, self._user_id(), self._monday(today))
        if not lines:
            raise DomainError("time.week.nothing_to_copy")
        return await self._with_rows(lines)

    async def _with_rows(self, lines: list[Line]):
        today = await self._today()
        return rx.redirect(
            address(self._monday(today), self._query.get("person", ""), [*self._lines(), *lines])
        )

    @handler(Permission.TIME_EDIT)
    async def submit(self):
        today = await self._today()
        outcome = await self._write(approvals.submit_week, self._user_id(), self._monday(today))
        await self._changed("time")
        text, detail = told(outcome, ApprovalMove.SUBMIT, self._locale)
        self._say(text, detail=detail, kind="warning" if detail else "success")
        await self._show(today)


def _row_view(row: WeekRow, names: list[str], shown: Week) -> RowView:
    key = f"{row.project_id}-{row.task_id or ''}"
    return RowView(
        key,
        row.project,
        row.task,
        clock(row.seconds) if row.seconds else "",
        [_cell_view(key, cell, name, row, shown) for cell, name in zip(row.cells, names, strict=True)],
    )


def _cell_view(key: str, cell: Cell, name: str, row: WeekRow, shown: Week) -> CellView:
    day = cell.day.isoformat()
    if len(cell.log_ids) == 1:
        href = routes.time_log(cell.log_ids[0])
    else:
        query = {"person": shown.user_id, "project": row.project_id, "from": day, "until": day}
        href = f"{routes.TIME}?{urlencode(query)}"
    return CellView(
        f"{key}-{day}",
        day,
        joined([row.project, row.task, name], ", "),
        clock(cell.seconds) if cell.seconds else "",
        cell.seen,
        cell.lock,
        len(cell.log_ids),
        href,
    )
