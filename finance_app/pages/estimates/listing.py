"""The lists of estimates and sales orders, and the form that begins one."""

from collections.abc import Iterable
from typing import Any

import reflex as rx

from finance_app import routes
from finance_app.components.form import form, form_actions, search_select, select_field, text_field
from finance_app.components.frame import page, tab_bar
from finance_app.components.native import FilterTabs, native_link
from finance_app.components.parts import allowed, empty, link_button, menu, menu_item, status
from finance_app.components.table import Column, data_table, export_items, filter_date, toolbar
from finance_app.components.text import tr
from finance_app.domain.estimates import EstimateState, OrderState
from finance_app.domain.permissions import Permission
from finance_app.services.estimating.drafts import BUDGET_PARTS
from finance_app.states.estimates.listing import EstimateList, EstimateNew, EstimateRow, OrderList


def estimate_tabs() -> rx.Component:
    return tab_bar(
        (tr("estimate.title"), routes.ESTIMATES),
        (tr("sales_order.title"), routes.SALES_ORDERS),
    )


def estimates() -> rx.Component:
    return _list(
        EstimateList,
        "estimate",
        EstimateState,
        [Column("expiry", tr("estimate.expires_on"), _expiry, sort=True)],
        routes.ESTIMATE_NEW,
        tr("estimate.context", n=EstimateList.total, n_text=EstimateList.total_text),
        (tr("estimate.empty.title"), tr("estimate.empty.text")),
        tr("estimate.sum"),
    )


def sales_orders() -> rx.Component:
    return _list(
        OrderList,
        "sales_order",
        OrderState,
        [],
        routes.SALES_ORDER_NEW,
        tr("sales_order.context", n=OrderList.total, n_text=OrderList.total_text),
        (tr("sales_order.empty.title"), tr("sales_order.empty.text")),
        tr("sales_order.sum"),
    )


def _list(
    state: Any,
    noun: str,
    states: Iterable[Any],
    more: list[Column],
    new: str,
    context: Any,
    nothing: tuple[Any, Any],
    all_states_sum: Any,
) -> rx.Component:
    title, begin = tr(f"{noun}.title"), tr(f"{noun}.new")
    options = [{"value": "", "label": tr("invoice.state.all"), "count": state.counts["all"]}]
    options += [
        {"value": each.value, "label": tr(f"{noun}.state.{each.value}"), "count": state.counts[each.value]}
        for each in states
    ]
    columns = [
        Column("number", tr("invoice.number"), _number, sort=True),
        Column("client", tr("invoice.client"), _client, sort=True),
        Column("state", tr("invoice.state_name"), lambda row: status(row.state, f"{noun}.state")),
        Column("date", tr("invoice.issued"), lambda row: rx.el.span(row.day, class_name="num"), sort=True),
        *more,
        Column("total", tr("invoice.total"), lambda row: row.total, sort=True, numeric=True),
        Column("left", tr("estimate.left"), lambda row: row.left, sort=True, numeric=True),
    ]
    blank: list[Any] = [None] * (len(columns) - 3)
    sums = [
        rx.el.div(rx.foreach(state.sums, lambda row: rx.el.div(row.total))),
        rx.el.div(rx.foreach(state.sums, lambda row: rx.el.div(row.balance))),
    ]
    make = link_button(begin, href=new, kind="primary", icon="plus")
    return page(
        title,
        FilterTabs.create(name="state", label=tr("invoice.state_name"), options=options),
        toolbar(
            filter_date("from", tr("invoice.from")),
            filter_date("until", tr("invoice.until")),
            search=tr("invoice.search"),
        ),
        data_table(
            state,
            columns,
            empty=empty(
                *nothing,
                allowed(Permission.INVOICES_EDIT, link_button(begin, href=new, icon="plus")),
                icon="file-pen-line",
            ),
            total=[rx.cond(state.all_states, all_states_sum, tr("invoice.sum")), *blank, *sums],
            label=title,
            href=lambda row: row.href,
            bulk=[
                native_link(
                    tr("delivery.archive.download"),
                    href=routes.document_archive(noun) + "?ids=" + state.selected.join(","),
                    download=True,
                    class_name="btn btn-s",
                )
            ],
        ),
        tabs=estimate_tabs(),
        context=rx.cond(
            state.narrowed_to != "",
            state.narrowed_to,
            context,
        ),
        primary=allowed(Permission.INVOICES_EDIT, make),
        more=export_items(f"{noun}s"),
    )


def _number(row: EstimateRow) -> rx.Component:
    return rx.cond(
        row.number != "",
        rx.el.span(row.number, class_name="num"),
        rx.el.span(tr("invoice.state.draft"), class_name="muted"),
    )


def _client(row: EstimateRow) -> rx.Component:
    return rx.el.div(rx.el.div(row.client), rx.el.div(row.title, class_name="small muted"))


def _expiry(row: EstimateRow) -> rx.Component:
    colour = {"color": rx.cond(row.late, "var(--red-ink)", "var(--ink-2)")}
    note = rx.el.div(row.expiry_note, class_name="small", style=colour)
    return rx.el.div(
        rx.el.div(rx.cond(row.expiry != "", row.expiry, "–"), class_name="num"),
        rx.cond(row.expiry_note != "", note),
    )


def estimate_new() -> rx.Component:
    state = EstimateNew
    starts = [
        rx.el.button(
            tr(f"estimate.start.{start}"),
            type="button",
            class_name="chip",
            aria_pressed=state.start == start,
            on_click=state.set_start(start),
        )
        for start in ("empty", "budget", "template")
    ]
    return _new(
        tr("estimate.new"),
        (tr("estimate.title"), routes.ESTIMATES),
        rx.el.div(
            rx.el.span(tr("estimate.start_with"), class_name="field-label"),
            rx.el.div(*starts, class_name="row wrap"),
            class_name="field",
        ),
        rx.match(
            state.start,
            (
                "template",
                rx.cond(
                    state.templates,
                    rx.el.div(
                        select_field(state, "template_id", tr("estimate.template"), state.templates),
                        _templates(),
                        class_name="stack-s",
                    ),
                    rx.el.p(tr("estimate.no_templates"), class_name="muted small"),
                ),
            ),
            (
                "budget",
                select_field(
                    state,
                    "budget",
                    tr("estimate.budget"),
                    [(part, tr(f"estimate.budget_part.{part}")) for part in BUDGET_PARTS],
                    help=tr("estimate.budget_help"),
                ),
            ),
            rx.fragment(),
        ),
        cancel=routes.ESTIMATES,
    )


def sales_order_new() -> rx.Component:
    return _new(
        tr("sales_order.new"), (tr("sales_order.title"), routes.SALES_ORDERS), cancel=routes.SALES_ORDERS
    )


def _new(title: Any, crumb: tuple[Any, Any], *more: rx.Component, cancel: str) -> rx.Component:
    state = EstimateNew
    return page(
        title,
        form(
            state.save,
            state,
            search_select(
                state,
                "client_id",
                tr("invoice.client"),
                source="clients",
                required=True,
                on_pick=state.pick_client,
            ),
            search_select(
                state,
                "project_id",
                tr("estimate.project"),
                source="projects",
                scope=state.client_id.to_string(),
                optional=True,
            ),
            text_field(
                state, "title", tr("invoice.subject"), optional=True, help=tr("estimate.title_help"),
                max_length=200,
            ),
            *more,
            form_actions(tr("common.next"), cancel=cancel),
        ),
        crumb=crumb,
    )  # fmt: skip


def _templates() -> rx.Component:
    return menu(
        rx.foreach(
            EstimateNew.templates,
            lambda each: menu_item(
                tr("estimate.delete_template", name=each["label"]),
                danger=True,
                on_click=EstimateNew.delete_template(each["value"]),
            ),
        )
    )
