"""The values of an edit, read and checked: each refusal names the field it belongs to."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from sqlmodel import Session

from finance_app.domain.errors import DomainError
from finance_app.models.kinds import DiscountKind
from finance_app.services.invoicing.drafts import tax_copies

_MOST = Decimal(10) ** 12


def text_of(name: str, value: Any, most: int) -> str:
    text = str(value).strip()
    if len(text) > most:
        raise DomainError("invoicing.error.too_long", field=name, n=most)
    return text


def decimal_of(name: str, value: Any, decimals: int = 6) -> Decimal:
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        raise DomainError("invoicing.error.number", field=name, text=str(value)[:40]) from None
    if not number.is_finite() or abs(number) >= _MOST:
        raise DomainError("invoicing.error.number", field=name, text=str(value)[:40])
    if number != round(number, decimals):
        raise DomainError("invoicing.error.too_fine", field=name, n=decimals)
    return number


def day_of(name: str, value: Any) -> date:
    try:
        return value if isinstance(value, date) else date.fromisoformat(str(value))
    except ValueError:
        raise DomainError("invoicing.error.day", field=name) from None


def choice_of(kind: Any, name: str, value: Any) -> Any:
    try:
        return kind(value)
    except ValueError:
        raise DomainError("invoicing.error.choice", field=name) from None


def discount_of(value: Any, currency: str) -> tuple[DiscountKind | None, Decimal | None]:
    """From `None`, or `{"kind": "percent" | "amount", "value": "5"}`."""
    if not value or not str(value.get("value", "")).strip():
        return None, None
    kind = choice_of(DiscountKind, "discount", value.get("kind"))
    number = decimal_of("discount_value", value["value"])
    if number < 0 or (kind is DiscountKind.PERCENT and number > 100):
        raise DomainError("invoicing.error.discount", field="discount_value", currency=currency)
    return kind, number


def surcharge_of(session: Session, values: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "name": text_of("name", values.get("name", ""), 100),
        "amount": format(decimal_of("surcharges", values.get("amount", "0")), "f"),
        "taxes": tax_copies(session, [int(each) for each in values.get("tax_ids", ())]),
        "taxed": bool(values.get("taxed", True)),
    }
