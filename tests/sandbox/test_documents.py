from tests.sandbox.conftest import Client


def tax(books: Client, rate: float = 20) -> str:
    return books("POST", "/settings/taxes", {"tax_name": f"VAT {rate}", "tax_percentage": rate})["tax"][
        "tax_id"
    ]


def test_totals_by_rate_by_line_inclusive_and_discounted(books: Client, customer: dict, invoice_of) -> None:
    vat = tax(books, 19)
    lines = [{"name": "Piece", "rate": 100, "quantity": 1, "tax_id": vat} for _ in range(5)]
    by_rate = invoice_of(customer, *lines, is_inclusive_tax=True)
    assert (by_rate["total"], by_rate["tax_total"]) == (500, 79.83)
    by_line = invoice_of(customer, *lines, is_inclusive_tax=True, tax_rounding="item_level")
    assert by_line["tax_total"] == 79.85
    less = invoice_of(customer, *lines, discount="10%", is_discount_before_tax=True)
    assert (less["sub_total"], less["discount_total"], less["tax_total"], less["total"]) == (
        500,
        50,
        85.5,
        535.5,
    )
    exact = invoice_of(customer, {"name": "Hours", "rate": 100, "quantity": 2.3333})
    assert exact["total"] == 233.33


def test_own_numbers_are_taken_once(books: Client, customer: dict, invoice_of) -> None:
    mine = invoice_of(customer, invoice_number="F-1", ignore_auto_number_generation="true")
    assert mine["invoice_number"] == "F-1"
    body = {
        "customer_id": customer["contact_id"],
        "invoice_number": "F-1",
        "line_items": [{"name": "Work", "rate": 1}],
    }
    assert books.refused("POST", "/invoices", body, ignore_auto_number_generation="true")[1] == 4
    found = books("GET", "/invoices", invoice_number="F-1")["invoices"]
    assert [each["invoice_id"] for each in found] == [mine["invoice_id"]]


def test_payments_settle_and_release(books: Client, customer: dict, invoice_of) -> None:
    invoice = invoice_of(customer)
    path = f"/invoices/{invoice['invoice_id']}"
    books("POST", f"{path}/status/sent")

    def pay(amount: float, applied: float) -> dict:
        part = {"invoice_id": invoice["invoice_id"], "amount_applied": applied}
        body = {
            "customer_id": customer["contact_id"],
            "payment_mode": "banktransfer",
            "amount": amount,
            "date": "2026-01-31",
            "invoices": [part],
        }
        return books("POST", "/customerpayments", body)["payment"]

    first = pay(50, 50)
    state = books("GET", path)["invoice"]
    assert (state["status"], state["balance"]) == ("partially_paid", 150)
    second = pay(200, 150)
    assert second["unused_amount"] == 50
    assert books("GET", path)["invoice"]["status"] == "paid"
    assert books.refused("DELETE", path)[1] == 1004
    too_much = {
        "customer_id": customer["contact_id"],
        "payment_mode": "cash",
        "amount": 1,
        "date": "2026-01-31",
        "invoices": [{"invoice_id": invoice["invoice_id"], "amount_applied": 1}],
    }
    assert books.refused("POST", "/customerpayments", too_much)[1] == 2
    refund = {"date": "2026-02-01", "amount": 20, "from_account_id": "1"}
    books("POST", f"/customerpayments/{second['payment_id']}/refunds", refund)
    assert books("GET", f"/customerpayments/{second['payment_id']}")["payment"]["unused_amount"] == 30
    books("DELETE", f"/customerpayments/{first['payment_id']}")
    assert books("GET", path)["invoice"]["balance"] == 50


def test_credit_notes_are_applied_refunded_and_closed(books: Client, customer: dict, invoice_of) -> None:
    invoice = invoice_of(customer)
    books("POST", f"/invoices/{invoice['invoice_id']}/status/sent")
    body = {"customer_id": customer["contact_id"], "line_items": [{"name": "Back", "rate": 80}]}
    note = books("POST", "/creditnotes", body)["creditnote"]
    path = f"/creditnotes/{note['creditnote_id']}"
    part = {"invoice_id": invoice["invoice_id"], "amount_applied": 60}
    books("POST", f"{path}/invoices", {"invoices": [part]})
    assert books("GET", f"/invoices/{invoice['invoice_id']}")["invoice"]["balance"] == 140
    assert books.refused("POST", f"{path}/refunds", {"date": "2026-01-01", "amount": 21})[1] == 2
    books("POST", f"{path}/refunds", {"date": "2026-01-01", "amount": 20})
    assert books("GET", path)["creditnote"]["status"] == "closed"
    applied = books("GET", f"{path}/invoices")["invoices_credited"][0]["creditnote_invoice_id"]
    books("DELETE", f"{path}/invoices/{applied}")
    assert books("GET", path)["creditnote"]["status"] == "open"


def test_time_and_expenses_are_billed_once_and_given_back(books: Client, customer: dict, invoice_of) -> None:
    user = books("GET", "/users/me")["user"]["user_id"]
    project = books(
        "POST",
        "/projects",
        {
            "project_name": "Site",
            "customer_id": customer["contact_id"],
            "billing_type": "based_on_project_hours",
            "rate": "100",
            "tasks": [{"task_name": "Design"}],
        },
    )["project"]
    task = books("GET", f"/projects/{project['project_id']}/tasks")["task"][0]["task_id"]
    log = {"project_id": project["project_id"], "task_id": task, "user_id": user, "log_date": "2026-01-05"}
    assert books.refused("POST", "/projects/timeentries", {**log, "log_time": "1.5"})[1] == 2
    entry = books("POST", "/projects/timeentries", {**log, "log_time": "01:30"})["time_entry"]
    accounts = {
        each["account_type"]: each["account_id"]
        for each in books("GET", "/chartofaccounts")["chartofaccounts"]
    }
    expense = books(
        "POST",
        "/expenses",
        {
            "account_id": accounts["expense"],
            "paid_through_account_id": accounts["cash"],
            "date": "2026-01-05",
            "amount": 12,
            "is_billable": True,
            "customer_id": customer["contact_id"],
        },
    )["expense"]
    line = {
        "name": "Design",
        "rate": 100,
        "quantity": 1.5,
        "project_id": project["project_id"],
        "time_entry_ids": [entry["time_entry_id"]],
    }
    costs = {"name": "Train", "rate": 12, "expense_id": expense["expense_id"]}
    invoice = invoice_of(customer, line, costs)
    shown = books("GET", f"/timeentries/{entry['time_entry_id']}")["time_entry"]
    assert (shown["billed_status"], shown["invoice_id"]) == ("invoiced", invoice["invoice_id"])
    twice = {"customer_id": customer["contact_id"], "line_items": [line]}
    assert books.refused("POST", "/invoices", twice)[1] == 4
    assert books.refused("DELETE", f"/projects/timeentries/{entry['time_entry_id']}")[1] == 1004
    books("POST", f"/invoices/{invoice['invoice_id']}/status/void")
    assert books("GET", "/projects/timeentries", filter_by="Date.All", billed_status="unbilled")[
        "time_entries"
    ]
    assert books("GET", f"/expenses/{expense['expense_id']}")["expense"]["status"] == "unbilled"


def test_a_receipt_is_attached_read_and_removed(books: Client) -> None:
    accounts = {
        each["account_type"]: each["account_id"]
        for each in books("GET", "/chartofaccounts")["chartofaccounts"]
    }
    body = {
        "account_id": accounts["expense"],
        "paid_through_account_id": accounts["cash"],
        "date": "2026-01-05",
        "amount": 12,
    }
    path = f"/books/v3/expenses/{books('POST', '/expenses', body)['expense']['expense_id']}/receipt"
    there = {"organization_id": "10"}
    file = {"receipt": ("bill.png", b"png", "image/png")}
    assert books.http.post(path, params=there, files=file).json()["code"] == 0
    assert books.http.get(path, params=there).content == b"png"
    wrong = {"receipt": ("bill.exe", b"x", "application/octet-stream")}
    assert books.http.post(path, params=there, files=wrong).json()["code"] == 2
    books.http.delete(path, params=there)
    assert books.http.get(path, params=there).status_code == 404
