"""Documents that Zoho says in other words than Marge come to the same total there, to the cent."""

from decimal import Decimal
from typing import Any

import pytest

from finance_app.models import Invoice, InvoiceLine, Portal
from finance_app.models.kinds import DiscountKind, DiscountOn, PriceMode, TaxRounding
from finance_app.services.invoicing import drafts, issuing
from finance_app.services.invoicing.drafts import DraftHead
from tests.services.zoho_sync.conftest import House
from tests.services.zoho_sync.test_sync import one_database, summary


def tax(name: str, rate: str, *, compound: bool = False) -> dict[str, Any]:
    return {
        "id": None,
        "name": name,
        "rate": rate,
        "category": "S",
        "exemption_reason": "",
        "compound": compound,
    }


GST, PST, QST = tax("GST", "5"), tax("PST", "7"), tax("QST", "9.5", compound=True)
KEPT_BACK = tax("IRPF", "-15")
PERCENT = {"discount_kind": DiscountKind.PERCENT, "discount_value": Decimal("12.5")}
AMOUNT = {"discount_kind": DiscountKind.AMOUNT, "discount_value": Decimal("3.33")}


def issue(house: House, lines: list[dict[str, Any]], **head: Any) -> Invoice:
    def make(session):
        session.get_one(Portal, house.office.portal.id).country = "CA"
        made = drafts.create_blank(session, house.actor, house.office.client.id or 0, DraftHead())
        for name, value in head.items():
            setattr(made, name, value)
        for place, each in enumerate(lines, start=1):
            shaped = {"name": f"Part {place}", "quantity": Decimal("1.337"), "unit_price": Decimal("99.99")}
            session.add(InvoiceLine(invoice_id=made.id, position=place, **{**shaped, **each}))
        session.flush()
        return issuing.issue(session, house.actor, made.id or 0)

    return house.change(make)


CASES: dict[str, tuple[list[dict[str, Any]], dict[str, Any]]] = {
    "two taxes on a line": ([{"taxes": [GST, PST]}, {"taxes": [GST]}, {}], {}),
    "a tax on a tax": ([{"taxes": [GST, QST]}, {"taxes": [QST, GST]}], {}),
    "prices hold two taxes": ([{"taxes": [GST, PST]}, {}], {"price_mode": PriceMode.INCLUSIVE}),
    "rounded by line": ([{"taxes": [GST, PST]}] * 3, {"tax_rounding": TaxRounding.PER_LINE}),
    "taxes of the document": ([{"taxes": [GST]}, {}], {"taxes": [PST]}),
    "a tax kept back": ([{"taxes": [GST, KEPT_BACK]}, {"taxes": [KEPT_BACK]}, {"taxes": [GST]}], {}),
    "discounts of lines": ([{"taxes": [GST], **PERCENT}, {"taxes": [PST], **AMOUNT}], {}),
    "discounts of lines and of the whole": ([{"taxes": [GST], **PERCENT}, {"taxes": [PST]}], AMOUNT),
    "both, after tax": (
        [{"taxes": [GST], **PERCENT}, {"taxes": [PST]}],
        {**AMOUNT, "discount_on": DiscountOn.TOTAL},
    ),
    "with tax, off prices without": (
        [{"taxes": [GST, PST]}, {"taxes": [GST]}],
        {**AMOUNT, "discount_on": DiscountOn.GROSS},
    ),
    "without tax, off prices with it": (
        [{"taxes": [GST]}, {"taxes": [GST, PST], **AMOUNT}],
        {**PERCENT, "discount_on": DiscountOn.NET, "price_mode": PriceMode.INCLUSIVE},
    ),
}


@one_database
@pytest.mark.parametrize("case", CASES)
def test_the_total_is_the_same_at_zoho(house: House, case: str) -> None:
    lines, head = CASES[case]
    invoice = issue(house, lines, **head)
    house.settle()
    assert not summary(house)
    [there] = house.remote.records("invoice")
    assert Decimal(str(there["total"])) * 100 == invoice.total_minor
    assert len({each["name"] for each in there["line_items"]}) >= len(lines)
    names = [each["tax_name"] for each in house.remote.records("tax")]
    assert len(names) == len(set(names))


@one_database
def test_a_group_of_taxes_is_made_once(house: House) -> None:
    from finance_app.sandbox.faults import Faults

    house.settle()
    house.remote.sandbox.faults = Faults(next=["", "", "drop", "", "drop", "", "drop"])
    issue(house, [{"taxes": [GST, PST]}])
    issue(house, [{"taxes": [PST, GST]}])
    house.settle()
    groups = [each for each in house.remote.records("tax") if each["tax_type"] == "tax_group"]
    assert [(each["tax_name"], each["tax_percentage"]) for each in groups] == [("GST 5 % + PST 7 %", 12)]
    assert not summary(house)
