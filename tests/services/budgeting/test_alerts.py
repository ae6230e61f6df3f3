"""Alerts of budgets: once each, in the transaction that crosses them, on both databases."""

import threading
from datetime import date, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import delete, select
from sqlmodel import Session, col

from finance_app import db
from finance_app.models import (
    AuditEvent,
    Budget,
    BudgetPart,
    Expense,
    Milestone,
    Notice,
    OutboxMessage,
    Portal,
    Project,
    Task,
    TimeLog,
    User,
    UserRate,
)
from finance_app.models.kinds import (
    ApprovalState,
    BillingMethod,
    BudgetPeriod,
    BudgetScope,
    BudgetType,
    Role,
)
from finance_app.models.profile import built_in_id
from finance_app.services import rates
from finance_app.services.budgeting import alerts, standing, switching
from finance_app.services.portal import today_in

HOUR = 3600


@pytest.fixture
def site(session: Session) -> Project:
    return make_site(session)


def make_site(session: Session, **budget) -> Project:
    """A project with 100 hours, its manager, and no time."""
    session.add(Portal(name="Studio", base_currency="EUR", time_zone="UTC"))
    manager = User(
        name="Mia Lang", email="mia@example.com", locale="fr", profile_id=built_in_id(Role.MANAGER)
    )
    worker = User(name="Ana")
    session.add_all([manager, worker])
    session.flush()
    project = Project(name="Site", currency="EUR", manager_id=manager.id, bill_rate=Decimal(100))
    session.add(project)
    session.flush()
    given = {"type": BudgetType.HOURS, "seconds": 100 * HOUR, **budget}
    session.add(Budget(project_id=project.id, **given))
    session.flush()
    return project


def work(session: Session, project: Project, hours: float, day: date | None = None, **more) -> TimeLog:
    worker = session.execute(select(User).where(col(User.name) == "Ana")).scalars().one()
    log = TimeLog(project_id=project.id, user_id=worker.id, day=day or today_in(Portal(time_zone="UTC")),
                  seconds=int(hours * HOUR), **more)  # fmt: skip
    session.add(log)
    session.flush()
    return log


def mails(session: Session) -> list[str]:
    return list(session.execute(select(OutboxMessage).order_by(col(OutboxMessage.id))).scalars().all())


def told(session: Session) -> list[str]:
    return [f"{m.payload['email']}: {m.payload['subject']}" for m in mails(session)]


def test_each_percentage_is_mailed_once_in_the_readers_language(session, site):
    work(session, site, 49)
    assert alerts.settle(session) == 0
    work(session, site, 35)
    assert alerts.settle(session) == 1
    assert told(session) == ["budget_threshold: Site : 84 % du budget est consommé"]
    work(session, site, 10)
    assert alerts.settle(session) == 0
    work(session, site, 10)
    assert alerts.settle(session) == 1
    assert told(session)[1] == "budget_overrun: Site dépasse son budget"
    message = mails(session)[1]
    assert message.payload["to"] == ["mia@example.com"]
    assert "104,00 h sur 100,00 h" in message.payload["body"]
    notices = session.execute(select(Notice)).scalars().all()
    assert [(n.kind, n.params["percent"], n.href) for n in notices] == [
        ("budget_threshold_hours", 84, f"/projects/{site.id}/budget"),
        ("budget_overrun_hours", 104, f"/projects/{site.id}/budget"),
    ]
    assert (
        session.execute(select(AuditEvent).where(col(AuditEvent.action) == "budget_overrun")).scalars().one()
    )


def test_one_step_over_the_threshold_and_the_budget_tells_each(session, site):
    session.get_one(Budget, site.id).threshold = 80
    work(session, site, 130)
    assert alerts.settle(session) == 2
    assert [line.partition(":")[0] for line in told(session)] == ["budget_threshold", "budget_overrun"]
    body = mails(session)[0].payload["body"]
    assert "Il ne reste rien." in body
    assert "0,00 h" not in body.replace("130,00 h sur 100,00 h", "")
    assert [row.kind for row in session.execute(select(Notice)).scalars()] == [
        "budget_threshold_hours", "budget_overrun_hours",
    ]  # fmt: skip
    work(session, site, 1)
    assert alerts.settle(session) == 0


def test_a_lower_budget_and_a_higher_rate_cross_too(session, site):
    work(session, site, 40)
    assert alerts.settle(session) == 0
    budget = session.get_one(Budget, site.id)
    budget.seconds = 45 * HOUR
    session.add(budget)
    assert alerts.settle(session) == 1
    budget.type, budget.cost_minor, budget.seconds = BudgetType.AMOUNT, 10_000_00, None
    alerts.settle(session)
    session.add(UserRate(user_id=2, valid_from=date(2020, 1, 1), cost_rate=Decimal(300)))
    ana = session.execute(select(User).where(col(User.name) == "Ana")).scalars().one()
    session.execute(delete(UserRate))
    session.add(UserRate(user_id=ana.id, valid_from=date(2020, 1, 1), cost_rate=Decimal(300)))
    rates.reprice(session, user_id=ana.id)
    assert alerts.settle(session) == 1
    assert "€" in mails(session)[-1].payload["body"]


def test_costs_are_told_to_the_owners_where_the_manager_may_not_see_them(session, owner):
    site = make_site(
        session, type=BudgetType.AMOUNT, seconds=None, cost_minor=100_00, alerts=[100], threshold=80
    )
    manager = session.get_one(User, site.manager_id)
    manager.profile_id = built_in_id(Role.MEMBER)
    session.flush()
    work(session, site, 2, cost_rate=Decimal(100))
    assert alerts.settle(session) == 2
    assert {message.payload["to"][0] for message in mails(session)} == {owner.email}
    assert {row.user_id for row in session.execute(select(Notice)).scalars()} == {owner.user_id}


def test_budgets_that_switch_on_by_themselves_follow_the_plan_and_start_in_silence(session, owner, site):
    empty = Project(name="Empty", currency="EUR")
    fixed = Project(name="Fixed", currency="EUR", billing_method=BillingMethod.FIXED_COST)
    hourly = Project(name="Hourly", currency="EUR", bill_rate=Decimal(100))
    session.add_all([empty, fixed, hourly])
    session.flush()
    tasks = [Task(project_id=each.id, name="Do", planned_seconds=10 * HOUR) for each in (site, fixed, hourly)]
    session.add_all(tasks)
    session.flush()
    work(session, fixed, 12, task_id=tasks[1].id)
    assert switching.switch_on(session, owner) == [fixed.id, hourly.id]
    assert switching.switch_on(session, owner) == []
    assert (session.get_one(Budget, fixed.id).type, session.get_one(Budget, hourly.id).type) == (
        BudgetType.HOURS, BudgetType.AMOUNT,
    )  # fmt: skip
    stand = standing.of_project(session, fixed)
    assert stand
    assert (stand.limit, stand.actual) == (10 * HOUR, 12 * HOUR)
    assert alerts.settle(session) == 0
    assert told(session) == []
    work(session, hourly, 9, task_id=tasks[2].id, bill_rate=Decimal(100))
    assert alerts.settle(session) == 1


def test_an_expense_counts_in_a_budget_of_cost_until_it_is_rejected(session):
    site = make_site(
        session, type=BudgetType.AMOUNT, seconds=None, cost_minor=1_000_00, alerts=[100], threshold=None
    )
    log = work(session, site, 9)
    log.cost_rate = Decimal(100)
    session.add(log)
    assert alerts.settle(session) == 0
    taxi = Expense(
        project_id=site.id, user_id=log.user_id, day=log.day, currency="EUR", base_cost_minor=150_00
    )
    session.add(taxi)
    assert alerts.settle(session) == 1
    assert alerts.spending(session, site, session.get_one(Budget, site.id), log.day)[0].actual == 1_050_00
    taxi.approval = ApprovalState.REJECTED
    session.add(taxi)
    assert alerts.settle(session) == 0
    stand = standing.of_project(session, site)
    assert stand
    assert stand.actual == 900_00


def test_it_is_told_again_only_after_it_fell_and_the_limit_changed(session, site):
    log = work(session, site, 60)
    assert alerts.settle(session) == 1
    session.delete(log)
    session.flush()
    assert alerts.settle(session) == 0
    log = work(session, site, 60)
    assert alerts.settle(session) == 0
    budget = session.get_one(Budget, site.id)
    budget.seconds = 200 * HOUR
    session.add(budget)
    assert alerts.settle(session) == 0
    work(session, site, 45)
    assert alerts.settle(session) == 1


def test_a_budget_a_month_counts_this_month_only(session):
    site = make_site(session, period=BudgetPeriod.MONTH)
    first = today_in(Portal(time_zone="UTC")).replace(day=1)
    work(session, site, 300, first - timedelta(days=1))
    assert alerts.settle(session) == 0
    work(session, site, 55, first)
    assert alerts.settle(session) == 1


@pytest.mark.parametrize("period", list(BudgetPeriod))
@pytest.mark.parametrize("scope", [BudgetScope.MILESTONE, BudgetScope.TASK, BudgetScope.USER])
def test_parts_have_limits_of_their_own(session, scope, period):
    site = make_site(session, scope=scope, seconds=None, alerts=[100], threshold=None, period=period)
    phase = Milestone(project_id=site.id, name="Design")
    session.add(phase)
    session.flush()
    task = Task(project_id=site.id, milestone_id=phase.id, name="Mock-ups", planned_seconds=50 * HOUR)
    session.add(task)
    session.flush()
    ana = session.execute(select(User).where(col(User.name) == "Ana")).scalars().one()
    part = {BudgetScope.MILESTONE: phase.id, BudgetScope.TASK: task.id, BudgetScope.USER: ana.id}[scope]
    session.add(BudgetPart(project_id=site.id, scope=scope, part_id=part, seconds=10 * HOUR))
    work(session, site, 9, task_id=task.id)
    assert alerts.settle(session) == 0
    work(session, site, 2, task_id=task.id)
    assert alerts.settle(session) == 1
    name = {BudgetScope.MILESTONE: "Design", BudgetScope.TASK: "Mock-ups", BudgetScope.USER: "Ana"}[scope]
    assert told(session) == [f"budget_overrun: Site – {name} dépasse son budget"]


def test_without_a_manager_the_owners_are_told_and_a_closed_project_is_left_alone(session, owner, site):
    site.manager_id = None
    session.add(site)
    work(session, site, 60)
    assert alerts.settle(session) == 1
    assert mails(session)[0].payload["to"] == [owner.email]
    site.archived_at = mails(session)[0].created_at
    session.add(site)
    work(session, site, 60)
    assert alerts.settle(session) == 0


def test_of_writers_at_once_exactly_one_crosses(engine):
    with db.transaction(engine) as session:
        site = make_site(session, alerts=[100], threshold=None)
    assert site.billing_method is BillingMethod.PROJECT_HOURS
    together = threading.Barrier(6)

    def write(number: int) -> None:
        together.wait()
        with db.transaction(engine) as session:
            work(session, session.get_one(Project, site.id), 20 + number)

    threads = [threading.Thread(target=write, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with db.reading(engine) as session:
        assert [line.partition(":")[0] for line in told(session)] == ["budget_overrun"]
        assert session.execute(select(TimeLog)).scalars().all().__len__() == 6
