"""The live sums of the wizard are those of the lines that the draft will have, to the cent and the second."""

from datetime import date, timedelta
from decimal import Decimal
from random import Random

import pytest
from sqlmodel import select

from finance_app.domain.grouping import Eligibility, GroupBy
from finance_app.models import Client, Milestone, Portal, Project, Task, TaskList, TimeLog, User
from finance_app.models.kinds import ApprovalState, RoundingMode, RoundingScope
from finance_app.services.invoicing.preview import outline, preview
from finance_app.services.invoicing.scope import Picked, Scope, from_json, to_json

FIRST = date(2026, 9, 1)


@pytest.fixture
def office(session):
    """Two projects with tasks in lists and milestones, and 150 logs of every kind, always the same."""
    chance = Random(7)
    portal = session.exec(select(Portal)).first() or Portal()
    portal.base_currency, portal.needs_approval = "EUR", True
    client, people = Client(name="Ardent", currency="EUR"), [User(name="Ines"), User(name="Jo")]
    session.add_all([portal, client, *people])
    session.flush()
    projects = [Project(name=name, client_id=client.id, currency="EUR") for name in ("site", "App")]
    session.add_all(projects)
    session.flush()
    tasks = []
    for project in projects:
        phase = Milestone(project_id=project.id, name="Phase")
        session.add(phase)
        session.flush()
        task_list = TaskList(project_id=project.id, name="List", milestone_id=phase.id)
        session.add(task_list)
        session.flush()
        tasks += [
            Task(project_id=project.id, name="In a list", task_list_id=task_list.id),
            Task(project_id=project.id, name="With a phase", milestone_id=phase.id),
            Task(project_id=project.id, name="Alone"),
        ]
    session.add_all(tasks)
    session.flush()
    for _ in range(150):
        project = chance.choice(projects)
        own = [task for task in tasks if task.project_id == project.id]
        rate = chance.choice((None, "80", "33.333333", "95.5"))
        session.add(
            TimeLog(
                project_id=project.id,
                task_id=chance.choice([*own, None]) and chance.choice(own).id,
                user_id=chance.choice(people).id,
                day=FIRST + timedelta(chance.randrange(8)),
                seconds=chance.randint(1, 20_000),
                bill_rate=rate and Decimal(rate),
                billable=chance.random() < 0.9,
                approval=chance.choice((ApprovalState.APPROVED, ApprovalState.APPROVED, ApprovalState.OPEN)),
                notes=chance.choice(("", "a", "b")),
            )
        )
    session.flush()
    return portal, client, projects, tasks


ROUNDINGS = [
    (RoundingMode.NONE, RoundingScope.LOG, None),
    (RoundingMode.UP, RoundingScope.LOG, None),
    (RoundingMode.DOWN, RoundingScope.LOG, None),
    (RoundingMode.NEAREST, RoundingScope.LOG, None),
    (RoundingMode.UP, RoundingScope.LINE, None),
    (RoundingMode.NEAREST, RoundingScope.LINE, 8 * 3600),
]


@pytest.mark.parametrize(("mode", "per", "cap"), ROUNDINGS)
def test_the_live_sums_are_those_of_the_lines(session, owner, office, mode, per, cap):
    portal, _, projects, _ = office
    portal.rounding_mode, portal.rounding_scope, portal.daily_cap_seconds = mode, per, cap
    projects[1].rounding_mode, projects[1].rounding_step_minutes = RoundingMode.UP, 7
    session.flush()
    for by in GroupBy:
        for fallback in (None, Decimal(80)):
            scope = Scope(
                tuple(project.id for project in projects), FIRST + timedelta(6), FIRST + timedelta(1),
                group_by=by, fallback_rate=fallback,
            )  # fmt: skip
            live, made = outline(session, owner, scope), preview(session, owner, scope)
            for name in (
                *("seen", "line_count", "logs", "tracked_seconds", "billed_seconds", "amount_minor"),
                *("shares", "left_out"),
            ):
                assert getattr(live, name) == getattr(made, name), (by, name)
            assert made.logs > 30


def test_what_is_left_out_by_hand_is_told(session, owner, office):
    _, _, projects, tasks = office
    everything = Scope((projects[0].id,), FIRST + timedelta(30))
    logs = outline(session, owner, everything).logs
    for picked in (
        Picked(tasks=(tasks[0].id,)),
        Picked(milestones=(tasks[1].milestone_id,)),
        Picked(only=True, tasks=(tasks[2].id,)),
        Picked(logs=(preview(session, owner, everything).lines[0].source.logs[0].id,)),
    ):
        scope = Scope(everything.project_ids, everything.until, picked=picked)
        found = outline(session, owner, scope)
        by_hand = {each.reason: each.logs for each in found.left_out}[Eligibility.NOT_CHOSEN]
        assert 0 < found.logs < logs
        assert found.logs == preview(session, owner, scope).logs
        assert found.logs + by_hand == logs


def test_a_scope_survives_being_stored():
    scope = Scope(
        (1, 2), FIRST, FIRST, GroupBy.USER, fallback_rate=Decimal("80.5"), client_id=3,
        picked=Picked(True, (1,), (2,), (3,)), charges={"fixed_cost": [{"project": 4, "basis": "rest"}]},
    )  # fmt: skip
    assert from_json(to_json(scope)) == scope
