"""The budget of one project as a table that unfolds: milestones, task lists, tasks, and the people.

A project may have thousands of tasks: figures are added up once, the rows of one page are returned.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from sqlalchemy import select
from sqlmodel import Session, col

from finance_app.domain.budget import Health, health, percent_used, remaining, variance
from finance_app.domain.money import to_decimal
from finance_app.domain.permissions import Permission
from finance_app.domain.time import hours
from finance_app.models import Milestone, Task, TaskList, User
from finance_app.models.kinds import BudgetScope, BudgetType
from finance_app.services.accounts.identity import Actor
from finance_app.services.budgeting import tab_tasks
from finance_app.services.budgeting.costing import minor_of
from finance_app.services.budgeting.standing import limit_of, part_limits
from finance_app.services.budgeting.summed import Summed, summed, sums_of_tasks
from finance_app.services.budgeting.tab_nodes import GROUPS, Node, expense_node, list_key, nodes_of, sum_of
from finance_app.services.budgeting.tab_tasks import Placed
from finance_app.services.listing import Found, ListAsks, ListQuery
from finance_app.services.projects import directory as projects

COLUMNS = ("name", *tab_tasks.FIGURES)
ASKS = ListAsks(sorts=COLUMNS, default_sort="", filters=("project", "unit", "by", "open", *tab_tasks.WITHIN))
HOURS, MONEY = "hours", "money"
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


@dataclass(frozen=True)
class _Shown:
    """How sums become figures of a row."""

    unit: str
    base: str
    scope: BudgetScope | None
    measure: BudgetType
    limits: Mapping[int, tuple[int | None, int | None]]

    def row(self, node: Node, depth: int, is_open: bool) -> BudgetRow:
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

    def _own(self, node: Node) -> int | None:
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
    nodes, total_sums = nodes_of(session, work, query), work.total
    within = _within(session, work, query)
    if within:
        total_sums = sums_of_tasks(session, work, *tab_tasks.within(query))
    elif unit == MONEY and (spent := expense_node(session, work)) is not None:
        total_sums = sum_of([Node("", "project", 0, "", (), total_sums), spent])
        nodes += [] if query.search else [spent]
    order = _Places(session, work, shown, query)
    places = order.all(nodes)
    whole = shown.row(Node("", "project", 0, project.name, (), total_sums), 0, False)
    total = len(places) + order.beyond
    if (size := query.size) is not None:
        query = replace(query, page=min(query.page, max(1, -(-total // size))))
        places = places[(query.page - 1) * size : query.page * size]
    return Found(
        _rows(session, work, shown, places), total, query, {"sums": whole, "work": work, "within": within}
    )


Place = tuple["Node | int", int, bool]
"""A node or the id of a task, its depth, and whether it is open."""


class _Places:
    """The order of the rows; those of tasks are ids until a page of them is shown. Tasks that come after the
    page, and no other row depends on, are left out and counted in `beyond`."""

    def __init__(self, session: Session, work: Summed, shown: "_Shown", query: ListQuery) -> None:
        self._shown, self._query = shown, query
        self._wanted = set(query.filter("open").split(","))
        self._by_name = query.sort == "name"
        self.beyond = 0
        self._tasks = self._read(session, work)

    def all(self, nodes: Sequence[Node]) -> list[Place]:
        loose = self._tasks.get((0, 0), ())
        return list(self._level(nodes, loose, 0))

    def _is_open(self, key: str) -> bool:
        return key in self._wanted or "all" in self._wanted

    def _read(self, session: Session, work: Summed) -> dict[tuple[int, int], list[Placed]]:
        """The tasks by milestone and list (0 for none); without groups all together."""
        query = self._query
        by = query.filter("by")
        if query.search or by == "tasks":
            only = [tab_tasks.matching(query.search)] if query.search else tab_tasks.within(query)
            whole = None if only else sum(part.tasks for part in work.parts)
            return {(0, 0): self._first(session, work, only, whole)}
        if by == "people":
            return {}
        opened = {
            (part.milestone_id or 0, part.task_list_id or 0): part.tasks
            for part in work.parts
            if not part.task_list_id or self._is_open(list_key(part.milestone_id or 0, part.task_list_id))
            if not part.milestone_id or self._is_open(f"m{part.milestone_id}")
        }
        if opened.keys() <= {(0, 0)}:
            loose = [tab_tasks.MILESTONE.is_(None), col(Task.task_list_id).is_(None)]
            return {(0, 0): self._first(session, work, loose, opened[0, 0])} if opened else {}
        found: dict[tuple[int, int], list[Placed]] = {}
        for task in tab_tasks.placed(session, work, query, self._shown.unit == HOURS):
            found.setdefault((task.milestone_id or 0, task.task_list_id or 0), []).append(task)
        return found

    def _first(
        self, session: Session, work: Summed, conditions: Sequence[Any], count: int | None
    ) -> list[Placed]:
        """The tasks up to the end of the page, where `count` says how many there are in all."""
        query = self._query
        most = None
        if query.size is not None and count is not None and not self._by_name:
            most = query.page * query.size
        hours = self._shown.unit == HOURS
        found = tab_tasks.placed(session, work, query, hours, *conditions, most=most)
        if most is not None and count is not None:
            self.beyond = max(0, count - most)
        return found

    def _level(self, nodes: Sequence[Node], tasks: Sequence[Placed], depth: int) -> Iterator[Place]:
        for item in self._ordered(nodes, tasks):
            if not isinstance(item, Node):
                yield item, depth, False
                continue
            is_open = bool(item.parts or item.tasks) and self._is_open(item.key)
            yield item, depth, is_open
            if is_open:
                inside = self._tasks.get(item.group, ()) if item.group else ()
                yield from self._level(item.parts, inside, depth + 1)

    def _ordered(self, nodes: Sequence[Node], tasks: Sequence[Placed]) -> Iterable[Node | int]:
        """By a figure, what has none last; else in the order of the plan, with tasks behind their lists."""
        query = self._query
        if query.sort not in COLUMNS:
            groups = sorted(nodes, key=lambda node: node.place)
            before = [node for node in groups if node.place[0] <= GROUPS]
            after = [node for node in groups if node.place[0] > GROUPS]
            return [*before, *(task.id for task in tasks), *after]
        figure = self._figure
        pairs: list[tuple[Any, Node | int]] = [
            *((figure(node), node) for node in nodes),
            *((task.value.casefold() if self._by_name else task.value, task.id) for task in tasks),
        ]
        known = [pair for pair in pairs if pair[0] is not None]
        known.sort(key=lambda pair: pair[0], reverse=query.descending)
        return [*(item for _, item in known), *(item for value, item in pairs if value is None)]

    def _figure(self, node: Node) -> Any:
        if self._by_name:
            return node.name.casefold()
        value = getattr(self._shown.row(node, 0, False), self._query.sort)
        return value * 10 if isinstance(value, Decimal) else value


def _rows(session: Session, work: Summed, shown: "_Shown", places: Sequence[Place]) -> list[BudgetRow]:
    tasks = tab_tasks.rows_of(session, work, [item for item, _, _ in places if not isinstance(item, Node)])

    def node(item: Node | int) -> Node:
        if isinstance(item, Node):
            return item
        task = tasks[item]
        return Node(f"t{task.id}", task.kind, task.id, task.name, (), task.sums)

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


def _within(session: Session, work: Summed, query: ListQuery) -> tuple[str, ...]:
    """The names of the parts to which the tasks are narrowed; empty for what is in no part."""
    if query.filter("by") != "tasks" or query.search:
        return ()
    found = []
    for name, table in zip(tab_tasks.WITHIN, (Milestone, TaskList, User), strict=True):
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
