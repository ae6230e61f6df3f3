"""The second factor: six digits of an authenticator app (TOTP, RFC 6238), or a recovery code, once each."""

import hashlib
import secrets
from dataclasses import dataclass

import pyotp
import segno
from pyotp.totp import TOTP
from sqlmodel import Session, col, delete, select

from finance_app.domain.errors import DomainError, NotFound
from finance_app.domain.permissions import Permission, may_hand_out
from finance_app.models import Profile, SecondFactor, User
from finance_app.models.columns import now
from finance_app.services import vault
from finance_app.services.accounts import identity as accounts
from finance_app.services.accounts import telling
from finance_app.services.accounts.identity import Actor
from finance_app.services.audit import trail as audit
from finance_app.services.portal import portal_of

CODES = 10
STEP = 30
_ALPHABET = "23456789abcdefghjkmnpqrstuvwxyz"


@dataclass(frozen=True)
class Enrolment:
    """What the person scans (the address of an SVG) or types into the app."""

    image: str
    secret: str


def factor_of(session: Session, user_id: int) -> SecondFactor | None:
    return session.exec(select(SecondFactor).where(SecondFactor.user_id == user_id)).first()


def is_on(session: Session, user_id: int) -> bool:
    found = factor_of(session, user_id)
    return found is not None and found.confirmed_at is not None


def is_required(session: Session) -> bool:
    """Whether the portal lets nobody in without a second factor."""
    return portal_of(session).factor_required


def begin(session: Session, actor: Actor) -> Enrolment:
    """A new secret, which counts only once a code of it was given. Raises DomainError where one counts."""
    actor.require(Permission.PROFILE_EDIT)
    return _begin(session, actor.user_id, actor.email or actor.name)


def enrol(session: Session, user: User, *, anew: bool) -> Enrolment:
    """What somebody scans on the way in, who must have a second factor and has none. Without `anew` it is
    what he was shown before. Raises DomainError where one counts."""
    return _begin(session, user.id or 0, user.email or user.name, again=not anew)


def enrolled(session: Session, user: User, code: str, address: str) -> list[str]:
    """Turn it on by a first code, on the way in; the recovery codes. Raises DomainError."""
    me = Actor(user.id or 0, user.name, user.email or "", "", "", "", "UTC", address=address)
    return _confirm(session, me, code)


def _begin(session: Session, user_id: int, name: str, *, again: bool = False) -> Enrolment:
    known = factor_of(session, user_id)
    if known and known.confirmed_at:
        raise DomainError("account.error.factor_on")
    secret = vault.decrypt(known.secret) if known and again else pyotp.random_base32()
    row = known or SecondFactor(user_id=user_id, secret="")
    row.secret = vault.encrypt(secret)
    session.add(row)
    session.flush()
    portal = portal_of(session)
    uri = TOTP(secret).provisioning_uri(name=name, issuer_name=f"Marge {portal.name}")
    image = segno.make(uri, error="m").svg_data_uri(scale=4, border=2, dark="#111113", light="#ffffff")
    return Enrolment(image, " ".join(secret[i : i + 4] for i in range(0, len(secret), 4)))


def confirm(session: Session, actor: Actor, code: str) -> list[str]:
    """Turn it on by a first code; the recovery codes, which are shown this once. Raises DomainError."""
    actor.require(Permission.PROFILE_EDIT)
    return _confirm(session, actor, code)


def _confirm(session: Session, actor: Actor, code: str) -> list[str]:
    row = factor_of(session, actor.user_id)
    if row is None or row.confirmed_at or not _right_code(row, code):
        raise DomainError("account.error.code_wrong", field="code")
    row.confirmed_at = now()
    telling.tell(session, audit.record(session, actor, "user", actor.user_id, "factor_on"))
    return _new_codes(session, row)


def renew_codes(session: Session, actor: Actor, code: str) -> list[str]:
    """New recovery codes in place of the old ones. Raises DomainError for a wrong code."""
    actor.require(Permission.PROFILE_EDIT)
    row = factor_of(session, actor.user_id)
    if row is None or not check(session, actor.user_id, code):
        raise DomainError("account.error.code_wrong", field="code")
    telling.tell(session, audit.record(session, actor, "user", actor.user_id, "recovery_renewed"))
    return _new_codes(session, row)


def turn_off(session: Session, actor: Actor, code: str) -> None:
    """Turn one's own second factor off by a code of it. Raises DomainError, also where it is required."""
    actor.require(Permission.PROFILE_EDIT)
    if is_required(session):
        raise DomainError("account.error.factor_required")
    if not check(session, actor.user_id, code):
        raise DomainError("account.error.code_wrong", field="code")
    _remove(session, actor.user_id)
    telling.tell(session, audit.record(session, actor, "user", actor.user_id, "factor_off"))


def reset(session: Session, actor: Actor, user_id: int) -> None:
    """Take the second factor from a person who has lost it, and end the log-ins. Raises NotFound."""
    actor.require(Permission.PEOPLE_EDIT)
    user = session.get(User, user_id)
    if user is None:
        raise NotFound
    profile = session.get_one(Profile, user.profile_id)
    if not may_hand_out(actor.permissions, accounts.permissions_of(profile)):
        raise DomainError("person.error.out_of_reach", name=user.name)
    _remove(session, user_id)
    accounts.close_sessions_of(session, user_id)
    telling.tell(session, audit.record(session, actor, "user", user_id, "factor_reset"))


def check(session: Session, user_id: int, code: str) -> bool:
    """Whether a code is right now; it is used up by that, digits as well as a recovery code."""
    row = session.exec(select(SecondFactor).where(SecondFactor.user_id == user_id).with_for_update()).first()
    if row is None or row.confirmed_at is None:
        return False
    if _right_code(row, code):
        session.add(row)
        session.flush()
        return True
    digest = _digest(code)
    if digest not in row.recovery:
        return False
    row.recovery = [other for other in row.recovery if other != digest]
    session.add(row)
    session.flush()
    return True


def _right_code(row: SecondFactor, code: str) -> bool:
    """One step before and after the present one count; a step that was used does not count again."""
    digits = "".join(code.split())
    if not (len(digits) == 6 and digits.isascii() and digits.isdigit()):
        return False
    totp = TOTP(vault.decrypt(row.secret))
    present = int(now().timestamp()) // STEP
    for step in (present - 1, present, present + 1):
        if step > row.last_step and secrets.compare_digest(totp.at(step * STEP), digits):
            row.last_step = step
            return True
    return False


def _new_codes(session: Session, row: SecondFactor) -> list[str]:
    codes = [
        "-".join("".join(secrets.choice(_ALPHABET) for _ in range(5)) for _ in range(2)) for _ in range(CODES)
    ]
    row.recovery = [_digest(code) for code in codes]
    session.add(row)
    session.flush()
    return codes


def _digest(code: str) -> str:
    plain = "".join(char for char in code.casefold() if char.isalnum())
    return hashlib.sha256(plain.encode()).hexdigest()


def _remove(session: Session, user_id: int) -> None:
    session.exec(delete(SecondFactor).where(col(SecondFactor.user_id) == user_id))
