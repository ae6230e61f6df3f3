"""The widget “Profitability summary”, for a dashboard or as a page of its own."""

import reflex as rx

from finance_app.components.chart import chart
from finance_app.components.parts import empty, notice, panel, skeleton_rows, tile, tiles
from finance_app.components.report import segments
from finance_app.components.table import filter_date
from finance_app.components.text import tr
from finance_app.states.reports.profitability import MonthLine, Opening, ProfitWidget
from finance_app.states.session import Session


def profit_widget() -> rx.Component:
    """Shows nothing to those who may not see margins. The `load` and the `watch` of its state belong to the
    page's."""
    return rx.cond(
        ProfitWidget.visible,
        panel(
            tr("profit.title"),
            profit_summary(),
            actions=[segments(ProfitWidget.bases, tr("profit.basis_name"))],
        ),
    )


def profit_summary() -> rx.Component:
    """Choices, figures, picture and table, without a frame."""
    state = ProfitWidget
    filled = rx.el.div(
        tiles(rx.foreach(state.tiles, _tile)),
        rx.foreach(state.remarks, lambda text: notice(text, tone="amber", icon="triangle-alert")),
        chart(state.picture, height=280, on_click=state.open_bar),
        _table(),
        class_name="stack",
    )
    nothing = empty(tr("profit.empty"), tr("profit.empty_text"), icon="chart-column")
    loaded = rx.el.div(
        choices(),
        rx.cond(
            state.refusal != "",
            notice(state.refusal, tone="red", icon="circle-alert"),
            rx.cond(state.is_empty, nothing, filled),
        ),
        class_name="stack",
    )
    return rx.cond(state.shown_path == Session.page_path, loaded, skeleton_rows(4))


def choices() -> rx.Component:
    state = ProfitWidget
    own_days = rx.cond(
        state.custom,
        rx.el.div(
            filter_date("from", tr("profit.from")),
            filter_date("until", tr("profit.until")),
            class_name="row wrap",
        ),
    )
    return rx.el.div(
        segments(state.periods, tr("profit.period_name")),
        segments(state.times, tr("profit.time_name")),
        own_days,
        rx.el.span(state.days, class_name="small muted"),
        class_name="row wrap",
    )


def basis_links() -> rx.Component:
    return segments(ProfitWidget.bases, tr("profit.basis_name"))


def _tile(figure: Opening) -> rx.Component:
    return rx.cond(
        figure.href != "",
        tile(figure.label, figure.value, note=figure.note, tone=figure.tone, href=figure.href),
        tile(figure.label, figure.value, note=figure.note, tone=figure.tone),
    )


def _table() -> rx.Component:
    heads = [
        rx.el.th(tr("profit.month"), scope="col"),
        *[
            rx.el.th(tr(f"profit.{name}"), scope="col", class_name="n")
            for name in ("revenue", "cost", "profit")
        ],
    ]
    return rx.el.details(
        rx.el.summary(tr("profit.as_table"), class_name="link small"),
        rx.el.div(
            rx.el.table(
                rx.el.thead(rx.el.tr(*heads)),
                rx.el.tbody(rx.foreach(ProfitWidget.months, _month)),
                class_name="table",
                aria_label=tr("profit.by_month"),
            ),
            class_name="table-scroll",
        ),
    )


def _month(line: MonthLine) -> rx.Component:
    return rx.el.tr(
        rx.el.td(line.label),
        rx.el.td(rx.el.a(line.revenue, href=line.revenue_href, class_name="link"), class_name="n"),
        rx.el.td(rx.el.a(line.cost, href=line.cost_href, class_name="link"), class_name="n"),
        rx.el.td(
            rx.el.a(line.profit, href=line.profit_href, class_name=rx.cond(line.loss, "link loss", "link")),
            class_name="n",
        ),
        key=line.label,
    )
