"""Documents for clients, and their payments, as files."""

from collections.abc import Callable
from typing import Any

from finance_app.api.exports.files import Cell, Export, Word
from finance_app.domain.money import to_decimal
from finance_app.domain.permissions import Permission
from finance_app.services.crediting import listing as credit_note_list
from finance_app.services.estimating import listing as estimate_list
from finance_app.services.invoicing import listing as invoice_list
from finance_app.services.payments import listing as payment_list


def _agreed(noun: str) -> list[tuple[str, Callable[[Any], Cell]]]:
    """The columns that an estimate and a sales order have in common."""
    return [
        ("invoice.number", lambda row: row.number),
        ("invoice.client", lambda row: row.client),
        ("invoice.subject", lambda row: row.title),
        ("invoice.issued", lambda row: row.issue_date),
        ("invoice.state_name", lambda row: Word(f"{noun}.state.{row.state}")),
        ("invoice.currency", lambda row: row.currency),
        ("invoice.total", lambda row: to_decimal(row.total_minor, row.currency)),
        ("estimate.left", lambda row: to_decimal(row.left_minor, row.currency)),
    ]


DOCUMENTS: dict[str, Export] = {
    "invoices": Export(
        Permission.INVOICES_VIEW,
        "invoice.title",
        invoice_list.ASKS,
        invoice_list.page,
        [
            ("invoice.number", lambda row: row.number),
            ("invoice.client", lambda row: row.client),
            ("invoice.subject", lambda row: row.title),
            ("invoice.issued", lambda row: row.issue_date),
            ("invoice.due", lambda row: row.due_date),
            ("invoice.state_name", lambda row: Word(f"invoice.state.{row.state}")),
            ("invoice.currency", lambda row: row.currency),
            ("invoice.total", lambda row: to_decimal(row.total_minor, row.currency)),
            ("invoice.balance", lambda row: to_decimal(row.balance_minor, row.currency)),
        ],
    ),
    "estimates": Export(
        Permission.INVOICES_VIEW,
        "estimate.title",
        estimate_list.ASKS,
        estimate_list.page,
        [*_agreed("estimate"), ("estimate.expires_on", lambda row: row.expires_on)],
    ),
    "sales_orders": Export(
        Permission.INVOICES_VIEW,
        "sales_order.title",
        estimate_list.ORDER_ASKS,
        estimate_list.order_page,
        _agreed("sales_order"),
    ),
    "payments": Export(
        Permission.PAYMENTS_VIEW,
        "payment.title",
        payment_list.ASKS,
        payment_list.page,
        [
            ("payment.day", lambda row: row.paid_on),
            ("payment.client", lambda row: row.client),
            ("payment.method_name", lambda row: Word(f"payment.method.{row.method}")),
            ("payment.reference", lambda row: row.reference),
            ("payment.invoices", lambda row: ", ".join(row.invoices)),
            ("payment.currency", lambda row: row.currency),
            ("payment.amount", lambda row: to_decimal(row.amount_minor, row.currency)),
            ("payment.unused", lambda row: to_decimal(row.unused_minor, row.currency)),
        ],
    ),
    "credit_notes": Export(
        Permission.INVOICES_VIEW,
        "credit_note.title",
        credit_note_list.ASKS,
        credit_note_list.page,
        [
            ("invoice.number", lambda row: row.number),
            ("invoice.client", lambda row: row.client),
            ("payment.invoice", lambda row: row.invoice),
            ("invoice.issued", lambda row: row.issue_date),
            ("invoice.state_name", lambda row: Word(f"credit_note.state.{row.state}")),
            ("invoice.currency", lambda row: row.currency),
            ("invoice.total", lambda row: to_decimal(row.total_minor, row.currency)),
            ("credit_note.unused", lambda row: to_decimal(row.unused_minor, row.currency)),
        ],
    ),
}
