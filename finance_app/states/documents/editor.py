"""The editor of a document: every change is saved as it is made, on the version it was made for.

A mixin for the editor of a kind of document, which says its `_paper` and how it is read (`_view`).
"""

from collections.abc import Sequence
from typing import Any, ClassVar, Protocol

import reflex as rx
from sqlalchemy import select
from sqlmodel import Session as Database
from sqlmodel import col

from finance_app import routes
from finance_app.domain.errors import DomainError, NotFound
from finance_app.domain.permissions import Permission
from finance_app.i18n import formats
from finance_app.i18n.numbers import read_number
from finance_app.models import Tax
from finance_app.models.document import DocumentColumns, LineColumns
from finance_app.models.kinds import DiscountKind
from finance_app.services.accounts.identity import Actor
from finance_app.services.invoicing import editing
from finance_app.services.invoicing.changes import changes_since
from finance_app.services.invoicing.editing import AddLine, Change, MoveLine, RemoveLine, SetHead, SetLine
from finance_app.services.invoicing.papers import Paper
from finance_app.services.portal import portal_of
from finance_app.states.documents.rows import (
    MORE,
    EditLine,
    SurchargeRow,
    TaxChoice,
    edit_line,
    surcharge_row,
    tax_choice,
    tax_names,
)
from finance_app.states.form import FormState, texts
from finance_app.states.handlers import handler, tell
from finance_app.states.invoices.changes import change_lines
from finance_app.states.invoices.page import TotalRow, discount_text, figure_rows
from finance_app.states.session import joined

ROUNDINGS = ("0.05", "0.10", "1")
LINE_FIELDS = ("name", "description", "quantity", "unit", "unit_price", "discount", "tax")
HEAD_FIELDS = (
    *("title", "reference", "notes", "recipients", "issue_date", "discount"),
    *("discount_on", "price_mode", "tax_rounding", "tax", "exchange_rate", "total_rounding"),
)
SURCHARGE_FIELDS = ("name", "amount", "tax", "taxed")
MOST_TOLD = 20
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


def taxes_in_use(session: Database, _actor: Actor) -> list[Tax]:
    return list(
        session.execute(select(Tax).where(col(Tax.archived_at).is_(None)).order_by(col(Tax.rate))).scalars()
    )


class DocumentEditor(FormState, mixin=True):
    """`values` are those of the document; `conflict` tells that somebody else saved meanwhile, and what.

    The form dialog ticks several taxes; `errors` are by field, those of a line under `line_<id>`.
    """

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
    surcharges: list[SurchargeRow] = []
    document_taxes: str = ""
    tax_choices: list[TaxChoice] = []
    conflict: str = ""
    above_price: str = ""
    conflict_changes: list[str] = []
    page_href: str = ""

    _base: str = ""
    _tax_target: str = ""
    _unsaved: list[Change] = []
    _held_back: list[Change] = []

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
        self._base = await self._read(lambda session, _actor: portal_of(session).base_currency)
        self._forget_conflict()
        self._all(await self._view(self._page_of_lines()))

    def _forget_conflict(self) -> None:
        self.conflict, self.conflict_changes, self._unsaved = "", [], []

    def _page_of_lines(self) -> int:
        page = self._query.get("lines", "1")
        return int(page) if page.isdecimal() and len(page) < 6 else 1

    def _all(self, found: Any) -> None:
        """The whole page; the inputs are made anew."""
        document, locale = found.document, self._locale
        self.number, self.client, self.currency = document.number or "", found.client, document.currency
        self.context = joined([found.client, document.title])
        self.foreign = document.currency != self._base
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
                "tax": "",
                "exchange_rate": formats.number(document.exchange_rate, locale)
                if document.exchange_rate
                else "",
                "total_rounding": str(document.total_rounding or ""),
                **self._own_values(document),
            }
        )
        self._figures(found)

    def _figures(self, found: Any) -> None:
        document, locale = found.document, self._locale
        self.version = document.version
        in_use = {tax["value"] for tax in self.taxes}
        self.lines = [edit_line(line, document.currency, in_use, locale) for line in found.lines]
        self.line_count, self.line_page, self.line_pages = found.line_count, found.page, found.pages
        self.totals = self._total_rows(found)
        self.values["tax"] = tax_choice(document.taxes, in_use)
        self.document_taxes = tax_names(document.taxes)
        self.surcharges = [
            surcharge_row(place, extra, in_use, locale) for place, extra in enumerate(document.surcharges)
        ]

    async def _save(
        self, *changes: Change, field: str = "", page: int | None = None, confirmed: bool = False
    ) -> bool:
        """Save, then show the new figures; whether it was saved. A refusal stands beside `field`.

        Where somebody else saved meanwhile, it is told what changed, and the change waits for a decision; so
        does one that would bill more than a price.
        """
        try:
            await self._write(
                editing.save,
                self._document_id(),
                self.version,
                list(changes),
                self.__class__._paper,
                confirmed=confirmed,
            )
        except NotFound:
            raise
        except DomainError as error:
            if error.code == ABOVE_PRICE:
                self.above_price, self._held_back = tell(self, error), list(changes)
                return False
            if error.code == CONFLICT:
                await self._tell_conflict(error, changes)
                return False
            if not field:
                raise
            self.errors = {field: tell(self, error)}
            return False
        self.errors = {}
        self._figures(await self._view(page or self.line_page))
        await self._changed(*self.__class__._topics_of_change)
        return True

    async def _tell_conflict(self, error: DomainError, changes: Sequence[Change]) -> None:
        events = await self._read(
            changes_since, self.__class__._paper.kind, self._document_id(), self.version
        )
        self.conflict = tell(self, error)
        self.conflict_changes = [
            text for event in events for text in change_lines(event, self.currency, self._locale)
        ][-MOST_TOLD:]
        self._unsaved = [*self._unsaved, *changes]

    @handler(Permission.INVOICES_EDIT)
    async def keep_mine(self):
        """After a conflict: what could not be saved, upon the other person's version."""
        changes = list(self._unsaved)
        self._forget_conflict()
        self.version = (await self._view(self.line_page)).document.version
        if await self._save(*changes):
            self._all(await self._view(self.line_page))

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
        text, field = str(value), f"line_{shown.id}"
        if name == "tax" and text == MORE:
            self._ask_taxes(field, shown.taxes)
            return
        before = {"unit_price": shown.price}.get(name, getattr(shown, name, None))
        if text == before:
            if field in self.errors:
                self.errors = {}
            return
        try:
            given = self._read_value(name, text)
        except DomainError as error:
            self.errors = {field: tell(self, error)}
            return
        saved = await self._save(SetLine(shown.id, given), field=field)
        if saved and shown.is_time and name in ("quantity", "unit_price"):
            await self._changed("time")

    def _read_value(self, name: str, text: str) -> dict[str, Any]:
        """A value as the service takes it. Raises DomainError."""
        if name in ("quantity", "unit_price", "exchange_rate"):
            return {name: str(self._number(text, name))}
        if name == "discount":
            return {name: self._discount(text)}
        if name == "tax":
            return {"tax_ids": [text] if text.isdecimal() else []}
        if name == "recipients":
            return {name: [part.strip() for part in text.replace(";", ",").split(",")]}
        return self._given(name, text)

    @handler(Permission.INVOICES_EDIT)
    async def set_head(self, name: str, value: str):
        """A field of the document was left with a new value."""
        text = str(value)
        if name not in HEAD_FIELDS + self.__class__._own_fields:
            return
        if text == self.values.get(name):
            if name in self.errors:
                self.errors = {}
            return
        if name == "tax" and text == MORE:
            self._ask_taxes("document", self.document_taxes)
            return
        try:
            given = self._read_value(name, text)
        except DomainError as error:
            self.errors = {name: tell(self, error)}
            return
        if await self._save(SetHead(given), field=name):
            self.values[name] = text

    def _ask_taxes(self, target: str, ticked: str) -> None:
        names = ticked.split(", ")
        self._tax_target = target
        self.tax_choices = [
            TaxChoice(tax["value"], tax["label"], tax["label"] in names) for tax in self.taxes
        ]
        self.errors = {}
        self._open_form()

    @handler(Permission.INVOICES_EDIT)
    async def save_taxes(self, data: dict):
        """The taxes ticked for a line, a surcharge or the whole document."""
        given = texts(data)
        ids = [choice.value for choice in self.tax_choices if given.get(f"tax_{choice.value}") == "on"]
        kind, _, number = self._tax_target.partition("_")
        if kind == "line":
            change: Change = SetLine(int(number), {"tax_ids": ids})
        elif kind == "surcharge":
            change = self._with_surcharge(int(number), {"tax_ids": ids})
        else:
            change = SetHead({"tax_ids": ids})
        if await self._save(change, field="taxes"):
            self.form_open = False

    def _with_surcharge(self, place: int, values: dict[str, Any] | None) -> SetHead:
        """The surcharges with one of them changed, or gone where `values` is None; a new place adds one."""
        extras: list[dict[str, Any]] = [
            {
                "name": row.name,
                "amount": str(self._number(row.amount, "surcharges")),
                "tax_ids": self._kept_taxes(row),
                "taxed": row.taxed,
            }
            for row in self.surcharges
        ]
        if place >= len(extras):
            extras.append({"name": self._t("invoice.surcharge"), "amount": "0", "tax_ids": [], "taxed": True})
        if values is None:
            extras.pop(min(max(place, 0), len(extras) - 1))
        else:
            extras[min(max(place, 0), len(extras) - 1)].update(values)
        return SetHead({"surcharges": extras})

    def _kept_taxes(self, row: SurchargeRow) -> list[str]:
        names = row.taxes.split(", ")
        return [row.tax] if row.tax.isdecimal() else [t["value"] for t in self.taxes if t["label"] in names]

    @handler(Permission.INVOICES_EDIT)
    async def set_surcharge(self, place: int, name: str, value: str):
        row = next((row for row in self.surcharges if row.place == place), None)
        if name not in SURCHARGE_FIELDS or row is None:
            return
        text = str(value)
        if name == "tax" and text == MORE:
            self._ask_taxes(f"surcharge_{row.place}", row.taxes)
            return
        try:
            if name == "amount":
                given: dict[str, Any] = {name: str(self._number(text, "surcharges"))}
            elif name == "tax":
                given = {"tax_ids": [text] if text.isdecimal() else []}
            elif name == "taxed":
                given = {name: not row.taxed}
            else:
                given = {name: text}
            change = self._with_surcharge(row.place, given)
        except DomainError as error:
            self.errors = {"surcharges": tell(self, error)}
            return
        await self._save(change, field="surcharges")

    @handler(Permission.INVOICES_EDIT)
    async def add_surcharge(self):
        """A surcharge is taxed as the lines are, until somebody says otherwise."""
        usual = (
            [line.tax for line in self.lines if line.tax.isdecimal()][:1] if not self.document_taxes else []
        )
        change = self._with_surcharge(len(self.surcharges), {"tax_ids": usual})
        await self._save(change, field="surcharges")

    @handler(Permission.INVOICES_EDIT)
    async def remove_surcharge(self, place: int):
        if any(row.place == place for row in self.surcharges):
            await self._save(self._with_surcharge(int(place), None), field="surcharges")

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
        self._forget_conflict()
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
