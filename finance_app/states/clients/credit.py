"""Beside a client: what is open of the invoices, and the credit, by currency."""

from dataclasses import dataclass
from typing import ClassVar

from finance_app import routes
from finance_app.domain.permissions import Permission
from finance_app.i18n import formats
from finance_app.services.clients import credit as client_credit
from finance_app.states.handlers import on_load
from finance_app.states.live import Watcher
from finance_app.states.session import Session


@dataclass(frozen=True)
class AccountRow:
    currency: str
    open: str
    overdue: str
    credit: str


class ClientAccount(Watcher, Session):
    accounts: list[AccountRow] = []
    payments_href: str = ""
    new_href: str = ""
    has_credit: bool = False

    _topics: ClassVar = ("payments", "invoices")

    @on_load(Permission.CLIENTS_VIEW)
    async def load(self):
        """Who may not see payments sees none: the panel stays away."""
        self.accounts = []
        if not self._me.may(Permission.PAYMENTS_VIEW):
            return
        client_id, locale = self._id("client_id"), self._locale
        found = await self._read(client_credit.accounts_of, client_id)
        self.accounts = [
            AccountRow(
                currency=account.currency,
                open=formats.money(account.open_minor, account.currency, locale),
                overdue=formats.money(account.overdue_minor, account.currency, locale)
                if account.overdue_minor
                else "",
                credit=formats.money(account.credit_minor, account.currency, locale)
                if account.credit_minor
                else "",
            )
            for account in found
        ]
        self.has_credit = any(account.credit_minor for account in found)
        self.payments_href = routes.with_query(routes.PAYMENTS, {"client": str(client_id)})
        self.new_href = routes.with_query(routes.PAYMENT_NEW, {"client": str(client_id)})
