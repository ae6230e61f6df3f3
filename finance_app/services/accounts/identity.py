"""People of the firm, their log-ins and what they may do.

The cookie of a log-in holds a random token; the database keeps only its hash. A log-in ends by log-out, by
revocation, when it was not used for long, or when it is old: the portal says how long.
"""

import hashlib
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlmodel import Session, col, func, select, update

from finance_app.domain.errors import DomainError
from finance_app.domain.permissions import BUILT_IN, ON_A_PROJECT, Permission, complete
from finance_app.i18n import LOCALES
from finance_app.models import Portal, Profile, Project, ProjectMember, User, UserSession
from finance_app.models.columns import now
from finance_app.models.kinds import Role
from finance_app.models.profile import built_in_id

LONGEST_COOKIE = 365 * 24 * 3600
SEEN_EVERY = timedelta(minutes=15)
PASSWORD_MIN_LENGTH = 12
THEMES = ("system", "light", "dark")

_hasher = PasswordHasher()
_UNKNOWN_HASH = _hasher.hash(secrets.token_hex())


@dataclass(frozen=True)
class Actor:
    """Who acts: the person behind a request, with what they may do. Every page and service asks it.

    `profile` is the key of a built-in profile; an own one has a `profile_name`.
    """

    user_id: int
    name: str
    email: str
    profile: str
    locale: str
    theme: str
    time_zone: str
    session_id: int = 0
    touch_due: bool = False
    permissions: frozenset[Permission] = field(default_factory=frozenset)
    on_projects: Mapping[int, frozenset[Permission]] = field(default_factory=dict)
    profile_name: str = ""
    address: str = ""

    def may(self, permission: Permission, project_id: int | None = None) -> bool:
        """Whether the person holds a permission for the whole portal, or for this project."""
        return permission in self.permissions or permission in self.on_projects.get(project_id or 0, ())

    def require(self, permission: Permission, project_id: int | None = None) -> None:
        """Raises DomainError `error.not_allowed` where the permission is missing."""
        if not self.may(permission, project_id):
            raise DomainError("common.error.not_allowed")

    def may_somewhere(self, permission: Permission) -> bool:
        """Whether the person holds a permission for the portal or for any project."""
        return permission in self.permissions or any(permission in held for held in self.on_projects.values())

    def require_somewhere(self, permission: Permission) -> None:
        """Raises DomainError where the permission is held neither for the portal nor for any project."""
        if not self.may_somewhere(permission):
            raise DomainError("common.error.not_allowed")

    def projects_with(self, permission: Permission) -> frozenset[int] | None:
        """The projects for which the person holds a permission; None stands for all."""
        if permission in self.permissions:
            return None
        return frozenset(key for key, held in self.on_projects.items() if permission in held)

    def visible_projects(self) -> frozenset[int] | None:
        """The projects that the person may know of; None stands for all."""
        if self.may(Permission.PROJECTS_VIEW_ALL):
            return None
        return frozenset(key for key in self.on_projects if self.may(Permission.PROJECTS_VIEW, key))


def token_hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def normal_email(email: str) -> str:
    return email.strip().casefold()


def check_password(password: str, field: str = "password") -> None:
    """Raises DomainError for a password that is too short."""
    if len(password) < PASSWORD_MIN_LENGTH:
        raise DomainError("login.error.password_short", field=field, n=PASSWORD_MIN_LENGTH)


def hash_password(password: str) -> str:
    check_password(password)
    return _hasher.hash(password)


def create_user(
    session: Session, *, name: str, email: str, password: str | None, role: Role, locale: str | None = None
) -> User:
    """A person who can log in. Raises DomainError if the address is taken or the password too short."""
    address = normal_email(email)
    if session.exec(select(User.id).where(User.email == address)).first() is not None:
        raise DomainError("login.error.email_taken", field="email", email=address)
    user = User(
        name=name.strip(),
        email=address,
        password_hash=hash_password(password) if password else None,
        profile_id=built_in_id(role),
        locale=locale,
    )
    session.add(user)
    session.flush()
    return user


def person(session: Session, user_id: int) -> User | None:
    """Somebody who may log in."""
    user = session.get(User, user_id)
    return user if user and user.email and user.archived_at is None else None


def known_as(session: Session, email: str) -> User | None:
    """Whom an address belongs to, if that person may log in."""
    return session.exec(
        select(User).where(User.email == normal_email(email), col(User.archived_at).is_(None))
    ).first()


def authenticate(session: Session, email: str, password: str) -> User | None:
    """The person, or None. An unknown address takes as long as a wrong password."""
    user = known_as(session, email)
    stored = user.password_hash if user and user.password_hash else _UNKNOWN_HASH
    try:
        _hasher.verify(stored, password)
    except (VerificationError, InvalidHashError):
        return None
    if user is None or not user.password_hash:
        return None
    if _hasher.check_needs_rehash(stored):
        user.password_hash = _hasher.hash(password)
        session.add(user)
    return user


def open_session(session: Session, user: User, *, address: str = "", user_agent: str = "") -> str:
    """Log a person in; the answer is the token for the cookie, which is kept nowhere else."""
    token = secrets.token_urlsafe(32)
    moment = now()
    idle, _longest = _lifetimes(session.exec(select(Portal)).first())
    session.add(
        UserSession(
            token_hash=token_hash(token),
            user_id=user.id,
            created_at=moment,
            last_seen_at=moment,
            expires_at=moment + idle,
            address=address[:64],
            user_agent=user_agent[:300],
        )
    )
    session.flush()
    return token


def _lifetimes(portal: Portal | None) -> tuple[timedelta, timedelta]:
    """How long a log-in lives without use, and in all."""
    portal = portal or Portal()
    return timedelta(hours=portal.idle_hours), timedelta(days=portal.login_days)


def actor_of(session: Session, token: str, address: str = "") -> Actor | None:
    """The person behind a cookie's token, or None where the log-in is unknown, over or revoked.

    `address` is where the request comes from; what the person does is recorded with it.
    """
    if not token:
        return None
    found = session.exec(
        select(UserSession, User, Profile)
        .join(User, col(User.id) == UserSession.user_id)
        .join(Profile, col(Profile.id) == User.profile_id)
        .where(
            UserSession.token_hash == token_hash(token),
            col(UserSession.revoked_at).is_(None),
            UserSession.expires_at > now(),
            col(User.archived_at).is_(None),
        )
    ).first()
    if found is None:
        return None
    login, user, profile = found
    permissions = permissions_of(profile)
    portal = session.exec(select(Portal)).first()
    moment = now()
    idle, longest = _lifetimes(portal)
    if login.last_seen_at + idle < moment or login.created_at + longest < moment:
        return None
    return Actor(
        user_id=user.id,
        name=user.name,
        email=user.email or "",
        profile=profile.key or "",
        profile_name=profile.name,
        address=address,
        locale=user.locale or "",
        theme=user.theme,
        time_zone=portal.time_zone if portal else "UTC",
        session_id=login.id,
        touch_due=moment - login.last_seen_at > SEEN_EVERY,
        permissions=permissions,
        on_projects=_on_projects(session, user.id, permissions),
    )


def permissions_of(profile: Profile) -> frozenset[Permission]:
    return BUILT_IN[Role(profile.key)] if profile.key else complete(profile.permissions)


def may(session: Session, user: User, permission: Permission, project_id: int) -> bool:
    """Whether a person holds a permission on a project, by the profile or by what is given there."""
    profile = session.get(Profile, user.profile_id) if user.profile_id else None
    if profile is None:
        return False
    permissions = permissions_of(profile)
    return permission in permissions or permission in _on_projects(session, user.id or 0, permissions).get(
        project_id, ()
    )


def _on_projects(
    session: Session, user_id: int, permissions: frozenset[Permission]
) -> dict[int, frozenset[Permission]]:
    """What the person may do on single projects, beyond what he may everywhere.

    Who does not see all projects sees those that he works on or manages.
    """
    given = (
        select(ProjectMember.project_id, Profile)
        .join(Profile, col(Profile.id) == ProjectMember.profile_id, isouter=True)
        .where(ProjectMember.user_id == user_id)
    )
    sees_all = Permission.PROJECTS_VIEW_ALL in permissions
    if sees_all:
        given = given.where(col(ProjectMember.profile_id).is_not(None))
    found = {
        project_id: permissions_of(profile) & ON_A_PROJECT if profile else frozenset()
        for project_id, profile in session.exec(given).all()
    }
    if not sees_all:
        managed = session.exec(select(Project.id).where(Project.manager_id == user_id)).all()
        found = {**dict.fromkeys(managed, frozenset()), **found}
    return found


def touch_session(session: Session, token: str) -> None:
    """Prolong a log-in that is in use, up to its longest life; written once in a quarter of an hour."""
    moment = now()
    login = session.exec(select(UserSession).where(UserSession.token_hash == token_hash(token))).first()
    if login and moment - login.last_seen_at > SEEN_EVERY:
        login.last_seen_at = moment
        idle, longest = _lifetimes(session.exec(select(Portal)).first())
        login.expires_at = min(moment + idle, login.created_at + longest)
        session.add(login)


def close_session(session: Session, token: str) -> None:
    """Log out; an unknown token changes nothing."""
    session.exec(
        update(UserSession)
        .where(col(UserSession.token_hash) == token_hash(token), col(UserSession.revoked_at).is_(None))
        .values(revoked_at=now())
    )


def close_sessions_of(session: Session, user_id: int, *, but: int | None = None) -> None:
    """Log a person out everywhere, except for the log-in `but`."""
    session.exec(
        update(UserSession)
        .where(
            col(UserSession.user_id) == user_id,
            col(UserSession.revoked_at).is_(None),
            col(UserSession.id) != (but or 0),
        )
        .values(revoked_at=now())
    )


def user_of_role(session: Session, role: Role) -> User | None:
    """The first person of a role: whom a visitor of the demo becomes."""
    return session.exec(
        select(User)
        .where(
            User.profile_id == built_in_id(role),
            col(User.email).is_not(None),
            col(User.archived_at).is_(None),
        )
        .order_by(col(User.id))
    ).first()


def has_owner(session: Session) -> bool:
    owners = select(func.count()).select_from(User).where(User.profile_id == built_in_id(Role.OWNER))
    return bool(session.exec(owners).one())


def set_locale(session: Session, actor: Actor, locale: str) -> None:
    if locale not in LOCALES:
        raise DomainError("common.error.unknown_choice")
    session.exec(update(User).where(col(User.id) == actor.user_id).values(locale=locale))


def set_theme(session: Session, actor: Actor, theme: str) -> None:
    if theme not in THEMES:
        raise DomainError("common.error.unknown_choice")
    session.exec(update(User).where(col(User.id) == actor.user_id).values(theme=theme))


def update_profile(session: Session, actor: Actor, *, name: str, job_title: str) -> None:
    if not name.strip():
        raise DomainError("common.error.required", field="name")
    user = session.get_one(User, actor.user_id)
    user.name = name.strip()[:200]
    user.job_title = job_title.strip()[:100]
    user.version += 1
    session.add(user)


def change_password(session: Session, actor: Actor, *, current: str, new: str) -> None:
    """Set a new password and end every other log-in of the person. `own_account` checks its strength."""
    user = session.get_one(User, actor.user_id)
    try:
        _hasher.verify(user.password_hash or _UNKNOWN_HASH, current)
    except (VerificationError, InvalidHashError):
        raise DomainError("login.error.password_wrong", field="current") from None
    user.password_hash = hash_password(new)
    session.add(user)
    close_sessions_of(session, actor.user_id, but=actor.session_id)
