from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from fractions import Fraction

import pytest

from finance_app.domain.errors import DomainError
from finance_app.domain.money import round_half_up
from finance_app.models import Expense, Project, TimeLog
from finance_app.models.columns import now
from finance_app.models.kinds import ApprovalState, BillingMethod
from finance_app.services.expenses import listing as expense_list
from finance_app.services.listing import ListQuery
from finance_app.services.reports import work_in_progress
from finance_app.services.reports.work_in_progress import BANDS, What
from finance_app.services.time_tracking import listing as time_listing
from tests.harness.invoices import TODAY, Office, draft, office

STATES = (ApprovalState.APPROVED, ApprovalState.OPEN, ApprovalState.REJECTED)


@pytest.fixture(params=[True, False], ids=["approval", "no approval"])
def place(session, request) -> Office:
    found = office(session, tasks=1)
    found.portal.needs_approval = found.portal.expenses_need_approval = request.param
    fixed = Project(
        name="Fixed", client_id=found.client.id, currency="EUR", billing_method=BillingMethod.FIXED_COST
    )
    inside = Project(name="Own", currency="USD")
    session.add_all([fixed, inside])
    session.flush()
    for number in range(48):
        age = (number * 7) % 130 - 2
        session.add(
            TimeLog(
                project_id=(found.project.id, fixed.id, inside.id)[number % 3],
                user_id=found.person.id,
                day=TODAY - timedelta(days=age),
                seconds=1001 + 97 * number,
                billable=number % 11 != 0,
                bill_rate=None if number % 13 == 0 else Decimal("73.333333"),
                approval=STATES[number % 5 % 3],
            )
        )
        session.add(
            Expense(
                day=TODAY - timedelta(days=age),
                user_id=found.person.id,
                merchant="M",
                project_id=None if number % 4 == 0 else found.project.id,
                client_id=found.client.id if number % 8 == 0 else None,
                currency="GBP" if number % 9 == 0 else "EUR",
                charge_minor=100 + number,
                billable=number % 7 != 0,
                approval=STATES[number % 3],
                deleted_at=now() if number == 5 else None,
                created_at=now(),
                updated_at=now(),
            )
        )
    session.flush()
    return found


def report(session, boss, **filters):
    return work_in_progress.page(
        session, boss, replace(work_in_progress.ASKS.read({}), filters=filters, size=None)
    )


def listed(session, boss, line, which: str, first=None, last=None):
    asked = {"project": str(line.project_id or "none"), "client": str(line.client_id or "none")}
    days = {"from": first.isoformat() if first else "", "until": last.isoformat() if last else ""}
    if line.what is What.TIME:
        query = ListQuery(filters={"billed": which, **asked, **days}, sort="day", size=None)
        return [session.get_one(TimeLog, row.id) for row in time_listing.page(session, boss, query).rows]
    query = ListQuery(
        filters={"state": which, "currency": line.currency, **asked, **days}, sort="day", size=None
    )
    return expense_list.page(session, boss, query).rows


def worth(rows) -> Fraction:
    return sum(
        (
            Fraction(row.bill_rate) * row.seconds / 36
            if isinstance(row, TimeLog)
            else Fraction(row.charge_minor)
            for row in rows
        ),
        Fraction(),
    )


def test_every_figure_opens_the_rows_that_it_is_made_of(session, owner, place) -> None:
    found = report(session, owner)
    day = found.totals["today"]
    assert {(line.project, line.what, line.currency) for line in found.rows} == {
        ("Website", What.TIME, "EUR"), ("Own", What.TIME, "USD"), ("Website", What.EXPENSES, "EUR"),
        ("Website", What.EXPENSES, "GBP"), ("", What.EXPENSES, "EUR"), ("", What.EXPENSES, "GBP"),
    }  # fmt: skip
    for line in found.rows:
        assert line.ready_minor == round_half_up(worth(listed(session, owner, line, "ready")))
        assert line.unapproved_minor == round_half_up(worth(listed(session, owner, line, "unapproved")))
        for band, minor in zip(BANDS, line.bands, strict=True):
            assert abs(worth(listed(session, owner, line, "ready", *band.days(day))) - minor) < 1
        if line.what is What.TIME:
            bare = listed(session, owner, line, "no_rate")
            assert line.unpriced_seconds == sum(log.seconds for log in bare)
    assert found.totals["ready"] == {
        currency: sum(line.ready_minor for line in found.rows if line.currency == currency)
        for currency in found.totals["ready"]
    }


def test_by_client_is_the_same_work(session, owner, place) -> None:
    by_project, by_client = report(session, owner), report(session, owner, by="client")
    assert {line.client for line in by_client.rows} == {"Ardent", ""}
    for name in ("ready", "unapproved"):
        for currency, minor in by_project.totals[name].items():
            assert abs(by_client.totals[name][currency] - minor) <= 1
    assert by_client.totals["unpriced"] == by_project.totals["unpriced"] > 0
    assert {line.what for line in report(session, owner, kind="expenses").rows} == {What.EXPENSES}


def test_what_an_invoice_has_waits_no_more(session, owner, place) -> None:
    before = report(session, owner, kind="time").totals["ready"]["EUR"]
    draft(session, owner, place)
    after = report(session, owner, kind="time").totals["ready"].get("EUR", 0)
    assert after == 0 < before


def test_margins_are_not_for_all(session, member, place) -> None:
    with pytest.raises(DomainError):
        report(session, member)


def test_each_bar_opens_the_lines_that_sum_to_it(session, owner, place) -> None:
    whole = work_in_progress.page(session, owner, work_in_progress.ASKS.read({}))
    seen = 0
    for band, amounts in zip(BANDS, whole.totals["chart"], strict=True):
        for currency, minor in amounts.items():
            asked = {"band": band.name, "currency": currency}
            query = replace(work_in_progress.ASKS.read({}), filters=asked, size=None)
            opened = work_in_progress.page(session, owner, query)
            assert sum(line.ready_minor for line in opened.rows) == minor > 0
            assert opened.totals["ready"] == {currency: minor}
            assert {line.currency for line in opened.rows} == {currency}
            seen += 1
    assert seen > len(BANDS)
