"""Head and lines of a document of Zoho, put on one of ours; the two must come to the same total."""

from decimal import Decimal
from typing import Any, TypeVar

from sqlmodel import Session, delete

from finance_app.domain.money import to_decimal
from finance_app.domain.tax import PriceMode
from finance_app.models import Estimate, SalesOrder
from finance_app.models.document import DocumentColumns, LineColumns
from finance_app.models.kinds import DiscountKind, DiscountOn, LineKind, TaxRounding
from finance_app.services.invoicing import totals
from finance_app.services.invoicing.drafts import recipients_of
from finance_app.services.zoho.sync.modules import Module
from finance_app.services.zoho.sync.receiving.links import Raw, client_of, day_of, exact, known, rate_in
from finance_app.services.zoho.sync.receiving.taxes import copies_of
from finance_app.services.zoho.sync.wanted import Unfit

T = TypeVar("T", Estimate, SalesOrder)


def offer(session: Session, sync_id: int, model: type[T], number: str, raw: Raw) -> T:
    """An estimate or a sales order of ours for one that was made at Zoho, still without content. Raises Unfit
    where its client is not here."""
    client = client_of(session, sync_id, raw)
    row = model(
        client_id=client.id or 0,
        project_id=_project_of(session, sync_id, raw),
        issue_date=day_of(raw),
        currency=str(raw.get("currency_code") or client.currency),
        locale=client.locale,
        title=number,
        terms=str(raw.get("terms") or "")[:5000],
        recipients=recipients_of(session, client),
    )
    session.add(row)
    session.flush()
    return row


def fill(session: Session, sync_id: int, document: Any, line_model: Any, parent: str, raw: Raw) -> list[Any]:
    """The document's content anew, worked out by the engine. Raises Unfit where the totals differ."""
    _head(session, document, raw)
    session.execute(delete(line_model).where(getattr(line_model, parent) == document.id))
    session.expire_all()
    lines = [
        line_model(
            **{parent: document.id or 0},
            **_line(session, sync_id, line_model, place, each, raw),
        )
        for place, each in enumerate(raw["line_items"], start=1)
    ]
    if document.id is not None:
        session.add_all(lines)
        session.flush()
    totals.compute(document, lines)
    theirs, ours = exact(raw["total"]), to_decimal(document.total_minor, document.currency)
    if ours != theirs:
        raise Unfit("total_differs", ours=ours, theirs=theirs)
    return lines


def _head(session: Session, document: DocumentColumns, raw: Raw) -> None:
    per_item = raw.get("tax_rounding") == "item_level"
    document.price_mode = PriceMode.INCLUSIVE if raw.get("is_inclusive_tax") else PriceMode.EXCLUSIVE
    document.tax_rounding = TaxRounding.PER_LINE if per_item else TaxRounding.PER_RATE
    document.reference = str(raw.get("reference_number") or "")[:100]
    document.notes = str(raw.get("notes") or "")[:5000]
    document.exchange_rate = rate_in(session, document.currency, raw)
    document.taxes, document.surcharges, document.total_rounding = [], _surcharges(raw), None
    document.discount_kind = document.discount_value = None
    if raw.get("discount_type") != "item_level":
        document.discount_kind, document.discount_value = _discount(raw, "discount_total")
        before_tax = str(raw.get("is_discount_before_tax", True)).lower() != "false"
        document.discount_on = DiscountOn.PRICES if before_tax else DiscountOn.TOTAL


def _discount(raw: Raw, amount_field: str) -> tuple[DiscountKind | None, Decimal | None]:
    """An amount where Zoho tells it, else the percentage."""
    text = str(raw.get("discount") or "").strip()
    if text.endswith("%") and exact(text[:-1]) and not exact(raw.get(amount_field)):
        return DiscountKind.PERCENT, exact(text[:-1])
    amount = exact(raw.get(amount_field)) or (exact(text) if not text.endswith("%") else Decimal(0))
    return (DiscountKind.AMOUNT, amount) if amount else (None, None)


def _surcharges(raw: Raw) -> list[dict[str, Any]]:
    named = (
        ("shipping_charge", raw.get("shipping_charge_name") or "Shipping"),
        ("adjustment", raw.get("adjustment_description") or "Adjustment"),
    )
    return [
        {"name": str(name), "amount": str(exact(raw.get(field))), "taxes": [], "taxed": False}
        for field, name in named
        if exact(raw.get(field))
    ]


def _line(
    session: Session, sync_id: int, line_model: type[LineColumns], place: int, each: Raw, raw: Raw
) -> dict[str, Any]:
    values: dict[str, Any] = {
        "position": place,
        "kind": LineKind.MANUAL,
        "name": str(each.get("name") or each.get("description") or "-")[:500],
        "description": str(each.get("description") or ""),
        "quantity": exact(each.get("quantity") if each.get("quantity") not in (None, "") else 1),
        "unit_price": exact(each.get("rate")),
        "taxes": copies_of(session, sync_id, each),
    }
    if raw.get("discount_type") == "item_level":
        values["discount_kind"], values["discount_value"] = _discount(each, "discount_amount")
    if "project_id" in line_model.model_fields:
        project = known(session, sync_id, Module.PROJECT, str(each.get("project_id") or "-"))
        values["project_id"] = project.local_id if project else None
    return values


def _project_of(session: Session, sync_id: int, raw: Raw) -> int | None:
    """The project that a document names as a whole, or on its first line that does."""
    named = [raw.get("project_id"), (raw.get("project") or {}).get("project_id")]
    named += [each.get("project_id") for each in raw.get("line_items") or ()]
    for remote_id in named:
        if remote_id and (link := known(session, sync_id, Module.PROJECT, str(remote_id))):
            return link.local_id
    return None
