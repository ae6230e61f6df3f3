from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from finance_app.domain.aging import PAST_DUE, SINCE_DONE, band_of

TODAY = date(2026, 3, 1)


@pytest.mark.parametrize(
    ("late", "band"),
    [(-40, "current"), (0, "current"), (1, "1_30"), (30, "1_30"), (31, "31_60"), (60, "31_60"),
     (61, "61_90"), (90, "61_90"), (91, "over_90"), (4000, "over_90")],
)  # fmt: skip
def test_what_is_due_today_is_not_late(late: int, band: str) -> None:
    assert PAST_DUE[band_of(TODAY - timedelta(days=late), TODAY, PAST_DUE)].name == band


@pytest.mark.parametrize("bands", [PAST_DUE, SINCE_DONE])
@given(st.integers(-3000, 3000))
def test_every_day_is_within_the_days_of_its_band_alone(bands, age: int) -> None:
    day = TODAY - timedelta(days=age)
    within = [
        place
        for place, band in enumerate(bands)
        if (band.days(TODAY)[0] or date.min) <= day <= (band.days(TODAY)[1] or date.max)
    ]
    assert within == [band_of(day, TODAY, bands)]
