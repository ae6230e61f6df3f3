"""Parts that the pages of time share: their tabs, the dialog of a log, the dialog of a refusal."""

import reflex as rx

from finance_app import routes
from finance_app.components.dialog import form_dialog
from finance_app.components.form import (
    check_field,
    date_field,
    form_grid,
    search_select,
    text_field,
    textarea_field,
)
from finance_app.components.native import NavLink
from finance_app.components.parts import allowed, button, reaches
from finance_app.components.text import tr
from finance_app.domain.permissions import Permission
from finance_app.states.time_tracking.form import LogForm, RejectForm

_TABS = [
    ("time.tab.list", routes.TIME, Permission.TIME_VIEW),
    ("time.tab.week", routes.TIME_WEEK, Permission.TIME_VIEW),
    ("time.tab.approvals", routes.TIME_APPROVALS, Permission.TIME_APPROVE),
    ("time.tab.imports", routes.TIME_IMPORTS, Permission.TIME_IMPORT),
]


def time_tabs() -> rx.Component:
    return rx.el.nav(
        *[
            rx.cond(
                reaches(permission),
                NavLink.create(tr(text), to=href, end=True, class_name="tab"),
            )
            for text, href, permission in _TABS
        ],
        class_name="tabs",
        aria_label=tr("shell.sections"),
    )


def log_time() -> rx.Component:
    return allowed(
        Permission.TIME_EDIT,
        button(tr("time.add"), kind="primary", icon="plus", on_click=LogForm.open_new),
    )


def log_dialog() -> rx.Component:
    state = LogForm
    task = rx.el.div(
        search_select(
            state,
            "task_id",
            tr("time.task"),
            source="tasks",
            scope=state.project_id,
            optional=True,
            placeholder=rx.cond(state.new_task, tr("time.new_task", name=state.new_task), tr("time.no_task")),
            on_pick=state.choose_task,
            on_create=state.name_task,
        ),
        key=state.project_id + state.new_task,
    )
    return form_dialog(
        state,
        state.save,
        rx.cond(state.log_id == 0, tr("time.add"), tr("time.edit")),
        rx.el.input(type="hidden", name="version", default_value=state.values["version"]),
        rx.el.input(type="hidden", name="request", default_value=state.values["request"]),
        form_grid(
            text_field(
                state,
                "duration",
                tr("time.duration"),
                help=tr("time.duration_help"),
                required=True,
                numeric=True,
                auto_focus=True,
                auto_complete="off",
            ),
            date_field(state, "day", tr("time.day"), required=True),
        ),
        search_select(
            state,
            "project_id",
            tr("time.project"),
            source="projects",
            required=True,
            on_pick=state.choose_project,
        ),
        task,
        textarea_field(state, "notes", tr("time.notes"), help=tr("time.notes_help"), optional=True),
        allowed(
            Permission.TIME_EDIT_ALL,
            search_select(state, "user_id", tr("time.person"), source="people", required=True),
        ),
        check_field(state, "billable", tr("time.billable")),
    )


def reject_dialog() -> rx.Component:
    return form_dialog(
        RejectForm,
        RejectForm.save,
        tr("time.reject.title"),
        textarea_field(
            RejectForm, "note", tr("time.note"), help=tr("time.note_help"), required=True, auto_focus=True
        ),
        save=tr("time.reject.action"),
    )
