"""Effective hourly rate."""

from typing import ClassVar

from finance_app import routes
from finance_app.domain.permissions import Permission
from finance_app.domain.profit import Basis
from finance_app.i18n import formats
from finance_app.services.listing import ListAsks
from finance_app.services.profitability.breakdown import By
from finance_app.services.profitability.rows import Figure
from finance_app.services.profitability.scope import NOBODY
from finance_app.services.reports import hourly
from finance_app.services.reports.days import CUSTOM, YEARS
from finance_app.services.reports.hourly import Hourly
from finance_app.states.handlers import on_load
from finance_app.states.listing import ListState
from finance_app.states.live import Watcher
from finance_app.states.reports.profitability import Choice
from finance_app.states.reports.report import Cell, ReportTable
from finance_app.states.reports.tax_due import days
from finance_app.states.session import Session, joined

MOST_BARS = 12
_PAGES = {By.PROJECT: routes.project, By.CLIENT: routes.client, By.PERSON: routes.person}


class HourlyRate(ReportTable, ListState, Watcher, Session):
    """The bars are the first lines of the page, in its order."""

    tabs: list[Choice] = []
    bases: list[Choice] = []
    periods: list[Choice] = []
    custom: bool = False

    _asks: ClassVar[ListAsks] = hourly.ASKS
    _topics: ClassVar = ("time", "invoices", "payments", "projects")

    @on_load(Permission.FINANCE_VIEW)
    async def load(self):
        asked = self._query.get("period") or hourly.DEFAULT
        self.custom = asked == CUSTOM
        found = await self._found(hourly.page, self._list_query())
        shown = found.totals["period"] if found else None
        self.periods = self._periods(YEARS, asked, shown)
        if found is None:
            return
        sums, currency = found.totals, found.totals["currency"]
        self.tabs = self._tabs("by", list(By), sums["by"], "profit.by")
        self.bases = self._tabs("basis", list(Basis), sums["basis"], "profit.basis")
        self.about = joined([days(sums["period"], self._locale), self._t("report.hourly-rate.about")])
        total = [Cell(self._t("common.list.total")), *self._figures(sums["whole"])]
        self._report(
            [self._cells(line, sums["by"], sums["period"]) for line in found.rows],
            found,
            [cell.text for cell in total],
        )
        bars = [
            (line.name or self._t(f"profit.without.{sums['by']}"), line.rate_minor)
            for line in found.rows
            if line.rate_minor
        ]
        self._bars(bars[:MOST_BARS], currency)

    def _cells(self, line: Hourly, by: By, period) -> list[Cell]:
        span = {"from": period.first.isoformat(), "until": period.last.isoformat()}
        if line.id == NOBODY:
            return [Cell(self._t(f"profit.without.{by}")), *self._figures(line)]
        choices = {"basis": self._query.get("basis", ""), "period": CUSTOM, **span}
        revenue = routes.profit_rows(f"{by}:{line.id}", Figure.REVENUE, choices)
        time = routes.with_query(routes.TIME, {by.value: str(line.id), **span})
        return [
            Cell(line.name, _PAGES[by](line.id)),
            *self._figures(line, revenue, f"{time}&billable=yes", time),
        ]

    def _figures(self, line: Hourly, *hrefs: str) -> list[Cell]:
        revenue, billable, time = hrefs or ("", "", "")
        return [
            self._figure(line.revenue_minor, line.currency, revenue),
            self._hours(line.billable_seconds, billable),
            self._hours(line.seconds, time),
            self._rate(line.billable_rate_minor, line.currency),
            self._rate(line.rate_minor, line.currency),
        ]

    def _hours(self, seconds: int, href: str) -> Cell:
        return Cell(formats.hours(seconds, self._locale), href) if seconds else Cell("–")

    def _rate(self, minor: int | None, currency: str) -> Cell:
        return Cell("–" if minor is None else self._money(minor, currency))
