"""Projects and the work on them as files."""

from decimal import Decimal
from functools import partial

from sqlmodel import Session

from finance_app.api.exports.files import Export, Word
from finance_app.domain.money import to_decimal
from finance_app.domain.permissions import Permission
from finance_app.domain.time import hours
from finance_app.models.kinds import WorkKind
from finance_app.services.accounts.identity import Actor
from finance_app.services.budgeting import tab
from finance_app.services.listing import Found, ListQuery
from finance_app.services.projects import listing as project_list
from finance_app.services.projects import milestones
from finance_app.services.tasks import listing as task_listing
from finance_app.services.tasks.listing import TaskRecord
from finance_app.services.time_tracking import listing as time_listing


def _work(kind: WorkKind, session: Session, actor: Actor, query: ListQuery) -> Found[TaskRecord]:
    return task_listing.page(session, actor, kind, query)


def _yes(value: bool) -> Word:
    return Word("common.yes" if value else "common.no")


def _money(minor: int | None, currency: str) -> Decimal | None:
    return None if minor is None else to_decimal(minor, currency)


PROJECTS: dict[str, Export] = {
    "projects": Export(
        Permission.PROJECTS_VIEW,
        "project.title",
        project_list.ASKS,
        project_list.page,
        [
            ("project.name", lambda row: row.name),
            ("project.code", lambda row: row.code),
            ("project.client", lambda row: row.client),
            ("project.hours", lambda row: hours(row.seconds)),
            (
                "project.unbilled",
                lambda row: (
                    None if row.unbilled_minor is None else to_decimal(row.unbilled_minor, row.currency)
                ),
            ),
            ("project.currency", lambda row: row.currency),
            ("project.last_day", lambda row: row.last_day),
            ("budget.used", lambda row: row.percent),
            ("budget.health", lambda row: Word(f"project.health.{row.health}") if row.health else ""),
        ],
    ),
    "budget": Export(
        Permission.PROJECTS_VIEW,
        "budget.title",
        tab.ASKS,
        tab.exported,
        [
            ("budget.part", lambda row: row.name),
            ("budget.level", lambda row: row.depth + 1),
            ("budget.planned", lambda row: row.planned),
            ("budget.actual", lambda row: row.actual),
            ("budget.variance", lambda row: row.variance),
            ("budget.remaining", lambda row: row.remaining),
            ("budget.forecast", lambda row: row.forecast),
            ("budget.used", lambda row: row.used),
            ("budget.health", lambda row: Word(f"project.health.{row.health}") if row.health else ""),
        ],
    ),
    **{
        f"{kind.value}s": Export(
            Permission.PROJECTS_VIEW,
            f"task.title.{kind.value}",
            task_listing.ASKS,
            partial(_work, kind),
            [
                ("task.number", lambda row: row.number),
                ("task.name", lambda row: row.name),
                ("task.list.one", lambda row: row.list_name),
                ("task.milestone", lambda row: row.milestone),
                ("task.owner", lambda row: row.owner),
                (
                    "task.state_label",
                    lambda row: Word(f"task.state.{'archived' if row.archived else row.state}"),
                ),
                ("task.due_date", lambda row: row.due_date),
                ("task.percent_short", lambda row: row.percent),
                (
                    "task.planned",
                    lambda row: None if row.planned_seconds is None else hours(row.planned_seconds),
                ),
                ("task.logged", lambda row: hours(row.logged_seconds)),
                ("task.billable", lambda row: _yes(row.billable)),
                ("task.rate", lambda row: row.bill_rate),
                ("task.invoice", lambda row: ", ".join(number for _, number in row.invoices if number)),
            ],
        )
        for kind in WorkKind
    },
    "milestones": Export(
        Permission.PROJECTS_VIEW,
        "milestone.title",
        milestones.ASKS,
        milestones.page,
        [
            ("milestone.name", lambda row: row.name),
            (
                "milestone.state_label",
                lambda row: Word(f"milestone.state.{'closed' if row.closed else 'open'}"),
            ),
            ("milestone.start_date", lambda row: row.start_date),
            ("milestone.due_date", lambda row: row.due_date),
            ("milestone.tasks", lambda row: row.all_tasks),
            ("task.planned", lambda row: hours(row.planned_seconds)),
            ("task.logged", lambda row: hours(row.logged_seconds)),
            ("milestone.amount", lambda row: _money(row.amount_minor, row.currency)),
            ("milestone.invoiced", lambda row: _money(row.invoiced_minor, row.currency)),
        ],
    ),
    "time": Export(
        Permission.TIME_VIEW,
        "time.title",
        time_listing.ASKS,
        time_listing.page,
        [
            ("time.day", lambda row: row.day),
            ("time.person", lambda row: row.person),
            ("time.client", lambda row: row.client),
            ("time.project", lambda row: row.project),
            ("time.task", lambda row: row.task),
            ("time.hours", lambda row: hours(row.seconds)),
            ("time.billable", lambda row: _yes(row.billable)),
            ("time.approval", lambda row: Word(f"time.state.{row.approval}")),
            ("time.invoice", lambda row: row.invoice),
            ("time.notes", lambda row: row.notes),
        ],
    ),
}
