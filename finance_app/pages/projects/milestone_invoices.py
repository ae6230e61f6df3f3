"""The invoices of a milestone, and the dialog that bills it."""

from typing import Any

import reflex as rx

from finance_app import routes
from finance_app.components.dialog import form_dialog, is_open
from finance_app.components.form import date_field, field, field_id, form_grid, text_field
from finance_app.components.parts import allowed, button, empty, labelled, notice, panel, status
from finance_app.components.text import tr
from finance_app.domain.permissions import Permission
from finance_app.domain.shares import PriceField
from finance_app.states.projects.milestone import MilestonePage
from finance_app.states.projects.milestone_invoices import InvoiceRow, MilestoneBilling, MilestoneInvoices


def milestone_invoices() -> rx.Component:
    state = MilestoneInvoices
    heads = [
        rx.el.th(tr("invoice.number"), scope="col"),
        rx.el.th(tr("invoice.state_name"), scope="col"),
        rx.el.th(tr("invoice.issued"), scope="col"),
        rx.el.th(tr("milestone.billing.of_milestone"), scope="col", class_name="n"),
    ]
    table = rx.el.div(
        rx.el.table(
            rx.el.thead(rx.el.tr(*heads)),
            rx.el.tbody(rx.foreach(state.rows, _invoice)),
            class_name="table table-cards",
            aria_label=tr("milestone.invoices"),
        ),
        class_name="table-scroll",
    )
    return rx.cond(
        state.shown,
        panel(
            tr("milestone.invoices"),
            rx.cond(
                state.rows.length() > 0,
                table,
                empty(tr("milestone.no_invoices"), tr("milestone.no_invoices_text"), icon="receipt-text"),
            ),
            actions=[
                allowed(
                    Permission.INVOICES_EDIT,
                    button(
                        tr("milestone.billing.action"),
                        size="s",
                        on_click=MilestoneBilling.open_billing(MilestonePage.row.id, MilestonePage.row.name),
                    ),
                )
            ],
            flush=True,
        ),
    )


def _invoice(row: InvoiceRow) -> rx.Component:
    number = rx.cond(row.number != "", row.number, tr("invoice.state.draft"))
    title = rx.cond(row.title != "", rx.el.div(row.title, class_name="small muted"))
    return rx.el.tr(
        rx.el.td(rx.el.div(rx.el.a(number, href=row.href, class_name="row-link"), title), class_name="first"),
        labelled(tr("invoice.state_name"), status(row.state, "invoice.state")),
        labelled(tr("invoice.issued"), row.day, class_name="num"),
        labelled(tr("milestone.billing.of_milestone"), row.amount, class_name="n"),
        key=row.id.to_string(),
    )


def billing_dialog() -> rx.Component:
    """Once on each page that opens it."""
    state = MilestoneBilling
    title = tr("milestone.billing.title", name=state.name)
    return rx.cond(
        state.refused != "",
        rx.dialog.root(
            rx.dialog.content(
                rx.dialog.title(title),
                rx.dialog.description(state.refused, class_name="muted dialog-text"),
                rx.el.div(
                    allowed(
                        Permission.SETTINGS_EDIT,
                        rx.el.a(
                            tr("settings.documents.title"), href=routes.SETTINGS_DOCUMENTS, class_name="link"
                        ),
                    ),
                    rx.dialog.close(button(tr("common.close"))),
                    class_name="dialog-actions",
                ),
                max_width="460px",
            ),
            open=is_open(state),
            on_open_change=state.set_form_open,
        ),
        form_dialog(
            state,
            state.preview,
            title,
            notice(state.standing),
            form_grid(
                date_field(
                    state, "since", tr("billing.since"), optional=True,
                    on_change=lambda value: state.set_day("since", value),
                ),
                date_field(
                    state, "until", tr("billing.until"), required=True,
                    on_change=lambda value: state.set_day("until", value),
                ),
            ),
            field(
                "basis",
                tr("milestone.billing.amount"),
                rx.el.select(
                    rx.foreach(state.options, lambda each: rx.el.option(each["label"], value=each["value"])),
                    id=field_id("basis"),
                    value=state.basis,
                    on_change=state.set_basis,
                    class_name="input",
                ),
                error=state.errors["basis"],
            ),
            rx.cond(
                state.basis == "custom",
                text_field(
                    state, "amount", tr("billing.basis.own"), numeric=True, required=True,
                    placeholder=tr("billing.share_placeholder"),
                ),
            ),
            _fields("name", tr("billing.price_names")),
            _fields("text", tr("billing.price_descriptions")),
            rx.el.label(
                rx.el.input(type="checkbox", name="time", default_checked=state.values["time"] == "on"),
                rx.el.span(
                    tr("billing.mark_time_phases"),
                    rx.el.span(state.waiting, class_name="field-help"),
                    class_name="check-text",
                ),
                class_name="check",
            ),
            save=tr("milestone.billing.preview"),
            width="560px",
        ),
    )  # fmt: skip


def _fields(place: str, legend: Any) -> rx.Component:
    """Which fields a line's name or description is composed of, in this order."""
    state = MilestoneBilling
    boxes = [
        rx.el.label(
            rx.el.input(
                type="checkbox",
                name=f"{place}_{each.value}",
                default_checked=state.values[f"{place}_{each.value}"] == "on",
            ),
            rx.el.span(tr(f"billing.price_field.{each.value}"), class_name="check-text"),
            class_name="check",
        )
        for each in PriceField
    ]
    error = state.errors[f"{place}_project"]
    return rx.el.fieldset(
        rx.el.legend(legend, class_name="field-label"),
        rx.el.div(*boxes, class_name="row wrap field-choices"),
        rx.cond(error, rx.el.span(error, class_name="field-error", role="alert")),
        class_name="field",
    )
