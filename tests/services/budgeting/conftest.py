"""A project whose budget can be worked out by hand: three people, two milestones, every kind of task."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

import pytest
from sqlmodel import Session

from finance_app.models import Budget, Milestone, Portal, Project, Task, TaskList, TimeLog, User, UserRate
from finance_app.models.kinds import BillingMethod, BudgetType, WorkKind, WorkState
from finance_app.services import rates

HOUR = 3600
DAY = date(2026, 10, 5)


@dataclass
class Site:
    project: Project
    people: list[User]
    tasks: dict[str, Task]
    milestones: list[Milestone]

    def log(self, session: Session, person: int, task: str | None, hours: float, day: date = DAY, **more):
        log = TimeLog(
            project_id=self.project.id, task_id=self.tasks[task].id if task else None, day=day,
            user_id=self.people[person].id, seconds=int(hours * HOUR), **more,
        )  # fmt: skip
        session.add(log)
        session.flush()
        rates.price_logs(session, project_id=self.project.id)
        return log


@pytest.fixture
def site(session: Session) -> Site:
    """Planned: 10 h of Ines (100 an hour, costs 40), 20 h of Jo (50, no cost rate), 15 h of Kim (75, none):
    3,125.00 of revenue. Logged: 12 h of Ines on hers, 5 h of Jo on his at 25 %, 2 h without a task."""
    session.add(Portal(name="Studio", base_currency="EUR", time_zone="UTC"))
    people = [User(name=name) for name in ("Ines", "Jo", "Kim")]
    session.add_all(people)
    session.flush()
    for person, bill, cost in zip(people, (100, 50, 75), (40, None, None), strict=True):
        session.add(
            UserRate(user_id=person.id, valid_from=date(2020, 1, 1), bill_rate=Decimal(bill), cost_rate=cost)
        )
    project = Project(name="Site", currency="EUR", billing_method=BillingMethod.STAFF_HOURS,
                      start_date=date(2026, 10, 1), end_date=date(2026, 10, 31))  # fmt: skip
    session.add(project)
    session.flush()
    phases = [
        Milestone(project_id=project.id, name=name, position=place) for place, name in enumerate(("A", "B"))
    ]
    lists = [TaskList(project_id=project.id, name="Pages")]
    session.add_all([*phases, *lists])
    session.flush()
    lists[0].milestone_id = phases[0].id
    own = {"project_id": project.id}
    tasks = {
        "closed": Task(name="Closed", owner_id=people[0].id, planned_seconds=10 * HOUR,
                       state=WorkState.CLOSED, task_list_id=lists[0].id, **own),
        "begun": Task(name="Begun", owner_id=people[1].id, planned_seconds=5 * HOUR, occurrences=4,
                      percent_done=25, task_list_id=lists[0].id, **own),
        "open": Task(name="Open", owner_id=people[2].id, planned_seconds=15 * HOUR,
                     milestone_id=phases[1].id, **own),
        "bug": Task(name="Bug", kind=WorkKind.ISSUE, **own),
    }  # fmt: skip
    session.add_all(tasks.values())
    session.add(Budget(project_id=project.id, type=BudgetType.HOURS, seconds=20 * HOUR))
    session.flush()
    found = Site(project, people, tasks, phases)
    found.log(session, 0, "closed", 12)
    found.log(session, 1, "begun", 5)
    found.log(session, 2, None, 2)
    return found
