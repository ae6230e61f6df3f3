"""Which of our records a record of Zoho is, and linking what was taken over."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, time
from decimal import Decimal
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

from sqlmodel import Session, col, select

from finance_app.domain.errors import DomainError
from finance_app.domain.money import to_decimal
from finance_app.domain.permissions import Permission
from finance_app.i18n.catalogue import t
from finance_app.models import (
    Client,
    CreditNote,
    Estimate,
    Expense,
    Invoice,
    Payment,
    Portal,
    SalesOrder,
    ZohoLink,
    ZohoSync,
)
from finance_app.models.columns import now
from finance_app.services.accounts.identity import Actor
from finance_app.services.invoicing.company import portal_of, today
from finance_app.services.zoho.sync import queue
from finance_app.services.zoho.sync.bodies import RECIPES
from finance_app.services.zoho.sync.look import Look, link_of
from finance_app.services.zoho.sync.modules import Module
from finance_app.services.zoho.sync.wanted import First, Place, Unfit, Wanted

Raw = Mapping[str, Any]
ZOHO = Actor(
    user_id=0,
    name="Zoho",
    email="",
    profile="",
    locale="en",
    theme="system",
    time_zone="UTC",
    permissions=frozenset(Permission),
)
"""Who acts where nobody here did."""
DOCUMENTS: dict[Module, Any] = {
    Module.INVOICE: Invoice,
    Module.CREDIT_NOTE: CreditNote,
    Module.ESTIMATE: Estimate,
    Module.SALES_ORDER: SalesOrder,
}
MARKED: dict[Module, tuple[str, Any]] = {
    Module.PAYMENT: ("[M-P", Payment),
    Module.EXPENSE: ("M-E", Expense),
}


class News(StrEnum):
    """What a row of a list asks for."""

    NONE = "none"
    LOOK = "look"
    LATER = "later"
    """What is on its way from here may say the same: it is looked at again."""
    CHANGED = "changed"


class NotYet(Exception):
    """It comes later: it is dated after today, where the portal's day is behind that of the organisation, or
    what is on its way from here must be there first."""


def known(session: Session, sync_id: int, module: Module, remote_id: str) -> ZohoLink | None:
    return session.exec(
        select(ZohoLink).where(
            ZohoLink.sync_id == sync_id, ZohoLink.module == module, ZohoLink.remote_id == remote_id
        )
    ).first()


def local_ids(session: Session, sync_id: int, module: Module, remote_ids: Iterable[str]) -> list[int]:
    wanted = [each for each in remote_ids if each]
    if not wanted:
        return []
    return list(
        session.exec(
            select(ZohoLink.local_id).where(
                ZohoLink.sync_id == sync_id, ZohoLink.module == module, col(ZohoLink.remote_id).in_(wanted)
            )
        )
    )


def is_awaited(session: Session, sync_id: int, module: Module, raw: Raw, place: Place) -> bool:
    """Whether a record that is not linked was sent from here and its answer is still awaited. Raises Unfit
    where another document of ours has its number."""
    if module in MARKED:
        mark, model = MARKED[module]
        text = str(raw.get("reference_number", "")).rpartition(" ")[2]
        digits = text.removeprefix(mark).removesuffix("]")
        if not text.startswith(mark) or not digits.isdigit():
            return False
        return session.get(model, int(digits)) is not None
    number = str(raw.get(f"{place.one}_number") or "")
    model = DOCUMENTS[module]
    found = session.exec(select(model.id).where(model.number == number)).first()
    if found is None:
        return False
    link = link_of(session, sync_id, module, found)
    if link is not None and link.remote_id:
        raise Unfit("number_taken_here", number=number)
    return True


def is_busy(session: Session, module: Module, local_id: int) -> bool:
    return queue.is_on_its_way(session, module, local_id)


def news_of(session: Session, link: ZohoLink, raw: Raw) -> News:
    """What a row of a list asks for where nothing but the document itself counts."""
    if link.made_at_zoho:
        return News.LOOK if is_news(link, raw) else News.NONE
    return News.CHANGED if says_otherwise(session, link, raw) else News.NONE


def says_otherwise(session: Session, link: ZohoLink, raw: Raw) -> bool:
    """Whether a document of ours has another total at Zoho or is void there."""
    if not link.fingerprint:
        return False
    document = session.get(DOCUMENTS[Module(link.module)], link.local_id)
    if document is None:
        return False
    if raw.get("status") == "void" and document.voided_at is None:
        return True
    return exact(raw["total"]) != in_units(document.total_minor, document.currency)


def is_news(link: ZohoLink, raw: Raw) -> bool:
    """Whether a record that was made at Zoho has changed there since it was fetched."""
    return digest(raw) != link.remote_modified


def digest(raw: Raw) -> str:
    """Of a row of a list: Zoho's moments are whole seconds, in which a record may change twice."""
    return hashlib.sha256(json.dumps(raw, sort_keys=True, default=str).encode()).hexdigest()[:40]


def seen(session: Session, sync_id: int, module: Module, remote_id: str, raw: Raw) -> None:
    """What was made at Zoho is as this row of a list says."""
    link = known(session, sync_id, module, remote_id)
    if link is not None and link.made_at_zoho:
        link.remote_modified = digest(raw)


def client_of(session: Session, sync_id: int, raw: Raw) -> Client:
    """Our client of a contact. Raises Unfit where there is none."""
    link = known(session, sync_id, Module.CONTACT, str(raw.get("customer_id")))
    found = session.get(Client, link.local_id) if link else None
    if found is None:
        raise Unfit("unknown_client", name=raw.get("customer_name") or raw.get("customer_id"))
    return found


def exact(value: Any) -> Decimal:
    return Decimal(str(value if value not in (None, "") else 0))


def in_units(amount_minor: int, currency: str) -> Decimal:
    return to_decimal(amount_minor, currency)


def day_of(raw: Raw, name: str = "date") -> date:
    return date.fromisoformat(str(raw[name])[:10])


def past_day(session: Session, raw: Raw, name: str = "date") -> date:
    """Raises NotYet for a day that has not begun here."""
    day = day_of(raw, name)
    if day > today(portal_of(session)):
        raise NotYet
    return day


def moment_of(session: Session, raw: Raw, name: str) -> datetime:
    """Noon of a day at the portal, but no moment that is still to come; now where Zoho tells no day."""
    text = str(raw.get(name) or "")[:10]
    if not text:
        return now()
    zone = ZoneInfo(portal_of(session).time_zone)
    return min(datetime.combine(date.fromisoformat(text), time(12), zone).astimezone(UTC), now())


def written(moment: datetime) -> str:
    """As Zoho writes it, in UTC."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S+0000")


def rate_of(session: Session, currency: str, raw: Raw) -> Decimal | None:
    rate = exact(raw.get("exchange_rate"))
    return None if not rate or portal_of(session).base_currency == currency else rate


def rate_in(session: Session, currency: str, raw: Raw) -> Decimal:
    """Base currency per unit of the currency. Raises DomainError where Zoho tells no rate."""
    rate, base = rate_of(session, currency, raw), portal_of(session).base_currency
    if currency == base:
        return Decimal(1)
    if rate is None or rate <= 0:
        raise DomainError("zoho.error.rate_missing", currency=currency, base=base)
    return rate


def in_words(session: Session, error: DomainError) -> Unfit:
    portal = session.exec(select(Portal)).first()
    return Unfit("not_taken", why=t(portal.locale if portal else "en", error.code, **error.params))


def plan_of(
    session: Session, sync: ZohoSync, module: Module, local_id: int, accounts: Mapping[str, Any] | None = None
) -> str:
    """The fingerprint of what would be sent; empty where something that it refers to is not linked."""
    try:
        plan = RECIPES[module](Look(session, sync, dict(accounts or {})), local_id)
    except (First, Unfit):
        return ""
    return plan.fingerprint() if isinstance(plan, Wanted) else ""


def link_up(
    session: Session,
    sync: ZohoSync,
    module: Module,
    local_id: int,
    remote_id: str,
    reference: str,
) -> ZohoLink:
    """Linked as it is: what was fetched is not sent back."""
    link = known(session, sync.id or 0, module, remote_id)
    if link is None:
        link = ZohoLink(
            sync_id=sync.id or 0,
            module=module,
            local_id=local_id,
            remote_id=remote_id,
            reference=reference[:300],
            made_at_zoho=True,
            attempted_at=now(),
        )
        session.add(link)
    link.pushed_at = now()
    session.flush()
    link.agree(plan_of(session, sync, module, local_id))
    session.flush()
    return link


def agree(session: Session, sync: ZohoSync, link: ZohoLink) -> None:
    """What was just taken over needs not be sent: both sides say the same."""
    session.flush()
    if plan := plan_of(session, sync, Module(link.module), link.local_id):
        contested = link.is_contested
        link.agree(plan)
        if contested:
            link.contest()
    session.flush()
