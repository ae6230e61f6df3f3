"""The report of expenses, and the short lists of them on the pages of a project and a client."""

from collections import Counter
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import ClassVar

import plotly.graph_objects as go
import reflex as rx
from sqlmodel import Session as Database

from finance_app import routes
from finance_app.domain.expense import ExpenseState
from finance_app.domain.money import to_decimal
from finance_app.domain.permissions import Permission
from finance_app.i18n import formats
from finance_app.services.accounts.identity import Actor
from finance_app.services.expenses import access, drafting, listing, report
from finance_app.services.expenses.listing import ExpenseRecord
from finance_app.services.expenses.report import CostRow, Share
from finance_app.services.listing import ListAsks, ListQuery
from finance_app.services.reports.forecast import month_key
from finance_app.states.chart import ACCENT, BLANK, clicked, quiet_layout
from finance_app.states.expenses.words import ExpenseRow, expense_row
from finance_app.states.handlers import handler, on_load
from finance_app.states.listing import ListState
from finance_app.states.live import Watcher
from finance_app.states.projects.frame import in_project
from finance_app.states.reports.report import Cell, Point, ReportTable
from finance_app.states.reports.tax_due import days
from finance_app.states.session import Session, joined

SHOWN = 8
_WITHOUT = {"project": "expense.no_project", "client": "expense.no_client"}


@dataclass(frozen=True)
class ShareRow:
    """`percent` is the length of its bar, as CSS has it."""

    key: str
    name: str
    count: str
    cost: str
    part: str
    percent: str
    href: str


class ExpenseReport(Watcher, Session):
    rows: list[ShareRow] = []
    picture: go.Figure = BLANK
    by: str = "category"
    period: str = ""
    count: str = ""
    cost: str = ""
    cost_href: str = ""
    points: list[Point] = []

    _topics: ClassVar = ("expenses",)

    @on_load(Permission.EXPENSES_VIEW)
    async def load(self):
        query = report.ASKS.read(self._query)
        found = await self._read(report.page, query)
        months = await self._read(report.months, query)
        period = await self._read(lambda session, _me: report.period_of(session, query))
        base = await self._read(lambda session, _me: access.portal_of(session).base_currency)
        locale = self._locale
        self.by = report.by_of(query)
        self.period = joined([formats.day(period.first, locale), formats.day(period.last, locale)], " – ")
        self.count = formats.number(found.totals["count"], locale)
        self.cost = formats.money(found.totals["cost_minor"], base, locale)
        self.rows = self._shares(found.rows, query)
        self.cost_href = self._opens(query)
        self.points = [
            Point(
                formats.month(share.month.period.first, locale),
                formats.money(share.cost_minor, share.currency, locale),
                self._opens(query, "month", month_key(share.month)) if share.cost_minor else "",
            )
            for share in months
            if share.month
        ]
        self.picture = picture(months, locale)

    @handler()
    async def open_bar(self, points: list):
        """The rows of the bar that was clicked."""
        _, place = clicked(points)
        if 0 <= place < len(self.points) and self.points[place].href:
            return rx.redirect(self.points[place].href)
        return None

    def _opens(self, query: ListQuery, by: str = "", key: str = "") -> str:
        kept = {name: query.filter(name) for name in report.ASKS.filters}
        return routes.with_query(
            routes.REPORT_EXPENSE_ROWS, {**kept, "by": by or report.by_of(query), "key": key}
        )

    def _shares(self, shares: list[Share], query: ListQuery) -> list[ShareRow]:
        most = max((share.cost_minor for share in shares), default=0)
        whole = sum(share.cost_minor for share in shares)
        return [self._row(share, most, whole, query) for share in shares]

    def _row(self, share: Share, most: int, whole: int, query: ListQuery) -> ShareRow:
        locale = self._locale
        if share.month is not None:
            name, key = formats.month(share.month.period.first, locale), month_key(share.month)
        else:
            name = share.name or self._without(self.by)
            key = str(share.id or report.NONE)
        part = Decimal(round(share.cost_minor * 100 / whole)) if whole else Decimal(0)
        return ShareRow(
            f"{share.id or name}",
            name,
            formats.number(share.count, locale),
            formats.money(share.cost_minor, share.currency, locale),
            formats.percent(part, locale),
            f"{max(1, share.cost_minor * 100 // most) if share.cost_minor and most else 0}%",
            self._opens(query, key=key) if share.count else "",
        )

    def _without(self, by: str) -> str:
        return self._t(_WITHOUT.get(by, "expense.no_category"))


class ExpenseReportRows(ReportTable, ListState, Watcher, Session):
    """The expenses behind a figure."""

    _asks: ClassVar[ListAsks] = report.ROWS
    _topics: ClassVar = ("expenses",)

    @on_load(Permission.EXPENSES_VIEW)
    async def load(self):
        query = self._list_query()
        found = await self._read(report.rows_page, query)
        sums, locale, key = found.totals, self._locale, query.filter("key")
        name = sums["name"]
        if key == report.NONE:
            name = self._t(_WITHOUT.get(sums["by"], "expense.no_category"))
        elif sums["by"] == "month" and key:
            name = formats.month(date.fromisoformat(f"{key}-01"), locale)
        of_month = sums["by"] == "month" and key
        self.about = joined([name, "" if of_month else days(sums["period"], locale)])
        self._report(
            [self._cells(row) for row in found.rows],
            found,
            [
                self._t("common.list.total"),
                *[""] * 3,
                formats.money(sums["cost"], sums["currency"], locale),
            ],
        )

    def _cells(self, row: CostRow) -> list[Cell]:
        return [
            Cell(row.merchant or "–", routes.expense(row.expense_id)),
            Cell(formats.day(row.day, self._locale)),
            Cell(row.person),
            Cell(row.project or "–"),
            Cell(formats.money(row.cost_minor, row.currency, self._locale)),
        ]


def picture(months: list[Share], locale: str) -> go.Figure:
    """The cost of each month as a bar with its amount."""
    costs = [formats.money(share.cost_minor, share.currency, locale) for share in months]
    bars = go.Bar(
        x=[formats.month(share.month.period.first, locale) for share in months if share.month],
        y=[float(to_decimal(share.cost_minor, share.currency)) for share in months],
        text=costs,
        textposition="outside",
        cliponaxis=False,
        hovertemplate="%{x}<br>%{text}<extra></extra>",
        marker={"color": ACCENT},
    )
    readable = {"mode": "hide", "minsize": 9}
    return go.Figure([bars], layout=quiet_layout(showlegend=False, bargap=0.45, uniformtext=readable))


@dataclass(frozen=True)
class Latest:
    """The latest expenses of a project or client, and those to bill."""

    rows: list[ExpenseRecord]
    total: int
    to_bill: list[ExpenseRecord]
    base: str


def latest(session: Database, me: Actor, filters: dict[str, str]) -> Latest:
    found = listing.page(session, me, ListQuery(sort="day", descending=True, filters=filters, size=SHOWN))
    unbilled = {**filters, "state": ExpenseState.UNBILLED.value}
    to_bill = listing.page(session, me, ListQuery(filters=unbilled, size=None)).rows
    return Latest(found.rows, found.total, to_bill, access.portal_of(session).base_currency)


def charges(records: list[ExpenseRecord], locale: str) -> str:
    """What the records come to when they are billed, by currency."""
    sums: Counter[str] = Counter()
    for record in records:
        sums[record.currency] += record.charge_minor
    return joined((formats.money(minor, code, locale) for code, minor in sorted(sums.items())), " + ")


class ProjectExpenses(Watcher, Session):
    """The expenses in the Finance tab of a project."""

    visible: bool = False
    rows: list[ExpenseRow] = []
    total: int = 0
    to_bill: str = ""
    to_bill_count: int = 0
    all_href: str = ""
    to_bill_href: str = ""
    new_href: str = ""

    _topics: ClassVar = ("expenses", "invoices", "payments")

    @on_load(Permission.FINANCE_VIEW)
    async def load(self):
        """Who may not see expenses gets none: the tab around them is his all the same."""
        project_id = await in_project(self)
        self.visible = self._me.may(Permission.EXPENSES_VIEW, project_id)
        if self.visible:
            await self._load({"project": str(project_id)})

    async def _load(self, filters: dict[str, str]) -> None:
        found = await self._read(latest, filters)
        self.rows = [expense_row(record, found.base, self._locale) for record in found.rows]
        self.total, self.to_bill_count = found.total, len(found.to_bill)
        self.to_bill = charges(found.to_bill, self._locale)
        self.all_href = routes.with_query(routes.EXPENSES, filters)
        self.to_bill_href = routes.with_query(routes.EXPENSES, {**filters, "state": "unbilled"})
        self.new_href = routes.with_query(routes.EXPENSE_NEW, filters)


class ClientExpenses(Watcher, Session):
    """The unbilled expenses of a client, on its page."""

    rows: list[ExpenseRow] = []
    total: int = 0
    to_bill: str = ""
    to_bill_count: int = 0
    to_bill_href: str = ""

    _topics: ClassVar = ("expenses", "invoices")

    @on_load(Permission.CLIENTS_VIEW)
    async def load(self):
        filters = {"client": str(self._id("client_id")), "state": ExpenseState.UNBILLED.value}
        if not self._me.may(Permission.EXPENSES_VIEW_ALL):
            self.rows, self.total = [], 0
            return
        found = await self._read(latest, filters)
        self.rows = [expense_row(record, found.base, self._locale) for record in found.rows]
        self.total, self.to_bill_count = found.total, len(found.to_bill)
        self.to_bill = charges(found.to_bill, self._locale)
        self.to_bill_href = routes.with_query(routes.EXPENSES, filters)

    @handler(Permission.INVOICES_EDIT)
    async def bill(self):
        """A draft invoice of all of them."""
        invoice = await self._write(drafting.of_client, self._id("client_id"))
        await self._changed("expenses", "invoices")
        return rx.redirect(routes.invoice_edit(invoice.id or 0))
