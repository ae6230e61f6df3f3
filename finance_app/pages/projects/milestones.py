"""The tab Milestones of a project."""

import reflex as rx

from finance_app.components.parts import allowed, empty, menu, menu_item, status
from finance_app.components.project_frame import project_page
from finance_app.components.table import Column, data_table, export_items, filter_select, toolbar
from finance_app.components.text import tr
from finance_app.domain.permissions import Permission
from finance_app.pages.projects.milestone_invoices import billing_dialog
from finance_app.pages.projects.milestone_parts import milestone_dialog, new_milestone
from finance_app.states.projects.frame import ProjectFrame
from finance_app.states.projects.milestone import MilestoneForm, MilestoneList, MilestoneRow
from finance_app.states.projects.milestone_invoices import MilestoneBilling


def project_milestones() -> rx.Component:
    state = MilestoneList
    return project_page(
        toolbar(
            filter_select(
                "state",
                tr("milestone.state_label"),
                [(name, tr(f"milestone.state.{name}")) for name in ("open", "closed")],
            )
        ),
        data_table(
            state,
            [
                Column("name", tr("milestone.name"), _name, sort=True),
                Column(
                    "state", tr("milestone.state_label"), lambda row: status(row.state, "milestone.state")
                ),
                Column("due", tr("milestone.due_date"), due_cell, sort=True),
                Column("tasks", tr("milestone.tasks"), _tasks),
                Column("planned", tr("task.planned"), lambda row: row.planned, numeric=True),
                Column("logged", tr("task.logged"), _logged, numeric=True),
                Column("amount", tr("milestone.amount"), lambda row: row.amount, numeric=True),
                Column("invoiced", tr("milestone.invoiced"), lambda row: row.invoiced, numeric=True),
            ],
            href=lambda row: row.href,
            label=tr("milestone.title"),
            row_menu=_row_menu,
            empty=empty(tr("milestone.empty"), tr("milestone.empty_text"), new_milestone(), icon="flag"),
        ),
        milestone_dialog(),
        billing_dialog(),
        primary=new_milestone(),
        more=export_items("milestones", within="project=" + ProjectFrame.project_id),
    )


def _state(row: MilestoneRow) -> rx.Component:
    return status(row.state, "milestone.state")


def _name(row: MilestoneRow) -> rx.Component:
    return rx.fragment(row.name)


def due_cell(row: MilestoneRow) -> rx.Component:
    color = rx.cond(row.late, "var(--red-ink)", "inherit")
    late = rx.cond(row.late, rx.el.span(" · ", tr("task.late"), class_name="small"))
    return rx.cond(
        row.due != "",
        rx.el.span(row.due, late, class_name="num", style={"color": color}),
        rx.fragment(),
    )


def _tasks(row: MilestoneRow) -> rx.Component:
    return rx.cond(row.all_tasks > 0, progress(row), rx.fragment())


def progress(row: MilestoneRow) -> rx.Component:
    """Closed tasks of all, as a bar and in words."""
    return rx.el.div(
        rx.el.div(
            rx.el.div(style={"width": row.done.to_string() + "%"}),
            class_name="progress",
            style={"width": "72px", "flex": "none"},
            aria_hidden="true",
        ),
        rx.el.span(
            tr("milestone.done_of", done=row.all_tasks - row.open_tasks, all=row.all_tasks),
            class_name="small num",
        ),
        class_name="row",
    )


def _logged(row: MilestoneRow) -> rx.Component:
    return rx.el.span(row.logged, style={"color": rx.cond(row.over, "var(--red-ink)", "inherit")})


def _row_menu(row: MilestoneRow) -> rx.Component:
    return allowed(
        Permission.PROJECTS_EDIT,
        menu(
            allowed(
                Permission.INVOICES_EDIT,
                menu_item(
                    tr("milestone.billing.action"),
                    icon="receipt-text",
                    on_select=MilestoneBilling.open_billing(row.id, row.name),
                ),
            ),
            menu_item(tr("milestone.edit"), icon="pencil", on_select=MilestoneForm.open_milestone(row.id)),
            menu_item(tr("milestone.up"), icon="arrow-up", on_select=MilestoneList.shift(row.id, False)),
            menu_item(tr("milestone.down"), icon="arrow-down", on_select=MilestoneList.shift(row.id, True)),
        ),
    )
