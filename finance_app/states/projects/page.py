"""Projects: the list, and the dashboard of one."""

from dataclasses import dataclass
from typing import ClassVar

import plotly.graph_objects as go

from finance_app import routes
from finance_app.domain.permissions import Permission
from finance_app.i18n import formats, t
from finance_app.models.kinds import BudgetType
from finance_app.services.budgeting import tab
from finance_app.services.listing import ListAsks
from finance_app.services.projects import dashboard as project_dashboard
from finance_app.services.projects import directory as projects
from finance_app.services.projects import listing as project_list
from finance_app.services.projects.dashboard import MonthHours
from finance_app.services.projects.listing import ProjectRecord
from finance_app.states.chart import ACCENT, BLANK, NEUTRAL, quiet_layout
from finance_app.states.handlers import handler, on_load
from finance_app.states.listing import ListState
from finance_app.states.live import Watcher
from finance_app.states.projects.budget_words import TONES, bar_of, percent_text, shown_by
from finance_app.states.projects.frame import in_project
from finance_app.states.projects.milestone import milestone_address
from finance_app.states.session import Session, joined
from finance_app.states.time_tracking.listing import TimeRow, time_row


@dataclass(frozen=True)
class ProjectRow:
    id: int
    name: str
    client: str
    method: str
    state: str
    hours: str
    unbilled: str
    last_day: str
    used: str
    bar: str
    tone: str
    budget: str
    health: str
    href: str


def project_row(record: ProjectRecord, locale: str) -> ProjectRow:
    unbilled, last = record.unbilled_minor, record.last_day
    return ProjectRow(
        id=record.id,
        name=record.name,
        client=record.client,
        method=record.method.value,
        state="archived" if record.archived else record.state.value,
        hours=formats.hours(record.seconds, locale),
        unbilled="" if unbilled is None else formats.money(unbilled, record.currency, locale),
        last_day=formats.day(last, locale) if last else "",
        used=percent_text(record.percent, locale),
        bar=bar_of(record.percent),
        tone=TONES[record.health] if record.health else "",
        budget=budget_text(record, locale),
        health=record.health.value if record.health else "",
        href=routes.project(record.id),
    )


def budget_text(record: ProjectRecord, locale: str) -> str:
    """What is spent of what; empty without a budget, or for those who may not see its amounts."""
    if record.limit is None or record.spent is None:
        return ""
    hours = record.measure is BudgetType.HOURS
    show = shown_by(tab.HOURS if hours else tab.MONEY, record.base_currency, locale)
    text = t(locale, "budget.spent_of", spent=show(record.spent), limit=show(record.limit))
    return t(locale, "budget.hours", hours=text) if hours else text


class ProjectList(ListState, Watcher, Session):
    rows: list[ProjectRow] = []

    _asks: ClassVar[ListAsks] = project_list.ASKS
    _topics: ClassVar = ("projects", "time", "invoices")

    @on_load(Permission.PROJECTS_VIEW)
    async def load(self):
        found = await self._read(project_list.page, self._list_query())
        self._show([project_row(record, self._locale) for record in found.rows], found)

    @handler(Permission.PROJECTS_EDIT)
    async def archive_selected(self):
        count = await self._write(projects.archive, self._selected_ids())
        self.selected = []
        await self._changed("projects")
        self._say(self._t("project.archive.bulk_done", n=count))
        return type(self).load


@dataclass(frozen=True)
class MonthRow:
    name: str
    billable: str
    other: str
    href: str


class ProjectPage(Watcher, Session):
    """The dashboard of a project."""

    hours: str = ""
    planned: str = ""
    unbilled: str = ""
    last_day: str = ""
    open_tasks: str = ""
    all_tasks: int = 0
    open_issues: str = ""
    all_issues: int = 0
    months: list[MonthRow] = []
    chart: go.Figure = BLANK
    recent: list[TimeRow] = []
    milestone: str = ""
    milestone_due: str = ""
    milestone_href: str = ""
    manager: str = ""
    description: str = ""
    dates: str = ""

    _topics: ClassVar = ("projects", "time", "invoices")

    @on_load(Permission.PROJECTS_VIEW)
    async def load(self):
        project_id, locale = await in_project(self), self._locale
        record = await self._read(project_list.figures, project_id)
        project = await self._read(projects.get, project_id)
        found = await self._read(project_dashboard.dashboard, project_id)
        row, counts = project_row(record, locale), found.counts
        self.hours, self.unbilled, self.last_day = row.hours, row.unbilled, row.last_day
        planned = counts.planned_seconds
        self.planned = formats.hours(planned, locale) if planned else ""
        self.open_tasks = formats.number(counts.open_tasks, locale)
        self.open_issues = formats.number(counts.open_issues, locale)
        self.all_tasks, self.all_issues = counts.all_tasks, counts.all_issues
        self.months = [_month_row(month, project_id, locale) for month in found.months]
        self.chart = self._drawn(found.months)
        self.recent = [time_row(log, locale) for log in found.recent]
        following = found.milestone
        self.milestone = following.name if following else ""
        due = following.due_date if following else None
        self.milestone_due = formats.day(due, locale) if due else ""
        self.milestone_href = milestone_address(project_id, following.id) if following else ""
        self.manager = await self._read(projects.manager_name, project)
        self.description = project.description
        self.dates = joined(
            [formats.day(day, locale) for day in (project.start_date, project.end_date) if day], " – "
        )

    def _drawn(self, months: list[MonthHours]) -> go.Figure:
        """Hours by month, billable below, in the numbers of the table beside it."""
        names = [formats.month(each.month.period.first, self._locale) for each in months]
        figure = go.Figure(layout=quiet_layout(barmode="stack", bargap=0.35))
        marked = names[::-2] if len(names) > 6 else names
        figure.update_xaxes(
            tickvals=marked, ticktext=[name.replace(" ", "<br>") for name in marked], tickangle=0
        )
        figure.update_layout(legend_traceorder="normal")
        for key, color, seconds in (
            ("time.billable", ACCENT, [each.billable_seconds for each in months]),
            ("time.not_billable", NEUTRAL, [each.other_seconds for each in months]),
        ):
            texts = [formats.hours(each, self._locale) for each in seconds]
            figure.add_bar(
                x=names,
                y=[round(each / 3600, 2) for each in seconds],
                name=self._t(key),
                marker={"color": color},
                customdata=texts,
                hovertemplate="%{x}<br>%{customdata} h<extra>%{fullData.name}</extra>",
            )
        return figure


def _month_row(month: MonthHours, project_id: int, locale: str) -> MonthRow:
    period = month.month.period
    span = {"from": period.first.isoformat(), "until": period.last.isoformat()}
    return MonthRow(
        name=formats.month(period.first, locale),
        billable=formats.hours(month.billable_seconds, locale),
        other=formats.hours(month.other_seconds, locale),
        href=routes.with_query(routes.project_tab(routes.PROJECT_TIME, project_id), span),
    )
