"""Profiles: which there are, own ones made and changed, and a profile given to somebody for one project."""

from collections.abc import Iterable
from dataclasses import dataclass

from sqlmodel import Session, col, func, select

from finance_app.domain.errors import DomainError, NotFound
from finance_app.domain.permissions import Permission, complete, may_hand_out
from finance_app.models import Profile, Project, ProjectMember, User
from finance_app.services.accounts.identity import Actor, permissions_of
from finance_app.services.audit import trail as audit

NAME_LENGTH = 60


@dataclass(frozen=True)
class ProfileRecord:
    """A profile with how many people have it, for the portal or for a project."""

    id: int
    key: str
    name: str
    permissions: frozenset[Permission]
    people: int
    version: int
    may_edit: bool


def listed(session: Session, actor: Actor) -> list[ProfileRecord]:
    """Every profile, the built-in ones first."""
    actor.require(Permission.PROFILES_EDIT)
    counts = _counts(session)
    return [
        _record(actor, profile, counts.get(profile.id or 0, 0))
        for profile in session.exec(select(Profile).order_by(col(Profile.id))).all()
    ]


def _record(actor: Actor, profile: Profile, people: int) -> ProfileRecord:
    held = permissions_of(profile)
    own = profile.key is None and may_hand_out(actor.permissions, held)
    return ProfileRecord(profile.id or 0, profile.key or "", profile.name, held, people, profile.version, own)


def _counts(session: Session) -> dict[int, int]:
    """People by profile; somebody who has it for the portal and a project counts once."""
    portal = select(col(User.profile_id), col(User.id)).where(col(User.archived_at).is_(None))
    project = select(col(ProjectMember.profile_id), col(ProjectMember.user_id)).where(
        col(ProjectMember.profile_id).is_not(None)
    )
    both = portal.union(project).subquery()
    profile_id, _user = both.c
    return {key: int(n) for key, n in session.execute(select(profile_id, func.count()).group_by(profile_id))}


def get(session: Session, actor: Actor, profile_id: int) -> ProfileRecord:
    """An own profile. Raises NotFound, also for a built-in one: those are fixed."""
    actor.require(Permission.PROFILES_EDIT)
    return _record(actor, _own(session, profile_id), _counts(session).get(profile_id, 0))


def _own(session: Session, profile_id: int) -> Profile:
    profile = session.get(Profile, profile_id)
    if profile is None or profile.key is not None:
        raise NotFound
    return profile


def create(session: Session, actor: Actor, name: str, like_id: int) -> Profile:
    """An own profile that starts as a copy. Raises DomainError for a bad name or rights one has not."""
    actor.require(Permission.PROFILES_EDIT)
    model = session.get(Profile, like_id)
    if model is None:
        raise DomainError("common.error.unknown_choice", field="like_id")
    permissions = complete(permissions_of(model))
    _check_reach(actor, permissions)
    profile = Profile(name=_name(session, name, None), permissions=sorted(permissions))
    session.add(profile)
    session.flush()
    after = {"name": profile.name, "permissions": profile.permissions}
    audit.record(session, actor, "profile", profile.id, "created", after=after)
    return profile


def update(
    session: Session, actor: Actor, profile_id: int, *, name: str, permissions: Iterable[str], version: int
) -> frozenset[Permission]:
    """Change an own profile; the permissions it has now, with those that the chosen ones include.

    Raises NotFound, or DomainError for a bad name, rights one has not, or a change meanwhile.
    """
    actor.require(Permission.PROFILES_EDIT)
    profile = _own(session, profile_id)
    if profile.version != version:
        raise DomainError("common.error.changed_meanwhile")
    held, wanted = permissions_of(profile), complete(permissions)
    _check_reach(actor, held | wanted)
    before = {"name": profile.name, "permissions": sorted(held)}
    profile.name = _name(session, name, profile)
    profile.permissions = sorted(wanted)
    after = {"name": profile.name, "permissions": profile.permissions}
    if after != before:
        profile.version += 1
        session.add(profile)
        audit.record(
            session, actor, "profile", profile_id, "changed", before=before, after=after,
            given=sorted(wanted - held), taken=sorted(held - wanted),
        )  # fmt: skip
    return wanted


def remove(session: Session, actor: Actor, profile_id: int) -> None:
    """Remove an own profile that nobody has. Raises NotFound or DomainError."""
    actor.require(Permission.PROFILES_EDIT)
    profile = _own(session, profile_id)
    _check_reach(actor, permissions_of(profile))
    users = session.exec(select(func.count(col(User.id))).where(User.profile_id == profile_id)).one()
    grants = session.exec(
        select(func.count(col(ProjectMember.id))).where(ProjectMember.profile_id == profile_id)
    ).one()
    if users or grants:
        raise DomainError("profile.error.in_use", name=profile.name, n=users + grants)
    before = {"name": profile.name, "permissions": profile.permissions}
    audit.record(session, actor, "profile", profile_id, "removed", before=before)
    session.delete(profile)


def _check_reach(actor: Actor, permissions: frozenset[Permission]) -> None:
    if not may_hand_out(actor.permissions, permissions):
        raise DomainError("profile.error.more_rights")


def _name(session: Session, text: str, profile: Profile | None) -> str:
    name = " ".join(text.split())
    if not name:
        raise DomainError("common.error.required", field="name")
    if len(name) > NAME_LENGTH:
        raise DomainError("common.error.too_long", field="name", n=NAME_LENGTH)
    same = select(Profile.id).where(func.lower(Profile.name) == name.lower())
    if profile is not None:
        same = same.where(col(Profile.id) != profile.id)
    if session.exec(same).first() is not None:
        raise DomainError("profile.error.name_taken", field="name", name=name)
    return name


@dataclass(frozen=True)
class Grant:
    """A profile that somebody has for one project."""

    project_id: int
    project: str
    profile_id: int
    key: str
    name: str


def grants_of(session: Session, actor: Actor, user_id: int) -> list[Grant]:
    actor.require(Permission.PROFILES_EDIT)
    rows = session.exec(
        select(Project.id, Project.name, Profile)
        .join(ProjectMember, col(ProjectMember.project_id) == Project.id)
        .join(Profile, col(Profile.id) == ProjectMember.profile_id)
        .where(ProjectMember.user_id == user_id)
        .order_by(func.lower(Project.name))
    ).all()
    return [Grant(id_ or 0, project, p.id or 0, p.key or "", p.name) for id_, project, p in rows]


def grant(session: Session, actor: Actor, user_id: int, project_id: int, profile_id: int | None) -> None:
    """Give somebody a profile for one project, or take it away (None). He stays a member of the project.

    Raises NotFound or DomainError.
    """
    actor.require(Permission.PROFILES_EDIT)
    user, project = session.get(User, user_id), session.get(Project, project_id)
    if user is None or user.archived_at is not None:
        raise NotFound
    if project is None:
        raise DomainError("common.error.required", field="project_id")
    profile = session.get(Profile, profile_id) if profile_id else None
    if profile_id and profile is None:
        raise DomainError("common.error.unknown_choice", field="profile_id")
    member = session.exec(
        select(ProjectMember).where(ProjectMember.project_id == project_id, ProjectMember.user_id == user_id)
    ).first() or ProjectMember(project_id=project_id, user_id=user_id)
    former = session.get(Profile, member.profile_id) if member.profile_id else None
    for one in (profile, former):
        if one is not None:
            _check_reach(actor, permissions_of(one))
    if member.id is not None and member.profile_id == profile_id:
        return
    member.profile_id = profile_id
    session.add(member)
    session.flush()
    audit.record(
        session, actor, "user", user_id, "project_profile",
        before={"profile": former and (former.key or former.name)},
        after={"profile": profile and (profile.key or profile.name)},
        project_id=project_id, project=project.name,
    )  # fmt: skip
