"""Accounts receivable aging."""

from datetime import date
from typing import ClassVar

from finance_app import routes
from finance_app.domain.permissions import Permission
from finance_app.i18n import formats
from finance_app.services.invoicing.listing import OPEN
from finance_app.services.listing import ListAsks
from finance_app.services.reports import receivables
from finance_app.services.reports.receivables import BANDS, Owed
from finance_app.states.handlers import on_load
from finance_app.states.listing import ListState
from finance_app.states.live import Watcher
from finance_app.states.reports.report import Cell, ReportTable
from finance_app.states.session import Session


class Receivables(ReportTable, ListState, Watcher, Session):
    """A line for each client and currency; the bars are what is owed in each band, in base currency."""

    _asks: ClassVar[ListAsks] = receivables.ASKS
    _topics: ClassVar = ("invoices", "payments", "clients")

    @on_load(Permission.INVOICES_VIEW)
    async def load(self):
        found = await self._read(receivables.page, self._list_query())
        base, sums, day = found.totals["currency"], found.totals["bands"], found.totals["today"]
        self.about = self._t("report.receivables.about", day=formats.day(day, self._locale))
        self.remarks = (
            [self._t("report.receivables.foreign", currency=base)] if found.totals["foreign"] else []
        )
        everything = [*sums, sum(sums), found.totals["credit"]]
        total = self._t("report.total_in", currency=base)
        self._report(
            [self._cells(line, day) for line in found.rows],
            found,
            [total, *(self._money(minor, base) for minor in everything)],
        )
        bars = [(self._t(f"report.age.{band.name}"), minor) for band, minor in zip(BANDS, sums, strict=True)]
        self._bars(bars if any(sums) else [], base)

    def _cells(self, line: Owed, today: date) -> list[Cell]:
        asked = {"client": str(line.client_id), "currency": line.currency, "state": OPEN}

        def opens(first: date | None = None, last: date | None = None) -> str:
            span = {"due_from": first, "due_until": last}
            days = {name: day.isoformat() for name, day in span.items() if day}
            return routes.with_query(routes.INVOICES, {**asked, **days})

        bands = [
            self._figure(minor, line.currency, opens(*band.days(today)))
            for band, minor in zip(BANDS, line.bands, strict=True)
        ]
        return [
            Cell(line.client, routes.client(line.client_id)),
            *bands,
            self._figure(line.owed_minor, line.currency, opens()),
            self._figure(line.credit_minor, line.currency, routes.client(line.client_id)),
        ]
