"""The rows of a budget's table but for its tasks: milestones and lists, people, and what belongs to none."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import select
from sqlmodel import Session, col

from finance_app.models import Milestone, Project, TaskList, User
from finance_app.services.budgeting import expenses, tab_tasks, totals
from finance_app.services.budgeting.costing import exact_of
from finance_app.services.budgeting.summed import Summed, plans_of_people
from finance_app.services.budgeting.work import Sums, worked_sums
from finance_app.services.listing import ListQuery

GROUPS = 1
"""The place of what stands before the tasks of its level; the rest stands behind them."""


@dataclass(slots=True)
class Node:
    """A row to be. The tasks under it are read when it is open, and counted before."""

    key: str
    kind: str
    part_id: int
    name: str
    place: tuple
    sums: Sums
    parts: list["Node"] = field(default_factory=list)
    inside: int = 0
    tasks: int = 0
    group: tuple[int, int] | None = None


def nodes_of(session: Session, work: Summed, query: ListQuery) -> list[Node]:
    """The rows of the first level, but for the tasks among them."""
    by = query.filter("by")
    if by == "people":
        return _people(session, work)
    if query.search or (by == "tasks" and any(query.filter(name) for name in tab_tasks.WITHIN)):
        return []
    loose = [Node("none", "none", 0, "", (GROUPS + 1,), work.loose)] if work.loose.logs else []
    return loose if by == "tasks" else [*_structure(session, work), *loose]


def expense_node(session: Session, work: Summed) -> Node | None:
    """What the project cost besides time: planned by nobody, and forecast at what it is."""
    project_id = work.project.id or 0
    minor = expenses.cost_by_project(session, [project_id]).get(project_id, 0)
    if not minor:
        return None
    exact = exact_of(minor, work.costing.base)
    return Node("expenses", "expense", 0, "", (GROUPS + 2,), Sums(actual_cost=exact, forecast_cost=exact))


def _structure(session: Session, work: Summed) -> list[Node]:
    """Task lists in their milestones; a level that a project does not use is left out."""
    milestones = _named(session, Milestone, work.project)
    lists = _named(session, TaskList, work.project)
    found: dict[int, Node] = {}

    def milestone(id_: int) -> Node:
        position, name = milestones.get(id_, (0, ""))
        return found.setdefault(
            id_, Node(f"m{id_}", "milestone", id_, name, (0, position, id_), Sums(), group=(id_, 0))
        )

    for id_ in milestones:
        milestone(id_)
    outside = []
    for part in (part for part in work.parts if part.tasks):
        milestone_id, list_id = part.milestone_id or 0, part.task_list_id or 0
        into = milestone(milestone_id) if milestone_id else None
        if into is not None:
            into.sums.add(part.sums)
        if not list_id:
            if into is not None:
                into.tasks += part.tasks
            continue
        position, name = lists.get(list_id, (0, ""))
        key, place = list_key(milestone_id, list_id), (GROUPS, position, list_id)
        node = Node(key, "list", list_id, name, place, part.sums, inside=milestone_id, tasks=part.tasks,
                     group=(milestone_id, list_id))  # fmt: skip
        (outside if into is None else into.parts).append(node)
    return [*found.values(), *outside]


def list_key(milestone_id: int, list_id: int) -> str:
    return f"m{milestone_id}l{list_id}"


def _people(session: Session, work: Summed) -> list[Node]:
    """Who worked on the project, and who is to: their time, and the plan of the tasks that they own."""
    id_ = work.project.id or 0
    sums = {
        user: worked_sums(work.costing, time)
        for (_, user), time in totals.by_part(session, totals.USER, [id_]).items()
    }
    for user, plan in plans_of_people(session, work).items():
        if plan.planned:
            person = sums.setdefault(user, Sums())
            person.planned, person.planned_cost = plan.planned, plan.planned_cost
    names = dict(session.execute(select(col(User.id), col(User.name)).where(col(User.id).in_(sums))).all())
    return [
        Node(f"u{user}", "person", user, names.get(user, ""), (0, names.get(user, "").lower(), user), each)
        for user, each in sums.items()
    ]


def sum_of(nodes: Iterable[Node]) -> Sums:
    found = Sums()
    for node in nodes:
        found.add(node.sums)
    return found


def _named(session: Session, table: Any, project: Project) -> dict[int, tuple[int, str]]:
    rows = session.execute(
        select(col(table.id), col(table.position), col(table.name)).where(table.project_id == project.id)
    )
    return {row[0]: (row[1], row[2]) for row in rows}
