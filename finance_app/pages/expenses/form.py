"""The form of an expense. On a phone the receipt comes first, then the amount; the rest is filled in."""

from typing import Any

import reflex as rx

from finance_app import routes
from finance_app.components.form import (
    check_field,
    date_field,
    field,
    field_id,
    form,
    form_actions,
    form_grid,
    search_select,
    select_field,
    text_field,
    textarea_field,
)
from finance_app.components.frame import page
from finance_app.components.parts import allowed, button, icon_button, notice
from finance_app.components.text import tr
from finance_app.domain.expense import DistanceUnit
from finance_app.domain.money import MINOR_DIGITS
from finance_app.domain.permissions import Permission
from finance_app.pages.expenses.parts import receipt_removed, receipts_input, thumbnail
from finance_app.states.expenses.form import ExpenseForm

_FIRST = ("EUR", "USD", "GBP", "CHF", "CAD", "JPY")
_CURRENCIES = [*_FIRST, *sorted(set(MINOR_DIGITS) - set(_FIRST))]


def expense_new() -> rx.Component:
    return page(tr("expense.new"), _body(), crumb=(tr("expense.title"), routes.EXPENSES))


def expense_edit() -> rx.Component:
    state = ExpenseForm
    return page(tr("expense.edit"), _body(), crumb=(state.heading, state.cancel_href))


def _body() -> rx.Component:
    return rx.el.div(_form(), _receipts(), class_name="expense-form")


def _receipts() -> rx.Component:
    state = ExpenseForm
    return rx.el.section(
        rx.el.h2(tr("expense.receipts"), class_name="field-label"),
        rx.cond(state.waiting, notice(tr("expense.drop.waiting"))),
        receipt_removed(state),
        rx.el.ul(rx.foreach(state.receipts, lambda row: thumbnail(state, row)), class_name="stack-s"),
        receipts_input(state, state.upload_url, id="receipt"),
        class_name="stack-s expense-receipts",
        aria_label=tr("expense.receipts"),
    )


def _form() -> rx.Component:
    state = ExpenseForm
    return form(
        state.save,
        state,
        rx.el.input(type="hidden", name="version", default_value=state.values["version"]),
        rx.el.input(type="hidden", name="request", default_value=state.values["request"]),
        rx.foreach(state.line_numbers, _line),
        form_grid(
            date_field(state, "day", tr("expense.day"), required=True),
            _currency(),
        ),
        _exchange_rate(),
        _merchant(),
        search_select(
            state,
            "project_id",
            tr("expense.project"),
            source="projects",
            optional=True,
            placeholder=tr("expense.no_project"),
            on_pick=state.choose_project,
        ),
        rx.el.div(check_field(state, "billable", tr("expense.billable")), key=state.charge_key.to_string()),
        check_field(state, "own_money", tr("expense.own_money"), help=tr("expense.own_money_help")),
        _details(),
        rx.el.div(form_actions(cancel=state.cancel_href), class_name="sticky-save"),
    )


def _line(number: Any) -> rx.Component:
    state = ExpenseForm
    several = state.line_numbers.length() > 1
    head = rx.cond(
        several,
        rx.el.div(
            text_field(
                state, "description_" + number, tr("expense.description"), optional=True, max_length=500
            ),
            icon_button("x", tr("expense.remove_line"), on_click=state.remove_line(number)),
            class_name="line-head",
        ),
    )
    return rx.el.div(
        head,
        form_grid(
            rx.cond(
                state.by_distance[number],
                text_field(
                    state, "distance_" + number, tr("expense.distance"), required=True, numeric=True,
                    auto_complete="off",
                ),
                text_field(
                    state, "amount_" + number, tr("expense.amount"), required=True, numeric=True,
                    auto_complete="off",
                ),
            ),
            _category(number),
        ),
        rx.cond(
            state.by_distance[number],
            rx.el.div(
                form_grid(
                    text_field(
                        state, "distance_rate_" + number, tr("expense.distance_rate"), required=True,
                        numeric=True,
                    ),
                    select_field(
                        state, "distance_unit_" + number, tr("expense.distance_unit"),
                        [(unit, tr(f"expense.{unit}")) for unit in DistanceUnit],
                    ),
                ),
                key=state.line_keys[number],
            ),
            _taxes(number),
        ),
        class_name=rx.cond(several, "expense-line panel-line", "expense-line"),
        key=number,
    )  # fmt: skip


def _category(number: Any) -> rx.Component:
    state, name = ExpenseForm, "category_id_" + number
    control = rx.el.select(
        rx.foreach(state.category_options, lambda o: rx.el.option(o["label"], value=o["value"])),
        class_name="input",
        id=field_id(name),
        name=name,
        value=state.values[name],
        on_change=lambda value: state.choose_category(number, value),
        custom_attrs={"aria-invalid": rx.cond(state.errors[name], "true", "false")},
    )
    return field(name, tr("expense.category"), control, error=state.errors[name])


def _taxes(number: Any) -> rx.Component:
    state = ExpenseForm

    def pair(which: str, label: Any) -> rx.Component:
        return form_grid(
            select_field(state, f"{which}_id_" + number, label, state.tax_options),
            text_field(
                state, f"{which}_recoverable_" + number, tr("expense.recoverable"),
                help=tr("expense.recoverable_help"), numeric=True,
            ),
        )  # fmt: skip

    chosen = rx.el.span(
        rx.foreach(
            state.tax_options,
            lambda o: rx.cond(
                (o["value"] == state.values["tax_id_" + number]) & (o["value"] != ""),
                rx.fragment(" · ", o["label"]),
            ),
        ),
        class_name="muted",
    )
    return rx.el.details(
        rx.el.summary(tr("expense.tax"), chosen),
        rx.el.div(
            pair("tax", tr("expense.tax_id")),
            pair("tax2", tr("expense.second_tax")),
            class_name="stack details-body",
        ),
        key=state.line_keys[number],
        class_name="more",
    )


def _currency() -> rx.Component:
    state = ExpenseForm
    control = rx.el.select(
        *[rx.el.option(code, value=code) for code in _CURRENCIES],
        class_name="input",
        id=field_id("currency"),
        name="currency",
        value=state.currency,
        on_change=state.choose_currency,
    )
    return field("currency", tr("expense.currency"), control, error=state.errors["currency"])


def _exchange_rate() -> rx.Component:
    state = ExpenseForm
    return rx.cond(
        state.currency != state.base,
        rx.el.div(
            text_field(
                state,
                "exchange_rate",
                tr("expense.exchange_rate"),
                help=tr("expense.exchange_rate_help", currency=state.currency, base=state.base),
                numeric=True,
            ),
            key=state.currency,
        ),
    )


def _merchant() -> rx.Component:
    state = ExpenseForm
    return rx.fragment(
        text_field(
            state, "merchant", tr("expense.merchant"), optional=True, list="merchants", auto_complete="off",
            max_length=200, placeholder=tr("expense.merchant_help"), on_blur=state.merchant_typed,
        ),
        rx.el.datalist(rx.foreach(state.merchants, lambda name: rx.el.option(value=name)), id="merchants"),
    )  # fmt: skip


def _details() -> rx.Component:
    state = ExpenseForm
    task = rx.el.div(
        search_select(
            state,
            "task_id",
            tr("expense.task"),
            source="tasks",
            scope=state.project_id,
            optional=True,
            placeholder=tr("expense.no_task"),
            disabled=state.project_id == "",
        ),
        key=state.place_key.to_string(),
    )
    return rx.el.details(
        rx.el.summary(tr("expense.more")),
        rx.el.div(
            textarea_field(state, "notes", tr("expense.notes"), optional=True, rows="2"),
            check_field(state, "tax_included", tr("expense.tax_included")),
            rx.el.div(
                button(tr("expense.add_line"), size="s", icon="split", on_click=state.add_line),
            ),
            task,
            allowed(
                Permission.CLIENTS_VIEW,
                search_select(
                    state,
                    "client_id",
                    tr("expense.client"),
                    source="clients",
                    optional=True,
                    help=tr("expense.client_help"),
                ),
            ),
            allowed(
                Permission.EXPENSES_EDIT_ALL,
                search_select(state, "user_id", tr("expense.person"), source="people", required=True),
            ),
            allowed(Permission.RATES_VIEW, _mark_up()),
            check_field(
                state, "disbursement", tr("expense.disbursement"), help=tr("expense.disbursement_help")
            ),
            class_name="stack details-body",
        ),
        open=state.details_open,
        class_name="more",
    )


def _mark_up() -> rx.Component:
    state = ExpenseForm
    return form_grid(
        text_field(
            state, "mark_up_value", tr("expense.mark_up"), numeric=True, optional=True,
            help=tr("expense.mark_up_help"),
        ),
        select_field(
            state, "mark_up_kind", tr("expense.mark_up_value"),
            [("percent", tr("expense.mark_up_percent")), ("amount", tr("expense.mark_up_amount"))],
        ),
    )  # fmt: skip
