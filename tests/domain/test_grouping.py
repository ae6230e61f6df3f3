from collections import Counter
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from finance_app.domain.grouping import (
    BillableLog,
    BillingScope,
    Eligibility,
    GroupBy,
    LineField,
    LineTexts,
    LogStanding,
    Named,
    compose,
    eligibility,
    group_logs,
)
from finance_app.domain.money import RoundingMode, to_minor
from finance_app.domain.time import RoundingScope, TimeRounding, amount_of

DAY = date(2026, 11, 2)
SITE, SHOP = Named(1, "Site"), Named(2, "Shop")
ANNA, BEN = Named(1, "Anna"), Named(2, "Ben")
DESIGN, BUILD = Named(1, "Design"), Named(2, "Build")
HOUR = 3600


def log(id_: int, **changes: object) -> BillableLog:
    plain = BillableLog(id_, DAY, HOUR, Decimal(100), SITE, ANNA, task=DESIGN)
    return replace(plain, **changes)


logs = st.lists(
    st.builds(
        BillableLog,
        id=st.integers(1, 10_000),
        day=st.integers(0, 5).map(lambda days: DAY + timedelta(days=days)),
        seconds=st.integers(1, 12 * HOUR),
        rate=st.sampled_from([Decimal(100), Decimal("72.5"), Decimal(0)]),
        project=st.sampled_from([SITE, SHOP]),
        user=st.sampled_from([ANNA, BEN]),
        task=st.sampled_from([DESIGN, BUILD, None]),
        task_list=st.sampled_from([Named(1, "Phase"), None]),
        milestone=st.sampled_from([Named(1, "Launch"), None]),
    ),
    max_size=25,
    unique_by=lambda log: log.id,
)
roundings = st.builds(
    TimeRounding,
    st.sampled_from(RoundingMode),
    st.sampled_from([1, 6, 15]),
    st.sampled_from(RoundingScope),
    st.sampled_from([None, 8 * HOUR]),
)


@given(logs, st.sampled_from(GroupBy), roundings, st.randoms())
def test_every_log_is_on_one_line_and_the_order_of_input_does_not_matter(
    given_logs: list[BillableLog], by: GroupBy, rounding: TimeRounding, random
) -> None:
    lines = group_logs(given_logs, by, "EUR", rounding)
    assert Counter(id_ for line in lines for id_ in line.log_ids) == Counter(log.id for log in given_logs)
    assert sum(line.tracked_seconds for line in lines) == sum(log.seconds for log in given_logs)
    shuffled = list(given_logs)
    random.shuffle(shuffled)
    assert group_logs(shuffled, by, "EUR", rounding) == lines


@given(logs, st.sampled_from(GroupBy), roundings)
def test_a_line_has_one_project_and_rate_and_its_figures_agree(
    given_logs: list[BillableLog], by: GroupBy, rounding: TimeRounding
) -> None:
    for line in group_logs(given_logs, by, "EUR", rounding):
        assert {(log.project, log.rate) for log in line.logs} == {(line.project, line.rate)}
        assert line.amount_minor == amount_of(line.billed_seconds, line.rate, "EUR")
        assert to_minor(line.quantity * line.rate, "EUR") == line.amount_minor


@given(logs, st.sampled_from(GroupBy))
def test_billed_is_tracked_without_rounding(given_logs: list[BillableLog], by: GroupBy) -> None:
    lines = group_logs(given_logs, by, "EUR")
    assert sum(line.billed_seconds for line in lines) == sum(log.seconds for log in given_logs)


@given(logs, roundings)
def test_time_rounded_by_log_does_not_depend_on_the_grouping(
    given_logs: list[BillableLog], rounding: TimeRounding
) -> None:
    per_log = replace(rounding, per=RoundingScope.LOG)
    billed = {
        sum(line.billed_seconds for line in group_logs(given_logs, by, "EUR", per_log)) for by in GroupBy
    }
    assert len(billed) == 1


def test_what_each_grouping_brings_together() -> None:
    given_logs = [
        log(1),
        log(2, user=BEN),
        log(3, task=BUILD, day=DAY + timedelta(days=1)),
        log(4, task=BUILD, user=BEN, milestone=Named(1, "Launch")),
        log(5, task=None, task_list=Named(7, "Phase")),
    ]
    ids = {by: [line.log_ids for line in group_logs(given_logs, by, "EUR")] for by in GroupBy}
    assert ids == {
        GroupBy.SINGLE: [(1, 2, 4, 5, 3)],
        GroupBy.LOG: [(1,), (2,), (4,), (5,), (3,)],
        GroupBy.TASK: [(4, 3), (1, 2), (5,)],
        GroupBy.USER: [(1, 5, 3), (2, 4)],
        GroupBy.TASK_USER: [(3,), (4,), (1,), (2,), (5,)],
        GroupBy.TASK_LIST: [(5,), (1, 2, 4, 3)],
        GroupBy.MILESTONE: [(4,), (1, 2, 5, 3)],
        GroupBy.DATE: [(1, 2, 4, 5), (3,)],
    }


def test_logs_of_different_rates_never_share_a_line() -> None:
    lines = group_logs(
        [log(1), log(2, rate=Decimal(80)), log(3, rate=Decimal("100.00"))], GroupBy.SINGLE, "EUR"
    )
    assert [(line.rate, line.log_ids) for line in lines] == [(Decimal(80), (2,)), (Decimal(100), (1, 3))]


def test_two_tasks_of_one_name_stay_apart() -> None:
    lines = group_logs([log(1), log(2, task=Named(9, "Design"))], GroupBy.TASK, "EUR")
    assert [line.log_ids for line in lines] == [(1,), (2,)]


def test_seven_logs_of_twenty_minutes_make_one_exact_amount() -> None:
    (line,) = group_logs([log(number, seconds=1200) for number in range(7)], GroupBy.TASK, "EUR")
    assert (line.amount_minor, str(line.quantity)) == (233_33, "2.3333")


def test_a_project_may_round_its_own_way_and_the_day_is_capped_across_projects() -> None:
    given_logs = [log(1, seconds=6 * HOUR), log(2, seconds=4 * HOUR, project=SHOP), log(3, seconds=60)]
    capped = TimeRounding(daily_cap_seconds=8 * HOUR)
    own = {SHOP.id: TimeRounding(RoundingMode.UP, 60, RoundingScope.LOG, 9 * HOUR)}
    shop, site = group_logs(given_logs, GroupBy.SINGLE, "EUR", capped, own)
    assert (shop.tracked_seconds, shop.billed_seconds) == (4 * HOUR, 3 * HOUR)
    assert (site.tracked_seconds, site.billed_seconds) == (6 * HOUR + 60, 6 * HOUR)


ENGLISH = LineTexts(day=lambda day: f"{day:%d/%m/%Y}", hours=lambda hours: f"{hours} h")


def test_a_text_is_composed_of_the_chosen_fields() -> None:
    given_logs = [
        log(1, notes="Sketch"),
        log(2, notes=" Draw \n", user=BEN, day=DAY + timedelta(days=3)),
        log(3, notes="Sketch"),
    ]
    (line,) = group_logs(given_logs, GroupBy.TASK, "EUR")
    assert compose(line, [LineField.PROJECT, LineField.TASK, LineField.MILESTONE], ENGLISH) == "Site · Design"
    assert compose(line, [LineField.USER, LineField.NOTES], ENGLISH) == "Anna, Ben · Sketch, Draw"
    assert compose(line, [LineField.HOURS, LineField.PERIOD], ENGLISH) == "3.00 h · 02/11/2026 – 05/11/2026"
    assert compose(line, [LineField.USER], replace(ENGLISH, most_values=1)) == "Anna (+1)"


def test_a_period_of_one_day_is_that_day() -> None:
    (line,) = group_logs([log(1)], GroupBy.LOG, "EUR")
    assert compose(line, [LineField.PERIOD], ENGLISH) == "02/11/2026"


BILLABLE = LogStanding(day=DAY, billable=True, billed=False, approved=True, rate=Decimal(100))
SCOPE = BillingScope(bill_up_to=DAY, bill_from=DAY, needs_approval=True)


@pytest.mark.parametrize(
    ("standing", "scope", "verdict"),
    [
        (BILLABLE, SCOPE, Eligibility.OK),
        (replace(BILLABLE, rate=Decimal(0)), SCOPE, Eligibility.OK),
        (replace(BILLABLE, billed=True, billable=False), SCOPE, Eligibility.ALREADY_BILLED),
        (replace(BILLABLE, billable=False), SCOPE, Eligibility.NON_BILLABLE),
        (replace(BILLABLE, day=DAY + timedelta(days=1)), SCOPE, Eligibility.AFTER_END),
        (replace(BILLABLE, day=DAY - timedelta(days=1)), SCOPE, Eligibility.BEFORE_START),
        (BILLABLE, BillingScope(DAY, integration_start=DAY + timedelta(days=1)), Eligibility.BEFORE_START),
        (replace(BILLABLE, approved=False), SCOPE, Eligibility.UNAPPROVED),
        (replace(BILLABLE, approved=False), BillingScope(DAY), Eligibility.OK),
        (replace(BILLABLE, rate=None), SCOPE, Eligibility.NO_RATE),
    ],
)
def test_what_is_left_out_and_why(standing: LogStanding, scope: BillingScope, verdict: Eligibility) -> None:
    assert eligibility(standing, scope) is verdict
