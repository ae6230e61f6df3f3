"""The budget of one project as a table that unfolds: milestones, task lists, tasks, and the people.

A project may have thousands of tasks: figures are added up once, the rows of one page are returned.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
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
from finance_app.services.budgeting import expenses, tab_tasks, totals
from finance_app.services.budgeting.costing import exact_of, minor_of
from finance_app.services.budgeting.standing import limit_of, part_limits
from finance_app.services.budgeting.summed import Summed, plans_of_people, summed, sums_of_tasks
from finance_app.services.budgeting.tab_tasks import Placed
from finance_app.services.budgeting.work import Sums, worked_sums
from finance_app.services.listing import Found, ListAsks, ListQuery
from finance_app.services.projects import directory as projects

COLUMNS = ("name", *tab_tasks.FIGURES)
WITHIN = ("milestone", "list", "owner")
"""Of what the tasks are, where they are not grouped."""
ASKS = ListAsks(sorts=COLUMNS, default_sort="", filters=("project", "unit", "by", "open", *WITHIN))
HOURS, MONEY = "hours", "money"
BY = ("structure", "tasks", "people")
GROUPS = 1
"""The place of what stands before the tasks of its level; the rest stands behind them."""


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
    """A row to be. The tasks under it are read when it is open, and counted before."""

    key: str
    kind: str
    part_id: int
    name: str
    place: tuple
    sums: Sums
    parts: list["_Node"] = field(default_factory=list)
    inside: int = 0
    tasks: int = 0
    group: tuple[int, int] | None = None


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
            node.key, node.kind, node.part_id, node.name, depth, len(node.parts) + node.tasks, is_open,
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
    work = summed(session, project)
    budget = work.budget
    shown = _Shown(
        unit,
        work.costing.base,
        budget.scope if budget and budget.type is not BudgetType.NONE else None,
        budget.type if budget else BudgetType.NONE,
        part_limits(session, [budget]).get(project.id or 0, {}),
    )
    nodes, total_sums = _nodes(session, work, query), work.total
    within = _within(session, work, query)
    if within:
        total_sums = sums_of_tasks(session, work, *tab_tasks.within(query))
    elif unit == MONEY and (spent := _spent(session, work)) is not None:
        total_sums = _sum([_Node("", "project", 0, "", (), total_sums), spent])
        nodes += [] if query.search else [spent]
    places = _Places(session, work, shown, query).all(nodes)
    whole = shown.row(_Node("", "project", 0, project.name, (), total_sums), 0, False)
    total = len(places)
    if (size := query.size) is not None:
        query = replace(query, page=min(query.page, max(1, -(-total // size))))
        places = places[(query.page - 1) * size : query.page * size]
    return Found(
        _rows(session, work, shown, places), total, query, {"sums": whole, "work": work, "within": within}
    )


Place = tuple["_Node | int", int, bool]
"""A node or the id of a task, its depth, and whether it is open."""


class _Places:
    """The order of all rows; those of tasks are ids until a page of them is shown."""

    def __init__(self, session: Session, work: Summed, shown: "_Shown", query: ListQuery) -> None:
        self._shown, self._query = shown, query
        self._wanted = set(query.filter("open").split(","))
        self._by_name = query.sort == "name"
        self._tasks = _tasks(session, work, query, shown.unit == HOURS, self._is_open)

    def all(self, nodes: Sequence[_Node]) -> list[Place]:
        loose = self._tasks.get((0, 0), ())
        return list(self._level(nodes, loose, 0))

    def _is_open(self, key: str) -> bool:
        return key in self._wanted or "all" in self._wanted

    def _level(self, nodes: Sequence[_Node], tasks: Sequence[Placed], depth: int) -> Iterator[Place]:
        for item in self._ordered(nodes, tasks):
            if not isinstance(item, _Node):
                yield item, depth, False
                continue
            is_open = bool(item.parts or item.tasks) and self._is_open(item.key)
            yield item, depth, is_open
            if is_open:
                inside = self._tasks.get(item.group, ()) if item.group else ()
                yield from self._level(item.parts, inside, depth + 1)

    def _ordered(self, nodes: Sequence[_Node], tasks: Sequence[Placed]) -> Iterable[_Node | int]:
        """By a figure, what has none last; else in the order of the plan, with tasks behind their lists."""
        query = self._query
        if query.sort not in COLUMNS:
            groups = sorted(nodes, key=lambda node: node.place)
            before = [node for node in groups if node.place[0] <= GROUPS]
            after = [node for node in groups if node.place[0] > GROUPS]
            return [*before, *(task.id for task in tasks), *after]
        figure = self._figure
        pairs: list[tuple[Any, _Node | int]] = [
            *((figure(node), node) for node in nodes),
            *((task.value.casefold() if self._by_name else task.value, task.id) for task in tasks),
        ]
        known = [pair for pair in pairs if pair[0] is not None]
        known.sort(key=lambda pair: pair[0], reverse=query.descending)
        return [*(item for _, item in known), *(item for value, item in pairs if value is None)]

    def _figure(self, node: _Node) -> Any:
        if self._by_name:
            return node.name.casefold()
        value = getattr(self._shown.row(node, 0, False), self._query.sort)
        return value * 10 if isinstance(value, Decimal) else value


def _tasks(
    session: Session, work: Summed, query: ListQuery, hours: bool, is_open: Callable[[str], bool]
) -> dict[tuple[int, int], list[Placed]]:
    """The tasks that stand in the table, by milestone and list (0 for none); without groups all together."""
    by = query.filter("by")
    if query.search or by == "tasks":
        conditions = [tab_tasks.matching(query.search)] if query.search else tab_tasks.within(query)
        return {(0, 0): tab_tasks.placed(session, work, query, hours, *conditions)}
    if by == "people":
        return {}
    opened = {
        (part.milestone_id or 0, part.task_list_id or 0)
        for part in work.parts
        if not part.task_list_id or is_open(_list_key(part.milestone_id or 0, part.task_list_id))
        if not part.milestone_id or is_open(f"m{part.milestone_id}")
    }
    if not opened:
        return {}
    only = [] if opened != {(0, 0)} else [tab_tasks.MILESTONE.is_(None), col(Task.task_list_id).is_(None)]
    found: dict[tuple[int, int], list[Placed]] = {}
    for task in tab_tasks.placed(session, work, query, hours, *only):
        found.setdefault((task.milestone_id or 0, task.task_list_id or 0), []).append(task)
    return found


def _rows(session: Session, work: Summed, shown: "_Shown", places: Sequence[Place]) -> list[BudgetRow]:
    tasks = tab_tasks.rows_of(session, work, [item for item, _, _ in places if not isinstance(item, _Node)])

    def node(item: _Node | int) -> _Node:
        if isinstance(item, _Node):
            return item
        task = tasks[item]
        return _Node(f"t{task.id}", task.kind, task.id, task.name, (), task.sums)

    return [shown.row(node(item), depth, is_open) for item, depth, is_open in places]


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


def _nodes(session: Session, work: Summed, query: ListQuery) -> list[_Node]:
    """The rows of the first level, but for the tasks among them."""
    by = query.filter("by")
    if by == "people":
        return _people(session, work)
    if query.search or (by == "tasks" and any(query.filter(name) for name in WITHIN)):
        return []
    loose = [_Node("none", "none", 0, "", (GROUPS + 1,), work.loose)] if work.loose.logs else []
    return loose if by == "tasks" else [*_structure(session, work), *loose]


def _within(session: Session, work: Summed, query: ListQuery) -> tuple[str, ...]:
    """The names of the parts to which the tasks are narrowed; empty for what is in no part."""
    if query.filter("by") != "tasks" or query.search:
        return ()
    found = []
    for name, table in zip(WITHIN, (Milestone, TaskList, User), strict=True):
        if wanted := query.filter(name):
            row: Any = session.get(table, projects.whole_number(wanted))
            known = row and (
                _owns(session, work, row.id) if name == "owner" else row.project_id == work.project.id
            )
            found.append(row.name if row and known else "")
    return tuple(found)


def _owns(session: Session, work: Summed, user_id: int) -> bool:
    """Whether the person has a task of the project."""
    own = select(col(Task.id)).where(Task.project_id == work.project.id, Task.owner_id == user_id).limit(1)
    return session.execute(own).first() is not None


def _spent(session: Session, work: Summed) -> _Node | None:
    """What the project cost besides time: planned by nobody, and forecast at what it is."""
    project_id = work.project.id or 0
    minor = expenses.cost_by_project(session, [project_id]).get(project_id, 0)
    if not minor:
        return None
    exact = exact_of(minor, work.costing.base)
    return _Node("expenses", "expense", 0, "", (GROUPS + 2,), Sums(actual_cost=exact, forecast_cost=exact))


def _structure(session: Session, work: Summed) -> list[_Node]:
    """Task lists in their milestones; a level that a project does not use is left out."""
    milestones = _named(session, Milestone, work.project)
    lists = _named(session, TaskList, work.project)
    found: dict[int, _Node] = {}

    def milestone(id_: int) -> _Node:
        position, name = milestones.get(id_, (0, ""))
        return found.setdefault(
            id_, _Node(f"m{id_}", "milestone", id_, name, (0, position, id_), Sums(), group=(id_, 0))
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
        key, place = _list_key(milestone_id, list_id), (GROUPS, position, list_id)
        node = _Node(key, "list", list_id, name, place, part.sums, inside=milestone_id, tasks=part.tasks,
                     group=(milestone_id, list_id))  # fmt: skip
        (outside if into is None else into.parts).append(node)
    return [*found.values(), *outside]


def _list_key(milestone_id: int, list_id: int) -> str:
    return f"m{milestone_id}l{list_id}"


def _people(session: Session, work: Summed) -> list[_Node]:
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
        _Node(f"u{user}", "person", user, names.get(user, ""), (0, names.get(user, "").lower(), user), each)
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
