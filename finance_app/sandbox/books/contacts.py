"""Contacts with their contact persons, and items."""

from finance_app.sandbox.books.kinds import Kind, load, refer, require
from finance_app.sandbox.books.records import listed, need_body, serve, touched
from finance_app.sandbox.books.settings import EVERYBODY
from finance_app.sandbox.protocol import (
    DEPENDENT,
    HAS_TRANSACTIONS,
    Answer,
    Call,
    Refusal,
    Routes,
    invalid,
    money,
)
from finance_app.sandbox.store import Record, timestamp

TRANSACTIONS = ("invoice", "estimate", "salesorder", "creditnote", "payment", "expense", "project")
PERSON_ID = "contact_person_id"


def contact_routes(routes: Routes) -> None:
    @routes("POST", "/contacts/contactpersons")
    def add_person(call: Call) -> Answer:
        need_body(call)
        require(call.body, ("contact_id", "first_name"))
        contact = refer(call, CONTACT.name, call.body["contact_id"], "contact_id")
        person = _person(call, contact, dict(call.body))
        contact["contact_persons"].append(person)
        _save(call, contact)
        return Answer({"contact_person": person}, "The contactperson has been Created", 201)

    @routes("PUT", "/contacts/contactpersons/{id}")
    def change_person(call: Call) -> Answer:
        contact, person = _of_person(call)
        person.update(call.body, **{PERSON_ID: call.ids["id"]})
        _save(call, contact)
        return Answer({"contact_person": person}, "The contactperson details has been updated.")

    @routes("DELETE", "/contacts/contactpersons/{id}")
    def delete_person(call: Call) -> Answer:
        contact, person = _of_person(call)
        contact["contact_persons"].remove(person)
        _save(call, contact)
        return Answer({}, "The contact person has been deleted.")

    @routes("POST", "/contacts/contactpersons/{id}/primary")
    def make_primary(call: Call) -> Answer:
        contact, person = _of_person(call)
        for each in contact["contact_persons"]:
            each["is_primary_contact"] = each is person
        _save(call, contact)
        return Answer({}, "This contact person has been marked as your primary contact person.")

    @routes("GET", "/contacts/{id}/contactpersons")
    def persons(call: Call) -> Answer:
        return Answer({"contact_persons": load(call, CONTACT, call.ids["id"])["contact_persons"]})

    @routes("GET", "/contacts/{id}/contactpersons/{person}")
    def person(call: Call) -> Answer:
        for each in load(call, CONTACT, call.ids["id"])["contact_persons"]:
            if each[PERSON_ID] == call.ids["person"]:
                return Answer({"contact_person": each})
        raise Refusal(1002, "Contact person does not exist.", 404)

    @routes("POST", "/contacts/{id}/paymentreminder/{what}")
    def reminders(call: Call) -> Answer:
        contact, on = load(call, CONTACT, call.ids["id"]), call.ids["what"] == "enable"
        _save(call, {**contact, "payment_reminder_enabled": on})
        words = "enabled" if on else "stopped"
        return Answer({}, f"All reminders associated with this contact have been {words}.")

    @routes("POST", "/contacts/{id}/email")
    def email(call: Call) -> Answer:
        load(call, CONTACT, call.ids["id"])
        require(call.body, ("to_mail_ids", "subject", "body"))
        return Answer({}, "Email has been sent.")

    @routes("GET", "/itemdetails")
    def details(call: Call) -> Answer:
        wanted = call.query.get("item_ids", "").split(",")
        found = [item for id in wanted if (item := call.store.get(call.org, ITEM.name, id))]
        return Answer({"items": found})

    @routes("GET", "/contacts/{id}/refunds")
    def refunds(call: Call) -> Answer:
        customer = load(call, CONTACT, call.ids["id"])["contact_id"]
        return Answer(
            {"creditnote_refunds": call.store.find(call.org, "creditnote_refund", customer_id=customer)}
        )

    @routes("GET", "/customers")
    def customers(call: Call) -> Answer:
        return listed(call, CONTACT)

    for kind in (CONTACT, ITEM):
        serve(routes, kind)


def check_contact(call: Call, body: Record, before: Record | None) -> Record:
    """A currency of the organisation, the base one by default; locked once there are transactions."""
    base = call.store.get(EVERYBODY, "organization", call.org) or {}
    currency = refer(call, "currency", body.get("currency_id") or base.get("currency_id"), "currency_id")
    if before and before["currency_id"] != currency["currency_id"] and has_transactions(call, before):
        raise Refusal(HAS_TRANSACTIONS, "The currency of a contact with transactions cannot be changed.")
    if body.get("payment_terms") not in (None, "") and money(body["payment_terms"], "payment_terms") < -3:
        raise invalid("payment_terms")
    known = {each[PERSON_ID] for each in (before or {}).get("contact_persons", [])}
    persons = [
        each if each.get(PERSON_ID) in known else _person(call, body, each)
        for each in body.get("contact_persons") or []
    ]
    if persons and not any(each.get("is_primary_contact") for each in persons):
        persons[0]["is_primary_contact"] = True
    primary = next((each for each in persons if each.get("is_primary_contact")), {})
    return {
        "contact_type": "customer",
        "company_name": "",
        "status": "active",
        "payment_terms": 0,
        "payment_terms_label": "Due on Receipt",
        "billing_address": {},
        "shipping_address": {},
        "language_code": "en",
        "notes": "",
        **body,
        "currency_id": currency["currency_id"],
        "currency_code": currency["currency_code"],
        "currency_symbol": currency["currency_symbol"],
        "contact_persons": persons,
        "primary_contact_id": primary.get(PERSON_ID, ""),
        "first_name": primary.get("first_name", ""),
        "last_name": primary.get("last_name", ""),
        "email": primary.get("email", body.get("email", "")),
        "phone": primary.get("phone", body.get("phone", "")),
        "mobile": primary.get("mobile", ""),
    }


def has_transactions(call: Call, contact: Record) -> bool:
    return any(call.store.find(call.org, kind, customer_id=contact["contact_id"]) for kind in TRANSACTIONS)


def _show_contact(call: Call, body: Record) -> Record:
    open_invoices = call.store.find(call.org, "invoice", customer_id=body["contact_id"])
    owed = sum(each["balance"] for each in open_invoices if each["status"] not in ("draft", "void", "paid"))
    notes = call.store.find(call.org, "creditnote", customer_id=body["contact_id"])
    unused = sum(each["balance"] for each in notes if each["status"] == "open")
    return {
        **body,
        "outstanding_receivable_amount": round(owed, 2),
        "unused_credits_receivable_amount": round(unused, 2),
    }


def _keep_used_contact(call: Call, body: Record) -> None:
    if has_transactions(call, body):
        raise Refusal(
            HAS_TRANSACTIONS, "Contacts having transactions cannot be deleted. Please mark them as inactive."
        )


def _check_item(call: Call, body: Record, before: Record | None) -> Record:
    rate = money(body["rate"], "rate")
    tax = refer(call, "tax", body["tax_id"], "tax_id") if body.get("tax_id") else {}
    named = {key: tax.get(key, "") for key in ("tax_name", "tax_percentage", "tax_type")}
    return {"status": "active", "description": "", "unit": "", "product_type": "service", **body, **named} | {
        "rate": float(rate),
        "status": (before or body).get("status", "active"),
    }


def _keep_used_item(call: Call, body: Record) -> None:
    for kind in ("invoice", "estimate", "salesorder", "creditnote"):
        for document in call.store.find(call.org, kind):
            if any(line.get("item_id") == body["item_id"] for line in document["line_items"]):
                raise Refusal(DEPENDENT, "Items which are a part of other transactions cannot be deleted.")


def _person(call: Call, contact: Record, body: Record) -> Record:
    count = call.store.kept("persons", 0) + 1
    call.store.keep("persons", count)
    only = not contact.get("contact_persons")
    return {"is_primary_contact": only, "email": "", **body, PERSON_ID: str(460_000_000_900_000 + count)}


def _of_person(call: Call) -> tuple[Record, Record]:
    for contact in call.store.find(call.org, CONTACT.name):
        for person in contact["contact_persons"]:
            if person[PERSON_ID] == call.ids["id"]:
                return contact, person
    raise Refusal(1002, "Contact person does not exist.", 404)


def _save(call: Call, contact: Record) -> None:
    body = check_contact(call, touched(contact, last_modified_time=timestamp()), contact)
    call.store.save(call.org, CONTACT.name, contact["contact_id"], body)


CONTACT = Kind(
    "contact",
    "/contacts",
    "contact",
    "contacts",
    "contact_id",
    "contact",
    required=("contact_name",),
    unique="contact_name",
    search=("contact_type", "contact_number"),
    text=("contact_name", "company_name", "first_name", "last_name", "email", "phone"),
    created="The contact has been created",
    saved="Contact has been updated successfully",
    deleted="The contact has been deleted.",
    status_words={
        "active": "The contact has been marked as active.",
        "inactive": "The contact has been marked as inactive.",
    },
    check=check_contact,
    show=_show_contact,
    before_delete=_keep_used_contact,
)
ITEM = Kind(
    "item",
    "/items",
    "item",
    "items",
    "item_id",
    "item",
    required=("name", "rate"),
    unique="name",
    search=("tax_id", "sku"),
    text=("name", "description"),
    numbers=("rate",),
    created="The item has been added.",
    saved="Item details have been saved.",
    deleted="The item has been deleted.",
    status_words={
        "active": "The item has been marked as active.",
        "inactive": "The item has been marked as inactive.",
    },
    check=_check_item,
    before_delete=_keep_used_item,
)
