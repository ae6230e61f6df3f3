"""The Finance tab of a project: sums, invoices, credit notes."""

from dataclasses import dataclass
from typing import ClassVar

from finance_app import routes
from finance_app.domain.permissions import Permission
from finance_app.i18n import formats
from finance_app.services.projects import finance as project_finance
from finance_app.services.projects.finance import CurrencySums, Document
from finance_app.states.handlers import on_load
from finance_app.states.live import Watcher
from finance_app.states.projects.frame import ProjectFrame, in_project
from finance_app.states.session import Session


@dataclass(frozen=True)
class DocumentRow:
    """`total` is of the whole document, where it bills other projects too."""

    id: int
    number: str
    title: str
    day: str
    state: str
    amount: str
    open: str
    total: str
    href: str


@dataclass(frozen=True)
class SumsRow:
    currency: str
    invoiced: str
    credited: str
    settled: str
    open: str
    overdue: str
    draft: str
    net: str


def document_row(document: Document, locale: str, href: str) -> DocumentRow:
    def money(minor: int) -> str:
        return formats.money(minor, document.currency, locale)

    return DocumentRow(
        id=document.id,
        number=document.number,
        title=document.title,
        day=formats.day(document.day, locale),
        state=document.state,
        amount=money(document.gross_minor),
        open=money(document.open_minor) if document.counts and document.open_minor else "",
        total=money(document.total_minor) if document.shared else "",
        href=href,
    )


def sums_row(sums: CurrencySums, locale: str) -> SumsRow:
    def money(minor: int, *, always: bool = False) -> str:
        return formats.money(minor, sums.currency, locale) if minor or always else ""

    return SumsRow(
        currency=sums.currency,
        invoiced=money(sums.invoiced_minor, always=True),
        credited=money(sums.credited_minor),
        settled=money(sums.settled_minor, always=True),
        open=money(sums.open_minor, always=True),
        overdue=money(sums.overdue_minor),
        draft=money(sums.draft_minor),
        net=money(sums.net_minor, always=True),
    )


class ProjectFinance(Watcher, Session):
    invoices: list[DocumentRow] = []
    invoice_count: int = 0
    credit_notes: list[DocumentRow] = []
    credit_note_count: int = 0
    sums: list[SumsRow] = []
    unbilled: str = ""
    unbilled_hours: str = ""
    invoices_href: str = ""
    unbilled_href: str = ""

    _topics: ClassVar = ("projects", "time", "invoices", "payments")

    @on_load(Permission.FINANCE_VIEW)
    async def load(self):
        project_id, locale = await in_project(self), self._locale
        currency = (await self.get_state(ProjectFrame)).currency
        found = await self._read(project_finance.finance, project_id)
        self.invoices = [document_row(row, locale, routes.invoice(row.id)) for row in found.invoices]
        self.invoice_count = found.invoice_count
        self.credit_notes = [
            document_row(row, locale, routes.credit_note(row.id)) for row in found.credit_notes
        ]
        self.credit_note_count = found.credit_note_count
        self.sums = [sums_row(sums, locale) for sums in found.sums]
        unbilled = found.unbilled
        self.unbilled = formats.money(unbilled.amount_minor, currency, locale) if unbilled else ""
        self.unbilled_hours = formats.hours(unbilled.seconds, locale) if unbilled else ""
        self.invoices_href = routes.with_query(routes.INVOICES, {"project": str(project_id)})
        self.unbilled_href = routes.with_query(
            routes.project_tab(routes.PROJECT_TIME, project_id), {"billed": "due"}
        )
