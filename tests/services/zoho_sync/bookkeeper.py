"""A bookkeeper at Zoho, by chance: makes documents there, changes them, and settles those of both sides.

Of each side's invoices some are left to the other, so that no two people settle the same one at once: then
one of them would have to be told, which is tried in `test_receiving`."""

from collections.abc import Callable
from random import Random
from typing import Any

from finance_app.sandbox.faults import Faults
from tests.harness.invoices import TODAY
from tests.harness.zoho import Remote

OPEN = ("sent", "viewed", "partially_paid", "overdue", "unpaid")


def is_theirs(number: str) -> bool:
    """Whether a number is of Zoho's series: `INV-000001`, and ours `INV-2026-0001`."""
    return number.count("-") == 1


def is_settled_at_zoho(number: str) -> bool:
    last = int(number.rpartition("-")[2])
    return last % 3 != 0 if is_theirs(number) else last % 5 == 0


class Bookkeeper:
    def __init__(self, seed: int, remote: Remote):
        self.random, self.remote, self.number = Random(seed), remote, 0
        self.made: dict[str, int] = {}

    def change(self) -> bool:
        """One change; False where Zoho refuses it or there is nothing to change."""
        kinds: dict[Callable[[], Any], int] = {
            self.estimate: 3, self.answer: 4, self.edit_estimate: 2, self.order: 2, self.void_order: 1,
            self.invoice: 6, self.edit_invoice: 2, self.void_invoice: 1, self.pay: 7, self.change_payment: 2,
            self.take_back: 2, self.give_back: 2, self.note: 3, self.apply: 3, self.unapply: 1,
            self.refund: 2, self.write_off: 2, self.expense: 3, self.edit_expense: 2,
        }  # fmt: skip
        kind = self.random.choices(list(kinds), list(kinds.values()))[0]
        faults, self.remote.sandbox.faults = self.remote.sandbox.faults, Faults()
        try:
            done = kind() is not False
        except AssertionError:
            done = False
        finally:
            self.remote.sandbox.faults = faults
        if done:
            name = getattr(kind, "__name__", "")
            self.made[name] = self.made.get(name, 0) + 1
        return done

    def one(self, kind: str, wanted: Callable[[dict[str, Any]], bool] = lambda _row: True) -> dict[str, Any]:
        """Raises AssertionError where there is none."""
        rows = [row for row in self.remote.records(kind) if wanted(row)]
        assert rows
        return self.random.choice(rows)

    def lines(self) -> list[dict[str, Any]]:
        taxes = [each["tax_id"] for each in self.remote.records("tax") if each["tax_type"] == "tax"]
        some = range(self.random.randrange(1, 4))
        return [
            {
                "name": f"Part {place}",
                "rate": self.random.randrange(100, 90_000) / 100,
                "quantity": self.random.choice((1, 2.5, 0.333333)),
                **({"tax_id": self.random.choice(taxes)} if taxes and self.random.random() < 0.7 else {}),
            }
            for place in some
        ]

    def make(self, path: str, one: str, state: str, **more: Any) -> dict[str, Any]:
        customer = self.one("contact")["contact_id"]
        body = {"customer_id": customer, "line_items": self.lines(), **more}
        made = self.remote.ask("POST", path, body)[one]
        self.remote.ask("POST", f"{path}/{made[f'{one}_id']}/status/{state}", {})
        return made

    def estimate(self) -> None:
        self.make("/estimates", "estimate", "sent")

    def answer(self) -> None:
        row = self.one(
            "estimate",
            lambda row: (
                row["status"] == "sent"
                and (is_theirs(row["estimate_number"]) or is_settled_at_zoho(row["estimate_number"]))
            ),
        )
        word = self.random.choice(("accepted", "accepted", "declined"))
        self.remote.ask("POST", f"/estimates/{row['estimate_id']}/status/{word}", {})

    def edit_estimate(self) -> None:
        row = self.one("estimate", lambda row: row["status"] == "sent" and is_theirs(row["estimate_number"]))
        self.remote.ask("PUT", f"/estimates/{row['estimate_id']}", {"line_items": self.lines()})

    def order(self) -> None:
        self.make("/salesorders", "salesorder", "open")

    def void_order(self) -> None:
        row = self.one(
            "salesorder", lambda row: row["status"] == "open" and is_theirs(row["salesorder_number"])
        )
        self.remote.ask("POST", f"/salesorders/{row['salesorder_id']}/status/void", {})

    def invoice(self) -> None:
        self.make("/invoices", "invoice", "sent")

    def mine(self, row: dict[str, Any]) -> bool:
        return row["status"] in OPEN and is_settled_at_zoho(row["invoice_number"])

    def untouched(self, row: dict[str, Any]) -> bool:
        fresh = row["balance"] == row["total"] and is_theirs(row["invoice_number"])
        return self.mine(row) and fresh

    def edit_invoice(self) -> None:
        row = self.one("invoice", self.untouched)
        self.remote.ask("PUT", f"/invoices/{row['invoice_id']}", {"line_items": self.lines()})

    def void_invoice(self) -> None:
        row = self.one("invoice", self.untouched)
        self.remote.ask("POST", f"/invoices/{row['invoice_id']}/status/void", {})

    def pay(self) -> None:
        row = self.one("invoice", lambda row: self.mine(row) and row["balance"] > 1)
        cents = round(row["balance"] * 100)
        amount = self.random.choice((cents, max(cents // 3, 1)))
        withheld = self.random.choice((0, 0, amount // 10))
        self.remote.ask(
            "POST",
            "/customerpayments",
            {
                "customer_id": row["customer_id"],
                "payment_mode": "cash",
                "amount": (amount - withheld + self.random.choice((0, 0, 500))) / 100,
                "date": TODAY.isoformat(),
                "invoices": [
                    {
                        "invoice_id": row["invoice_id"],
                        "amount_applied": (amount - withheld) / 100,
                        "tax_amount_withheld": withheld / 100,
                    }
                ],
            },
        )

    def payment(self) -> dict[str, Any]:
        return self.one("payment", lambda row: "[M-P" not in row["reference_number"])

    def change_payment(self) -> None:
        row = self.payment()
        assert not row["amount_refunded"]
        self.remote.ask(
            "PUT", f"/customerpayments/{row['payment_id']}", {"amount": round(row["amount"] + 1, 2)}
        )

    def take_back(self) -> None:
        row = self.payment()
        assert not row["amount_refunded"]
        self.remote.ask("DELETE", f"/customerpayments/{row['payment_id']}", {})

    def give_back(self) -> None:
        row = self.payment()
        body = {"amount": row["unused_amount"], "date": TODAY.isoformat(), "refund_mode": "cash"}
        self.remote.ask("POST", f"/customerpayments/{row['payment_id']}/refunds", body)

    def note(self) -> None:
        self.make("/creditnotes", "creditnote", "open")

    def open_note(self) -> dict[str, Any]:
        return self.one(
            "creditnote", lambda row: row["status"] == "open" and is_theirs(row["creditnote_number"])
        )

    def apply(self) -> None:
        note = self.open_note()
        row = self.one("invoice", lambda row: self.mine(row) and row["customer_id"] == note["customer_id"])
        part = {"invoice_id": row["invoice_id"], "amount_applied": min(row["balance"], note["balance"])}
        self.remote.ask("POST", f"/creditnotes/{note['creditnote_id']}/invoices", {"invoices": [part]})

    def unapply(self) -> None:
        row = self.one("applied_credit", lambda row: is_theirs(row["creditnote_number"]))
        path = f"/creditnotes/{row['creditnote_id']}/invoices/{row['creditnote_invoice_id']}"
        self.remote.ask("DELETE", path, {})

    def refund(self) -> None:
        note = self.open_note()
        body = {"amount": min(note["balance"], 7.5), "date": TODAY.isoformat(), "refund_mode": "cash"}
        self.remote.ask("POST", f"/creditnotes/{note['creditnote_id']}/refunds", body)

    def write_off(self) -> None:
        row = self.one("invoice", self.mine)
        self.remote.ask("POST", f"/invoices/{row['invoice_id']}/writeoff", {})

    def expense(self) -> None:
        accounts = {row["account_name"]: row["account_id"] for row in self.remote.records("account")}
        body = {
            "account_id": accounts["Travel Expense"],
            "paid_through_account_id": accounts["Petty Cash"],
            "date": TODAY.isoformat(),
            "amount": self.random.randrange(100, 50_000) / 100,
            "description": f"Taxi {len(self.remote.records('expense'))}",
        }
        if self.random.random() < 0.5:
            project = self.one("project")
            body |= {"project_id": project["project_id"], "customer_id": project["customer_id"]}
        self.remote.ask("POST", "/expenses", body)

    def edit_expense(self) -> None:
        row = self.one("expense", lambda row: not row["reference_number"] and not row["invoice_id"])
        self.remote.ask("PUT", f"/expenses/{row['expense_id']}", {"amount": round(row["amount"] + 2, 2)})
