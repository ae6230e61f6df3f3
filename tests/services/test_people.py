from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlmodel import select

from finance_app.domain.errors import DomainError, InvalidFields
from finance_app.domain.permissions import BUILT_IN
from finance_app.models import AuditEvent, Portal, Project, ProjectMember, TimeLog, User, UserRate
from finance_app.models.kinds import BillingMethod, Role
from finance_app.models.profile import built_in_id
from finance_app.services.accounts import identity as accounts
from finance_app.services.accounts.identity import Actor
from finance_app.services.listing import ListQuery
from finance_app.services.people import directory as people
from finance_app.services.people import work as person_work
from finance_app.services.portal import today

OWNER, MANAGER, MEMBER = (built_in_id(role) for role in (Role.OWNER, Role.MANAGER, Role.MEMBER))
DATA = {"name": "Ada Byron", "email": " Ada@Example.com ", "weekly_hours": "37:30"}


@pytest.fixture
def ada(session, owner) -> User:
    return people.create(session, owner, DATA)


def second_owner(session) -> tuple[User, Actor]:
    user = accounts.create_user(
        session, name="Second", email="second@example.com", password="correct horse", role=Role.OWNER
    )
    actor = accounts.actor_of(session, accounts.open_session(session, user))
    assert actor is not None
    return user, actor


def faults(work: Callable[[], object]) -> dict[str, str]:
    with pytest.raises(InvalidFields) as refusal:
        work()
    return {name: fault.code for name, fault in refusal.value.faults.items()}


def test_a_person_is_added_with_and_without_an_address(session, owner, ada):
    assert (ada.email, ada.weekly_seconds, ada.locale) == ("ada@example.com", 135_000, None)
    imported = people.create(session, owner, {"name": "Bo"})
    assert (imported.email, imported.profile_id, imported.weekly_seconds) == (None, MEMBER, 35 * 3600)
    again = people.create(session, owner, {"name": "Bo"})
    assert again.id != imported.id
    assert session.exec(select(AuditEvent.action)).all() == ["created"] * 3


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"name": " "}, "name"),
        ({"email": "ada"}, "email"),
        ({"email": "OWNER@example.com"}, "email"),
        ({"profile_id": "king"}, "profile_id"),
        ({"profile_id": "99"}, "profile_id"),
        ({"locale": "tlh"}, "locale"),
        ({"weekly_hours": "often"}, "weekly_hours"),
        ({"weekly_hours": "169"}, "weekly_hours"),
        ({"weekly_hours": "-1"}, "weekly_hours"),
        ({"weekly_hours": ""}, "weekly_hours"),
        ({"name": "x" * 201}, "name"),
    ],
)
def test_a_fault_names_its_field(session, owner, ada, changes, field):
    assert set(faults(lambda: people.update(session, owner, ada.id, changes, 1))) == {field}
    assert ada.name == "Ada Byron"


def test_the_address_of_an_archived_person_says_whose_it_is(session, owner, ada):
    people.archive(session, owner, [ada.id])
    found = faults(lambda: people.create(session, owner, {"name": "New", "email": "ada@example.com"}))
    assert found == {"email": "person.error.email_archived"}


def test_the_last_owner_stays_owner_with_an_address(session, owner, ada):
    me = owner.user_id
    assert faults(lambda: people.update(session, owner, me, {"profile_id": str(MANAGER)}, 1)) == {
        "profile_id": "person.error.last_owner_profile"
    }
    assert faults(lambda: people.update(session, owner, me, {"email": ""}, 1)) == {
        "email": "person.error.last_owner_email"
    }
    people.update(session, owner, ada.id, {"profile_id": str(OWNER)}, 1)  # cannot log in: has no password
    with pytest.raises(DomainError, match="last_owner"):
        people.archive(session, owner, [me])
    _user, other = second_owner(session)
    with pytest.raises(DomainError, match="oneself"):
        people.archive(session, owner, [me])
    assert people.archive(session, other, [me]) == 1
    with pytest.raises(DomainError, match="last_owner"):
        people.archive(session, other, [other.user_id])


def test_nobody_gives_or_takes_rights_that_he_has_not(session, owner, ada):
    admin = replace(owner, user_id=0, permissions=BUILT_IN[Role.ADMINISTRATOR])
    offered = [profile.key for profile in people.profiles_to_give(session, admin, ada.id)]
    assert offered == ["administrator", "manager", "member", "accountant"]
    assert faults(lambda: people.update(session, admin, ada.id, {"profile_id": str(OWNER)}, 1)) == {
        "profile_id": "person.error.more_rights"
    }
    for work in (
        lambda: people.update(session, admin, owner.user_id, {"email": "admin@example.com"}, 1),
        lambda: people.archive(session, admin, [owner.user_id]),
    ):
        with pytest.raises(DomainError, match="out_of_reach"):
            work()
    people.update(session, admin, ada.id, {"profile_id": str(MANAGER)}, 1)
    assert ada.profile_id == MANAGER


def test_archiving_ends_the_log_ins_and_restoring_opens_none(session, owner, ada):
    token = accounts.open_session(session, ada)
    assert accounts.actor_of(session, token) is not None
    assert people.archive(session, owner, [ada.id]) == 1
    assert people.archive(session, owner, [ada.id]) == 0
    assert people.restore(session, owner, [ada.id]) == 1
    session.expire_all()
    assert accounts.actor_of(session, token) is None
    assert [hit[1] for hit in people.suggestions(session, owner, "ada", 5)] == ["Ada Byron"]


def test_without_an_address_nobody_stays_logged_in(session, owner, ada):
    token = accounts.open_session(session, ada)
    people.update(session, owner, ada.id, {"email": ""}, 1)
    session.expire_all()
    assert accounts.actor_of(session, token) is None


def test_an_old_version_is_refused(session, owner, ada):
    people.update(session, owner, ada.id, {"job_title": "Engineer"}, 1)
    with pytest.raises(DomainError, match="changed_meanwhile"):
        people.update(session, owner, ada.id, {"job_title": "Poet"}, 1)
    [event] = session.exec(select(AuditEvent).where(AuditEvent.action == "changed")).all()
    assert (event.before, event.after) == ({"job_title": ""}, {"job_title": "Engineer"})


def test_the_list_finds_sorts_and_shows_the_rates_of_today(session, owner, ada):
    people.create(session, owner, {"name": "Bo", "job_title": "Poet"})
    day = today(session)
    session.add_all(
        [
            UserRate(user_id=ada.id, valid_from=day, bill_rate=90),
            UserRate(user_id=ada.id, valid_from=day + timedelta(days=1), bill_rate=120),
        ]
    )
    session.flush()
    found = people.page(session, owner, ListQuery(sort="name"))
    assert [(row.name, row.bill_rate, row.month_seconds) for row in found.rows] == [
        ("Ada Byron", 90, 0), ("Bo", None, 0), ("The owner", None, 0),
    ]  # fmt: skip
    names = {
        "poet": ["Bo"],
        "EXAMPLE": ["Ada Byron", "The owner"],
        "%": [],
    }
    for text, expected in names.items():
        rows = people.page(session, owner, ListQuery(search=text, sort="name")).rows
        assert [row.name for row in rows] == expected
    without = people.page(session, owner, ListQuery(filters={"log_in": "no"})).rows
    assert [row.name for row in without] == ["Bo"]


def test_a_team_member_sees_nobody(session, owner, member, ada):
    for work in (
        lambda: people.page(session, member, ListQuery()),
        lambda: people.get(session, member, ada.id),
        lambda: people.create(session, member, DATA),
        lambda: people.update(session, member, ada.id, {}, 1),
        lambda: people.archive(session, member, [ada.id]),
        lambda: people.restore(session, member, [ada.id]),
        lambda: person_work.of(session, member, ada.id),
    ):
        with pytest.raises(DomainError, match="not_allowed"):
            work()


def test_the_work_of_a_person_has_projects_by_membership_and_by_time(session, owner, member, ada):
    session.add(Portal(name="Atelier", base_currency="EUR"))
    day = today(session)
    joined, worked, foreign = (
        Project(name=name, currency="EUR", billing_method=BillingMethod.STAFF_HOURS)
        for name in ("Joined", "Worked", "Foreign")
    )
    session.add_all([joined, worked, foreign])
    session.flush()
    session.add(ProjectMember(project_id=joined.id, user_id=ada.id, bill_rate=110))
    session.add_all(
        TimeLog(project_id=project.id, user_id=user, day=day, seconds=3600, billable=billable)
        for project, user, day, billable in (
            (worked, ada.id, day, True),
            (worked, ada.id, day, False),
            (worked, ada.id, date(2020, 1, 1), True),
            (foreign, owner.user_id, day, True),
        )
    )
    session.flush()
    work = person_work.of(session, owner, ada.id)
    assert (work.this_month.seconds, work.this_month.billable_seconds) == (7200, 3600)
    assert [(one.name, one.seconds, one.rate) for one in work.projects] == [
        ("Worked", 10800, None), ("Joined", 0, 110),
    ]  # fmt: skip
    assert (work.project_count, len(work.latest)) == (2, 3)
    own = person_work.of(session, member, member.user_id)
    assert own.projects == []
