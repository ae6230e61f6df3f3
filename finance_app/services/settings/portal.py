"""The choices of the portal, as forms: company, documents, security, time. Each change is audited."""

import re
from collections.abc import Callable, Mapping
from datetime import date
from typing import Any
from zoneinfo import available_timezones

from sqlmodel import Session, select

from finance_app.domain.errors import DomainError, InvalidFields, NotFound
from finance_app.domain.numbering import NumberPattern
from finance_app.domain.permissions import Permission
from finance_app.domain.time import parse_duration
from finance_app.i18n import LOCALES
from finance_app.models import Portal
from finance_app.models.kinds import PriceMode, RoundingMode, RoundingScope, TaxBasis, TaxRounding
from finance_app.services.accounts.identity import Actor
from finance_app.services.audit import trail as audit
from finance_app.services.founding import check_country

TERMS = ("net:0", "net:15", "net:30", "net:45", "net:60")
STEPS = ("1", "5", "6", "10", "15", "30", "60")
_COLOR = re.compile(r"#[0-9a-fA-F]{6}")
_EMAIL = re.compile(r"[^@\s]+@[^@\s.]+(\.[^@\s.]+)+")

Reader = Callable[[str], Any]


def _text(limit: int, *, required: bool = False) -> Reader:
    def read(value: str) -> str:
        if required and not value:
            raise DomainError("common.error.required")
        if len(value) > limit:
            raise DomainError("common.error.too_long", n=limit)
        return value

    return read


def _one_of(*values: str) -> Reader:
    def read(value: str) -> str:
        if value not in values:
            raise DomainError("common.error.unknown_choice")
        return value

    return read


def _matching(pattern: re.Pattern[str], code: str) -> Reader:
    def read(value: str) -> str:
        if value and not pattern.fullmatch(value):
            raise DomainError(code)
        return value

    return read


def _whole(least: int, most: int) -> Reader:
    def read(value: str) -> int:
        if not (value.isascii() and value.isdigit() and least <= int(value[:9]) <= most):
            raise DomainError("settings.error.between", least=least, most=most)
        return int(value)

    return read


def _pattern(value: str) -> str:
    return NumberPattern(value[:60]).pattern


def _pattern_or(usual: str) -> Reader:
    return lambda value: _pattern(value or usual)


def _validity(value: str) -> int:
    """Days for which an estimate is open."""
    if value and not (value.isascii() and value.isdigit() and 1 <= int(value[:6]) <= 730):
        raise DomainError("settings.error.validity", n=730)
    return int(value or 30)


def _day(value: str) -> date | None:
    try:
        return date.fromisoformat(value) if value else None
    except ValueError:
        raise DomainError("settings.error.date") from None


def _duration(value: str) -> int | None:
    return (parse_duration(value) or None) if value else None


def _yes(value: str) -> bool:
    return value == "on"


FORMS: dict[str, dict[str, Reader]] = {
    "company": {
        "name": _text(200, required=True),
        "legal_name": _text(200),
        "address": _text(500),
        "postcode": _text(20),
        "city": _text(100),
        "country": check_country,
        "email": _matching(_EMAIL, "common.error.email"),
        "phone": _text(40),
        "website": _text(200),
        "tax_number": _text(40),
        "registration": _text(200),
        "legal_mentions": _text(2000),
        "bank_name": _text(200),
        "iban": _text(40),
        "bic": _text(20),
        "accent_color": _matching(_COLOR, "settings.error.color"),
        "locale": _one_of(*LOCALES),
    },
    "documents": {
        "invoice_pattern": _pattern,
        "credit_note_pattern": _pattern,
        "estimate_pattern": _pattern_or("EST-{year}-{number:04d}"),
        "sales_order_pattern": _pattern_or("SO-{year}-{number:04d}"),
        "estimate_days": _validity,
        "estimate_terms": _text(5000),
        "strict_numbering": _yes,
        "price_mode": _one_of(*PriceMode),
        "tax_rounding": _one_of(*TaxRounding),
        "payment_terms": _one_of(*TERMS),
        "invoice_notes": _text(2000),
        "milestone_invoicing": _yes,
        "closed_until": _day,
    },
    "security": {
        "factor_required": _yes,
        "idle_hours": _whole(1, 24 * 90),
        "login_days": _whole(1, 365),
        "keep_logins_days": _whole(7, 3650),
        "keep_mails_days": _whole(0, 36500),
    },
    "time": {
        "needs_approval": _yes,
        "rounding_mode": _one_of(*RoundingMode),
        "rounding_step_minutes": lambda value: int(_one_of(*STEPS)(value)),
        "rounding_scope": _one_of(*RoundingScope),
        "daily_cap_seconds": _duration,
        "daily_limit_seconds": _duration,
        "row_limit_seconds": _duration,
        "fiscal_year_start": lambda value: int(_one_of(*(str(n) for n in range(1, 13)))(value)),
        "time_zone": lambda value: _one_of(*available_timezones())(value),
    },
    "taxes": {"tax_basis": _one_of(*TaxBasis)},
    "expenses": {"expenses_need_approval": _yes},
}


def get(session: Session, actor: Actor) -> Portal:
    """Raises NotFound where the company was never made."""
    actor.require(Permission.SETTINGS_EDIT)
    portal = session.exec(select(Portal)).first()
    if portal is None:
        raise NotFound
    return portal


def values(session: Session, actor: Actor, form: str) -> dict[str, str]:
    """What a form starts with, as texts."""
    portal = get(session, actor)
    return {name: _shown(name, getattr(portal, name)) for name in FORMS[form]}


def save(session: Session, actor: Actor, form: str, data: Mapping[str, str]) -> list[str]:
    """Keep a form; the names of what changed. Raises InvalidFields."""
    portal = get(session, actor)
    faults: dict[str, DomainError] = {}
    changed: dict[str, Any] = {}
    for name, read in FORMS[form].items():
        try:
            value = read(data.get(name, "").strip())
        except DomainError as fault:
            faults[name] = fault
            continue
        if value != getattr(portal, name):
            changed[name] = value
    if {"invoice_pattern", "credit_note_pattern"} <= FORMS[form].keys() and not faults:
        patterns = [
            NumberPattern(data[f"{kind}_pattern"].strip()).prefix for kind in ("invoice", "credit_note")
        ]
        if patterns[0] == patterns[1]:
            faults["credit_note_pattern"] = DomainError("settings.error.same_pattern")
    if faults:
        raise InvalidFields(faults)
    if changed:
        before = {name: _json(getattr(portal, name)) for name in changed}
        for name, value in changed.items():
            setattr(portal, name, value)
        session.add(portal)
        session.flush()
        after = {name: _json(value) for name, value in changed.items()}
        audit.record(session, actor, "portal", portal.id, "changed", before=before, after=after)
    return list(changed)


def _shown(name: str, value: Any) -> str:
    if value is None or value is False:
        return ""
    if value is True:
        return "on"
    if name.endswith("_seconds"):
        return f"{value // 3600}:{value % 3600 // 60:02d}"
    return str(value)


def _json(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value
