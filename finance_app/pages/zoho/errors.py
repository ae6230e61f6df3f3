import reflex as rx

from finance_app import routes
from finance_app.components.frame import page
from finance_app.components.parts import badge, button, empty, icon_button
from finance_app.components.table import Column, data_table, export_items, filter_select, toolbar
from finance_app.components.text import tr
from finance_app.states.zoho.errors import ErrorRow, ZohoErrors

STATES = ("open", "ignored", "resolved")


def zoho_errors() -> rx.Component:
    return page(
        tr("zoho.errors.title"),
        toolbar(
            filter_select("module", tr("zoho.errors.module"), ZohoErrors.modules),
            filter_select(
                "state",
                tr("zoho.errors.state"),
                [(name, tr(f"zoho.errors.states.{name}")) for name in STATES],
            ),
            searchable=False,
        ),
        data_table(
            ZohoErrors,
            [
                Column("record", tr("zoho.errors.record"), _record, width="24%"),
                Column("what", tr("zoho.errors.what"), _what),
                Column("first", tr("zoho.errors.first"), lambda r: r.first),
                Column("last", tr("zoho.errors.last"), lambda r: r.last),
                Column("attempts", tr("zoho.errors.attempts"), lambda r: r.attempts, numeric=True),
            ],
            row_menu=_acts,
            empty=empty(tr("zoho.errors.none"), tr("zoho.errors.none_text"), icon="circle-check"),
        ),
        context=tr("zoho.errors.context"),
        crumb=(tr("marketplace.title"), routes.MARKETPLACE),
        more=export_items("zoho-errors"),
        primary=button(
            rx.cond(ZohoErrors.retry_text != "", ZohoErrors.retry_text, tr("zoho.errors.retry_all")),
            icon="refresh-cw",
            kind="primary",
            on_click=ZohoErrors.retry_all,
            disabled=ZohoErrors.retry_text == "",
        ),
    )


def _record(row: ErrorRow) -> rx.Component:
    label = rx.cond(row.href != "", rx.el.a(row.label, href=row.href, class_name="link"), rx.el.b(row.label))
    return rx.el.div(
        label,
        rx.el.span(row.module, class_name="small muted"),
        rx.cond(row.is_open, rx.fragment(), badge(tr("zoho.errors.states." + row.state), "gray")),
        class_name="cell-lines",
    )


def _what(row: ErrorRow) -> rx.Component:
    return rx.el.div(
        rx.el.span(row.text),
        rx.el.span(
            row.remedy,
            rx.cond(
                row.form != "",
                rx.fragment(" ", rx.el.a(row.form_text, href=row.form, class_name="link")),
            ),
            class_name="small muted",
        ),
        rx.cond(row.said != "", rx.el.span(row.said, class_name="small muted")),
        rx.cond(row.held != "", rx.el.span(row.held, class_name="small muted")),
        class_name="cell-lines cell-prose",
    )


def _acts(row: ErrorRow) -> rx.Component:
    return rx.el.div(
        rx.cond(
            row.is_resolved,
            rx.fragment(),
            icon_button("refresh-cw", tr("zoho.errors.retry"), size="s", on_click=ZohoErrors.retry(row.id)),
        ),
        rx.cond(
            row.is_open,
            icon_button("bell-off", tr("zoho.errors.ignore"), size="s", on_click=ZohoErrors.ignore(row.id)),
        ),
        class_name="row",
    )
