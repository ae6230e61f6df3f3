"""The section of estimates and sales orders in a project's Finance tab."""

from typing import Any

import reflex as rx

from finance_app.components.parts import allowed, empty, labelled, link_button, panel, status
from finance_app.components.text import tr
from finance_app.domain.permissions import Permission
from finance_app.states.estimates.listing import EstimateRow
from finance_app.states.projects.estimates import ProjectEstimates


def project_estimates() -> rx.Component:
    state = ProjectEstimates
    new = allowed(Permission.INVOICES_EDIT, link_button(tr("estimate.new"), href=state.new_href, icon="plus"))
    sections = rx.fragment(
        panel(
            tr("estimate.title"),
            rx.cond(
                state.estimates.length() > 0,
                _table(tr("estimate.title"), state.estimates, "estimate.state"),
                empty(tr("estimate.title"), tr("estimate.empty.text"), icon="file-pen-line"),
            ),
            actions=[new],
            flush=True,
        ),
        rx.cond(
            state.orders.length() > 0,
            panel(
                tr("sales_order.title"),
                _table(tr("sales_order.title"), state.orders, "sales_order.state"),
                flush=True,
            ),
        ),
    )
    return rx.cond(state.visible, sections)


def _table(label: Any, rows: Any, states: str) -> rx.Component:
    heads = [
        rx.el.th(tr("invoice.number"), scope="col"),
        rx.el.th(tr("invoice.state_name"), scope="col"),
        rx.el.th(tr("invoice.issued"), scope="col"),
        rx.el.th(tr("invoice.total"), scope="col", class_name="n"),
        rx.el.th(tr("estimate.left"), scope="col", class_name="n"),
    ]

    def row(each: EstimateRow) -> rx.Component:
        number = rx.cond(each.number != "", each.number, tr("invoice.state.draft"))
        title = rx.cond(each.title != "", rx.el.div(each.title, class_name="small muted"))
        return rx.el.tr(
            rx.el.td(rx.el.a(number, href=each.href, class_name="row-link"), title, class_name="first"),
            labelled(tr("invoice.state_name"), status(each.state, states)),
            labelled(tr("invoice.issued"), each.day, class_name="num"),
            labelled(tr("invoice.total"), each.total, class_name="n"),
            labelled(tr("estimate.left"), each.left, class_name="n"),
            key=each.id.to_string(),
        )

    return rx.el.div(
        rx.el.table(
            rx.el.thead(rx.el.tr(*heads)),
            rx.el.tbody(rx.foreach(rows, row)),
            class_name="table table-cards",
            aria_label=label,
        ),
        class_name="table-scroll",
    )
