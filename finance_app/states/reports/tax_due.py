"""Tax due, and the documents behind it."""

from typing import ClassVar

from finance_app import routes
from finance_app.domain.periods import Month, Period
from finance_app.domain.permissions import Permission
from finance_app.domain.tax_due import TaxBasis
from finance_app.i18n import formats
from finance_app.services.listing import ListAsks
from finance_app.services.reports import tax_due
from finance_app.services.reports.days import CUSTOM, OF_TAX
from finance_app.services.reports.tax_due import CHARGED, TAKEN, UNTAXED, TaxLine, TaxRow
from finance_app.states.handlers import on_load
from finance_app.states.listing import ListState
from finance_app.states.live import Watcher
from finance_app.states.reports.profitability import Choice
from finance_app.states.reports.report import Cell, ReportTable
from finance_app.states.session import Session, joined

STANDARD = "S"


class TaxDue(ReportTable, ListState, Watcher, Session):
    """A line for each tax; the bars are the months of a longer period."""

    bases: list[Choice] = []
    periods: list[Choice] = []
    custom: bool = False

    _asks: ClassVar[ListAsks] = tax_due.ASKS
    _topics: ClassVar = ("invoices", "payments", "settings")

    @on_load(Permission.INVOICES_VIEW)
    async def load(self):
        asked = self._query.get("period") or tax_due.DEFAULT
        self.custom = asked == CUSTOM
        found = await self._found(tax_due.page, self._list_query())
        shown = found.totals["period"] if found else None
        self.periods = self._periods(OF_TAX, asked, shown)
        if found is None:
            return
        sums, currency, locale = found.totals, found.totals["currency"], self._locale
        self.bases = self._tabs("basis", list(TaxBasis), sums["basis"], "report.basis")
        self.about = joined([days(sums["period"], locale), self._t(f"report.basis.{sums['basis']}_long")])
        lost = sums["written_off"]
        self.remarks = (
            [self._t("report.tax-due.written_off", amount=self._money(lost, currency))] if lost else []
        )
        whole = [
            self._figure(sums[name], currency, self._opens(part=part))
            for name, part in (("base", ""), ("charged", CHARGED), ("taken", TAKEN), ("due", ""))
        ]
        self._report(
            [self._cells(line, currency) for line in found.rows],
            found,
            [self._t("common.list.total"), "", *whole],
        )
        months = sums["months"]
        several = len(months) > 1 and any(minor for _, minor in months)
        bars = [
            (formats.month(month.period.first, locale), minor, self._opens(**in_month(month, sums["period"])))
            for month, minor in months
        ]
        self._bars(bars if several else [], currency)

    def _opens(self, **asked: str) -> str:
        kept = {name: self._query.get(name, "") for name in tax_due.ASKS.filters}
        return routes.with_query(routes.TAX_ROWS, {**kept, **asked})

    def _cells(self, line: TaxLine, currency: str) -> list[Cell]:
        tax = {"tax": line.name or UNTAXED, "rate": format(line.rate, "f"), "category": line.category}

        def opens(part: str = "") -> str:
            return self._opens(**tax, part=part)

        category = (
            "" if line.category in (STANDARD, "") else self._t(f"settings.taxes.categories.{line.category}")
        )
        return [
            Cell(line.name or self._t("report.no_tax"), opens(), category),
            Cell(formats.percent(line.rate, self._locale) if line.name else "–"),
            self._figure(line.base_minor, currency, opens()),
            self._figure(line.charged_minor, currency, opens(CHARGED)),
            self._figure(line.taken_minor, currency, opens(TAKEN)),
            self._figure(line.due_minor, currency, opens()),
        ]


class TaxRows(ReportTable, ListState, Watcher, Session):
    _asks: ClassVar[ListAsks] = tax_due.ROWS
    _topics: ClassVar = ("invoices", "payments", "settings")

    @on_load(Permission.INVOICES_VIEW)
    async def load(self):
        query = self._list_query()
        found = await self._read(tax_due.rows_page, query)
        sums, currency, locale = found.totals, found.totals["currency"], self._locale
        basis = self._t(f"report.basis.{sums['basis']}_long")
        tax = query.filter("tax")
        tax = self._t("report.no_tax") if tax == UNTAXED else tax
        self.about = joined([tax, days(sums["period"], locale), basis])
        self._report(
            [self._cells(row) for row in found.rows],
            found,
            [
                self._t("common.list.total"),
                *[""] * 3,
                *(self._money(sums[name], currency) for name in ("base", "tax")),
            ],
        )

    def _cells(self, row: TaxRow) -> list[Cell]:
        is_note = row.credit_note_id is not None
        href = routes.credit_note(row.credit_note_id or 0) if is_note else routes.invoice(row.invoice_id or 0)
        return [
            Cell(row.document, href, row.tax or self._t("report.no_tax")),
            Cell(self._t(f"profit.row.{row.kind}")),
            Cell(formats.day(row.day, self._locale)),
            Cell(row.client),
            Cell(self._money(row.base_minor, row.currency)),
            Cell(self._money(row.tax_minor, row.currency)),
        ]


def in_month(month: Month, period: Period) -> dict[str, str]:
    """How an address asks for the days of a month that lie in a period."""
    first, last = max(month.period.first, period.first), min(month.period.last, period.last)
    return {"period": CUSTOM, "from": first.isoformat(), "until": last.isoformat()}


def days(period: Period, locale: str) -> str:
    return f"{formats.day(period.first, locale)} – {formats.day(period.last, locale)}"
