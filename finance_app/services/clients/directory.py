"""Clients and their contacts: lists, pages, creation, change, archive.

Every function takes the session and the actor first, checks the right, flushes, and leaves the commit to the
caller. Texts come as the form had them; a refusal names the field.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from babel.numbers import list_currencies
from sqlalchemy import func, or_, select
from sqlmodel import Session, col

from finance_app.domain.errors import DomainError, InvalidFields, NotFound
from finance_app.domain.permissions import Permission
from finance_app.i18n import LOCALES
from finance_app.i18n.formats import country_name
from finance_app.models import Client, Contact
from finance_app.models.columns import now
from finance_app.services.accounts.identity import Actor
from finance_app.services.audit import trail as audit
from finance_app.services.clients import billing as client_billing
from finance_app.services.listing import Found, ListAsks, ListQuery, like, page_of
from finance_app.services.portal import portal_of

ASKS = ListAsks(
    sorts=("name", "city", "country", "currency"),
    default_sort="name",
    filters=("state", "country", "currency"),
)

# The fields of the form and how long each may be.
FIELDS = {
    "name": 200,
    "legal_name": 200,
    "address": 500,
    "postcode": 20,
    "city": 100,
    "region": 100,
    "country": 2,
    "currency": 3,
    "locale": 10,
    "tax_number": 40,
    "registration": 200,
    "phone": 40,
    "website": 200,
    "notes": 2000,
}
CONTACT_FIELDS = {"name": 200, "email": 254, "phone": 40, "job_title": 100}

_EMAIL = re.compile(r"[^@\s]+@[^@\s.]+(\.[^@\s.]+)+")


@dataclass(frozen=True)
class ClientRecord:
    """A row of the list."""

    id: int
    name: str
    city: str
    country: str
    currency: str
    contact: str
    email: str
    archived: bool


def page(session: Session, actor: Actor, query: ListQuery) -> Found[ClientRecord]:
    """One page of the clients. The filter `state` is active (also where absent), archived or all."""
    actor.require(Permission.CLIENTS_VIEW)
    main = (
        select(Contact.client_id, Contact.name, Contact.email)
        .where(col(Contact.is_primary).is_(True), col(Contact.archived_at).is_(None))
        .subquery()
    )
    statement = select(
        col(Client.id),
        col(Client.name),
        col(Client.city),
        col(Client.country),
        col(Client.currency),
        func.coalesce(main.c.name, ""),
        func.coalesce(main.c.email, ""),
        col(Client.archived_at).is_not(None),
    ).outerjoin(main, main.c.client_id == col(Client.id))
    state = query.filter("state", "active")
    if state != "all":
        archived = col(Client.archived_at)
        statement = statement.where(archived.is_not(None) if state == "archived" else archived.is_(None))
    if country := query.filter("country"):
        statement = statement.where(col(Client.country) == country)
    if currency := query.filter("currency"):
        statement = statement.where(col(Client.currency) == currency)
    if query.search:
        statement = statement.where(_matches(query.search))
    sorts = {
        "name": func.lower(Client.name),
        "city": func.lower(Client.city),
        "country": col(Client.country),
        "currency": col(Client.currency),
    }
    found = page_of(session, statement, query, sorts=sorts, tie=col(Client.id))
    return Found([ClientRecord(*row) for row in found.rows], found.total, found.query)


def _matches(text: str):
    pattern = like(text)
    contact = select(Contact.client_id).where(
        or_(
            col(Contact.name).ilike(pattern, escape="\\"),
            col(Contact.email).ilike(pattern, escape="\\"),
        ),
        col(Contact.archived_at).is_(None),
    )
    return or_(
        col(Client.name).ilike(pattern, escape="\\"),
        col(Client.legal_name).ilike(pattern, escape="\\"),
        col(Client.city).ilike(pattern, escape="\\"),
        col(Client.id).in_(contact),
    )


def used_values(session: Session, actor: Actor) -> tuple[list[str], list[str]]:
    """The countries and currencies that clients have, for the filters."""
    actor.require(Permission.CLIENTS_VIEW)
    countries = session.execute(
        select(col(Client.country)).distinct().order_by(col(Client.country))
    ).scalars()
    currencies = session.execute(
        select(col(Client.currency)).distinct().order_by(col(Client.currency))
    ).scalars()
    return [c for c in countries if c], [c for c in currencies if c]


def suggestions(session: Session, actor: Actor, text: str, limit: int) -> list[tuple[int, str, str]]:
    """Active clients for a selector: id, name, city. Those whose name begins with the text come first."""
    actor.require(Permission.CLIENTS_VIEW)
    statement = select(col(Client.id), col(Client.name), col(Client.city)).where(
        col(Client.archived_at).is_(None)
    )
    if text:
        starts = like(text).removeprefix("%")
        statement = statement.where(_matches(text)).order_by(
            col(Client.name).ilike(starts, escape="\\").desc()
        )
    rows = session.execute(statement.order_by(func.lower(Client.name), col(Client.id)).limit(limit)).all()
    return [(row[0], row[1], row[2]) for row in rows]


def get(session: Session, actor: Actor, client_id: int) -> Client:
    """Raises NotFound."""
    actor.require(Permission.CLIENTS_VIEW)
    client = session.get(Client, client_id)
    if client is None:
        raise NotFound
    return client


def contacts_of(session: Session, actor: Actor, client_id: int) -> list[Contact]:
    """The contacts in use, the main one first."""
    actor.require(Permission.CLIENTS_VIEW)
    return list(
        session.execute(
            select(Contact)
            .where(Contact.client_id == client_id, col(Contact.archived_at).is_(None))
            .order_by(col(Contact.is_primary).desc(), func.lower(Contact.name), col(Contact.id))
        ).scalars()
    )


def new_values(session: Session, actor: Actor) -> dict[str, str]:
    """What the form of a new client starts with: the portal's country, currency and language."""
    actor.require(Permission.CLIENTS_EDIT)
    portal = portal_of(session)
    return {
        **dict.fromkeys(FIELDS, ""),
        **client_billing.form_values(None),
        "country": portal.country or "FR",
        "currency": portal.base_currency,
        "locale": portal.locale if portal else "en",
    }


def form_values(session: Session, actor: Actor, client_id: int) -> dict[str, str]:
    """A client as its form shows it. Raises NotFound."""
    actor.require(Permission.CLIENTS_EDIT)
    client = get(session, actor, client_id)
    return {
        **{name: getattr(client, name) for name in FIELDS},
        **client_billing.form_values(client),
        "version": str(client.version),
    }


def create(session: Session, actor: Actor, data: Mapping[str, str]) -> Client:
    """A new client. Raises InvalidFields."""
    actor.require(Permission.CLIENTS_EDIT)
    values = {**new_values(session, actor), **{k: v for k, v in data.items() if v}}
    client = Client(**_checked(session, values, None))
    session.add(client)
    session.flush()
    audit.record(session, actor, "client", client.id, "created", after={"name": client.name})
    return client


def update(session: Session, actor: Actor, client_id: int, data: Mapping[str, str], version: int) -> Client:
    """Change a client as it was seen at `version`. Raises InvalidFields, or DomainError if it has changed."""
    actor.require(Permission.CLIENTS_EDIT)
    client = get(session, actor, client_id)
    if client.version != version:
        raise DomainError("common.error.changed_meanwhile")
    values = _checked(session, {**form_values(session, actor, client_id), **data}, client)
    before = {name: getattr(client, name) for name in values}
    changed = {name: value for name, value in values.items() if before[name] != value}
    if changed:
        for name, value in changed.items():
            setattr(client, name, value)
        client.version += 1
        session.add(client)
        session.flush()
        audit.record(
            session,
            actor,
            "client",
            client_id,
            "changed",
            before={name: before[name] for name in changed},
            after=changed,
        )
    return client


def _checked(session: Session, data: Mapping[str, str], client: Client | None) -> dict[str, Any]:
    client_id = client.id if client else None
    values: dict[str, Any] = {name: data.get(name, "").strip() for name in FIELDS}
    faults: dict[str, DomainError] = {
        name: DomainError("common.error.too_long", n=FIELDS[name])
        for name, value in values.items()
        if len(value) > FIELDS[name]
    }
    if not values["name"]:
        faults["name"] = DomainError("common.error.required")
    elif (taken := _same_name(session, values["name"], client_id)) is not None:
        faults["name"] = DomainError("client.error.name_taken", name=taken)
    values["country"] = values["country"].upper()
    values["currency"] = values["currency"].upper()
    if values["currency"] not in list_currencies():
        faults["currency"] = DomainError("common.error.currency")
    elif client is not None and values["currency"] != client.currency:
        try:
            client_billing.check_currency(session, client)
        except DomainError as fault:
            faults["currency"] = fault
    if values["country"] and country_name(values["country"], "en") == values["country"]:
        faults["country"] = DomainError("common.error.unknown_choice")
    if values["locale"] not in LOCALES:
        faults["locale"] = DomainError("common.error.unknown_choice")
    try:
        values |= client_billing.checked(session, data, client)
    except InvalidFields as more:
        faults |= more.faults
    if faults:
        raise InvalidFields(faults)
    return values


def _same_name(session: Session, name: str, but: int | None) -> str | None:
    statement = select(col(Client.name)).where(
        func.lower(Client.name) == name.lower(), col(Client.archived_at).is_(None)
    )
    if but is not None:
        statement = statement.where(col(Client.id) != but)
    return session.execute(statement).scalars().first()


def archive(session: Session, actor: Actor, client_ids: Sequence[int]) -> int:
    """Take clients out of lists and selectors; how many were not archived yet. What hangs on them stays."""
    return _set_archived(session, actor, client_ids, archived=True)


def restore(session: Session, actor: Actor, client_ids: Sequence[int]) -> int:
    """Bring archived clients back; how many."""
    return _set_archived(session, actor, client_ids, archived=False)


def _set_archived(session: Session, actor: Actor, client_ids: Sequence[int], *, archived: bool) -> int:
    actor.require(Permission.CLIENTS_EDIT)
    clients = session.execute(select(Client).where(col(Client.id).in_(client_ids))).scalars().all()
    changed = [client for client in clients if (client.archived_at is not None) != archived]
    for client in changed:
        if not archived and (taken := _same_name(session, client.name, client.id)) is not None:
            raise DomainError("client.error.name_taken", name=taken)
        client.archived_at = now() if archived else None
        client.version += 1
        session.add(client)
        audit.record(session, actor, "client", client.id, "archived" if archived else "restored")
    session.flush()
    return len(changed)


def save_contact(
    session: Session, actor: Actor, client_id: int, contact_id: int | None, data: Mapping[str, str]
) -> Contact:
    """Add a contact, or change one of this client. The first one, or one marked so, is the main contact."""
    actor.require(Permission.CLIENTS_EDIT)
    get(session, actor, client_id)
    contact = _contact(session, client_id, contact_id) if contact_id else Contact(client_id=client_id)
    values = {name: data.get(name, "").strip() for name in CONTACT_FIELDS}
    receives = data.get("receives_invoices") == "on"
    faults: dict[str, DomainError] = {
        name: DomainError("common.error.too_long", n=CONTACT_FIELDS[name])
        for name, value in values.items()
        if len(value) > CONTACT_FIELDS[name]
    }
    if not values["name"]:
        faults["name"] = DomainError("common.error.required")
    if values["email"] and not _EMAIL.fullmatch(values["email"]):
        faults["email"] = DomainError("common.error.email")
    elif receives and not values["email"]:
        faults["email"] = DomainError("client.error.email_needed")
    if faults:
        raise InvalidFields(faults)
    others = [other for other in contacts_of(session, actor, client_id) if other.id != contact.id]
    for name, value in values.items():
        setattr(contact, name, value)
    contact.receives_invoices = receives
    contact.is_primary = data.get("is_primary") == "on" or not any(other.is_primary for other in others)
    if contact.is_primary:
        for other in others:
            other.is_primary = False
            session.add(other)
    session.add(contact)
    session.flush()
    audit.record(
        session, actor, "client", client_id, "contact_saved", contact=contact.name, email=contact.email
    )
    return contact


def remove_contact(session: Session, actor: Actor, client_id: int, contact_id: int) -> None:
    """Archive a contact; if it was the main one, the next takes its place."""
    actor.require(Permission.CLIENTS_EDIT)
    contact = _contact(session, client_id, contact_id)
    contact.archived_at = now()
    was_main, contact.is_primary = contact.is_primary, False
    session.add(contact)
    session.flush()
    rest = contacts_of(session, actor, client_id)
    if was_main and rest:
        rest[0].is_primary = True
        session.add(rest[0])
    audit.record(session, actor, "client", client_id, "contact_removed", contact=contact.name)


def _contact(session: Session, client_id: int, contact_id: int) -> Contact:
    contact = session.get(Contact, contact_id)
    if contact is None or contact.client_id != client_id or contact.archived_at is not None:
        raise NotFound
    return contact
