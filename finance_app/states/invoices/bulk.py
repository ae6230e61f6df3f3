"""What is done with the ticked invoices of the list: told for each of them first, then done."""

import secrets
from dataclasses import dataclass
from typing import Any

import reflex as rx

from finance_app import routes
from finance_app.domain.errors import NotFound
from finance_app.domain.permissions import Permission
from finance_app.i18n import formats
from finance_app.services import invoice_bulk
from finance_app.services.invoice_bulk import BulkAction, Planned
from finance_app.states.handlers import handler, tell


@dataclass(frozen=True)
class BulkRow:
    """One of the ticked invoices: what will be done to it, or why not (`fault`)."""

    id: int
    name: str
    client: str
    amount: str
    recipients: str
    fault: str


class InvoiceBulk(rx.State, mixin=True):
    """Mix into the list. `bulk_done` is whether the rows tell what was done, and no more what would be,
    `bulk_visit` the visit of the page in which the dialog stands open."""

    bulk_visit: int = -1
    bulk_action: str = ""
    bulk_done: bool = False
    bulk_rows: list[BulkRow] = []
    bulk_count: int = 0

    _bulk_key: str = ""

    def _bulk_show(self, planned: list[Planned]) -> None:
        """What will be done stands first; once it is done, what was refused."""
        self.bulk_count = sum(row.fault is None for row in planned)
        ordered = sorted(planned, key=lambda row: (row.fault is None) is self.bulk_done)
        self.bulk_rows = [self._bulk_row(row) for row in ordered]

    def _bulk_row(self, row: Planned) -> BulkRow:
        return BulkRow(
            id=row.invoice_id,
            name=row.number or row.title or self._t("invoice.state.draft"),
            client=row.client,
            amount=formats.money(row.total_minor, row.currency, self._locale),
            recipients=row.to,
            fault=tell(self, row.fault) if row.fault else "",
        )

    @handler(Permission.INVOICES_EDIT)
    async def ask_bulk(self, action: str):
        """Open the dialog that says what the action would do to each ticked invoice."""
        wanted = _action(action)
        self.bulk_action, self.bulk_done = wanted.value, False
        self._bulk_show(await self._read(invoice_bulk.plan, wanted, self._selected_ids()))
        self._bulk_key = secrets.token_hex(16)
        self.bulk_visit = self.visit

    @handler(Permission.INVOICES_EDIT)
    async def set_bulk_open(self, is_open: bool):
        self.bulk_visit = self.visit if is_open else -1

    @handler(Permission.INVOICES_EDIT)
    async def carry_out_bulk(self):
        """Do it once, however often the button is clicked; what was refused stays on the screen."""
        if self.bulk_done or not self._bulk_key:
            return None
        wanted, key = _action(self.bulk_action), self._bulk_key
        ids = [row.id for row in self.bulk_rows if not row.fault]
        done = await self._write(invoice_bulk.carry_out, wanted, ids, key)
        self.bulk_done, self._bulk_key = True, ""
        self._bulk_show(done)
        refused = self.bulk_count < len(done)
        self.bulk_visit = self.visit if refused else -1
        self.selected = [str(row.invoice_id) for row in done if row.fault]
        await self._changed("invoices", "time")
        said = self._t(
            f"invoice.bulk.done.{wanted.value}",
            n=self.bulk_count,
            n_text=formats.number(self.bulk_count, self._locale),
        )
        self._say(said, kind="warning" if refused else "success")
        return self.__class__.load

    @handler(Permission.PAYMENTS_EDIT)
    async def pay_bulk(self) -> Any:
        """One payment for the ticked invoices, which belong to one client."""
        ids = self._selected_ids()
        client_id, currency = await self._read(invoice_bulk.payer_of, ids)
        query = {"client": str(client_id), "currency": currency, "invoices": ",".join(map(str, ids))}
        return rx.redirect(routes.with_query(routes.PAYMENT_NEW, query))


def _action(text: str) -> BulkAction:
    try:
        return BulkAction(str(text))
    except ValueError:
        raise NotFound from None
