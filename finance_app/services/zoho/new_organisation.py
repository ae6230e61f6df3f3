"""An organisation that is made at Zoho from the wizard: what is offered for it, and what it may be."""

from collections.abc import Mapping
from dataclasses import dataclass
from zoneinfo import available_timezones

from babel.numbers import list_currencies
from sqlmodel import Session

from finance_app.domain.errors import DomainError, InvalidFields
from finance_app.domain.permissions import Permission
from finance_app.services.accounts.identity import Actor
from finance_app.services.portal import portal_of
from finance_app.services.zoho import base_currency

NOBODYS = "XXX"
"""What ISO 4217 calls no currency."""


@dataclass(frozen=True)
class Basics:
    name: str
    currency: str
    time_zone: str


def offered(session: Session, actor: Actor) -> Basics:
    """What the portal itself is called and counts in."""
    actor.require(Permission.INTEGRATION_EDIT)
    portal = portal_of(session)
    return Basics(portal.name, portal.base_currency, portal.time_zone)


def checked(session: Session, actor: Actor, data: Mapping[str, str]) -> Basics:
    """What was typed. Raises InvalidFields, also for one that could not be connected once it is made."""
    actor.require(Permission.INTEGRATION_EDIT)
    faults = {
        name: DomainError("common.error.required")
        for name in ("name", "currency", "time_zone")
        if not data.get(name)
    }
    made = Basics(
        data.get("name", "")[:200], data.get("currency", "").upper(), data.get("time_zone", "")[:60]
    )
    if "currency" not in faults:
        if made.currency == NOBODYS or made.currency not in list_currencies():
            faults["currency"] = DomainError("zoho.error.currency")
        else:
            try:
                base_currency.check(session, made.currency)
            except DomainError:
                ours = offered(session, actor).currency
                faults["currency"] = DomainError("zoho.error.other_currency", ours=ours)
    if "time_zone" not in faults and made.time_zone not in available_timezones():
        faults["time_zone"] = DomainError("zoho.error.time_zone")
    if faults:
        raise InvalidFields(faults)
    return made
