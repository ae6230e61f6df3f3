"""What settles an invoice, and the dialogs that record it."""

import reflex as rx

from finance_app.components.dialog import form_dialog
from finance_app.components.form import date_field, form_grid, select_field, text_field, textarea_field
from finance_app.components.parts import allowed, button, panel
from finance_app.components.text import tr
from finance_app.domain.permissions import Permission
from finance_app.states.payments.panel import PaymentPanel, SettledRow


def payment_panel() -> rx.Component:
    return rx.cond(
        PaymentPanel.settled,
        panel(
            tr("payment.panel"),
            rx.el.ul(rx.foreach(PaymentPanel.settled, _settled), class_name="plain-list panel-body"),
            flush=True,
        ),
    )


def _settled(row: SettledRow) -> rx.Component:
    return rx.el.li(
        rx.el.div(
            rx.el.div(tr("payment.kind." + row.kind), class_name="strong"),
            rx.el.div(row.when, rx.cond(row.what, rx.el.span(" · ", row.what)), class_name="small muted"),
            class_name="grow",
        ),
        rx.el.span(row.amount, class_name="num strong"),
        rx.cond(
            row.removable,
            allowed(
                Permission.PAYMENTS_EDIT,
                button(
                    tr("payment.remove"), kind="quiet", size="s", on_click=PaymentPanel.open_removal(row.id)
                ),
            ),
        ),
        class_name="row",
    )


def payment_dialogs() -> rx.Component:
    """One dialog; its fields are those of what is recorded."""
    state = PaymentPanel
    return form_dialog(
        state,
        state.save,
        tr("payment.dialog." + state.dialog + ".title"),
        rx.match(
            state.dialog,
            ("payment", _payment_fields()),
            ("write_off", _write_off_fields()),
            textarea_field(state, "reason", tr("invoice.reason"), required=True),
        ),
        text=tr("payment.dialog." + state.dialog + ".text", balance=state.balance),
        save=tr("payment.dialog." + state.dialog + ".save"),
        width="600px",
    )


def _payment_fields() -> rx.Component:
    state = PaymentPanel
    return rx.el.div(
        form_grid(
            text_field(state, "amount", tr("payment.amount"), numeric=True, required=True),
            date_field(state, "day", tr("payment.day"), required=True),
        ),
        form_grid(
            select_field(state, "method", tr("payment.method_name"), state.methods),
            text_field(state, "reference", tr("payment.reference"), optional=True),
        ),
        form_grid(
            text_field(
                state, "bank_charges", tr("payment.bank_charges"), numeric=True, optional=True,
                help=tr("payment.bank_charges_help"),
            ),
            text_field(
                state, "withheld", tr("payment.withheld"), numeric=True, optional=True,
                help=tr("payment.withheld_help"),
            ),
        ),
        textarea_field(state, "notes", tr("payment.notes"), optional=True, rows="2"),
        class_name="stack",
    )  # fmt: skip


def _write_off_fields() -> rx.Component:
    state = PaymentPanel
    return rx.el.div(
        text_field(state, "amount", tr("payment.amount"), numeric=True, required=True),
        textarea_field(state, "reason", tr("invoice.reason"), required=True),
        class_name="stack",
    )
