import pytest

from finance_app.services.zoho.sync.remaining import Pace, seconds_left

NOON = 43_200.0


def pace(speed: float | None = None, used_today: int = 0) -> Pace:
    return Pace(speed, per_minute=120, per_day=1_000, used_today=used_today, until_midnight=NOON)


def test_the_limit_of_the_minute_tells_while_nothing_was_sent_yet() -> None:
    assert seconds_left(240, pace()) == 120


def test_a_slow_zoho_takes_longer_and_none_is_faster_than_the_limit() -> None:
    assert seconds_left(240, pace(speed=1.0)) == 240
    assert seconds_left(240, pace(speed=50.0)) == 120


@pytest.mark.parametrize(
    ("records", "used", "seconds"),
    [
        (400, 600, 200),
        (401, 600, NOON + 0.5),
        (1_400, 600, NOON + 86_400),
        (1_500, 600, NOON + 86_400 + 50),
        (10, 2_000, NOON + 5),
    ],
)
def test_what_the_day_does_not_hold_waits_for_the_next(records: int, used: int, seconds: float) -> None:
    assert seconds_left(records, pace(used_today=used)) == seconds


def test_nothing_left_takes_no_time() -> None:
    assert seconds_left(0, pace()) == 0
