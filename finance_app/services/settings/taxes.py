"""The taxes that the editor offers. Documents keep a copy, so a change here touches none of them."""

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation

from sqlalchemy import select
from sqlmodel import Session, col

from finance_app.domain.errors import DomainError, InvalidFields, NotFound
from finance_app.domain.permissions import Permission
from finance_app.domain.tax import TaxCategory
from finance_app.models import Tax
from finance_app.models.columns import now
from finance_app.services.accounts.identity import Actor
from finance_app.services.audit import trail as audit

_MOST = Decimal(100)


def in_use(session: Session, actor: Actor) -> list[Tax]:
    """The default first, then by name."""
    actor.require(Permission.SETTINGS_EDIT)
    statement = (
        select(Tax)
        .where(col(Tax.archived_at).is_(None))
        .order_by(col(Tax.is_default).desc(), col(Tax.name), col(Tax.id))
    )
    return list(session.execute(statement).scalars())


def save(session: Session, actor: Actor, tax_id: int | None, data: Mapping[str, str]) -> Tax:
    """Add a tax or change one. A category other than the standard one asks for its reason and a rate of 0.

    Raises InvalidFields.
    """
    actor.require(Permission.SETTINGS_EDIT)
    tax = _get(session, tax_id) if tax_id else None
    name, reason = data.get("name", "").strip(), data.get("exemption_reason", "").strip()
    faults: dict[str, DomainError] = {}
    if not name:
        faults["name"] = DomainError("common.error.required")
    elif len(name) > 60:
        faults["name"] = DomainError("common.error.too_long", n=60)
    category = data.get("category", "S")
    if category not in set(TaxCategory):
        faults["category"] = DomainError("common.error.unknown_choice")
    rate = _rate(data.get("rate", ""), faults)
    if category not in (TaxCategory.STANDARD, TaxCategory.ZERO_RATED) and not reason:
        faults["exemption_reason"] = DomainError("settings.error.reason_needed")
    if category != TaxCategory.STANDARD and rate:
        faults["rate"] = DomainError("settings.error.rate_must_be_zero")
    if len(reason) > 300:
        faults["exemption_reason"] = DomainError("common.error.too_long", n=300)
    if faults:
        raise InvalidFields(faults)
    before = _facts(tax) if tax else {}
    tax = tax or Tax(name=name, rate=rate)
    tax.name, tax.rate, tax.category, tax.exemption_reason = name, rate, category, reason
    tax.is_default = data.get("is_default") == "on"
    if tax.is_default:
        for other in in_use(session, actor):
            if other.id != tax.id:
                other.is_default = False
                session.add(other)
    session.add(tax)
    session.flush()
    action = "changed" if before else "created"
    audit.record(session, actor, "tax", tax.id, action, before=before, after=_facts(tax))
    return tax


def archive(session: Session, actor: Actor, tax_id: int) -> None:
    """Offer a tax no more. Raises NotFound."""
    actor.require(Permission.SETTINGS_EDIT)
    tax = _get(session, tax_id)
    tax.archived_at, tax.is_default = now(), False
    session.add(tax)
    session.flush()
    audit.record(session, actor, "tax", tax.id, "archived", after={"name": tax.name})


def _get(session: Session, tax_id: int) -> Tax:
    tax = session.get(Tax, tax_id)
    if tax is None or tax.archived_at is not None:
        raise NotFound
    return tax


def _rate(text: str, faults: dict[str, DomainError]) -> Decimal:
    try:
        rate = Decimal(text.strip().replace(",", ".").removesuffix("%").strip())
    except InvalidOperation:
        faults["rate"] = DomainError("settings.error.rate")
        return Decimal(0)
    if not rate.is_finite() or not 0 <= rate <= _MOST or rate != round(rate, 4):
        faults["rate"] = DomainError("settings.error.rate")
        return Decimal(0)
    return rate


def _facts(tax: Tax) -> dict[str, object]:
    return {
        "name": tax.name,
        "rate": format(tax.rate, "f"),
        "category": tax.category,
        "exemption_reason": tax.exemption_reason,
        "is_default": tax.is_default,
    }
