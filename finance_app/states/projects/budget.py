"""The budget tab of a project: the figures, the table that unfolds, the burn-up, and the limits of parts."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import ClassVar
from zoneinfo import ZoneInfo

import plotly.graph_objects as go

from finance_app import routes
from finance_app.domain.money import minor_digits
from finance_app.domain.permissions import Permission
from finance_app.i18n import formats, t
from finance_app.models.columns import now
from finance_app.models.kinds import BudgetScope, BudgetType
from finance_app.services.budgeting import opened, overview, parts, tab
from finance_app.services.budgeting.overview import Overview
from finance_app.services.budgeting.tab import BudgetRow
from finance_app.services.listing import ListAsks, ListQuery
from finance_app.states.chart import BLANK
from finance_app.states.form import FormState, texts
from finance_app.states.handlers import handler, on_load
from finance_app.states.listing import ListState
from finance_app.states.live import Watcher
from finance_app.states.projects.budget_words import TONES, Show, bar_of, percent_text, shown_by, signed
from finance_app.states.projects.burnup_chart import figure
from finance_app.states.projects.frame import ProjectFrame, in_project
from finance_app.states.session import Session

POINTS = 26


@dataclass(frozen=True)
class Row:
    id: str
    kind: str
    part: str
    name: str
    depth: str
    parts: int
    is_open: bool
    planned: str
    actual: str
    href: str
    plan_href: str
    actual_href: str
    variance: str
    tone: str
    remaining: str
    forecast: str
    used: str
    bar: str
    bar_tone: str
    health: str
    own_limit: bool
    limitable: bool


@dataclass(frozen=True)
class Figure:
    label: str
    value: str
    note: str
    tone: str
    href: str


@dataclass(frozen=True)
class PointRow:
    day: str
    planned: str
    actual: str


def row_of(
    row: BudgetRow, project_id: int, show: Show, scope: BudgetScope | None, locale: str, unit: str
) -> Row:
    kinds = {"milestone": BudgetScope.MILESTONE, "task": BudgetScope.TASK, "issue": BudgetScope.TASK,
             "person": BudgetScope.USER}  # fmt: skip
    names = {"milestone": "without_milestone", "expense": "expenses"}
    name = row.name or t(locale, f"budget.{names.get(row.kind, 'without_task')}")
    page_href, plan_href, actual_href = hrefs_of(row, project_id, unit)
    remaining = row.remaining
    return Row(
        id=row.key,
        kind=row.kind,
        part=str(row.part_id),
        name=name,
        depth=f"{row.depth * 22}px",
        parts=row.parts,
        is_open=row.is_open,
        planned=show(row.planned),
        actual=show(row.actual),
        href=page_href,
        plan_href=plan_href,
        actual_href=actual_href,
        variance=signed(row.variance, show),
        tone="red" if row.variance > 0 else "green" if row.variance < 0 else "",
        remaining="" if remaining is None else show(remaining),
        forecast="" if row.forecast is None else show(row.forecast),
        used=percent_text(row.used, locale),
        bar=bar_of(row.used),
        bar_tone=TONES[row.health] if row.health else "",
        health=row.health.value if row.health and (row.limit or row.own_limit) else "",
        own_limit=row.own_limit,
        limitable=scope is not None and kinds.get(row.kind) is scope and row.part_id > 0,
    )


def hrefs_of(row: BudgetRow, project_id: int, unit: str) -> tuple[str, str, str]:
    """Where the name of a row leads, what was planned for it, and what was spent on it. In money, what opens
    shows amounts: the time with its cost, and the plan as the tasks of this table."""
    of, id_ = routes.project_tab, str(row.part_id)
    within = {"milestone": str(row.inside or "none")}
    filters = {
        "milestone": {"milestone": id_},
        "list": {"list": id_} | within,
        "task": {"task": id_},
        "issue": {"task": id_},
        "person": {"person": id_},
        "none": {"task": "none"},
    }.get(row.kind, {})
    money = unit == tab.MONEY
    costs = {"amount": opened.COST} if money else {}
    time = routes.with_query(of(routes.PROJECT_TIME, project_id), filters | costs) if row.logs else ""
    if row.kind in ("task", "issue"):
        pattern = routes.PROJECT_TASK if row.kind == "task" else routes.PROJECT_ISSUE
        page = of(pattern, project_id).replace("[task_id]", id_)
        return page, page, time
    tasks = of(routes.PROJECT_TASKS, project_id)
    if row.kind in ("milestone", "list"):
        page = of(routes.PROJECT_MILESTONE, project_id).replace("[milestone_id]", id_)
        listed = routes.with_query(tasks, filters)
        plan = tasks_of(project_id, filters) if money else listed
        return page if row.kind == "milestone" else listed, plan, time
    if row.kind == "person":
        owned = {"owner": id_}
        plan = tasks_of(project_id, owned) if money else routes.with_query(tasks, owned)
        return time, plan if row.planned else "", time
    if row.kind == "expense":
        spent = routes.with_query(routes.EXPENSES, {"project": str(project_id)})
        return spent, spent, spent
    return time, "", time


def tasks_of(project_id: int, within: Mapping[str, str]) -> str:
    """The table in money, of the tasks of a part."""
    asked = {"unit": tab.MONEY, "by": "tasks", **within}
    return routes.with_query(routes.project_tab(routes.PROJECT_BUDGET, project_id), asked)


class ProjectBudget(ListState, Watcher, FormState, Session):
    rows: list[Row] = []
    unit: str = tab.HOURS
    by: str = ""
    sees_money: bool = False
    figures: list[Figure] = []
    whole: list[str] = []
    part_of: str = ""
    all_href: str = ""
    tasks_href: str = ""
    time_href: str = ""
    kind: str = ""
    scope: str = ""
    rules: str = ""
    chart: go.Figure = BLANK
    has_chart: bool = False
    points: list[PointRow] = []
    course_text: str = ""
    limit_part: str = ""
    limit_name: str = ""
    open_all: bool = False

    _asks: ClassVar[ListAsks] = tab.ASKS
    _topics: ClassVar = ("projects", "time", "rates", "expenses", "invoices")

    @on_load(Permission.PROJECTS_VIEW)
    async def load(self):
        project_id = await in_project(self, health=False)
        usual = await self._read(overview.usual_unit, project_id)
        query = self._budget_query(project_id, usual)
        self.unit, self.by = query.filter("unit"), query.filter("by")
        found, seen = await self._read(load_all, query)
        locale = self._locale
        show = shown_by(self.unit, seen.base, locale)
        scope = seen.scope if self._me.may(Permission.PROJECTS_EDIT, project_id) else None
        without = self._t("budget.without_part")
        self.part_of = " · ".join(name or without for name in found.totals["within"])
        self._show([row_of(row, project_id, show, scope, locale, self.unit) for row in found.rows], found)
        self.sees_money = self._me.may(Permission.COSTS_VIEW, project_id)
        self.kind, self.scope = seen.type.value, seen.scope.value if seen.scope else ""
        self.open_all = "all" in query.filter("open").split(",")
        limit = seen.limit_seconds if self.unit == tab.HOURS else seen.limit_minor
        whole = found.totals["sums"]
        if limit is not None and not seen.monthly and not self.part_of:
            whole = replace(whole, limit=limit)
        self.whole = whole_of(whole, show, locale)
        self.all_href = tasks_of(project_id, {})
        self.tasks_href, self.time_href = wholes_of(project_id, self.unit)
        if self.part_of:
            self.tasks_href = self.time_href = ""
        frame = await self.get_state(ProjectFrame)
        limit_href = f"{frame.edit_href}#budget" if scope else ""
        self.figures = figures_of(seen, self.unit, project_id, locale, limit_href)
        self.rules = rules_of(seen, locale)
        self._show_course(seen, show)
        frame.health = seen.health.value if seen.health else ""

    def _budget_query(self, project_id: int, usual: str) -> ListQuery:
        query = self._list_query()
        sees = self._me.may(Permission.COSTS_VIEW, project_id)
        asked = query.filter("unit") or usual
        unit = tab.MONEY if sees and asked == tab.MONEY else tab.HOURS
        return replace(query, filters={**query.filters, "project": str(project_id), "unit": unit})

    def _show_course(self, seen: Overview, show: Show) -> None:
        locale = self._locale
        today = now().astimezone(ZoneInfo(self._me.time_zone)).date()
        course = seen.course
        limit = seen.limit if seen.measured_in == self.unit and not seen.monthly else None
        size = 3600 if self.unit == tab.HOURS else 10 ** minor_digits(seen.base)
        self.chart = figure(course, limit, today, show, size, locale)
        self.has_chart = bool(course.points)
        self.points = [
            PointRow(
                formats.month(point.day, locale) if course.by_month else formats.day(point.day, locale),
                show(point.planned),
                "" if point.actual is None else show(point.actual),
            )
            for point in course.points[-POINTS:]
        ]
        key = "completion" if course.completion and course.completion > today else "complete"
        if course.points and not course.completion:
            key = "standstill"
        day = formats.day(course.completion, locale, "long") if course.completion else ""
        self.course_text = t(locale, f"budget.course.{key}", forecast=show(course.forecast), day=day)

    @handler(Permission.PROJECTS_VIEW)
    async def ask_limit(self, part_id: str):
        """Open the form of the limit of one part."""
        project_id = self._id("project_id")
        row = next((row for row in self.rows if row.part == str(part_id) and row.limitable), None)
        if row is None:
            return
        self.limit_part, self.limit_name = row.part, row.name
        self._fill(await self._read(parts.form_values, project_id, int(row.part)))
        self._open_form()

    @handler(Permission.PROJECTS_VIEW)
    async def save_limit(self, data: dict):
        if not self.limit_part.isdigit():
            return None
        await self._write(parts.set_limit, self._id("project_id"), int(self.limit_part), texts(data))
        await self._changed("projects")
        self._saved()
        return type(self).load


def load_all(session, actor, query: ListQuery):
    """The rows of the page and the figures around them, from one reading of the project's work."""
    found = tab.page(session, actor, query)
    return found, overview.overview(session, actor, found.totals["work"], query.filter("unit"))


def whole_of(row: BudgetRow, show: Show, locale: str) -> list[str]:
    """The total row, in the order of the columns."""
    forecast = "" if row.forecast is None else show(row.forecast)
    used = percent_text(row.used, locale)
    return [
        show(row.planned),
        show(row.actual),
        signed(row.variance, show),
        "" if row.remaining is None else show(row.remaining),
        forecast,
        used,
    ]


def wholes_of(project_id: int, unit: str, period: str = "") -> tuple[str, str]:
    """Where the plan and the actual of the whole project open."""
    money = unit == tab.MONEY
    asked = {"period": period, "amount": opened.COST if money else ""}
    time = routes.with_query(routes.project_tab(routes.PROJECT_TIME, project_id), asked)
    return tasks_of(project_id, {}) if money else routes.project_tab(routes.PROJECT_TASKS, project_id), time


def figures_of(seen: Overview, unit: str, project_id: int, locale: str, limit_href: str) -> list[Figure]:
    """The tiles: the budget with what is used and left of it, then plan, forecast and what was earned.
    `limit_href` is where the limit of the whole project was set."""
    hours = unit == tab.HOURS
    show = shown_by(unit, seen.base, locale)
    unit_show: Show = (lambda s: t(locale, "budget.hours", hours=show(s))) if hours else show
    limit, actual, forecast = (
        (seen.limit_seconds, seen.actual_seconds, seen.forecast_seconds)
        if hours
        else (seen.limit_minor, seen.actual_minor, seen.forecast_minor)
    )
    tasks, time = wholes_of(project_id, unit, "this_month" if seen.monthly else "")
    budget = routes.project_tab(routes.PROJECT_BUDGET, project_id)
    parts = seen.scope is not None and seen.scope is not BudgetScope.PROJECT
    over = limit is not None and actual > limit
    used = percent_text(seen.percent(hours), locale)
    month = t(locale, "budget.this_month") if seen.monthly else ""
    found = [
        Figure(
            t(locale, "budget.limit"),
            "–" if limit is None else unit_show(limit),
            month or ("" if limit is not None else t(locale, "budget.no_limit")),
            "", routes.with_query(budget, {"unit": unit}) if parts else limit_href,
        ),
        Figure(
            t(locale, "budget.actual"), unit_show(actual),
            "" if not used else t(locale, "budget.used_note", percent=used),
            "red" if over else "", time,
        ),
    ]  # fmt: skip
    if limit is not None:
        note = t(locale, "budget.over" if over else "budget.within")
        found.append(Figure(t(locale, "budget.remaining"), unit_show(limit - actual), note,
                            "red" if over else "green", time))  # fmt: skip
    beyond = limit is not None and forecast > limit
    note = t(locale, "budget.forecast_over", amount=unit_show(forecast - (limit or 0))) if beyond else ""
    found.append(
        Figure(
            t(locale, "budget.forecast"),
            unit_show(forecast),
            note,
            "red" if beyond else "",
            routes.with_query(budget, {"unit": unit, "by": "tasks"}),
        )
    )
    planned = seen.planned_seconds if hours else seen.planned_minor
    whole = seen.life_seconds if hours else seen.life_minor
    found.append(
        Figure(
            t(locale, "budget.planned"), unit_show(planned),
            t(locale, "budget.variance_note", amount=signed(whole - planned, unit_show)) if planned else "",
            "" if not planned else "red" if whole > planned else "green",
            tasks,
        )
    )  # fmt: skip
    if not hours and seen.expense_minor:
        note = t(locale, "budget.expenses_note")
        href = routes.with_query(routes.EXPENSES, {"project": str(project_id)})
        found.append(Figure(t(locale, "budget.expenses"), show(seen.expense_minor), note, "", href))
    if not hours and seen.sees_revenue:
        earn = shown_by(unit, seen.currency, locale)
        target = (
            seen.revenue_limit_minor if seen.revenue_limit_minor is not None else seen.planned_revenue_minor
        )
        found.append(
            Figure(
                t(locale, "budget.revenue"), earn(seen.revenue_minor),
                t(locale, "budget.revenue_note", amount=earn(target)), "",
                routes.project_tab(routes.PROJECT_FINANCE, project_id)
                if seen.fixed
                else routes.with_query(
                    routes.project_tab(routes.PROJECT_TIME, project_id),
                    {"billable": "yes", "amount": opened.EARNED},
                ),
            )
        )  # fmt: skip
    return found


def rules_of(seen: Overview, locale: str) -> str:
    """In a sentence: what the budget limits, for how long, and when somebody is told."""
    if seen.type is BudgetType.NONE or seen.scope is None:
        return ""
    told = ", ".join(formats.percent(Decimal(percent), locale) for percent in seen.percents)
    key = "rules" if told else "rules_silent"
    return t(
        locale, f"budget.{key}", what=t(locale, f"budget.type.{seen.type}"),
        scope=t(locale, f"budget.scope_text.{seen.scope}"),
        period=t(locale, f"budget.period_text.{seen.period}"), percents=told,
    )  # fmt: skip
