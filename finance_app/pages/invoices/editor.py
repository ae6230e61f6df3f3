"""The editor of a draft: its lines in place, its details, its totals as they become."""

import reflex as rx

from finance_app import routes
from finance_app.components.dialog import confirm
from finance_app.components.frame import page
from finance_app.components.parts import panel
from finance_app.components.text import tr
from finance_app.components.wizard import wizard
from finance_app.pages.billing.steps import discard_button, steps_of_draft
from finance_app.pages.documents.editor import (
    conflict_notice,
    discount_fields,
    head_input,
    head_select,
    line_editor,
    rounding_fields,
    surcharge_fields,
    totals_aside,
)
from finance_app.states.invoices.editor import InvoiceEditor


def invoice_edit() -> rx.Component:
    """The third step of the wizard, or how an invoice is edited that has none."""
    state = InvoiceEditor
    return page(
        rx.cond(state.number != "", state.number, tr("invoice.edit_draft")),
        wizard(
            steps_of_draft("details", state.invoice_id, state.from_time),
            rx.el.div(
                conflict_notice(state),
                line_editor(state),
                _details(),
                class_name="stack-l",
                key=state.form_key.to_string(),
            ),
            aside=totals_aside(state),
            back=state.back_href,
            next_text=tr("invoice.to_review"),
            on_next=state.review,
            extra=[rx.cond(state.number == "", discard_button(state.discard))],
        ),
        confirm(
            None,
            tr("billing.above_title"),
            state.above_price,
            action=tr("billing.above_action"),
            on_confirm=state.confirm_above_price,
            open=state.above_price != "",
            on_open_change=state.set_above_price,
        ),
        crumb=(tr("invoice.title"), routes.INVOICES),
        context=state.context,
    )


def _details() -> rx.Component:
    state = InvoiceEditor
    return panel(
        tr("invoice.details"),
        rx.el.div(
            head_input(state, "recipients", tr("invoice.recipients"), help=tr("delivery.dialog.to_help")),
            rx.el.div(
                head_input(
                    state,
                    "issue_date",
                    tr("invoice.issued"),
                    type="date",
                    help=rx.cond(
                        state.date_remark != "",
                        rx.el.span(state.date_remark, style={"color": "var(--amber-ink)"}),
                        tr("invoice.number_later"),
                    ),
                ),
                head_select(state, "payment_terms", tr("invoice.terms"), state.terms),
                head_input(state, "due_date", tr("invoice.due"), type="date"),
                class_name="form-grid",
            ),
            rx.el.div(
                head_input(state, "title", tr("invoice.subject")),
                head_input(state, "reference", tr("invoice.reference"), help=tr("invoice.reference_help")),
                class_name="form-grid",
            ),
            discount_fields(state),
            surcharge_fields(state),
            rounding_fields(state),
            head_input(state, "notes", tr("invoice.notes"), control="textarea", rows="3"),
            class_name="stack",
        ),
    )
