"""One payment: what it settles, what is left of it, and what can be done with the rest."""

import reflex as rx

from finance_app import routes
from finance_app.components.dialog import form_dialog
from finance_app.components.form import date_field, form_grid, select_field, text_field, textarea_field
from finance_app.components.frame import page
from finance_app.components.parts import (
    allowed,
    badge,
    button,
    empty,
    facts,
    labelled,
    menu_item,
    notice,
    panel,
    tile,
    tiles,
    timeline,
)
from finance_app.components.text import tr
from finance_app.domain.permissions import Permission
from finance_app.models.kinds import PaymentMethod
from finance_app.states.payments.page import PartRow, PaymentPage, RefundRow


def payment() -> rx.Component:
    details = PaymentPage.details
    return page(
        PaymentPage.heading,
        rx.cond(
            PaymentPage.deleted,
            notice(tr("payment.deleted_because", reason=PaymentPage.delete_reason), tone="amber", icon="ban"),
        ),
        tiles(
            tile(tr("payment.received"), details["amount"]),
            tile(tr("payment.allocated"), details["allocated"]),
            tile(tr("payment.unused"), details["unused"], note=tr("payment.unused_note")),
        ),
        rx.el.div(
            rx.el.div(
                _parts(),
                rx.cond(PaymentPage.refunds, _refunds()),
                rx.cond(
                    PaymentPage.events,
                    panel(
                        tr("invoice.timeline"),
                        timeline(PaymentPage.events, lambda event: (event.what, event.when)),
                    ),
                ),
                class_name="stack-l grow",
            ),
            panel(
                tr("invoice.details"),
                facts(
                    (
                        tr("payment.client"),
                        rx.el.a(details["client"], href=PaymentPage.client_href, class_name="link"),
                    ),
                    (tr("payment.day"), details["day"]),
                    (tr("payment.method_name"), details["method"]),
                    (tr("payment.reference"), details["reference"]),
                    (tr("payment.exchange_rate"), details["exchange_rate"]),
                    (tr("payment.notes"), details["notes"]),
                    (tr("payment.recorded_by"), details["recorded_by"]),
                ),
            ),
            class_name="two-columns",
        ),
        _dialog(),
        crumb=(tr("payment.title"), routes.PAYMENTS),
        context=PaymentPage.context,
        badge=rx.cond(PaymentPage.deleted, badge(tr("payment.state.deleted"), "struck")),
        actions=[
            _with_rest(button(tr("payment.refund"), icon="undo-2", on_click=PaymentPage.open_refund)),
        ],
        primary=_with_rest(
            button(tr("payment.apply"), kind="primary", icon="receipt-text", on_click=PaymentPage.open_apply)
        ),
        more=[
            allowed(
                Permission.PAYMENTS_EDIT,
                menu_item(
                    tr("payment.delete"),
                    icon="trash-2",
                    danger=True,
                    disabled=PaymentPage.deleted,
                    on_click=PaymentPage.open_delete,
                ),
            )
        ],
    )


def _with_rest(child: rx.Component) -> rx.Component:
    return rx.cond(PaymentPage.has_unused, allowed(Permission.PAYMENTS_EDIT, child))


def _parts() -> rx.Component:
    def row(part: PartRow) -> rx.Component:
        remove = button(
            tr("payment.remove"), kind="quiet", size="s", on_click=PaymentPage.open_removal(part.id)
        )
        return rx.el.tr(
            rx.el.td(
                rx.el.div(
                    rx.el.a(part.invoice, href=part.href, class_name="link num"),
                    rx.el.div(part.title, class_name="small muted"),
                ),
                class_name="first",
            ),
            labelled(tr("payment.kind_name"), tr("payment.kind." + part.kind)),
            labelled(tr("payment.day"), part.day, class_name="num"),
            labelled(tr("payment.amount"), part.amount, class_name="n strong"),
            rx.el.td(
                rx.cond(part.removable, allowed(Permission.PAYMENTS_EDIT, remove)),
                class_name="act",
            ),
            key=part.id.to_string(),
        )

    head = rx.el.tr(
        rx.el.th(tr("payment.invoice"), scope="col"),
        rx.el.th(tr("payment.kind_name"), scope="col"),
        rx.el.th(tr("payment.day"), scope="col"),
        rx.el.th(tr("payment.amount"), scope="col", class_name="n"),
        rx.el.th(rx.el.span(tr("common.more_actions"), class_name="sr-only"), scope="col"),
    )
    table = rx.el.table(
        rx.el.thead(head), rx.el.tbody(rx.foreach(PaymentPage.parts, row)), class_name="table table-cards"
    )
    return panel(
        tr("payment.settles"),
        rx.cond(
            PaymentPage.parts,
            rx.el.div(table, class_name="table-scroll"),
            empty(
                tr("payment.settles_nothing.title"), tr("payment.settles_nothing.text"), icon="receipt-text"
            ),
        ),
        flush=True,
    )


def _refunds() -> rx.Component:
    def row(refund: RefundRow) -> rx.Component:
        return rx.el.li(
            rx.el.div(
                rx.el.div(refund.day, class_name="num"),
                rx.el.div(refund.what, class_name="small muted"),
                class_name="grow",
            ),
            rx.el.span(refund.amount, class_name="num strong"),
            class_name="row",
        )

    return panel(
        tr("payment.refunds"), rx.el.ul(rx.foreach(PaymentPage.refunds, row), class_name="plain-list")
    )


def _dialog() -> rx.Component:
    state = PaymentPage
    return form_dialog(
        state,
        state.save,
        tr("payment.dialog." + state.dialog + ".title"),
        rx.match(
            state.dialog,
            ("apply", apply_fields(state)),
            ("refund", _refund_fields()),
            textarea_field(state, "reason", tr("invoice.reason"), required=True),
        ),
        text=tr("payment.dialog." + state.dialog + ".text", unused=state.details["unused"]),
        save=tr("payment.dialog." + state.dialog + ".save"),
    )


def apply_fields(state) -> rx.Component:
    """An open invoice and how much of the credit goes to it."""
    return rx.el.div(
        select_field(state, "invoice", tr("payment.invoice"), state.open_invoices, required=True),
        text_field(
            state, "amount", tr("payment.amount"), numeric=True, optional=True, help=tr("payment.amount_help")
        ),
        class_name="stack",
    )


def _refund_fields() -> rx.Component:
    state = PaymentPage
    methods = [(method.value, tr(f"payment.method.{method.value}")) for method in PaymentMethod]
    return rx.el.div(
        form_grid(
            text_field(state, "amount", tr("payment.amount"), numeric=True, required=True),
            date_field(state, "day", tr("payment.day"), required=True),
        ),
        form_grid(
            select_field(state, "method", tr("payment.method_name"), methods),
            text_field(state, "reference", tr("payment.reference"), optional=True),
        ),
        class_name="stack",
    )
