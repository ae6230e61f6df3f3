"""Cash received."""

from datetime import date
from typing import ClassVar

from finance_app import routes
from finance_app.domain.permissions import Permission
from finance_app.i18n import formats
from finance_app.models.kinds import PaymentMethod
from finance_app.services.listing import ListAsks
from finance_app.services.reports import cash
from finance_app.services.reports.cash import RECEIVED, REFUNDED, By, Cash, CashRow
from finance_app.services.reports.days import CUSTOM, YEARS
from finance_app.states.handlers import on_load
from finance_app.states.listing import ListState
from finance_app.states.live import Watcher
from finance_app.states.reports.profitability import Choice
from finance_app.states.reports.report import Cell, ReportTable
from finance_app.states.reports.tax_due import days, in_month
from finance_app.states.session import Session, joined


class CashReceived(ReportTable, ListState, Watcher, Session):
    tabs: list[Choice] = []
    periods: list[Choice] = []
    custom: bool = False

    _asks: ClassVar[ListAsks] = cash.ASKS
    _topics: ClassVar = ("payments", "clients")

    @on_load(Permission.PAYMENTS_VIEW)
    async def load(self):
        asked = self._query.get("period") or cash.DEFAULT
        self.custom = asked == CUSTOM
        found = await self._found(cash.page, self._list_query())
        shown = found.totals["period"] if found else None
        self.periods = self._periods(YEARS, asked, shown)
        if found is None:
            return
        sums, currency, locale = found.totals, found.totals["currency"], self._locale
        self.tabs = self._tabs("by", list(By), sums["by"], "report.by")
        self.about = days(sums["period"], locale)
        asked = {name: self._query.get(name, "") for name in ("period", "from", "until")}

        def opens(**more: str) -> str:
            return routes.with_query(routes.CASH_ROWS, {**asked, **more})

        net = sums["received"] - sums["refunded"]
        self._report(
            [self._cells(line, sums["by"], sums["period"]) for line in found.rows],
            found,
            [
                self._t("report.total_in", currency=currency),
                formats.number(sums["count"], locale),
                self._figure(sums["received"], currency, opens(part=RECEIVED)),
                self._figure(sums["refunded"], currency, opens(part=REFUNDED)),
                self._figure(net, currency, opens()),
            ],
        )
        bars = [
            (
                formats.month(month.period.first, locale),
                minor,
                opens(**in_month(month, sums["period"])),
            )
            for month, minor in sums["months"]
        ]
        self._bars(bars if found.rows else [], currency)

    def _cells(self, line: Cash, by: By, period) -> list[Cell]:
        first, last = period.first, period.last
        asked, name = {}, line.name
        if by is By.MONTH:
            first, last = cash.month_days(line.key, period)
            name = formats.month(date(int(line.key[:4]), int(line.key[5:]), 1), self._locale)
        elif by is By.CLIENT:
            asked = {"client": line.key}
        else:
            asked, name = {"method": line.key}, self._t(f"payment.method.{line.key}")
        span = {"period": CUSTOM, "from": first.isoformat(), "until": last.isoformat()}

        def opens(part: str = "") -> str:
            return routes.with_query(routes.CASH_ROWS, {**asked, **span, "part": part})

        return [
            Cell(name, opens()),
            Cell(formats.number(line.count, self._locale), opens(RECEIVED) if line.count else ""),
            self._figure(line.received_minor, line.currency, opens(RECEIVED)),
            self._figure(line.refunded_minor, line.currency, opens(REFUNDED)),
            self._figure(line.net_minor, line.currency, opens()),
        ]


class CashRows(ReportTable, ListState, Watcher, Session):
    """The payments and refunds behind a figure."""

    _asks: ClassVar[ListAsks] = cash.ROWS
    _topics: ClassVar = ("payments", "clients")

    @on_load(Permission.PAYMENTS_VIEW)
    async def load(self):
        query = self._list_query()
        found = await self._read(cash.rows_page, query)
        sums, locale = found.totals, self._locale
        method = query.filter("method")
        whose = found.rows[0].client if query.filter("client") and found.rows else ""
        known = self._t(f"payment.method.{method}") if method in set(PaymentMethod) else ""
        self.about = joined([whose, known, days(sums["period"], locale)])
        whole = self._money(sums["sum"], sums["currency"])
        self._report(
            [self._cells(row) for row in found.rows],
            found,
            [self._t("common.list.total"), "", "", "", "", whole],
        )

    def _cells(self, row: CashRow) -> list[Cell]:
        kind = "refund" if row.is_refund else "payment"
        href = routes.payment(row.payment_id) if row.payment_id else ""
        if row.credit_note_id:
            href = routes.credit_note(row.credit_note_id)
        return [
            Cell(self._t(f"overview.kind.{kind}"), href),
            Cell(formats.day(row.day, self._locale)),
            Cell(row.client),
            Cell(self._t(f"payment.method.{row.method}")),
            Cell(row.reference or "–"),
            Cell(self._money(row.amount_minor, row.currency)),
        ]
