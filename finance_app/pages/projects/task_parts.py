"""The dialogs of tasks and issues: the form, the move, the deletion, the task lists."""

from typing import Any

import reflex as rx

from finance_app.components.dialog import form_dialog
from finance_app.components.form import (
    check_field,
    date_field,
    form_grid,
    search_select,
    select_field,
    text_field,
    textarea_field,
)
from finance_app.components.parts import allowed, badge, button, icon_button, notice
from finance_app.components.rate_change import rate_change_dialog
from finance_app.components.text import tr
from finance_app.domain.permissions import Permission
from finance_app.domain.work import Recurrence
from finance_app.states.projects.frame import ProjectFrame
from finance_app.states.tasks.form import DeleteForm, MoveForm, TaskForm
from finance_app.states.tasks.lists import ListRow, TaskLists

STATES = ("open", "closed", "cancelled")


def task_dialogs() -> rx.Component:
    """All that the pages of tasks open."""
    return rx.fragment(
        _form(),
        rate_change_dialog(TaskForm, TaskForm.confirm_rates),
        _move(),
        _delete(),
    )


def _form() -> rx.Component:
    state, scope = TaskForm, ProjectFrame.project_id
    kind = state.kind
    rate = rx.cond(
        state.own_rates,
        allowed(
            Permission.RATES_EDIT,
            text_field(
                state,
                "bill_rate",
                tr("task.rate_own"),
                help=tr("task.rate_help"),
                numeric=True,
                optional=True,
            ),
        ),
    )
    return form_dialog(
        state,
        state.save,
        rx.cond(state.task_id == 0, tr("task.new." + kind), tr("task.edit." + kind)),
        rx.el.input(type="hidden", name="version", default_value=state.values["version"]),
        text_field(state, "name", tr("task.name"), required=True, auto_focus=True),
        form_grid(
            search_select(
                state, "task_list_id", tr("task.list.one"), source="task_lists", scope=scope, optional=True
            ),
            search_select(
                state,
                "milestone_id",
                tr("task.milestone"),
                source="milestones",
                scope=scope,
                optional=True,
                placeholder=tr("task.milestone_of_list"),
            ),
        ),
        form_grid(
            search_select(state, "owner_id", tr("task.owner"), source="people", optional=True),
            select_field(
                state, "state", tr("task.state_label"), [(s, tr(f"task.state.{s}")) for s in STATES]
            ),
        ),
        form_grid(
            text_field(
                state,
                "work_hours",
                tr("task.work_hours"),
                help=tr("task.work_hours_help"),
                numeric=True,
                optional=True,
            ),
            text_field(state, "percent_done", tr("task.percent"), numeric=True),
        ),
        form_grid(
            select_field(
                state,
                "recurrence",
                tr("task.recurrence_label"),
                [("", tr("task.once")), *[(r.value, tr(f"task.recurrence.{r.value}")) for r in Recurrence]],
                on_change=state.choose_recurrence,
            ),
            rx.el.div(
                text_field(
                    state,
                    "occurrences",
                    tr("task.occurrences"),
                    help=tr("task.occurrences_help"),
                    numeric=True,
                ),
                hidden=~state.recurs,
            ),
        ),
        form_grid(
            date_field(state, "start_date", tr("task.start_date"), optional=True),
            date_field(state, "due_date", tr("task.due_date"), optional=True),
        ),
        rate,
        check_field(state, "billable", tr("task.billable"), help=tr("task.billable_help")),
        textarea_field(state, "description", tr("task.description"), optional=True),
        save=rx.cond(state.task_id == 0, tr("task.create"), tr("common.save")),
        width="640px",
    )


def _move() -> rx.Component:
    state = MoveForm

    def target(what: str, source: str, label: Any, **more: Any) -> rx.Component:
        return rx.cond(
            state.what == what,
            search_select(state, "target", label, source=source, **more),
        )

    effect = rx.cond(
        state.effect.length() > 0,
        notice(rx.el.ul(rx.foreach(state.effect, lambda line: rx.el.li(line)), class_name="stack-s")),
    )
    refused = rx.cond(state.refused != "", notice(state.refused, tone="red", icon="circle-alert"))
    return form_dialog(
        state,
        state.save,
        tr("task.move.title", n=state.ids.length()),
        target(
            "list", "task_lists", tr("task.list.one"), scope=state.project_id, placeholder=tr("task.no_list")
        ),
        target(
            "milestone",
            "milestones",
            tr("task.milestone"),
            scope=state.project_id,
            placeholder=tr("task.milestone_of_list"),
        ),
        target(
            "project",
            "other_projects",
            tr("task.move.project"),
            scope=state.project_id,
            on_pick=state.look,
        ),
        effect,
        refused,
        text=rx.match(
            state.what,
            ("list", tr("task.move.list_text")),
            ("milestone", tr("task.move.milestone_text")),
            tr("task.move.project_text"),
        ),
        save=tr("task.move.action"),
    )


def _delete() -> rx.Component:
    state = DeleteForm
    return rx.cond(
        state.billed,
        form_dialog(
            state,
            state.archive,
            tr("task.delete.billed_title", name=state.name),
            text=tr("task.delete.billed_text"),
            save=tr("task.archive"),
        ),
        form_dialog(
            state,
            state.save,
            tr("task.delete.title", name=state.name),
            rx.cond(
                state.logs > 0,
                rx.fragment(
                    search_select(
                        state,
                        "time_to",
                        tr("task.delete.time_to"),
                        source="tasks",
                        scope=state.project_id,
                        help=tr("task.delete.time_help"),
                    ),
                    rx.el.div(
                        rx.el.span(tr("task.delete.or"), class_name="muted"),
                        button(tr("task.archive"), size="s", icon="archive", on_click=state.archive),
                        class_name="row wrap",
                    ),
                ),
            ),
            text=rx.cond(
                state.logs > 0,
                tr("task.delete.time_text", n=state.logs, hours=state.hours),
                tr("task.delete.text"),
            ),
            save=rx.cond(state.logs > 0, tr("task.delete.move_and_delete"), tr("common.delete")),
        ),
    )


def lists_dialog() -> rx.Component:
    state = TaskLists
    form = rx.el.form(
        rx.el.input(type="hidden", name="version", default_value=state.values["version"]),
        form_grid(
            text_field(
                state,
                "name",
                rx.cond(state.list_id == 0, tr("task.list.new"), tr("task.list.name")),
                required=True,
            ),
            search_select(
                state,
                "milestone_id",
                tr("task.milestone"),
                source="milestones",
                scope=state.project_id,
                optional=True,
            ),
        ),
        rx.el.div(
            rx.cond(
                state.list_id != 0,
                button(tr("common.cancel"), on_click=state.edit(0)),
            ),
            button(
                rx.cond(state.list_id == 0, tr("task.list.add"), tr("common.save")),
                kind="primary",
                type="submit",
            ),
            class_name="row",
            style={"justify_content": "flex-end"},
        ),
        on_submit=state.save,
        key=state.form_key.to_string(),
        no_validate=True,
        class_name="stack",
    )
    return rx.dialog.root(
        rx.dialog.content(
            rx.dialog.title(tr("task.list.title")),
            rx.dialog.description(tr("task.list.text"), class_name="muted dialog-text"),
            rx.el.div(
                rx.el.ul(rx.foreach(state.rows, _list), class_name="plain-list"),
                form,
                class_name="stack",
                style={"margin_top": "16px"},
            ),
            rx.el.div(rx.dialog.close(button(tr("common.close"))), class_name="dialog-actions"),
            max_width="640px",
        ),
        open=state.open,
        on_open_change=state.set_open,
    )


def _list(row: ListRow) -> rx.Component:
    state = TaskLists
    acts = rx.el.div(
        rx.cond(
            row.archived,
            icon_button(
                "archive-restore",
                tr("task.list.restore", name=row.name),
                size="s",
                on_click=state.set_archived(row.id, False),
            ),
            rx.fragment(
                icon_button(
                    "arrow-up",
                    tr("task.list.up", name=row.name),
                    size="s",
                    on_click=state.shift(row.id, False),
                ),
                icon_button(
                    "arrow-down",
                    tr("task.list.down", name=row.name),
                    size="s",
                    on_click=state.shift(row.id, True),
                ),
                icon_button(
                    "pencil", tr("task.list.edit", name=row.name), size="s", on_click=state.edit(row.id)
                ),
                icon_button(
                    "archive",
                    tr("task.list.archive", name=row.name),
                    size="s",
                    on_click=state.set_archived(row.id, True),
                ),
            ),
        ),
        icon_button(
            "trash-2", tr("task.list.delete", name=row.name), size="s", on_click=state.ask_delete(row.id)
        ),
        class_name="row",
        style={"gap": "0", "flex": "none"},
    )
    text = rx.el.div(
        rx.el.div(
            rx.el.span(row.name, class_name="strong"),
            rx.cond(row.archived, badge(tr("task.state.archived"))),
            class_name="row wrap",
        ),
        rx.el.div(
            tr("task.count.task", n=row.tasks, n_text=row.tasks.to_string()),
            rx.cond(row.milestone != "", rx.fragment(" · ", row.milestone)),
            class_name="small muted",
        ),
        class_name="grow",
    )
    question = rx.cond(
        state.deleting == row.id,
        rx.el.div(
            rx.el.span(tr("task.list.delete_text", n=row.tasks), class_name="grow"),
            button(tr("common.cancel"), size="s", on_click=state.ask_delete(0)),
            button(tr("common.delete"), size="s", kind="danger", on_click=state.delete(row.id)),
            class_name="row wrap",
            role="alert",
        ),
    )
    return rx.el.li(
        rx.el.div(text, acts, class_name="row"), question, class_name="stack-s", key=row.id.to_string()
    )
