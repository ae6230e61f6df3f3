"""Lines and sums of a document, rounded half up as Zoho Books does.

Tax is summed by rate and rounded once (`tax_rounding` "entity_level", the default), or rounded on each line
("item_level"). A discount is an amount or a percentage ("10%") of each line or of the whole document."""

from collections import defaultdict
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from finance_app.sandbox.books.kinds import refer
from finance_app.sandbox.protocol import NO_LINE_ITEMS, Call, Refusal, invalid, money, number
from finance_app.sandbox.store import Record

HUNDRED = Decimal(100)


def priced(call: Call, body: Record, currency: Record) -> Record:
    """The document with its lines, taxes and totals. Raises Refusal for a line that cannot be priced."""
    lines = body.get("line_items")
    if not isinstance(lines, list) or not lines:
        raise Refusal(NO_LINE_ITEMS, "Please add at least one line item to the transaction.")
    unit = Decimal(1).scaleb(-int(currency["price_precision"]))
    inclusive = _true(body.get("is_inclusive_tax"))
    before_tax = _true(body.get("is_discount_before_tax", True))
    per_item = body.get("discount_type", "entity_level") == "item_level"
    shaped = [_line(call, line, place, unit, per_item) for place, line in enumerate(lines)]
    gross = sum((amount for _, amount, _ in shaped), Decimal())
    whole = Decimal() if per_item else _discount(body.get("discount"), gross, unit)
    if whole > gross:
        raise invalid("discount")
    taxes: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
    for line, amount, charged in shaped:
        share = whole * amount / gross if gross and before_tax else Decimal()
        parts = _charges(amount - share, charged, inclusive)
        for tax, part in parts:
            key = tax["tax_id"], tax["tax_name"]
            taxes[key] += _round(part, unit) if body.get("tax_rounding") == "item_level" else part
        if charged:
            line["item_tax"] = number(_round(sum((part for _, part in parts), Decimal()), unit))
    rounded = {key: _round(tax, unit) for key, tax in taxes.items()}
    tax_total = sum(rounded.values(), Decimal())
    shipping, adjustment = money(body.get("shipping_charge")), money(body.get("adjustment"))
    total = _round(gross - whole + (0 if inclusive else tax_total) + shipping + adjustment, unit)
    if total < 0:
        raise invalid("adjustment")
    return {
        **body,
        "line_items": [line for line, _, _ in shaped],
        "sub_total": number(_round(gross, unit)),
        "discount_total": number(_round(whole, unit)),
        "tax_total": number(tax_total),
        "taxes": [
            {"tax_id": id, "tax_name": name, "tax_amount": number(amount)}
            for (id, name), amount in rounded.items()
        ],
        "total": number(total),
        "price_precision": currency["price_precision"],
    }


def _charges(base: Decimal, taxes: list[Record], inclusive: bool) -> list[tuple[Record, Decimal]]:
    """Each tax with its part. A compound tax is charged on the net and on the other taxes."""
    rates = [
        (tax, money(tax["tax_percentage"]) / HUNDRED, tax["tax_type"] == "compound_tax") for tax in taxes
    ]
    simple = 1 + sum((rate for _, rate, compound in rates if not compound), Decimal())
    above = 1 + sum((rate for _, rate, compound in rates if compound), Decimal())
    net = base / (simple * above) if inclusive else base
    return [(tax, net * rate * (simple if compound else 1)) for tax, rate, compound in rates]


def _taxes_of(call: Call, tax: Record) -> list[Record]:
    if tax["tax_type"] != "tax_group":
        return [tax]
    return [refer(call, "tax", id, "tax_id") for id in tax["members"]]


def _line(
    call: Call, line: Any, place: int, unit: Decimal, per_item: bool
) -> tuple[Record, Decimal, list[Record]]:
    """The line as shown, its exact amount after its own discount, and its taxes."""
    if not isinstance(line, dict):
        raise invalid("line_items")
    item = refer(call, "item", line["item_id"], "item_id") if line.get("item_id") else {}
    name, description = line.get("name") or item.get("name", ""), line.get("description", "")
    if not name and not description and not item:
        raise invalid("line_items.name")
    rate = money(line["rate"] if line.get("rate") not in (None, "") else item.get("rate", 0), "rate")
    quantity = money(line["quantity"] if line.get("quantity") not in (None, "") else 1, "quantity")
    if quantity < 0:
        raise invalid("quantity")
    tax_id = line.get("tax_id", item.get("tax_id")) or ""
    tax = refer(call, "tax", tax_id, "tax_id") if tax_id else None
    amount = _round(rate * quantity, unit)
    amount -= _discount(line.get("discount"), amount, unit) if per_item else 0
    shown = {
        "item_order": place,
        "unit": "",
        **line,
        "line_item_id": line.get("line_item_id") or _line_id(call),
        "item_id": line.get("item_id", ""),
        "name": name,
        "description": description,
        "rate": number(rate),
        "bcy_rate": number(rate),
        "quantity": number(quantity),
        "item_total": number(amount),
        "tax_id": tax_id,
        "tax_name": tax["tax_name"] if tax else "",
        "tax_type": tax["tax_type"] if tax else "",
        "tax_percentage": tax["tax_percentage"] if tax else 0,
    }
    return shown, amount, _taxes_of(call, tax) if tax else []


def _discount(value: Any, of: Decimal, unit: Decimal) -> Decimal:
    text = str(value if value is not None else "").strip()
    if text.endswith("%"):
        return _round(of * money(text[:-1], "discount") / HUNDRED, unit)
    return money(text, "discount")


def _round(value: Decimal, unit: Decimal) -> Decimal:
    return value.quantize(unit, rounding=ROUND_HALF_UP)


def _true(value: Any) -> bool:
    return value is True or str(value).lower() == "true"


def _line_id(call: Call) -> str:
    count = call.store.kept("lines", 0) + 1
    call.store.keep("lines", count)
    return str(460_000_000_700_000 + count)
