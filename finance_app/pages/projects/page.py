"""The dashboard of a project. A widget of another area is one line of WIDGETS."""

from collections.abc import Callable

import reflex as rx

from finance_app import routes
from finance_app.components.chart import chart
from finance_app.components.object_trail import object_trail
from finance_app.components.parts import empty, facts, panel, tile, tiles
from finance_app.components.project_frame import project_page
from finance_app.components.text import tr
from finance_app.pages.projects.members import members_panel
from finance_app.pages.projects.task import log_table
from finance_app.pages.projects.time import log_time_here
from finance_app.pages.reports.profit_widget import profit_widget
from finance_app.pages.time_tracking.parts import log_dialog
from finance_app.states.projects.frame import ProjectFrame
from finance_app.states.projects.page import MonthRow, ProjectPage


def project() -> rx.Component:
    return project_page(
        _figures(),
        rx.el.div(
            rx.el.div(
                _months(), *[widget() for widget in WIDGETS], members_panel(), _recent(), class_name="stack"
            ),
            rx.el.div(_details(), object_trail("project"), class_name="stack"),
            class_name="columns",
        ),
        log_dialog(),
        primary=log_time_here(),
    )


def _figures() -> rx.Component:
    state, frame = ProjectPage, ProjectFrame
    project_id = f"{frame.project_id}"
    time = routes.project_tab(routes.PROJECT_TIME, project_id)
    return tiles(
        tile(
            tr("project.hours"),
            state.hours,
            note=rx.cond(state.planned != "", tr("milestone.of_planned", hours=state.planned), ""),
            href=time,
        ),
        rx.cond(
            state.unbilled != "", tile(tr("project.unbilled"), state.unbilled, href=time + "?billed=due")
        ),
        tile(
            tr("project.dashboard.open_tasks"),
            state.open_tasks,
            note=tr("project.dashboard.of", n=state.all_tasks),
            href=routes.project_tab(routes.PROJECT_TASKS, project_id) + "?state=open",
        ),
        tile(
            tr("project.dashboard.open_issues"),
            state.open_issues,
            note=tr("project.dashboard.of", n=state.all_issues),
            href=routes.project_tab(routes.PROJECT_ISSUES, project_id) + "?state=open",
        ),
    )


def _months() -> rx.Component:
    state = ProjectPage
    table = rx.el.details(
        rx.el.summary(tr("project.dashboard.as_table"), class_name="link small"),
        rx.el.div(
            rx.el.table(
                rx.el.thead(
                    rx.el.tr(
                        rx.el.th(tr("project.dashboard.month"), scope="col"),
                        rx.el.th(tr("time.billable"), scope="col", class_name="n"),
                        rx.el.th(tr("time.not_billable"), scope="col", class_name="n"),
                    )
                ),
                rx.el.tbody(rx.foreach(state.months, _month)),
                class_name="table",
                aria_label=tr("project.dashboard.by_month"),
            ),
            class_name="table-scroll",
        ),
    )
    return panel(
        tr("project.dashboard.by_month"),
        rx.cond(
            state.months.length() > 0,
            rx.fragment(chart(state.chart), table),
            empty(tr("time.empty.title"), tr("project.dashboard.no_time"), log_time_here(), icon="clock"),
        ),
    )


def _month(row: MonthRow) -> rx.Component:
    return rx.el.tr(
        rx.el.td(rx.el.a(row.name, href=row.href, class_name="link")),
        rx.el.td(row.billable, class_name="n"),
        rx.el.td(row.other, class_name="n"),
        key=row.href,
    )


def _recent() -> rx.Component:
    state = ProjectPage
    time = routes.project_tab(routes.PROJECT_TIME, f"{ProjectFrame.project_id}")
    return rx.cond(
        state.recent.length() > 0,
        panel(
            tr("project.dashboard.recent"),
            log_table(state.recent, with_task=True),
            actions=[rx.el.a(tr("project.dashboard.all_time"), href=time, class_name="link small")],
            flush=True,
        ),
    )


def _details() -> rx.Component:
    state, frame = ProjectPage, ProjectFrame
    client = rx.cond(
        frame.client_href != "",
        rx.el.a(frame.client, href=frame.client_href, class_name="link"),
        frame.client,
    )
    milestone = rx.cond(
        state.milestone != "",
        rx.el.div(
            rx.el.a(state.milestone, href=state.milestone_href, class_name="link"),
            rx.cond(state.milestone_due != "", rx.el.div(state.milestone_due, class_name="small muted")),
        ),
        "–",
    )
    return panel(
        tr("project.details"),
        facts(
            (tr("project.client"), rx.fragment(client)),
            (tr("project.manager"), state.manager),
            (tr("project.method_label"), tr("project.method." + frame.method)),
            (tr("project.currency"), frame.currency),
            (tr("project.dates"), state.dates),
            (tr("project.dashboard.next_milestone"), rx.fragment(milestone)),
            (tr("project.last_day"), state.last_day),
            (tr("project.description"), state.description),
        ),
    )


# Widgets between the hours and the people, as the profitability of the project.
WIDGETS: list[Callable[[], rx.Component]] = [profit_widget]
