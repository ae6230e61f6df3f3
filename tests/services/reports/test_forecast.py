from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from finance_app.models import Budget, Milestone, PriceClaim, Project, TimeLog
from finance_app.models.columns import now
from finance_app.models.kinds import BillingMethod, ProjectState
from finance_app.services.estimating import billing
from finance_app.services.estimating.billing import PartAsk, PartChoice
from finance_app.services.estimating.deciding import accept_by_hand
from finance_app.services.estimating.papers import ESTIMATE_KIND
from finance_app.services.reports import forecast
from finance_app.services.reports.forecast import Known, Source
from tests.harness.estimates import sent
from tests.harness.invoices import TODAY, office


def test_a_price_counts_what_bills_and_open_milestones_leave_of_it(session, owner) -> None:
    place = office(session)
    fixed = Project(
        name="Fixed", client_id=place.client.id, currency="EUR", billing_method=BillingMethod.FIXED_COST,
        price_minor=100_000, end_date=TODAY + timedelta(days=90),
    )  # fmt: skip
    closed = Project(
        name="Closed",
        currency="EUR",
        billing_method=BillingMethod.FIXED_COST,
        price_minor=5,
        state=ProjectState.CLOSED,
    )
    session.add_all([fixed, closed])
    session.flush()
    late = Milestone(
        project_id=fixed.id or 0, name="Late", amount_minor=30_000, due_date=TODAY - timedelta(days=70)
    )
    done = Milestone(project_id=fixed.id or 0, name="Done", amount_minor=20_000, closed_at=now())
    session.add_all([late, done, Budget(project_id=place.project.id or 0, revenue_minor=50_000)])
    session.flush()
    for milestone, minor in ((late, 12_000), (done, 20_000)):
        session.add(
            PriceClaim(
                project_id=fixed.id or 0, milestone_id=milestone.id, amount_minor=minor, claimed_at=now()
            )
        )
    session.add(
        TimeLog(
            project_id=place.project.id, user_id=place.person.id, day=TODAY, seconds=3600,
            bill_rate=Decimal("95.555"),
        )
    )  # fmt: skip
    session.flush()
    found = forecast.page(session, owner, forecast.ASKS.read({}))
    assert [(line.source, line.project, line.amount_minor) for line in found.rows] == [
        (Source.MILESTONE, "Fixed", 18_000),
        (Source.PRICE, "Fixed", 100_000 - 32_000 - 18_000),
        (Source.BUDGET, "Website", 50_000 - 9_556),
    ]
    assert found.totals["amounts"] == {"EUR": 18_000 + 50_000 + 40_444}
    months = found.totals["months"]
    assert [sums["EUR"] for _, sums in months] == [18_000, 50_000, 40_444]
    assert months[-1][0] is None
    only = forecast.page(session, owner, replace(forecast.ASKS.read({}), filters={"kind": "budget"}))
    assert [line.source for line in only.rows] == [Source.BUDGET]


def test_an_accepted_estimate_counts_what_no_invoice_has_of_it(session, owner) -> None:
    place = office(session)
    free = sent(session, owner, place)
    of_price = sent(session, owner, place)
    for each in (free, of_price):
        accept_by_hand(session, owner, each.id or 0, "Ann")
    fixed = Project(
        name="Fixed", client_id=place.client.id, currency="EUR", billing_method=BillingMethod.FIXED_COST,
        price_minor=of_price.net_minor,
    )  # fmt: skip
    session.add(fixed)
    session.flush()
    of_price.project_id, of_price.made_project = fixed.id, True
    session.flush()

    def lines() -> dict[Source, int]:
        found = forecast.page(session, owner, forecast.ASKS.read({})).rows
        assert len({line.source for line in found}) == len(found)
        return {line.source: line.amount_minor for line in found}

    assert lines() == {Source.ESTIMATE: free.net_minor, Source.PRICE: of_price.net_minor}
    for each in (free, of_price):
        half = PartAsk(PartChoice.PERCENTAGE, percent=Decimal(50))
        invoice = billing.invoice_part(session, owner, ESTIMATE_KIND, each.id or 0, half)
        assert (
            abs(
                lines()[Source.ESTIMATE if each is free else Source.PRICE]
                + invoice.net_minor
                - each.net_minor
            )
            <= 1
        )
    free.project_id = place.project.id
    session.add(
        TimeLog(
            project_id=place.project.id, user_id=place.person.id, day=TODAY, seconds=36_000,
            bill_rate=Decimal(100),
        )
    )  # fmt: skip
    session.flush()
    assert lines()[Source.ESTIMATE] == min(free.net_minor - 100_000, free.net_minor // 2)


def test_what_was_agreed_without_a_project_is_expected_from_the_day_it_was_agreed(session, owner) -> None:
    place = office(session)
    place.portal.time_zone = "Pacific/Auckland"
    estimate = sent(session, owner, place)
    accept_by_hand(session, owner, estimate.id or 0, "Ann")
    estimate.accepted_at = datetime(2031, 3, 31, 20, tzinfo=UTC)
    session.flush()
    [line] = forecast.page(session, owner, forecast.ASKS.read({})).rows
    assert (line.day, line.known) == (date(2031, 4, 1), Known.ACCEPTED)
    estimate.project_id = place.project.id
    place.project.end_date = date(2031, 9, 30)
    session.flush()
    [line] = forecast.page(session, owner, forecast.ASKS.read({})).rows
    assert (line.day, line.known) == (date(2031, 9, 30), Known.END)


def test_each_bar_opens_the_lines_that_sum_to_it(session, owner) -> None:
    place = office(session)
    for months, minor in ((-3, 10_000), (0, 5_001), (1, 7_000), (1, 333), (None, 42)):
        due = None if months is None else TODAY + timedelta(days=31 * months)
        session.add(Milestone(project_id=place.project.id or 0, name="M", amount_minor=minor, due_date=due))
    session.flush()
    whole = forecast.page(session, owner, forecast.ASKS.read({}))
    assert len(whole.totals["months"]) == 3
    for month, amounts in whole.totals["months"]:
        asked = {"month": forecast.month_key(month), "currency": "EUR"}
        opened = forecast.page(session, owner, replace(forecast.ASKS.read({}), filters=asked))
        assert sum(line.amount_minor for line in opened.rows) == amounts["EUR"]
        assert opened.totals["amounts"] == amounts
        assert opened.totals["months"] == whole.totals["months"]
