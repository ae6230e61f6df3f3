"""The page of one task or issue."""

import reflex as rx

from finance_app.components.parts import (
    allowed,
    badge,
    button,
    empty,
    facts,
    labelled,
    menu_item,
    panel,
    status,
    tile,
    tiles,
    timeline,
)
from finance_app.components.project_frame import project_page
from finance_app.components.text import tr
from finance_app.domain.permissions import Permission
from finance_app.pages.projects.task_parts import task_dialogs
from finance_app.pages.time_tracking.parts import log_dialog
from finance_app.states.projects.frame import ProjectFrame
from finance_app.states.tasks.form import DeleteForm, MoveForm, TaskForm
from finance_app.states.tasks.page import InvoiceLink, TaskPage
from finance_app.states.time_tracking.form import LogForm
from finance_app.states.time_tracking.listing import TimeRow


def task() -> rx.Component:
    state, details = TaskPage, TaskPage.details
    head = rx.el.div(
        rx.el.div(
            rx.el.h2(
                rx.cond(state.number != "", rx.el.span(state.number, " ", class_name="muted num")),
                state.name,
                class_name="section-title",
            ),
            rx.cond(state.archived, status("archived", "task.state"), status(state.state, "task.state")),
            rx.cond(state.billable, rx.fragment(), badge(tr("time.not_billable"))),
            class_name="title-line grow",
        ),
        rx.el.div(_progress(), _edit(), class_name="row wrap"),
        class_name="row-between wrap",
    )
    return project_page(
        head,
        tiles(
            tile(
                tr("task.logged"),
                details["logged"],
                note=rx.cond(state.over, tr("task.over"), ""),
                tone=rx.cond(state.over, "red", ""),
                href=state.logs_href,
            ),
            tile(tr("task.planned"), rx.cond(details["planned"] != "", details["planned"], "–")),
            tile(tr("task.percent"), details["percent"]),
        ),
        rx.el.div(
            rx.el.div(_logs(), _history(), class_name="stack"),
            rx.el.div(_details(), _invoices(), class_name="stack"),
            class_name="columns",
        ),
        task_dialogs(),
        log_dialog(),
        primary=_log_time(),
        more=_more(),
        more_for=Permission.PROJECTS_EDIT,
        crumb=(
            rx.cond(state.kind == "issue", tr("task.title.issue"), tr("task.title.task")),
            state.list_href,
        ),
        window_title=state.name,
    )


def issue() -> rx.Component:
    """The same page under the address of issues."""
    return task()


def _log_time() -> rx.Component:
    return allowed(
        Permission.TIME_EDIT,
        button(
            tr("time.add"),
            icon="plus",
            on_click=LogForm.open_on(ProjectFrame.project_id, TaskPage.task_id.to_string()),
        ),
    )


def _progress() -> rx.Component:
    """How far it is, for those who may say so: whoever edits the project, and the owner of the task."""
    state = TaskPage
    percent = rx.el.label(
        rx.el.span(tr("task.percent"), class_name="small muted"),
        rx.el.input(
            default_value=state.percent,
            key="percent-" + state.percent + "-" + state.percent_key.to_string(),
            input_mode="numeric",
            class_name="input n small-input",
            on_blur=state.set_percent,
            style={"width": "64px"},
        ),
        "%",
        class_name="row",
    )
    return rx.cond(
        state.may_tell,
        rx.cond(
            state.state == "open",
            rx.fragment(percent, button(tr("task.close"), icon="check", on_click=state.set_state("closed"))),
            button(tr("task.reopen"), on_click=state.set_state("open")),
        ),
    )


def _edit() -> rx.Component:
    return allowed(
        Permission.PROJECTS_EDIT,
        button(tr("common.edit"), icon="pencil", on_click=TaskForm.open_task(TaskPage.task_id)),
    )


def _more() -> list[rx.Component]:
    state = TaskPage
    return [
        allowed(
            Permission.PROJECTS_EDIT,
            menu_item(tr("task.move.to_project"), on_select=MoveForm.ask_task("project", state.task_id)),
            rx.cond(
                state.archived,
                menu_item(tr("task.restore"), on_select=state.set_archived(False)),
                menu_item(tr("task.archive"), on_select=state.set_archived(True)),
            ),
            menu_item(tr("task.delete.action"), danger=True, on_select=DeleteForm.ask(state.task_id)),
            rx.dropdown_menu.separator(),
        )
    ]


def _details() -> rx.Component:
    details = TaskPage.details
    return panel(
        tr("task.details"),
        facts(
            (tr("task.owner"), details["owner"]),
            (tr("task.list.one"), details["list"]),
            (tr("task.milestone"), details["milestone"]),
            (tr("task.start_date"), details["start"]),
            (tr("task.due_date"), details["due"]),
            (tr("task.recurrence_label"), details["recurrence"]),
            (tr("task.rate_own"), details["rate"]),
            (tr("task.description"), details["description"]),
        ),
    )


def _invoices() -> rx.Component:
    def item(link: InvoiceLink) -> rx.Component:
        return rx.el.li(rx.el.a(link.number, href=link.href, class_name="link num"))

    return allowed(
        Permission.INVOICES_VIEW,
        panel(
            tr("task.invoices"),
            rx.cond(
                TaskPage.invoices.length() > 0,
                rx.el.ul(rx.foreach(TaskPage.invoices, item), class_name="stack-s"),
                rx.el.p(tr("task.unbilled"), class_name="muted"),
            ),
        ),
    )


def _history() -> rx.Component:
    return rx.cond(
        TaskPage.history.length() > 0,
        panel(
            tr("task.history"),
            timeline(TaskPage.history, lambda entry: (entry.what, entry.when), lambda entry: entry.changes),
        ),
    )


def _logs() -> rx.Component:
    state = TaskPage
    return panel(
        tr("task.time"),
        rx.cond(
            state.logs.length() > 0,
            log_table(state.logs),
            empty(
                rx.cond(state.of_others, tr("task.no_own_time"), tr("task.no_time")),
                rx.cond(state.of_others, tr("task.no_own_time_text"), tr("task.no_time_text")),
                _log_time(),
                icon="clock",
            ),
        ),
        actions=[
            rx.cond(
                state.log_count > state.logs.length(),
                rx.el.a(
                    tr("task.all_time", n=state.log_count), href=state.logs_href, class_name="link small"
                ),
            )
        ],
        flush=True,
    )


def log_table(rows: rx.Var, *, with_task: bool = False) -> rx.Component:
    """Time logs in short; the whole row opens the log."""

    def row(log: TimeRow) -> rx.Component:
        notes = rx.cond(log.notes != "", rx.el.div(log.notes, class_name="small muted"))
        said = rx.el.div(rx.cond(log.task != "", rx.el.div(log.task)), notes) if with_task else notes
        return rx.el.tr(
            rx.el.td(rx.el.a(log.day, href=log.href, class_name="row-link num"), class_name="first"),
            labelled(tr("time.person"), log.person),
            labelled(tr("time.notes"), said),
            labelled(
                tr("time.invoice"),
                rx.cond(
                    log.billed,
                    allowed(
                        Permission.INVOICES_VIEW,
                        rx.el.a(log.invoice, href=log.invoice_href, class_name="link over num"),
                    ),
                    rx.el.span(
                        rx.cond(log.billable, tr("time.unbilled"), tr("time.not_billable")),
                        class_name="muted",
                    ),
                ),
            ),
            labelled(tr("time.hours"), log.hours, class_name="n"),
            key=log.id.to_string(),
        )

    heads = [
        rx.el.th(tr("time.day"), scope="col"),
        rx.el.th(tr("time.person"), scope="col"),
        rx.el.th(tr("time.task") if with_task else tr("time.notes"), scope="col"),
        rx.el.th(tr("time.invoice"), scope="col"),
        rx.el.th(tr("time.hours"), scope="col", class_name="n"),
    ]
    return rx.el.div(
        rx.el.table(
            rx.el.thead(rx.el.tr(*heads)),
            rx.el.tbody(rx.foreach(rows, row)),
            class_name="table table-cards",
            aria_label=tr("task.time"),
        ),
        class_name="table-scroll",
    )
