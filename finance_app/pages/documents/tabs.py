"""The tabs of what is billed and paid: invoices, payments, credit notes."""

import reflex as rx

from finance_app import routes
from finance_app.components.frame import tab_bar
from finance_app.components.text import tr


def billing_tabs() -> rx.Component:
    return tab_bar(
        (tr("invoice.title"), routes.INVOICES),
        (tr("payment.title"), routes.PAYMENTS),
        (tr("credit_note.title"), routes.CREDIT_NOTES),
    )
