"""What every report shows: lines of cells that open their rows, a total, a chart, and what it leaves out."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import plotly.graph_objects as go
import reflex as rx

from finance_app import routes
from finance_app.domain.errors import DomainError, NotFound
from finance_app.domain.money import to_decimal
from finance_app.domain.periods import Period
from finance_app.i18n import formats
from finance_app.services.listing import Found, ListQuery
from finance_app.services.reports.days import CUSTOM, DAYS
from finance_app.states.chart import ACCENT, BLANK, clicked, quiet_layout
from finance_app.states.handlers import handler, tell
from finance_app.states.reports.profitability import Choice
from finance_app.states.session import joined

NARROWING = ("kind", "band", "currency")
"""Filters after which an empty report asks for less of them; a period without anything says so itself."""


@dataclass(frozen=True)
class Cell:
    """A text, and the address of the rows behind it where there is one."""

    text: str
    href: str = ""
    note: str = ""


@dataclass(frozen=True)
class ReportLine:
    id: int
    cells: list[Cell]


@dataclass(frozen=True)
class Point:
    """A bar of the chart, as text, and the address of the rows behind it."""

    label: str
    value: str
    href: str


class ReportTable(rx.State, mixin=True):
    """Mix in before ListState. The first cell of a line names it."""

    rows: list[ReportLine] = []
    totals: list[Cell] = []
    remarks: list[str] = []
    about: str = ""
    refusal: str = ""
    picture: go.Figure = BLANK
    points: list[Point] = []

    @handler()
    async def open_bar(self, points: list):
        """The rows of the bar that was clicked; whoever has no mouse finds the same in the table of the
        chart."""
        _, place = clicked(points)
        if 0 <= place < len(self.points) and self.points[place].href:
            return rx.redirect(self.points[place].href)
        return None

    def _report(self, lines: Sequence[Sequence[Cell]], found: Found, totals: Sequence[str | Cell]) -> None:
        first = (found.query.page - 1) * (found.query.size or 0)
        rows = [ReportLine(first + place, list(cells)) for place, cells in enumerate(lines)]
        self._show(rows, found)  # type: ignore[attr-defined]
        query = found.query
        self.narrowed = bool(query.search) or any(query.filter(name) for name in NARROWING)
        self.totals = [Cell(each) if isinstance(each, str) else each for each in totals]

    async def _found(self, work: Callable[..., Any], query: ListQuery) -> Found | None:
        """What the report finds; None where its days cannot be: then `refusal` says why, beside the dates."""
        try:
            found = await self._read(work, query)  # type: ignore[attr-defined]
        except NotFound:
            raise
        except DomainError as fault:
            if fault.params.get("field") not in DAYS:
                raise
            self.refusal = tell(self, fault)
            self.rows, self.points, self.remarks, self.about = [], [], [], ""
            self.total, self.narrowed = 0, False  # type: ignore[attr-defined]
            return None
        self.refusal = ""
        return found

    def _periods(self, values: Sequence[str], current: str, shown: Period | None) -> list[Choice]:
        """The periods to choose from. Days of one's own begin as those that are shown."""
        query = {**self._query, "page": "", "from": "", "until": ""}  # type: ignore[attr-defined]
        found = []
        for value in values:
            own = value == CUSTOM and shown is not None
            days = {"from": shown.first.isoformat(), "until": shown.last.isoformat()} if own and shown else {}
            href = routes.with_query(self.router.url.path, {**query, **days, "period": value})
            found.append(Choice(self._t(f"report.period.{value}"), href, value == current))  # type: ignore[attr-defined]
        return found

    def _bars(self, bars: Iterable[tuple[str, int, str]], currency: str) -> None:
        """A bar for each label, in minor units, and the address of its rows. Plotly takes numbers, so only
        here an amount becomes one."""
        shown = list(bars)
        self.points = [
            Point(label, self._money(minor, currency), href if minor else "") for label, minor, href in shown
        ]
        self.picture = go.Figure(
            go.Bar(
                x=[label for label, _, _ in shown],
                y=[float(to_decimal(minor, currency)) for _, minor, _ in shown],
                text=[point.value for point in self.points],
                textposition="none",
                hovertemplate="%{x}<br>%{text}<extra></extra>",
                marker={"color": ACCENT},
            ),
            quiet_layout(bargap=0.45, margin={"l": 52, "r": 8, "t": 12, "b": 28}),
        )

    def _money(self, minor: int, currency: str) -> str:
        return formats.money(minor, currency, self._locale)  # type: ignore[attr-defined]

    def _figure(self, minor: int, currency: str, href: str = "") -> Cell:
        """An amount that opens its rows; nothing is a dash that opens none."""
        return Cell(self._money(minor, currency), href) if minor else Cell("–")

    def _sums(self, amounts: Mapping[str, int]) -> str:
        """Amounts of several currencies, which are no sum: one a line."""
        return joined((self._money(minor, currency) for currency, minor in amounts.items()), "\n") or "–"

    def _tabs(self, name: str, values: Sequence[str], current: str, prefix: str) -> list[Choice]:
        """The choices of a filter as links to this page."""
        query = {**self._query, "page": ""}  # type: ignore[attr-defined]
        path = self.router.url.path
        return [
            Choice(
                self._t(f"{prefix}.{value}"),  # type: ignore[attr-defined]
                routes.with_query(path, {**query, name: value}),
                value == current,
            )
            for value in values
        ]
