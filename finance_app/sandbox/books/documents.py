"""Invoices, estimates, sales orders and credit notes: numbers, parties, sums and states."""

from datetime import date, timedelta

from finance_app.sandbox.books.kinds import Kind, load, refer, require
from finance_app.sandbox.books.records import serve, touched
from finance_app.sandbox.books.totals import priced
from finance_app.sandbox.protocol import (
    DUPLICATE,
    HAS_TRANSACTIONS,
    NOT_THE_SEQUENCE,
    Answer,
    Call,
    Refusal,
    Routes,
    invalid,
    money,
    number,
)
from finance_app.sandbox.store import Record, today

PREFIXES = {"invoice": "INV", "estimate": "EST", "salesorder": "SO", "creditnote": "CN"}
SETTLING = ("payment_made", "credits_applied", "write_off_amount", "tax_amount_withheld")
OPEN_INVOICE = ("sent", "viewed", "partially_paid", "overdue", "unpaid")


def document_routes(routes: Routes, product: str) -> None:
    _status(routes, INVOICE, "sent", _issue_invoice, "Invoice status has been changed to Sent.")
    _status(routes, INVOICE, "void", _void_invoice, "Invoice status has been changed to Void.")
    _status(routes, INVOICE, "draft", _revive_invoice, "Status of invoice changed from void to draft")
    for status in ("sent", "accepted", "declined"):
        words = f"Estimate status has been changed to {status.title()}"
        _status(routes, ESTIMATE, status, _estimate_to(status), words if status == "sent" else f"{words}.")
    _status(routes, CREDIT_NOTE, "open", _set("open"), "Status of the credit note has been changed to open.")
    _status(routes, CREDIT_NOTE, "void", _void_note, "The credit note has been marked as void.")
    _status(routes, CREDIT_NOTE, "draft", _set("draft"), "The credit note has been marked as Draft.")

    @routes("POST", "/invoices/{id}/writeoff")
    def write_off(call: Call) -> Answer:
        invoice = load(call, INVOICE, call.ids["id"])
        if invoice["status"] not in OPEN_INVOICE or not invoice["balance"]:
            raise Refusal(1004, "Only open invoices with a balance can be written off.")
        call.store.save(
            call.org,
            INVOICE.name,
            invoice["invoice_id"],
            settled(invoice, write_off_amount=invoice["balance"]),
        )
        return Answer({}, "Invoice has been written off")

    @routes("POST", "/invoices/{id}/writeoff/cancel")
    def cancel_write_off(call: Call) -> Answer:
        invoice = load(call, INVOICE, call.ids["id"])
        call.store.save(call.org, INVOICE.name, invoice["invoice_id"], settled(invoice, write_off_amount=0))
        return Answer({}, "The write off done for this invoice has been cancelled.")

    for kind, words in (
        (INVOICE, "Your invoice has been sent."),
        (ESTIMATE, "Your estimate has been sent."),
        (CREDIT_NOTE, "Your creditnote has been sent."),
        (SALES_ORDER, "Your Sales Order has been sent."),
    ):
        if product == "books" or kind is not SALES_ORDER:
            routes.add("POST", f"{kind.path}/{{id}}/email", _mailer(kind, words))

    for kind in (INVOICE, ESTIMATE, CREDIT_NOTE):
        serve(routes, kind)
    if product == "books":  # Zoho Invoice has no sales orders
        words = "Sales order status has been changed to {}."
        _status(routes, SALES_ORDER, "open", _set("open"), words.format("Open"), 201)
        _status(routes, SALES_ORDER, "void", _set("void"), words.format("Void"), 201)
        serve(routes, SALES_ORDER)


def check_document(call: Call, kind: Kind, body: Record, before: Record | None) -> Record:
    """The document with its customer, currency, number, dates, lines and totals."""
    customer = refer(call, "contact", body["customer_id"], "customer_id")
    currency = refer(call, "currency", body.get("currency_id") or customer["currency_id"], "currency_id")
    if before and before["customer_id"] != customer["contact_id"] and before["status"] != "draft":
        raise invalid("customer_id")
    day = _day(body.get("date") or today().isoformat(), "date")
    rate = money(body.get("exchange_rate") or currency["exchange_rate"] or 1, "exchange_rate")
    if rate <= 0:
        raise invalid("exchange_rate")
    number_field = f"{kind.one}_number"
    shaped = {
        "status": "draft",
        "reference_number": "",
        "notes": "",
        "terms": "",
        "is_emailed": False,
        "is_viewed_by_client": False,
        "client_viewed_time": "",
        "has_attachment": False,
        **body,
        "customer_id": customer["contact_id"],
        "customer_name": customer["contact_name"],
        "currency_id": currency["currency_id"],
        "currency_code": currency["currency_code"],
        "currency_symbol": currency["currency_symbol"],
        "exchange_rate": float(rate),
        "billing_address": customer["billing_address"],
        "date": day.isoformat(),
        number_field: _number(call, kind, body, before),
    }
    return priced(call, shaped, currency)


def settled(invoice: Record, **amounts: float) -> Record:
    """The invoice after a change of what settles it; its balance and status follow."""
    body = touched(invoice, **amounts)
    parts = (money(body.get(name)) for name in SETTLING)
    balance = money(body["total"]) - sum(parts)
    if balance < 0:
        raise Refusal(2, "The amount entered is more than the balance due for the selected invoices.")
    body["balance"] = number(balance)
    if body["status"] not in ("draft", "void"):
        untouched = balance == money(body["total"])
        viewed = "viewed" if body["is_viewed_by_client"] else "sent"
        body["status"] = "paid" if balance == 0 else viewed if untouched else "partially_paid"
    return body


def release(call: Call, invoice: Record) -> None:
    """Time entries and expenses of an invoice are unbilled again."""
    for entry in call.store.find(call.org, "time_entry", invoice_id=invoice["invoice_id"]):
        body = touched(entry, billed_status="unbilled", invoice_id="")
        call.store.save(call.org, "time_entry", entry["time_entry_id"], body)
    for expense in call.store.find(call.org, "expense", invoice_id=invoice["invoice_id"]):
        body = touched(expense, status="unbilled", invoice_id="", invoice_number="")
        call.store.save(call.org, "expense", expense["expense_id"], body)


def claim(call: Call, invoice: Record) -> None:
    """Time entries and expenses that lines name become billed by this invoice, each by one invoice only."""
    wanted = {
        ("time_entry", "time_entry_id", str(id))
        for line in invoice["line_items"]
        for id in line.get("time_entry_ids") or []
    } | {
        ("expense", "expense_id", str(line["expense_id"]))
        for line in invoice["line_items"]
        if line.get("expense_id")
    }
    for kind, id_field, id in sorted(wanted):
        found = refer(call, kind, id, id_field)
        if found.get("invoice_id") not in ("", None, invoice["invoice_id"]):
            raise Refusal(DUPLICATE, f"The {id_field} {id} has already been invoiced.")
        if not found.get("is_billable", True):
            raise invalid(id_field)
    release(call, invoice)
    for kind, _, id in sorted(wanted):
        found = refer(call, kind, id, id)
        if kind == "time_entry":
            body = touched(found, billed_status="invoiced", invoice_id=invoice["invoice_id"])
        else:
            body = touched(
                found,
                status="invoiced",
                invoice_id=invoice["invoice_id"],
                invoice_number=invoice["invoice_number"],
            )
        call.store.save(call.org, kind, id, body)


def _number(call: Call, kind: Kind, body: Record, before: Record | None) -> str:
    """The next of the series, or the client's own with `ignore_auto_number_generation`."""
    name = f"{kind.one}_number"
    given = str(call.body.get(name) or "")
    if before and (not given or given == before[name]):
        return before[name]
    if given and call.asks("ignore_auto_number_generation"):
        for other in call.store.find(call.org, kind.name, **{name: given}):
            if other[kind.id_field] != body.get(kind.id_field):
                raise Refusal(
                    DUPLICATE, f'The {kind.label} number "{given}" already exists. Please use another number.'
                )
        return given
    if given:
        raise Refusal(
            NOT_THE_SEQUENCE,
            "Given sequence number is not as per the auto-number sequence. Set "
            "ignore_auto_number_generation to true to use an own number.",
        )
    counter = f"number:{call.org}:{kind.name}"
    last = call.store.kept(counter, 0)
    while True:
        last += 1
        number_ = f"{PREFIXES[kind.name]}-{last:06d}"
        if not call.store.find(call.org, kind.name, **{name: number_}):
            call.store.keep(counter, last)
            return number_


def _day(value: object, name: str) -> date:
    try:
        return date.fromisoformat(str(value))
    except ValueError as error:
        raise invalid(name) from error


def _check_invoice(call: Call, body: Record, before: Record | None) -> Record:
    if before and before["status"] == "void":
        raise Refusal(HAS_TRANSACTIONS, "You cannot edit a void invoice.")
    shaped = check_document(call, INVOICE, body, before)
    day = date.fromisoformat(shaped["date"])
    terms = int(money(shaped.get("payment_terms") or 0, "payment_terms"))
    due = (
        _day(shaped["due_date"], "due_date")
        if shaped.get("due_date")
        else day + timedelta(days=max(terms, 0))
    )
    if due < day:
        raise invalid("due_date")
    shaped = {
        **dict.fromkeys(SETTLING, 0),
        "payment_terms": terms,
        **shaped,
        "due_date": due.isoformat(),
        "balance": 0,
    }
    if not before and call.asks("send"):
        shaped |= {"status": "sent", "is_emailed": True}
    claim(call, shaped)
    if shaped.get("invoiced_estimate_id"):
        estimate = refer(call, "estimate", shaped["invoiced_estimate_id"], "invoiced_estimate_id")
        call.store.save(call.org, "estimate", estimate["estimate_id"], touched(estimate, status="invoiced"))
    return settled(shaped)


def _show_invoice(_call: Call, body: Record) -> Record:
    late = body["due_date"] < today().isoformat()
    open_ = body["status"] in ("sent", "viewed", "partially_paid")
    return {**body, "status": "overdue"} if open_ and late else body


def _keep_settled(call: Call, body: Record) -> None:
    if body["payment_made"] or body["credits_applied"]:
        raise Refusal(
            HAS_TRANSACTIONS,
            "Invoices which have payments or credits applied cannot be deleted. Delete them first.",
        )
    release(call, body)


def _check_estimate(call: Call, body: Record, before: Record | None) -> Record:
    shaped = check_document(call, ESTIMATE, body, before)
    if shaped.get("expiry_date") and _day(shaped["expiry_date"], "expiry_date").isoformat() < shaped["date"]:
        raise invalid("expiry_date")
    if not before and call.asks("send"):
        shaped |= {"status": "sent", "is_emailed": True}
    return shaped


def _show_estimate(_call: Call, body: Record) -> Record:
    late = body.get("expiry_date") and body["expiry_date"] < today().isoformat()
    return {**body, "status": "expired"} if late and body["status"] == "sent" else body


def _check_order(call: Call, body: Record, before: Record | None) -> Record:
    return {"order_status": "open", **check_document(call, SALES_ORDER, {"status": "open", **body}, before)}


def _check_note(call: Call, body: Record, before: Record | None) -> Record:
    shaped = check_document(call, CREDIT_NOTE, body, before)
    used = (before or {}).get("credits_used", 0)
    balance = money(shaped["total"]) - money(used)
    if balance < 0:
        raise Refusal(HAS_TRANSACTIONS, "The credits of this credit note have been used already.")
    draft = str(body.get("is_draft", "")).lower() == "true"
    status = before["status"] if before else "draft" if draft else "open"
    return {**shaped, "status": status, "credits_used": used, "balance": number(balance)}


def _keep_used_note(_call: Call, body: Record) -> None:
    if body["credits_used"]:
        raise Refusal(HAS_TRANSACTIONS, "Credit notes with applied credits or refunds cannot be deleted.")


def _issue_invoice(_call: Call, body: Record) -> Record:
    if body["status"] == "void":
        raise Refusal(HAS_TRANSACTIONS, "A void invoice cannot be marked as sent.")
    return settled({**body, "status": "sent"}) if body["status"] == "draft" else body


def _void_invoice(call: Call, body: Record) -> Record:
    if body["payment_made"] or body["credits_applied"]:
        raise Refusal(HAS_TRANSACTIONS, "Invoices with payments or credits cannot be marked as void.")
    release(call, body)
    return touched(body, status="void", balance=0)


def _revive_invoice(_call: Call, body: Record) -> Record:
    if body["status"] != "void":
        raise Refusal(HAS_TRANSACTIONS, "Only void invoices can be changed to draft.")
    return settled({**body, "status": "draft"})


def _estimate_to(status: str):
    def move(_call: Call, body: Record) -> Record:
        if body["status"] == "invoiced":
            raise Refusal(HAS_TRANSACTIONS, "The status of an invoiced estimate cannot be changed.")
        day = {f"{status}_date": today().isoformat()} if status != "sent" else {}
        return touched(body, status=status, **day)

    return move


def _void_note(_call: Call, body: Record) -> Record:
    _keep_used_note(_call, body)
    return touched(body, status="void")


def _set(status: str):
    return lambda _call, body: touched(body, status=status)


def _status(routes: Routes, kind: Kind, name: str, move, words: str, code: int = 200) -> None:
    def handle(call: Call) -> Answer:
        body = move(call, load(call, kind, call.ids["id"]))
        call.store.save(call.org, kind.name, call.ids["id"], body)
        return Answer({}, words, code)

    routes.add("POST", f"{kind.path}/{{id}}/status/{name}", handle)


def _mailer(kind: Kind, words: str):
    def handle(call: Call) -> Answer:
        body = load(call, kind, call.ids["id"])
        require(call.body, ("to_mail_ids",))
        moved = _issue_invoice(call, body) if kind is INVOICE else body
        if kind is ESTIMATE and body["status"] == "draft":
            moved = {**body, "status": "sent"}
        call.store.save(call.org, kind.name, call.ids["id"], touched(moved, is_emailed=True))
        return Answer({}, words)

    return handle


def _kind(name: str, path: str, many: str, label: str, words: tuple[str, str, str], **more) -> Kind:
    created, saved, deleted = words
    return Kind(
        name,
        path,
        name,
        many,
        f"{name}_id",
        label,
        required=("customer_id",),
        search=("customer_id", "currency_code", *more.pop("search", ())),
        text=(f"{name}_number", "reference_number", "customer_name"),
        numbers=("total", "balance"),
        dates=("date", "due_date", "expiry_date", "created_time"),
        created=created,
        saved=saved,
        deleted=deleted,
        **more,
    )


INVOICE = _kind(
    "invoice",
    "/invoices",
    "invoices",
    "invoice",
    (
        "The invoice has been created.",
        "Invoice information has been updated.",
        "The invoice has been deleted.",
    ),
    check=_check_invoice,
    show=_show_invoice,
    before_delete=_keep_settled,
)
ESTIMATE = _kind(
    "estimate",
    "/estimates",
    "estimates",
    "estimate",
    (
        "The estimate has been created",
        "Estimate information has been updated.",
        "The estimate has been deleted.",
    ),
    check=_check_estimate,
    show=_show_estimate,
)
SALES_ORDER = _kind(
    "salesorder",
    "/salesorders",
    "salesorders",
    "sales order",
    (
        "Sales Order Created Successfully.",
        "Sales Order Updated Successfully.",
        "Sales Order Deleted Successfully.",
    ),
    check=_check_order,
)
CREDIT_NOTE = _kind(
    "creditnote",
    "/creditnotes",
    "creditnotes",
    "credit note",
    (
        "The credit note has been created.",
        "The credit note has been updated.",
        "The credit note has been deleted.",
    ),
    check=_check_note,
    before_delete=_keep_used_note,
)
