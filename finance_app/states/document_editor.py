"""The editor of a document: every change is saved as it is made, on the version it was made for.

A mixin for the editor of a kind of document, which says its `_paper` and how it is read (`_view`).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Protocol

import reflex as rx
from sqlalchemy import select
from sqlmodel import Session as Database
from sqlmodel import col

from finance_app import routes
from finance_app.domain.errors import DomainError
from finance_app.domain.permissions import Permission
from finance_app.i18n import formats
from finance_app.i18n.numbers import read_number
from finance_app.models import Tax
from finance_app.models.document import DocumentColumns, LineColumns
from finance_app.models.kinds import DiscountKind
from finance_app.services.accounts import Actor
from finance_app.services.invoicing import editing
from finance_app.services.invoicing.editing import AddLine, Change, MoveLine, RemoveLine, SetHead, SetLine
from finance_app.services.invoicing.papers import Paper
from finance_app.states.form import FormState
from finance_app.states.handlers import handler, tell
from finance_app.states.invoice_page import TotalRow, discount_text, figure_rows
from finance_app.states.session import joined

ROUNDINGS = ("0.05", "0.10", "1")
LINE_FIELDS = ("name", "description", "quantity", "unit", "unit_price", "discount", "tax")
HEAD_FIELDS = (
    *("title", "reference", "notes", "recipients", "issue_date", "discount"),
    *("discount_on", "price_mode", "tax_rounding", "tax", "exchange_rate", "total_rounding"),
    *("surcharge_name", "surcharge_amount"),
)
CONFLICT = "invoicing.error.newer"
ABOVE_PRICE = "invoicing.error.above_price"


class Shown(Protocol):
    """A document as its editor shows it: the lines are those of `page`."""

    @property
    def document(self) -> DocumentColumns: ...
    @property
    def lines(self) -> Sequence[LineColumns]: ...
    @property
    def line_count(self) -> int: ...
    @property
    def page(self) -> int: ...
    @property
    def pages(self) -> int: ...


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
    optional: bool = False
    chosen: bool = False


def taxes_in_use(session: Database, _actor: Actor) -> list[Tax]:
    return list(
        session.execute(select(Tax).where(col(Tax.archived_at).is_(None)).order_by(col(Tax.rate))).scalars()
    )


class DocumentEditor(FormState, mixin=True):
    """`values` are those of the document; `conflict` tells that somebody else saved meanwhile."""

    version: int = 0
    number: str = ""
    client: str = ""
    context: str = ""
    currency: str = ""
    foreign: bool = False
    lines: list[EditLine] = []
    line_count: int = 0
    line_page: int = 1
    line_pages: int = 1
    totals: list[TotalRow] = []
    taxes: list[dict[str, str]] = []
    conflict: str = ""
    above_price: str = ""
    page_href: str = ""

    _paper: ClassVar[Paper]
    _topics_of_change: ClassVar[tuple[str, ...]] = ()
    _own_fields: ClassVar[tuple[str, ...]] = ()
    _own_line_fields: ClassVar[tuple[str, ...]] = ()

    async def _view(self, page: int) -> Shown:
        """The document, if it may be edited."""
        raise NotImplementedError

    def _document_id(self) -> int:
        raise NotImplementedError

    def _edit_address(self) -> str:
        raise NotImplementedError

    def _own_values(self, _document: Any) -> dict[str, str]:
        """The fields that only this kind has, as typed."""
        return {}

    def _given(self, name: str, text: str) -> dict[str, Any]:
        """What a typed field of the document comes to for the service."""
        return {name: text}

    def _total_rows(self, found: Any) -> list[TotalRow]:
        return figure_rows(found.document, self._locale)

    async def _load_editor(self) -> None:
        self.taxes = [{"value": str(tax.id), "label": tax.name} for tax in await self._read(taxes_in_use)]
        self.conflict = ""
        self._all(await self._view(self._page_of_lines()))

    def _page_of_lines(self) -> int:
        page = self._query.get("lines", "1")
        return int(page) if page.isdecimal() and len(page) < 6 else 1

    def _all(self, found: Any) -> None:
        """The whole page; the inputs are made anew."""
        document, locale = found.document, self._locale
        self.number, self.client, self.currency = document.number or "", found.client, document.currency
        self.context = joined([found.client, document.title])
        self.foreign = document.exchange_rate != 1
        surcharge = document.surcharges[0] if document.surcharges else {}
        self._fill(
            {
                "title": document.title,
                "reference": document.reference,
                "notes": document.notes,
                "recipients": ", ".join(document.recipients),
                "issue_date": document.issue_date.isoformat(),
                "discount": discount_text(document, locale),
                "discount_on": document.discount_on.value,
                "price_mode": document.price_mode.value,
                "tax_rounding": document.tax_rounding.value,
                "tax": _first_tax(document.taxes),
                "exchange_rate": formats.number(document.exchange_rate, locale),
                "total_rounding": str(document.total_rounding or ""),
                "surcharge_name": str(surcharge.get("name", "")),
                "surcharge_amount": _typed(surcharge.get("amount", ""), locale),
                **self._own_values(document),
            }
        )
        self._figures(found)

    def _figures(self, found: Any) -> None:
        self.version = found.document.version
        self.lines = [self._edit_line(line, found.document) for line in found.lines]
        self.line_count, self.line_page, self.line_pages = found.line_count, found.page, found.pages
        self.totals = self._total_rows(found)

    def _edit_line(self, line: Any, document: DocumentColumns) -> EditLine:
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
            amount=formats.money(line.amount_minor, document.currency, locale),
            is_time=line.tracked_seconds is not None,
            tracked=self._t("invoice.tracked", hours=formats.hours(line.tracked_seconds or 0, locale))
            if changed
            else "",
            optional=getattr(line, "optional", False),
            chosen=getattr(line, "chosen", False),
        )

    async def _save(self, *changes: Change, page: int | None = None, confirmed: bool = False) -> None:
        """Save, then show the new figures. A conflict is told and nothing that is typed goes away."""
        try:
            await self._write(
                editing.save,
                self._document_id(),
                self.version,
                list(changes),
                self.__class__._paper,
                confirmed=confirmed,
            )
        except DomainError as error:
            if error.code == ABOVE_PRICE:
                self.above_price, self._held_back = tell(self, error), list(changes)
                return
            if error.code != CONFLICT:
                raise
            self.conflict = self._t(error.code, **error.params)
            return
        self.errors = {}
        self._figures(await self._view(page or self.line_page))
        await self._changed(*self.__class__._topics_of_change)

    @handler(Permission.INVOICES_EDIT)
    async def confirm_above_price(self):
        """The person knows that more than the price is billed: save what was held back."""
        changes, self._held_back, self.above_price = self._held_back, [], ""
        if changes:
            await self._save(*changes, confirmed=True)

    @handler(Permission.INVOICES_EDIT)
    async def set_above_price(self, is_open: bool):
        """The question was closed without a yes: the line shows what is saved."""
        if not is_open and self.above_price:
            self.above_price, self._held_back = "", []
            self._all(await self._view(self.line_page))

    @handler(Permission.INVOICES_EDIT)
    async def set_line(self, line_id: int, name: str, value: str):
        """A field of a line was left with a new value."""
        shown = next((line for line in self.lines if line.id == line_id), None)
        if name not in LINE_FIELDS + self.__class__._own_line_fields or shown is None:
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
        if shown.is_time and name in ("quantity", "unit_price"):
            await self._changed("time")

    @handler(Permission.INVOICES_EDIT)
    async def set_head(self, name: str, value: str):
        """A field of the document was left with a new value."""
        if name not in HEAD_FIELDS + self.__class__._own_fields:
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
            given = self._given(name, text)
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
        return rx.redirect(routes.with_query(self._edit_address(), {"lines": str(int(page))}), replace=True)

    @handler(Permission.INVOICES_EDIT)
    async def load_newer(self):
        """After a conflict: what the other person saved."""
        self.conflict = ""
        self._all(await self._view(self.line_page))

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
