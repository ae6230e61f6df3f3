"""Revenue to come."""

from datetime import date
from typing import ClassVar

from finance_app import routes
from finance_app.domain.permissions import Permission
from finance_app.i18n import formats
from finance_app.services.listing import ListAsks
from finance_app.services.reports import forecast
from finance_app.services.reports.forecast import Expected, Known, Source
from finance_app.states.handlers import on_load
from finance_app.states.listing import ListState
from finance_app.states.live import Watcher
from finance_app.states.reports.report import Cell, ReportTable
from finance_app.states.session import Session, joined

_TABS = {
    Source.MILESTONE: routes.PROJECT_FINANCE,
    Source.PRICE: routes.PROJECT_FINANCE,
    Source.BUDGET: routes.PROJECT_BUDGET,
}
_DOCUMENTS = {Source.ESTIMATE: routes.estimate, Source.ORDER: routes.sales_order}


class Forecast(ReportTable, ListState, Watcher, Session):
    """The bars are the months, in the currency that most is expected in."""

    _asks: ClassVar[ListAsks] = forecast.ASKS
    _topics: ClassVar = ("projects", "invoices", "time", "estimates")

    @on_load(Permission.FINANCE_VIEW)
    async def load(self):
        found = await self._read(forecast.page, self._list_query())
        amounts, locale = found.totals["amounts"], self._locale
        main, *others = amounts or [""]
        only = self._month_name(found.query.filter("month"))
        self.about = joined([only, self._t("report.forecast.about")])
        self.remarks = [self._t("report.chart_of", currency=main, others=", ".join(others))] if others else []
        self._report(
            [self._cells(line) for line in found.rows],
            found,
            [self._t("common.list.total"), "", "", "", self._sums(amounts)],
        )
        kind = found.query.filter("kind")
        bars = [
            (
                formats.month(month.period.first, locale) if month else self._t("report.no_date"),
                sums.get(main, 0),
                routes.with_query(
                    routes.FORECAST, {"kind": kind, "month": forecast.month_key(month), "currency": main}
                ),
            )
            for month, sums in found.totals["months"]
        ]
        self._bars(bars if main else [], main)

    def _month_name(self, key: str) -> str:
        """What the table is narrowed to by a bar, in words."""
        try:
            return self._t("report.only", what=formats.month(date.fromisoformat(f"{key}-01"), self._locale))
        except ValueError:
            return self._t("report.only", what=self._t("report.no_date")) if key == forecast.UNDATED else ""

    def _cells(self, line: Expected) -> list[Cell]:
        project = line.project_id
        if line.source in _DOCUMENTS:
            href = _DOCUMENTS[line.source](line.document_id)
        else:
            href = routes.project_tab(_TABS[line.source], project or 0)
        what = self._t(f"report.source.{line.source}")
        return [
            Cell(line.project, routes.project(project)) if project else Cell("–"),
            Cell(line.client or "–"),
            Cell(what, "", line.name),
            self._when(line),
            self._figure(line.amount_minor, line.currency, href),
        ]

    def _when(self, line: Expected) -> Cell:
        if line.day is None or line.known is None:
            return Cell(self._t("report.no_date"))
        known = "" if line.known is Known.DUE else self._t(f"report.known.{line.known}")
        return Cell(formats.day(line.day, self._locale), "", known)
