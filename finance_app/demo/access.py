"""Who may do what in the demo: an accountant, an own profile, a manager of one project, log-ins."""

from collections.abc import Sequence
from datetime import date, timedelta
from random import Random

from sqlmodel import Session

from finance_app.demo.company import DOMAIN, Firm, clock
from finance_app.domain.permissions import BUILT_IN, Permission, Role
from finance_app.models import Project, User
from finance_app.models.columns import at
from finance_app.models.profile import built_in_id
from finance_app.services.accounts import identity as accounts
from finance_app.services.accounts import profiles
from finance_app.services.accounts.identity import Actor
from finance_app.services.audit import trail as audit

UNUSABLE = "!"  # as if each had a password; none fits, the demo is entered by a click
BROWSERS = (
    "Mozilla/5.0 (X11; Linux x86_64; rv:133.0) Gecko/20100101 Firefox/133.0",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 Version/18.1 Safari/605.1.15",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/131.0 Safari/537.36",
)


def make_access(session: Session, firm: Firm, projects: Sequence[Project], today: date) -> None:
    owner = _actor(firm.users[0], "192.0.2.10")
    with at(clock(today - timedelta(days=40), 9)):
        accountant = User(
            name="Élise Garnier",
            email=f"elise.garnier@{DOMAIN}",
            profile_id=built_in_id(Role.ACCOUNTANT),
            job_title="Accountant",
        )
        session.add(accountant)
        session.flush()
        audit.record(session, owner, "user", accountant.id, "created", after={"name": accountant.name})
        freelance = profiles.create(session, owner, "Freelancer", built_in_id(Role.MEMBER))
        profiles.update(
            session,
            owner,
            freelance.id or 0,
            name="Freelancer",
            permissions=BUILT_IN[Role.MEMBER] - {Permission.PROJECTS_VIEW_ALL},
            version=1,
        )
    for user in [*firm.users, accountant]:
        user.password_hash = UNUSABLE
        session.add(user)
    with at(clock(today - timedelta(days=21), 14, 20)):
        profiles.grant(session, owner, firm.users[3].id or 0, projects[0].id or 0, built_in_id(Role.MANAGER))
    _log_ins(session, [*firm.users, accountant], today)


def _actor(user: User, address: str) -> Actor:
    permissions = frozenset(Permission)
    return Actor(
        user.id or 0, user.name, user.email or "", Role.OWNER, "en", "system", "UTC",
        permissions=permissions, address=address,
    )  # fmt: skip


def _log_ins(session: Session, people: Sequence[User], today: date) -> None:
    """A log-in each in the last days, and one wrong password."""
    chance = Random(len(people))
    for place, user in enumerate(people):
        begun = clock(today - timedelta(days=chance.randrange(1, 9)), chance.randrange(7, 10), place)
        address = f"192.0.2.{10 + place}"
        actor = _actor(user, address)
        with at(begun):
            if place == 4:
                audit.record(session, None, "user", user.id, "login_failed", address=address)
            audit.record(session, actor, "user", user.id, "logged_in")
            accounts.open_session(session, user, address=address, user_agent=chance.choice(BROWSERS))
    session.flush()
