"""Revenue to come."""

from typing import ClassVar

from finance_app import routes
from finance_app.domain.permissions import Permission
from finance_app.i18n import formats
from finance_app.services.listing import ListAsks
from finance_app.services.reports import forecast
from finance_app.services.reports.forecast import Expected, Source
from finance_app.states.handlers import on_load
from finance_app.states.listing import ListState
from finance_app.states.live import Watcher
from finance_app.states.reports.report import Cell, ReportTable
from finance_app.states.session import Session

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
        self.about = self._t("report.forecast.about")
        self.remarks = [self._t("report.chart_of", currency=main, others=", ".join(others))] if others else []
        self._report(
            [self._cells(line) for line in found.rows],
            found,
            [self._t("common.list.total"), "", "", "", self._sums(amounts)],
        )
        bars = [
            (
                formats.month(month.period.first, locale) if month else self._t("report.no_date"),
                sums.get(main, 0),
            )
            for month, sums in found.totals["months"]
        ]
        self._bars(bars if main else [], main)

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
            Cell(formats.day(line.day, self._locale) if line.day else self._t("report.no_date")),
            self._figure(line.amount_minor, line.currency, href),
        ]
