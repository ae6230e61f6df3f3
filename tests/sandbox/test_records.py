import json
from typing import Any

import pytest

from finance_app.sandbox import Sandbox
from tests.sandbox.conftest import Client

LINE = {"name": "Work", "rate": 1, "quantity": 1}


def test_a_fresh_sandbox_has_one_organisation_and_one_portal(books: Client) -> None:
    organizations = books("GET", "/organizations")["organizations"]
    assert [each["organization_id"] for each in organizations] == ["10"]
    assert organizations[0]["fiscal_year_start_month"] == 0
    portals = books.http.get("/api/v3/portals").json()
    assert [each["id"] for each in portals] == ["10"]


def test_organisations_are_apart_and_named_by_query_or_header(books: Client) -> None:
    body = {"name": "Second", "currency_code": "usd", "time_zone": "UTC", "fiscal_year_start_month": "april"}
    second = books("POST", "/organizations", body)["organization"]
    assert (second["currency_code"], second["fiscal_year_start_month"]) == ("USD", 3)
    books("POST", "/contacts", {"contact_name": "Acme"})
    id = second["organization_id"]
    assert books("GET", "/contacts", organization_id=id)["contacts"] == []
    answer = books.http.get(
        "/invoice/v3/contacts", headers={"X-com-zoho-invoice-organizationid": "10"}
    ).json()
    assert [each["contact_name"] for each in answer["contacts"]] == ["Acme"]
    assert books.refused("GET", "/contacts", organization_id="77")[1] == 6


def test_zoho_invoice_has_no_sales_orders(books: Client, customer: dict) -> None:
    body = {"customer_id": customer["contact_id"], "line_items": [LINE]}
    assert books("POST", "/salesorders", body)["salesorder"]["status"] == "open"
    answer = books.raw("POST", "/salesorders", body, "invoice")
    assert (answer.status_code, answer.json()["code"]) == (404, 5)


@pytest.mark.parametrize(
    ("path", "body", "code"),
    [
        ("/contacts", {}, 11),
        ("/contacts", {"company_name": "No name"}, 2),
        ("/contacts", {"contact_name": "Acme"}, 4),
        ("/contacts", {"contact_name": "New", "currency_id": "999"}, 6),
        ("/nothing", {"a": 1}, 5),
        ("/invoices", {"customer_id": "1", "line_items": [LINE]}, 6),
        ("/invoices", {"customer_id": "{customer}", "line_items": []}, 4016),
        ("/invoices", {"customer_id": "{customer}", "line_items": [LINE], "date": "31/12/2026"}, 2),
        ("/invoices", {"customer_id": "{customer}", "line_items": [LINE], "invoice_number": "X-1"}, 4097),
        ("/settings/taxes", {"tax_name": "VAT", "tax_percentage": "lots"}, 2),
        ("/customerpayments", {"customer_id": "{customer}", "amount": 5, "date": "2026-01-01"}, 2),
    ],
)
def test_bad_input_is_answered_with_zohos_code(
    books: Client, customer: dict, path: str, body: dict, code: int
) -> None:
    filled = json.loads(json.dumps(body).replace("{customer}", customer["contact_id"]))
    assert books.refused("POST", path, filled)[1] == code


def test_bodies_come_as_json_as_text_and_in_a_form(books: Client) -> None:
    def post(name: str, **how: Any) -> int:
        answer = books.http.post("/books/v3/contacts", params={"organization_id": "10"}, **how)
        return answer.status_code

    def body(name: str) -> str:
        return json.dumps({"contact_name": name})

    assert post("a", content=body("a")) == 201
    assert post("b", data={"JSONString": body("b")}) == 201
    assert post("c", data={"JSONString": json.dumps(body("c"))}) == 201
    answer = books.http.post("/books/v3/contacts", params={"organization_id": "10"}, content="{")
    assert answer.json()["code"] == 1038


def test_pages_searches_and_orders(books: Client) -> None:
    for number in range(5):
        books("POST", "/contacts", {"contact_name": f"Client {number}", "company_name": "Zed"})
    first = books("GET", "/contacts", per_page=2, page=0)
    assert first["page_context"]["has_more_page"]
    assert first["page_context"]["page"] == 1
    last = books("GET", "/contacts", per_page=2, page=3)
    assert [each["contact_name"] for each in last["contacts"]] == ["Client 4"]
    assert not last["page_context"]["has_more_page"]
    for query, found in (
        ({"contact_name": "client 3"}, 1),
        ({"contact_name_contains": "LIENT"}, 5),
        ({"contact_name_startswith": "lient"}, 0),
        ({"search_text": "zed"}, 5),
        ({"filter_by": "Status.Inactive"}, 0),
        ({"contact_name": "' OR 1=1 --"}, 0),
    ):
        assert len(books("GET", "/contacts", **query)["contacts"]) == found, query
    ordered = books("GET", "/contacts", sort_column="contact_name", sort_order="D")["contacts"]
    assert ordered[0]["contact_name"] == "Client 4"


def test_contacts_with_transactions_stay(books: Client, customer: dict, invoice_of) -> None:
    invoice = invoice_of(customer)
    assert books.refused("DELETE", f"/contacts/{customer['contact_id']}")[1] == 1004
    usd = books("POST", "/settings/currencies", {"currency_code": "USD"})["currency"]["currency_id"]
    path = f"/contacts/{customer['contact_id']}"
    assert books.refused("PUT", path, {"currency_id": usd})[1] == 1004
    books("DELETE", f"/invoices/{invoice['invoice_id']}")
    books("DELETE", path)
    assert books.refused("GET", path) == (404, 1002)


def test_contact_persons(books: Client, customer: dict) -> None:
    id = customer["contact_id"]
    body = {"contact_id": id, "first_name": "Ann", "email": "ann@acme.test"}
    person = books("POST", "/contacts/contactpersons", body)["contact_person"]
    assert person["is_primary_contact"]
    assert books("GET", f"/contacts/{id}")["contact"]["email"] == "ann@acme.test"
    books("DELETE", f"/contacts/contactpersons/{person['contact_person_id']}")
    assert books("GET", f"/contacts/{id}/contactpersons")["contact_persons"] == []


def test_what_is_kept_in_a_file_survives(tmp_path) -> None:
    path = str(tmp_path / "sandbox.sqlite")
    contact = Client(Sandbox(path))("POST", "/contacts", {"contact_name": "Acme"})["contact"]
    again = Client(Sandbox(path))
    assert again("GET", f"/contacts/{contact['contact_id']}")["contact"]["contact_name"] == "Acme"
