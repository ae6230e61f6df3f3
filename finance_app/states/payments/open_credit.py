"""What the pages of payments and credit notes share: dialogs, and open credit that settles an invoice."""

import secrets
from datetime import date

from finance_app.domain.errors import DomainError
from finance_app.i18n import formats
from finance_app.models import Invoice
from finance_app.services.invoicing.facts import balance_of
from finance_app.services.payments import listing as payment_list
from finance_app.states.form import FormState
from finance_app.states.session import joined
from finance_app.states.typed_money import read_amount


class OpenCredit(FormState, mixin=True):
    """`dialog` says which dialog is open; `apply` is the one that settles an invoice."""

    dialog: str = ""
    open_invoices: list[dict[str, str]] = []
    _request_key: str = ""

    async def _open(self, dialog: str, values: dict[str, str]) -> None:
        self.dialog = dialog
        self._request_key = secrets.token_hex(16)
        self._fill(values)
        self._open_form()

    async def _offer_invoices(self, client_id: int, currency: str) -> None:
        """Open the dialog with the open invoices of the client. Raises DomainError where there are none."""
        found = await self._read(payment_list.open_invoices, client_id, currency)
        if not found:
            raise DomainError("payment.error.nothing_open")
        self.open_invoices = [
            {"value": str(invoice.id), "label": open_label(invoice, self._locale)} for invoice in found
        ]
        await self._open("apply", {"invoice": str(found[0].id), "amount": ""})

    async def _chosen_use(
        self, given: dict[str, str], client_id: int, currency: str, unused_minor: int
    ) -> tuple[int, int, date]:
        """The invoice, the minor units (as many as go where nothing is typed) and the day of a use.

        Raises DomainError."""
        offered = await self._read(payment_list.open_invoices, client_id, currency)
        invoice = next((each for each in offered if str(each.id) == given.get("invoice")), None)
        if invoice is None:
            raise DomainError("payment.error.not_open", field="invoice")
        most = min(unused_minor, balance_of(invoice))
        amount = read_amount(given.get("amount", ""), currency, self._locale, "amount", empty=most)
        return invoice.id or 0, amount, await self._today()


def open_label(invoice: Invoice, locale: str) -> str:
    """An open invoice in a selector: number, due date, balance."""
    return joined(
        [
            invoice.number or "",
            formats.day(invoice.due_date, locale),
            formats.money(balance_of(invoice), invoice.currency, locale),
        ]
    )
