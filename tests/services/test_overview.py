import pytest

from finance_app.domain.errors import DomainError
from finance_app.models import OutboxMessage
from finance_app.models.kinds import OutboxState, Role
from finance_app.services import activity, overview
from finance_app.services.delivery.history import MAIL
from finance_app.services.invoicing import listing as invoice_list
from finance_app.services.listing import ListQuery
from finance_app.services.profitability import listing as profit_list
from finance_app.services.time_tracking import listing as time_listing
from finance_app.services.zoho import error_list
from finance_app.services.zoho.sync import errors, starting
from finance_app.services.zoho.sync.wanted import Unfit
from tests.harness.databases import DEMO_DAY
from tests.services.conftest import actor
from tests.services.test_zoho_life import connect

TODAY = DEMO_DAY


def test_the_demo_has_something_for_its_owner_to_do(demo_session):
    owner = actor(demo_session, Role.OWNER)
    found = overview.business(demo_session, owner, TODAY)
    assert found.overdue.count > 0
    assert all(minor > 0 for _, minor in found.overdue.amounts)
    assert found.drafts.count > 0
    assert found.to_approve.count > 0
    assert found.unbilled.count > 0
    assert found.without_rate.count == 0
    assert found.month_seconds > 0
    assert {currency for currency, _ in found.billed.amounts} <= {"EUR", "CHF"}
    assert len(activity.recent(demo_session, owner)) == activity.RECENT


def test_a_team_member_sees_no_money(session):
    member = actor(session, Role.MEMBER)
    assert overview.own_work(session, member, TODAY).week_seconds == 0
    with pytest.raises(DomainError):
        overview.business(session, member, TODAY)


def test_tiles_of_time_open_the_rows_that_sum_to_them(demo_session):
    owner = actor(demo_session, Role.OWNER)
    found = overview.business(demo_session, owner, TODAY)
    for filters, figure in (
        ({"billed": "due", "until": "2026-10-31"}, found.unbilled),
        ({"approval": "submitted"}, found.to_approve),
    ):
        rows = time_listing.page(demo_session, owner, ListQuery(filters=filters))
        assert (rows.total, rows.totals["seconds"]) == (figure.count, figure.seconds)


def test_cash_of_the_next_weeks_opens_the_invoices_that_sum_to_it(demo_session):
    accountant = actor(demo_session, Role.ACCOUNTANT)
    weeks = overview.due_weeks(demo_session, accountant, TODAY)
    assert weeks[0].first == TODAY
    assert [(week.first - weeks[1].first).days for week in weeks[1:]] == [0, 7, 14]
    for week in weeks:
        asked = {"state": "open", "due_from": week.first.isoformat(), "due_until": week.last.isoformat()}
        found = invoice_list.page(demo_session, accountant, ListQuery(filters=asked, sort="due", size=None))
        sums = {row.currency: row.balance_minor for row in found.totals["currencies"]}
        assert (found.total, sums) == (week.due.count, dict(week.due.amounts))
    assert any(week.due.count for week in weeks)
    assert overview.owed(demo_session, accountant).count >= sum(week.due.count for week in weeks)


def test_the_profit_of_the_year_is_that_of_the_report(demo_session):
    owner = actor(demo_session, Role.OWNER)
    report = profit_list.lines_page(demo_session, owner, profit_list.LINES.read({}))
    year = overview.year_profit(demo_session, owner)
    assert year.profit_minor == report.totals["whole"].profit_minor
    with pytest.raises(DomainError):
        overview.year_profit(demo_session, actor(demo_session, Role.MEMBER))


def test_failed_syncs_are_those_of_the_error_summary(session, owner):
    assert overview.failed_syncs(session, owner) == 0
    connect(session, owner)
    running = starting.active(session)
    assert running
    for number in (1, 2):
        errors.note(session, running.id or 0, "project", number, Unfit("no_client", name="x"), "x")
    assert overview.failed_syncs(session, owner) == 2
    [row, _] = error_list.page(session, owner, error_list.ASKS.read({})).rows
    errors.ignore(session, owner, row.id)
    assert overview.failed_syncs(session, owner) == 1
    with pytest.raises(DomainError):
        overview.failed_syncs(session, actor(session, Role.MEMBER))


def test_what_zoho_did_not_take_is_no_failed_email(session, owner):
    session.add(
        OutboxMessage(
            kind="zoho", dedup_key="zoho-1", object_kind="zoho:project", object_id=1, state=OutboxState.FAILED
        )
    )
    session.flush()
    assert overview.business(session, owner, TODAY).failed_mails == 0
    session.add(
        OutboxMessage(
            kind=MAIL, dedup_key="mail-1", object_kind="invoice", object_id=7, state=OutboxState.FAILED
        )
    )
    session.flush()
    found = overview.business(session, owner, TODAY)
    assert (found.failed_mails, found.failed_mail) == (1, ("invoice", 7))
