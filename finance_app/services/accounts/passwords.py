"""What a password must be: long enough, and hard to guess by zxcvbn's estimate."""

from collections.abc import Iterable

from sqlmodel import Session
from zxcvbn import zxcvbn

from finance_app.domain.errors import DomainError
from finance_app.domain.permissions import Permission
from finance_app.services.accounts import identity as accounts
from finance_app.services.accounts import telling
from finance_app.services.accounts.identity import Actor
from finance_app.services.audit import trail as audit
from finance_app.services.portal import portal_of

LONGEST = 1000
_LOOKED_AT = 72  # the estimate takes long for long texts, and what is that long is not guessed
_OWN_LETTERS = 6
_GOOD = 3  # of 0 to 4: safe where each guess costs Argon2


def check_strength(password: str, about: Iterable[str] = (), *, field: str = "password") -> None:
    """Raises DomainError for what is short, known, or easily guessed by somebody who knows the person.

    `about` are words that a guesser tries first: name, address, company.
    """
    accounts.check_password(password, field)
    if len(password) > LONGEST:
        raise DomainError("common.error.too_long", field=field, n=LONGEST)
    words = [part for text in about for part in [text, *text.replace("@", " ").split()] if len(part) > 2]
    if _is_about(password.casefold(), [word.casefold() for word in words]):
        raise DomainError("account.error.weak_personal", field=field)
    found = zxcvbn(password[:_LOOKED_AT], user_inputs=words)
    if found["score"] < _GOOD:
        raise DomainError(f"account.error.{_reason(found)}", field=field)


def _is_about(password: str, words: list[str]) -> bool:
    """Whether little is left of a password without the words that belong to the person."""
    rest = password
    for word in sorted(words, key=len, reverse=True):
        rest = rest.replace(word, "")
    return rest != password and sum(char.isalpha() for char in rest) < _OWN_LETTERS


def _reason(found: dict) -> str:
    """The pattern that makes it weak, as far as we have a text for it."""
    patterns = {match["pattern"]: match for match in found["sequence"]}
    if len(patterns) == 1:
        name = next(iter(patterns))
        if name in ("repeat", "sequence", "spatial", "date"):
            return f"weak_{name}"
        if name == "dictionary" and patterns[name]["dictionary_name"] == "user_inputs":
            return "weak_personal"
        if name == "dictionary" and len(found["sequence"]) == 1:
            return "weak_known"
    return "weak"


def change(session: Session, actor: Actor, *, current: str, new: str) -> None:
    """Change one's own password; every other log-in of the person ends. Raises DomainError."""
    actor.require(Permission.PROFILE_EDIT)
    portal = portal_of(session)
    check_strength(new, (actor.name, actor.email, portal.name), field="new")
    accounts.change_password(session, actor, current=current, new=new)
    telling.tell(session, audit.record(session, actor, "user", actor.user_id, "password_changed"))
