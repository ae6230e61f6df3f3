"""Expenses on the first step: all that the client has not been billed, or a choice of them."""

from typing import Any

import reflex as rx

from finance_app.components.native import native_link
from finance_app.components.parts import badge, icon_button, labelled, panel
from finance_app.components.text import tr
from finance_app.states.billing.looking import ExpenseRow
from finance_app.states.billing.wizard import Billing


def expenses_panel() -> rx.Component:
    return panel(
        tr("billing.expenses"),
        rx.cond(Billing.expense_count > 0, rx.fragment(_all(), _table(), _pager())),
        rx.cond(
            Billing.expense_reasons,
            rx.el.ul(
                rx.foreach(Billing.expense_reasons, lambda text: rx.el.li(text)),
                class_name="plain-list panel-body small muted",
            ),
        ),
        flush=True,
    )


def _all() -> rx.Component:
    return rx.el.ul(
        rx.el.li(
            rx.el.label(
                rx.el.input(
                    type="checkbox",
                    checked=Billing.expenses_chosen == Billing.expense_count,
                    on_change=Billing.toggle_expenses().stop_propagation,
                ),
                rx.el.span(tr("billing.all_expenses"), class_name="strong grow"),
                rx.el.span(
                    tr("billing.expenses_chosen", chosen=Billing.expenses_chosen, all=Billing.expense_count),
                    class_name="num muted",
                ),
            )
        ),
        class_name="pick-list",
    )


def _table() -> rx.Component:
    heads = ("base", "mark_up", "tax", "total")
    return rx.el.div(
        rx.el.table(
            rx.el.thead(
                rx.el.tr(
                    rx.el.th(
                        rx.el.span(tr("billing.expense.chosen"), class_name="sr-only"), class_name="tick"
                    ),
                    rx.el.th(tr("billing.expense.name"), scope="col"),
                    *[rx.el.th(tr(f"billing.expense.{name}"), scope="col", class_name="n") for name in heads],
                )
            ),
            rx.el.tbody(rx.foreach(Billing.expenses, _row)),
            rx.cond(
                Billing.expenses_chosen > 0,
                rx.el.tfoot(
                    rx.el.tr(
                        rx.el.td(class_name="blank"),
                        rx.el.td(tr("billing.expense.sum"), class_name="first"),
                        *[_figure(Billing.expense_sums[name], name) for name in heads],
                    )
                ),
            ),
            class_name="table table-cards",
            aria_label=tr("billing.expenses"),
        ),
        class_name="table-scroll",
    )


def _row(row: ExpenseRow) -> rx.Component:
    return rx.el.tr(
        rx.el.td(
            rx.el.input(
                type="checkbox",
                checked=row.chosen,
                on_change=Billing.toggle_expense(row.id).stop_propagation,
                aria_label=row.name,
            ),
            class_name="tick",
        ),
        rx.el.td(
            rx.el.div(
                rx.el.div(
                    native_link(
                        row.name, href=row.href, target="_blank", rel="noopener", class_name="strong"
                    ),
                    rx.cond(row.receipt, _paperclip()),
                    class_name="row",
                    style={"gap": "6px"},
                ),
                rx.el.div(row.context, class_name="small muted"),
                rx.el.div(row.project, class_name="small muted"),
                rx.cond(row.disbursement, badge(tr("expense.disbursement"), "violet")),
                rx.cond(row.problem, rx.el.div(row.problem, class_name="field-error")),
            ),
            class_name="first expense-offer",
        ),
        *[_figure(getattr(row, name), name) for name in ("base", "mark_up", "tax", "total")],
        key=row.id.to_string(),
    )


def _paperclip() -> rx.Component:
    return rx.el.span(
        rx.icon("paperclip", size=13, aria_hidden=True),
        rx.el.span(tr("expense.with_receipt.yes"), class_name="sr-only"),
        class_name="muted",
        title=tr("expense.with_receipt.yes"),
    )


def _figure(value: Any, name: str) -> rx.Component:
    return labelled(
        tr(f"billing.expense.{name}"),
        value,
        class_name=rx.cond(value != "", "n" + (" strong" if name == "total" else ""), "n blank"),
    )


def _pager() -> rx.Component:
    return rx.cond(
        Billing.expense_pages > 1,
        rx.el.div(
            icon_button(
                "chevron-left",
                tr("common.back"),
                disabled=Billing.expense_page <= 1,
                on_click=Billing.show_expenses(Billing.expense_page - 1),
            ),
            rx.el.span(
                tr("invoice.line_page", page=Billing.expense_page, pages=Billing.expense_pages),
                class_name="small muted",
            ),
            icon_button(
                "chevron-right",
                tr("common.next"),
                disabled=Billing.expense_page >= Billing.expense_pages,
                on_click=Billing.show_expenses(Billing.expense_page + 1),
            ),
            class_name="row panel-body",
        ),
    )
