"""Customer payments, applied credits and refunds: what settles invoices."""

from decimal import Decimal
from typing import Any

from finance_app.sandbox.books.documents import CREDIT_NOTE, INVOICE, OPEN_INVOICE, settled
from finance_app.sandbox.books.kinds import Kind, load, refer, require
from finance_app.sandbox.books.records import need_body, serve, touched
from finance_app.sandbox.protocol import Answer, Call, Refusal, Routes, invalid, money, number
from finance_app.sandbox.store import Record, timestamp

MODES = ("check", "cash", "creditcard", "banktransfer", "bankremittance", "autotransaction", "others")


def payment_routes(routes: Routes) -> None:
    @routes("GET", "/invoices/{id}/payments")
    def of_invoice(call: Call) -> Answer:
        invoice = load(call, INVOICE, call.ids["id"])
        rows = [
            {
                **{key: payment[key] for key in ("payment_id", "payment_mode", "date", "reference_number")},
                "invoice_id": invoice["invoice_id"],
                "invoice_payment_id": f"{payment['payment_id']}{invoice['invoice_id'][-4:]}",
                "amount": part["amount_applied"],
                "tax_amount_withheld": part.get("tax_amount_withheld", 0),
            }
            for payment in call.store.find(call.org, PAYMENT.name, customer_id=invoice["customer_id"])
            for part in payment["invoices"]
            if part["invoice_id"] == invoice["invoice_id"]
        ]
        return Answer({"payments": rows})

    @routes("GET", "/invoices/{id}/creditsapplied")
    def credits_of(call: Call) -> Answer:
        load(call, INVOICE, call.ids["id"])
        return Answer({"credits": call.store.find(call.org, "applied_credit", invoice_id=call.ids["id"])})

    @routes("POST", "/invoices/{id}/credits")
    def apply_to_invoice(call: Call) -> Answer:
        need_body(call)
        for part in call.body.get("apply_creditnotes") or []:
            _apply(call, part.get("creditnote_id"), call.ids["id"], part.get("amount_applied"))
        return Answer({}, "Credits have been applied to the invoice(s).")

    @routes("DELETE", "/invoices/{id}/creditsapplied/{applied}")
    def unapply(call: Call) -> Answer:
        return _unapply(call, call.ids["applied"])

    @routes("GET", "/creditnotes/{id}/invoices")
    def credited(call: Call) -> Answer:
        load(call, CREDIT_NOTE, call.ids["id"])
        rows = call.store.find(call.org, "applied_credit", creditnote_id=call.ids["id"])
        return Answer({"invoices_credited": rows})

    @routes("POST", "/creditnotes/{id}/invoices")
    def apply_note(call: Call) -> Answer:
        need_body(call)
        for part in call.body.get("invoices") or []:
            _apply(call, call.ids["id"], part.get("invoice_id"), part.get("amount_applied"))
        return Answer({}, "Credits have been applied to the invoice(s).", 200)

    @routes("DELETE", "/creditnotes/{id}/invoices/{applied}")
    def unapply_note(call: Call) -> Answer:
        return _unapply(call, call.ids["applied"])

    @routes("GET", "/creditnotes/refunds")
    def refunds(call: Call) -> Answer:
        wanted = {"customer_id": call.query["customer_id"]} if call.query.get("customer_id") else {}
        return Answer({"creditnote_refunds": call.store.find(call.org, "creditnote_refund", **wanted)})

    for owner, many, one in (
        (CREDIT_NOTE, "creditnote_refunds", "creditnote_refund"),
        (PAYMENT, "payment_refunds", "payment_refunds"),
    ):
        _refund_routes(routes, owner, many, one)

    @routes("DELETE", "/customerpayments")
    def delete_many(call: Call) -> Answer:
        for id in call.query.get("payment_id", "").split(","):
            body = load(call, PAYMENT, id)
            _release(call, body)
            call.store.remove(call.org, PAYMENT.name, id)
        return Answer({}, "The selected customer payments have been deleted.")

    serve(routes, PAYMENT)


def _check_payment(call: Call, body: Record, before: Record | None) -> Record:
    """The money of a customer, what it settles, and the rest that is unused."""
    customer = refer(call, "contact", body["customer_id"], "customer_id")
    amount = money(body["amount"])
    if amount <= 0:
        raise invalid("amount")
    if body["payment_mode"] not in MODES:
        raise invalid("payment_mode")
    if before:
        _release(call, before)
    parts: list[Record] = []
    left = amount
    for part in body.get("invoices") or []:
        invoice = refer(call, INVOICE.name, part.get("invoice_id"), "invoice_id")
        applied = money(part.get("amount_applied"), "amount_applied")
        left -= applied
        if invoice["customer_id"] != customer["contact_id"]:
            raise invalid("invoice_id")
        withheld = money(part.get("tax_amount_withheld"), "tax_amount_withheld")
        if applied < 0 or withheld < 0 or applied + withheld <= 0 or left < 0:
            raise invalid("amount_applied")
        if invoice["status"] not in (*OPEN_INVOICE, "draft"):
            raise Refusal(2, "The amount entered is more than the balance due for the selected invoices.")
        opened = {**invoice, "status": "sent"} if invoice["status"] == "draft" else invoice
        made = number(money(opened["payment_made"]) + applied)
        kept = number(money(opened.get("tax_amount_withheld")) + withheld)
        paid = settled(opened, payment_made=made, tax_amount_withheld=kept)
        call.store.save(call.org, INVOICE.name, invoice["invoice_id"], paid)
        parts.append(
            {
                "invoice_id": invoice["invoice_id"],
                "invoice_number": invoice["invoice_number"],
                "date": invoice["date"],
                "invoice_amount": invoice["total"],
                "amount_applied": number(applied),
                "tax_amount_withheld": number(withheld),
                "balance_amount": paid["balance"],
            }
        )
    count = call.store.kept(f"payments:{call.org}", 0) + (0 if before else 1)
    call.store.keep(f"payments:{call.org}", count)
    return {
        "reference_number": "",
        "description": "",
        "bank_charges": 0,
        "amount_refunded": 0,
        "payment_number": str(count),
        **body,
        "status": "success",
        "amount": number(amount),
        "unused_amount": number(left - money((before or {}).get("amount_refunded"))),
        "customer_name": customer["contact_name"],
        "currency_code": customer["currency_code"],
        "currency_symbol": customer["currency_symbol"],
        "exchange_rate": float(money(body.get("exchange_rate") or 1)),
        "invoices": parts,
        "invoice_numbers": ", ".join(part["invoice_number"] for part in parts),
    }


def _release(call: Call, payment: Record) -> None:
    """Its invoices are open again."""
    for part in payment["invoices"]:
        invoice = call.store.get(call.org, INVOICE.name, part["invoice_id"])
        if invoice:
            made = number(money(invoice["payment_made"]) - money(part["amount_applied"]))
            withheld = money(part.get("tax_amount_withheld"))
            kept = number(money(invoice.get("tax_amount_withheld")) - withheld)
            body = settled(invoice, payment_made=made, tax_amount_withheld=kept)
            call.store.save(call.org, INVOICE.name, invoice["invoice_id"], body)


def _apply(call: Call, note_id: Any, invoice_id: Any, amount: Any) -> None:
    note = refer(call, CREDIT_NOTE.name, note_id, "creditnote_id")
    invoice = refer(call, INVOICE.name, invoice_id, "invoice_id")
    applied = money(amount, "amount_applied")
    if note["status"] != "open" or note["customer_id"] != invoice["customer_id"]:
        raise invalid("creditnote_id")
    if applied <= 0:
        raise invalid("amount_applied")
    _use(call, note, applied)
    credited = number(money(invoice["credits_applied"]) + applied)
    call.store.save(call.org, INVOICE.name, invoice["invoice_id"], settled(invoice, credits_applied=credited))
    row = {
        "creditnote_id": note["creditnote_id"],
        "creditnote_number": note["creditnote_number"],
        "creditnotes_number": note["creditnote_number"],
        "invoice_id": invoice["invoice_id"],
        "invoice_number": invoice["invoice_number"],
        "date": timestamp()[:10],
        "credited_date": timestamp()[:10],
        "credited_amount": number(applied),
        "amount_applied": number(applied),
    }
    stored = call.store.add(call.org, "applied_credit", row, id_field="creditnote_invoice_id")
    same = {"creditnotes_invoice_id": stored["creditnote_invoice_id"]}
    call.store.save(call.org, "applied_credit", stored["creditnote_invoice_id"], stored | same)


def _unapply(call: Call, id: str) -> Answer:
    row = call.store.get(call.org, "applied_credit", id)
    if row is None:
        raise Refusal(1002, "Credits applied do not exist.", 404)
    amount = money(row["amount_applied"])
    _use(call, refer(call, CREDIT_NOTE.name, row["creditnote_id"], "creditnote_id"), -amount)
    invoice = refer(call, INVOICE.name, row["invoice_id"], "invoice_id")
    left = number(money(invoice["credits_applied"]) - amount)
    call.store.save(call.org, INVOICE.name, invoice["invoice_id"], settled(invoice, credits_applied=left))
    call.store.remove(call.org, "applied_credit", id)
    return Answer({}, "Credits applied to an invoice have been deleted.")


def _use(call: Call, note: Record, amount: Decimal) -> None:
    """Take credit from a note, or give it back; a note that is used up is closed."""
    used = money(note["credits_used"]) + amount
    balance = money(note["total"]) - used
    if balance < 0:
        raise Refusal(2, "The amount entered is more than the balance of the credit note.")
    status = "closed" if balance == 0 else "open"
    body = touched(note, credits_used=number(used), balance=number(balance), status=status)
    call.store.save(call.org, CREDIT_NOTE.name, note["creditnote_id"], body)


def _refund_routes(routes: Routes, owner: Kind, many: str, one: str) -> None:
    kind, id_field = f"{owner.name}_refund", f"{owner.name}_refund_id"

    def spend(call: Call, body: Record, amount: Decimal) -> None:
        if owner is CREDIT_NOTE:
            _use(call, body, amount)
            return
        left = money(body["unused_amount"]) - amount
        if left < 0:
            raise Refusal(2, "The amount entered is more than the unused amount of the payment.")
        refunded = number(money(body["amount_refunded"]) + amount)
        changed = touched(body, unused_amount=number(left), amount_refunded=refunded)
        call.store.save(call.org, owner.name, body[owner.id_field], changed)

    def create(call: Call) -> Answer:
        need_body(call)
        body = load(call, owner, call.ids["id"])
        require(call.body, ("date", "amount"))
        amount = money(call.body["amount"])
        if amount <= 0:
            raise invalid("amount")
        spend(call, body, amount)
        row = {
            "refund_mode": "",
            "reference_number": "",
            "description": "",
            **call.body,
            owner.id_field: body[owner.id_field],
            "customer_id": body["customer_id"],
            "customer_name": body["customer_name"],
            "amount": number(amount),
        }
        stored = call.store.add(call.org, kind, row, id_field=id_field, parent=body[owner.id_field])
        words = (
            "The credit note amount is refunded successfully."
            if owner is CREDIT_NOTE
            else "The refund information for this payment has been saved."
        )
        return Answer({one: stored}, words, 201 if owner is CREDIT_NOTE else 200)

    def found(call: Call) -> Record:
        row = call.store.get(call.org, kind, call.ids["refund"])
        if row is None or row[owner.id_field] != call.ids["id"]:
            raise Refusal(1002, "Refund does not exist.", 404)
        return row

    def delete(call: Call) -> Answer:
        row = found(call)
        spend(call, load(call, owner, call.ids["id"]), -money(row["amount"]))
        call.store.remove(call.org, kind, row[id_field])
        return Answer({}, "The refund has been deleted.")

    def every(call: Call) -> Answer:
        load(call, owner, call.ids["id"])
        return Answer({many: call.store.find(call.org, kind, call.ids["id"])})

    routes.add("POST", f"{owner.path}/{{id}}/refunds", create)
    routes.add("GET", f"{owner.path}/{{id}}/refunds", every)
    routes.add("GET", f"{owner.path}/{{id}}/refunds/{{refund}}", lambda call: Answer({one: found(call)}))
    routes.add("DELETE", f"{owner.path}/{{id}}/refunds/{{refund}}", delete)


PAYMENT = Kind(
    "payment",
    "/customerpayments",
    "payment",
    "customerpayments",
    "payment_id",
    "payment",
    required=("customer_id", "payment_mode", "amount", "date"),
    search=("customer_id", "payment_mode"),
    text=("reference_number", "customer_name", "payment_number"),
    numbers=("amount",),
    dates=("date",),
    created="The payment has been created.",
    saved="The payment details have been updated.",
    deleted="The payment has been deleted.",
    check=_check_payment,
    before_delete=_release,
)
