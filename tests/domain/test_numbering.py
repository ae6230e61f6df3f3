from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from finance_app.domain.errors import DomainError
from finance_app.domain.numbering import (
    NumberPattern,
    Series,
    check_issue_date,
    missing_numbers,
    next_number,
)

DAY = date(2026, 11, 25)


@pytest.mark.parametrize(
    ("pattern", "number", "printed"),
    [
        ("INV-{year}-{number:04d}", 7, "INV-2026-0007"),
        ("INV-{year}-{number:04d}", 12345, "INV-2026-12345"),
        ("F{yy}/{number}", 3, "F26/3"),
        ("{number:03d}/{year}", 3, "003/2026"),
    ],
)
def test_numbers_follow_their_pattern(pattern: str, number: int, printed: str) -> None:
    assert NumberPattern(pattern).format(DAY, number) == printed


def test_a_two_digit_year_keeps_its_zero() -> None:
    assert NumberPattern("F{yy}-{number}").format(date(2107, 1, 1), 1) == "F07-1"


def test_a_series_is_a_prefix_and_a_year_and_survives_wider_padding() -> None:
    narrow, wide = NumberPattern("INV-{year}-{number:03d}"), NumberPattern("INV-{year}-{number:05d}")
    assert narrow.series(DAY) == wide.series(DAY) == Series("INV--", 2026)
    assert narrow.series(date(2027, 1, 1)) != narrow.series(DAY)
    assert NumberPattern("CN-{year}-{number}").series(DAY) != narrow.series(DAY)


@given(
    st.sampled_from(["INV-{year}-{number:04d}", "{yy}{number:03d}", "{number}-{year}"]),
    st.lists(
        st.tuples(st.dates(date(2000, 1, 1), date(2099, 12, 31)), st.integers(1, 10**6)),
        min_size=2,
        max_size=2,
    ),
)
def test_two_documents_never_print_the_same_number(pattern: str, documents: list[tuple[date, int]]) -> None:
    (first_day, first), (second_day, second) = documents
    numbers = NumberPattern(pattern)
    same = (numbers.series(first_day), first) == (numbers.series(second_day), second)
    assert (numbers.format(first_day, first) == numbers.format(second_day, second)) is same


@pytest.mark.parametrize(
    ("pattern", "reason"),
    [
        ("INV-{year}", "number_once"),
        ("{number}-{number}-{year}", "number_once"),
        ("INV-{number}", "year_once"),
        ("{yy}{year}{number}", "year_once"),
        ("INV-{year}-{number}-{client}", "unknown_field"),
        ("INV-{year}-{number}-}", "unknown_field"),
    ],
)
def test_patterns_that_cannot_number(pattern: str, reason: str) -> None:
    with pytest.raises(DomainError, match=f"error.numbering.{reason}"):
        NumberPattern(pattern)


@given(st.integers(0, 50))
def test_counting_leaves_no_gap(count: int) -> None:
    given_out: list[int] = []
    for _ in range(count):
        given_out.append(next_number(given_out[-1] if given_out else None))
    assert given_out == list(range(1, count + 1))
    assert missing_numbers(given_out) == []


def test_gaps_are_found() -> None:
    assert missing_numbers([5, 1, 2]) == [3, 4]


def test_strict_dates_never_run_backwards() -> None:
    check_issue_date(DAY, DAY, strict=True)
    check_issue_date(DAY, None, strict=True)
    check_issue_date(date(2026, 11, 24), DAY, strict=False)
    with pytest.raises(DomainError, match="date_runs_backwards"):
        check_issue_date(date(2026, 11, 24), DAY, strict=True)
