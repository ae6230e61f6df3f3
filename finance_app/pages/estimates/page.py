"""One estimate, and one sales order."""

from typing import Any

import reflex as rx

from finance_app import routes
from finance_app.components.dialog import form_dialog
from finance_app.components.form import date_field, text_field, textarea_field
from finance_app.components.frame import page
from finance_app.components.parts import (
    allowed,
    button,
    facts,
    link_button,
    menu_item,
    notice,
    panel,
    status,
    tile,
    tiles,
    timeline,
)
from finance_app.components.text import tr
from finance_app.domain.permissions import Permission
from finance_app.pages.documents.agreed_parts import (
    agreed_lines,
    may,
    others_panel,
    part_dialog,
    parts_panel,
    pdf_items,
    texts_panel,
)
from finance_app.pages.documents.delivery_panel import (
    delivery_panel,
    preview_button,
    preview_dialog,
    send_dialog,
)
from finance_app.states.documents.delivery import DeliveryPanel
from finance_app.states.estimates.page import EstimatePage, OrderPage


def estimate() -> rx.Component:
    state = EstimatePage
    return page(
        rx.cond(state.number != "", state.number, tr("invoice.state.draft")),
        _decision(),
        tiles(
            tile(tr("invoice.total"), state.details["total"]),
            rx.cond(
                state.billable,
                tile(
                    tr("estimate.left"),
                    state.figures["left"],
                    note=tr("estimate.share", percent=state.figures["share"]),
                ),
                tile(
                    tr("estimate.expires_on"),
                    rx.cond(state.expiry != "", state.expiry, "–"),
                    note=state.expiry_note,
                ),
            ),
            tile(
                tr("estimate.deposit"), rx.cond(state.details["deposit"] != "", state.details["deposit"], "–")
            ),
        ),
        rx.el.div(
            rx.el.div(
                parts_panel(state),
                agreed_lines(state),
                texts_panel(state),
                panel(tr("invoice.timeline"), timeline(state.events, lambda event: (event.what, event.when))),
                class_name="stack-l grow",
            ),
            rx.el.div(
                panel(
                    tr("invoice.details"),
                    facts(
                        *_common(state),
                        (tr("estimate.expires_on"), state.expiry),
                        below=[(tr("invoice.recipients"), state.details["recipients"])],
                    ),
                ),
                others_panel(tr("sales_order.title"), state.orders, "sales_order.state"),
                others_panel(tr("estimate.versions"), state.versions, "estimate.state"),
                delivery_panel(),
                class_name="stack-l side-column",
            ),
            class_name="two-columns",
        ),
        send_dialog(),
        preview_dialog(),
        part_or_other(state, _dialog()),
        crumb=(tr("estimate.title"), routes.ESTIMATES),
        context=state.context,
        badge=status(state.state, "estimate.state"),
        actions=[
            preview_button(),
            may(
                state,
                "edit",
                link_button(
                    tr("common.edit"), href=routes.estimate_edit(state.object_id.to_string()), icon="pencil"
                ),
            ),
            may(state, "revise", button(tr("estimate.revise"), icon="copy-plus", on_click=state.revise)),
        ],
        primary=_primary(),
        more=[
            *pdf_items("estimate", state),
            may(state, "mark_sent", menu_item(tr("invoice.mark_sent"), on_click=state.mark_sent)),
            rx.cond(
                state.number != "",
                may(
                    state,
                    "send",
                    menu_item(tr("invoice.send_again"), on_click=DeliveryPanel.open_email("estimate")),
                ),
            ),
            may(
                state,
                "remind",
                menu_item(tr("invoice.remind"), on_click=DeliveryPanel.open_email("estimate_reminder")),
            ),
            may(state, "extend", menu_item(tr("estimate.extend"), on_click=state.ask("extend"))),
            may(state, "accept", menu_item(tr("estimate.mark_accepted"), on_click=state.ask("accept"))),
            may(state, "decline", menu_item(tr("estimate.mark_declined"), on_click=state.ask("decline"))),
            may(state, "order", menu_item(tr("estimate.make_order"), on_click=state.make_order)),
            allowed(
                Permission.PROJECTS_EDIT,
                may(
                    state,
                    "make_project",
                    menu_item(tr("estimate.make_project"), on_click=state.make_project),
                ),
            ),
            allowed(
                Permission.INVOICES_EDIT,
                menu_item(tr("invoice.duplicate"), on_click=state.duplicate),
                menu_item(tr("estimate.save_template"), on_click=state.ask("template")),
            ),
            may(state, "delete", menu_item(tr("invoice.delete"), danger=True, on_click=state.ask("delete"))),
        ],
        window_title=rx.cond(state.number != "", state.number, tr("estimate.title")),
    )


def _left(state: Any) -> rx.Component:
    note = tr("estimate.share", percent=state.figures["share"])
    return tile(tr("estimate.left"), state.figures["left"], note=note)


def part_or_other(state: Any, other: rx.Component) -> rx.Component:
    return rx.cond(state.asks == "part", part_dialog(state), other)


def _common(state: Any) -> list[tuple[Any, Any]]:
    return [
        (tr("invoice.client"), rx.el.a(state.client, href=state.client_href, class_name="link")),
        (
            tr("estimate.project"),
            rx.cond(
                state.project != "",
                rx.el.a(state.project, href=state.project_href, class_name="link"),
                rx.el.span("–"),
            ),
        ),
        (tr("invoice.issued"), state.details["issue_date"]),
        (tr("invoice.reference"), state.details["reference"]),
        (tr("estimate.deduct_label"), state.details["deduct"]),
    ]


def _primary() -> rx.Component:
    """Send a draft; invoice what is accepted."""
    state = EstimatePage
    return rx.cond(
        state.number == "",
        rx.cond(
            (state.line_count > 0) & state.actions.contains("send"),
            button(
                tr("invoice.send"),
                kind="primary",
                icon="send",
                on_click=DeliveryPanel.open_email("estimate"),
            ),
        ),
        may(
            state,
            "invoice",
            button(
                tr("estimate.invoice_it"),
                kind="primary",
                icon="receipt-text",
                on_click=state.open_part("whole"),
            ),
        ),
    )


def _decision() -> rx.Component:
    """Who answered, when and how."""
    state, decision = EstimatePage, EstimatePage.decision
    said = rx.match(
        state.state,
        ("declined", tr("estimate.told.declined", who=state.client)),
        tr("estimate.told.accepted", who=decision["name"]),
    )
    where = rx.cond(
        decision["by_hand"] != "",
        tr("estimate.noted_by", who=decision["by_hand"]),
        tr("estimate.from_address", address=decision["address"]),
    )
    box = [
        rx.el.p(said, class_name="strong"),
        rx.el.p(decision["at"], " · ", where, class_name="small"),
        rx.cond(decision["reason"] != "", rx.el.p("“", decision["reason"], "”", class_name="pre-line")),
        rx.el.p("SHA-256 ", decision["hash"], class_name="small muted break-all"),
    ]
    return rx.cond(
        decision["at"] != "",
        rx.cond(
            state.state == "declined",
            notice(*box, tone="red", icon="circle-x"),
            notice(*box, tone="green", icon="circle-check"),
        ),
    )


def _dialog() -> rx.Component:
    state = EstimatePage
    return form_dialog(
        state,
        state.confirm,
        rx.match(
            state.asks,
            ("accept", tr("estimate.mark_accepted")),
            ("decline", tr("estimate.mark_declined")),
            ("extend", tr("estimate.extend")),
            ("template", tr("estimate.save_template")),
            tr("estimate.delete_title"),
        ),
        rx.match(
            state.asks,
            (
                "accept",
                rx.fragment(
                    text_field(state, "name", tr("estimate.accepted_by"), required=True),
                    rx.foreach(state.options, _option),
                    textarea_field(state, "reason", tr("estimate.how"), optional=True),
                ),
            ),
            ("decline", textarea_field(state, "reason", tr("invoice.reason"), optional=True)),
            (
                "extend",
                date_field(state, "expires_on", tr("estimate.expires_on"), help=tr("estimate.expires_help")),
            ),
            (
                "template",
                text_field(
                    state, "name", tr("estimate.template_name"), required=True,
                    help=tr("estimate.template_help"),
                ),
            ),
            rx.fragment(),
        ),
        text=rx.match(
            state.asks,
            ("accept", tr("estimate.accept_text")),
            ("decline", tr("estimate.decline_text")),
            ("extend", tr("estimate.extend_text")),
            ("template", tr("estimate.template_text")),
            tr("estimate.delete_text"),
        ),
        save=rx.match(
            state.asks,
            ("delete", tr("invoice.delete")),
            ("extend", tr("estimate.extend")),
            ("accept", tr("estimate.mark_accepted")),
            ("decline", tr("estimate.mark_declined")),
            tr("common.save"),
        ),
        danger=state.asks == "delete",
    )  # fmt: skip


def _option(each: dict[str, str]) -> rx.Component:
    return rx.el.label(
        rx.el.input(type="checkbox", name="option_" + each["id"], default_checked=each["chosen"] == "on"),
        rx.el.span(each["name"], class_name="check-text"),
        class_name="check",
    )


def sales_order() -> rx.Component:
    state = OrderPage
    return page(
        rx.cond(state.number != "", state.number, tr("invoice.state.draft")),
        rx.cond(state.details["void_reason"], notice(state.details["void_reason"], tone="amber", icon="ban")),
        tiles(
            tile(tr("invoice.total"), state.details["total"]),
            rx.cond(state.billable, tile(tr("estimate.billed"), state.figures["billed"])),
            rx.cond(
                state.billable,
                tile(
                    tr("estimate.left"),
                    state.figures["left"],
                    note=tr("estimate.share", percent=state.figures["share"]),
                ),
            ),
        ),
        rx.el.div(
            rx.el.div(
                parts_panel(state),
                agreed_lines(state),
                texts_panel(state),
                panel(tr("invoice.timeline"), timeline(state.events, lambda event: (event.what, event.when))),
                class_name="stack-l grow",
            ),
            rx.el.div(
                panel(
                    tr("invoice.details"),
                    facts(
                        *_common(state),
                        (
                            tr("estimate.one"),
                            rx.cond(
                                state.estimate != "",
                                rx.el.a(state.estimate, href=state.estimate_href, class_name="link num"),
                                rx.el.span("–"),
                            ),
                        ),
                        below=[(tr("invoice.recipients"), state.details["recipients"])],
                    ),
                ),
                delivery_panel(),
                class_name="stack-l side-column",
            ),
            class_name="two-columns",
        ),
        send_dialog(),
        preview_dialog(),
        part_or_other(
            state,
            form_dialog(
                state,
                state.confirm,
                rx.cond(state.asks == "void", tr("sales_order.void_title"), tr("sales_order.delete_title")),
                rx.cond(
                    state.asks == "void",
                    textarea_field(state, "reason", tr("invoice.reason"), required=True),
                    rx.fragment(),
                ),
                text=rx.cond(
                    state.asks == "void", tr("sales_order.void_text"), tr("sales_order.delete_text")
                ),
                save=rx.cond(state.asks == "void", tr("invoice.void"), tr("invoice.delete")),
                danger=(state.asks == "void") | (state.asks == "delete"),
            ),
        ),
        crumb=(tr("sales_order.title"), routes.SALES_ORDERS),
        context=state.context,
        badge=status(state.state, "sales_order.state"),
        actions=[
            preview_button(),
            may(
                state,
                "edit",
                link_button(
                    tr("common.edit"),
                    href=routes.sales_order_edit(state.object_id.to_string()),
                    icon="pencil",
                ),
            ),
            may(
                state,
                "send",
                button(tr("invoice.send"), icon="send", on_click=DeliveryPanel.open_email("sales_order")),
            ),
        ],
        primary=rx.fragment(
            may(
                state,
                "confirm",
                button(tr("sales_order.confirm"), kind="primary", icon="check", on_click=state.confirm_order),
            ),
            may(
                state,
                "invoice",
                button(
                    tr("estimate.invoice_it"),
                    kind="primary",
                    icon="receipt-text",
                    on_click=state.open_part("whole"),
                ),
            ),
        ),
        more=[
            *pdf_items("sales_order", state),
            may(state, "void", menu_item(tr("invoice.void"), danger=True, on_click=state.ask("void"))),
            may(state, "delete", menu_item(tr("invoice.delete"), danger=True, on_click=state.ask("delete"))),
        ],
        window_title=rx.cond(state.number != "", state.number, tr("sales_order.title")),
    )
