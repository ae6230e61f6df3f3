"""The reports beside profitability, one function each."""

import reflex as rx

from finance_app import routes
from finance_app.components.report import Head, report_page, segments
from finance_app.components.table import filter_date, filter_select
from finance_app.components.text import tr
from finance_app.services.reports import receivables as owed
from finance_app.services.reports import work_in_progress as work
from finance_app.services.reports.forecast import Source
from finance_app.services.reports.work_in_progress import What
from finance_app.states.reports.cash import CashReceived, CashRows
from finance_app.states.reports.forecast import Forecast
from finance_app.states.reports.hourly_rate import HourlyRate, HourlyRows
from finance_app.states.reports.receivables import ReceivableRows, Receivables
from finance_app.states.reports.tax_due import TaxDue, TaxRows
from finance_app.states.reports.work_in_progress import WorkInProgress


def receivables() -> rx.Component:
    return report_page(
        Receivables,
        "receivables",
        [
            Head("client", "report.client", numeric=False),
            *(Head(band.name, f"report.age.{band.name}") for band in owed.BANDS),
            Head("owed", "report.owed"),
            Head("credit", "report.credit"),
        ],
        chart_title=tr("report.receivables.chart"),
        searchable=True,
    )


def receivable_rows() -> rx.Component:
    return report_page(
        ReceivableRows,
        "receivable-rows",
        [
            Head("document", "report.document", numeric=False),
            Head("client", "report.client", numeric=False),
            Head("day", "report.due_day", numeric=False),
            Head("", "report.own_amount"),
            Head("amount", "profit.amount"),
        ],
        crumb=(tr("report.receivables.title"), routes.RECEIVABLES),
    )


def work_in_progress() -> rx.Component:
    state = WorkInProgress
    return report_page(
        state,
        "work-in-progress",
        [
            Head("name", "profit.name", numeric=False),
            Head("", "report.what", numeric=False),
            *(Head(band.name, f"report.age.{band.name}") for band in work.BANDS),
            Head("ready", "report.ready"),
            Head("unapproved", "report.unapproved"),
            Head("unpriced", "report.unpriced"),
        ],
        rx.el.div(segments(state.tabs, tr("report.choices")), class_name="row wrap"),
        filters=[
            filter_select("kind", tr("report.what"), [(kind, tr(f"report.kind.{kind}")) for kind in What]),
            filter_select(
                "band", tr("report.age_name"), [(b.name, tr(f"report.age.{b.name}")) for b in work.BANDS]
            ),
        ],
        also=["currency"],
        chart_title=tr("report.work-in-progress.chart"),
        searchable=True,
    )


def tax_due() -> rx.Component:
    state = TaxDue
    return report_page(
        state,
        "tax-due",
        [
            Head("tax", "report.tax", numeric=False),
            Head("rate", "report.rate"),
            Head("base", "report.base"),
            Head("charged", "report.charged"),
            Head("taken", "report.taken"),
            Head("due", "report.due"),
        ],
        _choices(state.bases, state.periods, custom=state.custom),
        chart_title=tr("report.tax-due.chart"),
    )


def tax_rows() -> rx.Component:
    return report_page(
        TaxRows,
        "tax-rows",
        [
            Head("document", "report.document", numeric=False),
            Head("", "profit.kind", numeric=False),
            Head("day", "profit.day", numeric=False),
            Head("client", "report.client", numeric=False),
            Head("base", "report.base"),
            Head("tax", "report.tax"),
        ],
        crumb=(tr("report.tax-due.title"), routes.TAX_DUE),
    )


def _choices(*tabs: rx.Var, custom: rx.Var) -> rx.Component:
    """Rows of choices, and the two dates where the period is of one's own."""
    own_days = rx.el.div(
        filter_date("from", tr("profit.from")),
        filter_date("until", tr("profit.until")),
        class_name="row wrap",
    )
    return rx.el.div(
        *(segments(options, tr("report.choices")) for options in tabs),
        rx.cond(custom, own_days),
        class_name="row wrap",
    )


def cash_received() -> rx.Component:
    state = CashReceived
    return report_page(
        state,
        "cash",
        [
            Head("name", "profit.name", numeric=False),
            Head("count", "report.payments"),
            Head("received", "report.received"),
            Head("refunded", "report.refunded"),
            Head("net", "report.net"),
        ],
        _choices(state.tabs, state.periods, custom=state.custom),
        chart_title=tr("report.cash.chart"),
    )


def cash_rows() -> rx.Component:
    return report_page(
        CashRows,
        "cash-rows",
        [
            Head("", "profit.kind", numeric=False),
            Head("day", "profit.day", numeric=False),
            Head("client", "report.client", numeric=False),
            Head("", "payment.method_name", numeric=False),
            Head("", "payment.reference", numeric=False),
            Head("amount", "profit.amount"),
        ],
        crumb=(tr("report.cash.title"), routes.CASH),
    )


def hourly_rate() -> rx.Component:
    state = HourlyRate
    return report_page(
        state,
        "hourly-rate",
        [
            Head("name", "profit.name", numeric=False),
            Head("revenue", "profit.revenue"),
            Head("billable", "report.billable_hours"),
            Head("hours", "report.all_hours"),
            Head("billable_rate", "report.billable_rate"),
            Head("rate", "report.hourly"),
        ],
        _choices(state.tabs, state.bases, state.periods, custom=state.custom),
        chart_title=tr("report.hourly-rate.chart"),
    )


def hourly_rows() -> rx.Component:
    return report_page(
        HourlyRows,
        "hourly-rows",
        [
            Head("", "report.what", numeric=False),
            Head("", "report.figure"),
        ],
        crumb=(tr("report.hourly-rate.title"), routes.HOURLY_RATE),
    )


def forecast() -> rx.Component:
    return report_page(
        Forecast,
        "forecast",
        [
            Head("project", "report.project", numeric=False),
            Head("", "report.client", numeric=False),
            Head("", "report.what", numeric=False),
            Head("month", "report.expected", numeric=False),
            Head("amount", "profit.amount"),
        ],
        filters=[
            filter_select("kind", tr("report.what"), [(each, tr(f"report.source.{each}")) for each in Source])
        ],
        also=["month", "currency"],
        chart_title=tr("report.forecast.chart"),
    )
