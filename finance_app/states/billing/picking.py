"""Choosing tasks, milestones or time logs within the scope; which time is left out for a reason."""

from dataclasses import dataclass
from typing import Any

import reflex as rx

from finance_app import routes
from finance_app.domain.grouping import Eligibility
from finance_app.domain.permissions import Permission
from finance_app.i18n import formats
from finance_app.services.invoicing.picking import PickRow, What, pick_list
from finance_app.services.invoicing.scope import Picked
from finance_app.states.billing.choices import picked_of, picked_text, scope_of, toggled
from finance_app.states.billing.wizard import KEPT
from finance_app.states.handlers import handler, on_load
from finance_app.states.session import Session

LETTERS = {What.TASKS: "tasks", What.MILESTONES: "milestones", What.LOGS: "logs"}


@dataclass(frozen=True)
class PickedRow:
    id: int
    name: str
    context: str
    notes: str
    day: str
    logs: str
    hours: str
    chosen: bool
    held: bool
    href: str


class BillingPick(Session):
    """`what` is listed: tasks, milestones or logs; with `reason` the logs that are left out for it."""

    rows: list[PickedRow] = []
    what: str = "tasks"
    reason: str = ""
    only: bool = False
    named: int = 0
    line_page: int = 1
    line_pages: int = 1
    total: int = 0
    tabs: dict[str, str] = {}
    back_href: str = ""

    _choices: dict[str, str] = {}

    @on_load(Permission.INVOICES_EDIT)
    async def load(self):
        query = self._query
        self._choices = {name: query.get(name, "") for name in KEPT}
        what = query.get("what", "")
        chosen = What(what) if what in set(What) else What.TASKS
        why = query.get("show", "")
        reason = Eligibility(why) if why in set(Eligibility) and why != Eligibility.OK else None
        self.what, self.reason = (What.LOGS if reason else chosen).value, reason.value if reason else ""
        picked = picked_of(self._choices)
        self.only = picked.only
        self.named = len(picked.logs) + len(picked.tasks) + len(picked.milestones)
        self.back_href = routes.with_query(routes.INVOICE_NEW, self._choices)
        self.tabs = {
            each.value: routes.with_query(routes.INVOICE_NEW_PICK, {**self._choices, "what": each.value})
            for each in What
        }
        draft, page = query.get("draft", ""), query.get("page", "1")
        found = await self._read(
            pick_list,
            scope_of(self._choices),
            What(self.what),
            reason=reason,
            search=query.get("q", ""),
            page=int(page) if page.isdecimal() and len(page) < 6 else 1,
            draft_id=int(draft) if draft.isascii() and draft.isdecimal() and len(draft) < 12 else None,
        )
        self.line_page, self.line_pages, self.total = found.page, found.pages, found.total
        self.rows = [self._row(row) for row in found.rows]

    def _row(self, row: PickRow) -> PickedRow:
        locale = self._locale
        return PickedRow(
            id=row.id,
            name=row.name or row.project,
            context=" · ".join(part for part in (row.project if row.name else "", row.person) if part),
            notes=row.notes[:200],
            day=formats.day(row.day, locale) if row.day else "",
            logs=formats.number(row.logs, locale),
            hours=formats.hours(row.seconds, locale),
            chosen=row.chosen,
            held=row.held_by,
            href=routes.time_log(row.id) if row.day else "",
        )

    def _again(self, picked: Picked, **more: str) -> Any:
        query = self._query
        here = {name: query.get(name, "") for name in ("what", "q", "page")}
        kept = {**self._choices, "only": "1" if picked.only else "", "picked": picked_text(picked)}
        return rx.redirect(routes.with_query(routes.INVOICE_NEW_PICK, {**kept, **here, **more}), replace=True)

    @handler(Permission.INVOICES_EDIT)
    async def toggle(self, row_id: int):
        """Leave a row out, or take it in."""
        if self.reason:
            return None
        return self._again(toggled(picked_of(self._choices), LETTERS[What(self.what)], int(row_id)))

    @handler(Permission.INVOICES_EDIT)
    async def start_from(self, mode: str):
        """Begin with everything, or with nothing: `all` or `nothing`."""
        return self._again(Picked(only=mode == "nothing"), page="")

    @handler(Permission.INVOICES_EDIT)
    async def show_page(self, page: int):
        return self._again(picked_of(self._choices), page=str(int(page)))
