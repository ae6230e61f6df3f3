"""Beside a document: its e-mails, the client's link, its preview, and the dialog that sends it."""

from typing import Any

import reflex as rx

from finance_app.components.dialog import confirm, form_dialog
from finance_app.components.form import select_field, text_field, textarea_field
from finance_app.components.native import AddressChips, EmailPreview, native_link
from finance_app.components.parts import allowed, badge, button, menu, menu_item, notice, panel, status
from finance_app.components.text import tr
from finance_app.domain.permissions import Permission
from finance_app.states.documents.delivery import DeliveryPanel, DeliveryRow
from finance_app.states.session import Session


def delivery_panel() -> rx.Component:
    """E-mails with their state and remedies, and the link."""
    return panel(
        tr("delivery.panel.title"),
        rx.cond(
            DeliveryPanel.deliveries,
            rx.el.ul(rx.foreach(DeliveryPanel.deliveries, _delivery), class_name="deliveries"),
            rx.el.p(tr("delivery.panel.none"), class_name="panel-body muted"),
        ),
        allowed(Permission.INVOICES_EDIT, _link()),
        flush=True,
    )


def _delivery(row: DeliveryRow) -> rx.Component:
    return rx.el.li(
        rx.el.div(
            rx.el.span(row.what, class_name="strong"),
            rx.cond(
                row.can_confirm,
                badge(tr("delivery.state.unknown"), "amber"),
                status(row.state, "delivery.state"),
            ),
            class_name="row-between",
        ),
        rx.el.div(row.sent_to, class_name="small"),
        rx.el.div(row.when, rx.cond(row.by != "", " · " + row.by, ""), class_name="small muted"),
        rx.cond(row.fault != "", rx.el.p(row.fault, class_name="small fault")),
        rx.cond(row.next_try != "", rx.el.p(row.next_try, class_name="small muted")),
        rx.cond(row.can_retry, allowed(Permission.INVOICES_EDIT, _remedies(row))),
    )


def _remedies(row: DeliveryRow) -> rx.Component:
    return rx.el.div(
        rx.cond(
            row.can_confirm,
            button(tr("delivery.panel.confirm"), size="s", on_click=DeliveryPanel.arrived(row.id)),
        ),
        button(tr("delivery.panel.retry"), size="s", icon="rotate-cw", on_click=DeliveryPanel.retry(row.id)),
        button(tr("delivery.panel.cancel"), size="s", kind="quiet", on_click=DeliveryPanel.give_up(row.id)),
        class_name="cluster",
    )


def _link() -> rx.Component:
    made = rx.el.div(
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
        menu(
            menu_item(
                tr("delivery.panel.link_renew"), icon="refresh-cw", on_click=DeliveryPanel.set_renewing(True)
            ),
            menu_item(
                tr("delivery.panel.link_revoke"),
                icon="link-2-off",
                danger=True,
                on_click=DeliveryPanel.set_revoking(True),
            ),
        ),
        confirm(
            None,
            tr("delivery.panel.link_renew_title"),
            tr("delivery.panel.link_renew_text"),
            action=tr("delivery.panel.link_renew"),
            on_confirm=DeliveryPanel.renew_link,
            danger=False,
            open=DeliveryPanel.renewing,
            on_open_change=DeliveryPanel.set_renewing,
        ),
        confirm(
            None,
            tr("delivery.panel.link_revoke_title"),
            tr("delivery.panel.link_revoke_text"),
            action=tr("delivery.panel.link_revoke"),
            on_confirm=DeliveryPanel.revoke_link,
            open=DeliveryPanel.revoking,
            on_open_change=DeliveryPanel.set_revoking,
        ),
        class_name="cluster",
    )
    none = rx.el.div(
        rx.el.p(tr("delivery.panel.link_none"), class_name="small muted"),
        button(tr("delivery.panel.link_make"), size="s", icon="link", on_click=DeliveryPanel.make_link),
        class_name="stack-s",
        style={"align_items": "flex-start"},
    )
    return rx.cond(
        DeliveryPanel.is_draft,
        rx.fragment(),
        rx.el.div(
            rx.el.h3(tr("delivery.panel.link")),
            rx.cond(DeliveryPanel.link != "", made, none),
            class_name="panel-part",
        ),
    )


def preview_button() -> rx.Component:
    """Opens `preview_dialog`."""
    return button(tr("delivery.dialog.preview"), icon="eye", on_click=DeliveryPanel.set_preview_open(True))


def preview_dialog() -> rx.Component:
    """The document as the client will see it, with its PDF at hand."""
    base = "/documents/" + DeliveryPanel.kind + "/" + DeliveryPanel.object_id.to_string()
    shown = DeliveryPanel.preview_visit == Session.visit
    return rx.dialog.root(
        rx.dialog.content(
            rx.el.div(
                rx.dialog.title(tr("delivery.dialog.preview"), margin_bottom="0"),
                rx.el.div(
                    native_link(
                        tr("delivery.page.download"),
                        href=base + ".pdf?save=1",
                        download=True,
                        class_name="btn btn-s",
                    ),
                    native_link(
                        tr("delivery.dialog.print"),
                        href=base + "/print",
                        target="_blank",
                        class_name="btn btn-s",
                    ),
                    rx.dialog.close(button(tr("common.close"), size="s")),
                    class_name="row wrap",
                ),
                class_name="row-between wrap",
            ),
            rx.dialog.description(tr("delivery.dialog.preview_text"), class_name="sr-only"),
            rx.cond(
                shown,
                rx.el.iframe(
                    src=base + "/preview",
                    title=tr("delivery.dialog.preview"),
                    class_name="preview-frame",
                    style={"margin_top": "16px"},
                ),
            ),
            max_width="960px",
        ),
        open=shown,
        on_open_change=DeliveryPanel.set_preview_open,
    )


def send_dialog() -> rx.Component:
    """Opened by `DeliveryPanel.open_email("invoice")` and the like."""
    fields: list[Any] = [
        rx.cond(
            DeliveryPanel.no_server,
            notice(tr("delivery.dialog.no_server"), tone="amber", icon="triangle-alert"),
        ),
        text_field(
            DeliveryPanel,
            "to",
            tr("delivery.dialog.to"),
            help=tr("delivery.dialog.to_help"),
            required=True,
        ),
        AddressChips.create(
            label=tr("delivery.dialog.contacts"), field="field-to", addresses=DeliveryPanel.suggestions
        ),
        text_field(DeliveryPanel, "cc", tr("delivery.dialog.cc"), optional=True),
        text_field(DeliveryPanel, "subject", tr("delivery.dialog.subject"), required=True),
        textarea_field(
            DeliveryPanel,
            "body",
            tr("delivery.dialog.body"),
            help=tr("delivery.dialog.body_help"),
            required=True,
            rows="11",
        ),
        rx.cond(
            DeliveryPanel.receipts > 0,
            select_field(
                DeliveryPanel,
                "receipts",
                tr("delivery.dialog.receipts", n=DeliveryPanel.receipts),
                [
                    (how, tr(f"delivery.dialog.receipts_how.{how or 'none'}"))
                    for how in ("", "append", "attach")
                ],
            ),
        ),
    ]
    return form_dialog(
        DeliveryPanel,
        DeliveryPanel.send,
        rx.match(
            DeliveryPanel.email,
            ("reminder", tr("delivery.dialog.remind_title")),
            ("estimate", tr("delivery.dialog.estimate_title")),
            ("estimate_reminder", tr("delivery.dialog.remind_title")),
            ("sales_order", tr("delivery.dialog.order_title")),
            ("credit_note", tr("delivery.dialog.credit_title")),
            tr("delivery.dialog.title"),
        ),
        rx.el.div(
            rx.el.div(*fields, class_name="stack"),
            EmailPreview.create(
                label=tr("delivery.dialog.email_preview"),
                subject=DeliveryPanel.preview_subject,
                html=DeliveryPanel.preview_html,
                fields=["field-subject", "field-body"],
                on_typed=DeliveryPanel.typed,
            ),
            class_name="letter",
        ),
        text=rx.cond(
            DeliveryPanel.is_draft,
            rx.cond(
                DeliveryPanel.email == "estimate",
                tr("delivery.dialog.text_estimate"),
                tr("delivery.dialog.text_draft"),
            ),
            tr("delivery.dialog.text"),
        ),
        save=tr("delivery.dialog.send"),
        width="1080px",
    )
