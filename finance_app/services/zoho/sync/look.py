"""What a recipe sees: the database, and which of our records are at Zoho already."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from sqlmodel import Session, col, select

from finance_app.integrations.zoho import Product
from finance_app.models import InvoiceLine, ZohoLink, ZohoSync
from finance_app.models.kinds import LinkState
from finance_app.services.batches import batches
from finance_app.services.zoho.sync import queue
from finance_app.services.zoho.sync.modules import Module
from finance_app.services.zoho.sync.taxes import (
    FirstTax,
    group_key,
    group_wanted,
    name_of,
    tax_key,
    tax_wanted,
)
from finance_app.services.zoho.sync.wanted import First


@dataclass
class Look:
    session: Session
    sync: ZohoSync
    accounts: dict[str, tuple[str, str]] = field(default_factory=dict)
    """The accounts of the organisation: id and kind by name."""
    sent: frozenset[tuple[Module, int]] = frozenset()
    """What has been sent just now, for this record."""

    @property
    def product(self) -> Product:
        return Product(self.sync.product)

    def link(self, module: Module, local_id: int) -> ZohoLink | None:
        return link_of(self.session, self.sync.id or 0, module, local_id)

    def remote(self, module: Module, local_id: int) -> str:
        """The id at Zoho. Raises First where it has none yet, or none any more."""
        found = self.link(module, local_id)
        if found is None or not found.remote_id or found.is_gone:
            raise First(module, local_id)
        return found.remote_id

    def must_be_current(self, module: Module, ids: Sequence[int]) -> None:
        """Raises First while a change of one of them is on its way, or was refused."""
        late = tuple(
            id
            for id in queue.unsettled(self.session, self.sync.id or 0, module, ids)
            if (module, id) not in self.sent
        )
        if late:
            raise First(module, *late)

    def currency(self, code: str) -> str:
        return self.remote(Module.CURRENCY, currency_key(code))

    def tax(self, name: str, rate: Decimal, *, compound: bool = False) -> str:
        key = tax_key(name, rate, compound=compound)
        known = self.link(Module.TAX, key)
        if known is None or not known.remote_id:
            raise FirstTax(key, tax_wanted(name, rate, compound=compound))
        return known.remote_id

    def taxes(self, copies: Sequence[Mapping[str, Any]]) -> str:
        """The tax of a line, or the group of its taxes. Raises First where Zoho has it not yet."""
        rates = [
            (str(each["name"]), Decimal(str(each["rate"])), bool(each.get("compound"))) for each in copies
        ]
        ids = [self.tax(name, rate, compound=compound) for name, rate, compound in rates]
        if len(ids) == 1:
            return ids[0]
        key = group_key(ids)
        known = self.link(Module.TAX, key)
        if known is None or not known.remote_id:
            raise FirstTax(key, group_wanted([name_of(name, rate) for name, rate, _ in rates], ids))
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

    def name_for(
        self, module: Module, local_id: int, name: str, scope: str = "", beside: str = ""
    ) -> tuple[str, str]:
        """The name at Zoho, where names are unique, and its reference: ours, or where another record of ours
        has it `beside`, or ours with its id."""
        prefix = f"{scope}/" if scope else ""
        for each in (name, beside):
            if each and self._of_reference(module, f"{prefix}{each}"[:300]) in (None, local_id):
                return each, f"{prefix}{each}"[:300]
        name = f"{name} [{local_id}]"
        return name, f"{prefix}{name}"[:300]

    def _of_reference(self, module: Module, reference: str) -> int | None:
        return self.session.exec(
            select(ZohoLink.local_id).where(
                ZohoLink.sync_id == self.sync.id, ZohoLink.module == module, ZohoLink.reference == reference
            )
        ).first()


def link_of(session: Session, sync_id: int, module: Module, local_id: int) -> ZohoLink | None:
    return session.exec(
        select(ZohoLink).where(
            ZohoLink.sync_id == sync_id, ZohoLink.module == module, ZohoLink.local_id == local_id
        )
    ).first()


def links_of(session: Session, sync_id: int, module: Module, ids: Sequence[int]) -> dict[int, str]:
    """The ids at Zoho of those of our records that are there."""
    found: dict[int, str] = {}
    for some in batches(ids):
        rows = session.exec(
            select(ZohoLink.local_id, ZohoLink.remote_id).where(
                ZohoLink.sync_id == sync_id,
                ZohoLink.module == module,
                ZohoLink.state != LinkState.GONE,
                col(ZohoLink.local_id).in_(some),
            )
        )
        found |= {local: remote for local, remote in rows if remote}
    return found


def currency_key(code: str) -> int:
    """A currency is known by its code, which is as good as a number."""
    return int.from_bytes(code.encode(), "big")


def currency_of(key: int) -> str:
    return key.to_bytes(3, "big").decode()
