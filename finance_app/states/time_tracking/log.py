"""The page of one time log: what it is, who approved it, its invoice, and its history."""

from dataclasses import dataclass
from typing import ClassVar

import reflex as rx
from sqlmodel import Session as Database

from finance_app import routes
from finance_app.domain.errors import DomainError, NotFound
from finance_app.domain.permissions import Permission
from finance_app.domain.workflow import ApprovalMove, allowed_approval_moves, require_editable_log
from finance_app.i18n import formats
from finance_app.models import AuditEvent, Portal, Project, TimeImport, TimeLog, User
from finance_app.models.columns import Decimal
from finance_app.services.accounts.identity import Actor
from finance_app.services.audit.names import Names, names_of
from finance_app.services.portal import local, portal_of
from finance_app.services.time_tracking import approvals
from finance_app.services.time_tracking import listing as time_listing
from finance_app.services.time_tracking import logs as time_logs
from finance_app.services.time_tracking.listing import TimeRecord
from finance_app.states.audit_words import changes_for
from finance_app.states.handlers import handler, on_load
from finance_app.states.history import EventRow
from finance_app.states.live import Watcher
from finance_app.states.session import Session, joined
from finance_app.states.time_tracking.form import RejectForm
from finance_app.states.time_tracking.listing import NO_ROW, TimeList, TimeRow, time_row
from finance_app.states.time_tracking.words import told


@dataclass(frozen=True)
class Known:
    """What one reading of the database says of a log."""

    log: TimeLog
    record: TimeRecord
    portal: Portal
    currency: str
    approver: str
    file_name: str
    history: list[AuditEvent]
    names: Names


def known(session: Database, actor: Actor, log_id: int) -> Known:
    log = time_logs.get(session, actor, log_id)
    record = time_listing.record(session, actor, log_id)
    if record is None:
        raise NotFound
    approver = session.get(User, log.approved_by_id) if log.approved_by_id else None
    source = session.get(TimeImport, log.import_id) if log.import_id else None
    history = time_logs.history(session, actor, log_id)
    return Known(
        log,
        record,
        portal_of(session),
        session.get_one(Project, log.project_id).currency,
        approver.name if approver else "",
        source.file_name if source else "",
        history,
        names_of(session, [("time_log", log_id, event) for event in history]),
    )


class TimeLogPage(Watcher, Session):
    row: TimeRow = NO_ROW
    context: str = ""
    notes: str = ""
    approved: str = ""
    bill_rate: str = ""
    cost_rate: str = ""
    imported: str = ""
    editable: bool = False
    moves: list[str] = []
    history: list[EventRow] = []

    _topics: ClassVar = ("time",)

    @on_load(Permission.TIME_VIEW)
    async def load(self):
        found = await self._read(known, self._id("log_id"))
        log, locale = found.log, self._locale
        self.row = time_row(found.record, locale)
        self.notes = found.record.notes
        self.context = joined([found.record.person, self.row.day, self.row.hours])
        self.imported = found.file_name
        self.approved = (
            self._t("time.approved_text", name=found.approver, when=self._when(log.approved_at, found.portal))
            if log.approved_at
            else ""
        )
        sees_rates, sees_costs = self._me.may(Permission.RATES_VIEW), self._me.may(Permission.COSTS_VIEW)
        self.bill_rate = _rate(log.bill_rate, found.currency, locale) if sees_rates else ""
        self.cost_rate = _rate(log.cost_rate, found.portal.base_currency, locale) if sees_costs else ""
        self.editable = self._may_change(found)
        self.moves = self._moves(found)
        changes = changes_for(self._me, found.names, locale, log.project_id)
        self.history = [
            EventRow(
                joined([self._t(f"time.event.{event.action}"), str(event.details.get("note", ""))]),
                self._t(
                    "time.event.by",
                    when=self._when(event.at, found.portal),
                    name=event.actor_name or self._t("time.event.program"),
                ),
                changes(event) if event.action == "changed" else [],
            )
            for event in found.history
        ]

    def _when(self, moment, portal: Portal) -> str:
        return formats.moment(local(moment, portal), self._locale, style="medium")

    def _may_change(self, found: Known) -> bool:
        own = found.log.user_id == self._me.user_id
        if not self._me.may(Permission.TIME_EDIT if own else Permission.TIME_EDIT_ALL):
            return False
        billed = found.log.invoice_line_id is not None
        try:
            require_editable_log(found.log.approval, billed, found.portal.needs_approval)
        except DomainError:
            return False
        return True

    def _moves(self, found: Known) -> list[str]:
        if not found.portal.needs_approval:
            return []
        own = found.log.user_id == self._me.user_id or self._me.may(Permission.TIME_EDIT_ALL)
        approves = self._me.may(Permission.TIME_APPROVE)
        open_moves = allowed_approval_moves(found.log.approval, found.log.invoice_line_id is not None)
        by_author = (ApprovalMove.SUBMIT, ApprovalMove.RECALL)
        return [
            str(asked)
            for asked in ApprovalMove
            if asked in open_moves and (own if asked in by_author else approves)
        ]

    @handler(Permission.TIME_EDIT)
    async def move(self, asked: str):
        if asked not in set(ApprovalMove):
            raise DomainError("common.error.unknown_choice")
        wanted, log_id = ApprovalMove(asked), self._id("log_id")
        if wanted is ApprovalMove.REJECT:
            self._me.require(Permission.TIME_APPROVE)
            form = await self.get_state(RejectForm)
            form._ask([log_id])
            return None
        outcome = await self._write(approvals.move, [log_id], wanted)
        await self._changed("time")
        text, detail = told(outcome, wanted, self._locale)
        self._say(detail or text, kind="warning" if detail else "success")
        return type(self).load

    @handler(Permission.TIME_EDIT)
    async def duplicate(self):
        log = await self._write(time_logs.duplicate, self._id("log_id"))
        await self._changed("time")
        self._say(self._t("time.duplicated", day=formats.day(log.day, self._locale)))
        return rx.redirect(routes.time_log(log.id or 0))

    @handler(Permission.TIME_EDIT)
    async def delete(self):
        events = await self._write(time_logs.delete, [self._id("log_id")])
        listed = await self.get_state(TimeList)
        listed.undo_events, listed.undo_count = events, len(events)
        await self._changed("time")
        return rx.redirect(routes.TIME)


def _rate(rate: Decimal | None, currency: str, locale: str) -> str:
    return "" if rate is None else formats.rate(rate, currency, locale)
