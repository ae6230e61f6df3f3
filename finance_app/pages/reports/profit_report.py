import reflex as rx

from finance_app import routes
from finance_app.components.frame import page
from finance_app.components.parts import empty, panel, tile, tiles
from finance_app.components.report import segments
from finance_app.components.table import Column, data_table, export_items
from finance_app.components.text import tr
from finance_app.pages.reports.profit_widget import basis_links, profit_summary
from finance_app.states.reports.profit_report import FigureRow, ProfitReport, ProfitRows, ReportRow
from finance_app.states.reports.profitability import ProfitWidget


def profit_report() -> rx.Component:
    """The portal's widget, then a line for each project, client or person."""
    return page(
        tr("profit.title"),
        panel(_whose(), profit_summary(), actions=[basis_links()]),
        rx.cond(ProfitReport.refused, rx.fragment(), _lines()),
        context=tr("profit.context"),
        crumb=(tr("shell.nav.reports"), routes.REPORTS),
        more=export_items("profitability", pdf=True),
    )


def _lines() -> rx.Component:
    return rx.fragment(
        rx.cond(
            ProfitReport.of_team,
            rx.el.p(
                tr("profit.of_team"),
                " ",
                rx.el.a(tr("profit.portal"), href=routes.PROFITABILITY, class_name="link"),
                class_name="small muted",
            ),
            segments(ProfitReport.tabs, tr("profit.by_name")),
        ),
        data_table(
            ProfitReport,
            [
                Column("name", tr("profit.name"), lambda row: row.name, sort=True),
                Column(
                    "revenue",
                    tr("profit.revenue"),
                    lambda row: _opens(row.revenue, row.revenue_href),
                    sort=True,
                    numeric=True,
                ),
                Column(
                    "cost",
                    tr("profit.cost"),
                    lambda row: _opens(row.cost, row.cost_href),
                    sort=True,
                    numeric=True,
                ),
                Column("profit", tr("profit.profit"), _profit, sort=True, numeric=True),
                Column("margin", tr("profit.margin"), lambda row: row.margin, sort=True, numeric=True),
            ],
            href=lambda row: row.href,
            total=[ProfitReport.totals[place] for place in range(5)],
            label=tr("profit.by_name"),
            empty=empty(tr("profit.empty"), tr("profit.empty_text"), icon="chart-column"),
        ),
    )


def profit_rows() -> rx.Component:
    """The rows of one figure; their sum is the figure."""
    of_cost = ProfitRows.of_cost
    of_whom = rx.cond(ProfitRows.of_expenses, tr("profit.person"), tr("profit.client"))
    return page(
        ProfitRows.heading,
        tiles(tile(tr("profit.sum"), ProfitRows.amount, note=tr("profit.rows_count", n=ProfitRows.total))),
        rx.cond(
            ProfitRows.of_time,
            _rows(
                Column("name", tr("profit.what"), _name),
                Column("kind", tr("profit.kind"), lambda row: row.kind),
                Column("hours", tr("profit.hours"), lambda row: row.hours, numeric=True),
            ),
            _rows(
                Column("name", tr("profit.what"), _name),
                Column("kind", tr("profit.kind"), lambda row: row.kind),
                Column("note", of_whom, lambda row: row.note),
                Column("day", tr("profit.day"), lambda row: row.day),
                Column("hours", tr("profit.hours"), lambda row: row.hours, numeric=True, shown=of_cost),
            ),
        ),
        context=ProfitRows.context,
        crumb=(tr("profit.title"), routes.PROFITABILITY),
        more=export_items("profitability-rows", pdf=True),
    )


def _rows(*columns: Column) -> rx.Component:
    return data_table(
        ProfitRows,
        [*columns, Column("amount", tr("profit.amount"), lambda row: row.amount, numeric=True)],
        empty=empty(tr("profit.no_rows"), tr("profit.no_rows_text"), icon="rows-3"),
    )


def _name(row: FigureRow) -> rx.Component:
    return rx.cond(
        row.href != "", rx.el.a(row.name, href=row.href, class_name="row-link"), rx.el.span(row.name)
    )


def _whose() -> rx.Component:
    return rx.cond(ProfitReport.of_team, ProfitWidget.heading, tr("profit.portal"))


def _opens(text: rx.Var[str], href: rx.Var[str], name: str | rx.Var = "link") -> rx.Component:
    return rx.el.a(text, href=href, class_name=name)


def _profit(row: ReportRow) -> rx.Component:
    return _opens(row.profit, row.profit_href, rx.cond(row.loss, "link loss", "link"))
