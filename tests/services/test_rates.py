from datetime import date, timedelta
from decimal import Decimal
from itertools import product

import pytest
from sqlmodel import select

from finance_app.domain.errors import DomainError
from finance_app.models import (
    Client,
    Invoice,
    InvoiceLine,
    Portal,
    Project,
    ProjectMember,
    Task,
    TimeLog,
    User,
    UserRate,
)
from finance_app.models.kinds import BillingMethod, WorkKind
from finance_app.services import rates

DAY = date(2026, 3, 1)


@pytest.fixture
def people(session) -> list[User]:
    session.add(Portal(name="Atelier", base_currency="EUR"))
    found = [User(name="Ada"), User(name="Bo")]
    session.add_all(found)
    session.flush()
    ada = found[0].id
    session.add_all(
        [
            UserRate(user_id=ada, valid_from=DAY - timedelta(days=30), bill_rate=80, cost_rate=40),
            UserRate(user_id=ada, valid_from=DAY, bill_rate=Decimal("90.5")),
            UserRate(user_id=ada, valid_from=DAY + timedelta(days=1), cost_rate=45),
        ]
    )
    session.flush()
    return found


def project(session, method=BillingMethod.PROJECT_HOURS, currency="EUR", rate: int | None = 100) -> Project:
    made = Project(name=f"{method} {currency}", billing_method=method, currency=currency, bill_rate=rate)
    session.add(made)
    session.flush()
    return made


def log(session, work: Project, person: User, task: Task | None = None, **columns) -> TimeLog:
    made = TimeLog(
        **{"project_id": work.id, "user_id": person.id, "task_id": task.id if task else None, "day": DAY,
           "seconds": 3600, **columns}
    )  # fmt: skip
    session.add(made)
    session.flush()
    return made


def test_one_statement_prices_as_the_rule_for_one_log_does(session, people):
    logs = []
    for method, currency, rate in product(BillingMethod, ("EUR", "CHF"), (100, None)):
        work = project(session, method, currency, rate)
        session.add(ProjectMember(project_id=work.id, user_id=people[1].id, bill_rate=Decimal("70.25")))
        tasks = [
            Task(project_id=work.id, name="t", bill_rate=120),
            Task(project_id=work.id, name="none"),
            Task(project_id=work.id, name="bug", kind=WorkKind.ISSUE, bill_rate=500),
        ]
        session.add_all(tasks)
        session.flush()
        for task, person, after in product([None, *tasks], people, (-31, -30, -1, 0, 1)):
            logs.append(log(session, work, person, task, day=DAY + timedelta(days=after)))
    rates.price_logs(session)
    for one in logs:
        expected = rates.rate_for(session, one.project_id, one.task_id, one.user_id, one.day)
        assert (one.bill_rate, one.cost_rate) == expected
    assert len({one.bill_rate for one in logs}) == 6


@pytest.mark.parametrize(
    ("after", "bill", "cost"),
    [(-31, None, None), (-30, 80, 40), (-1, 80, 40), (0, Decimal("90.5"), 40), (1, Decimal("90.5"), 45)],
)
def test_a_rate_holds_from_its_first_day_until_the_next(session, people, after, bill, cost):
    work = project(session, BillingMethod.STAFF_HOURS)
    assert rates.rate_for(session, work.id, None, people[0].id, DAY + timedelta(days=after)) == (bill, cost)


def test_a_base_currency_rate_bills_no_other_currency(session, people):
    work = project(session, BillingMethod.STAFF_HOURS, "CHF")
    assert rates.rate_for(session, work.id, None, people[0].id, DAY) == (None, 40)
    session.add(ProjectMember(project_id=work.id, user_id=people[0].id, bill_rate=110))
    session.flush()
    assert rates.rate_for(session, work.id, None, people[0].id, DAY) == (110, 40)


def test_billed_time_keeps_its_rate_and_an_unchanged_log_is_not_counted(session, people):
    work = project(session)
    client = Client(name="C", currency="EUR")
    session.add(client)
    session.flush()
    invoice = Invoice(client_id=client.id, issue_date=DAY, due_date=DAY, currency="EUR")
    session.add(invoice)
    session.flush()
    line = InvoiceLine(invoice_id=invoice.id)
    session.add(line)
    session.flush()
    billed = log(session, work, people[0], bill_rate=Decimal(60), invoice_line_id=line.id)
    open_one = log(session, work, people[0])
    assert rates.price_logs(session, project_id=work.id) == 1
    assert rates.price_logs(session, project_id=work.id) == 0
    assert (billed.bill_rate, open_one.bill_rate) == (60, 100)


def test_a_scope_leaves_other_time_alone(session, people):
    one, two = project(session), project(session, rate=50)
    first, second = log(session, one, people[0]), log(session, two, people[1])
    assert rates.price_logs(session, user_id=people[1].id) == 1
    assert (first.bill_rate, second.bill_rate) == (None, 50)


def test_what_a_change_does_can_be_tried_without_doing_it(session, people):
    work = project(session)
    log(session, work, people[0], seconds=1200)
    log(session, work, people[0], billable=False)
    rates.price_logs(session)

    def change() -> rates.Repricing:
        session.get_one(Project, work.id).bill_rate = Decimal(110)
        return rates.reprice(session, project_id=work.id)

    seen = rates.tried(session, change)
    assert (seen.logs, seen.bills, seen.cost) == (2, {"EUR": (3333, 3667)}, (0, 0))
    assert {one.bill_rate for one in session.exec(select(TimeLog)).all()} == {100}
    assert rates.unbilled_by_project(session, {work.id: "EUR"})[work.id] == rates.Unbilled(1200, 0, 3333)


@pytest.mark.parametrize(
    ("text", "code"),
    [("-1", "negative"), ("abc", "unreadable"), ("NaN", "unreadable"), ("1e9", "absurd"),
     ("1.1234567", "too_fine")],
)  # fmt: skip
def test_a_bad_rate_is_refused(text, code):
    with pytest.raises(DomainError, match=code):
        rates.read_rate(text)


def test_a_rate_is_typed_with_comma_or_point():
    assert (rates.read_rate("1 095,50"), rates.read_rate("0"), rates.read_rate(" ")) == (
        Decimal("1095.5"),
        0,
        None,
    )


def test_a_change_of_cost_counts_time_on_projects_of_every_currency(session, people):
    for currency in ("EUR", "CHF"):
        log(session, project(session, BillingMethod.STAFF_HOURS, currency), people[0], day=DAY)
    rates.price_logs(session)
    session.exec(select(UserRate).where(UserRate.valid_from == DAY)).one().cost_rate = Decimal(50)
    seen = rates.reprice(session, user_id=people[0].id)
    assert (seen.logs, seen.bills, seen.cost) == (2, {}, (8000, 10000))
    assert [(one.cost_seconds, one.cost_after_minor) for one in seen.projects] == [(3600, 5000)] * 2


def test_the_sums_seen_before_are_what_the_change_does(session, people):
    """Every log once: by rates, currencies and methods, billable or not, billed or not."""
    for method, currency in product(BillingMethod, ("EUR", "CHF")):
        work = project(session, method, currency)
        for after, billable in product((-31, -1, 0, 40), (True, False)):
            log(session, work, people[0], day=DAY + timedelta(days=after), seconds=1234, billable=billable)
    rates.price_logs(session)
    before = amounts(session)

    def change() -> rates.Repricing:
        session.add(
            UserRate(user_id=people[0].id, valid_from=DAY - timedelta(days=2), bill_rate=99, cost_rate=60)
        )
        return rates.reprice(session, user_id=people[0].id)

    seen = rates.tried(session, change)
    assert amounts(session) == before
    assert change() == seen
    after = amounts(session)
    for one in seen.projects:
        (bill, cost), (new_bill, new_cost) = before[one.project_id], after[one.project_id]
        assert abs(new_bill - bill - (one.bill_after_minor - one.bill_before_minor)) <= 1
        assert abs(new_cost - cost - (one.cost_after_minor - one.cost_before_minor)) <= 1
    untouched = before.keys() - {one.project_id for one in seen.projects}
    assert all(before[project_id] == after[project_id] for project_id in untouched)
    assert rates.reprice(session) == rates.Repricing(0, "EUR")


def amounts(session) -> dict[int, tuple[int, int]]:
    """Minor units of the unbilled amount and the cost of each project, log by log."""
    sums: dict[int, tuple[int, int]] = {}
    for work in session.exec(select(Project)).all():
        own = session.exec(select(TimeLog).where(TimeLog.project_id == work.id)).all()
        sums[work.id] = (
            rates.amount_at_rates(
                [(one.seconds, one.bill_rate) for one in own if one.billable], work.currency
            ),
            rates.amount_at_rates([(one.seconds, one.cost_rate) for one in own], "EUR"),
        )
    return sums


def test_weighing_works_out_the_same_and_writes_no_log_before_its_end(session, people):
    work = project(session)
    logs = [log(session, work, people[0]), log(session, work, people[0], billable=False)]
    kept: list[rates.Repricing] = []

    def show_only() -> None:
        with rates.weighing(session):
            kept.append(rates.reprice(session, project_id=work.id))
            raise DomainError("common.error.not_allowed")

    with pytest.raises(DomainError):
        show_only()
    (seen,) = kept
    assert [one.bill_rate for one in logs] == [None, None]
    with rates.weighing(session):
        assert rates.reprice(session, project_id=work.id) == seen
        assert logs[0].bill_rate is None
    assert [one.bill_rate for one in logs] == [100, 100]
    assert (seen.logs, seen.bills) == (2, {"EUR": (0, 100_00)})
    assert rates.reprice(session, project_id=work.id).logs == 0
