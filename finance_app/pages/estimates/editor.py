"""The editors of an estimate and of a sales order: lines, options, details, totals as they become."""

from typing import Any

import reflex as rx

from finance_app import routes
from finance_app.components.frame import page
from finance_app.components.parts import button, link_button, panel
from finance_app.components.text import tr
from finance_app.domain.parts import Deduct
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
from finance_app.states.documents.editor import EditLine
from finance_app.states.estimates.editor import EstimateEditor, OrderEditor


def estimate_edit() -> rx.Component:
    state = EstimateEditor
    expiry = head_input(
        state, "expires_on", tr("estimate.expires_on"), type="date", help=tr("estimate.expires_help")
    )
    return _editor(
        state,
        tr("estimate.edit_draft"),
        (tr("estimate.title"), routes.ESTIMATES),
        line_editor(state, _option),
        rx.el.div(
            button(tr("estimate.add_section"), icon="heading", on_click=state.add_section),
            button(tr("estimate.add_option"), icon="square-check", on_click=state.add_option),
            rx.el.span(tr("estimate.option_help"), class_name="small muted"),
            class_name="row wrap",
        ),
        _details(state, expiry),
    )


def sales_order_edit() -> rx.Component:
    state = OrderEditor
    crumb = (tr("sales_order.title"), routes.SALES_ORDERS)
    return _editor(state, tr("sales_order.edit_draft"), crumb, line_editor(state), _details(state))


def _editor(state: Any, title: Any, crumb: tuple[Any, Any], *parts: rx.Component) -> rx.Component:
    return page(
        title,
        rx.el.div(
            rx.el.div(
                conflict_notice(state), *parts, class_name="stack-l grow", key=state.form_key.to_string()
            ),
            rx.el.div(
                rx.el.div(totals_aside(state), class_name="panel panel-body"),
                class_name="stack-l side-column",
            ),
            class_name="two-columns",
        ),
        crumb=crumb,
        context=state.context,
        actions=[link_button(tr("estimate.close"), href=state.page_href)],
        primary=button(tr("invoice.to_review"), kind="primary", on_click=state.review),
    )


def _option(line: EditLine) -> rx.Component:
    state = EstimateEditor
    return rx.el.div(
        rx.el.label(
            rx.el.input(
                type="checkbox",
                checked=line.optional,
                on_change=lambda ticked: state.set_line(line.id, "optional", ticked.to_string()),
            ),
            rx.el.span(tr("estimate.optional")),
            class_name="check small",
        ),
        rx.cond(
            line.optional,
            rx.el.label(
                rx.el.input(
                    type="checkbox",
                    checked=line.chosen,
                    on_change=lambda ticked: state.set_line(line.id, "chosen", ticked.to_string()),
                ),
                rx.el.span(tr("estimate.chosen")),
                class_name="check small",
            ),
        ),
        class_name="row",
    )


def _details(state: Any, expiry: rx.Component | None = None) -> rx.Component:
    return panel(
        tr("invoice.details"),
        rx.el.div(
            head_input(state, "recipients", tr("invoice.recipients"), help=tr("delivery.dialog.to_help")),
            rx.el.div(
                head_input(
                    state, "issue_date", tr("invoice.issued"), type="date", help=tr("estimate.number_later")
                ),
                expiry or rx.fragment(),
                head_input(
                    state,
                    "deposit_percent",
                    tr("estimate.deposit"),
                    input_mode="decimal",
                    help=tr("estimate.deposit_help"),
                ),
                class_name="form-grid",
            ),
            rx.el.div(
                head_input(state, "title", tr("invoice.subject")),
                head_input(state, "reference", tr("invoice.reference"), help=tr("invoice.reference_help")),
                head_select(
                    state,
                    "deduct",
                    tr("estimate.deduct_label"),
                    [(each.value, tr(f"estimate.deduct.{each.value}")) for each in Deduct],
                ),
                class_name="form-grid",
            ),
            discount_fields(state),
            surcharge_fields(state),
            rounding_fields(state),
            head_input(state, "notes", tr("invoice.notes"), control="textarea", rows="3"),
            head_input(state, "terms", tr("estimate.terms"), control="textarea", rows="5"),
            class_name="stack",
        ),
    )
