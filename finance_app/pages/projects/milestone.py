"""The page of one milestone. What bills it is a panel of PANELS."""

from collections.abc import Callable

import reflex as rx

from finance_app.components.dialog import confirm
from finance_app.components.parts import (
    allowed,
    button,
    empty,
    facts,
    labelled,
    panel,
    status,
    tile,
    tiles,
    timeline,
)
from finance_app.components.project_frame import project_page
from finance_app.components.text import tr
from finance_app.domain.permissions import Permission
from finance_app.pages.projects.milestone_invoices import billing_dialog, milestone_invoices
from finance_app.pages.projects.milestone_parts import milestone_dialog
from finance_app.pages.projects.milestones import due_cell, progress
from finance_app.states.projects.milestone import MilestoneForm, MilestonePage
from finance_app.states.tasks.listing import TaskRow


def milestone() -> rx.Component:
    state, row = MilestonePage, MilestonePage.row
    head = rx.el.div(
        rx.el.div(
            rx.el.h2(row.name, class_name="section-title"),
            status(row.state, "milestone.state"),
            class_name="title-line grow",
        ),
        rx.el.div(_close(), _edit(), _delete(), class_name="row wrap"),
        class_name="row-between wrap",
    )
    return project_page(
        head,
        tiles(
            tile(
                tr("task.logged"),
                row.logged,
                note=tr("milestone.of_planned", hours=row.planned),
                tone=rx.cond(row.over, "red", ""),
            ),
            tile(tr("milestone.billed_hours"), row.billed),
            rx.cond(
                row.invoiced != "",
                tile(
                    tr("milestone.invoiced"),
                    row.invoiced,
                    note=rx.cond(row.amount != "", tr("milestone.of_amount", amount=row.amount), ""),
                ),
            ),
        ),
        rx.el.div(
            rx.el.div(_tasks(), *[each() for each in PANELS], _history(), class_name="stack"),
            panel(
                tr("milestone.details"),
                facts(
                    (tr("milestone.start_to_due"), row.dates),
                    (tr("milestone.due_date"), rx.fragment(due_cell(row))),
                    (tr("milestone.tasks"), rx.fragment(progress(row))),
                    (tr("milestone.amount"), row.amount),
                    (tr("milestone.description"), state.description),
                ),
            ),
            class_name="columns",
        ),
        milestone_dialog(),
        billing_dialog(),
        crumb=(tr("milestone.title"), state.list_href),
        window_title=row.name,
    )


def _close() -> rx.Component:
    state, row = MilestonePage, MilestonePage.row
    return allowed(
        Permission.PROJECTS_EDIT,
        rx.cond(
            row.state == "closed",
            button(tr("milestone.reopen"), on_click=state.set_closed(False)),
            rx.cond(
                row.open_tasks > 0,
                confirm(
                    button(tr("milestone.close"), icon="check"),
                    tr("milestone.close_title", name=row.name),
                    tr("milestone.close_text", n=row.open_tasks),
                    action=tr("milestone.close"),
                    on_confirm=state.set_closed(True),
                    danger=False,
                ),
                button(tr("milestone.close"), icon="check", on_click=state.set_closed(True)),
            ),
        ),
    )


def _edit() -> rx.Component:
    return allowed(
        Permission.PROJECTS_EDIT,
        button(tr("common.edit"), icon="pencil", on_click=MilestoneForm.open_milestone(MilestonePage.row.id)),
    )


def _delete() -> rx.Component:
    return allowed(
        Permission.PROJECTS_EDIT,
        confirm(
            button(tr("common.delete"), icon="trash-2"),
            tr("milestone.delete_title", name=MilestonePage.row.name),
            tr("milestone.delete_text"),
            action=tr("common.delete"),
            on_confirm=MilestonePage.delete,
        ),
    )


def _tasks() -> rx.Component:
    state = MilestonePage
    heads = [
        rx.el.th(tr("task.name"), scope="col"),
        rx.el.th(tr("task.owner"), scope="col"),
        rx.el.th(tr("task.state_label"), scope="col"),
        rx.el.th(tr("task.planned"), scope="col", class_name="n"),
        rx.el.th(tr("task.logged"), scope="col", class_name="n"),
    ]
    table = rx.el.div(
        rx.el.table(
            rx.el.thead(rx.el.tr(*heads)),
            rx.el.tbody(rx.foreach(state.tasks, _task)),
            class_name="table table-cards",
            aria_label=tr("milestone.tasks"),
        ),
        class_name="table-scroll",
    )
    return panel(
        tr("milestone.tasks"),
        rx.cond(
            state.tasks.length() > 0,
            table,
            empty(tr("milestone.no_tasks"), tr("milestone.no_tasks_text"), icon="list-checks"),
        ),
        actions=[
            rx.cond(
                state.task_count > state.tasks.length(),
                rx.el.a(
                    tr("milestone.all_tasks", n=state.task_count),
                    href=state.tasks_href,
                    class_name="link small",
                ),
            )
        ],
        flush=True,
    )


def _task(row: TaskRow) -> rx.Component:
    name = rx.el.a(row.name, href=row.href, class_name="row-link")
    place = rx.cond(row.place != "", rx.el.div(row.place, class_name="small muted"))
    return rx.el.tr(
        rx.el.td(rx.el.div(name, place), class_name="first"),
        labelled(tr("task.owner"), row.owner),
        labelled(tr("task.state_label"), status(row.state, "task.state")),
        labelled(tr("task.planned"), row.planned, class_name="n"),
        labelled(tr("task.logged"), row.logged, class_name="n"),
        key=row.id.to_string(),
    )


def _history() -> rx.Component:
    rows = MilestonePage.history
    return rx.cond(
        rows.length() > 0,
        panel(
            tr("task.history"),
            timeline(rows, lambda entry: (entry.what, entry.when), lambda entry: entry.changes),
        ),
    )


# One line a panel between the tasks and the history, as the invoices of the milestone.
PANELS: list[Callable[[], rx.Component]] = [milestone_invoices]
