import ast
import re
from pathlib import Path
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlmodel import col

import finance_app
from finance_app.i18n import messages
from finance_app.models import AuditEvent, Client, Expense, Project, Task, TimeLog, User
from finance_app.models.kinds import Role
from finance_app.services import activity
from finance_app.services.activity import Happening
from finance_app.services.audit.trail import record
from finance_app.states.overview import address, event
from tests.harness.invoices import TODAY
from tests.services.conftest import actor


def recorded() -> tuple[set[str], set[str]]:
    """Every kind and action that the program records by a literal word."""
    kinds, actions = set(), set()
    for path in Path(finance_app.__file__).parent.rglob("*.py"):
        for call in ast.walk(ast.parse(path.read_text())):
            if not isinstance(call, ast.Call) or len(call.args) < 5:
                continue
            if ast.unparse(call.func) not in ("audit.record", "record"):
                continue
            kinds |= words(call.args[2])
            actions |= words(call.args[4])
    return kinds, {action for action in actions if re.fullmatch(r"[a-z][a-z_]*[a-z]", action)}


def words(node: ast.expr) -> set[str]:
    return {
        each.value
        for each in ast.walk(node)
        if isinstance(each, ast.Constant) and isinstance(each.value, str)
    }


def test_every_kind_and_action_has_words_in_both_languages() -> None:
    kinds, actions = recorded()
    assert len(kinds) > 10
    assert len(actions) > 50
    for locale in ("en", "fr"):
        known = messages(locale)
        for group, names in (("kind", kinds), ("action", actions)):
            lacking = {n for n in names if not {f"audit.{group}.{n}", f"overview.{group}.{n}"} & known.keys()}
            assert not lacking, (locale, group)


def test_every_event_of_the_demo_tells_its_object_and_leads_there(demo_session) -> None:
    owner = actor(demo_session, Role.OWNER)
    paris = ZoneInfo("Europe/Paris")
    kinds = demo_session.execute(select(AuditEvent.object_kind).distinct()).scalars().all()
    for kind in kinds:
        newest = (
            demo_session.execute(
                select(AuditEvent)
                .where(col(AuditEvent.object_kind) == kind)
                .order_by(col(AuditEvent.id).desc())
            )
            .scalars()
            .first()
        )
        subjects = activity._subjects(demo_session, kind, [newest.object_id or 0])
        found = activity._happening(newest, subjects)
        shown = event(found, "en", paris)
        assert "_" not in shown.what.split(" · ")[-1]
        assert shown.href or not found.there, kind
    assert len(activity.recent(demo_session, owner)) == activity.RECENT


def happening(kind: str, **more) -> Happening:
    return Happening(AuditEvent(object_kind=kind, object_id=7), "", True, **more)


def test_what_is_no_more_leads_nowhere() -> None:
    assert address(Happening(AuditEvent(object_kind="invoice", object_id=7), "INV-7"), "invoice") == ""
    assert address(happening("task", project_id=3), "issue") == "/projects/3/issues/7"
    assert address(happening("milestone", project_id=3), "milestone") == "/projects/3/milestones/7"


def test_a_member_sees_work_and_what_is_his_own(session) -> None:
    member = actor(session, Role.MEMBER)
    other = User(name="Another")
    project = Project(name="Site", currency="EUR")
    client = Client(name="Acme", currency="EUR")
    session.add_all([other, project, client])
    session.flush()
    task = Task(project_id=project.id, name="Draw")
    mine, theirs = (
        TimeLog(project_id=project.id, user_id=id, day=TODAY, seconds=60) for id in (member.user_id, other.id)
    )
    spent = Expense(day=TODAY, user_id=other.id, merchant="SNCF", currency="EUR")
    session.add_all([task, mine, theirs, spent])
    session.flush()
    for kind, id, action in (
        ("client", client.id, "created"),
        ("task", task.id, "closed"),
        ("time_log", mine.id, "created"),
        ("time_log", theirs.id, "created"),
        ("expense", spent.id, "created"),
        ("project", project.id, "budget_overrun"),
        ("project", project.id, "archived"),
        ("user", other.id, "password_changed"),
    ):
        record(session, None, kind, id, action)
    session.flush()
    seen = [(each.event.object_kind, each.event.object_id) for each in activity.recent(session, member)]
    assert seen == [("project", project.id), ("time_log", mine.id), ("task", task.id)]
    boss = actor(session, Role.OWNER)
    everything = activity.recent(session, boss)
    assert ("expense", spent.id) in [(each.event.object_kind, each.event.object_id) for each in everything]
    assert "password_changed" in [each.event.action for each in everything]
