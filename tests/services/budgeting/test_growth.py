"""What the database adds up of many projects is what the rules give task by task."""

from datetime import date
from decimal import Decimal
from itertools import count

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlmodel import select

from finance_app.models import Budget, Expense, Portal, Project, ProjectMember, Task, TimeLog, User, UserRate
from finance_app.models.kinds import BillingMethod, BudgetPeriod, BudgetType, WorkKind, WorkState
from finance_app.services import rates
from finance_app.services.budgeting.standing import healths, standings

DAY = date(2026, 11, 15)
NUMBER = count()

a_task = st.fixed_dictionaries(
    {
        "kind": st.sampled_from(WorkKind),
        "state": st.sampled_from(WorkState),
        "percent_done": st.sampled_from((0, 1, 33, 100)),
        "planned_seconds": st.sampled_from((None, 0, 3600, 36_001)),
        "occurrences": st.sampled_from((1, 3)),
        "bill_rate": st.sampled_from((None, Decimal("77.77"))),
        "owner": st.sampled_from((None, 0, 1, 2)),
        "logs": st.lists(st.sampled_from((36, 3600, 7777)), max_size=2),
    }
)
a_project = st.fixed_dictionaries(
    {
        "method": st.sampled_from([m for m in BillingMethod if m is not BillingMethod.FIXED_COST]),
        "currency": st.sampled_from(("EUR", "CHF")),
        "rate": st.sampled_from((None, Decimal("100.01"))),
        "agreed": st.booleans(),
        "type": st.sampled_from((BudgetType.HOURS, BudgetType.AMOUNT)),
        "period": st.sampled_from(BudgetPeriod),
        "tasks": st.lists(a_task, max_size=3),
    }
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(a_project, min_size=1, max_size=2))
def test_healths_are_standings(session, drawn):
    point = session.begin_nested()
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
    projects = []
    for each in drawn:
        project = Project(name=f"P{next(NUMBER)}", currency=each["currency"], billing_method=each["method"],
                          bill_rate=each["rate"])  # fmt: skip
        session.add(project)
        session.flush()
        projects.append(project)
        session.add(Budget(project_id=project.id, type=each["type"], period=each["period"], seconds=9000,
                           cost_minor=25_000))  # fmt: skip
        session.add(
            Expense(project_id=project.id, user_id=people[0].id, day=DAY, currency="EUR", base_cost_minor=777)
        )
        if each["agreed"]:
            session.add(
                ProjectMember(project_id=project.id, user_id=people[0].id, bill_rate=Decimal("70.25"))
            )
        for one in each["tasks"]:
            values = {name: one[name] for name in one if name not in ("owner", "logs")}
            if one["owner"] is not None:
                values["owner_id"] = people[one["owner"]].id
            task = Task(project_id=project.id, name="t", **values)
            session.add(task)
            session.flush()
            for at, seconds in enumerate(one["logs"]):
                session.add(TimeLog(project_id=project.id, task_id=task.id, user_id=people[at].id, day=DAY,
                                    seconds=seconds))  # fmt: skip
        session.flush()
        rates.price_logs(session, project_id=project.id)
    seen, exact = healths(session, projects, DAY), standings(session, projects, DAY)
    for id_, stand in exact.items():
        assert (seen[id_].actual, seen[id_].health) == (stand.actual, stand.health)
        if stand.measure is BudgetType.HOURS:
            assert seen[id_] == stand
    point.rollback()
