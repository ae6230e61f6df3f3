"""The tabs Tasks and Issues of a project: one list, of two kinds of work."""

import reflex as rx

from finance_app.components.parts import allowed, badge, button, empty, menu, menu_item, status
from finance_app.components.project_frame import project_page
from finance_app.components.table import Column, data_table, export_items, filter_select, toolbar
from finance_app.components.text import tr
from finance_app.domain.permissions import Permission
from finance_app.models.kinds import WorkKind
from finance_app.pages.projects.task_parts import lists_dialog, task_dialogs
from finance_app.services.tasks.listing import GROUPS
from finance_app.states.projects.frame import ProjectFrame
from finance_app.states.tasks.form import DeleteForm, MoveForm, TaskForm
from finance_app.states.tasks.listing import TaskRow, WorkList
from finance_app.states.tasks.lists import TaskLists


def project_tasks() -> rx.Component:
    return _page(WorkKind.TASK)


def project_issues() -> rx.Component:
    return _page(WorkKind.ISSUE)


def _page(kind: WorkKind) -> rx.Component:
    state = WorkList
    columns = _columns(kind)
    planned = next(place for place, column in enumerate(columns) if column.name == "planned")
    total = [
        tr("task.total"),
        *[None] * (planned - 1),
        state.planned,
        state.logged,
        *[None] * (len(columns) - planned - 2),
    ]
    return project_page(
        _toolbar(),
        data_table(
            state,
            columns,
            href=lambda row: row.href,
            heading=_heading,
            label=tr(f"task.title.{kind.value}"),
            bulk=[_bulk()],
            row_menu=lambda row: _row_menu(row, kind),
            total=total,
            empty=empty(
                tr(f"task.empty.{kind.value}"),
                tr(f"task.empty_text.{kind.value}"),
                _new(kind),
                icon="list-checks",
            ),
        ),
        task_dialogs(),
        lists_dialog(),
        primary=_new(kind),
        more=[
            allowed(
                Permission.PROJECTS_EDIT,
                menu_item(tr("task.list.title"), icon="list-tree", on_select=TaskLists.show),
            ),
            *export_items(f"{kind.value}s", within="project=" + ProjectFrame.project_id),
        ],
    )


def _new(kind: WorkKind) -> rx.Component:
    return allowed(
        Permission.PROJECTS_EDIT,
        button(tr(f"task.new.{kind.value}"), icon="plus", on_click=TaskForm.open_new(kind.value)),
    )


def _toolbar() -> rx.Component:
    state = WorkList
    return toolbar(
        filter_select(
            "state",
            tr("task.state.current"),
            [(name, tr(f"task.state.{name}")) for name in ("open", "closed", "cancelled", "archived", "all")],
        ),
        filter_select("owner", tr("task.owner"), state.owners),
        filter_select("list", tr("task.list.one"), state.lists),
        filter_select("milestone", tr("task.milestone"), state.milestones),
        filter_select(
            "billed",
            tr("task.billed.label"),
            [("yes", tr("task.billed.yes")), ("no", tr("task.billed.no"))],
        ),
        filter_select(
            "group",
            tr("task.group.label"),
            [(name, tr(f"task.group.{name}")) for name in GROUPS if name != "list"],
        ),
        search=tr("task.search"),
    )


def _columns(kind: WorkKind) -> list[Column]:
    columns = [
        Column("name", tr("task.name"), _name, sort=True),
        Column(
            "number", tr("task.number"), lambda row: rx.el.span(row.number, class_name="num muted"), sort=True
        ),
        Column("owner", tr("task.owner"), lambda row: row.owner, sort=True),
        Column("state", tr("task.state_label"), _state, sort=True),
        Column("due", tr("task.due_date"), _due, sort=True),
        Column("percent", tr("task.percent_short"), lambda row: row.percent, sort=True, numeric=True),
        Column("planned", tr("task.planned"), lambda row: row.planned, sort=True, numeric=True),
        Column("logged", tr("task.logged"), _logged, sort=True, numeric=True),
        Column("invoice", tr("task.invoice"), _invoice),
    ]
    if kind is WorkKind.TASK:
        columns.insert(-1, Column("rate", tr("task.rate"), _rate, numeric=True, shown=WorkList.own_rates))
    return columns


def _name(row: TaskRow) -> rx.Component:
    return rx.fragment(
        row.name,
        rx.cond(
            row.recurring,
            rx.el.span(
                " ", rx.icon("repeat", size=13, aria_label=tr("task.recurring"), style={"display": "inline"})
            ),
        ),
    )


def _number(row: TaskRow) -> rx.Component:
    return rx.el.span(row.number, class_name="num muted")


def _state(row: TaskRow) -> rx.Component:
    return rx.el.div(
        status(row.state, "task.state"),
        rx.cond(row.billable, rx.fragment(), badge(tr("time.not_billable"))),
        class_name="row wrap",
        style={"gap": "4px"},
    )


def _due(row: TaskRow) -> rx.Component:
    color = rx.cond(row.late, "var(--red-ink)", "inherit")
    return rx.cond(
        row.due != "",
        rx.el.span(
            row.due,
            rx.cond(row.late, rx.el.span(" · ", tr("task.late"), class_name="small")),
            class_name="num",
            style={"color": color},
        ),
        rx.fragment(),
    )


def _logged(row: TaskRow) -> rx.Component:
    color = rx.cond(row.over, "var(--red-ink)", "inherit")
    return rx.cond(row.logged != "", rx.el.span(row.logged, style={"color": color}), rx.fragment())


def _rate(row: TaskRow) -> rx.Component:
    return rx.cond(row.rate != "", rx.el.span(row.rate, class_name="num"), rx.fragment())


def _invoice(row: TaskRow) -> rx.Component:
    return rx.cond(
        row.invoice != "",
        rx.el.span(
            rx.el.a(row.invoice, href=row.invoice_href, class_name="link over"),
            rx.cond(row.more_invoices != "", rx.el.span(" ", row.more_invoices, class_name="small muted")),
            class_name="num",
        ),
        rx.fragment(),
    )


def _heading(row: TaskRow) -> rx.Component:
    return rx.el.div(
        rx.el.span(row.heading),
        rx.el.span(row.heading_note, class_name="muted num", style={"white_space": "normal"}),
        class_name="row wrap",
    )


def _bulk() -> rx.Component:
    state = WorkList
    return allowed(
        Permission.PROJECTS_EDIT,
        button(tr("task.close"), size="s", icon="check", on_click=state.set_state("closed")),
        button(tr("task.reopen"), size="s", on_click=state.set_state("open")),
        rx.cond(
            state.filters["state"] == "archived",
            button(tr("task.restore"), size="s", icon="archive-restore", on_click=state.set_archived(False)),
            button(tr("task.archive"), size="s", icon="archive", on_click=state.set_archived(True)),
        ),
        menu(
            menu_item(tr("task.move.to_list"), on_select=MoveForm.ask_selected("list")),
            menu_item(tr("task.move.to_milestone"), on_select=MoveForm.ask_selected("milestone")),
            menu_item(tr("task.move.to_project"), on_select=MoveForm.ask_selected("project")),
            menu_item(tr("task.cancel"), on_select=state.set_state("cancelled")),
            label=tr("task.move.menu"),
            icon="folder-input",
        ),
    )


def _row_menu(row: TaskRow, kind: WorkKind) -> rx.Component:
    return allowed(
        Permission.PROJECTS_EDIT,
        menu(
            menu_item(tr(f"task.edit.{kind.value}"), icon="pencil", on_select=TaskForm.open_task(row.id)),
            menu_item(tr("common.delete"), icon="trash-2", danger=True, on_select=DeleteForm.ask(row.id)),
        ),
    )
