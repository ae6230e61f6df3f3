"""The managed list of categories, with what a new expense of each starts with."""

from collections.abc import Mapping, Sequence
from decimal import Decimal

from sqlalchemy import func, select
from sqlmodel import Session, col

from finance_app.domain.errors import DomainError, InvalidFields, NotFound
from finance_app.domain.expense import DistanceUnit
from finance_app.domain.permissions import Permission
from finance_app.i18n import t
from finance_app.i18n.numbers import read_number
from finance_app.models import ExpenseCategory, Tax
from finance_app.models.columns import now
from finance_app.services.accounts.identity import Actor
from finance_app.services.audit import trail as audit
from finance_app.services.listing import Found, ListAsks, ListQuery, like, page_of
from finance_app.services.portal import portal_of
from finance_app.services.rates import read_rate

ASKS = ListAsks(sorts=("name", "code"), default_sort="name", filters=("state",))
USUAL = ("travel", "mileage", "meals", "lodging", "software", "supplies", "phone", "other")
KILOMETRE_RATE = Decimal("0.60")


def page(session: Session, actor: Actor, query: ListQuery) -> Found[ExpenseCategory]:
    """One page of the categories. The filter `state` is active (also where absent), archived or all."""
    actor.require(Permission.SETTINGS_EDIT)
    statement = select(ExpenseCategory)
    state = query.filter("state", "active")
    if state != "all":
        archived = col(ExpenseCategory.archived_at)
        statement = statement.where(archived.is_not(None) if state == "archived" else archived.is_(None))
    if query.search:
        statement = statement.where(col(ExpenseCategory.name).ilike(like(query.search), escape="\\"))
    sorts = {"name": func.lower(ExpenseCategory.name), "code": col(ExpenseCategory.code)}
    found = page_of(session, statement, query, sorts=sorts, tie=col(ExpenseCategory.id))
    return Found([row[0] for row in found.rows], found.total, found.query)


def in_use(session: Session, actor: Actor) -> list[ExpenseCategory]:
    """What the form offers, by name."""
    actor.require_somewhere(Permission.EXPENSES_VIEW)
    return list(
        session.execute(
            select(ExpenseCategory)
            .where(col(ExpenseCategory.archived_at).is_(None))
            .order_by(func.lower(ExpenseCategory.name), col(ExpenseCategory.id))
        ).scalars()
    )


def taxes_offered(session: Session, actor: Actor) -> list[Tax]:
    """The taxes that a purchase can carry, the default first."""
    actor.require_somewhere(Permission.EXPENSES_EDIT)
    return list(
        session.execute(
            select(Tax)
            .where(col(Tax.archived_at).is_(None), col(Tax.rate) > Decimal(0))
            .order_by(col(Tax.is_default).desc(), col(Tax.name), col(Tax.id))
        ).scalars()
    )


def get(session: Session, actor: Actor, category_id: int) -> ExpenseCategory:
    """Raises NotFound."""
    actor.require_somewhere(Permission.EXPENSES_VIEW)
    category = session.get(ExpenseCategory, category_id)
    if category is None:
        raise NotFound
    return category


def add_usual(session: Session, actor: Actor, locale: str) -> int:
    """Begin with the categories that most firms have; how many. Raises DomainError where there are some."""
    actor.require(Permission.SETTINGS_EDIT)
    if session.execute(select(func.count()).select_from(ExpenseCategory)).scalar_one():
        raise DomainError("expense.error.categories_exist")
    default = (
        session.execute(
            select(Tax).where(col(Tax.is_default), col(Tax.archived_at).is_(None)).order_by(col(Tax.id))
        )
        .scalars()
        .first()
    )
    country = portal_of(session).country
    for name in USUAL:
        taxed = default is not None and name not in ("mileage", "travel")
        kept_by_state = country == "FR" and name == "lodging"
        session.add(
            ExpenseCategory(
                name=t(locale, f"expense.usual.{name}"),
                tax_id=default.id if taxed and default else None,
                recoverable=Decimal(0 if kept_by_state else 100),
                distance_rate=KILOMETRE_RATE if name == "mileage" else None,
            )
        )
    session.flush()
    audit.record(session, actor, "expense_category", None, "created", usual=len(USUAL))
    return len(USUAL)


def save(
    session: Session,
    actor: Actor,
    category_id: int | None,
    data: Mapping[str, str],
    locale: str,
    version: int = 0,
) -> ExpenseCategory:
    """Add a category, or change one as it was seen at `version`. Raises InvalidFields, or DomainError."""
    actor.require(Permission.SETTINGS_EDIT)
    category = get(session, actor, category_id) if category_id else None
    if category and category.version != version:
        raise DomainError("common.error.changed_meanwhile")
    values = _checked(session, data, locale, category)
    before = _facts(category) if category else {}
    category = category or ExpenseCategory(version=0)
    for name, value in values.items():
        setattr(category, name, value)
    category.version += 1
    session.add(category)
    session.flush()
    action = "changed" if before else "created"
    audit.record(
        session, actor, "expense_category", category.id, action, before=before, after=_facts(category)
    )
    return category


def archive(session: Session, actor: Actor, category_ids: Sequence[int]) -> int:
    """Offer categories no more; how many. Expenses keep them."""
    return _set_archived(session, actor, category_ids, archived=True)


def restore(session: Session, actor: Actor, category_ids: Sequence[int]) -> int:
    return _set_archived(session, actor, category_ids, archived=False)


def _set_archived(session: Session, actor: Actor, category_ids: Sequence[int], *, archived: bool) -> int:
    actor.require(Permission.SETTINGS_EDIT)
    found = session.execute(select(ExpenseCategory).where(col(ExpenseCategory.id).in_(category_ids)))
    changed = [each for each in found.scalars().all() if (each.archived_at is not None) != archived]
    for category in changed:
        category.archived_at = now() if archived else None
        category.version += 1
        session.add(category)
        action = "archived" if archived else "restored"
        audit.record(session, actor, "expense_category", category.id, action, after={"name": category.name})
    session.flush()
    return len(changed)


def _checked(
    session: Session, data: Mapping[str, str], locale: str, category: ExpenseCategory | None
) -> dict[str, object]:
    faults: dict[str, DomainError] = {}
    name, code = data.get("name", "").strip(), data.get("code", "").strip()
    if not name:
        faults["name"] = DomainError("common.error.required")
    for field, text, limit in (("name", name, 100), ("code", code, 40)):
        if len(text) > limit:
            faults[field] = DomainError("common.error.too_long", n=limit)
    same = session.execute(
        select(col(ExpenseCategory.id)).where(
            func.lower(ExpenseCategory.name) == name.lower(),
            col(ExpenseCategory.id) != (category.id if category else 0),
            col(ExpenseCategory.archived_at).is_(None),
        )
    ).first()
    if same:
        faults["name"] = DomainError("expense.error.category_taken", name=name)
    share = Decimal(100)
    if typed := data.get("recoverable", "").strip():
        try:
            share = read_number(typed, locale)
        except ValueError:
            share = Decimal(-1)
    if not 0 <= share <= 100 or share != round(share, 2):
        faults["recoverable"] = DomainError("expense.error.recoverable")
    distance_rate = None
    try:
        distance_rate = read_rate(data.get("distance_rate", ""))
        if distance_rate == 0:
            distance_rate = None
    except DomainError as fault:
        faults["distance_rate"] = fault
    tax_id = None
    if wanted := data.get("tax_id", ""):
        tax = session.get(Tax, int(wanted)) if wanted.isascii() and wanted.isdigit() else None
        if tax is None or (tax.archived_at is not None and (category is None or category.tax_id != tax.id)):
            faults["tax_id"] = DomainError("common.error.unknown_choice")
        else:
            tax_id = tax.id
    unit = data.get("distance_unit", "")
    if faults:
        raise InvalidFields(faults)
    return {
        "name": name,
        "code": code,
        "tax_id": tax_id,
        "recoverable": share,
        "billable": data.get("billable") == "on",
        "distance_rate": distance_rate,
        "distance_unit": unit if unit in set(DistanceUnit) else DistanceUnit.KILOMETRE.value,
    }


def _facts(category: ExpenseCategory) -> dict[str, object]:
    return {
        "name": category.name,
        "code": category.code,
        "tax_id": category.tax_id,
        "recoverable": format(category.recoverable, "f"),
        "billable": category.billable,
        "distance_rate": format(category.distance_rate, "f") if category.distance_rate else "",
    }
