"""What the database adds up of projects is what the rules give task by task."""

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from itertools import count

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlmodel import col, select

from finance_app.domain.budget import month_forecast
from finance_app.domain.periods import Month
from finance_app.models import (
    Budget,
    BudgetPart,
    Expense,
    Milestone,
    Portal,
    Project,
    ProjectMember,
    Task,
    TaskList,
    TimeLog,
    User,
    UserRate,
)
from finance_app.models.columns import at, now
from finance_app.models.kinds import (
    BillingMethod,
    BudgetPeriod,
    BudgetScope,
    BudgetType,
    CostTracking,
    WorkKind,
    WorkState,
)
from finance_app.services import rates
from finance_app.services.budgeting import expenses, overview, tab
from finance_app.services.budgeting.costing import minor_of
from finance_app.services.budgeting.standing import (
    Standing,
    is_monthly,
    limit_of,
    measured,
    month_work,
    part_limits,
    part_plan,
    standings,
)
from finance_app.services.budgeting.work import Sums, Work, work_of
from finance_app.services.listing import ListQuery

DAY = date(2026, 11, 15)
NUMBER = count()

a_task = st.fixed_dictionaries(
    {
        "kind": st.sampled_from(WorkKind),
        "state": st.sampled_from(WorkState),
        "percent_done": st.sampled_from((0, 1, 33, 100)),
        "planned_seconds": st.sampled_from((None, 0, 3600, 36_001)),
        "occurrences": st.sampled_from((1, 3)),
        "bill_rate": st.sampled_from((None, Decimal("77.777777"), Decimal(9_999_999))),
        "archived": st.sampled_from((False, False, True)),
        "place": st.integers(0, 3),
        "owner": st.sampled_from((None, 0, 1, 2)),
        "logs": st.lists(st.sampled_from((36, 3600, 7777, 1_000_000_000)), max_size=2),
        "part": st.sampled_from((None, None, 5000)),
    }
)
a_project = st.fixed_dictionaries(
    {
        "method": st.sampled_from(BillingMethod),
        "currency": st.sampled_from(("EUR", "CHF")),
        "rate": st.sampled_from((None, Decimal("100.010001"))),
        "tracking": st.sampled_from((None, Decimal("45.5"))),
        "agreed": st.booleans(),
        "type": st.sampled_from((BudgetType.HOURS, BudgetType.AMOUNT)),
        "scope": st.sampled_from(BudgetScope),
        "period": st.sampled_from(BudgetPeriod),
        "tasks": st.lists(a_task, max_size=4),
    }
)
drawn_projects = st.lists(a_project, min_size=1, max_size=2)


def drawn_world(session, drawn) -> list[Project]:
    """Projects as drawn; rates of people change with time, one of them in years to come."""
    session.add(session.exec(select(Portal)).first() or Portal(base_currency="EUR", time_zone="UTC"))
    people = [User(name=name) for name in ("Ada", "Bo", "Cy")]
    session.add_all(people)
    session.flush()
    for user, since, bill, cost in (
        (0, 2020, 80, 40),
        (0, 2026, Decimal("91.5"), None),
        (0, 2030, 1, 1),
        (1, 2021, 60, None),
    ):
        session.add(
            UserRate(user_id=people[user].id, valid_from=date(since, 1, 1), bill_rate=bill, cost_rate=cost)
        )
    return [a_drawn_project(session, people, each) for each in drawn]


def a_drawn_project(session, people, drawn) -> Project:
    fixed = drawn["method"] is BillingMethod.FIXED_COST
    project = Project(name=f"P{next(NUMBER)}", currency=drawn["currency"], billing_method=drawn["method"],
                      bill_rate=drawn["rate"])  # fmt: skip
    session.add(project)
    session.flush()
    milestone = Milestone(project_id=project.id, name="First")
    session.add(milestone)
    session.flush()
    lists = [TaskList(project_id=project.id, name="L", milestone_id=id_) for id_ in (milestone.id, None)]
    session.add_all(lists)
    tracking = CostTracking.PROJECT_RATE if drawn["tracking"] else CostTracking.COST_RATES
    session.add(Budget(project_id=project.id, type=BudgetType.HOURS if fixed else drawn["type"],
                       scope=drawn["scope"], period=drawn["period"], seconds=9000, cost_minor=25_000,
                       cost_tracking=tracking, tracking_rate=drawn["tracking"]))  # fmt: skip
    session.add(
        Expense(project_id=project.id, user_id=people[0].id, day=DAY, currency="EUR", base_cost_minor=777)
    )
    if drawn["agreed"]:
        session.add(ProjectMember(project_id=project.id, user_id=people[0].id, bill_rate=Decimal("70.25")))
    session.flush()
    places = ({}, {"milestone_id": milestone.id}, *({"task_list_id": each.id} for each in lists))
    parts = set()
    for one in drawn["tasks"]:
        apart = ("owner", "logs", "archived", "place", "part")
        values = {name: one[name] for name in one if name not in apart} | places[one["place"]]
        task = Task(project_id=project.id, name="t", archived_at=now() if one["archived"] else None,
                    owner_id=None if one["owner"] is None else people[one["owner"]].id, **values)  # fmt: skip
        session.add(task)
        session.flush()
        for nth, seconds in enumerate(one["logs"]):
            session.add(TimeLog(project_id=project.id, task_id=task.id, user_id=people[nth].id,
                                day=DAY if nth else DAY.replace(month=1), seconds=seconds))  # fmt: skip
        of_scope = {BudgetScope.TASK: task.id, BudgetScope.MILESTONE: milestone.id,
                    BudgetScope.USER: task.owner_id}  # fmt: skip
        part = of_scope.get(drawn["scope"])
        if one["part"] and part and part not in parts:
            parts.add(part)
            session.add(BudgetPart(project_id=project.id, scope=drawn["scope"], part_id=part,
                                   seconds=one["part"], cost_minor=one["part"]))  # fmt: skip
    session.add(TimeLog(project_id=project.id, user_id=people[2].id, day=DAY, seconds=1234))
    session.flush()
    rates.price_logs(session, project_id=project.id)
    return project


def standing_of(session, work: Work) -> Standing:
    """By the rules, task by task."""
    budget, project_id = work.budget, work.project.id or 0
    assert budget is not None
    if budget.scope is BudgetScope.PROJECT:
        limit = limit_of(budget.type, (budget.seconds, budget.cost_minor))
    else:
        limits = part_plan(work) | part_limits(session, [budget]).get(project_id, {})
        limit = sum(limit_of(budget.type, each) or 0 for each in limits.values())
    period = None
    if is_monthly(budget):
        period, sums = Month.of(DAY).period, Sums()
        for each in month_work(session, [work], DAY)[project_id].values():
            sums.add(each)
        actual = measured(budget.type, sums, work.costing)[0]
        forecast = month_forecast(actual, DAY)
    else:
        actual, forecast = measured(budget.type, work.total, work.costing)
    spent = expenses.cost_by_project(session, [project_id], period).get(project_id, 0)
    extra = spent if budget.type is BudgetType.AMOUNT else 0
    return Standing(budget.type, limit, actual + extra, forecast + extra)


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(drawn_projects)
def test_what_the_database_adds_up_is_what_the_rules_give(session, drawn):
    point = session.begin_nested()
    projects = drawn_world(session, drawn)
    ids = [project.id for project in projects]
    expected = {id_: standing_of(session, work) for id_, work in work_of(session, projects).items()}
    assert standings(session, DAY, col(Project.id).in_(ids)) == expected
    for id_, stand in standings(session, DAY, col(Project.id).in_(ids), ahead=False).items():
        assert (stand.actual, stand.limit) == (expected[id_].actual, expected[id_].limit)
    point.rollback()
    session.expunge_all()


def shown_rows(session, actor, project, **asked):
    query = ListQuery(size=None, filters={"project": str(project.id), "open": "all", **asked})
    return tab.page(session, actor, query)


asked = st.fixed_dictionaries(
    {
        "unit": st.sampled_from(("hours", "money")),
        "by": st.sampled_from(("structure", "tasks")),
        "sort": st.sampled_from(tab.COLUMNS[1:]),
        "descending": st.booleans(),
    }
)


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(a_project, asked)
def test_the_tab_shows_what_the_rules_give(session, owner, drawn, asked):
    point = session.begin_nested()
    (project,) = drawn_world(session, [drawn])
    with at(datetime(DAY.year, DAY.month, DAY.day, 12, tzinfo=UTC)):
        work, unit = work_of(session, [project])[project.id], asked["unit"]
        found = shown_rows(session, owner, project, unit=unit, by=asked["by"])
        assert found.totals["work"].total == work.total
        shown = {row.part_id: figures_of(row) for row in found.rows if row.kind in ("task", "issue")}
        tasks = {task.id: sums for task, sums in work.tasks if not task.archived or sums.logs}
        assert shown == {id_: figures_in(unit, sums) for id_, sums in tasks.items()}
        seen = overview.overview(session, owner, found.totals["work"], unit)
        limit = seen.limit_seconds if seen.type is BudgetType.HOURS else seen.limit_minor
        assert limit == standing_of(session, work).limit
        check_order(session, owner, project, asked)
        people = shown_rows(session, owner, project, unit="hours", by="people").rows
        assert sum(row.actual for row in people) == work.total.actual
    point.rollback()
    session.expunge_all()


def figures_of(row) -> tuple[int, ...]:
    return row.planned, row.actual, row.forecast, row.logs


def figures_in(unit: str, sums: Sums) -> tuple[int, ...]:
    if unit == "hours":
        return sums.planned, sums.actual, sums.forecast, sums.logs
    costs = (sums.planned_cost, sums.actual_cost, sums.forecast_cost)
    return (*(minor_of(each, "EUR") for each in costs), sums.logs)


def check_order(session, owner, project, asked) -> None:
    """Rows are in the order of what they show, what has none last, and a page is a piece of the whole."""
    filters = {"project": str(project.id), "by": "tasks", "unit": asked["unit"]}
    query = ListQuery(sort=asked["sort"], descending=asked["descending"], size=None, filters=filters)
    rows = tab.page(session, owner, query).rows
    values = [getattr(row, query.sort) for row in rows]
    known = [value for value in values if value is not None]
    assert known == sorted(known, reverse=query.descending)
    assert all(value is None for value in values[len(known) :])
    few = tab.page(session, owner, replace(query, size=2, page=2))
    assert [row.key for row in few.rows] == [row.key for row in rows[2:4] or rows[:2]]
