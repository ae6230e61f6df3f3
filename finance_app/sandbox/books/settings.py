"""Organisations, users, currencies, taxes, accounts: what documents refer to."""

from finance_app.sandbox.books.kinds import Kind, load, require, require_unique
from finance_app.sandbox.books.records import listed, need_body, serve, touched
from finance_app.sandbox.protocol import (
    DEPENDENT,
    Answer,
    Call,
    Refusal,
    Routes,
    invalid,
    money,
    number,
)
from finance_app.sandbox.store import Record, timestamp

EVERYBODY = "*"
"""The owner of records that belong to no organisation: the organisations themselves."""
MONTHS = (
    *("january", "february", "march", "april", "may", "june"),
    *("july", "august", "september", "october", "november", "december"),
)
SYMBOLS = {"EUR": "€", "USD": "$", "GBP": "£", "CHF": "CHF", "JPY": "¥"}


def currency(code: str, *, base: bool = False) -> Record:
    return {
        "currency_code": code,
        "currency_name": f"{code}- {code}",
        "currency_symbol": SYMBOLS.get(code, code),
        "price_precision": 0 if code in ("JPY", "XOF", "KRW") else 2,
        "currency_format": "1,234,567.89",
        "is_base_currency": base,
        "exchange_rate": 1 if base else 0,
        "effective_date": "",
    }


def new_organization(call: Call, body: Record, id: int | None = None) -> Record:
    """An organisation with its base currency, its first user and the accounts that expenses need."""
    code = str(body["currency_code"]).upper()
    record = {
        "name": body["name"],
        "is_default_org": not call.store.find(EVERYBODY, "organization"),
        "account_created_date": timestamp()[:10],
        "time_zone": body.get("time_zone", "Europe/Paris"),
        "language_code": body.get("language_code", "en"),
        "date_format": body.get("date_format", "dd/MM/yyyy"),
        "field_separator": body.get("field_separator", "/"),
        "fiscal_year_start_month": _month(body.get("fiscal_year_start_month", "january")),
        "contact_name": body.get("contact_name", "Sandbox"),
        "email": body.get("email", "sandbox@example.com"),
        "address": body.get("address", {}),
        "currency_code": code,
        "currency_symbol": SYMBOLS.get(code, code),
        "currency_format": "1,234,567.89",
        "price_precision": 2,
        "is_org_active": True,
        "plan_name": "PREMIUM",
        "plan_type": 12,
        "plan_period": "Monthly",
        "tax_group_enabled": True,
        "user_role": "admin",
        "user_status": "active",
    }
    if id is None:
        record = call.store.add(EVERYBODY, "organization", record, id_field="organization_id")
    else:
        record = {"organization_id": str(id), **record}
        call.store.put(EVERYBODY, "organization", id, record)
    org = record["organization_id"]
    base = call.store.add(org, CURRENCY.name, currency(code, base=True), id_field="currency_id")
    record["currency_id"] = base["currency_id"]
    call.store.save(EVERYBODY, "organization", org, record)
    owner = {"name": record["contact_name"], "email": record["email"], "user_role": "admin", "role_id": "1"}
    call.store.add(org, USER.name, {**owner, **_USER, "is_current_user": True}, id_field="user_id")
    for name, kind in (("Travel Expense", "expense"), ("Other Expenses", "expense"), ("Petty Cash", "cash")):
        account = {"account_name": name, "account_type": kind, "is_active": True}
        call.store.add(org, ACCOUNT.name, account, id_field="account_id")
    return record


def organization_routes(routes: Routes) -> None:
    @routes("POST", "/organizations")
    def create(call: Call) -> Answer:
        need_body(call)
        require(call.body, ("name", "currency_code", "time_zone"))
        return Answer(
            {"organization": new_organization(call, call.body)}, "Organization has been created.", 201
        )

    @routes("GET", "/organizations")
    def every(call: Call) -> Answer:
        return Answer({"organizations": call.store.find(EVERYBODY, "organization")})

    @routes("GET", "/organizations/{id}")
    def one(call: Call) -> Answer:
        return Answer({"organization": _organization(call)})

    @routes("PUT", "/organizations/{id}")
    def change(call: Call) -> Answer:
        before = _organization(call)
        body = {**before, **call.body, "organization_id": before["organization_id"]}
        if "fiscal_year_start_month" in call.body:
            body["fiscal_year_start_month"] = _month(call.body["fiscal_year_start_month"])
        call.store.save(EVERYBODY, "organization", before["organization_id"], body)
        return Answer({"organization": body}, "Organization information has been updated.")


def settings_routes(routes: Routes) -> None:
    @routes("GET", "/users/me")
    def me(call: Call) -> Answer:
        return Answer({"user": call.store.find(call.org, USER.name)[0]})

    @routes("POST", "/users/{id}/invite")
    def invite(call: Call) -> Answer:
        load(call, USER, call.ids["id"])
        return Answer({}, "Your invitation has been sent.")

    @routes("GET", "/settings/currencies/{id}/exchangerates")
    def rates(call: Call) -> Answer:
        load(call, CURRENCY, call.ids["id"])
        return Answer({"exchange_rates": call.store.find(call.org, "exchange_rate", call.ids["id"])})

    @routes("POST", "/settings/currencies/{id}/exchangerates")
    def add_rate(call: Call) -> Answer:
        found = load(call, CURRENCY, call.ids["id"])
        rate = money(call.body.get("rate"), "rate")
        if rate <= 0:
            raise invalid("rate")
        body = {
            "currency_id": found["currency_id"],
            "currency_code": found["currency_code"],
            "effective_date": call.body.get("effective_date") or timestamp()[:10],
            "rate": number(rate),
        }
        call.store.add(
            call.org, "exchange_rate", body, id_field="exchange_rate_id", parent=found["currency_id"]
        )
        newest = max(
            call.store.find(call.org, "exchange_rate", found["currency_id"]),
            key=lambda each: each["effective_date"],
        )
        latest = {"exchange_rate": newest["rate"], "effective_date": newest["effective_date"]}
        call.store.save(call.org, CURRENCY.name, found["currency_id"], touched(found, **latest))
        return Answer({"exchange_rate": body}, "The exchange rate has been added.", 201)

    @routes("GET", "/chartofaccounts")
    def accounts(call: Call) -> Answer:
        return listed(call, ACCOUNT)

    _tax_group_routes(routes)
    for kind in (USER, CURRENCY, TAX, TAX_AUTHORITY, TAX_EXEMPTION):
        serve(routes, kind)


def _organization(call: Call) -> Record:
    found = call.store.get(EVERYBODY, "organization", call.ids["id"])
    if found is None:
        raise Refusal(1002, "Organization does not exist.", 404)
    return found


def _month(value: object) -> int:
    """Named on write ("january"), a number from 0 on read."""
    name = str(value).lower()
    if name in MONTHS:
        return MONTHS.index(name)
    if name.isdigit() and int(name) < 12:
        return int(name)
    raise invalid("fiscal_year_start_month")


def _check_currency(_call: Call, body: Record, before: Record | None) -> Record:
    code = str(body["currency_code"]).upper()
    if len(code) != 3 or not code.isalpha():
        raise invalid("currency_code")
    return {**currency(code), **(before or {}), **body, "currency_code": code}


def _keep_base(_call: Call, body: Record) -> None:
    if body.get("is_base_currency"):
        raise Refusal(DEPENDENT, "The base currency cannot be deleted.")


def _check_tax(_call: Call, body: Record, _before: Record | None) -> Record:
    rate = money(body["tax_percentage"], "tax_percentage")
    if not 0 <= rate <= 100:
        raise invalid("tax_percentage")
    return {"tax_type": "tax", "is_editable": True, **body, "tax_percentage": number(rate)}


def _tax_group_routes(routes: Routes) -> None:
    """A group is kept, listed and named on lines as a tax; its own address shows what it is made of."""

    def shown(call: Call, body: Record) -> Answer:
        members = [load(call, TAX, id) for id in body["members"]]
        group = {
            "tax_group_id": body["tax_id"],
            "tax_group_name": body["tax_name"],
            "tax_group_percentage": body["tax_percentage"],
            "taxes": members,
        }
        return Answer({"tax_group": group})

    def shaped(call: Call, body: Record) -> Record:
        require(call.body, ("tax_group_name", "taxes"))
        given = call.body["taxes"]
        ids = given.split(",") if isinstance(given, str) else [str(each.get("tax_id")) for each in given]
        members = [load(call, TAX, id.strip()) for id in ids]
        if len(members) < 2 or any(each["tax_type"] == "tax_group" for each in members):
            raise invalid("taxes")
        rate = number(sum(money(each["tax_percentage"]) for each in members))
        named = {"tax_name": call.body["tax_group_name"], "tax_percentage": rate, "tax_type": "tax_group"}
        return touched({**body, **named, "members": [each["tax_id"] for each in members]})

    @routes("POST", "/settings/taxgroups")
    def create(call: Call) -> Answer:
        need_body(call)
        body = shaped(call, {})
        require_unique(call, TAX, body)
        stored = call.store.add(call.org, TAX.name, body, id_field="tax_id")
        answer = shown(call, stored)
        return Answer(answer.body, "The tax group has been created.", 201)

    @routes("GET", "/settings/taxgroups/{id}")
    def one(call: Call) -> Answer:
        return shown(call, _group(call))

    @routes("PUT", "/settings/taxgroups/{id}")
    def change(call: Call) -> Answer:
        body = shaped(call, _group(call))
        require_unique(call, TAX, body)
        call.store.save(call.org, TAX.name, body["tax_id"], body)
        return shown(call, body)

    @routes("DELETE", "/settings/taxgroups/{id}")
    def delete(call: Call) -> Answer:
        body = _group(call)
        _keep_used_tax(call, body)
        call.store.remove(call.org, TAX.name, body["tax_id"])
        return Answer({}, "The tax group has been deleted.")


def _group(call: Call) -> Record:
    found = call.store.get(call.org, TAX.name, call.ids["id"])
    if found is None or found["tax_type"] != "tax_group":
        raise Refusal(1002, "Tax group does not exist.", 404)
    return found


def _keep_used_tax(call: Call, body: Record) -> None:
    for kind in ("invoice", "estimate", "salesorder", "creditnote"):
        for document in call.store.find(call.org, kind):
            if any(line.get("tax_id") == body["tax_id"] for line in document["line_items"]):
                raise Refusal(DEPENDENT, "This tax is associated with transactions and cannot be deleted.")


_USER = {
    "status": "active",
    "user_type": "zoho",
    "is_current_user": False,
    "photo_url": "",
    "is_customer_segmented": False,
    "is_vendor_segmented": False,
}


def _check_user(_call: Call, body: Record, before: Record | None) -> Record:
    email = str(body["email"])
    if "@" not in email:
        raise invalid("email")
    mine = {"email_ids": [{"email": email, "is_selected": True}], "user_role": "staff", "role_id": "2"}
    return {**_USER, **mine, **({} if before else {"status": "inactive"}), **body}


USER = Kind(
    "user",
    "/users",
    "user",
    "users",
    "user_id",
    "user",
    required=("name", "email"),
    unique="email",
    text=("name", "email"),
    created="Your invitation has been sent.",
    saved="The user information has been updated.",
    deleted="The user has been removed from your organization.",
    created_status=200,
    status_words={
        "active": "The user has been marked as active.",
        "inactive": "The user has been marked as inactive.",
    },
    check=_check_user,
)
CURRENCY = Kind(
    "currency",
    "/settings/currencies",
    "currency",
    "currencies",
    "currency_id",
    "currency",
    required=("currency_code",),
    unique="currency_code",
    text=("currency_code",),
    created="The currency has been added.",
    saved="Currency information has been saved.",
    deleted="The currency has been deleted.",
    check=_check_currency,
    before_delete=_keep_base,
)
TAX = Kind(
    "tax",
    "/settings/taxes",
    "tax",
    "taxes",
    "tax_id",
    "tax",
    required=("tax_name", "tax_percentage"),
    unique="tax_name",
    text=("tax_name",),
    created="The tax has been added.",
    saved="Tax information has been saved.",
    deleted="The record has been deleted.",
    check=_check_tax,
    before_delete=_keep_used_tax,
)
TAX_AUTHORITY = Kind(
    "tax_authority",
    "/settings/taxauthorities",
    "tax_authority",
    "tax_authorities",
    "tax_authority_id",
    "tax authority",
    required=("tax_authority_name",),
    created="Tax Authority has been added.",
    saved="Tax Authority information has been updated.",
    deleted="Tax authority has been deleted.",
)
TAX_EXEMPTION = Kind(
    "tax_exemption",
    "/settings/taxexemptions",
    "tax_exemption",
    "tax_exemptions",
    "tax_exemption_id",
    "tax exemption",
    required=("tax_exemption_code", "type"),
    unique="tax_exemption_code",
    created="Tax Exemption has been added.",
    saved="Tax Exemption has been updated.",
    deleted="Tax exemption has been deleted successfully.",
    created_status=200,
)
ACCOUNT = Kind(
    "account",
    "/chartofaccounts",
    "chart_of_account",
    "chartofaccounts",
    "account_id",
    "account",
    text=("account_name",),
)
