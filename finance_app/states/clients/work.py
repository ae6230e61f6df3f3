"""Beside a client: its projects, its newest invoices, and what is not billed yet."""

from dataclasses import dataclass
from typing import ClassVar

from finance_app import routes
from finance_app.domain.permissions import Permission
from finance_app.i18n import formats
from finance_app.services.clients import work as client_work
from finance_app.states.handlers import on_load
from finance_app.states.invoices.listing import InvoiceRow, invoice_row
from finance_app.states.live import Watcher
from finance_app.states.projects.page import ProjectRow, project_row
from finance_app.states.session import Session


@dataclass(frozen=True)
class UnbilledRow:
    amount: str
    hours: str


class ClientWork(Watcher, Session):
    projects: list[ProjectRow] = []
    project_count: int = 0
    projects_href: str = ""
    new_project_href: str = ""
    sees_invoices: bool = False
    invoices: list[InvoiceRow] = []
    invoice_count: int = 0
    invoices_href: str = ""
    unbilled: list[UnbilledRow] = []
    unbilled_href: str = ""

    _topics: ClassVar = ("projects", "time", "invoices", "payments")

    @on_load(Permission.CLIENTS_VIEW)
    async def load(self):
        client_id, locale = self._id("client_id"), self._locale
        found = await self._read(client_work.work_of, client_id)
        self.projects = [project_row(record, locale) for record in found.projects.rows]
        self.project_count = found.projects.total
        self.projects_href = routes.with_query(routes.PROJECTS, {"client": str(client_id)})
        self.new_project_href = routes.with_query(routes.PROJECT_NEW, {"client": str(client_id)})
        self.sees_invoices = found.invoices is not None
        self.invoices = (
            [invoice_row(record, locale) for record in found.invoices.rows] if found.invoices else []
        )
        self.invoice_count = found.invoices.total if found.invoices else 0
        self.invoices_href = routes.with_query(routes.INVOICES, {"client": str(client_id)})
        self.unbilled = [
            UnbilledRow(formats.money(minor, currency, locale), formats.hours(seconds, locale))
            for currency, seconds, minor in found.unbilled
        ]
        self.unbilled_href = routes.with_query(routes.TIME, {"client": str(client_id), "billed": "due"})
