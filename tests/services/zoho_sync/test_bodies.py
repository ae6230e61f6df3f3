"""From our records to Zoho's, without a database."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from finance_app.models import Client, Contact, Invoice, InvoiceLine, Project, Task, TimeLog
from finance_app.models.kinds import BillingMethod, DiscountKind, LineKind, PriceMode
from finance_app.services.zoho.sync.bodies import lines as priced_lines
from finance_app.services.zoho.sync.bodies import master, work
from finance_app.services.zoho.sync.look import currency_key, currency_of
from finance_app.services.zoho.sync.taxes import tax_key, tax_wanted
from finance_app.services.zoho.sync.wanted import Unfit

VAT = {"id": 1, "name": "VAT", "rate": "20", "category": "S"}


def tax_of(copies: Any) -> str:
    return " & ".join(f"tax {each['name']} {each['rate']}" for each in copies)


def invoice(**values: Any) -> Invoice:
    head = {"client_id": 1, "currency": "EUR", "issue_date": date(2026, 1, 5), "due_date": date(2026, 2, 4)}
    empty: dict[str, Any] = {"totals": {}, "taxes": [], "surcharges": []}
    return Invoice(number="INV-1", **{**head, **empty, **values})


def line(**values: Any) -> InvoiceLine:
    shaped = {"name": "Work", "quantity": Decimal("1.333333"), "unit_price": Decimal("95.50"), "taxes": [VAT]}
    return InvoiceLine(invoice_id=1, **{**shaped, **values})


def test_a_line_keeps_its_exact_quantity_and_its_tax() -> None:
    made, whole = priced_lines.lines_of(invoice(), [line()], tax_of)
    assert made[0]["quantity"] == Decimal("1.333333")
    assert (made[0]["rate"], made[0]["tax_id"]) == (Decimal("95.50"), "tax VAT 20")
    assert whole == {"discount_type": "entity_level"}


def test_a_quantity_below_zero_is_a_price_below_zero() -> None:
    [made], _ = priced_lines.lines_of(invoice(), [line(quantity=Decimal(-2))], tax_of)
    assert (made["quantity"], made["rate"]) == (Decimal(2), Decimal("-95.50"))


def test_sections_are_left_out_and_surcharges_are_lines() -> None:
    extra = {"name": "Post", "amount": "4.90", "taxes": [VAT], "taxed": False}
    made, whole = priced_lines.lines_of(
        invoice(surcharges=[extra], totals={"rounding_minor": -2}),
        [line(kind=LineKind.SECTION, name="Part one"), line()],
        tax_of,
    )
    assert [(each["name"], each["rate"]) for each in made] == [
        ("Work", Decimal("95.50")),
        ("Post", Decimal("4.90")),
    ]
    assert whole["adjustment"] == Decimal("-0.02")


def test_discounts_of_a_line_and_of_the_whole() -> None:
    percent = line(discount_kind=DiscountKind.PERCENT, discount_value=Decimal("10"))
    made, whole = priced_lines.lines_of(invoice(), [percent], tax_of)
    assert (made[0]["discount"], whole["discount_type"]) == ("10%", "item_level")
    off = invoice(
        discount_kind=DiscountKind.PERCENT, discount_value=Decimal(5), totals={"discount_minor": 637}
    )
    _, whole = priced_lines.lines_of(off, [line()], tax_of)
    assert (whole["discount"], whole["is_discount_before_tax"]) == (Decimal("6.37"), True)


def test_what_zoho_cannot_say_is_told() -> None:
    with pytest.raises(Unfit) as refused:
        priced_lines.lines_of(invoice(), [], tax_of)
    assert refused.value.reason == "no_lines"
    kept_back = {"id": 2, "name": "IRPF", "rate": "-15", "category": "S"}
    document = invoice(price_mode=PriceMode.INCLUSIVE)
    with pytest.raises(Unfit) as refused:
        priced_lines.lines_of(document, [line(taxes=[VAT, kept_back])], tax_of)
    assert refused.value.reason == "withheld_tax"


def test_a_client_with_its_people() -> None:
    client = Client(name="Ardent", currency="GBP", locale="fr", city="London", payment_terms="net:45")
    people = [Contact(client_id=1, name="Ann van Lee", email="ann@ardent.example", is_primary=True)]
    body = master.contact_body(client, people, "7", "Ardent")
    assert (body["currency_id"], body["language_code"], body["payment_terms"]) == ("7", "fr", 45)
    [person] = body["contact_persons"]
    assert (person["first_name"], person["last_name"]) == ("Ann van", "Lee")
    assert person["is_primary_contact"] is True


def test_a_tax_is_known_by_name_and_rate() -> None:
    assert tax_wanted("VAT", Decimal("20.0")).body["tax_name"] == "VAT 20 %"
    assert tax_wanted("TVA 5,5 %", Decimal("5.5")).body["tax_name"] == "TVA 5,5 %"
    assert tax_key("VAT", Decimal("20")) == tax_key(" VAT", Decimal("20.0"))
    assert tax_key("VAT", Decimal("20")) != tax_key("VAT", Decimal("5.5"))


def test_projects_tasks_and_time() -> None:
    fixed = Project(
        name="Site", currency="EUR", billing_method=BillingMethod.FIXED_COST, price_minor=1_250_00
    )
    body = work.project_body(fixed, "Site", "9")
    assert (body["billing_type"], body["rate"]) == ("fixed_cost_for_project", Decimal("1250.00"))
    task = Task(project_id=1, name="Design", planned_seconds=5400)
    assert work.task_body(task, "Design")["budget_hours"] == "01:30"
    log = TimeLog(id=12, project_id=1, user_id=1, day=date(2026, 1, 5), seconds=3600, notes="Sketch ")
    sent = work.log_body(log, 615, "1", "2", "3", billable=True)
    assert (sent["log_time"], sent["notes"], sent["log_date"]) == ("10:15", "Sketch [M-12]", "2026-01-05")


@given(st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ", min_size=3, max_size=3))
def test_a_currency_is_its_code(code: str) -> None:
    assert currency_of(currency_key(code)) == code


@given(st.lists(st.integers(1, 90_000), max_size=40))
def test_minutes_stay_within_half_a_minute_of_the_time(seconds: list[int]) -> None:
    there: list[tuple[int, int]] = []
    for each in seconds:
        there.append((each, work.share_of(there, each)))
        total = sum(logged for logged, _ in there)
        assert abs(sum(minutes for _, minutes in there) * 60 - total) <= 30
