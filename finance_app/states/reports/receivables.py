"""Accounts receivable aging."""

from typing import ClassVar

from finance_app import routes
from finance_app.domain.permissions import Permission
from finance_app.i18n import formats
from finance_app.services.listing import ListAsks
from finance_app.services.reports import receivables
from finance_app.services.reports.receivables import BANDS, CREDIT, Document, Owed, OwedRow
from finance_app.states.handlers import on_load
from finance_app.states.listing import ListState
from finance_app.states.live import Watcher
from finance_app.states.reports.report import Cell, ReportTable
from finance_app.states.session import Session, joined

_DOCUMENTS = {
    Document.INVOICE: routes.invoice,
    Document.PAYMENT: routes.payment,
    Document.CREDIT_NOTE: routes.credit_note,
}


class Receivables(ReportTable, ListState, Watcher, Session):
    """A line for each client and currency; the bars are what is owed in each band, in base currency."""

    _asks: ClassVar[ListAsks] = receivables.ASKS
    _topics: ClassVar = ("invoices", "payments", "clients")

    @on_load(Permission.INVOICES_VIEW)
    async def load(self):
        found = await self._read(receivables.page, self._list_query())
        base, sums, day = found.totals["currency"], found.totals["bands"], found.totals["today"]
        self.about = self._t("report.receivables.about", day=formats.day(day, self._locale))
        self.remarks = (
            [self._t("report.receivables.foreign", currency=base)] if found.totals["foreign"] else []
        )
        search = found.query.search

        def opens(**asked: str) -> str:
            return routes.with_query(routes.RECEIVABLE_ROWS, {"q": search, **asked})

        of_bands = [opens(band=band.name) for band in BANDS]
        total = self._t("report.total_in", currency=base)
        self._report(
            [self._cells(line) for line in found.rows],
            found,
            [
                total,
                *(self._figure(minor, base, href) for minor, href in zip(sums, of_bands, strict=True)),
                self._figure(sum(sums), base, opens()),
                self._figure(found.totals["credit"], base, opens(part=CREDIT)),
            ],
        )
        bars = [
            (self._t(f"report.age.{band.name}"), minor, href)
            for band, minor, href in zip(BANDS, sums, of_bands, strict=True)
        ]
        self._bars(bars if any(sums) else [], base)

    def _cells(self, line: Owed) -> list[Cell]:
        asked = {"client": str(line.client_id), "currency": line.currency}

        def opens(**more: str) -> str:
            return routes.with_query(routes.RECEIVABLE_ROWS, {**asked, **more})

        bands = [
            self._figure(minor, line.currency, opens(band=band.name))
            for band, minor in zip(BANDS, line.bands, strict=True)
        ]
        return [
            Cell(line.client, routes.client(line.client_id)),
            *bands,
            self._figure(line.owed_minor, line.currency, opens()),
            self._figure(line.credit_minor, line.currency, opens(part=CREDIT)),
        ]


class ReceivableRows(ReportTable, ListState, Watcher, Session):
    """The invoices behind a figure, or the payments and credit notes behind a credit."""

    _asks: ClassVar[ListAsks] = receivables.ROWS
    _topics: ClassVar = ("invoices", "payments", "clients")

    @on_load(Permission.INVOICES_VIEW)
    async def load(self):
        query = self._list_query()
        found = await self._read(receivables.rows_page, query)
        sums, base = found.totals, found.totals["currency"]
        is_credit = query.filter("part") == CREDIT
        band = query.filter("band")
        whose = found.rows[0].client if query.filter("client") and found.rows else ""
        what = self._t("report.credit" if is_credit else "report.owed")
        age = self._t(f"report.age.{band}") if band in {each.name for each in BANDS} else ""
        self.about = joined([what, whose, query.filter("currency"), age])
        self._report(
            [self._cells(row, base) for row in found.rows],
            found,
            [
                self._t("report.total_in", currency=base),
                "",
                "",
                self._sums(sums["sums"]),
                self._money(sums["sum"], base),
            ],
        )

    def _cells(self, row: OwedRow, base: str) -> list[Cell]:
        kind = self._t(f"report.document_kind.{row.kind}")
        return [
            Cell(row.number or kind, _DOCUMENTS[row.kind](row.id), kind if row.number else ""),
            Cell(row.client, routes.client(row.client_id)),
            Cell(formats.day(row.day, self._locale)),
            Cell(self._money(row.amount_minor, row.currency)),
            Cell(self._money(row.base_minor, base)),
        ]
