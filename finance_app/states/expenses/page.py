"""One expense: its receipts, amounts, approval, invoice and history."""

from dataclasses import dataclass
from typing import ClassVar
from zoneinfo import ZoneInfo

import reflex as rx
from sqlmodel import Session as Database

from finance_app import routes
from finance_app.domain.errors import DomainError, NotFound
from finance_app.domain.expense import ExpenseMove
from finance_app.domain.permissions import Permission
from finance_app.i18n import formats
from finance_app.models import (
    AuditEvent,
    Expense,
    ExpenseCategory,
    ExpenseLine,
    ExpenseReceipt,
    Portal,
    StoredFile,
    User,
)
from finance_app.models.kinds import ApprovalState
from finance_app.services.accounts.identity import Actor
from finance_app.services.audit.names import Names, names_of
from finance_app.services.expenses import access, approving, listing, receipts, saving
from finance_app.services.expenses.listing import ExpenseRecord
from finance_app.states.audit_words import changes_for
from finance_app.states.expenses.listing import ExpenseList, ExpenseRejection, PayingBack
from finance_app.states.expenses.words import (
    NO_ROW,
    ExpenseRow,
    ReceiptRow,
    expense_row,
    receipt_rows,
    told,
    uploaded,
)
from finance_app.states.handlers import handler, on_load
from finance_app.states.history import EventRow
from finance_app.states.live import Watcher
from finance_app.states.session import Session, joined


@dataclass(frozen=True)
class LineRow:
    id: int
    category: str
    detail: str
    taxes: str
    net: str
    gross: str


@dataclass(frozen=True)
class Known:
    """What one reading of the database says of an expense."""

    expense: Expense
    record: ExpenseRecord
    lines: list[ExpenseLine]
    categories: dict[int, str]
    receipts: list[tuple[ExpenseReceipt, StoredFile]]
    portal: Portal
    approver: str
    history: list[AuditEvent]
    names: Names
    editable: bool


def known(session: Database, actor: Actor, expense_id: int) -> Known:
    expense = access.get(session, actor, expense_id)
    record = listing.record(session, actor, expense_id)
    if record is None:
        raise NotFound
    approver = session.get(User, expense.approved_by_id) if expense.approved_by_id else None
    lines = saving.lines_of(session, expense_id)
    names = {}
    for line in lines:
        if line.category_id:
            names[line.category_id] = session.get_one(ExpenseCategory, line.category_id).name
    try:
        access.editable(session, actor, expense_id)
        editable = True
    except DomainError:
        editable = False
    history = saving.history(session, actor, expense_id)
    return Known(
        expense, record, lines, names, receipts.of_expense(session, expense_id), access.portal_of(session),
        approver.name if approver else "", history,
        names_of(session, [(saving.KIND, expense_id, event) for event in history]), editable,
    )  # fmt: skip


class ExpensePage(Watcher, Session):
    row: ExpenseRow = NO_ROW
    context: str = ""
    notes: str = ""
    approved: str = ""
    needs_approval: bool = False
    amounts: dict[str, str] = {}
    lines: list[LineRow] = []
    receipts: list[ReceiptRow] = []
    editable: bool = False
    own: bool = False
    edit_href: str = ""
    upload_url: str = ""
    removed_receipt: int = 0
    history: list[EventRow] = []

    _topics: ClassVar = ("expenses", "invoices")

    @on_load(Permission.EXPENSES_VIEW)
    async def load(self):
        expense_id = self._id("expense_id")
        found = await self._read(known, expense_id)
        expense, locale = found.expense, self._locale
        base = found.portal.base_currency
        self.row = expense_row(found.record, base, locale)
        self.notes = expense.notes
        self.needs_approval = found.portal.expenses_need_approval
        self.context = joined([self.row.day, self.row.person, self.row.project or self.row.client])
        self.amounts = self._amounts(found)
        self.lines = [self._line(line, found) for line in found.lines]
        self.receipts = receipt_rows(found.receipts, locale, expense_id)
        self.editable = found.editable
        self.own = self._me.may(Permission.EXPENSES_EDIT) and (
            expense.user_id == self._me.user_id or self._me.may(Permission.EXPENSES_EDIT_ALL)
        )
        self.edit_href = routes.expense_edit(expense_id)
        self.upload_url = routes.with_query(routes.DO_UPLOAD_RECEIPT, {"expense": str(expense_id)})
        self.approved = (
            self._t("expense.approved_by", name=found.approver, when=self._when(expense.approved_at, found))
            if expense.approved_at and expense.approval is ApprovalState.APPROVED
            else ""
        )
        changes = changes_for(self._me, found.names, locale, expense.project_id)
        self.history = [
            EventRow(
                joined([self._t(f"expense.event.{event.action}"), _detail(event)]),
                self._t(
                    "expense.event.by",
                    when=self._when(event.at, found),
                    name=event.actor_name or self._t("expense.event.program"),
                ),
                changes(event) if event.action == "changed" else [],
            )
            for event in found.history
        ]

    def _when(self, moment, found: Known) -> str:
        return formats.moment(moment, self._locale, ZoneInfo(found.portal.time_zone), style="short")

    def _amounts(self, found: Known) -> dict[str, str]:
        expense, locale, base = found.expense, self._locale, found.portal.base_currency
        foreign = expense.currency != base

        def money(minor: int) -> str:
            return formats.money(minor, expense.currency, locale)

        mark_up = money(expense.mark_up_minor) if expense.mark_up_minor else ""
        if not self._me.may(Permission.RATES_VIEW):
            mark_up = ""
        worth = formats.money(expense.base_gross_minor, base, locale)
        rate = formats.number(expense.exchange_rate, locale)
        return {
            "gross": money(expense.gross_minor),
            "net": money(expense.net_minor),
            "tax": money(expense.tax_minor) if expense.tax_minor else "",
            "cost": money(expense.cost_minor),
            "in_base": self._t("expense.base", base=worth, rate=rate) if foreign else "",
            "base": base,
            "mark_up": mark_up,
            "charge": money(expense.charge_minor)
            if expense.billable and self._me.may(Permission.RATES_VIEW)
            else "",
        }

    def _line(self, line: ExpenseLine, found: Known) -> LineRow:
        currency, locale = found.expense.currency, self._locale
        detail = line.description
        if line.distance is not None and line.distance_rate is not None:
            unit = self._t(f"expense.short.{line.distance_unit}")
            by = self._t(
                "expense.mileage_text",
                distance=f"{formats.number(line.distance, locale)} {unit}",
                rate=f"{formats.number(line.distance_rate, locale, min_decimals=2)} {currency}",
            )
            detail = joined([detail, by])
        taxes = joined(
            (
                copy["name"]
                if copy.get("recoverable") == "100"
                else f"{copy['name']} ({self._t('expense.recovered', share=copy.get('recoverable', '100'))})"
                for copy in line.taxes
            ),
            ", ",
        )
        return LineRow(
            line.id or 0,
            found.categories.get(line.category_id or 0, "") or self._t("expense.no_category"),
            detail,
            taxes,
            formats.money(line.net_minor, currency, locale),
            formats.money(line.net_minor + line.tax_minor, currency, locale),
        )

    @handler(Permission.EXPENSES_EDIT)
    async def receipt_added(self, answer: str):
        await self._read(receipts.visible, uploaded(answer))
        await self._changed("expenses")
        return type(self).load

    @handler(Permission.EXPENSES_EDIT)
    async def remove_receipt(self, receipt_id: int):
        await self._write(receipts.remove, int(receipt_id))
        self.removed_receipt = int(receipt_id)
        await self._changed("expenses")
        return type(self).load

    @handler(Permission.EXPENSES_EDIT)
    async def bring_receipt_back(self):
        if self.removed_receipt:
            await self._write(receipts.bring_back, self.removed_receipt)
            self.removed_receipt = 0
        return type(self).load

    @handler(Permission.EXPENSES_APPROVE)
    async def approve(self):
        return await self._moved("approve")

    @handler(Permission.EXPENSES_APPROVE)
    async def unapprove(self):
        return await self._moved("unapprove")

    async def _moved(self, asked: str):
        outcome = await self._write(approving.move, [self._id("expense_id")], ExpenseMove(asked))
        await self._changed("expenses")
        text, detail = told(outcome, asked, self._locale)
        self._say(detail or text, kind="warning" if detail else "success")
        return type(self).load

    @handler(Permission.EXPENSES_APPROVE)
    async def reject(self):
        (await self.get_state(ExpenseRejection))._ask([self._id("expense_id")])

    @handler(Permission.EXPENSES_PAY)
    async def pay_back(self):
        day = await self._today()
        (await self.get_state(PayingBack))._ask([self._id("expense_id")], day.isoformat())

    @handler(Permission.EXPENSES_PAY)
    async def undo_pay_back(self):
        outcome = await self._write(approving.undo_pay_back, [self._id("expense_id")])
        await self._changed("expenses")
        text, detail = told(outcome, "undo_pay_back", self._locale)
        self._say(detail or text, kind="warning" if detail else "success")
        return type(self).load

    @handler(Permission.EXPENSES_EDIT)
    async def duplicate(self):
        copy = await self._write(saving.duplicate, self._id("expense_id"))
        await self._changed("expenses")
        self._say(self._t("expense.duplicated"))
        return rx.redirect(routes.expense_edit(copy.id or 0))

    @handler(Permission.EXPENSES_EDIT)
    async def delete(self):
        gone = await self._write(saving.delete_many, [self._id("expense_id")])
        (await self.get_state(ExpenseList)).undo_ids = gone
        await self._changed("expenses")
        return rx.redirect(routes.EXPENSES)


def _detail(event: AuditEvent) -> str:
    return str(event.details.get("note") or event.details.get("name") or "")
