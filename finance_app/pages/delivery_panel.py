"""Beside a document: its e-mails, the client's link, and the dialog that sends it."""

import reflex as rx

from finance_app.components.dialog import confirm, form_dialog
from finance_app.components.form import text_field, textarea_field
from finance_app.components.native import native_link
from finance_app.components.parts import allowed, button, panel, status
from finance_app.components.text import tr
from finance_app.domain.permissions import Permission
from finance_app.states.delivery import DeliveryPanel, DeliveryRow


def delivery_panel() -> rx.Component:
    """E-mails with their state and remedies, and the link."""
    return panel(
        tr("delivery.panel.title"),
        rx.cond(
            DeliveryPanel.deliveries,
            rx.el.ul(rx.foreach(DeliveryPanel.deliveries, _delivery), class_name="plain-list"),
            rx.el.p(tr("delivery.panel.none"), class_name="muted"),
        ),
        allowed(Permission.INVOICES_EDIT, _link()),
    )


def _delivery(row: DeliveryRow) -> rx.Component:
    return rx.el.li(
        rx.el.div(rx.el.strong(row.what), " ", status(row.state, "delivery.state"), class_name="row-head"),
        rx.el.div(row.sent_to, class_name="muted"),
        rx.el.div(row.when, rx.cond(row.by, rx.el.span(" · ", row.by)), class_name="muted small"),
        rx.cond(row.fault, rx.el.p(row.fault, class_name="field-error")),
        allowed(
            Permission.INVOICES_EDIT,
            rx.el.div(
                rx.cond(
                    row.can_retry,
                    button(tr("delivery.panel.retry"), size="s", on_click=DeliveryPanel.retry(row.id)),
                ),
                rx.cond(
                    row.can_confirm,
                    button(tr("delivery.panel.confirm"), size="s", on_click=DeliveryPanel.arrived(row.id)),
                ),
                rx.cond(
                    row.can_retry,
                    button(tr("delivery.panel.cancel"), size="s", on_click=DeliveryPanel.give_up(row.id)),
                ),
                class_name="cluster",
            ),
        ),
    )


def _link() -> rx.Component:
    return rx.cond(
        DeliveryPanel.is_draft,
        rx.fragment(),
        rx.el.div(
            rx.el.h3(tr("delivery.panel.link"), class_name="panel-subtitle"),
            rx.cond(
                DeliveryPanel.link,
                rx.el.div(
                    button(
                        tr("delivery.panel.link_copy"),
                        size="s",
                        icon="copy",
                        on_click=[rx.set_clipboard(DeliveryPanel.link), DeliveryPanel.link_copied],
                    ),
                    native_link(
                        tr("delivery.panel.link_open"),
                        href=DeliveryPanel.link,
                        target="_blank",
                        rel="noopener",
                        class_name="btn btn-s",
                    ),
                    button(tr("delivery.panel.link_renew"), size="s", on_click=DeliveryPanel.renew_link),
                    confirm(
                        button(tr("delivery.panel.link_revoke"), size="s"),
                        tr("delivery.panel.link_revoke_title"),
                        tr("delivery.panel.link_revoke_text"),
                        action=tr("delivery.panel.link_revoke"),
                        on_confirm=DeliveryPanel.revoke_link,
                    ),
                    class_name="cluster",
                ),
                rx.el.div(
                    rx.el.p(tr("delivery.panel.link_none"), class_name="muted"),
                    button(tr("delivery.panel.link_make"), size="s", on_click=DeliveryPanel.make_link),
                ),
            ),
        ),
    )


def send_dialog() -> rx.Component:
    """Opened by `DeliveryPanel.open_email("invoice")` and the like."""
    return form_dialog(
        DeliveryPanel,
        DeliveryPanel.send,
        rx.match(
            DeliveryPanel.email,
            ("reminder", tr("delivery.dialog.remind_title")),
            ("credit_note", tr("delivery.dialog.credit_title")),
            tr("delivery.dialog.title"),
        ),
        text_field(DeliveryPanel, "to", tr("delivery.dialog.to"), help=tr("delivery.dialog.to_help")),
        text_field(DeliveryPanel, "cc", tr("delivery.dialog.cc"), optional=True),
        text_field(DeliveryPanel, "subject", tr("delivery.dialog.subject")),
        textarea_field(DeliveryPanel, "body", tr("delivery.dialog.body"), rows="9"),
        text=rx.cond(DeliveryPanel.is_draft, tr("delivery.dialog.text_draft"), tr("delivery.dialog.text")),
        save=tr("delivery.dialog.send"),
        width="620px",
    )
