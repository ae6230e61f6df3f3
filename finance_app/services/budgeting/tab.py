"""The budget of one project as a table that unfolds: milestones, task lists, tasks, and the people.

A project may have thousands of tasks: figures are added up once, the rows of one page are returned.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any

from sqlalchemy import select
from sqlmodel import Session, col

from finance_app.domain.budget import Health, health, percent_used, remaining, variance
from finance_app.domain.money import to_decimal
from finance_app.domain.permissions import Permission
from finance_app.domain.time import hours
from finance_app.models import Milestone, Project, Task, TaskList, User
from finance_app.models.kinds import BudgetScope, BudgetType
from finance_app.services.accounts.identity import Actor
from finance_app.services.budgeting import expenses, totals
from finance_app.services.budgeting.costing import exact_of, minor_of
from finance_app.services.budgeting.standing import limit_of, part_limits, part_of
from finance_app.services.budgeting.work import Sums, TaskRow, Work, grouped, work_of, worked_sums
from finance_app.services.listing import Found, ListAsks, ListQuery
from finance_app.services.projects import directory as projects

COLUMNS = ("name", "planned", "actual", "variance", "remaining", "forecast", "used")
WITHIN = ("milestone", "list", "owner")
"""Of what the tasks are, where they are not grouped."""
ASKS = ListAsks(sorts=COLUMNS, default_sort="", filters=("project", "unit", "by", "open", *WITHIN))
HOURS, MONEY = "hours", "money"
NONE = "none"
BY = ("structure", "tasks", "people")


@dataclass(frozen=True, slots=True)
class BudgetRow:
    """A row in seconds or minor units. `limit` is the part's own, else what is planned for it; a part
    without either has none. `key` names it in the address, `part_id` is its milestone, list, task or person,
    `inside` the milestone of a task list.

    `kind` is milestone, list, task, issue, person, expense, or none for what belongs to no part.
    """

    key: str
    kind: str
    part_id: int
    name: str
    depth: int
    parts: int
    is_open: bool
    planned: int
    actual: int
    forecast: int | None
    limit: int | None
    own_limit: bool
    logs: int
    inside: int = 0

    @property
    def variance(self) -> int:
        return variance(self.actual, self.planned)

    @property
    def remaining(self) -> int | None:
        return None if self.limit is None else remaining(self.limit, self.actual)

    @property
    def used(self) -> Decimal | None:
        return percent_used(self.actual, self.limit)

    @property
    def health(self) -> Health | None:
        return health(self.actual, self.forecast if self.forecast is not None else self.actual, self.limit)


@dataclass(slots=True)
class _Node:
    key: str
    kind: str
    part_id: int
    name: str
    place: tuple
    sums: Sums
    parts: list["_Node"] = field(default_factory=list)
    inside: int = 0


@dataclass(frozen=True)
class _Shown:
    """How sums become figures of a row."""

    unit: str
    base: str
    scope: BudgetScope | None
    measure: BudgetType
    limits: Mapping[int, tuple[int | None, int | None]]

    def row(self, node: _Node, depth: int, is_open: bool) -> BudgetRow:
        sums = node.sums
        if self.unit == HOURS:
            planned, actual, forecast = sums.planned, sums.actual, sums.forecast
        else:
            amounts = (sums.planned_cost, sums.actual_cost, sums.forecast_cost)
            planned, actual, forecast = (minor_of(exact, self.base) for exact in amounts)
        own = self._own(node)
        person = node.kind == "person"
        limit = own if own is not None else planned or None
        return BudgetRow(
            node.key, node.kind, node.part_id, node.name, depth, len(node.parts), is_open,
            planned, actual, None if person else forecast, limit,
            own is not None, sums.logs, node.inside,
        )  # fmt: skip

    def _own(self, node: _Node) -> int | None:
        kinds = {BudgetScope.MILESTONE: ("milestone",), BudgetScope.TASK: ("task", "issue"),
                 BudgetScope.USER: ("person",)}  # fmt: skip
        if self.scope is None or node.kind not in kinds.get(self.scope, ()):
            return None
        asked = BudgetType.HOURS if self.unit == HOURS else BudgetType.AMOUNT
        return limit_of(asked, self.limits.get(node.part_id, (None, None)))


def page(session: Session, actor: Actor, query: ListQuery) -> Found[BudgetRow]:
    """One page of the rows. The filter `project` is its id; `unit` hours or money (for those who may see
    costs); `by` structure, tasks or people; `open` the keys of unfolded rows, or all. A search finds tasks.

    `totals["sums"]` is the row of the whole project, or of the tasks of the part that `within` names.
    Raises NotFound.
    """
    project = projects.get(session, actor, projects.whole_number(query.filter("project")))
    actor.require(Permission.PROJECTS_VIEW, project.id)
    unit = query.filter("unit", HOURS)
    if unit != HOURS:
        actor.require(Permission.COSTS_VIEW, project.id)
        unit = MONEY
    work = work_of(session, [project])[project.id or 0]
    budget = work.budget
    shown = _Shown(
        unit,
        work.costing.base,
        budget.scope if budget and budget.type is not BudgetType.NONE else None,
        budget.type if budget else BudgetType.NONE,
        part_limits(session, [work]).get(project.id or 0, {}),
    )
    nodes, total_sums = _nodes(session, work, query), work.total
    within = _within(session, work, query)
    if within:
        total_sums = _sum(nodes)
    elif unit == MONEY and (spent := _spent(session, work)) is not None:
        total_sums = _sum([_Node("", "project", 0, "", (), total_sums), spent])
        nodes += [] if query.search else [spent]
    wanted = set(query.filter("open").split(","))
    places = list(_unfolded(_ordered(nodes, shown, query), shown, wanted, query, 0))
    whole = shown.row(_Node("", "project", 0, project.name, (), total_sums), 0, False)
    total = len(places)
    if (size := query.size) is not None:
        query = replace(query, page=min(query.page, max(1, -(-total // size))))
        places = places[(query.page - 1) * size : query.page * size]
    return Found(
        [shown.row(*place) for place in places], total, query, {"sums": whole, "work": work, "within": within}
    )


@dataclass(frozen=True, slots=True)
class ExportedRow:
    """A row with its figures as decimals: hours, or amounts in the base currency."""

    name: str
    depth: int
    planned: Decimal
    actual: Decimal
    variance: Decimal
    remaining: Decimal | None
    forecast: Decimal | None
    used: Decimal | None
    health: str


def exported(session: Session, actor: Actor, query: ListQuery) -> Found[ExportedRow]:
    """All rows as the page has them, every part unfolded."""
    everything = replace(query, filters={**query.filters, "open": "all"})
    found = page(session, actor, everything)
    base, in_hours = found.totals["work"].costing.base, query.filter("unit", HOURS) == HOURS

    def value(figure: int | None) -> Decimal | None:
        if figure is None:
            return None
        return signed_hours(figure) if in_hours else to_decimal(figure, base)

    rows = [
        ExportedRow(
            row.name, row.depth, *(value(each) for each in (row.planned, row.actual, row.variance)),
            value(row.remaining), value(row.forecast), row.used, row.health.value if row.health else "",
        )
        for row in found.rows
    ]  # fmt: skip
    return Found(rows, found.total, found.query)


def signed_hours(seconds: int) -> Decimal:
    return hours(seconds) if seconds >= 0 else -hours(-seconds)


def _nodes(session: Session, work: Work, query: ListQuery) -> list[_Node]:
    by = query.filter("by")
    if by == "people":
        return _people(session, work)
    names = _task_names(session, work.project) if _shows_tasks(work, query) else {}
    tasks = [
        (task, _Node(f"t{task.id}", task.kind.value, task.id, names.get(task.id, ""),
                     (1, names.get(task.id, "").lower(), task.id), sums))
        for task, sums in work.tasks
        if not task.archived or sums.logs
    ]  # fmt: skip
    loose = [_Node("none", "none", 0, "", (2,), work.loose)] if work.loose.logs else []
    if query.search:
        text = query.search.casefold()
        return [node for _, node in tasks if text in node.name.casefold()]
    if by == "tasks":
        if any(query.filter(name) for name in WITHIN):
            return [node for task, node in tasks if _is_within(task, query)]
        return [*(node for _, node in tasks), *loose]
    return [*_structure(session, work.project, tasks), *loose]


def _is_within(task: TaskRow, query: ListQuery) -> bool:
    places = {"milestone": task.milestone_id, "list": task.task_list_id, "owner": task.owner_id}
    asked = ((place, query.filter(name)) for name, place in places.items())
    return all(not wanted or wanted == (str(place) if place else NONE) for place, wanted in asked)


def _within(session: Session, work: Work, query: ListQuery) -> tuple[str, ...]:
    """The names of the parts to which the tasks are narrowed; empty for what is in no part."""
    if query.filter("by") != "tasks" or query.search:
        return ()
    owners = {task.owner_id for task, _ in work.tasks}
    found = []
    for name, table in zip(WITHIN, (Milestone, TaskList, User), strict=True):
        if wanted := query.filter(name):
            row: Any = session.get(table, projects.whole_number(wanted))
            known = row and (row.id in owners if name == "owner" else row.project_id == work.project.id)
            found.append(row.name if row and known else "")
    return tuple(found)


def _shows_tasks(work: Work, query: ListQuery) -> bool:
    """Whether a task stands in the table, and not only in the sums of what it belongs to."""
    closed = not (query.search or query.filter("open") or query.filter("by") == "tasks")
    return not closed or any(not task.milestone_id and not task.task_list_id for task, _ in work.tasks)


def _spent(session: Session, work: Work) -> _Node | None:
    """What the project cost besides time: planned by nobody, and forecast at what it is."""
    project_id = work.project.id or 0
    minor = expenses.cost_by_project(session, [project_id]).get(project_id, 0)
    if not minor:
        return None
    exact = exact_of(minor, work.costing.base)
    return _Node("expenses", "expense", 0, "", (3,), Sums(actual_cost=exact, forecast_cost=exact))


def _structure(session: Session, project: Project, tasks: Sequence[tuple[Any, _Node]]) -> list[_Node]:
    """Tasks in their lists in their milestones; a level that a project does not use is left out."""
    lists: dict[tuple[int, int], list[_Node]] = {}
    for task, node in tasks:
        lists.setdefault((task.milestone_id or 0, task.task_list_id or 0), []).append(node)
    milestones = _named(session, Milestone, project)
    for milestone_id in milestones:
        if not any(key[0] == milestone_id for key in lists):
            lists[milestone_id, 0] = []
    list_names = _named(session, TaskList, project)
    found: dict[int, list[_Node]] = {}
    for (milestone_id, list_id), nodes in lists.items():
        inside = found.setdefault(milestone_id, [])
        if not list_id:
            inside += nodes
            continue
        place, name = list_names.get(list_id, (0, ""))
        node = _Node(
            f"m{milestone_id}l{list_id}",
            "list",
            list_id,
            name,
            (0, place, list_id),
            _sum(nodes),
            nodes,
            milestone_id,
        )
        inside.append(node)
    for inside in found.values():
        for node in inside:
            if node.kind != "list":
                node.place = (1, *node.place)
    outside = found.pop(0, [])
    made = [
        _Node(f"m{id_}", "milestone", id_, milestones[id_][1] if id_ in milestones else "",
              (0, milestones.get(id_, (0, ""))[0], id_), _sum(nodes), nodes)
        for id_, nodes in found.items()
    ]  # fmt: skip
    for node in outside:
        node.place = (1, *node.place)
    return [*made, *outside]


def _people(session: Session, work: Work) -> list[_Node]:
    """Who worked on the project, and who is to: their time, and the plan of the tasks that they own."""
    id_ = work.project.id or 0
    sums = {
        user: worked_sums(work.costing, time)
        for (_, user), time in totals.by_part(session, totals.USER, [id_]).items()
    }
    plans = grouped((part_of(BudgetScope.USER, task), each) for task, each in work.tasks if not task.archived)
    for user, plan in plans.items():
        if user and plan.planned:
            person = sums.setdefault(user, Sums())
            person.planned, person.planned_cost = plan.planned, plan.planned_cost
    names = dict(session.execute(select(col(User.id), col(User.name)).where(col(User.id).in_(sums))).all())
    return [
        _Node(f"u{user}", "person", user, names.get(user, ""), (1, names.get(user, "").lower(), user), each)
        for user, each in sums.items()
    ]


def _sum(nodes: Iterable[_Node]) -> Sums:
    found = Sums()
    for node in nodes:
        found.add(node.sums)
    return found


def _named(session: Session, table: Any, project: Project) -> dict[int, tuple[int, str]]:
    rows = session.execute(
        select(col(table.id), col(table.position), col(table.name)).where(table.project_id == project.id)
    )
    return {row[0]: (row[1], row[2]) for row in rows}


def _task_names(session: Session, project: Project) -> dict[int, str]:
    rows = session.execute(
        select(col(Task.id), col(Task.number), col(Task.name)).where(Task.project_id == project.id)
    )
    return {id_: f"{number} {name}" if number else name for id_, number, name in rows}


def _ordered(nodes: Sequence[_Node], shown: _Shown, query: ListQuery) -> list[_Node]:
    """By a figure, what has none last; else in the order of the plan."""
    if query.sort not in COLUMNS:
        return sorted(nodes, key=lambda node: node.place)
    if query.sort == "name":
        return sorted(nodes, key=lambda node: node.name.casefold(), reverse=query.descending)
    figure: Callable[[_Node], Any] = lambda node: getattr(shown.row(node, 0, False), query.sort)  # noqa: E731
    known = [(value, node) for node in nodes if (value := figure(node)) is not None]
    known.sort(key=lambda pair: pair[0], reverse=query.descending)
    placed = {id(node) for _, node in known}
    return [*(node for _, node in known), *(node for node in nodes if id(node) not in placed)]


def _unfolded(
    nodes: Sequence[_Node], shown: _Shown, wanted: set[str], query: ListQuery, depth: int
) -> Iterable[tuple[_Node, int, bool]]:
    """Nodes with their depth, and whether they are open; the rows of one page are made of them."""
    for node in nodes:
        is_open = bool(node.parts) and (node.key in wanted or "all" in wanted)
        yield node, depth, is_open
        if is_open:
            yield from _unfolded(_ordered(node.parts, shown, query), shown, wanted, query, depth + 1)
