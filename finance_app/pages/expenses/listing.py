import reflex as rx

from finance_app import routes
from finance_app.components.dialog import confirm
from finance_app.components.frame import page
from finance_app.components.parts import (
    allowed,
    button,
    empty,
    link_button,
    menu,
    menu_item,
    menu_link,
)
from finance_app.components.table import Column, data_table, export_items, filter_date, filter_select, toolbar
from finance_app.components.text import tr
from finance_app.domain.expense import ExpenseState
from finance_app.domain.permissions import Permission
from finance_app.pages.expenses.parts import (
    approval_badge,
    paying_back_dialog,
    rejection_dialog,
    repay_badge,
    state_badge,
    undo_bar,
)
from finance_app.services.expenses.listing import PERIODS, REPAY, WAITING
from finance_app.states.expenses.listing import ExpenseList
from finance_app.states.expenses.words import ExpenseRow


def expenses() -> rx.Component:
    state = ExpenseList
    return page(
        tr("expense.title"),
        undo_bar(),
        _toolbar(),
        data_table(
            state,
            _columns(),
            href=lambda row: row.href,
            label=tr("expense.title"),
            bulk=_bulk(),
            row_menu=_row_menu,
            total=[tr("expense.total"), None, None, None, None, state.amount],
            empty=empty(tr("expense.empty.title"), tr("expense.empty.text"), _new(), icon="receipt"),
        ),
        rejection_dialog(),
        paying_back_dialog(),
        context=tr("expense.context", n=state.total, n_text=state.total_text, amount=state.amount),
        primary=_new(),
        more=[
            *export_items("expenses"),
            menu_link(rx.el.a(tr("expense.report.title"), href=routes.REPORT_EXPENSES)),
            _settings(),
        ],
    )


def _settings() -> rx.Component:
    return rx.cond(
        ExpenseList.permissions.contains(str(Permission.SETTINGS_EDIT)),
        menu_link(rx.el.a(tr("expense.settings"), href=routes.SETTINGS_EXPENSES)),
    )


def _new() -> rx.Component:
    return allowed(
        Permission.EXPENSES_EDIT,
        link_button(tr("expense.new"), href=ExpenseList.new_href, kind="primary", icon="plus"),
    )


def _toolbar() -> rx.Component:
    state = ExpenseList
    return toolbar(
        filter_select("period", tr("expense.period"), [(p, tr(f"expense.periods.{p}")) for p in PERIODS]),
        filter_select("project", tr("expense.project"), state.projects),
        filter_select(
            "state",
            tr("expense.state_name.name"),
            [(s, tr(f"expense.state.{s}")) for s in (*ExpenseState, *WAITING)],
        ),
        filter_select(
            "approval",
            tr("expense.approval"),
            [(s, tr(f"expense.approval_state.{s}")) for s in ("submitted", "approved", "rejected")],
        ),
        more=[
            filter_date("from", tr("expense.from")),
            filter_date("until", tr("expense.until")),
            filter_select("person", tr("expense.person"), state.people),
            filter_select("client", tr("expense.client"), state.clients),
            filter_select("category", tr("expense.category"), state.categories),
            filter_select("repay", tr("expense.repay.name"), [(s, tr(f"expense.repay.{s}")) for s in REPAY]),
            filter_select(
                "receipt",
                tr("expense.with_receipt.name"),
                [(s, tr(f"expense.with_receipt.{s}")) for s in ("yes", "no")],
            ),
        ],
    )


def _columns() -> list[Column]:
    return [
        Column("merchant", tr("expense.merchant"), _merchant, sort=True),
        Column("day", tr("expense.day"), lambda row: rx.el.span(row.day, class_name="num"), sort=True),
        Column("person", tr("expense.person"), lambda row: row.person, sort=True),
        Column("project", tr("expense.project"), _project, sort=True),
        Column("state", tr("expense.status"), _state),
        Column("amount", tr("expense.amount"), _amount, sort=True, numeric=True),
    ]


def _merchant(row: ExpenseRow) -> rx.Component:
    return rx.el.div(
        rx.el.div(
            row.merchant,
            rx.cond(
                row.receipts > 0,
                rx.el.span(
                    rx.icon("paperclip", size=13, aria_hidden=True),
                    rx.el.span(tr("expense.with_receipt.yes"), class_name="sr-only"),
                    class_name="muted",
                    title=tr("expense.with_receipt.yes"),
                ),
            ),
            class_name="row",
            style={"gap": "6px"},
        ),
        rx.cond(
            row.category != row.merchant,
            rx.el.div(row.category, " ", row.more_lines, class_name="small muted"),
        ),
    )


def _project(row: ExpenseRow) -> rx.Component:
    return rx.el.div(
        rx.cond(row.project, rx.el.div(row.project)),
        rx.cond(row.client, rx.el.div(row.client, class_name=rx.cond(row.project, "small muted", ""))),
    )


def _state(row: ExpenseRow) -> rx.Component:
    """How far the expense has come: approval, then billing; and whether somebody is owed the money."""
    waits = ExpenseList.needs_approval & (row.approval != "approved")
    return rx.el.div(
        rx.cond(
            waits | (ExpenseList.needs_approval & (row.state == "non_billable")),
            approval_badge(row),
            state_badge(row),
        ),
        repay_badge(row),
        class_name="row wrap",
        style={"gap": "4px"},
    )


def _amount(row: ExpenseRow) -> rx.Component:
    return rx.el.div(
        rx.el.div(row.amount),
        rx.cond(row.base_amount, rx.el.div(row.base_amount, class_name="small muted")),
    )


def _row_menu(row: ExpenseRow) -> rx.Component:
    locked = (row.state == "invoiced") | (row.state == "reimbursed") | (row.repay == "paid_back")
    return menu(
        menu_item(tr("expense.duplicate"), icon="copy", on_select=ExpenseList.duplicate(row.id)),
        menu_item(
            tr("expense.delete.action"),
            icon="trash-2",
            danger=True,
            disabled=locked,
            on_select=ExpenseList.delete(row.id),
        ),
    )


def _bulk() -> list[rx.Component]:
    state = ExpenseList
    approve = rx.cond(
        state.needs_approval,
        rx.fragment(
            button(tr("expense.move.approve"), size="s", icon="check", on_click=state.approve_selected),
            button(tr("expense.move.reject"), size="s", icon="x", on_click=state.reject_selected),
        ),
    )
    return [
        allowed(
            Permission.EXPENSES_APPROVE,
            approve,
        ),
        allowed(
            Permission.EXPENSES_PAY,
            button(tr("expense.move.pay_back"), size="s", icon="wallet", on_click=state.pay_back_selected),
        ),
        allowed(
            Permission.INVOICES_EDIT,
            button(tr("expense.bill"), size="s", icon="receipt-text", on_click=state.bill_selected),
        ),
        confirm(
            button(tr("expense.delete.action"), size="s", icon="trash-2"),
            tr("expense.delete.bulk_title", n=state.selected.length()),
            tr("expense.delete.bulk_text"),
            action=tr("expense.delete.action"),
            on_confirm=state.delete_selected,
        ),
        allowed(
            Permission.EXPENSES_PAY,
            menu(
                rx.cond(
                    state.needs_approval & state.permissions.contains(str(Permission.EXPENSES_APPROVE)),
                    menu_item(tr("expense.move.unapprove"), on_select=state.unapprove_selected),
                ),
                menu_item(tr("expense.move.undo_pay_back"), on_select=state.undo_pay_back_selected),
            ),
        ),
    ]
