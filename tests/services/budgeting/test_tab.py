"""The budget tab against figures worked out by hand, on both databases."""

from dataclasses import replace
from datetime import date
from urllib.parse import parse_qsl, urlsplit

import pytest

from finance_app.domain.budget import Health
from finance_app.domain.errors import DomainError, InvalidFields, NotFound
from finance_app.models import Budget, Expense, Portal, ProjectMember
from finance_app.models.kinds import BudgetPeriod, BudgetScope, BudgetType
from finance_app.services.budgeting import burnup, opened, overview, parts, tab
from finance_app.services.budgeting.standing import Standing, of_project
from finance_app.services.budgeting.summed import summed
from finance_app.services.listing import ListQuery
from finance_app.services.portal import today_in
from finance_app.services.time_tracking import listing as time_listing
from finance_app.states.projects.budget import hrefs_of

HOUR = 3600


def asks(site, **filters) -> ListQuery:
    sort = filters.pop("sort", "")
    return ListQuery(
        search=filters.pop("search", ""),
        sort=sort.removeprefix("-"),
        descending=sort.startswith("-"),
        filters={"project": str(site.project.id), **filters},
    )


def figures(row) -> tuple:
    return row.planned, row.actual, row.variance, row.remaining, row.forecast


def in_hours(row) -> tuple:
    return tuple(None if value is None else value / HOUR for value in figures(row))


def standing(session, site) -> Standing:
    found = of_project(session, site.project)
    assert found
    return found


def test_hours_of_tasks_roll_up_to_lists_milestones_and_the_project(session, owner, site):
    found = tab.page(session, owner, asks(site, open="all"))
    assert [(row.name, row.kind, row.depth, in_hours(row)) for row in found.rows] == [
        ("A", "milestone", 0, (30, 17, -13, 13, 32)),
        ("Pages", "list", 1, (30, 17, -13, 13, 32)),
        ("Begun", "task", 2, (20, 5, -15, 15, 20)),
        ("Closed", "task", 2, (10, 12, 2, -2, 12)),
        ("B", "milestone", 0, (15, 0, -15, 15, 15)),
        ("Open", "task", 1, (15, 0, -15, 15, 15)),
        ("Bug", "issue", 0, (0, 0, 0, None, 0)),
        ("", "none", 0, (0, 2, 2, None, 2)),
    ]
    assert in_hours(found.totals["sums"]) == (45, 19, -26, 26, 49)
    by_name = {row.name: row for row in found.rows}
    assert by_name["Closed"].health is Health.OVERRUN
    assert by_name["Open"].health is Health.SURPLUS


def test_cost_uses_cost_rates_and_falls_back_to_billing_rates(session, owner, site):
    found = tab.page(session, owner, asks(site, unit="money"))
    milestone, other = found.rows[:2]
    assert figures(milestone) == (140000, 73000, -67000, 67000, 148000)
    assert figures(other) == (112500, 0, -112500, 112500, 112500)
    assert figures(found.totals["sums"])[:3] == (252500, 88000, -164500)
    seen = overview.overview(session, owner, found.totals["work"], "money")
    assert (seen.planned_revenue_minor, seen.revenue_minor) == (312500, 160000)


def test_rows_fold_sort_and_are_paged(session, owner, site):
    def names(**more):
        return [row.name for row in tab.page(session, owner, asks(site, **more)).rows]

    assert names() == ["A", "B", "Bug", ""]
    key = tab.page(session, owner, asks(site)).rows[0].key
    assert names(open=key) == ["A", "Pages", "B", "Bug", ""]
    assert names(by="tasks", sort="-actual")[:2] == ["Closed", "Begun"]
    assert names(by="tasks", sort="used")[:3] == ["Open", "Begun", "Closed"]
    assert names(search="OPE") == ["Open"]
    few = replace(asks(site, open="all"), size=3, page=9)
    found = tab.page(session, owner, few)
    assert (found.total, found.query.page, len(found.rows)) == (8, 3, 2)


def test_people_have_their_time_and_the_plan_of_what_they_own(session, owner, site):
    rows = tab.page(session, owner, asks(site, by="people")).rows
    assert [(row.name, row.planned / HOUR, row.actual / HOUR, row.forecast) for row in rows] == [
        ("Ines", 10, 12, None),
        ("Jo", 20, 5, None),
        ("Kim", 15, 2, None),
    ]


def test_expenses_stand_behind_people(session, owner, site):
    spent = Expense(project_id=site.project.id, user_id=site.people[0].id, day=date(2026, 10, 5),
                    currency="EUR", base_cost_minor=777)  # fmt: skip
    session.add(spent)
    session.flush()
    rows = tab.page(session, owner, asks(site, by="people", unit="money")).rows
    assert [(row.name, row.kind) for row in rows][-2:] == [("Kim", "person"), ("", "expense")]


def test_everybody_sees_hours_and_few_see_costs(session, member, site):
    session.add(ProjectMember(project_id=site.project.id, user_id=member.user_id))
    assert tab.page(session, member, asks(site)).total == 4
    with pytest.raises(DomainError, match="not_allowed"):
        tab.page(session, member, asks(site, unit="money"))
    with pytest.raises(NotFound):
        tab.page(session, member, ListQuery(filters={"project": "999"}))
    work = summed(session, site.project)
    seen = overview.overview(session, member, work, "hours")
    assert (seen.actual_seconds, seen.actual_minor, seen.planned_minor, seen.sees_revenue) == (
        19 * HOUR,
        0,
        0,
        False,
    )


def test_a_budget_of_hours_is_at_risk_by_its_forecast(session, owner, site):
    stand = standing(session, site)
    assert (stand.limit, stand.actual, stand.forecast) == (20 * HOUR, 19 * HOUR, 49 * HOUR)
    assert (str(stand.percent), stand.health) == ("95.0", Health.AT_RISK)
    budget = session.get_one(Budget, site.project.id)
    budget.type, budget.cost_minor = BudgetType.AMOUNT, 80000
    session.flush()
    stand = standing(session, site)
    assert (stand.actual, stand.health) == (88000, Health.OVERRUN)
    assert overview.spent_beyond(session, owner, site.project.id) == 110


def test_parts_have_limits_and_the_project_their_sum(session, owner, site):
    budget = session.get_one(Budget, site.project.id)
    budget.scope, budget.seconds = BudgetScope.MILESTONE, None
    session.flush()
    first = site.milestones[0].id
    assert parts.form_values(session, owner, site.project.id, first) == {"limit": ""}
    parts.set_limit(session, owner, site.project.id, first, {"limit": "16,5"})
    assert parts.form_values(session, owner, site.project.id, first) == {"limit": "16.5"}
    row = tab.page(session, owner, asks(site)).rows[0]
    assert (row.limit, row.own_limit, row.remaining, row.health) == (59400, True, -1800, Health.OVERRUN)
    assert standing(session, site).limit == 31.5 * HOUR
    parts.set_limit(session, owner, site.project.id, first, {"limit": ""})
    assert standing(session, site).limit == 45 * HOUR
    with pytest.raises(InvalidFields):
        parts.set_limit(session, owner, site.project.id, first, {"limit": "-3"})
    with pytest.raises(NotFound):
        parts.set_limit(session, owner, site.project.id, 999, {"limit": "3"})


def test_a_budget_a_month_is_measured_by_this_month(session, owner, site):
    budget = session.get_one(Budget, site.project.id)
    budget.period = BudgetPeriod.MONTH
    session.flush()
    assert standing(session, site).actual == 0
    site.log(session, 0, None, 3, today_in(Portal(time_zone="UTC")))
    stand = standing(session, site)
    assert stand.actual == 3 * HOUR
    assert stand.forecast >= stand.actual


def test_the_course_reaches_the_plan_and_what_was_spent(session, owner, site):
    work = summed(session, site.project)
    day = date(2026, 10, 12)
    course = burnup.burnup(session, work, "hours", day)
    assert not course.by_month
    assert course.points[0].day == date(2026, 10, 4)
    assert [point.actual for point in course.points[:2]] == [0, 19 * HOUR]
    assert course.points[-1].planned == 45 * HOUR
    assert course.forecast == 49 * HOUR
    assert course.completion == date(2026, 11, 26)
    money = burnup.burnup(session, work, "money", day)
    assert money.points[1].actual == 88000
    site.log(session, 0, None, 1, date(2024, 1, 15))
    work = summed(session, site.project)
    long = burnup.burnup(session, work, "hours", day)
    assert long.by_month
    assert [long.points[0].day, long.points[0].actual] == [date(2024, 1, 31), HOUR]
    assert long.points[-1].planned == 45 * HOUR


def narrowed(site, address: str) -> ListQuery:
    filters = dict(parse_qsl(urlsplit(address).query))
    return ListQuery(sort="day", filters={"project": str(site.project.id), **filters})


@pytest.mark.parametrize("by", ["structure", "people"])
def test_every_figure_opens_rows_of_the_same_sum(session, owner, site, by):
    id_ = site.project.id
    for row in tab.page(session, owner, asks(site, open="all", by=by)).rows:
        _, _, address = hrefs_of(row, id_, tab.HOURS)
        query = narrowed(site, address)
        seconds = time_listing.page(session, owner, query).totals["seconds"] if address else 0
        assert seconds == row.actual, (row.kind, address)
    for row in tab.page(session, owner, asks(site, open="all", by=by, unit="money")).rows:
        _, plan, address = hrefs_of(row, id_, tab.MONEY)
        if address:
            found = opened.amounts(session, owner, id_, narrowed(site, address), [])
            assert found
            assert found.total == row.actual, (row.kind, address)
        if "/budget" in plan:
            found = tab.page(session, owner, narrowed(site, plan))
            assert found.totals["sums"].planned == row.planned, (row.kind, plan)
            assert found.totals["within"]


def test_opened_time_shows_what_each_log_cost_and_earned(session, owner, member, site):
    session.add(ProjectMember(project_id=site.project.id, user_id=member.user_id))
    query = asks(site, amount="cost")
    logs = time_listing.page(session, owner, query).rows
    ids = [log.id for log in logs]
    cost = opened.amounts(session, owner, site.project.id, query, ids)
    assert cost
    by_person = {log.person: cost.logs[log.id] for log in logs}
    assert (by_person, cost.total) == ({"Ines": 48000, "Jo": 25000, "Kim": 15000}, 88000)
    earned = opened.amounts(session, owner, site.project.id, asks(site, amount="earned"), ids)
    assert earned
    assert (sum(earned.logs.values()), earned.total) == (160000, 160000)
    assert opened.amounts(session, owner, site.project.id, asks(site), ids) is None
    assert opened.amounts(session, member, site.project.id, query, ids) is None
