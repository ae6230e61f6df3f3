import reflex as rx

from finance_app import routes
from finance_app.components.dialog import confirm
from finance_app.components.frame import page
from finance_app.components.parts import (
    allowed,
    badge,
    button,
    facts,
    link_button,
    notice,
    panel,
    timeline,
)
from finance_app.components.text import tr
from finance_app.domain.permissions import Permission
from finance_app.pages.expenses.parts import (
    approval_badge,
    full_receipt,
    paying_back_dialog,
    receipt_removed,
    receipts_input,
    rejection_dialog,
    repay_badge,
    state_badge,
)
from finance_app.states.expenses.page import ExpensePage, LineRow


def expense() -> rx.Component:
    state, row = ExpensePage, ExpensePage.row
    return page(
        row.merchant,
        rx.cond(
            row.approval_note,
            notice(
                tr("expense.rejected_because", note=row.approval_note), tone="amber", icon="message-square"
            ),
        ),
        rx.el.div(
            rx.el.div(_receipts(), class_name="stack"),
            rx.el.div(
                _amounts(),
                _details(),
                panel(
                    tr("expense.history"),
                    timeline(
                        state.history, lambda entry: (entry.what, entry.when), lambda entry: entry.changes
                    ),
                ),
                class_name="stack",
            ),
            class_name="columns expense-columns",
        ),
        rejection_dialog(),
        paying_back_dialog(),
        context=state.context,
        badge=rx.el.div(
            rx.cond(state.needs_approval, approval_badge(row)),
            rx.cond(row.state != "non_billable", state_badge(row)),
            repay_badge(row),
            class_name="row wrap",
        ),
        crumb=(tr("expense.title"), routes.EXPENSES),
        actions=[_moves(), _paying(), _duplicate(), _delete()],
        primary=rx.cond(
            state.editable,
            link_button(tr("common.edit"), href=state.edit_href, icon="pencil", kind="primary"),
        ),
    )


def _receipts() -> rx.Component:
    state = ExpensePage
    return panel(
        tr("expense.receipts"),
        rx.el.div(
            receipt_removed(state),
            rx.el.ul(rx.foreach(state.receipts, lambda row: full_receipt(state, row)), class_name="stack"),
            rx.cond(
                state.own,
                receipts_input(state, state.upload_url, id="receipt"),
                rx.cond(
                    state.receipts.length() == 0, rx.el.p(tr("expense.with_receipt.none"), class_name="muted")
                ),
            ),
            class_name="stack",
        ),
    )


def _amounts() -> rx.Component:
    state, amounts = ExpensePage, ExpensePage.amounts

    def line(name: str, value: rx.Var, *, strong: bool = False) -> rx.Component:
        return rx.cond(
            value != "",
            rx.el.div(
                rx.el.dt(tr(name)),
                rx.el.dd(value, class_name="num"),
                class_name="strong" if strong else "",
            ),
        )

    return panel(
        tr("expense.amounts"),
        rx.el.ul(rx.foreach(state.lines, _line), class_name="plain-list expense-lines"),
        rx.el.dl(
            rx.cond(
                amounts["tax"] != "",
                rx.fragment(line("expense.net", amounts["net"]), line("expense.tax", amounts["tax"])),
            ),
            line("expense.gross", amounts["gross"], strong=True),
            rx.cond(
                amounts["in_base"] != "",
                rx.el.div(
                    rx.el.dt(tr("expense.in_base", base=amounts["base"])),
                    rx.el.dd(amounts["in_base"], class_name="num"),
                ),
            ),
            line("expense.cost", amounts["cost"]),
            line("expense.mark_up", amounts["mark_up"]),
            line("expense.charge", amounts["charge"], strong=True),
            class_name="totals expense-totals",
        ),
    )


def _line(row: LineRow) -> rx.Component:
    return rx.el.li(
        rx.el.div(
            rx.el.div(row.category),
            rx.cond(row.detail, rx.el.div(row.detail, class_name="small muted")),
            rx.cond(row.taxes, rx.el.div(row.taxes, class_name="small muted")),
            class_name="grow",
        ),
        rx.el.span(row.gross, class_name="num"),
        class_name="row-between",
        key=row.id.to_string(),
    )


def _details() -> rx.Component:
    state, row = ExpensePage, ExpensePage.row
    invoice = rx.cond(
        row.invoice != "",
        rx.cond(
            state.permissions.contains(str(Permission.INVOICES_VIEW)),
            rx.el.a(row.invoice, href=row.invoice_href, class_name="link"),
            rx.el.span(row.invoice),
        ),
        rx.el.span("–"),
    )
    return panel(
        tr("expense.details"),
        facts(
            (tr("expense.client"), row.client),
            (tr("expense.project"), row.project),
            (tr("expense.person"), row.person),
            (tr("expense.day"), row.day),
            (tr("expense.invoice"), rx.fragment(invoice)),
            (
                tr("expense.repay.name"),
                rx.fragment(tr("expense.repay." + row.repay), " ", row.paid_back),
            ),
            (tr("expense.approval_state.approved"), state.approved),
            (tr("expense.notes"), state.notes),
        ),
        rx.cond(row.disbursement, badge(tr("expense.disbursement"), "violet")),
    )


def _moves() -> rx.Component:
    state, row = ExpensePage, ExpensePage.row
    claimed = (row.state == "invoiced") | (row.state == "reimbursed")
    free = ~claimed & (row.repay != "paid_back")
    return allowed(
        Permission.EXPENSES_APPROVE,
        rx.cond(
            state.needs_approval & (row.approval != "approved"),
            button(tr("expense.move.approve"), icon="check", on_click=state.approve),
        ),
        rx.cond(
            state.needs_approval & (row.approval == "submitted") & free,
            button(tr("expense.move.reject"), icon="x", on_click=state.reject),
        ),
        rx.cond(
            state.needs_approval & (row.approval == "approved") & free,
            button(tr("expense.move.unapprove"), on_click=state.unapprove),
        ),
    )


def _paying() -> rx.Component:
    state, row = ExpensePage, ExpensePage.row
    return allowed(
        Permission.EXPENSES_PAY,
        rx.cond(
            (row.repay == "owed") & (~state.needs_approval | (row.approval == "approved")),
            button(tr("expense.move.pay_back"), icon="wallet", on_click=state.pay_back),
        ),
        rx.cond(
            row.repay == "paid_back",
            button(tr("expense.move.undo_pay_back"), on_click=state.undo_pay_back),
        ),
    )


def _duplicate() -> rx.Component:
    return rx.cond(
        ExpensePage.own, button(tr("expense.duplicate"), icon="copy", on_click=ExpensePage.duplicate)
    )


def _delete() -> rx.Component:
    return rx.cond(
        ExpensePage.editable,
        confirm(
            button(tr("expense.delete.action"), icon="trash-2"),
            tr("expense.delete.title"),
            tr("expense.delete.text"),
            action=tr("expense.delete.action"),
            on_confirm=ExpensePage.delete,
        ),
    )
