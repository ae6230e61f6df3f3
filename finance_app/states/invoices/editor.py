"""The editor of an invoice's draft."""

from typing import Any, ClassVar

import reflex as rx

from finance_app import routes
from finance_app.domain.errors import DomainError
from finance_app.domain.permissions import Permission
from finance_app.services.invoicing import editing
from finance_app.services.invoicing.issuing import discard_draft
from finance_app.services.invoicing.reading import InvoiceView, view
from finance_app.states.documents.editor import DocumentEditor
from finance_app.states.documents.rows import TERMS, date_remark, term_text
from finance_app.states.handlers import handler, on_load
from finance_app.states.invoices.page import TotalRow, total_rows
from finance_app.states.session import Session


class InvoiceEditor(DocumentEditor, Session):
    invoice_id: int = 0
    from_time: bool = False
    review_href: str = ""
    back_href: str = ""
    terms: list[dict[str, str]] = []
    date_remark: str = ""

    _paper: ClassVar = editing.INVOICE
    _topics_of_change: ClassVar = ("invoices",)
    _own_fields: ClassVar = ("due_date", "payment_terms")

    @on_load(Permission.INVOICES_EDIT)
    async def load(self):
        await self._load_editor()

    async def _view(self, page: int) -> InvoiceView:
        found = await self._read(view, self._document_id(), page)
        if "edit" not in found.actions:
            raise DomainError("error.invoice.cannot_edit", state=found.state)
        return found

    def _document_id(self) -> int:
        return self._id("invoice_id")

    def _edit_address(self) -> str:
        return routes.invoice_edit(self._document_id())

    def _own_values(self, document: Any) -> dict[str, str]:
        self.invoice_id = document.id or 0
        self.from_time = bool(document.billing) and document.number is None
        self.review_href = routes.invoice_review(self.invoice_id)
        self.page_href = routes.invoice(self.invoice_id)
        lines = routes.with_query(routes.INVOICE_NEW_LINES, {"draft": str(self.invoice_id)})
        self.back_href = lines if self.from_time else self.page_href
        self.terms = [
            {"value": terms, "label": term_text(terms, self._locale)}
            for terms in dict.fromkeys((*TERMS, document.payment_terms))
        ]
        return {"due_date": document.due_date.isoformat(), "payment_terms": document.payment_terms}

    def _total_rows(self, found: Any) -> list[TotalRow]:
        return total_rows(found, self._locale)

    def _figures(self, found: Any) -> None:
        super()._figures(found)
        self.values["due_date"] = found.document.due_date.isoformat()
        days = (found.document.issue_date - found.today).days
        self.date_remark = "" if found.document.number else date_remark(days, self._locale)

    @handler(Permission.INVOICES_EDIT)
    async def review(self):
        return rx.redirect(self.review_href if not self.number else self.page_href)

    @handler(Permission.INVOICES_EDIT)
    async def discard(self):
        """Delete the draft: everything it holds can be billed again."""
        await self._write(discard_draft, self._document_id())
        await self._changed("invoices", "time")
        self._say(self._t("billing.discarded"))
        return rx.redirect(routes.INVOICES)
