import reflex as rx

from finance_app.components.dialog import form_dialog
from finance_app.components.form import form_grid, select_field, text_field, textarea_field
from finance_app.components.frame import page
from finance_app.components.object_trail import object_trail
from finance_app.components.parts import badge, button, empty
from finance_app.components.table import Column, data_table, filter_select, toolbar
from finance_app.components.text import tr
from finance_app.pages.settings.portal import settings_tabs
from finance_app.services.settings.items import UNITS
from finance_app.states.settings.items import ItemList, ItemRow


def items() -> rx.Component:
    state = ItemList
    return page(
        tr("settings.items.title"),
        toolbar(
            filter_select(
                "state",
                tr("settings.items.state.active"),
                [(name, tr(f"settings.items.state.{name}")) for name in ("archived", "all")],
            )
        ),
        data_table(
            state,
            [
                Column("name", tr("settings.items.name"), _name, sort=True),
                Column("unit", tr("settings.items.unit"), lambda row: tr("settings.items.units." + row.unit)),
                Column("tax", tr("settings.items.tax_id"), lambda row: row.tax),
                Column("price", tr("settings.items.unit_price"), lambda row: row.price, sort=True,
                       numeric=True),
            ],
            on_row=lambda row: state.open_item(row.id),
            label=tr("settings.items.title"),
            bulk=[
                rx.cond(
                    state.filters["state"] == "archived",
                    button(tr("settings.items.restore"), size="s", icon="archive-restore",
                           on_click=state.restore_selected),
                    button(tr("settings.items.archive"), size="s", icon="archive",
                           on_click=state.archive_selected),
                )
            ],
            empty=empty(tr("settings.items.empty"), tr("settings.items.empty_text"), _new(), icon="package"),
        ),
        _dialog(),
        object_trail("item", whole=True),
        context=tr("settings.items.context"),
        primary=_new(),
        tabs=settings_tabs(),
    )  # fmt: skip


def _new() -> rx.Component:
    return button(tr("settings.items.new"), kind="primary", icon="plus", on_click=ItemList.open_item(0))


def _name(row: ItemRow) -> rx.Component:
    mark = rx.cond(row.archived, rx.el.span(" ", badge(tr("settings.items.state.archived"))))
    return rx.fragment(row.name, mark)


def _dialog() -> rx.Component:
    state = ItemList
    return form_dialog(
        state,
        state.save,
        tr("settings.items.item"),
        text_field(state, "name", tr("settings.items.name"), required=True, auto_focus=True),
        textarea_field(state, "description", tr("settings.items.description"), optional=True, rows="2"),
        form_grid(
            text_field(state, "unit_price", tr("settings.items.unit_price"), required=True, numeric=True),
            text_field(state, "currency", tr("settings.items.currency"), required=True, max_length=3),
        ),
        form_grid(
            select_field(state, "unit", tr("settings.items.unit"),
                         [(name, tr(f"settings.items.units.{name}")) for name in UNITS]),
            select_field(state, "tax_id", tr("settings.items.tax_id"), state.tax_options,
                         help=tr("settings.items.tax_help")),
        ),
    )  # fmt: skip
