from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from finance_app.domain.errors import DomainError
from finance_app.domain.periods import (
    Month,
    NamedPeriod,
    Period,
    check_open,
    fiscal_year,
    months_of,
    named_period,
)

TODAY = date(2026, 11, 25)
days = st.dates(date(1990, 1, 1), date(2100, 1, 1))


@pytest.mark.parametrize(
    ("name", "start_month", "first", "last"),
    [
        (NamedPeriod.THIS_FISCAL_YEAR, 1, "2026-01-01", "2026-12-31"),
        (NamedPeriod.THIS_FISCAL_YEAR, 4, "2026-04-01", "2027-03-31"),
        (NamedPeriod.THIS_FISCAL_YEAR, 12, "2025-12-01", "2026-11-30"),
        (NamedPeriod.PREVIOUS_FISCAL_YEAR, 1, "2025-01-01", "2025-12-31"),
        (NamedPeriod.PREVIOUS_FISCAL_YEAR, 4, "2025-04-01", "2026-03-31"),
        (NamedPeriod.LAST_12_MONTHS, 4, "2025-12-01", "2026-11-30"),
        (NamedPeriod.LAST_6_MONTHS, 4, "2026-06-01", "2026-11-30"),
    ],
)
def test_named_periods(name: NamedPeriod, start_month: int, first: str, last: str) -> None:
    assert named_period(name, TODAY, start_month) == Period(
        date.fromisoformat(first), date.fromisoformat(last)
    )


@given(days, st.integers(1, 12))
def test_a_fiscal_year_holds_its_day_and_twelve_months_from_its_start(day: date, start_month: int) -> None:
    year = fiscal_year(day, start_month)
    assert day in year
    months = months_of(year)
    assert len(months) == 12
    assert months[0].month == start_month
    assert [month + 1 for month in months[:-1]] == months[1:]


def test_months_know_their_days() -> None:
    assert Month(2024, 2).period == Period(date(2024, 2, 1), date(2024, 2, 29))
    assert Month(2026, 1) + -1 == Month(2025, 12)


def test_a_start_month_is_a_month() -> None:
    with pytest.raises(DomainError):
        fiscal_year(TODAY, 13)


def test_a_closed_period_takes_nothing() -> None:
    check_open(date(2026, 1, 1), date(2025, 12, 31))
    check_open(date(1999, 1, 1), None)
    with pytest.raises(DomainError, match="closed"):
        check_open(date(2025, 12, 31), date(2025, 12, 31))
