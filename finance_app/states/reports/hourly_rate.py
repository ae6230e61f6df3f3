"""Effective hourly rate."""

from typing import ClassVar

from finance_app import routes
from finance_app.domain.periods import Period
from finance_app.domain.permissions import Permission
from finance_app.domain.profit import Basis
from finance_app.i18n import formats
from finance_app.services.listing import ListAsks
from finance_app.services.profitability.breakdown import By
from finance_app.services.profitability.rows import Figure
from finance_app.services.profitability.scope import NOBODY, Of
from finance_app.services.reports import hourly
from finance_app.services.reports.days import CUSTOM, YEARS
from finance_app.services.reports.hourly import Hourly, Part, PartRow
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
        by, period = sums["by"], sums["period"]
        self._report(
            [
                [self._named(line, by), *self._figures(line, self._opens(line, by, period))]
                for line in found.rows
            ],
            found,
            [
                self._t("common.list.total"),
                *self._figures(sums["whole"], self._opens(sums["whole"], None, period)),
            ],
        )
        bars = [
            (
                line.name or self._t(f"profit.without.{by}"),
                line.rate_minor,
                self._opens(line, by, period)["rate"],
            )
            for line in found.rows
            if line.rate_minor
        ]
        self._bars(bars[:MOST_BARS], currency)

    def _named(self, line: Hourly, by: By) -> Cell:
        if line.id == NOBODY:
            return Cell(self._t(f"profit.without.{by}"))
        return Cell(line.name, _PAGES[by](line.id))

    def _opens(self, line: Hourly, by: By | None, period: Period) -> dict[str, str]:
        """The rows of revenue and of time, and what a rate is made of."""
        asked = {name: self._query.get(name, "") for name in hourly.ASKS.filters}
        of = "" if by is None else str(line.id)
        return {
            **parts(line, by, period, asked["basis"]),
            "rate": routes.with_query(routes.HOURLY_ROWS, {**asked, "of": of}),
        }

    def _figures(self, line: Hourly, opens: dict[str, str]) -> list[Cell]:
        return [
            self._figure(line.revenue_minor, line.currency, opens[Part.REVENUE]),
            self._hours(line.billable_seconds, opens[Part.BILLABLE]),
            self._hours(line.seconds, opens[Part.HOURS]),
            self._rate(line.billable_rate_minor, line.currency, opens["rate"]),
            self._rate(line.rate_minor, line.currency, opens["rate"]),
        ]

    def _hours(self, seconds: int, href: str) -> Cell:
        return Cell(formats.hours(seconds, self._locale), href) if seconds else Cell("–")

    def _rate(self, minor: int | None, currency: str, href: str) -> Cell:
        return Cell("–") if minor is None else Cell(self._money(minor, currency), href)


class HourlyRows(ReportTable, ListState, Watcher, Session):
    """Revenue and hours of a line, which its rates are made of; each opens its own rows."""

    _asks: ClassVar[ListAsks] = hourly.ROWS
    _topics: ClassVar = ("time", "invoices", "payments", "projects")

    @on_load(Permission.FINANCE_VIEW)
    async def load(self):
        query = self._list_query()
        found = await self._read(hourly.rows_page, query)
        sums, line = found.totals, found.totals["line"]
        by = sums["by"] if query.filter("of") else None
        name = line.name or (self._t(f"profit.without.{by}") if by else self._t("profit.portal"))
        basis = self._t(f"profit.basis.{sums['basis']}")
        self.about = joined([name, days(sums["period"], self._locale), basis])
        opens = parts(line, by, sums["period"], query.filter("basis"))
        rate = line.rate_minor
        self._report(
            [self._cells(row, opens[row.part]) for row in found.rows],
            found,
            [self._t("report.hourly"), "–" if rate is None else self._money(rate, line.currency)],
        )

    def _cells(self, row: PartRow, href: str) -> list[Cell]:
        line = row.line
        if row.part is Part.REVENUE:
            return [Cell(self._t("profit.revenue")), self._figure(line.revenue_minor, line.currency, href)]
        is_billable = row.part is Part.BILLABLE
        seconds = line.billable_seconds if is_billable else line.seconds
        rate = line.billable_rate_minor if is_billable else line.rate_minor
        per_hour = self._t("report.billable_rate" if is_billable else "report.hourly")
        note = (
            ""
            if rate is None
            else self._t("report.per", what=per_hour, amount=self._money(rate, line.currency))
        )
        hours = formats.hours(seconds, self._locale) + "\u00a0h"
        what = self._t("report.billable_hours" if is_billable else "report.all_hours")
        return [Cell(what, "", note), Cell(hours, href if seconds else "")]


def parts(line: Hourly, by: By | None, period: Period, basis: str) -> dict[str, str]:
    """The addresses of the rows of a line's revenue and time; without `by`, of the whole firm."""
    span = {"from": period.first.isoformat(), "until": period.last.isoformat()}
    choices = {"basis": basis, "period": CUSTOM, **span}
    scope = f"{by}:{line.id}" if by else Of.PORTAL.value
    whose = {by.value: str(line.id) if line.id != NOBODY else "none"} if by else {}
    time = {**whose, **span}
    return {
        Part.REVENUE: routes.profit_rows(scope, Figure.REVENUE, choices),
        Part.BILLABLE: routes.with_query(routes.TIME, {**time, "billable": "yes"}),
        Part.HOURS: routes.with_query(routes.TIME, time),
    }
