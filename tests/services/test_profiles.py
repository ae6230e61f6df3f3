import pytest
from sqlmodel import Session, select

from finance_app.domain.errors import DomainError, NotFound
from finance_app.domain.permissions import BUILT_IN, EVERYBODY, Permission, Role
from finance_app.i18n import messages
from finance_app.models import AuditEvent, Portal, Project, ProjectMember, TimeLog, User
from finance_app.models.columns import now
from finance_app.models.kinds import ApprovalState
from finance_app.models.profile import built_in_id
from finance_app.services.accounts import identity as accounts
from finance_app.services.accounts import profiles
from finance_app.services.accounts.identity import Actor
from finance_app.services.listing import ListQuery
from finance_app.services.projects import directory as projects
from finance_app.services.projects import form as project_form
from finance_app.services.projects import listing as project_list
from finance_app.services.time_tracking import approvals
from finance_app.services.time_tracking import listing as time_listing
from finance_app.services.time_tracking import logs as time_logs

MANAGER = built_in_id(Role.MANAGER)


def again(session: Session, actor: Actor) -> Actor:
    """The same person, as the next event sees them."""
    user = session.get_one(User, actor.user_id)
    found = accounts.actor_of(session, accounts.open_session(session, user))
    assert found
    return found


def with_profile(session: Session, actor: Actor, profile_id: int) -> Actor:
    user = session.get_one(User, actor.user_id)
    user.profile_id = profile_id
    session.add(user)
    session.flush()
    return again(session, actor)


@pytest.fixture
def works(session: Session, owner: Actor) -> tuple[int, int]:
    """Two projects with an hour of the owner each, submitted."""
    session.add(Portal(name="Atelier", needs_approval=True))
    found = [Project(name=name, currency="EUR") for name in ("Alpha", "Beta")]
    session.add_all(found)
    session.flush()
    for project in found:
        session.add(
            TimeLog(
                project_id=project.id, user_id=owner.user_id, day=now().date(), seconds=3600,
                approval=ApprovalState.SUBMITTED, billable=True,
            )
        )  # fmt: skip
    session.flush()
    return found[0].id or 0, found[1].id or 0


def test_every_permission_has_a_name():
    missing = [
        p for p in Permission if p not in EVERYBODY and f"profile.permission.{p}" not in messages("en")
    ]
    assert not missing


def test_an_own_profile_starts_as_a_copy_and_keeps_what_its_permissions_include(session, owner):
    made = profiles.create(session, owner, "  Finance   team ", built_in_id(Role.MEMBER))
    assert made.name == "Finance team"
    found = profiles.update(
        session, owner, made.id or 0, name="Finance", permissions=["finance_view", "nonsense"], version=1
    )
    assert {Permission.FINANCE_VIEW, Permission.COSTS_VIEW, Permission.TIME_VIEW_ALL} <= found
    assert Permission.TIME_EDIT not in found
    event = session.exec(select(AuditEvent).where(AuditEvent.action == "changed")).one()
    assert "costs_view" in event.details["given"]
    assert "time_edit" in event.details["taken"]


def test_it_decides_what_a_person_may(session, owner, member):
    made = profiles.create(session, owner, "Reader", built_in_id(Role.MEMBER))
    profiles.update(session, owner, made.id or 0, name="Reader", permissions=["invoices_view"], version=1)
    reader = with_profile(session, member, made.id or 0)
    assert reader.may(Permission.INVOICES_VIEW)
    assert reader.may(Permission.CLIENTS_VIEW)
    assert not reader.may(Permission.TIME_EDIT)
    assert (reader.profile, reader.profile_name) == ("", "Reader")


def test_nobody_gives_rights_that_he_has_not(session, owner, member):
    made = profiles.create(session, owner, "Keeper of rights", built_in_id(Role.MEMBER))
    profiles.update(session, owner, made.id or 0, name="Keeper", permissions=["profiles_edit"], version=1)
    keeper = with_profile(session, member, made.id or 0)
    with pytest.raises(DomainError, match="more_rights"):
        profiles.create(session, keeper, "Everything", built_in_id(Role.OWNER))
    with pytest.raises(DomainError, match="more_rights"):
        profiles.update(
            session, keeper, made.id or 0, name="Keeper", permissions=["settings_edit"], version=2
        )
    with pytest.raises(DomainError, match="more_rights"):
        profiles.grant(session, keeper, keeper.user_id, _project(session), MANAGER)
    with pytest.raises(DomainError, match="not_allowed"):
        profiles.listed(session, with_profile(session, member, built_in_id(Role.MEMBER)))


def _project(session: Session) -> int:
    project = Project(name="Any", currency="EUR")
    session.add(project)
    session.flush()
    return project.id or 0


def test_built_in_profiles_and_those_in_use_stay(session, owner, member):
    with pytest.raises(NotFound):
        profiles.remove(session, owner, MANAGER)
    made = profiles.create(session, owner, "Temporary", built_in_id(Role.MEMBER))
    with_profile(session, member, made.id or 0)
    with pytest.raises(DomainError, match="in_use"):
        profiles.remove(session, owner, made.id or 0)
    with_profile(session, member, built_in_id(Role.MEMBER))
    profiles.remove(session, owner, made.id or 0)
    assert [record.key for record in profiles.listed(session, owner)] == list(Role)


def test_two_at_once_and_a_taken_name_are_refused(session, owner):
    made = profiles.create(session, owner, "One", MANAGER)
    profiles.update(session, owner, made.id or 0, name="One", permissions=[], version=1)
    with pytest.raises(DomainError, match="changed_meanwhile"):
        profiles.update(session, owner, made.id or 0, name="Two", permissions=[], version=1)
    with pytest.raises(DomainError, match="name_taken"):
        profiles.create(session, owner, "ONE", MANAGER)


def test_a_manager_of_one_project_is_one_there_only(session, owner, member, works):
    profiles.grant(session, owner, member.user_id, works[0], MANAGER)
    manager = again(session, member)
    assert manager.may(Permission.PROJECTS_EDIT, works[0])
    assert not manager.may(Permission.PROJECTS_EDIT, works[1])
    assert not manager.may(Permission.INVOICES_EDIT, works[0])  # no right of a project
    rows = {row.id: row.unbilled_minor for row in project_list.page(session, manager, ListQuery()).rows}
    assert rows[works[0]] is not None
    assert rows[works[1]] is None
    assert project_form.form_values(session, manager, works[0])["name"] == "Alpha"
    with pytest.raises(DomainError, match="not_allowed"):
        project_form.form_values(session, manager, works[1])
    with pytest.raises(DomainError, match="not_allowed"):
        project_form.form_values(session, manager, None)


def test_he_sees_and_approves_the_time_of_that_project(session, owner, member, works):
    profiles.grant(session, owner, member.user_id, works[0], MANAGER)
    manager = again(session, member)
    seen = time_listing.page(session, manager, ListQuery()).rows
    assert [row.project for row in seen] == ["Alpha"]
    logs = session.exec(select(TimeLog).order_by(TimeLog.id)).all()
    assert time_logs.get(session, manager, logs[0].id)
    with pytest.raises(NotFound):
        time_logs.get(session, manager, logs[1].id)
    assert [sheet.logs for sheet in approvals.to_approve(session, manager)] == [1]
    moved = approvals.move(session, manager, [log.id for log in logs], approvals.ApprovalMove.APPROVE)
    assert moved.moved == [logs[0].id]
    profiles.grant(session, owner, member.user_id, works[0], None)
    with pytest.raises(DomainError, match="not_allowed"):
        approvals.to_approve(session, again(session, member))


def test_who_sees_not_all_projects_sees_those_he_works_on(session, owner, member, works):
    made = profiles.create(session, owner, "Contractor", built_in_id(Role.MEMBER))
    rights = BUILT_IN[Role.MEMBER] - {Permission.PROJECTS_VIEW_ALL}
    profiles.update(session, owner, made.id or 0, name="Contractor", permissions=rights, version=1)
    contractor = with_profile(session, member, made.id or 0)
    assert project_list.page(session, contractor, ListQuery()).rows == []
    session.add(ProjectMember(project_id=works[1], user_id=member.user_id))
    session.flush()
    contractor = again(session, member)
    assert [row.name for row in project_list.page(session, contractor, ListQuery()).rows] == ["Beta"]
    assert [hit[1] for hit in projects.suggestions(session, contractor, "", 10)] == ["Beta"]
    assert projects.get(session, contractor, works[1]).name == "Beta"
    with pytest.raises(NotFound):
        projects.get(session, contractor, works[0])
