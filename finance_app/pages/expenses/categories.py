import reflex as rx

from finance_app.components.dialog import form_dialog
from finance_app.components.form import check_field, form_grid, select_field, text_field
from finance_app.components.frame import page
from finance_app.components.object_trail import object_trail
from finance_app.components.parts import badge, button, empty
from finance_app.components.table import Column, data_table, filter_select, toolbar
from finance_app.components.text import tr
from finance_app.domain.expense import DistanceUnit
from finance_app.pages.settings.portal import settings_tabs
from finance_app.states.expenses.categories import CategoryRow, ExpenseCategories


def expense_categories() -> rx.Component:
    state = ExpenseCategories
    return page(
        tr("expense.categories.title"),
        _approval(),
        toolbar(
            filter_select(
                "state",
                tr("expense.categories.state.active"),
                [(name, tr(f"expense.categories.state.{name}")) for name in ("archived", "all")],
            )
        ),
        data_table(
            state,
            [
                Column("name", tr("expense.categories.name"), _name, sort=True),
                Column("code", tr("expense.categories.code"), lambda row: row.code, sort=True),
                Column("tax", tr("expense.categories.tax_id"), lambda row: row.tax),
                Column(
                    "recoverable",
                    tr("expense.categories.recoverable"),
                    lambda row: row.recoverable,
                    numeric=True,
                ),
                Column("distance", tr("expense.distance_rate"), lambda row: row.distance, numeric=True),
            ],
            on_row=lambda row: state.open_category(row.id),
            label=tr("expense.categories.title"),
            bulk=[
                rx.cond(
                    state.filters["state"] == "archived",
                    button(
                        tr("expense.categories.restore"),
                        size="s",
                        icon="archive-restore",
                        on_click=state.restore_selected,
                    ),
                    button(
                        tr("expense.categories.archive"),
                        size="s",
                        icon="archive",
                        on_click=state.archive_selected,
                    ),
                )
            ],
            empty=empty(
                tr("expense.categories.empty"),
                tr("expense.categories.empty_text"),
                button(tr("expense.categories.usual"), kind="primary", on_click=state.add_usual),
                _new(),
                icon="tags",
            ),
        ),
        _dialog(),
        object_trail("expense_category", whole=True),
        context=tr("expense.categories.context"),
        primary=_new(),
        tabs=settings_tabs(),
    )


def _approval() -> rx.Component:
    state = ExpenseCategories
    return rx.el.label(
        rx.el.input(
            type="checkbox",
            role="switch",
            checked=state.needs_approval,
            on_change=state.set_needs_approval,
        ),
        rx.el.span(
            rx.el.span(tr("expense.needs_approval.label")),
            rx.el.span(tr("expense.needs_approval.help"), class_name="field-help"),
            class_name="check-text",
        ),
        class_name="check switch",
    )


def _new() -> rx.Component:
    return button(
        tr("expense.categories.new"),
        kind="primary",
        icon="plus",
        on_click=ExpenseCategories.open_category(0),
    )


def _name(row: CategoryRow) -> rx.Component:
    mark = rx.cond(row.archived, rx.el.span(" ", badge(tr("expense.categories.state.archived"))))
    return rx.fragment(row.name, mark)


def _dialog() -> rx.Component:
    state = ExpenseCategories
    return form_dialog(
        state,
        state.save,
        tr("expense.categories.one"),
        form_grid(
            text_field(state, "name", tr("expense.categories.name"), required=True, auto_focus=True),
            text_field(
                state,
                "code",
                tr("expense.categories.code"),
                optional=True,
                help=tr("expense.categories.code_help"),
            ),
        ),
        form_grid(
            select_field(state, "tax_id", tr("expense.categories.tax_id"), state.tax_options),
            text_field(
                state,
                "recoverable",
                tr("expense.categories.recoverable"),
                numeric=True,
                help=tr("expense.recoverable_help"),
            ),
        ),
        form_grid(
            text_field(
                state,
                "distance_rate",
                tr("expense.categories.distance_rate"),
                numeric=True,
                optional=True,
                help=tr("expense.categories.distance_rate_help"),
            ),
            select_field(
                state,
                "distance_unit",
                tr("expense.distance_unit"),
                [(unit, tr(f"expense.{unit}")) for unit in DistanceUnit],
            ),
        ),
        check_field(state, "billable", tr("expense.categories.billable")),
    )
