"""How old an amount is: bands of receivables (days past due) and of work in progress (days since done)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta


@dataclass(frozen=True, slots=True)
class Band:
    """Ages in days from `youngest` to `oldest`, both included; None where it has no end."""

    name: str
    youngest: int | None
    oldest: int | None

    def days(self, today: date) -> tuple[date | None, date | None]:
        """The first and the last date whose age falls into the band."""
        first = None if self.oldest is None else today - timedelta(days=self.oldest)
        last = None if self.youngest is None else today - timedelta(days=self.youngest)
        return first, last


PAST_DUE = (
    Band("current", None, 0),
    Band("1_30", 1, 30),
    Band("31_60", 31, 60),
    Band("61_90", 61, 90),
    Band("over_90", 91, None),
)
"""What is due today is not late."""
SINCE_DONE = (
    Band("0_30", None, 30),
    Band("31_60", 31, 60),
    Band("61_90", 61, 90),
    Band("over_90", 91, None),
)


def band_of(day: date, today: date, bands: Sequence[Band]) -> int:
    """The place of the band that the age of `day` falls into."""
    age = (today - day).days
    return next((place for place, band in enumerate(bands) if band.oldest is None or age <= band.oldest), 0)
