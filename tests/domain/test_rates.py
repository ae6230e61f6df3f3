from datetime import date
from decimal import Decimal

import pytest

from finance_app.domain.rates import (
    BillingMethod,
    DatedRate,
    RateCard,
    RateSource,
    ResolvedRate,
    bill_rate,
    cost_rate,
    rate_on,
)

DAY = date(2026, 6, 15)
RAISED = (DatedRate(Decimal(90), date(2026, 6, 15)), DatedRate(Decimal(80), date(2025, 1, 1)))


@pytest.mark.parametrize(
    ("day", "rate"),
    [(date(2024, 12, 31), None), (date(2026, 6, 14), 80), (date(2026, 6, 15), 90), (date(2030, 1, 1), 90)],
)
def test_a_rate_is_valid_from_its_date_until_the_next(day: date, rate: int | None) -> None:
    assert rate_on(RAISED, day) == (None if rate is None else Decimal(rate))


def test_a_rate_without_a_date_is_valid_from_the_beginning() -> None:
    assert rate_on((DatedRate(Decimal(70)), *RAISED), date(2000, 1, 1)) == 70
    assert rate_on((DatedRate(Decimal(70)), *RAISED), DAY) == 90


def _card(method: BillingMethod, **rates: object) -> RateCard:
    return RateCard(method, **rates)


@pytest.mark.parametrize(
    ("card", "on_issue", "resolved"),
    [
        (
            _card(BillingMethod.PROJECT_HOURS, project_rate=Decimal(100), task_rate=Decimal(5)),
            False,
            (100, "project"),
        ),
        (_card(BillingMethod.PROJECT_HOURS), False, None),
        (
            _card(BillingMethod.TASK_HOURS, project_rate=Decimal(100), task_rate=Decimal(60)),
            False,
            (60, "task"),
        ),
        (
            _card(BillingMethod.TASK_HOURS, project_rate=Decimal(100), task_rate=Decimal(0)),
            False,
            (0, "task"),
        ),
        (
            _card(BillingMethod.TASK_HOURS, project_rate=Decimal(100), task_rate=Decimal(60)),
            True,
            (100, "project"),
        ),
        (_card(BillingMethod.TASK_HOURS, project_rate=Decimal(100)), False, (100, "project")),
        (_card(BillingMethod.TASK_HOURS, task_rate=Decimal(60)), True, None),
        (_card(BillingMethod.STAFF_HOURS, user_rates=RAISED, project_rate=Decimal(1)), False, (90, "user")),
        (
            _card(
                BillingMethod.STAFF_HOURS, user_rates=RAISED, project_user_rates=(DatedRate(Decimal(120)),)
            ),
            False,
            (120, "project_user"),
        ),
        (
            _card(
                BillingMethod.STAFF_HOURS,
                user_rates=RAISED,
                project_user_rates=(DatedRate(Decimal(120), date(2027, 1, 1)),),
            ),
            False,
            (90, "user"),
        ),
        (_card(BillingMethod.STAFF_HOURS, project_rate=Decimal(1)), False, None),
        (_card(BillingMethod.FIXED_COST, project_rate=Decimal(100), user_rates=RAISED), False, None),
    ],
)
def test_which_rate_bills(card: RateCard, on_issue: bool, resolved: tuple[int, str] | None) -> None:
    expected = resolved and ResolvedRate(Decimal(resolved[0]), RateSource(resolved[1]))
    assert bill_rate(card, DAY, on_issue) == expected


def test_a_user_without_a_cost_rate_has_none() -> None:
    assert cost_rate((), DAY) is None
    assert cost_rate(RAISED, DAY) == ResolvedRate(Decimal(90), RateSource.COST)
