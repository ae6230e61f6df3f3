"""The editor of a draft: every change is saved as it is made, on the version it was made for."""

from dataclasses import dataclass
from typing import Any

import reflex as rx
from sqlalchemy import select
from sqlmodel import Session as Database
from sqlmodel import col

from finance_app import routes
from finance_app.domain.errors import DomainError
from finance_app.domain.permissions import Permission
from finance_app.i18n import formats
from finance_app.i18n.numbers import read_number
from finance_app.models import Invoice, InvoiceLine, Tax
from finance_app.models.kinds import DiscountKind, DiscountOn, PriceMode, TaxRounding
from finance_app.services.accounts import Actor
from finance_app.services.invoicing import editing
from finance_app.services.invoicing.editing import AddLine, Change, MoveLine, RemoveLine, SetHead, SetLine
from finance_app.services.invoicing.reading import InvoiceView, view
from finance_app.states.form import FormState
from finance_app.states.handlers import handler, on_load
from finance_app.states.invoice_page import UNITS, TotalRow, discount_text, total_rows
from finance_app.states.session import Session, joined

TERMS = ("net:0", "net:15", "net:30", "net:45", "net:60", "eom:0", "eom:30", "eom:45")
ROUNDINGS = ("0.05", "0.10", "1")
LINE_FIELDS = ("name", "description", "quantity", "unit", "unit_price", "discount", "tax")
HEAD_FIELDS = (
    *("title", "reference", "notes", "recipients", "issue_date", "due_date", "payment_terms", "discount"),
    *("discount_on", "price_mode", "tax_rounding", "tax", "exchange_rate", "total_rounding"),
    *("surcharge_name", "surcharge_amount"),
)
CONFLICT = "invoicing.error.newer"


@dataclass(frozen=True)
class EditLine:
    """A line with its values as typed in the user's language."""

    id: int
    position: int
    name: str
    description: str
    quantity: str
    unit: str
    price: str
    discount: str
    tax: str
    amount: str
    is_time: bool
    tracked: str
    error: str = ""


def taxes_in_use(session: Database, _actor: Actor) -> list[Tax]:
    return list(
        session.execute(select(Tax).where(col(Tax.archived_at).is_(None)).order_by(col(Tax.rate))).scalars()
    )


class InvoiceEditor(FormState, Session):
    """`values` are those of the document; `conflict` tells that somebody else saved meanwhile."""

    invoice_id: int = 0
    version: int = 0
    number: str = ""
    client: str = ""
    context: str = ""
    currency: str = ""
    foreign: bool = False
    from_time: bool = False
    lines: list[EditLine] = []
    line_count: int = 0
    line_page: int = 1
    line_pages: int = 1
    totals: list[TotalRow] = []
    taxes: list[dict[str, str]] = []
    conflict: str = ""
    review_href: str = ""
    page_href: str = ""

    @on_load(Permission.INVOICES_EDIT)
    async def load(self):
        self.taxes = [{"value": str(tax.id), "label": tax.name} for tax in await self._read(taxes_in_use)]
        self.conflict = ""
        self._all(await self._view(self._page_of_lines()))

    def _page_of_lines(self) -> int:
        page = self._query.get("lines", "1")
        return int(page) if page.isdecimal() and len(page) < 6 else 1

    async def _view(self, page: int) -> InvoiceView:
        found = await self._read(view, self._id("invoice_id"), page)
        if "edit" not in found.actions:
            raise DomainError("error.invoice.cannot_edit", state=found.state)
        return found

    def _all(self, found: InvoiceView) -> None:
        """The whole page; the inputs are made anew."""
        invoice, locale = found.invoice, self._locale
        self.invoice_id = invoice.id or 0
        self.number, self.client, self.currency = invoice.number or "", found.client, invoice.currency
        self.context = joined([found.client, invoice.title])
        self.foreign = invoice.exchange_rate != 1
        self.from_time = bool(invoice.billing)
        self.review_href = routes.invoice_review(self.invoice_id)
        self.page_href = routes.invoice(self.invoice_id)
        surcharge = invoice.surcharges[0] if invoice.surcharges else {}
        self._fill(
            {
                "title": invoice.title,
                "reference": invoice.reference,
                "notes": invoice.notes,
                "recipients": ", ".join(invoice.recipients),
                "issue_date": invoice.issue_date.isoformat(),
                "due_date": invoice.due_date.isoformat(),
                "payment_terms": invoice.payment_terms,
                "discount": discount_text(invoice, locale),
                "discount_on": invoice.discount_on.value,
                "price_mode": invoice.price_mode.value,
                "tax_rounding": invoice.tax_rounding.value,
                "tax": _first_tax(invoice.taxes),
                "exchange_rate": formats.number(invoice.exchange_rate, locale),
                "total_rounding": str(invoice.total_rounding or ""),
                "surcharge_name": str(surcharge.get("name", "")),
                "surcharge_amount": _typed(surcharge.get("amount", ""), locale),
            }
        )
        self._figures(found)

    def _figures(self, found: InvoiceView) -> None:
        invoice, locale = found.invoice, self._locale
        self.version = invoice.version
        self.lines = [self._edit_line(line, invoice) for line in found.lines]
        self.line_count, self.line_page, self.line_pages = found.line_count, found.page, found.pages
        self.totals = total_rows(found, locale)
        self.values["due_date"] = invoice.due_date.isoformat()

    def _edit_line(self, line: InvoiceLine, invoice: Invoice) -> EditLine:
        locale = self._locale
        changed = line.tracked_seconds is not None and line.tracked_seconds != line.billed_seconds
        return EditLine(
            id=line.id or 0,
            position=line.position,
            name=line.name,
            description=line.description,
            quantity=formats.quantity(line.quantity, locale),
            unit=line.unit,
            price=formats.number(line.unit_price, locale, min_decimals=2),
            discount=discount_text(line, locale),
            tax=_first_tax(line.taxes),
            amount=formats.money(line.amount_minor, invoice.currency, locale),
            is_time=line.tracked_seconds is not None,
            tracked=self._t("invoice.tracked", hours=formats.hours(line.tracked_seconds or 0, locale))
            if changed
            else "",
        )

    async def _save(self, *changes: Change, page: int | None = None) -> None:
        """Save, then show the new figures. A conflict is told and nothing that is typed goes away."""
        invoice_id = self._id("invoice_id")
        try:
            await self._write(editing.save, invoice_id, self.version, list(changes))
        except DomainError as error:
            if error.code != CONFLICT:
                raise
            self.conflict = self._t(error.code, **error.params)
            return
        self.errors = {}
        self._figures(await self._view(page or self.line_page))
        await self._changed("invoices")

    @handler(Permission.INVOICES_EDIT)
    async def set_line(self, line_id: int, name: str, value: str):
        """A field of a line was left with a new value."""
        shown = next((line for line in self.lines if line.id == line_id), None)
        if name not in LINE_FIELDS or shown is None:
            return
        before = {"unit_price": shown.price}.get(name, getattr(shown, name, None))
        if str(value) == before:
            return
        text = str(value)
        if name in ("quantity", "unit_price"):
            given: dict[str, Any] = {name: str(self._number(text, name))}
        elif name == "discount":
            given = {"discount": self._discount(text)}
        elif name == "tax":
            given = {"tax_ids": [text] if text.isdecimal() else []}
        else:
            given = {name: text}
        await self._save(SetLine(int(line_id), given))
        if name in ("quantity", "unit_price"):
            await self._changed("time")

    @handler(Permission.INVOICES_EDIT)
    async def set_head(self, name: str, value: str):
        """A field of the document was left with a new value."""
        if name not in HEAD_FIELDS:
            return
        text = str(value)
        if text == self.values.get(name):
            return
        self.values[name] = text
        if name == "discount":
            given: dict[str, Any] = {"discount": self._discount(text)}
        elif name == "tax":
            given = {"tax_ids": [text] if text.isdecimal() else []}
        elif name == "exchange_rate":
            given = {name: str(self._number(text, name))}
        elif name == "recipients":
            given = {name: [part.strip() for part in text.replace(";", ",").split(",")]}
        elif name in ("surcharge_name", "surcharge_amount"):
            amount = self.values.get("surcharge_amount", "")
            extra = {
                "name": self.values.get("surcharge_name", "") or self._t("invoice.surcharge"),
                "amount": str(self._number(amount, "surcharge_amount")) if amount else "0",
            }
            given = {"surcharges": [extra] if amount else []}
        else:
            given = {name: text}
        await self._save(SetHead(given))

    @handler(Permission.INVOICES_EDIT)
    async def add_line(self):
        await self._save(AddLine({}), page=10**5)

    @handler(Permission.INVOICES_EDIT)
    async def add_item(self, item_id: str, _label: str):
        if str(item_id).isdecimal():
            await self._save(AddLine({}, int(item_id)), page=10**5)

    @handler(Permission.INVOICES_EDIT)
    async def remove_line(self, line_id: int):
        await self._save(RemoveLine(int(line_id)))
        await self._changed("time")

    @handler(Permission.INVOICES_EDIT)
    async def move_line(self, line_id: int, position: int):
        await self._save(MoveLine(int(line_id), int(position)))

    @handler(Permission.INVOICES_EDIT)
    async def show_lines(self, page: int):
        return rx.redirect(
            routes.with_query(routes.invoice_edit(self._id("invoice_id")), {"lines": str(int(page))}),
            replace=True,
        )

    @handler(Permission.INVOICES_EDIT)
    async def load_newer(self):
        """After a conflict: what the other person saved."""
        self.conflict = ""
        self._all(await self._view(self.line_page))

    @handler(Permission.INVOICES_EDIT)
    async def review(self):
        return rx.redirect(self.review_href if not self.number else self.page_href)

    def _number(self, text: str, name: str) -> Any:
        try:
            return read_number(text, self._locale)
        except ValueError:
            raise DomainError("invoicing.error.number", field=name, text=text[:40]) from None

    def _discount(self, text: str) -> dict[str, str] | None:
        """`10 %` or `25.00`; empty for none."""
        typed = text.strip()
        if not typed:
            return None
        kind = DiscountKind.PERCENT if typed.endswith("%") else DiscountKind.AMOUNT
        return {"kind": kind.value, "value": str(self._number(typed.rstrip("%"), "discount"))}


def _first_tax(taxes: list[dict[str, Any]]) -> str:
    return str(taxes[0].get("id") or "") if taxes else ""


def _typed(amount: Any, locale: str) -> str:
    return formats.number(read_number(str(amount), "en"), locale, min_decimals=2) if amount else ""


__all__ = [
    "ROUNDINGS",
    "TERMS",
    "UNITS",
    "DiscountOn",
    "EditLine",
    "InvoiceEditor",
    "PriceMode",
    "TaxRounding",
]
