"""What is sold regularly: words, unit and price, to be put on a line. Lines keep a copy of them."""

from collections.abc import Mapping, Sequence

from babel.numbers import list_currencies
from sqlalchemy import func, or_, select
from sqlmodel import Session, col

from finance_app.domain.errors import DomainError, InvalidFields, NotFound
from finance_app.domain.permissions import Permission
from finance_app.models import Item, Tax
from finance_app.models.columns import now
from finance_app.services.accounts.identity import Actor
from finance_app.services.audit import trail as audit
from finance_app.services.listing import Found, ListAsks, ListQuery, like, page_of
from finance_app.services.rates import read_rate

ASKS = ListAsks(sorts=("name", "price"), default_sort="name", filters=("state",))
UNITS = ("piece", "hour", "day", "week", "month", "kilometre", "mile")
LIMITS = {"name": 200, "description": 2000}


def page(session: Session, actor: Actor, query: ListQuery) -> Found[Item]:
    """One page of the items. The filter `state` is active (also where absent), archived or all."""
    actor.require(Permission.SETTINGS_EDIT)
    statement = select(Item)
    state = query.filter("state", "active")
    if state != "all":
        archived = col(Item.archived_at)
        statement = statement.where(archived.is_not(None) if state == "archived" else archived.is_(None))
    if query.search:
        statement = statement.where(_matches(query.search))
    sorts = {"name": func.lower(Item.name), "price": (col(Item.currency), col(Item.unit_price))}
    found = page_of(session, statement, query, sorts=sorts, tie=col(Item.id))
    return Found([row[0] for row in found.rows], found.total, found.query)


def suggestions(
    session: Session, actor: Actor, text: str, limit: int, currency: str = ""
) -> list[tuple[int, str, str]]:
    """Items in use for a selector: id, name, price; only those priced in `currency` where it is given."""
    actor.require(Permission.INVOICES_EDIT)
    statement = select(col(Item.id), col(Item.name), col(Item.unit_price), col(Item.currency)).where(
        col(Item.archived_at).is_(None)
    )
    if text:
        statement = statement.where(_matches(text))
    if currency:
        statement = statement.where(col(Item.currency) == currency)
    rows = session.execute(statement.order_by(func.lower(Item.name), col(Item.id)).limit(limit)).all()
    return [(row[0], row[1], f"{row[2].normalize():f} {row[3]}") for row in rows]


def get(session: Session, actor: Actor, item_id: int) -> Item:
    """Raises NotFound."""
    actor.require(Permission.SETTINGS_EDIT)
    item = session.get(Item, item_id)
    if item is None:
        raise NotFound
    return item


def save(
    session: Session, actor: Actor, item_id: int | None, data: Mapping[str, str], version: int = 0
) -> Item:
    """Add an item, or change one as it was seen at `version`. The price has up to six decimals.

    Raises InvalidFields, or DomainError if it has changed meanwhile.
    """
    actor.require(Permission.SETTINGS_EDIT)
    item = get(session, actor, item_id) if item_id else None
    if item and item.version != version:
        raise DomainError("common.error.changed_meanwhile")
    values = _checked(session, data, item)
    before = _facts(item) if item else {}
    item = item or Item(**values, version=0)
    for name, value in values.items():
        setattr(item, name, value)
    item.version += 1
    session.add(item)
    session.flush()
    action = "changed" if before else "created"
    audit.record(session, actor, "item", item.id, action, before=before, after=_facts(item))
    return item


def archive(session: Session, actor: Actor, item_ids: Sequence[int]) -> int:
    """Offer items no more; how many. Documents that have them stay as they are."""
    return _set_archived(session, actor, item_ids, archived=True)


def restore(session: Session, actor: Actor, item_ids: Sequence[int]) -> int:
    """Offer archived items again; how many."""
    return _set_archived(session, actor, item_ids, archived=False)


def _set_archived(session: Session, actor: Actor, item_ids: Sequence[int], *, archived: bool) -> int:
    actor.require(Permission.SETTINGS_EDIT)
    found = session.execute(select(Item).where(col(Item.id).in_(item_ids))).scalars().all()
    changed = [item for item in found if (item.archived_at is not None) != archived]
    for item in changed:
        item.archived_at = now() if archived else None
        item.version += 1
        session.add(item)
        action = "archived" if archived else "restored"
        audit.record(session, actor, "item", item.id, action, after={"name": item.name})
    session.flush()
    return len(changed)


def _matches(text: str):
    pattern = like(text)
    return or_(col(Item.name).ilike(pattern, escape="\\"), col(Item.description).ilike(pattern, escape="\\"))


def _checked(session: Session, data: Mapping[str, str], item: Item | None) -> dict[str, object]:
    given = {name: data.get(name, "").strip() for name in (*LIMITS, "unit", "currency")}
    faults = {
        name: DomainError("common.error.too_long", n=limit)
        for name, limit in LIMITS.items()
        if len(given[name]) > limit
    }
    if not given["name"]:
        faults["name"] = DomainError("common.error.required")
    if given["unit"] not in UNITS and (item is None or item.unit != given["unit"]):
        faults["unit"] = DomainError("common.error.unknown_choice")
    given["currency"] = given["currency"].upper()
    if given["currency"] not in list_currencies():
        faults["currency"] = DomainError("common.error.currency")
    price = None
    try:
        price = read_rate(data.get("unit_price", ""))
        if price is None:
            faults["unit_price"] = DomainError("common.error.required")
    except DomainError as fault:
        faults["unit_price"] = fault
    tax_id = None
    if wanted := data.get("tax_id", ""):
        tax = session.get(Tax, int(wanted)) if wanted.isascii() and wanted.isdigit() else None
        if tax is None or (tax.archived_at is not None and (item is None or item.tax_id != tax.id)):
            faults["tax_id"] = DomainError("common.error.unknown_choice")
        else:
            tax_id = tax.id
    if faults:
        raise InvalidFields(faults)
    return {**given, "unit_price": price, "tax_id": tax_id}


def _facts(item: Item) -> dict[str, object]:
    return {
        "name": item.name,
        "description": item.description,
        "unit": item.unit,
        "unit_price": format(item.unit_price, "f"),
        "currency": item.currency,
        "tax_id": item.tax_id,
    }
