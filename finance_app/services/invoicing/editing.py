"""Changes of a draft, or without strict numbering of an unpaid invoice: on the version they were made for."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from sqlalchemy import func, select, update
from sqlmodel import Session, col

from finance_app.domain.errors import DomainError, NotFound
from finance_app.domain.permissions import Permission
from finance_app.domain.time import hours
from finance_app.domain.workflow import InvoiceAction, require_action
from finance_app.models import AuditEvent, CreditNoteLine, Invoice, InvoiceLine, Item
from finance_app.models.columns import now
from finance_app.models.kinds import DiscountKind, DiscountOn, LineKind, PriceMode, TaxRounding
from finance_app.services import audit
from finance_app.services.accounts import Actor
from finance_app.services.invoicing import claims, totals
from finance_app.services.invoicing.company import portal_of, terms_of, today
from finance_app.services.invoicing.drafts import KIND, default_taxes, lines_of, tax_copies
from finance_app.services.invoicing.facts import facts_of

MOST_LINES = 5000
_TEXTS = {"title": 200, "reference": 100, "notes": 5000}
_LINE_TEXTS = {"name": 500, "description": 10_000, "unit": 20}
_MOST = Decimal(10) ** 12


@dataclass(frozen=True)
class SetHead:
    """New values of the document by name: texts, dates (ISO), terms, discount, tax_ids, surcharges, modes."""

    values: Mapping[str, Any]


@dataclass(frozen=True)
class SetLine:
    """New values of a line by name: name, description, quantity, unit, unit_price, discount, tax_ids."""

    line_id: int
    values: Mapping[str, Any]


@dataclass(frozen=True)
class AddLine:
    """A line at the end, blank or from an item, with these values."""

    values: Mapping[str, Any]
    item_id: int | None = None


@dataclass(frozen=True)
class RemoveLine:
    """A line goes; the time on it becomes billable again."""

    line_id: int


@dataclass(frozen=True)
class MoveLine:
    """A line goes to another place, counted from 1."""

    line_id: int
    position: int


Change = SetHead | SetLine | AddLine | RemoveLine | MoveLine


def save(session: Session, actor: Actor, invoice_id: int, version: int, changes: Sequence[Change]) -> Invoice:
    """Apply changes in order and work the totals out anew.

    Raises DomainError: not editable any more, somebody else saved meanwhile, a value that cannot be.
    """
    invoice = locked(session, actor, invoice_id)
    portal = portal_of(session)
    require_action(InvoiceAction.EDIT, facts_of(invoice), today(portal), portal.strict_numbering)
    check_version(session, invoice, version)
    before = _summary(invoice)
    for change in changes:
        _apply(session, actor, invoice, change)
    session.flush()
    lines = lines_of(session, invoice_id)
    for position, line in enumerate(lines, start=1):
        if line.position != position:
            line.position = position
    totals.compute(invoice, lines)
    totals.check(invoice, lines, portal)
    invoice.version += 1
    invoice.updated_at = now()
    after = _summary(invoice)
    changed = [name for name in after if after[name] != before[name]]
    audit.record(
        session,
        actor,
        KIND,
        invoice_id,
        "edited" if invoice.number is None else "revised",
        before={name: before[name] for name in changed},
        after={name: after[name] for name in changed},
        changes=[_told(change) for change in changes][:50],
    )
    session.flush()
    return invoice


def locked(session: Session, actor: Actor, invoice_id: int) -> Invoice:
    """An invoice whose row is ours until the commit. Raises NotFound."""
    actor.require(Permission.INVOICES_EDIT)
    invoice = session.execute(
        select(Invoice)
        .where(col(Invoice.id) == invoice_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).scalar_one_or_none()
    if invoice is None:
        raise NotFound()
    return invoice


def check_version(session: Session, invoice: Invoice, version: int) -> None:
    """Raises DomainError naming who changed the invoice since `version`, and how often."""
    if invoice.version == version:
        return
    last = session.execute(
        select(AuditEvent)
        .where(col(AuditEvent.object_kind) == KIND, col(AuditEvent.object_id) == invoice.id)
        .order_by(col(AuditEvent.id).desc())
        .limit(1)
    ).scalar_one_or_none()
    raise DomainError(
        "invoicing.error.newer", who=last.actor_name if last else "", n=max(1, invoice.version - version)
    )


def _apply(session: Session, actor: Actor, invoice: Invoice, change: Change) -> None:
    match change:
        case SetHead(values):
            _set_head(session, invoice, values)
        case SetLine(line_id, values):
            _set_line(session, invoice, _line(session, invoice, line_id), values)
        case AddLine(values, item_id):
            _add_line(session, invoice, values, item_id)
        case RemoveLine(line_id):
            line = _line(session, invoice, line_id)
            freed = claims.release_lines(session, [line.id or 0], "line_removed")
            if freed:
                audit.record(session, actor, KIND, invoice.id, "time_released", logs=freed, line=line.name)
            session.execute(
                update(CreditNoteLine)
                .where(col(CreditNoteLine.invoice_line_id) == line.id)
                .values(invoice_line_id=None)
            )
            session.delete(line)
            session.flush()
        case MoveLine(line_id, position):
            _move(session, invoice, _line(session, invoice, line_id), position)


def _line(session: Session, invoice: Invoice, line_id: int) -> InvoiceLine:
    line = session.get(InvoiceLine, line_id)
    if line is None or line.invoice_id != invoice.id:
        raise NotFound()
    return line


def _add_line(session: Session, invoice: Invoice, values: Mapping[str, Any], item_id: int | None) -> None:
    last, count = session.execute(
        select(func.max(col(InvoiceLine.position)), func.count()).where(
            col(InvoiceLine.invoice_id) == invoice.id
        )
    ).one()
    if count >= MOST_LINES:
        raise DomainError("invoicing.error.too_many_lines", n=MOST_LINES)
    line = InvoiceLine(invoice_id=invoice.id or 0, position=(last or 0) + 1)
    line.taxes = default_taxes(session, invoice.client_id)
    if item_id is not None:
        item = session.get(Item, item_id)
        if item is None:
            raise NotFound()
        if item.currency != invoice.currency:
            raise DomainError("invoicing.error.item_currency", currency=item.currency)
        line.kind, line.item_id = LineKind.ITEM, item.id
        line.name, line.description, line.unit = item.name, item.description, item.unit
        line.unit_price = item.unit_price
        if item.tax_id:
            line.taxes = tax_copies(session, [item.tax_id])
    _set_line(session, invoice, line, values)
    session.add(line)
    session.flush()


def _move(session: Session, invoice: Invoice, line: InvoiceLine, position: int) -> None:
    lines = lines_of(session, invoice.id or 0)
    lines.remove(line)
    lines.insert(min(max(position, 1), len(lines) + 1) - 1, line)
    for place, each in enumerate(lines, start=1):
        if each.position != place:
            each.position = place


def _set_line(session: Session, invoice: Invoice, line: InvoiceLine, values: Mapping[str, Any]) -> None:
    for name, value in values.items():
        if name in _LINE_TEXTS:
            setattr(line, name, _text(name, value, _LINE_TEXTS[name]))
        elif name == "quantity":
            _set_quantity(line, _decimal(name, value))
        elif name == "unit_price":
            line.unit_price = _decimal(name, value)
        elif name == "discount":
            line.discount_kind, line.discount_value = _discount(value, invoice.currency)
        elif name == "tax_ids":
            line.taxes = tax_copies(session, [int(each) for each in value])
        else:
            raise NotFound()


def _set_quantity(line: InvoiceLine, quantity: Decimal) -> None:
    """A line of time keeps its logs; what is billed of them changes, in seconds."""
    line.quantity = quantity
    if line.billed_seconds is not None:
        if quantity < 0:
            raise DomainError("invoicing.error.negative_time", field="quantity")
        line.billed_seconds = int((quantity * 3600).to_integral_value(rounding="ROUND_HALF_UP"))


def _set_head(session: Session, invoice: Invoice, values: Mapping[str, Any]) -> None:
    for name, value in values.items():
        if name in _TEXTS:
            setattr(invoice, name, _text(name, value, _TEXTS[name]))
        elif name in ("issue_date", "due_date"):
            if name == "issue_date" and invoice.number is not None:
                raise DomainError("invoicing.error.numbered_date", field="issue_date")
            setattr(invoice, name, _day(name, value))
        elif name == "payment_terms":
            invoice.payment_terms = str(value)
            invoice.due_date = terms_of(invoice.payment_terms).due_date(invoice.issue_date)
        elif name == "recipients":
            invoice.recipients = [str(each).strip() for each in value if str(each).strip()][:20]
        elif name == "discount":
            invoice.discount_kind, invoice.discount_value = _discount(value, invoice.currency)
        elif name == "discount_on":
            invoice.discount_on = _choice(DiscountOn, name, value)
        elif name == "price_mode":
            invoice.price_mode = _choice(PriceMode, name, value)
        elif name == "tax_rounding":
            invoice.tax_rounding = _choice(TaxRounding, name, value)
        elif name == "tax_ids":
            invoice.taxes = tax_copies(session, [int(each) for each in value])
        elif name == "surcharges":
            invoice.surcharges = [_surcharge(session, each) for each in value][:10]
        elif name == "total_rounding":
            step = _decimal(name, value) if value else None
            if step is not None and step <= 0:
                raise DomainError("invoicing.error.rounding_step", field=name)
            invoice.total_rounding = step
        elif name == "exchange_rate":
            rate = _decimal(name, value, decimals=10)
            if rate <= 0:
                raise DomainError("invoicing.error.exchange_rate", field=name)
            invoice.exchange_rate = rate
        else:
            raise NotFound()
    if invoice.due_date < invoice.issue_date:
        raise DomainError("invoicing.error.due_before_issue", field="due_date")


def _surcharge(session: Session, values: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "name": _text("name", values.get("name", ""), 100),
        "amount": format(_decimal("surcharges", values.get("amount", "0")), "f"),
        "taxes": tax_copies(session, [int(each) for each in values.get("tax_ids", ())]),
        "taxed": bool(values.get("taxed", True)),
    }


def _discount(value: Any, currency: str) -> tuple[DiscountKind | None, Decimal | None]:
    """From `None`, or `{"kind": "percent" | "amount", "value": "5"}`."""
    if not value or not str(value.get("value", "")).strip():
        return None, None
    kind = _choice(DiscountKind, "discount", value.get("kind"))
    number = _decimal("discount_value", value["value"])
    if number < 0 or (kind is DiscountKind.PERCENT and number > 100):
        raise DomainError("invoicing.error.discount", field="discount_value", currency=currency)
    return kind, number


def _text(name: str, value: Any, most: int) -> str:
    text = str(value).strip()
    if len(text) > most:
        raise DomainError("invoicing.error.too_long", field=name, n=most)
    return text


def _decimal(name: str, value: Any, decimals: int = 6) -> Decimal:
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        raise DomainError("invoicing.error.number", field=name, text=str(value)[:40]) from None
    if not number.is_finite() or abs(number) >= _MOST:
        raise DomainError("invoicing.error.number", field=name, text=str(value)[:40])
    if number != round(number, decimals):
        raise DomainError("invoicing.error.too_fine", field=name, n=decimals)
    return number


def _day(name: str, value: Any) -> date:
    try:
        return value if isinstance(value, date) else date.fromisoformat(str(value))
    except ValueError:
        raise DomainError("invoicing.error.day", field=name) from None


def _choice(kind: Any, name: str, value: Any) -> Any:
    try:
        return kind(value)
    except ValueError:
        raise DomainError("invoicing.error.choice", field=name) from None


def _summary(invoice: Invoice) -> dict[str, Any]:
    """What the audit trail compares."""
    shown = ("title", "reference", "notes", "payment_terms", "net_minor", "tax_minor", "total_minor")
    return {
        **{name: getattr(invoice, name) for name in shown},
        "issue_date": invoice.issue_date.isoformat(),
        "due_date": invoice.due_date.isoformat(),
        "exchange_rate": str(invoice.exchange_rate),
        "price_mode": invoice.price_mode.value,
    }


def _told(change: Change) -> dict[str, Any]:
    match change:
        case SetHead(values):
            return {"what": "head", "fields": sorted(values)}
        case SetLine(line_id, values):
            return {"what": "line", "line": line_id, "fields": sorted(values)}
        case AddLine():
            return {"what": "added"}
        case RemoveLine(line_id):
            return {"what": "removed", "line": line_id}
        case MoveLine(line_id, position):
            return {"what": "moved", "line": line_id, "position": position}


def written_down(line: InvoiceLine) -> Decimal | None:
    """Hours tracked on a line and not billed, negative where more is billed; None where they agree."""
    if line.tracked_seconds is None or line.billed_seconds is None:
        return None
    return hours(line.tracked_seconds - line.billed_seconds) or None
