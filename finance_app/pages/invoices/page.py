"""One invoice, and its review before it is sent."""

from typing import Any

import reflex as rx

from finance_app import routes
from finance_app.components.dialog import form_dialog
from finance_app.components.form import check_field, textarea_field
from finance_app.components.frame import page
from finance_app.components.native import native_link
from finance_app.components.parts import (
    button,
    facts,
    link_button,
    menu_item,
    menu_link,
    notice,
    panel,
    status,
    tile,
    tiles,
    timeline,
)
from finance_app.components.text import tr
from finance_app.components.wizard import wizard
from finance_app.pages.billing.steps import discard_button, steps_of_draft
from finance_app.pages.crediting.dialog import credit_dialog
from finance_app.pages.documents.delivery_panel import (
    delivery_panel,
    preview_button,
    preview_dialog,
    send_dialog,
)
from finance_app.pages.documents.lines import line_cells, lines_panel
from finance_app.pages.payments.panel import payment_dialogs, payment_panel
from finance_app.states.crediting.dialog import CreditDialog
from finance_app.states.documents.delivery import DeliveryPanel
from finance_app.states.invoices.page import InvoicePage, LineRow
from finance_app.states.payments.panel import PaymentPanel


def may(action: str, *children: Any) -> rx.Component:
    return rx.cond(InvoicePage.actions.contains(action), rx.fragment(*children))


def invoice() -> rx.Component:
    pdf = "/documents/invoice/" + InvoicePage.invoice_id.to_string() + ".pdf"
    return page(
        rx.cond(InvoicePage.number != "", InvoicePage.number, tr("invoice.state.draft")),
        _tiles(),
        rx.cond(
            InvoicePage.details["void_reason"],
            notice(InvoicePage.details["void_reason"], tone="amber", icon="ban"),
        ),
        rx.el.div(
            rx.el.div(
                _lines(),
                payment_panel(),
                panel(tr("invoice.timeline"), _timeline()),
                class_name="stack-l grow",
            ),
            rx.el.div(
                panel(
                    tr("invoice.details"),
                    facts(
                        (
                            tr("invoice.client"),
                            rx.el.a(InvoicePage.client, href=InvoicePage.client_href, class_name="link"),
                        ),
                        (tr("invoice.issued"), InvoicePage.details["issue_date"]),
                        (tr("invoice.due"), InvoicePage.details["due_date"]),
                        (tr("invoice.reference"), InvoicePage.details["reference"]),
                        below=[
                            (tr("invoice.recipients"), InvoicePage.details["recipients"]),
                            (tr("invoice.notes"), InvoicePage.details["notes"]),
                        ],
                    ),
                ),
                delivery_panel(),
                class_name="stack-l side-column",
            ),
            class_name="two-columns",
        ),
        send_dialog(),
        preview_dialog(),
        payment_dialogs(),
        credit_dialog(),
        _reason_dialog(),
        crumb=(tr("invoice.title"), routes.INVOICES),
        context=InvoicePage.context,
        badge=status(InvoicePage.state, "invoice.state"),
        actions=[
            preview_button(),
            may(
                "edit",
                link_button(
                    tr("common.edit"),
                    href="/invoices/" + InvoicePage.invoice_id.to_string() + "/edit",
                    icon="pencil",
                ),
            ),
        ],
        primary=_primary(),
        more=[
            menu_link(native_link(tr("invoice.open_pdf"), href=pdf, target="_blank")),
            menu_link(native_link(tr("invoice.download_pdf"), href=pdf + "?save=1", download=True)),
            rx.cond(
                InvoicePage.with_receipts,
                menu_link(
                    native_link(tr("expense.pdf_with_receipts"), href=pdf + "?receipts=1", target="_blank")
                ),
            ),
            menu_link(
                native_link(
                    tr("invoice.print"),
                    href="/documents/invoice/" + InvoicePage.invoice_id.to_string() + "/print",
                    target="_blank",
                )
            ),
            may("mark_sent", menu_item(tr("invoice.mark_sent"), on_click=InvoicePage.mark_sent)),
            rx.cond(
                InvoicePage.number != "",
                may(
                    "send",
                    menu_item(tr("invoice.send_again"), on_click=DeliveryPanel.open_email("invoice")),
                ),
            ),
            may("remind", menu_item(tr("invoice.remind"), on_click=DeliveryPanel.open_email("reminder"))),
            may("write_off", menu_item(tr("invoice.write_off"), on_click=PaymentPanel.open_write_off)),
            may("credit", menu_item(tr("invoice.credit"), on_click=CreditDialog.open_credit)),
            menu_item(tr("invoice.duplicate"), on_click=InvoicePage.duplicate),
            may("void", menu_item(tr("invoice.void"), danger=True, on_click=InvoicePage.ask("void"))),
            may("delete", menu_item(tr("invoice.delete"), danger=True, on_click=InvoicePage.ask("delete"))),
        ],
        window_title=rx.cond(InvoicePage.number != "", InvoicePage.number, tr("invoice.state.draft")),
    )


def _primary() -> rx.Component:
    """Send a draft; record what is paid of an open invoice."""
    return rx.cond(
        InvoicePage.number == "",
        may(
            "send",
            button(
                tr("invoice.send"), kind="primary", icon="send", on_click=DeliveryPanel.open_email("invoice")
            ),
        ),
        may(
            "record_payment",
            button(
                tr("invoice.record_payment"),
                kind="primary",
                icon="banknote",
                on_click=PaymentPanel.open_payment,
            ),
        ),
    )


def _tiles() -> rx.Component:
    return tiles(
        tile(tr("invoice.total"), InvoicePage.details["total"]),
        tile(tr("invoice.settled"), InvoicePage.details["settled"]),
        tile(tr("invoice.balance"), InvoicePage.details["balance"], note=InvoicePage.details["due_note"]),
    )


def _lines() -> rx.Component:
    def row(line: LineRow) -> rx.Component:
        time = rx.el.a(tr("invoice.see_time"), href=line.time_href, class_name="link small")
        return rx.el.tr(
            *line_cells(
                line,
                rx.cond(line.tracked, rx.el.div(line.tracked, class_name="small muted")),
                rx.cond(line.time_href, time),
            )
        )

    note = rx.el.p(InvoicePage.hours_note, class_name="small muted")
    return lines_panel(InvoicePage, row, beside=note)


def _timeline() -> rx.Component:
    return timeline(InvoicePage.events, lambda row: (row.what, row.when), lambda row: row.changes)


def _reason_dialog() -> rx.Component:
    deleting = InvoicePage.asks == "delete"
    draft = InvoicePage.number == ""
    consequence = rx.cond(
        deleting,
        rx.cond(draft, tr("invoice.delete_draft_text"), tr("invoice.delete_text")),
        rx.cond(InvoicePage.strict, tr("invoice.void_strict_text"), tr("invoice.void_text")),
    )
    return form_dialog(
        InvoicePage,
        InvoicePage.confirm,
        rx.cond(deleting, tr("invoice.delete_title"), tr("invoice.void_title")),
        rx.cond(
            deleting & draft,
            rx.fragment(),
            textarea_field(InvoicePage, "reason", tr("invoice.reason"), required=True),
        ),
        rx.cond(deleting, rx.fragment(), check_field(InvoicePage, "release", tr("invoice.release_time"))),
        text=consequence,
        save=rx.cond(deleting, tr("invoice.delete"), tr("invoice.void")),
    )


def invoice_review() -> rx.Component:
    """The last step of the wizard: the document as the client will see it."""
    base = "/invoices/" + InvoicePage.invoice_id.to_string()
    return page(
        tr("billing.title"),
        wizard(
            steps_of_draft("review", InvoicePage.invoice_id, InvoicePage.from_wizard),
            rx.el.iframe(
                src=rx.cond(
                    InvoicePage.invoice_id > 0,
                    "/documents/invoice/" + InvoicePage.invoice_id.to_string() + "/preview",
                    "about:blank",
                ),
                class_name="preview-frame",
                title=tr("billing.step.review"),
            ),
            back=base + "/edit",
            next_text=tr("billing.save_and_send"),
            on_next=DeliveryPanel.open_email("invoice"),
            extra=[
                discard_button(InvoicePage.discard),
                link_button(tr("billing.save_draft"), href=base),
            ],
        ),
        send_dialog(),
        crumb=(tr("invoice.title"), routes.INVOICES),
        context=InvoicePage.context,
    )
