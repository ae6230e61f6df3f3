"""The profitability of a project, a client, a person or the portal: the widget and its choices."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import ClassVar

import plotly.graph_objects as go
import reflex as rx

from finance_app import routes
from finance_app.domain.errors import DomainError, NotFound
from finance_app.domain.money import to_decimal
from finance_app.domain.periods import Period
from finance_app.domain.permissions import Permission
from finance_app.domain.profit import Basis, Profitability
from finance_app.i18n import formats
from finance_app.services.profitability import listing
from finance_app.services.profitability.figures import Summary, summary
from finance_app.services.profitability.rows import Figure
from finance_app.services.profitability.scope import Of, Scope
from finance_app.states.chart import ACCENT, BLANK, NEUTRAL, clicked, quiet_layout
from finance_app.states.handlers import handler, on_load, tell
from finance_app.states.live import Watcher
from finance_app.states.session import Session

GREEN = "#30a46c"


@dataclass(frozen=True)
class Choice:
    """A choice as a link to the page as it would then be."""

    label: str
    href: str
    current: bool


@dataclass(frozen=True)
class Opening:
    """A figure, what changed against the period before, and the address of its rows."""

    label: str
    value: str
    note: str
    tone: str
    href: str


@dataclass(frozen=True)
class MonthLine:
    label: str
    revenue: str
    cost: str
    profit: str
    loss: bool
    revenue_href: str
    cost_href: str
    profit_href: str


class ProfitWidget(Watcher, Session):
    """One widget for every scope; the address holds its choices, and the person's last ones are kept."""

    visible: bool = False
    shown_path: str = ""
    heading: str = ""
    refusal: str = ""
    is_empty: bool = True
    tiles: list[Opening] = []
    months: list[MonthLine] = []
    bases: list[Choice] = []
    periods: list[Choice] = []
    times: list[Choice] = []
    custom: bool = False
    days: str = ""
    remarks: list[str] = []
    picture: go.Figure = BLANK

    _topics: ClassVar = ("time", "invoices", "payments", "projects", "expenses")

    @on_load()
    async def load(self):
        """Of the project, the client or the person of the address, else of the portal or its `team`."""
        await self._fill(self._scope())
        self.shown_path = self.router.url.path

    @handler()
    async def open_bar(self, points: list):
        """The rows of the bar or point that was clicked."""
        curve, place = clicked(points)
        if 0 <= place < len(self.months) and 0 <= curve <= 2:
            month = self.months[place]
            return rx.redirect((month.revenue_href, month.cost_href, month.profit_href)[curve])
        return None

    def _scope(self) -> Scope:
        for of in (Of.PROJECT, Of.CLIENT, Of.PERSON):
            if self._param(f"{of.value}_id"):
                return Scope(of, (self._id(f"{of.value}_id"),))
        team = self._query.get("team", "")
        return Scope.read(f"team:{team}") if team else Scope()

    async def _fill(self, scope: Scope) -> None:
        """Who may not see margins gets no widget: the page around it is theirs all the same."""
        project = scope.ids[0] if scope.of is Of.PROJECT else None
        self.visible = self._me.may(Permission.FINANCE_VIEW, project)
        if not self.visible:
            return
        choices = await self._read(listing.remembered, self._query)
        try:
            found = await self._read(_answer, scope, choices)
        except NotFound:
            raise
        except DomainError as fault:
            self._offer(choices, None)
            self.refusal, self.is_empty, self.days = tell(self, fault), True, ""
            return
        self._offer(choices, found.question.period)
        self.refusal = ""
        if any(self._query.get(name) for name in listing.CHOICES):
            await self._write(listing.remember, choices)
        self._show(found, choices)

    def _offer(self, choices: Mapping[str, str], shown: Period | None) -> None:
        """The choices as links. Days of one's own begin as those that are shown."""
        period = choices.get("period") or listing.PERIODS[0]
        basis, time = choices.get("basis") or Basis.ACCRUAL.value, choices.get("time", "")
        self.custom = period == listing.CUSTOM
        self.bases = [
            self._choice(choices, "basis", each.value, f"profit.basis.{each.value}", each.value == basis)
            for each in Basis
        ]
        own = {"from": shown.first.isoformat(), "until": shown.last.isoformat()} if shown else {}
        self.periods = [
            self._choice({**choices, **own}, "period", each, f"profit.period.{each}", each == period)
            for each in listing.PERIODS
        ]
        self.times = [
            self._choice(choices, "time", value, f"profit.time.{value or 'with'}", value == time)
            for value in ("", "none")
        ]

    def _choice(self, choices: Mapping[str, str], name: str, value: str, text: str, current: bool) -> Choice:
        kept = {key: choices.get(key, "") for key in listing.CHOICES} | {name: value}
        kept["basis"] = kept["basis"] or Basis.ACCRUAL.value
        if "team" in self._query:
            kept["team"] = self._query["team"]
        if kept["period"] != listing.CUSTOM:
            kept |= {"from": "", "until": ""}
        return Choice(self._t(text), routes.with_query(self.router.url.path, kept), current)

    def _show(self, found: Summary, choices: Mapping[str, str]) -> None:
        locale, whole = self._locale, found.whole
        period = found.question.period
        self.heading = found.name
        self.days = f"{formats.day(period.first, locale)} – {formats.day(period.last, locale)}"
        self.is_empty = whole == Profitability()
        self.tiles = [] if self.is_empty else self._tiles(found, choices)
        self.months = [] if self.is_empty else self._months(found, choices)
        self.remarks = remarks(found, locale, self._t)
        self.picture = BLANK if self.is_empty else picture(found, locale, self._t)

    def _tiles(self, found: Summary, choices: Mapping[str, str]) -> list[Opening]:
        locale, currency, whole, before = self._locale, found.currency, found.whole, found.before

        def amount(minor: int) -> str:
            return formats.money(minor, currency, locale)

        def opens(figure: Figure) -> str:
            return routes.profit_rows(found.question.scope.key, figure.value, choices)

        def change(now: int, then: int, *, cost: bool = False) -> tuple[str, str]:
            if now == then or not then:
                return "", ""
            better = (now > then) is not cost
            sign = "+" if now > then else ""
            text = self._t("profit.change", amount=f"{sign}{amount(now - then)}")
            return text, "green" if better else "red"

        margin = whole.margin_permille
        figures = [
            Opening(
                self._t("profit.revenue"),
                amount(whole.revenue_minor),
                *change(whole.revenue_minor, before.revenue_minor),
                opens(Figure.REVENUE),
            ),
            Opening(
                self._t("profit.time_cost"),
                amount(whole.time_minor),
                *change(whole.time_minor, before.time_minor, cost=True),
                opens(Figure.TIME),
            ),
            Opening(
                self._t("profit.expense_cost"),
                amount(whole.expense_minor),
                *change(whole.expense_minor, before.expense_minor, cost=True),
                opens(Figure.EXPENSES),
            ),
            Opening(
                self._t("profit.profit"),
                amount(whole.profit_minor),
                *change(whole.profit_minor, before.profit_minor),
                opens(Figure.PROFIT),
            ),
            Opening(
                self._t("profit.margin"),
                "–" if margin is None else percent(margin, locale),
                "",
                "",
                opens(Figure.PROFIT),
            ),
        ]
        if found.question.basis is Basis.ACCRUAL:
            figures.insert(
                1,
                Opening(
                    self._t("profit.open"), amount(whole.open_minor), self._t("profit.open_note"), "",
                    opens(Figure.OPEN),
                ),
            )  # fmt: skip
        return figures

    def _months(self, found: Summary, choices: Mapping[str, str]) -> list[MonthLine]:
        locale, currency, key = self._locale, found.currency, found.question.scope.key
        lines = []
        for each in found.months:
            month = f"{each.month.year:04d}-{each.month.month:02d}"
            lines.append(
                MonthLine(
                    formats.month(each.month.period.first, locale),
                    formats.amount(each.figures.revenue_minor, currency, locale),
                    formats.amount(each.figures.cost_minor, currency, locale),
                    formats.amount(each.figures.profit_minor, currency, locale),
                    each.figures.profit_minor < 0,
                    routes.profit_rows(key, Figure.REVENUE.value, choices, month),
                    routes.profit_rows(key, Figure.COST.value, choices, month),
                    routes.profit_rows(key, Figure.PROFIT.value, choices, month),
                )
            )
        return lines


def _answer(session, actor, scope: Scope, choices: Mapping[str, str]) -> Summary:
    return summary(session, actor, listing.question(session, scope, choices))


def percent(permille: int, locale: str) -> str:
    """Thousandths as a percentage with one decimal."""
    return formats.percent(Decimal(permille).scaleb(-1), locale, decimals=1)


def remarks(found: Summary, locale: str, text) -> list[str]:
    """What the figures leave out or show apart, in words."""
    said = []
    if found.whole.unpriced_seconds:
        said.append(text("profit.unpriced", hours=formats.hours(found.whole.unpriced_seconds, locale)))
    if found.exchange_minor:
        said.append(
            text("profit.exchange", amount=formats.money(found.exchange_minor, found.currency, locale))
        )
    return said


def picture(found: Summary, locale: str, text) -> go.Figure:
    """Bars of revenue and cost by month, and the line of profit. Plotly takes numbers, so only here an amount
    becomes one; nothing is added up from it."""

    def values(name: str) -> list[float]:
        return [float(to_decimal(getattr(each.figures, name), found.currency)) for each in found.months]

    def hover(name: str) -> list[str]:
        return [formats.money(getattr(each.figures, name), found.currency, locale) for each in found.months]

    labels = [formats.month(each.month.period.first, locale) for each in found.months]
    line = {"x": labels, "hovertemplate": "%{x}<br>%{text}<extra>%{fullData.name}</extra>"}
    shared = {**line, "textposition": "none"}
    return go.Figure(
        [
            go.Bar(
                name=text("profit.revenue"), y=values("revenue_minor"), text=hover("revenue_minor"),
                marker={"color": ACCENT}, **shared,
            ),
            go.Bar(
                name=text("profit.cost"), y=values("cost_minor"), text=hover("cost_minor"),
                marker={"color": NEUTRAL}, **shared,
            ),
            go.Scatter(
                name=text("profit.profit"), y=values("profit_minor"), text=hover("profit_minor"),
                mode="lines+markers", line={"color": GREEN, "width": 2}, marker={"size": 5}, **line,
            ),
        ],
        quiet_layout(barmode="group", bargap=0.3, bargroupgap=0.05),
    )  # fmt: skip
