from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from sqlmodel import select

from finance_app.domain.errors import DomainError, NotFound
from finance_app.domain.periods import Period
from finance_app.domain.profit import Basis
from finance_app.models import Client, TimeLog
from finance_app.models.kinds import PaymentMethod
from finance_app.services.clients import credit as client_credit
from finance_app.services.listing import ListQuery
from finance_app.services.payments import listing as payment_list
from finance_app.services.payments import recording as payments
from finance_app.services.payments.recording import Received
from finance_app.services.profitability.figures import summary
from finance_app.services.profitability.scope import Question, Scope
from finance_app.services.reports import cash, hourly
from tests.harness.invoices import TODAY, Office, issued, office

FIRST, LAST = TODAY - timedelta(days=100), TODAY + timedelta(days=2)
SPAN = {"period": "custom", "from": FIRST.isoformat(), "until": LAST.isoformat()}


@pytest.fixture
def place(session) -> Office:
    return office(session, tasks=2)


def received(session, boss, client: Client, minor: int, back: int, currency="EUR", method=PaymentMethod.CARD):
    day = TODAY - timedelta(days=back)
    rate = None if currency == "EUR" else Decimal("0.9")
    given = Received(client.id or 0, day, currency, minor, f"{minor}", method=method, exchange_rate=rate)
    return payments.record(session, boss, given)


def test_cash_by_month_client_and_method_is_the_same_money(session, owner, place) -> None:
    other = Client(name="Zed", currency="USD")
    session.add(other)
    session.flush()
    first = received(session, owner, place.client, 10_001, 70)
    received(session, owner, place.client, 2_002, 2, method=PaymentMethod.CASH)
    received(session, owner, other, 333, 40, "USD")
    received(session, owner, other, 999, 200, "USD")
    client_credit.refund(session, owner, first.id or 0, 501, TODAY, "r")
    for by in cash.By:
        found = cash.page(session, owner, replace(cash.ASKS.read({}), filters={**SPAN, "by": by}))
        assert sum(line.received_minor for line in found.rows) == found.totals["received"] == 12_003 + 300
        assert sum(line.net_minor for line in found.rows) == 12_003 + 300 - 501
        assert sum(minor for _, minor in found.totals["months"]) == 12_003 + 300 - 501
        assert found.totals["count"] == 3
        for line in found.rows:
            first, last = found.totals["period"].first, found.totals["period"].last
            asked = {} if by is cash.By.MONTH else {by.value: line.key}
            if by is cash.By.MONTH:
                first, last = cash.month_days(line.key, found.totals["period"])
            span = {"period": "custom", "from": first.isoformat(), "until": last.isoformat()}
            for part, figure in (
                (cash.RECEIVED, line.received_minor),
                (cash.REFUNDED, -line.refunded_minor),
                ("", line.net_minor),
            ):
                query = replace(cash.ROWS.read({}), filters={**asked, **span, "part": part})
                opened = cash.rows_page(session, owner, query)
                assert sum(row.amount_minor for row in opened.rows) == opened.totals["sum"] == figure
    by_method = cash.page(session, owner, replace(cash.ASKS.read({}), filters={**SPAN, "by": "method"}))
    for line in by_method.rows:
        asked = {"method": line.key, **SPAN}
        rows = payment_list.page(session, owner, ListQuery(filters=asked, sort="date", size=None)).rows
        assert len(rows) == line.count


def test_the_hourly_rate_is_revenue_by_hours(session, owner, place) -> None:
    invoice = issued(session, owner, place)
    for number in range(40):
        session.add(
            TimeLog(
                project_id=place.project.id,
                user_id=place.person.id,
                day=TODAY - timedelta(days=number * 5),
                seconds=1800 + number,
                billable=number % 2 == 0,
            )
        )
    session.flush()
    question = Question(Scope(), Period(FIRST, LAST), Basis.ACCRUAL)
    revenue = summary(session, owner, question).whole.revenue_minor
    assert revenue == invoice.net_minor
    logs = session.exec(select(TimeLog).where(TimeLog.day >= FIRST, TimeLog.day <= LAST)).all()
    seconds = sum(log.seconds for log in logs)
    billable = sum(log.seconds for log in logs if log.billable)
    for by in hourly.By:
        found = hourly.page(session, owner, replace(hourly.ASKS.read({}), filters={**SPAN, "by": by}))
        (line,) = found.rows
        assert (line.revenue_minor, line.seconds, line.billable_seconds) == (revenue, seconds, billable)
        assert abs((line.rate_minor or 0) * seconds / 3600 - revenue) < seconds / 3600
        assert found.totals["whole"].rate_minor == line.rate_minor
    on_cash = hourly.page(session, owner, replace(hourly.ASKS.read({}), filters={**SPAN, "basis": "cash"}))
    assert on_cash.rows[0].revenue_minor == 0


def test_cash_and_margins_are_not_for_all(session, member, place) -> None:
    for report in (cash, hourly):
        with pytest.raises(DomainError):
            report.page(session, member, report.ASKS.read({}))


@pytest.mark.parametrize("by", list(hourly.By))
def test_a_rate_opens_the_revenue_and_the_hours_that_it_is_made_of(session, owner, place, by) -> None:
    issued(session, owner, place)
    asked = {**SPAN, "by": by}
    found = hourly.page(session, owner, replace(hourly.ASKS.read({}), filters=asked))
    assert found.rows
    for line in (*found.rows, found.totals["whole"]):
        of = {} if line is found.totals["whole"] else {"of": str(line.id)}
        query = replace(hourly.ROWS.read({}), filters={**asked, **of})
        opened = hourly.rows_page(session, owner, query)
        assert [row.part for row in opened.rows] == list(hourly.Part)
        assert opened.totals["line"] == line
    with pytest.raises(NotFound):
        hourly.rows_page(session, owner, replace(hourly.ROWS.read({}), filters={**asked, "of": "9999"}))
