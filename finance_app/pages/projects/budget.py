"""The budget tab of a project."""

from typing import Any

import reflex as rx

from finance_app.components.budget_bar import budget_bar
from finance_app.components.chart import chart
from finance_app.components.dialog import form_dialog
from finance_app.components.form import text_field
from finance_app.components.native import Segments, SortHead, Unfold, UnfoldAll
from finance_app.components.parts import (
    allowed,
    empty,
    icon_button,
    labelled,
    link_button,
    notice,
    panel,
    status,
    tile,
    tiles,
)
from finance_app.components.project_frame import project_page
from finance_app.components.table import export_items, nothing_found, pager, toolbar
from finance_app.components.text import tr
from finance_app.domain.permissions import Permission
from finance_app.states.projects.budget import Figure, PointRow, ProjectBudget, Row
from finance_app.states.projects.frame import ProjectFrame

COLUMNS = ("planned", "actual", "variance", "remaining", "forecast", "used")


def project_budget() -> rx.Component:
    state = ProjectBudget
    return project_page(
        rx.cond(state.kind == "none", _without()),
        tiles(rx.foreach(state.figures, _figure)),
        rx.cond(state.rules != "", rx.el.p(state.rules, class_name="small muted")),
        panel(
            tr("budget.course.title"),
            rx.cond(
                state.has_chart,
                rx.fragment(
                    chart(state.chart, height=300),
                    rx.el.p(state.course_text, class_name="small muted"),
                    _course_table(),
                ),
                rx.el.p(tr("budget.course.empty"), class_name="muted"),
            ),
        ),
        toolbar(
            Segments.create(
                name="by",
                label=tr("budget.by.label"),
                options=[
                    {"value": "", "label": tr("budget.by.structure")},
                    {"value": "tasks", "label": tr("budget.by.tasks")},
                    {"value": "people", "label": tr("budget.by.people")},
                ],
            ),
            end=[_unit_switch()],
            search=tr("budget.search"),
        ),
        _within(),
        _table(),
        _limit_dialog(),
        more=export_items("budget", within="project=" + ProjectFrame.project_id + "&unit=" + state.unit),
        primary=allowed(
            Permission.PROJECTS_EDIT,
            link_button(tr("budget.edit"), href=ProjectFrame.edit_href + "#budget", icon="pencil"),
        ),
    )


def _without() -> rx.Component:
    return rx.el.div(
        empty(
            tr("budget.none.title"),
            tr("budget.none.text"),
            allowed(
                Permission.PROJECTS_EDIT,
                link_button(
                    tr("budget.none.action"), href=ProjectFrame.edit_href + "#budget", kind="primary"
                ),
            ),
            icon="gauge",
        ),
        class_name="panel",
    )


def _unit_switch() -> rx.Component:
    return rx.cond(
        ProjectBudget.sees_money,
        Segments.create(
            name="unit",
            label=tr("budget.unit.label"),
            value=ProjectBudget.unit,
            options=[
                {"value": "hours", "label": tr("budget.unit.hours")},
                {"value": "money", "label": tr("budget.unit.money")},
            ],
        ),
    )


def _figure(figure: Figure) -> rx.Component:
    return rx.cond(
        figure.href != "",
        tile(figure.label, figure.value, note=figure.note, tone=figure.tone, href=figure.href),
        tile(figure.label, figure.value, note=figure.note, tone=figure.tone),
    )


def _course_table() -> rx.Component:
    heads = [tr("budget.course.day"), tr("budget.planned"), tr("budget.actual")]
    return rx.el.details(
        rx.el.summary(tr("budget.course.as_table"), class_name="small link"),
        rx.el.div(
            rx.el.table(
                rx.el.thead(
                    rx.el.tr(
                        rx.el.th(heads[0], scope="col"),
                        *[rx.el.th(head, scope="col", class_name="n") for head in heads[1:]],
                    )
                ),
                rx.el.tbody(rx.foreach(ProjectBudget.points, _point)),
                class_name="table",
                aria_label=tr("budget.course.label"),
            ),
            class_name="table-scroll",
        ),
    )


def _point(point: PointRow) -> rx.Component:
    return rx.el.tr(
        rx.el.td(point.day), rx.el.td(point.planned, class_name="n"), rx.el.td(point.actual, class_name="n")
    )


def _within() -> rx.Component:
    """Of which part the tasks are, where its plan was opened."""
    state = ProjectBudget
    return rx.cond(
        state.part_of != "",
        notice(
            rx.el.div(
                rx.el.span(tr("budget.only_of", name=state.part_of), class_name="grow"),
                rx.el.a(tr("budget.all_tasks"), href=state.all_href, class_name="link"),
                class_name="row",
            )
        ),
    )


def _table() -> rx.Component:
    state = ProjectBudget
    first = rx.el.th(
        rx.el.span(
            rx.cond(
                state.by == "",
                UnfoldAll.create(
                    label=tr("budget.unfold_all"), close=tr("budget.fold_all"), is_open=state.open_all
                ),
            ),
            tr("budget.part"),
            class_name="row",
        ),
        scope="col",
    )
    heads = [
        SortHead.create(
            name=name,
            label=tr(f"budget.{name}"),
            sort=state.sort,
            descending=state.descending,
            class_name="n",
        )
        for name in COLUMNS
    ]
    table = rx.el.table(
        rx.el.thead(rx.el.tr(first, *heads, rx.el.th(tr("budget.health"), scope="col"))),
        rx.el.tbody(rx.foreach(state.rows, _row)),
        rx.el.tfoot(
            rx.el.tr(
                labelled(
                    tr("budget.part"), rx.cond(state.part_of != "", tr("budget.sum"), tr("budget.whole"))
                ),
                *[
                    labelled(
                        tr(f"budget.{name}"),
                        _opens(
                            state.whole[at],
                            state.tasks_href if name in ("planned", "forecast") else state.time_href,
                        ),
                        class_name="n",
                    )
                    for at, name in enumerate(COLUMNS)
                ],
                rx.el.td(class_name="blank"),
            )
        ),
        class_name="table table-cards",
        aria_label=tr("budget.title"),
    )
    filled = rx.el.div(
        rx.el.div(rx.el.div(table, class_name="table-scroll"), class_name="table-box"),
        pager(state),
        class_name="stack-s",
    )
    nothing = empty(tr("budget.empty.title"), tr("budget.empty.text"), icon="list-tree")
    return rx.cond(
        state.total > 0,
        filled,
        rx.el.div(rx.cond(state.search != "", nothing_found(), nothing), class_name="panel"),
    )


def _row(row: Row) -> rx.Component:
    fold = rx.cond(
        row.parts > 0,  # type: ignore[operator]
        Unfold.create(
            key_name=row.id,
            label=tr("budget.unfold", name=row.name),
            is_open=row.is_open,
            all=ProjectBudget.open_all,
        ),
        rx.el.span(class_name="unfold-space"),
    )
    icon = rx.match(
        row.kind,
        ("milestone", rx.icon("flag", size=14, aria_hidden=True)),
        ("list", rx.icon("list", size=14, aria_hidden=True)),
        ("issue", rx.icon("bug", size=14, aria_hidden=True)),
        ("person", rx.icon("user", size=14, aria_hidden=True)),
        ("expense", rx.icon("receipt", size=14, aria_hidden=True)),
        rx.fragment(),
    )
    limit = rx.cond(
        row.limitable,
        icon_button(
            "gauge",
            tr("budget.limit_of", name=row.name),
            size="s",
            on_click=ProjectBudget.ask_limit(row.part),
        ),
    )
    name = rx.el.span(
        fold,
        rx.el.span(icon, class_name="muted"),
        _opens(row.name, row.href),
        rx.cond(row.own_limit, rx.el.span(tr("budget.own_limit"), class_name="small muted")),
        limit,
        class_name="row part-name",
        style={"padding_left": row.depth},
    )
    variance = rx.el.span(row.variance, class_name="num", custom_attrs={"data-tone": row.tone})
    cells = [
        ("planned", _opens(row.planned, row.plan_href)),
        ("actual", _opens(row.actual, row.actual_href)),
        ("variance", _opens(row.variance, row.actual_href, variance)),
        ("remaining", _opens(row.remaining, row.actual_href)),
        ("forecast", _opens(row.forecast, row.plan_href)),
        ("used", _opens(row.used, row.actual_href, budget_bar(row.used, row.bar, row.bar_tone))),
    ]
    return rx.el.tr(
        rx.el.td(name, class_name="first"),
        *[labelled(tr(f"budget.{label}"), value, class_name="n") for label, value in cells],
        labelled(tr("budget.health"), rx.cond(row.health != "", status(row.health, "project.health"))),
        key=row.id,
    )


def _opens(text: Any, href: Any, shown: Any = None) -> rx.Component:
    """A figure that opens what it is made of, quiet until the pointer is there; `shown` stands for it."""
    value = text if shown is None else shown
    link = rx.el.a(value, href=href, class_name="figure-link")
    return rx.cond((href != "") & (text != ""), link, rx.el.span(value))


def _limit_dialog() -> rx.Component:
    state = ProjectBudget
    return form_dialog(
        state,
        state.save_limit,
        tr("budget.limit_of", name=state.limit_name),
        text_field(
            state,
            "limit",
            rx.cond(state.kind == "hours", tr("budget.limit_hours"), tr("budget.limit_cost")),
            numeric=True,
            optional=True,
            help=tr("budget.limit_help"),
        ),
    )
