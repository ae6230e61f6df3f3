"""The steps Check and Import: the dry run, the decisions, the import itself, its result and its undo."""

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import reflex as rx
from sqlalchemy.exc import OperationalError

from finance_app import db, routes
from finance_app.domain.errors import DomainError
from finance_app.domain.permissions import Permission
from finance_app.i18n import formats
from finance_app.services import time_import
from finance_app.services.time_import import NAMED, Action, Kind, Tally, drafts
from finance_app.services.time_import.history import state_of
from finance_app.services.time_import.resolving import Entity, Resolver
from finance_app.states.handlers import handler, on_load
from finance_app.states.session import Session

POLL_SECONDS = 0.2
NAMES_SHOWN = 100
BAD_PAGE = 50
SELECTORS = {Kind.CLIENT: "clients", Kind.PROJECT: "projects", Kind.PERSON: "people"}


@dataclass(frozen=True)
class BadLine:
    line: str
    reasons: str


@dataclass(frozen=True)
class Remark:
    title: str
    detail: str


@dataclass(frozen=True)
class NewName:
    kind: str
    key: str
    name: str
    rows: str
    note: str
    action: str
    matched: str
    matched_id: str


@dataclass(frozen=True)
class NewKind:
    kind: str
    count: int
    count_text: str
    allowed: bool
    more: str


async def progressing(work: Callable[[Callable[[int], None]], Any]) -> AsyncIterator[int | Any]:
    """Runs `work(progress)` in a thread; gives the rows done as they grow, then what `work` returned."""
    done = [0]
    task = asyncio.create_task(asyncio.to_thread(work, lambda rows: done.__setitem__(0, rows)))
    while True:
        finished, _ = await asyncio.wait({task}, timeout=POLL_SECONDS)
        if finished:
            yield task.result()
            return
        yield done[0]


class ImportCheck(Session):
    import_id: str = ""
    file_name: str = ""
    checking: bool = True
    percent: int = 0
    progress: str = ""
    fault: str = ""
    figures: dict[str, str] = {}
    warnings: list[Remark] = []
    billed: bool = False
    billed_keep: bool = False
    names: list[NewName] = []
    kinds: list[NewKind] = []
    bad: list[BadLine] = []
    bad_total: int = 0
    bad_first: int = 0
    bad_range: str = ""
    known: str = ""
    nothing: bool = False
    good: int = 0
    importing: bool = False
    bad_href: str = ""

    _bad_rows: list[BadLine] = []

    @on_load(Permission.TIME_IMPORT)
    async def load(self):
        row = await self._read(drafts.get, self._id("import_id"))
        if row.applied_at is not None:
            return rx.redirect(routes.time_import(row.id or 0, "result"))
        self.import_id, self.file_name = str(row.id), row.file_name
        self.checking, self.percent, self.progress, self.fault = True, 0, "", ""
        self.importing = False
        self.bad_href = routes.bad_rows(row.id or 0)
        self.billed_keep = bool(row.options.get("billed_stays_billable"))
        return None

    @handler(Permission.TIME_IMPORT, background=True)
    async def check(self):
        """The dry run, with progress."""
        import_id, me = self._id("import_id"), self._me
        total = 0

        def work(progress: Callable[[int], None]) -> tuple[Tally, Resolver]:
            nonlocal total
            with db.reading() as session:
                draft = drafts.read(session, me, import_id)
                total = time_import.rows_in(draft.shape, draft.path)
                found = time_import.dry_run(session, me, import_id, progress)
                return found.tally, found.resolver

        async with self:
            self.checking, self.fault = True, ""
        try:
            async for step in progressing(work):
                async with self:
                    if isinstance(step, int):
                        self._advance(step, total)
                    else:
                        self._show(*step)
        except DomainError as error:
            async with self:
                self.checking, self.fault = False, self._t(error.code, **error.params)

    def _advance(self, rows: int, total: int) -> None:
        self.percent = min(99, rows * 100 // total) if total else 0
        self.progress = formats.number(rows, self._locale)

    def _show(self, tally: Tally, resolver: Resolver) -> None:
        locale = self._locale
        number = partial(formats.number, locale=locale)
        self.checking = False
        self.nothing, self.good = tally.good == 0, tally.good
        made = tally.made

        def new(kind: Kind) -> str:
            count = len(made[kind])
            return (
                self._t("time_import.check.new", n_text=number(count))
                if count
                else self._t("time_import.check.none_new")
            )

        self.figures = {
            "rows": number(tally.good),
            "total": number(tally.rows),
            "hours": formats.hours(tally.seconds, locale),
            "period": self._t(
                "time_import.check.period",
                first=formats.day(tally.first_day, locale),
                last=formats.day(tally.last_day, locale),
            )
            if tally.first_day and tally.last_day
            else "",
            "projects": number(tally.count(Kind.PROJECT)),
            "projects_new": new(Kind.PROJECT),
            "tasks": number(tally.count(Kind.TASK)),
            "tasks_new": new(Kind.TASK),
            "people": number(tally.count(Kind.PERSON)),
            "people_new": new(Kind.PERSON),
            "bad": number(tally.bad),
        }
        self.known = number(tally.known) if tally.known else ""
        self.warnings = []
        for code, count in tally.warnings.most_common():
            line, warning = tally.examples[code]
            detail = self._t("time_import.check.in_rows", n=count, n_text=number(count), line=number(line))
            self.warnings.append(Remark(warning.text(locale), detail))
        self.billed = tally.warnings["already_billed"] > 0
        self._show_names(resolver)
        self._bad_rows = [
            BadLine(number(row.line), " ".join(reason.text(locale) for reason in row.reasons))
            for row in sorted(tally.bad_rows, key=lambda row: row.line)
        ]
        self.bad_total = len(self._bad_rows)
        self._page_bad(0)

    def _show_names(self, resolver: Resolver) -> None:
        locale = self._locale
        self.kinds, self.names = [], []
        refused = {kind for kind in Kind if not resolver.may_create(kind)}
        for kind in Kind:
            new = [entity for entity in resolver.new[kind] if entity.rows or entity.problem]
            if not new:
                continue
            more = len(new) - NAMES_SHOWN
            self.kinds.append(
                NewKind(
                    kind=kind.value,
                    count=len(new),
                    count_text=formats.number(len(new), locale),
                    allowed=kind not in refused,
                    more=formats.number(more, locale) if kind in NAMED and more > 0 else "",
                )
            )
            if kind in NAMED:
                shown = sorted(new, key=lambda entity: (entity.problem is None, entity.name.casefold()))
                self.names += [self._name(entity, resolver) for entity in shown[:NAMES_SHOWN]]

    def _name(self, entity: Entity, resolver: Resolver) -> NewName:
        client = entity.client.name if entity.client else ""
        note = client
        if entity.problem and entity.problem.code != "left_out":
            note = entity.problem.text(self._locale)
        action = Action.MATCH if entity.matched else Action.SKIP if entity.problem else Action.CREATE
        return NewName(
            kind=entity.kind.value,
            key=entity.key,
            name=entity.name,
            rows=formats.number(entity.rows, self._locale),
            note=note,
            action=action.value,
            matched=resolver.matched_name(entity) if entity.matched else "",
            matched_id=str(entity.id) if entity.matched else "",
        )

    def _page_bad(self, first: int) -> None:
        number = partial(formats.number, locale=self._locale)
        self.bad_first = max(0, min(first, max(0, self.bad_total - 1) // BAD_PAGE * BAD_PAGE))
        self.bad = self._bad_rows[self.bad_first : self.bad_first + BAD_PAGE]
        self.bad_range = self._t(
            "time_import.check.shown",
            first=number(self.bad_first + 1),
            last=number(self.bad_first + len(self.bad)),
            n_text=number(self.bad_total),
        )

    @handler(Permission.TIME_IMPORT)
    async def bad_page(self, step: int):
        """Show the page of bad rows before (-1) or after (1) this one."""
        self._page_bad(self.bad_first + (BAD_PAGE if int(step) > 0 else -BAD_PAGE))

    async def _choose(self, changes: dict[str, Any]) -> Any:
        await self._write(drafts.choose, self._id("import_id"), changes)
        self.checking = True
        return type(self).check

    @handler(Permission.TIME_IMPORT)
    async def allow(self, kind: str, allowed: bool):
        """Whether new names of a kind are created."""
        row = await self._read(drafts.get, self._id("import_id"))
        refused = {*row.options.get("refused", [])} - {Kind(kind).value}
        return await self._choose({"refused": sorted(refused if allowed else {*refused, kind})})

    @handler(Permission.TIME_IMPORT)
    async def decide(self, kind: str, key: str, action: str, match_id: str):
        """Create a name, leave its rows out, or say which existing one it is."""
        if Kind(kind) not in NAMED or not any(n.kind == kind and n.key == key for n in self.names):
            raise DomainError("common.error.unknown_choice")
        row = await self._read(drafts.get, self._id("import_id"))
        names = {k: dict(v) for k, v in row.options.get("names", {}).items()}
        choice: dict[str, Any] = {"action": Action(action).value}
        if choice["action"] == Action.MATCH:
            if not str(match_id).isdigit():
                raise DomainError("common.error.unknown_choice")
            choice["id"] = int(match_id)
        names.setdefault(kind, {})[key] = choice
        return await self._choose({"names": names})

    @handler(Permission.TIME_IMPORT)
    async def keep_billed(self, keep: bool):
        self.billed_keep = bool(keep)
        return await self._choose({"billed_stays_billable": bool(keep)})

    @handler(Permission.TIME_IMPORT, background=True)
    async def apply(self):
        """The import, with progress; a page that is left meanwhile does not stop it."""
        import_id, me = self._id("import_id"), self._me
        total = 0

        def work(progress: Callable[[int], None]) -> Tally:
            nonlocal total
            with db.transaction() as session:
                draft = drafts.read(session, me, import_id)
                total = time_import.rows_in(draft.shape, draft.path)
                return time_import.apply(session, me, import_id, progress)

        async with self:
            self.importing, self.percent, self.progress, self.fault = True, 0, "", ""
        try:
            async for step in progressing(work):
                if isinstance(step, int):
                    async with self:
                        self._advance(step, total)
        except (DomainError, OperationalError) as error:
            told = error if isinstance(error, DomainError) else DomainError("time_import.error.busy")
            async with self:
                self.importing, self.fault = False, self._t(told.code, **told.params)
            return
        await self._changed("time_imports", "time", "projects", "clients", "people")
        yield rx.redirect(routes.time_import(import_id, "result"))


class ImportResult(Session):
    import_id: str = ""
    file_name: str = ""
    state: str = ""
    headline: str = ""
    figures: dict[str, str] = {}
    created: list[str] = []
    project_href: str = ""
    undo_text: str = ""
    undo_edited: str = ""
    undo_blocked: str = ""
    bad_href: str = ""

    @on_load(Permission.TIME_IMPORT)
    async def load(self):
        import_id, locale = self._id("import_id"), self._locale
        row = await self._read(drafts.get, import_id)
        if row.applied_at is None:
            return rx.redirect(routes.time_import(import_id, "format"))
        number = partial(formats.number, locale=locale)
        undo = await self._read(time_import.preview, import_id)
        self.import_id, self.file_name = str(import_id), row.file_name
        self.state = state_of(row.applied_at, row.undone_at)
        self.headline = self._t(
            "time_import.result.done", n=row.rows_imported, n_text=number(row.rows_imported)
        )
        self.figures = {
            "rows": number(row.rows_imported),
            "total": number(row.rows_total),
            "hours": formats.hours(row.seconds_imported, locale),
            "known": number(row.rows_known),
            "bad": number(row.rows_bad) if row.rows_bad else "",
        }
        tables = {"client": Kind.CLIENT, "project": Kind.PROJECT, "milestone": Kind.MILESTONE}
        tables |= {"task_list": Kind.TASK_LIST, "task": Kind.TASK, "user": Kind.PERSON}
        self.created = [
            self._t(f"time_import.kinds.{kind.value}", n=len(ids), n_text=number(len(ids)))
            for table, kind in tables.items()
            if (ids := row.created.get(table))
        ]
        projects = row.created.get("project", [])
        self.project_href = f"/projects/{projects[0]}" if len(projects) == 1 else ""
        self.undo_text = self._t(
            "time_import.result.undo_text",
            n_text=number(undo.logs),
            hours=formats.hours(undo.seconds, locale),
        )
        edited = self._t("time_import.result.undo_edited", n_text=number(undo.edited))
        self.undo_edited = edited if undo.edited else ""
        self.undo_blocked = ""
        if undo.invoices:
            self.undo_blocked = self._t(
                "time_import.result.undo_billed", invoices=", ".join(undo.invoices[:5])
            )
        elif undo.drafts:
            self.undo_blocked = self._t("time_import.result.undo_drafts")
        self.bad_href = routes.bad_rows(import_id)
        return None

    @handler(Permission.TIME_IMPORT)
    async def undo(self):
        found = await self._write(time_import.undo, self._id("import_id"))
        await self._changed("time_imports", "time", "projects", "clients", "people")
        shown = formats.number(found.logs, self._locale)
        self._say(self._t("time_import.undone", n=found.logs, n_text=shown))
        return type(self).load
