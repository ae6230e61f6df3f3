"""What can be done with the ticked invoices, and the dialog that says what it will do to each."""

import reflex as rx

from finance_app.components.parts import allowed, button, notice
from finance_app.components.text import tr
from finance_app.domain.permissions import Permission
from finance_app.pages.documents.files import file_actions
from finance_app.states.invoices.bulk import BulkRow
from finance_app.states.invoices.listing import InvoiceList
from finance_app.states.session import Session


def bulk_actions() -> list[rx.Component]:
    state = InvoiceList
    return [
        allowed(
            Permission.INVOICES_EDIT,
            button(tr("invoice.bulk.send"), size="s", icon="send", on_click=state.ask_bulk("send")),
            button(tr("invoice.mark_sent"), size="s", icon="check", on_click=state.ask_bulk("mark_sent")),
            button(tr("invoice.bulk.remind"), size="s", icon="bell", on_click=state.ask_bulk("remind")),
        ),
        allowed(
            Permission.PAYMENTS_EDIT,
            button(tr("invoice.record_payment"), size="s", icon="banknote", on_click=state.pay_bulk),
        ),
        *file_actions("invoice", state.selected),
        allowed(
            Permission.INVOICES_EDIT,
            button(tr("invoice.bulk.delete"), size="s", icon="trash-2", on_click=state.ask_bulk("delete")),
        ),
    ]


def bulk_dialog() -> rx.Component:
    state = InvoiceList
    key = "invoice.bulk.ask." + state.bulk_action
    left_out = state.bulk_rows.length() - state.bulk_count
    return rx.dialog.root(
        rx.dialog.content(
            rx.dialog.title(tr(key + ".title", n=state.bulk_count)),
            rx.dialog.description(
                rx.cond(state.bulk_done, tr("invoice.bulk.some_refused"), tr(key + ".text")),
                class_name="muted dialog-text",
            ),
            rx.el.div(
                rx.cond(
                    ~state.bulk_done & (left_out > 0),
                    notice(tr("invoice.bulk.left_out", n=left_out), tone="amber", icon="info"),
                ),
                rx.el.ul(rx.foreach(state.bulk_rows, _row), class_name="plain-list scroll-list"),
                class_name="stack",
                style={"margin_top": "16px"},
            ),
            rx.el.div(
                rx.dialog.close(button(rx.cond(state.bulk_done, tr("common.close"), tr("common.cancel")))),
                rx.cond(
                    state.bulk_done,
                    rx.fragment(),
                    button(
                        tr(key + ".save", n=state.bulk_count),
                        kind="primary",
                        disabled=state.bulk_count == 0,
                        on_click=state.carry_out_bulk,
                    ),
                ),
                class_name="dialog-actions",
            ),
            max_width="600px",
        ),
        open=state.bulk_visit == Session.visit,
        on_open_change=state.set_bulk_open,
    )


def _row(row: BulkRow) -> rx.Component:
    note = rx.cond(
        row.fault != "",
        rx.el.div(row.fault, class_name="small", style={"color": "var(--amber-ink)"}),
        rx.cond(
            row.recipients != "",
            rx.el.div(tr("delivery.panel.to", to=row.recipients), class_name="small muted"),
        ),
    )
    return rx.el.li(
        rx.el.div(
            rx.el.div(rx.el.span(row.name, class_name="strong num"), " · ", row.client),
            note,
            class_name="grow",
        ),
        rx.el.span(row.amount, class_name="num"),
        class_name="row",
    )
