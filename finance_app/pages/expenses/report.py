"""The report of expenses, and the short lists of them that other pages show."""

from typing import Any

import reflex as rx

from finance_app import routes
from finance_app.components.frame import page
from finance_app.components.parts import allowed, badge, button, empty, labelled, link_button, panel
from finance_app.components.report import Head, drawn, report_page
from finance_app.components.table import export_items, filter_select
from finance_app.components.text import tr
from finance_app.domain.periods import NamedPeriod
from finance_app.domain.permissions import Permission
from finance_app.pages.expenses.parts import repay_badge, state_badge
from finance_app.services.expenses.report import BY
from finance_app.states.expenses.report import (
    ClientExpenses,
    ExpenseReport,
    ExpenseReportRows,
    ProjectExpenses,
    ShareRow,
)
from finance_app.states.expenses.words import ExpenseRow


def expense_report() -> rx.Component:
    state = ExpenseReport
    return page(
        tr("expense.report.title"),
        rx.el.div(
            filter_select(
                "by",
                tr("expense.report.by.category"),
                [(by, tr(f"expense.report.by.{by}")) for by in BY[1:]],
            ),
            filter_select(
                "period",
                tr("expense.report.period.this_fiscal_year"),
                [(p, tr(f"expense.report.period.{p}")) for p in list(NamedPeriod)[1:]],
            ),
            class_name="toolbar",
        ),
        rx.cond(
            state.count == "0",
            rx.el.div(
                empty(tr("expense.report.empty"), tr("expense.report.empty_text"), icon="chart-column"),
                class_name="panel",
            ),
            rx.fragment(_chart(), _table()),
        ),
        context=tr("expense.report.context", period=state.period, cost=state.cost),
        crumb=(tr("shell.nav.reports"), routes.REPORTS),
        more=export_items("expense-report", pdf=True),
    )


def _chart() -> rx.Component:
    state = ExpenseReport
    return panel(tr("expense.report.chart"), drawn(state, tr("expense.report.chart"), height=240))


def _table() -> rx.Component:
    state = ExpenseReport
    heads = [
        rx.el.th(tr("expense.report.by." + state.by), scope="col"),
        rx.el.th(tr("expense.report.count"), scope="col", class_name="n"),
        rx.el.th(tr("expense.report.share"), scope="col", class_name="share-head"),
        rx.el.th(tr("expense.cost"), scope="col", class_name="n"),
    ]
    table = rx.el.table(
        rx.el.thead(rx.el.tr(*heads)),
        rx.el.tbody(rx.foreach(state.rows, _share)),
        rx.el.tfoot(
            rx.el.tr(
                rx.el.td(tr("expense.total")),
                labelled(tr("expense.report.count"), state.count, class_name="n"),
                rx.el.td(class_name="blank"),
                labelled(
                    tr("expense.cost"),
                    rx.el.a(state.cost, href=state.cost_href, class_name="link"),
                    class_name="n",
                ),
            )
        ),
        class_name="table table-cards",
        aria_label=tr("expense.report.title"),
    )
    return rx.el.div(rx.el.div(table, class_name="table-scroll"), class_name="table-box")


def _share(row: ShareRow) -> rx.Component:
    bar = rx.el.span(
        rx.el.span(style={"width": row.percent}, class_name="meter-bar"),
        class_name="meter",
        aria_hidden="true",
    )
    return rx.el.tr(
        rx.el.td(
            rx.cond(row.href != "", rx.el.a(row.name, href=row.href, class_name="row-link"), row.name),
            class_name="first",
        ),
        labelled(tr("expense.report.count"), row.count, class_name="n"),
        labelled(
            tr("expense.report.share"),
            rx.el.div(bar, rx.el.span(row.part, class_name="num small muted"), class_name="row share-cell"),
        ),
        labelled(tr("expense.cost"), row.cost, class_name="n"),
        key=row.key,
    )


def expense_report_rows() -> rx.Component:
    """The expenses behind a figure of the report."""
    return report_page(
        ExpenseReportRows,
        "expense-rows",
        [
            Head("merchant", "expense.merchant", numeric=False),
            Head("day", "expense.day", numeric=False),
            Head("person", "expense.person", numeric=False),
            Head("", "expense.project", numeric=False),
            Head("cost", "expense.cost"),
        ],
        crumb=(tr("expense.report.title"), routes.REPORT_EXPENSES),
    )


def project_expenses() -> rx.Component:
    """The expenses of a project, in its Finance tab. Needs `ProjectExpenses.load` on the page."""
    state = ProjectExpenses
    expenses = panel(
        tr("expense.title"),
        rx.cond(
            state.total > 0,
            _short_list(state.rows),
            empty(tr("expense.in_project.empty"), tr("expense.in_project.empty_text"), icon="receipt"),
        ),
        actions=[
            rx.cond(
                state.to_bill_count > 0,
                rx.el.a(badge(tr("expense.to_bill", amount=state.to_bill), "amber"), href=state.to_bill_href),
            ),
            rx.cond(
                state.total > state.rows.length(),
                rx.el.a(tr("expense.all", n=state.total), href=state.all_href, class_name="link small"),
            ),
            link_button(tr("expense.new"), href=state.new_href, icon="plus"),
        ],
        flush=True,
    )
    return rx.cond(state.visible, expenses)


def client_expenses() -> rx.Component:
    """The unbilled expenses of a client; nothing where there are none."""
    state = ClientExpenses
    return rx.cond(
        state.total > 0,
        panel(
            tr("expense.unbilled_title"),
            _short_list(state.rows),
            actions=[
                rx.el.a(badge(tr("expense.to_bill", amount=state.to_bill), "amber"), href=state.to_bill_href),
                allowed(
                    Permission.INVOICES_EDIT,
                    button(tr("expense.bill_all"), size="s", icon="receipt-text", on_click=state.bill),
                ),
            ],
            flush=True,
        ),
    )


def _short_list(rows: Any) -> rx.Component:
    def line(row: ExpenseRow) -> rx.Component:
        return rx.el.tr(
            rx.el.td(
                rx.el.a(row.merchant, href=row.href, class_name="row-link"),
                rx.cond(row.category != row.merchant, rx.el.div(row.category, class_name="small muted")),
                class_name="first",
            ),
            labelled(tr("expense.day"), row.day, class_name="num"),
            labelled(tr("expense.person"), row.person),
            labelled(
                tr("expense.status"),
                rx.el.div(state_badge(row), repay_badge(row), class_name="row wrap", style={"gap": "4px"}),
            ),
            labelled(tr("expense.amount"), row.amount, class_name="n"),
            key=row.id.to_string(),
        )

    heads = [
        rx.el.th(tr("expense.merchant"), scope="col"),
        rx.el.th(tr("expense.day"), scope="col"),
        rx.el.th(tr("expense.person"), scope="col"),
        rx.el.th(tr("expense.status"), scope="col"),
        rx.el.th(tr("expense.amount"), scope="col", class_name="n"),
    ]
    return rx.el.div(
        rx.el.table(
            rx.el.thead(rx.el.tr(*heads)),
            rx.el.tbody(rx.foreach(rows, line)),
            class_name="table table-cards",
            aria_label=tr("expense.title"),
        ),
        class_name="table-scroll",
    )
