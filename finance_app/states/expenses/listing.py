"""The list of expenses, with what is done to ticked rows."""

from collections.abc import Sequence
from typing import ClassVar

import reflex as rx

from finance_app import routes
from finance_app.domain.errors import DomainError
from finance_app.domain.expense import ExpenseMove
from finance_app.domain.permissions import Permission
from finance_app.i18n import formats
from finance_app.services.expenses import access, approving, drafting, listing, saving
from finance_app.services.expenses.approving import Moved
from finance_app.services.listing import ListAsks
from finance_app.states.expenses.words import ExpenseRow, expense_row, told
from finance_app.states.form import FormState, texts
from finance_app.states.handlers import handler, on_load
from finance_app.states.listing import ListState
from finance_app.states.live import Watcher
from finance_app.states.session import Session
from finance_app.states.time_tracking.listing import options
from finance_app.states.typed_money import read_day


class ExpenseList(ListState, Watcher, Session):
    rows: list[ExpenseRow] = []
    people: list[dict[str, str]] = []
    projects: list[dict[str, str]] = []
    clients: list[dict[str, str]] = []
    categories: list[dict[str, str]] = []
    amount: str = ""
    sees_all: bool = False
    needs_approval: bool = False
    new_href: str = routes.EXPENSE_NEW
    undo_ids: list[int] = []

    _asks: ClassVar[ListAsks] = listing.ASKS
    _topics: ClassVar = ("expenses", "invoices", "payments")

    @on_load(Permission.EXPENSES_VIEW)
    async def load(self):
        found = await self._read(listing.page, self._list_query())
        choices = await self._read(listing.choices)
        portal = await self._read(lambda session, _me: access.portal_of(session))
        self.people, self.projects = options(choices.people), options(choices.projects)
        self.clients = options(choices.clients)
        self.categories = [
            *options(choices.categories),
            {"value": "none", "label": self._t("expense.no_category")},
        ]
        self.sees_all = self._me.may(Permission.EXPENSES_VIEW_ALL)
        self.needs_approval = portal.expenses_need_approval
        base, locale = portal.base_currency, self._locale
        self.amount = formats.money(found.totals["base_gross_minor"], base, locale)
        self.new_href = routes.with_query(
            routes.EXPENSE_NEW,
            {"project": found.query.filter("project"), "client": found.query.filter("client")},
        )
        self._show([expense_row(record, base, locale) for record in found.rows], found)

    @handler(Permission.EXPENSES_EDIT)
    async def duplicate(self, expense_id: int):
        await self._write(saving.duplicate, int(expense_id))
        await self._changed("expenses")
        self._say(self._t("expense.duplicated"))
        return type(self).load

    @handler(Permission.EXPENSES_EDIT)
    async def delete(self, expense_id: int):
        return await self._delete([int(expense_id)])

    @handler(Permission.EXPENSES_EDIT)
    async def delete_selected(self):
        return await self._delete(self._selected_ids())

    async def _delete(self, expense_ids: list[int]):
        self.undo_ids = await self._write(saving.delete_many, expense_ids)
        self.selected = []
        await self._changed("expenses")
        return type(self).load

    @handler(Permission.EXPENSES_EDIT)
    async def undo(self):
        await self._write(saving.restore, self.undo_ids)
        self.undo_ids = []
        await self._changed("expenses")
        self._say(self._t("expense.undone"))
        return type(self).load

    @handler()
    async def forget_undo(self):
        self.undo_ids = []

    @handler(Permission.EXPENSES_APPROVE)
    async def approve_selected(self):
        outcome = await self._write(approving.move, self._selected_ids(), ExpenseMove.APPROVE)
        return await self._after(outcome, "approve")

    @handler(Permission.EXPENSES_APPROVE)
    async def unapprove_selected(self):
        outcome = await self._write(approving.move, self._selected_ids(), ExpenseMove.UNAPPROVE)
        return await self._after(outcome, "unapprove")

    @handler(Permission.EXPENSES_PAY)
    async def undo_pay_back_selected(self):
        outcome = await self._write(approving.undo_pay_back, self._selected_ids())
        return await self._after(outcome, "undo_pay_back")

    @handler(Permission.INVOICES_EDIT)
    async def bill_selected(self):
        """A draft invoice of the ticked expenses."""
        invoice = await self._write(drafting.of_chosen, self._selected_ids())
        self.selected = []
        await self._changed("expenses", "invoices")
        return rx.redirect(routes.invoice_edit(invoice.id or 0))

    async def _after(self, outcome: Moved, asked: str):
        self.selected = [str(expense_id) for expense_id in outcome.refused]
        await self._changed("expenses")
        text, detail = told(outcome, asked, self._locale)
        self._say(text, detail=detail, kind="warning" if detail else "success")
        return type(self).load

    @handler(Permission.EXPENSES_APPROVE)
    async def reject_selected(self):
        (await self.get_state(ExpenseRejection))._ask(self._selected_ids())

    @handler(Permission.EXPENSES_PAY)
    async def pay_back_selected(self):
        day = await self._today()
        (await self.get_state(PayingBack))._ask(self._selected_ids(), day.isoformat())


class ExpenseRejection(FormState, Session):
    """The note without which nobody rejects an expense; the page below loads anew by its watcher."""

    ids: list[int] = []

    def _ask(self, expense_ids: Sequence[int]) -> None:
        self.ids = list(expense_ids)
        self._fill({"note": ""})
        self._open_form(bool(self.ids))

    @handler(Permission.EXPENSES_APPROVE)
    async def save(self, data: dict):
        note = texts(data).get("note", "")
        outcome = await self._write(approving.move, self.ids, ExpenseMove.REJECT, note)
        self.form_open, self.errors = False, {}
        text, detail = told(outcome, "reject", self._locale)
        self._say(text, detail=detail, kind="warning" if detail else "success")
        (await self.get_state(ExpenseList)).selected = [str(expense_id) for expense_id in outcome.refused]
        await self._changed("expenses")


class PayingBack(FormState, Session):
    """The day on which people were paid back."""

    ids: list[int] = []

    def _ask(self, expense_ids: Sequence[int], day: str) -> None:
        self.ids = list(expense_ids)
        self._fill({"day": day})
        self._open_form(bool(self.ids))

    @handler(Permission.EXPENSES_PAY)
    async def save(self, data: dict):
        day = read_day(texts(data).get("day", ""))
        try:
            outcome = await self._write(approving.pay_back, self.ids, day)
        except DomainError as error:
            raise DomainError(error.code, **{**error.params, "field": "day"}) from None
        self.form_open, self.errors = False, {}
        text, detail = told(outcome, "pay_back", self._locale)
        self._say(text, detail=detail, kind="warning" if detail else "success")
        (await self.get_state(ExpenseList)).selected = [str(expense_id) for expense_id in outcome.refused]
        await self._changed("expenses")
