"""A credit note over parts of an invoice: an amount beside each line, a page of them at a time."""

from dataclasses import dataclass

from sqlmodel import Session as Database

from finance_app.domain.errors import DomainError, NotFound
from finance_app.domain.permissions import Permission
from finance_app.i18n import formats
from finance_app.models import Invoice, InvoiceLine
from finance_app.services.accounts.identity import Actor
from finance_app.services.crediting import notes as credit_notes
from finance_app.services.crediting import remainder
from finance_app.services.invoicing import drafts
from finance_app.services.invoicing.charging import gives_back
from finance_app.states.form import FormState, texts
from finance_app.states.handlers import handler, tell
from finance_app.states.session import Session
from finance_app.states.typed_money import read_amount, typed

LINES = 20


@dataclass(frozen=True)
class CreditRow:
    """A line with what is left of it to credit, what is typed beside it, and whether its time is released."""

    id: int
    name: str
    left: str
    amount: str
    has_time: bool
    release: bool
    nothing_left: bool


def creditable_of(
    session: Database, actor: Actor, invoice_id: int
) -> tuple[Invoice, list[InvoiceLine], dict[int, int]]:
    """An invoice, its lines, and what is left to credit of each."""
    actor.require(Permission.PAYMENTS_EDIT)
    invoice = session.get(Invoice, invoice_id)
    if invoice is None:
        raise NotFound
    lines = drafts.lines_of(session, invoice_id)
    return invoice, lines, remainder.creditable(session, invoice, lines)


class CreditDialog(FormState, Session):
    """What is typed is kept over the pages of lines; `total` is what the note would come to."""

    rows: list[CreditRow] = []
    line_page: int = 1
    line_pages: int = 1
    rows_key: int = 0
    total: str = ""
    total_tax: str = ""

    _amounts: dict[int, str] = {}
    _released: list[int] = []

    @handler(Permission.PAYMENTS_EDIT)
    async def open_credit(self):
        self._amounts, self._released = {}, []
        self.total = self.total_tax = ""
        self._fill({"reason": ""})
        await self._show(1)
        self._open_form()

    async def _show(self, page: int) -> None:
        invoice, lines, left = await self._read(creditable_of, self._id("invoice_id"))
        self.line_pages = max(1, -(-len(lines) // LINES))
        self.line_page = min(max(page, 1), self.line_pages)
        shown = lines[(self.line_page - 1) * LINES : self.line_page * LINES]
        self.rows = [
            CreditRow(
                id=line.id or 0,
                name=line.name,
                left=typed(left[line.id or 0], invoice.currency, self._locale),
                amount=self._amounts.get(line.id or 0, ""),
                has_time=gives_back(line),
                release=line.id in self._released,
                nothing_left=not left[line.id or 0],
            )
            for line in shown
        ]
        self.rows_key += 1

    @handler(Permission.PAYMENTS_EDIT)
    async def show_lines(self, page: int):
        await self._show(int(page))

    @handler(Permission.PAYMENTS_EDIT)
    async def type_amount(self, line_id: int, text: str):
        self._amounts = {**self._amounts, int(line_id): str(text).strip()[:40]}
        await self._count()

    @handler(Permission.PAYMENTS_EDIT)
    async def toggle_release(self, line_id: int):
        line_id, held = int(line_id), list(self._released)
        self._released = [each for each in held if each != line_id]
        if line_id not in held:
            self._released = [*held, line_id]
        await self._show(self.line_page)

    @handler(Permission.PAYMENTS_EDIT)
    async def credit_all(self):
        """Everything that is left of every line; whether its time is billable again stays to be said."""
        invoice, lines, left = await self._read(creditable_of, self._id("invoice_id"))
        self._amounts = {
            line.id or 0: typed(left[line.id or 0], invoice.currency, self._locale)
            for line in lines
            if left[line.id or 0]
        }
        await self._show(self.line_page)
        await self._count()

    @handler(Permission.PAYMENTS_EDIT)
    async def release_all(self):
        """What every credited line holds becomes billable again."""
        _, lines, _ = await self._read(creditable_of, self._id("invoice_id"))
        self._released = [
            line.id or 0 for line in lines if gives_back(line) and self._amounts.get(line.id or 0)
        ]
        await self._show(self.line_page)

    async def _count(self) -> None:
        """What the note would come to; a refusal stands beside it while one types."""
        invoice, _, _ = await self._read(creditable_of, self._id("invoice_id"))
        try:
            wanted = self._wanted(invoice)
            part = await self._read(credit_notes.preview, invoice.id or 0, wanted)
        except DomainError as error:
            self.errors, self.total = {"amounts": tell(self, error)}, ""
            return
        self.errors = {}
        self.total = formats.money(part.total_minor, invoice.currency, self._locale) if wanted else ""
        self.total_tax = formats.money(part.tax_minor, invoice.currency, self._locale)

    def _wanted(self, invoice: Invoice) -> dict[int, int]:
        return {
            line_id: read_amount(text, invoice.currency, self._locale, "amounts")
            for line_id, text in self._amounts.items()
            if text
        }

    @handler(Permission.PAYMENTS_EDIT)
    async def save(self, data: dict):
        given = texts(data)
        for row in self.rows:
            if (name := f"amount_{row.id}") in given:
                self._amounts = {**self._amounts, row.id: given[name][:40]}
        invoice, _, _ = await self._read(creditable_of, self._id("invoice_id"))
        wanted = self._wanted(invoice)
        await self._write(
            credit_notes.create_partial,
            invoice.id or 0,
            wanted,
            given.get("reason", ""),
            release=[line_id for line_id in self._released if line_id in wanted],
        )
        await self._changed("payments", "invoices", "time")
        return [*self._saved(message="payment.done.credit"), *self._reload()]
