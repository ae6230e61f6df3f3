"""One credit note: its lines and sums, what became of it, and what can be done with the rest."""

import reflex as rx

from finance_app import routes
from finance_app.components.dialog import form_dialog
from finance_app.components.form import date_field, form_grid, text_field, textarea_field
from finance_app.components.frame import page
from finance_app.components.native import native_link
from finance_app.components.parts import (
    allowed,
    button,
    facts,
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
from finance_app.domain.permissions import Permission
from finance_app.pages.documents.delivery_panel import (
    delivery_panel,
    preview_button,
    preview_dialog,
    send_dialog,
)
from finance_app.pages.documents.lines import line_cells, lines_panel
from finance_app.pages.payments.page import apply_fields
from finance_app.states.crediting.page import CreditedRow, CreditNotePage, UseRow
from finance_app.states.documents.delivery import DeliveryPanel


def credit_note() -> rx.Component:
    details = CreditNotePage.details
    pdf = "/documents/credit_note/" + CreditNotePage.credit_note_id.to_string()
    return page(
        CreditNotePage.number,
        rx.cond(
            CreditNotePage.void_reason != "", notice(CreditNotePage.void_reason, tone="amber", icon="ban")
        ),
        tiles(
            tile(tr("invoice.total"), details["total"]),
            tile(tr("credit_note.used"), details["used"]),
            tile(tr("credit_note.unused"), details["unused"]),
        ),
        rx.el.div(
            rx.el.div(
                _lines(),
                rx.cond(CreditNotePage.uses, _uses()),
                rx.cond(
                    CreditNotePage.events,
                    panel(
                        tr("invoice.timeline"),
                        timeline(CreditNotePage.events, lambda event: (event.what, event.when)),
                    ),
                ),
                class_name="stack-l grow",
            ),
            rx.el.div(
                panel(
                    tr("invoice.details"),
                    facts(
                        (
                            tr("invoice.client"),
                            rx.el.a(details["client"], href=CreditNotePage.client_href, class_name="link"),
                        ),
                        (
                            tr("payment.invoice"),
                            rx.el.a(details["invoice"], href=CreditNotePage.invoice_href, class_name="link"),
                        ),
                        (tr("invoice.issued"), details["issue_date"]),
                        (tr("invoice.reason"), details["notes"]),
                    ),
                ),
                delivery_panel(),
                class_name="stack-l side-column",
            ),
            class_name="two-columns",
        ),
        send_dialog(),
        preview_dialog(),
        _dialog(),
        crumb=(tr("credit_note.title"), routes.CREDIT_NOTES),
        context=CreditNotePage.context,
        badge=status(CreditNotePage.state, "credit_note.state"),
        actions=[
            preview_button(),
            _may("refund", button(tr("payment.refund"), icon="undo-2", on_click=CreditNotePage.open_refund)),
            _may(
                "apply", button(tr("payment.apply"), icon="receipt-text", on_click=CreditNotePage.open_apply)
            ),
        ],
        primary=_may(
            "send",
            allowed(
                Permission.INVOICES_EDIT,
                button(
                    tr("invoice.send"),
                    kind="primary",
                    icon="send",
                    on_click=DeliveryPanel.open_email("credit_note"),
                ),
            ),
        ),
        more=[
            menu_link(native_link(tr("invoice.open_pdf"), href=pdf + ".pdf", target="_blank")),
            menu_link(native_link(tr("invoice.download_pdf"), href=pdf + ".pdf?save=1", download=True)),
            menu_link(native_link(tr("invoice.print"), href=pdf + "/print", target="_blank")),
            _may("void", menu_item(tr("invoice.void"), danger=True, on_click=CreditNotePage.open_void)),
        ],
    )


def _may(action: str, child: rx.Component) -> rx.Component:
    return rx.cond(CreditNotePage.actions.contains(action), child)


def _lines() -> rx.Component:
    def row(line: CreditedRow) -> rx.Component:
        released = rx.cond(line.releases, rx.el.div(tr("credit_note.releases"), class_name="small muted"))
        return rx.el.tr(*line_cells(line, released))

    return lines_panel(CreditNotePage, row, pages=False)


def _uses() -> rx.Component:
    def row(use: UseRow) -> rx.Component:
        what = rx.cond(
            use.href != "",
            rx.el.span(
                tr("credit_note.applied_to"), " ", rx.el.a(use.invoice, href=use.href, class_name="link num")
            ),
            rx.el.span(tr("credit_note.refunded")),
        )
        return rx.el.li(
            rx.el.div(what, rx.el.div(use.day, class_name="small muted num"), class_name="grow"),
            rx.el.span(use.amount, class_name="num strong"),
            class_name="row",
        )

    return panel(
        tr("credit_note.uses"), rx.el.ul(rx.foreach(CreditNotePage.uses, row), class_name="plain-list")
    )


def _dialog() -> rx.Component:
    state = CreditNotePage
    return form_dialog(
        state,
        state.save,
        tr("credit_note.dialog." + state.dialog + ".title"),
        rx.match(
            state.dialog,
            ("apply", apply_fields(state)),
            (
                "refund",
                form_grid(
                    text_field(state, "amount", tr("payment.amount"), numeric=True, required=True),
                    date_field(state, "day", tr("payment.day"), required=True),
                ),
            ),
            textarea_field(state, "reason", tr("invoice.reason"), required=True),
        ),
        text=tr("credit_note.dialog." + state.dialog + ".text", unused=state.details["unused"]),
        save=tr("credit_note.dialog." + state.dialog + ".save"),
    )
