"""What a recipe sees: the database, and which of our records are at Zoho already."""

import hashlib
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from sqlmodel import Session, col, select

from finance_app.integrations.zoho import Product
from finance_app.models import InvoiceLine, ZohoLink, ZohoSync
from finance_app.services.zoho.sync.modules import Module
from finance_app.services.zoho.sync.wanted import First


@dataclass
class Look:
    session: Session
    sync: ZohoSync
    accounts: dict[str, tuple[str, str]] = field(default_factory=dict)
    """The accounts of the organisation: id and kind by name."""

    @property
    def product(self) -> Product:
        return Product(self.sync.product)

    def link(self, module: Module, local_id: int) -> ZohoLink | None:
        return link_of(self.session, self.sync.id or 0, module, local_id)

    def remote(self, module: Module, local_id: int) -> str:
        """The id at Zoho. Raises First where it has none yet."""
        found = self.link(module, local_id)
        if found is None or not found.remote_id:
            raise First(module, local_id)
        return found.remote_id

    def currency(self, code: str) -> str:
        return self.remote(Module.CURRENCY, currency_key(code))

    def tax(self, name: str, rate: Decimal) -> str:
        known = self.link(Module.TAX, tax_key(name, rate))
        if known is None or not known.remote_id:
            raise FirstTax(name, rate)
        return known.remote_id

    def is_billed_there(self, invoice_line_id: int | None) -> bool:
        """Whether the invoice of the line is at Zoho."""
        if invoice_line_id is None:
            return False
        found = self.session.exec(
            select(ZohoLink.id)
            .join(InvoiceLine, col(InvoiceLine.invoice_id) == col(ZohoLink.local_id))
            .where(
                InvoiceLine.id == invoice_line_id,
                ZohoLink.sync_id == self.sync.id,
                ZohoLink.module == Module.INVOICE,
                ZohoLink.remote_id != "",
            )
        ).first()
        return found is not None

    def expense_account(self, category: str) -> str:
        """The account called like the category, or else the first one for expenses."""
        expenses = {name: id for name, (id, kind) in self.accounts.items() if "expense" in kind}
        return expenses.get(category) or expenses.get("Other Expenses") or next(iter(expenses.values()), "")

    def paying_account(self) -> str:
        """Where money is paid from: the first account of cash or of a bank."""
        return next((id for id, kind in self.accounts.values() if kind in ("cash", "bank")), "")

    def name_for(self, module: Module, local_id: int, name: str, scope: str = "") -> tuple[str, str]:
        """The name at Zoho, where names are unique, and its reference: ours, or ours with its id where
        another record of ours has it."""
        prefix = f"{scope}/" if scope else ""
        taken = self.session.exec(
            select(ZohoLink.local_id).where(
                ZohoLink.sync_id == self.sync.id,
                ZohoLink.module == module,
                ZohoLink.reference == f"{prefix}{name}"[:300],
            )
        ).first()
        if taken not in (None, local_id):
            name = f"{name} [{local_id}]"
        return name, f"{prefix}{name}"[:300]


class FirstTax(First):
    def __init__(self, name: str, rate: Decimal):
        super().__init__(Module.TAX, tax_key(name, rate))
        self.name, self.rate = name, rate


def link_of(session: Session, sync_id: int, module: Module, local_id: int) -> ZohoLink | None:
    return session.exec(
        select(ZohoLink).where(
            ZohoLink.sync_id == sync_id, ZohoLink.module == module, ZohoLink.local_id == local_id
        )
    ).first()


def links_of(session: Session, sync_id: int, module: Module, ids: Any) -> dict[int, str]:
    """The ids at Zoho of those of our records that are there."""
    rows = session.exec(
        select(ZohoLink.local_id, ZohoLink.remote_id).where(
            ZohoLink.sync_id == sync_id, ZohoLink.module == module, col(ZohoLink.local_id).in_(ids)
        )
    )
    return {local: remote for local, remote in rows if remote}


def currency_key(code: str) -> int:
    """A currency is known by its code, which is as good as a number."""
    return int.from_bytes(code.encode(), "big")


def currency_of(key: int) -> str:
    return key.to_bytes(3, "big").decode()


def tax_key(name: str, rate: Decimal) -> int:
    """A tax is known by its name and rate: documents keep copies of taxes that may be gone."""
    said = f"{name.strip()}|{rate.normalize():f}"
    return int.from_bytes(hashlib.sha256(said.encode()).digest()[:7], "big")
