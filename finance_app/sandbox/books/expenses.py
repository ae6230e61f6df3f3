"""Expenses with a receipt each, and employees."""

from decimal import ROUND_HALF_UP, Decimal

from finance_app.sandbox.books.kinds import Kind, load, refer
from finance_app.sandbox.books.records import serve, touched
from finance_app.sandbox.protocol import (
    HAS_TRANSACTIONS,
    Answer,
    Call,
    Refusal,
    Routes,
    invalid,
    money,
    number,
)
from finance_app.sandbox.store import Record

RECEIPTS = (".gif", ".png", ".jpeg", ".jpg", ".bmp", ".pdf")


def expense_routes(routes: Routes) -> None:
    @routes("GET", "/expenses/{id}/receipt")
    def receipt(call: Call) -> Answer:
        load(call, EXPENSE, call.ids["id"])
        found = call.store.attached(call.ids["id"])
        if found is None:
            raise Refusal(1002, "Receipt does not exist.", 404)
        return Answer(content=found[2], media_type=found[1])

    @routes("POST", "/expenses/{id}/receipt")
    def attach(call: Call) -> Answer:
        body = load(call, EXPENSE, call.ids["id"])
        if call.file is None or not call.file.name.lower().endswith(RECEIPTS):
            raise invalid("receipt")
        call.store.attach(call.ids["id"], call.file.name, call.file.media_type, call.file.content)
        kind = call.file.name.rpartition(".")[2].lower()
        changed = touched(body, expense_receipt_name=call.file.name, expense_receipt_type=kind)
        call.store.save(call.org, EXPENSE.name, body["expense_id"], changed)
        return Answer({}, "The expense receipt has been attached.")

    @routes("DELETE", "/expenses/{id}/receipt")
    def detach(call: Call) -> Answer:
        body = load(call, EXPENSE, call.ids["id"])
        call.store.detach(call.ids["id"])
        changed = touched(body, expense_receipt_name="", expense_receipt_type="")
        call.store.save(call.org, EXPENSE.name, body["expense_id"], changed)
        return Answer({}, "The attached expense receipt has been deleted.")

    serve(routes, EXPENSE)
    serve(routes, EMPLOYEE)


def _check_expense(call: Call, body: Record, before: Record | None) -> Record:
    if before and before["invoice_id"]:
        raise Refusal(HAS_TRANSACTIONS, "An invoiced expense cannot be changed.")
    account = refer(call, "account", body["account_id"], "account_id")
    paid_through = refer(call, "account", body["paid_through_account_id"], "paid_through_account_id")
    customer = refer(call, "contact", body["customer_id"], "customer_id") if body.get("customer_id") else {}
    project = refer(call, "project", body["project_id"], "project_id") if body.get("project_id") else {}
    base = next(each for each in call.store.find(call.org, "currency") if each["is_base_currency"])
    currency = (
        refer(call, "currency", body["currency_id"], "currency_id") if body.get("currency_id") else base
    )
    tax = refer(call, "tax", body["tax_id"], "tax_id") if body.get("tax_id") else None
    amount = money(body["amount"])
    if amount <= 0:
        raise invalid("amount")
    billable = str(body.get("is_billable", "")).lower() == "true"
    if billable and not customer:
        raise invalid("customer_id")
    rate = money(tax["tax_percentage"]) if tax else Decimal()
    unit = Decimal(1).scaleb(-currency["price_precision"])
    inclusive = str(body.get("is_inclusive_tax", "")).lower() == "true"
    part = amount * rate / (100 + rate) if inclusive else amount * rate / 100
    tax_amount = part.quantize(unit, rounding=ROUND_HALF_UP)
    total = amount if inclusive else amount + tax_amount
    exchange = money(body.get("exchange_rate") or currency["exchange_rate"] or 1)
    return {
        "reference_number": "",
        "description": "",
        "expense_receipt_name": "",
        "invoice_id": "",
        "invoice_number": "",
        **body,
        "account_name": account["account_name"],
        "paid_through_account_name": paid_through["account_name"],
        "customer_name": customer.get("contact_name", ""),
        "project_name": project.get("project_name", ""),
        "currency_id": currency["currency_id"],
        "currency_code": currency["currency_code"],
        "exchange_rate": float(exchange),
        "is_billable": billable,
        "status": "unbilled" if billable else "nonbillable",
        "tax_name": tax["tax_name"] if tax else "",
        "tax_percentage": tax["tax_percentage"] if tax else 0,
        "amount": number(amount),
        "tax_amount": number(tax_amount),
        "sub_total": number(total - tax_amount),
        "total": number(total),
        "total_without_tax": number(total - tax_amount),
        "bcy_total": number((total * exchange).quantize(Decimal("0.01"), rounding=ROUND_HALF_UP)),
    }


def _keep_invoiced(_call: Call, body: Record) -> None:
    if body["invoice_id"]:
        raise Refusal(HAS_TRANSACTIONS, "An invoiced expense cannot be deleted.")


EXPENSE = Kind(
    "expense",
    "/expenses",
    "expense",
    "expenses",
    "expense_id",
    "expense",
    required=("account_id", "date", "amount", "paid_through_account_id"),
    search=("customer_id", "project_id", "paid_through_account_id"),
    text=("description", "reference_number", "account_name", "customer_name"),
    numbers=("amount", "total"),
    dates=("date",),
    created="The expense has been recorded.",
    saved="Expense information has been updated.",
    deleted="The expense has been deleted.",
    check=_check_expense,
    before_delete=_keep_invoiced,
)
EMPLOYEE = Kind(
    "employee",
    "/employees",
    "employee",
    "employees",
    "employee_id",
    "employee",
    required=("name", "email"),
    unique="email",
    text=("name", "email"),
    deleted="Employee has been deleted.",
)
