"""Work in progress: what waits to be billed."""

from datetime import date
from typing import ClassVar

from finance_app import routes
from finance_app.domain.permissions import Permission
from finance_app.i18n import formats
from finance_app.services.listing import ListAsks
from finance_app.services.reports import work_in_progress
from finance_app.services.reports.work_in_progress import BANDS, By, Waiting, What
from finance_app.states.handlers import on_load
from finance_app.states.listing import ListState
from finance_app.states.live import Watcher
from finance_app.states.reports.profitability import Choice
from finance_app.states.reports.report import Cell, ReportTable
from finance_app.states.session import Session

_LISTS = {What.TIME: (routes.TIME, "billed"), What.EXPENSES: (routes.EXPENSES, "state")}


class WorkInProgress(ReportTable, ListState, Watcher, Session):
    """A line for each project or client, kind and currency; the bars are of the largest currency."""

    tabs: list[Choice] = []

    _asks: ClassVar[ListAsks] = work_in_progress.ASKS
    _topics: ClassVar = ("time", "invoices", "projects", "expenses")

    @on_load(Permission.FINANCE_VIEW)
    async def load(self):
        found = await self._read(work_in_progress.page, self._list_query())
        sums, day = found.totals, found.totals["today"]
        self.tabs = self._tabs("by", list(By), found.totals["by"], "profit.by")
        self.about = self._t("report.work-in-progress.about", day=formats.day(day, self._locale))
        self._report(
            [self._cells(line, sums["by"], day) for line in found.rows],
            found,
            [
                self._t("common.list.total"),
                "",
                *(self._sums(amounts) for amounts in (*sums["bands"], sums["ready"], sums["unapproved"])),
                self._hours(sums["unpriced"]),
            ],
        )
        main = next(iter(sums["ready"]), "")
        others = [currency for currency in sums["ready"] if currency != main]
        self.remarks = [self._t("report.chart_of", currency=main, others=", ".join(others))] if others else []
        asked = {name: self._query.get(name, "") for name in ("by", "kind")}
        bars = [
            (
                self._t(f"report.age.{band.name}"),
                amounts.get(main, 0),
                routes.with_query(
                    routes.WORK_IN_PROGRESS,
                    {**asked, "q": found.query.search, "band": band.name, "currency": main},
                ),
            )
            for band, amounts in zip(BANDS, sums["chart"], strict=True)
        ]
        self._bars(bars if main else [], main)

    def _cells(self, line: Waiting, by: By, today: date) -> list[Cell]:
        path, state = _LISTS[line.what]
        whose = {"client": str(line.client_id or "none")}
        if by is By.PROJECT:
            whose = {"project": str(line.project_id)} if line.project_id else {**whose, "project": "none"}
        if line.what is What.EXPENSES:
            whose["currency"] = line.currency

        def opens(which: str, first: date | None = None, last: date | None = None) -> str:
            span = {"from": first, "until": last}
            days = {name: day.isoformat() for name, day in span.items() if day}
            return routes.with_query(path, {state: which, **whose, **days})

        unpriced = Cell("–")
        if line.unpriced_seconds:
            unpriced = Cell(self._hours(line.unpriced_seconds), opens("no_rate"))
        return [
            self._named(line, by),
            Cell(self._t(f"report.kind.{line.what}")),
            *(
                self._figure(minor, line.currency, opens("ready", *band.days(today)))
                for band, minor in zip(BANDS, line.bands, strict=True)
            ),
            self._figure(line.ready_minor, line.currency, opens("ready")),
            self._figure(line.unapproved_minor, line.currency, opens("unapproved")),
            unpriced,
        ]

    def _named(self, line: Waiting, by: By) -> Cell:
        if by is By.CLIENT:
            if not line.client_id:
                return Cell(self._t("profit.without.client"))
            return Cell(line.client, routes.client(line.client_id))
        if not line.project_id:
            return Cell(self._t("profit.without.project"), "", line.client)
        return Cell(line.project, routes.project(line.project_id), line.client)

    def _hours(self, seconds: int) -> str:
        return formats.hours(seconds, self._locale) + "\u00a0h" if seconds else "–"
