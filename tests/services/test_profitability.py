from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction

import pytest
from sqlalchemy import select

from finance_app.domain.errors import DomainError, NotFound
from finance_app.domain.money import round_half_up
from finance_app.domain.periods import Month, Period
from finance_app.domain.profit import Basis
from finance_app.models import Client, Expense, InvoiceLine, Project, TimeLog, User
from finance_app.models.columns import now
from finance_app.models.kinds import ApprovalState, Role
from finance_app.services import portal
from finance_app.services.payments import recording as payments
from finance_app.services.payments.recording import Received
from finance_app.services.profitability import listing
from finance_app.services.profitability.breakdown import By, breakdown
from finance_app.services.profitability.figures import summary
from finance_app.services.profitability.rows import Figure, rows
from finance_app.services.profitability.scope import NOBODY, Of, Question, Scope, period_before, read_period
from tests.harness.invoices import TODAY, Office, issued, office
from tests.services.conftest import actor

YEAR = Period(TODAY.replace(month=1, day=1), TODAY.replace(month=12, day=31))
LONG = Period(TODAY - timedelta(days=700), TODAY + timedelta(days=3))


@pytest.fixture
def place(session) -> Office:
    return office(session, tasks=3)


@pytest.fixture
def boss(session):
    return actor(session, Role.OWNER)


def log(session, place: Office, user: User, day: date, seconds: int, cost: str | None) -> None:
    session.add(
        TimeLog(
            project_id=place.project.id,
            user_id=user.id,
            day=day,
            seconds=seconds,
            billable=False,
            cost_rate=None if cost is None else Decimal(cost),
        )
    )


def worked(session, place: Office) -> User:
    """Odd hours of two people over two years, some without a cost rate."""
    other = User(name="Paul")
    session.add(other)
    session.flush()
    for number in range(60):
        person = other if number % 3 else place.person
        cost = (None, "41.37", "55.555")[number % 3]
        log(session, place, person, TODAY - timedelta(days=11 * number), 1000 + 777 * number, cost)
    session.flush()
    return other


def spend(session, place: Office, user: User, amount: int, days: int = 0, **more) -> Expense:
    usual = {
        "billable": False,
        "approval": ApprovalState.APPROVED,
        "project_id": place.project.id,
    }
    expense = Expense(
        day=TODAY - timedelta(days=days),
        user_id=user.id,
        merchant="SNCF",
        currency="EUR",
        base_cost_minor=amount,
        cost_minor=amount,
        **{**usual, **more},
    )
    session.add(expense)
    session.flush()
    return expense


def spent(session, place: Office) -> None:
    """Expenses of all sorts; those that are rejected, deleted or in the client's name cost nothing."""
    for number in range(8):
        spend(session, place, place.person, 1001 + number, days=60 * number)
    spend(session, place, place.person, 7_000, approval=ApprovalState.REJECTED)
    spend(session, place, place.person, 9_000, deleted_at=now())
    spend(session, place, place.person, 11_000, disbursement=True)


def exact_cost(session, *where) -> int:
    logs = session.execute(select(TimeLog).where(*where)).scalars()
    return round_half_up(
        sum(
            (Fraction(each.seconds) * Fraction(each.cost_rate or 0) * 100 / 3600 for each in logs), Fraction()
        )
    )


@pytest.mark.parametrize("basis", Basis)
@pytest.mark.parametrize(
    "period", [YEAR, LONG, Period(TODAY - timedelta(days=40), TODAY - timedelta(days=2))]
)
def test_every_figure_is_the_sum_of_its_months_and_its_rows(session, place, boss, basis, period) -> None:
    other = worked(session, place)
    spent(session, place)
    invoice = issued(session, boss, place)
    line = session.execute(select(InvoiceLine)).scalars().first()
    spend(session, place, place.person, 3_333, days=20, billable=True, invoice_line_id=line.id)
    received = Received(invoice.client_id, TODAY, "EUR", 5000, "k", allocations={invoice.id or 0: 5000})
    payments.record(session, boss, received)
    scopes = [
        Scope(),
        Scope(Of.CLIENT, (place.client.id or 0,)),
        Scope(Of.PROJECT, (place.project.id or 0,)),
        Scope(Of.PERSON, (other.id or 0,)),
        Scope(Of.TEAM, (other.id or 0, place.person.id or 0)),
    ]
    for scope in scopes:
        question = Question(scope, period, basis)
        found = summary(session, boss, question)
        for figure, amount, of_month in (
            (Figure.REVENUE, found.whole.revenue_minor, "revenue_minor"),
            (Figure.OPEN, found.whole.open_minor, "open_minor"),
            (Figure.TIME, found.whole.time_minor, "time_minor"),
            (Figure.EXPENSES, found.whole.expense_minor, "expense_minor"),
            (Figure.COST, found.whole.cost_minor, "cost_minor"),
            (Figure.PROFIT, found.whole.profit_minor, "profit_minor"),
        ):
            opened = rows(session, boss, question, figure, page=None)
            assert sum(row.amount_minor for row in opened.rows) == opened.sum_minor == amount
            assert sum(getattr(each.figures, of_month) for each in found.months) == amount
            for each in found.months[-3:]:
                span = Period(
                    max(each.month.period.first, period.first), min(each.month.period.last, period.last)
                )
                part = rows(session, boss, question, figure, span, page=None)
                assert sum(row.amount_minor for row in part.rows) == getattr(each.figures, of_month)
        within = (TimeLog.day >= period.first, TimeLog.day <= period.last)
        assert found.whole.time_minor == exact_cost(session, *within, *scope.time())


def test_the_scopes_are_one_function_over_other_rows(session, place, boss) -> None:
    other = worked(session, place)
    issued(session, boss, place)
    whole = summary(session, boss, Question(Scope(), LONG)).whole
    assert whole == summary(session, boss, Question(Scope(Of.CLIENT, (place.client.id or 0,)), LONG)).whole
    people = [
        summary(session, boss, Question(Scope(Of.PERSON, (id or 0,)), LONG)).whole
        for id in (other.id, place.person.id)
    ]
    assert sum(each.revenue_minor for each in people) == whole.revenue_minor
    assert sum(each.unpriced_seconds for each in people) == whole.unpriced_seconds > 0


@pytest.mark.parametrize("by", By)
def test_the_lines_of_the_report_sum_to_the_portal(session, place, boss, by) -> None:
    worked(session, place)
    spent(session, place)
    issued(session, boss, place)
    client = Client(name="Internal", currency="EUR")
    session.add(client)
    session.flush()
    internal = Project(name="Inner", client_id=client.id, currency="EUR")
    session.add(internal)
    session.flush()
    session.add(
        TimeLog(
            project_id=internal.id,
            user_id=place.person.id,
            day=TODAY,
            seconds=1234,
            cost_rate=Decimal("33.33"),
        )
    )
    session.flush()
    question = Question(Scope(), LONG)
    report = breakdown(session, boss, question, by)
    assert report.whole == summary(session, boss, question).whole
    assert sum(line.figures.profit_minor for line in report.lines) == report.whole.profit_minor
    assert all(line.name for line in report.lines)


@pytest.mark.parametrize("by", By)
@pytest.mark.parametrize("basis", Basis)
def test_each_figure_of_a_line_opens_rows_that_sum_to_it(session, place, boss, by, basis) -> None:
    other = worked(session, place)
    spent(session, place)
    issued(session, boss, place)
    spend(session, place, other, 4_321, project_id=None)
    session.add(TimeLog(project_id=inner(session).id, user_id=other.id, day=TODAY, seconds=1001,
                        cost_rate=Decimal("33.33")))  # fmt: skip
    session.flush()
    whole = Scope(Of.TEAM, (other.id or 0, place.person.id or 0)) if by is By.PERSON else Scope()
    question = Question(whole, LONG, basis)
    lines = breakdown(session, boss, question, by).lines
    assert by is By.PERSON or any(line.id == NOBODY for line in lines)
    for line in lines:
        asked = Question(Scope(Of(by.value), (line.id,)), LONG, basis)
        for figure, amount in (
            (Figure.REVENUE, line.figures.revenue_minor),
            (Figure.COST, line.figures.cost_minor),
            (Figure.PROFIT, line.figures.profit_minor),
        ):
            opened = rows(session, boss, asked, figure, page=None, within=whole)
            assert sum(row.amount_minor for row in opened.rows) == opened.sum_minor == amount


def inner(session) -> Project:
    project = Project(name="Without a client", currency="EUR")
    session.add(project)
    session.flush()
    return project


def test_an_expense_costs_by_its_date_or_as_it_is_paid_for(session, place, boss) -> None:
    invoice = issued(session, boss, place)
    line = session.execute(select(InvoiceLine)).scalars().first()
    spend(session, place, place.person, 100, paid_back_on=TODAY - timedelta(days=400))
    spend(session, place, place.person, 1_000, billable=True)
    billed = spend(session, place, place.person, 10_001, billable=True, invoice_line_id=line.id)

    def cost(basis: Basis) -> int:
        return summary(session, boss, Question(Scope(), YEAR, basis)).whole.expense_minor

    assert cost(Basis.ACCRUAL) == 11_101
    assert cost(Basis.CASH) == 0
    half = invoice.total_minor // 2
    for number, amount in enumerate((half, invoice.total_minor - half)):
        shares = {invoice.id or 0: amount}
        payments.record(
            session, boss, Received(invoice.client_id, TODAY, "EUR", amount, str(number), allocations=shares)
        )
        if number == 0:
            assert 4_999 <= cost(Basis.CASH) <= 5_001
    assert cost(Basis.CASH) == billed.base_cost_minor


@pytest.mark.parametrize(("zone", "year"), [("Pacific/Auckland", 2026), ("America/New_York", 2025)])
def test_the_fiscal_year_starts_where_the_firm_is(session, place, monkeypatch, zone, year) -> None:
    place.portal.time_zone, place.portal.fiscal_year_start = zone, 4
    session.flush()
    monkeypatch.setattr(portal, "now", lambda: datetime(2026, 3, 31, 20, tzinfo=UTC))
    asked = listing.question(session, Scope(), {"period": "this_fiscal_year"})
    assert asked.period == Period(date(year, 4, 1), date(year + 1, 3, 31))
    assert asked.before.period == Period(date(year - 1, 4, 1), date(year, 3, 31))


def test_time_can_be_left_out(session, place, boss) -> None:
    worked(session, place)
    found = summary(session, boss, Question(Scope(), LONG, with_time=False)).whole
    assert (found.time_minor, found.unpriced_seconds) == (0, 0)


def test_the_period_before() -> None:
    assert period_before(Period(date(2026, 4, 1), date(2027, 3, 31))) == Period(
        date(2025, 4, 1), date(2026, 3, 31)
    )
    assert period_before(Period(date(2026, 3, 5), date(2026, 3, 14))) == Period(
        date(2026, 2, 23), date(2026, 3, 4)
    )


def test_a_period_that_ends_before_it_starts_is_refused() -> None:
    with pytest.raises(DomainError, match="backwards"):
        read_period("custom", "2026-03-02", "2026-03-01", TODAY, 1)
    with pytest.raises(DomainError, match="days"):
        read_period("custom", "soon", "2026-03-01", TODAY, 1)
    this = read_period("nonsense", "", "", date(2026, 2, 1), 4)
    assert Month.of(this.first) == Month(2025, 4)


@pytest.mark.parametrize(
    "key", ["project", "project:", "project:x", "client:1,2", "portal:1", "moon:1", "team"]
)
def test_a_scope_that_is_none_is_not_found(key: str) -> None:
    with pytest.raises(NotFound):
        Scope.read(key)


def test_margins_are_for_those_who_may_see_them(session, place, boss) -> None:
    member = actor(session, Role.MEMBER)
    for scope in (Scope(), Scope(Of.PROJECT, (place.project.id or 0,))):
        with pytest.raises(DomainError, match="not_allowed"):
            summary(session, member, Question(scope, YEAR))
    with pytest.raises(NotFound):
        summary(session, boss, Question(Scope(Of.CLIENT, (999,)), YEAR))
