"""The page of a report: choices, chart with its table, the lines, and the files to take along."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import reflex as rx

from finance_app import routes
from finance_app.components.chart import chart
from finance_app.components.frame import page
from finance_app.components.parts import empty, notice, panel
from finance_app.components.table import Column, data_table, export_items, toolbar
from finance_app.components.text import tr
from finance_app.states.reports.profitability import Choice
from finance_app.states.reports.report import Cell, Point


@dataclass(frozen=True)
class Head:
    """A column of a report: its name in the address (empty where it has no order) and the key of its text."""

    name: str
    text: str
    numeric: bool = True


def report_page(
    state: Any,
    name: str,
    heads: Sequence[Head],
    *above: rx.Component,
    filters: Sequence[Any] = (),
    chart_title: Any = None,
    searchable: bool = False,
    also: Sequence[str] = (),
    crumb: tuple[Any, str] | None = None,
) -> rx.Component:
    """Its texts are those of `report.<name>`; the first column names the line. `also` are filters that only a
    bar or a figure sets."""
    columns = [
        Column(
            head.name or f"column{place}",
            tr(head.text),
            lambda row, place=place: _cell(row.cells[place]),
            sort=bool(head.name),
            numeric=head.numeric,
        )
        for place, head in enumerate(heads)
    ]
    found = [
        rx.foreach(state.remarks, lambda text: notice(text)),
        _drawn(state, chart_title) if chart_title is not None else None,
        data_table(
            state,
            columns,
            total=[_total(state.totals[place]) for place in range(len(columns))],
            label=tr(f"report.{name}.title"),
            empty=empty(tr(f"report.{name}.empty"), tr(f"report.{name}.empty_text"), icon="chart-column"),
        ),
    ]
    return page(
        tr(f"report.{name}.title"),
        *above,
        toolbar(*filters, searchable=searchable, also=also) if filters or searchable else None,
        rx.cond(
            state.refusal != "", notice(state.refusal, tone="red", icon="circle-alert"), rx.fragment(*found)
        ),
        context=rx.cond(state.about != "", state.about, tr(f"report.{name}.text")),
        crumb=crumb or (tr("shell.nav.reports"), routes.REPORTS),
        more=export_items(name, pdf=True),
    )


def segments(options: rx.Var[list[Choice]], label: Any) -> rx.Component:
    """Choices that exclude each other, as links."""

    def one(choice: Choice) -> rx.Component:
        return rx.el.a(
            choice.label,
            href=choice.href,
            class_name="segment",
            aria_current=rx.cond(choice.current, "true", "false"),
        )

    shown = rx.el.nav(rx.foreach(options, one), class_name="segments", aria_label=label)
    return rx.cond(options.length() > 0, shown)


def _cell(cell: Cell) -> rx.Component:
    shown = rx.cond(
        cell.href != "",
        rx.el.a(cell.text, href=cell.href, class_name="link"),
        rx.el.span(cell.text),
    )
    return rx.cond(
        cell.note != "",
        rx.el.div(rx.el.div(shown), rx.el.div(cell.note, class_name="small muted")),
        shown,
    )


def _total(cell: rx.Var[Cell]) -> rx.Component:
    """Sums of several currencies stand one a line."""
    return rx.cond(
        cell.href,
        rx.el.a(cell.text, href=cell.href, class_name="link"),
        rx.el.span(cell.text, style={"white_space": "pre"}),
    )


def _drawn(state: Any, title: Any) -> rx.Component:
    return rx.cond(state.points.length() > 0, panel(title, drawn(state, title)))


def drawn(state: Any, title: Any, height: int = 220) -> rx.Component:
    """A chart whose bars open their rows, and the same as a table for the keyboard and screen readers. Its
    state has `picture`, `points` and `open_bar`."""
    table = rx.el.details(
        rx.el.summary(tr("profit.as_table"), class_name="link small"),
        rx.el.table(rx.el.tbody(rx.foreach(state.points, _point)), class_name="table", aria_label=title),
    )
    return rx.el.div(chart(state.picture, height=height, on_click=state.open_bar), table, class_name="stack")


def _point(point: Point) -> rx.Component:
    value = rx.cond(
        point.href != "", rx.el.a(point.value, href=point.href, class_name="link"), rx.el.span(point.value)
    )
    return rx.el.tr(rx.el.th(point.label, scope="row"), rx.el.td(value, class_name="n"), key=point.label)
