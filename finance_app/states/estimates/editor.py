"""The editors of an estimate's and a sales order's draft: as that of an invoice, with what is their own."""

from typing import Any, ClassVar

import reflex as rx

from finance_app import routes
from finance_app.domain.errors import DomainError
from finance_app.domain.permissions import Permission
from finance_app.i18n import formats
from finance_app.services.estimating.papers import ESTIMATE, ORDER
from finance_app.services.estimating.reading import AgreedView, view
from finance_app.services.invoicing.editing import AddLine
from finance_app.states.documents.editor import DocumentEditor
from finance_app.states.handlers import handler, on_load
from finance_app.states.session import Session


class EstimateEditor(DocumentEditor, Session):
    estimate_id: int = 0
    version_note: str = ""

    _paper: ClassVar = ESTIMATE
    _topics_of_change: ClassVar = ("estimates",)
    _own_fields: ClassVar = ("expires_on", "terms", "deposit_percent", "deduct")
    _own_line_fields: ClassVar = ("optional", "chosen")

    @on_load(Permission.INVOICES_EDIT)
    async def load(self):
        await self._load_editor()

    async def _view(self, page: int) -> AgreedView:
        found = await self._read(view, ESTIMATE.kind, self._document_id(), page)
        if "edit" not in found.actions:
            raise DomainError("error.estimate.cannot_edit", state=found.state)
        return found

    def _document_id(self) -> int:
        return self._id("estimate_id")

    def _edit_address(self) -> str:
        return routes.estimate_edit(self._document_id())

    def _given(self, name: str, text: str) -> dict[str, Any]:
        return _given(self, name, text)

    def _own_values(self, document: Any) -> dict[str, str]:
        self.estimate_id = document.id or 0
        self.page_href = routes.estimate(self.estimate_id)
        self.version_note = (
            self._t("estimate.version_note", n=document.revision) if document.revision > 1 else ""
        )
        expiry = document.expires_on
        return {"expires_on": expiry.isoformat() if expiry else "", **_agreed_values(self, document)}

    @handler(Permission.INVOICES_EDIT)
    async def add_option(self):
        await self._save(AddLine({"optional": "true"}), page=10**5)

    @handler(Permission.INVOICES_EDIT)
    async def add_section(self):
        """A heading over the lines that follow it."""
        await self._save(AddLine({"section": "true"}), page=10**5)

    @handler(Permission.INVOICES_EDIT)
    async def review(self):
        return rx.redirect(self.page_href)


class OrderEditor(DocumentEditor, Session):
    order_id: int = 0

    _paper: ClassVar = ORDER
    _topics_of_change: ClassVar = ("estimates",)
    _own_fields: ClassVar = ("terms", "deposit_percent", "deduct")

    @on_load(Permission.INVOICES_EDIT)
    async def load(self):
        await self._load_editor()

    async def _view(self, page: int) -> AgreedView:
        found = await self._read(view, ORDER.kind, self._document_id(), page)
        if "edit" not in found.actions:
            raise DomainError("error.sales_order.cannot_edit", state=found.state)
        return found

    def _document_id(self) -> int:
        return self._id("order_id")

    def _edit_address(self) -> str:
        return routes.sales_order_edit(self._document_id())

    def _given(self, name: str, text: str) -> dict[str, Any]:
        return _given(self, name, text)

    def _own_values(self, document: Any) -> dict[str, str]:
        self.order_id = document.id or 0
        self.page_href = routes.sales_order(self.order_id)
        return _agreed_values(self, document)

    @handler(Permission.INVOICES_EDIT)
    async def review(self):
        return rx.redirect(self.page_href)


def _given(state: Any, name: str, text: str) -> dict[str, Any]:
    if name == "deposit_percent" and text.strip():
        return {name: str(state._number(text.strip().rstrip("%").strip(), name))}
    return {name: text}


def _agreed_values(state: Any, document: Any) -> dict[str, str]:
    percent = document.deposit_percent
    return {
        "terms": document.terms,
        "deposit_percent": formats.number(percent, state._locale) if percent is not None else "",
        "deduct": document.deduct.value,
    }
