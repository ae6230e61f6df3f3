"""The report of all projects, clients or people, and the rows behind a figure."""

from dataclasses import dataclass
from typing import ClassVar

from finance_app import routes
from finance_app.domain.errors import DomainError, NotFound
from finance_app.domain.periods import Month
from finance_app.domain.permissions import Permission
from finance_app.i18n import formats
from finance_app.services.listing import ListAsks
from finance_app.services.profitability import listing
from finance_app.services.profitability.breakdown import Line
from finance_app.services.profitability.rows import Figure, Row
from finance_app.services.profitability.scope import NOBODY, Of
from finance_app.services.reports.days import DAYS
from finance_app.states.handlers import on_load
from finance_app.states.listing import ListState
from finance_app.states.live import Watcher
from finance_app.states.reports.profitability import Choice, percent
from finance_app.states.session import Session, joined

_FIGURES = {"revenue": "revenue", "time": "time_cost", "expenses": "expense_cost"}
_HREFS = {"project": routes.project, "client": routes.client, "person": routes.person}


@dataclass(frozen=True)
class ReportRow:
    id: int
    name: str
    revenue: str
    cost: str
    profit: str
    margin: str
    loss: bool
    href: str
    revenue_href: str
    cost_href: str
    profit_href: str


class ProfitReport(ListState, Watcher, Session):
    """The lines below the portal's widget."""

    rows: list[ReportRow] = []
    totals: list[str] = []
    tabs: list[Choice] = []
    currency: str = ""
    of_team: bool = False
    refused: bool = False
    """The days of the address cannot be; the widget above says why."""

    _asks: ClassVar[ListAsks] = listing.LINES
    _topics: ClassVar = ("time", "invoices", "payments", "projects")

    @on_load(Permission.FINANCE_VIEW)
    async def load(self):
        query = self._list_query()
        if not any(query.filter(name) for name in listing.CHOICES):
            kept = await self._read(listing.remembered, {})
            query = type(query)(**{**vars(query), "filters": {**query.filters, **kept}})
        self.refused = False
        try:
            found = await self._read(listing.lines_page, query)
        except NotFound:
            raise
        except DomainError as fault:
            if fault.params.get("field") not in DAYS:
                raise
            self.refused = True
            return
        by = found.totals["by"].value
        self.of_team = query.filter("team") != ""
        self.currency = currency = found.totals["currency"]
        self.tabs = [
            Choice(
                self._t(f"profit.by.{each}"),
                routes.with_query(self.router.url.path, {**self._query, "by": each, "page": ""}),
                each == by,
            )
            for each in _HREFS
        ]
        choices = {name: query.filter(name) for name in listing.CHOICES}
        within = found.totals["question"].scope.key
        self._show([self._line(line, by, currency, choices, within) for line in found.rows], found)
        self.narrowed = False
        whole = found.totals["whole"]
        self.totals = [
            self._t("profit.total"),
            *(
                formats.amount(minor, currency, self._locale)
                for minor in (whole.revenue_minor, whole.cost_minor, whole.profit_minor)
            ),
            "" if whole.margin_permille is None else percent(whole.margin_permille, self._locale),
        ]

    def _line(self, line: Line, by: str, currency: str, choices: dict[str, str], within: str) -> ReportRow:
        def amount(minor: int) -> str:
            return formats.amount(minor, currency, self._locale)

        def opens(figure: Figure) -> str:
            return routes.profit_rows(f"{by}:{line.id}", figure.value, choices, within=within)

        found, margin = line.figures, line.figures.margin_permille
        return ReportRow(
            id=line.id,
            name=line.name or self._t(f"profit.without.{by}"),
            revenue=amount(found.revenue_minor),
            cost=amount(found.cost_minor),
            profit=amount(found.profit_minor),
            margin="–" if margin is None else percent(margin, self._locale),
            loss=found.profit_minor < 0,
            href=_HREFS[by](line.id) if line.id != NOBODY else "",
            revenue_href=opens(Figure.REVENUE),
            cost_href=opens(Figure.COST),
            profit_href=opens(Figure.PROFIT),
        )


@dataclass(frozen=True)
class FigureRow:
    id: int
    name: str
    kind: str
    note: str
    day: str
    hours: str
    amount: str
    href: str


class ProfitRows(ListState, Watcher, Session):
    """What a figure is made of."""

    rows: list[FigureRow] = []
    heading: str = ""
    context: str = ""
    amount: str = ""
    of_time: bool = False
    of_cost: bool = False
    of_expenses: bool = False

    _asks: ClassVar[ListAsks] = listing.ROWS
    _topics: ClassVar = ("time", "invoices", "payments", "projects")

    @on_load()
    async def load(self):
        query = self._list_query()
        found = await self._read(listing.rows_page, query)
        locale, currency = self._locale, found.totals["currency"]
        asked = found.totals["question"]
        self.of_time = query.filter("figure") == Figure.TIME
        self.of_cost = query.filter("figure") == Figure.COST
        self.of_expenses = query.filter("figure") in (Figure.COST, Figure.EXPENSES)
        self.heading = self._t(f"profit.rows.{query.filter('figure')}")
        days = found.totals["days"]
        said = f"{formats.day(days.first, locale)} – {formats.day(days.last, locale)}"
        if query.filter("month") and days == Month.of(days.first).period:
            said = formats.month(days.first, locale)
        whose = found.totals["name"]
        if asked.scope.ids == (NOBODY,):
            whose = self._t(f"profit.without.{asked.scope.of.value}")
        self.context = joined([whose, said, self._t(f"profit.basis.{asked.basis.value}")])
        self.amount = formats.money(found.totals["sum"], currency, locale)
        span = {"from": days.first.isoformat(), "until": days.last.isoformat()}
        if asked.scope.of in (Of.PROJECT, Of.PERSON):
            span[asked.scope.of.value] = str(asked.scope.ids[0])
        self._show([self._row(number, row, currency, span) for number, row in enumerate(found.rows)], found)
        self.narrowed = False

    def _row(self, number: int, row: Row, currency: str, span: dict[str, str]) -> FigureRow:
        """`span` is whose time it is, and of which days."""
        locale = self._locale
        href = ""
        if row.kind in set(Figure):
            asked = {name: self._query.get(name, "") for name in ("month", "within", *listing.CHOICES)}
            scope, month, within = self._query.get("of", "portal"), asked.pop("month"), asked.pop("within")
            href = routes.profit_rows(scope, row.kind, asked, month, within)
        elif row.kind in ("project", "person"):
            href = routes.with_query(routes.TIME, {**span, row.kind: str(row.id)})
        elif row.kind == "expense":
            href = routes.expense(row.id)
        elif row.kind in ("credit_note", "refund"):
            href = routes.credit_note(row.id)
        elif row.id:
            href = routes.invoice(row.id)
        return FigureRow(
            id=number,
            name=row.name or (self._t(f"profit.{_FIGURES[row.kind]}") if row.kind in _FIGURES else "–"),
            kind="" if row.kind in _FIGURES else self._t(f"profit.row.{row.kind}"),
            note=row.note,
            day=formats.day(row.day, locale) if row.day else "",
            hours=formats.hours(row.seconds, locale) if row.seconds else "",
            amount=formats.money(row.amount_minor, currency, locale),
            href=href,
        )
