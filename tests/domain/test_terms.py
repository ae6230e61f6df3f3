from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from finance_app.domain.errors import DomainError
from finance_app.domain.terms import DueRule, PaymentTerms


@pytest.mark.parametrize(
    ("terms", "invoiced", "due"),
    [
        (PaymentTerms(), "2026-11-25", "2026-11-25"),
        (PaymentTerms(days=30), "2026-01-31", "2026-03-02"),
        (PaymentTerms(DueRule.LAST_DAY_OF_MONTH, days=45), "2026-11-25", "2027-01-31"),
        (PaymentTerms(DueRule.LAST_DAY_OF_MONTH), "2026-11-30", "2026-11-30"),
        (PaymentTerms(DueRule.FIRST_OF_NEXT_MONTH), "2026-12-31", "2027-01-01"),
        (PaymentTerms(DueRule.DAY_OF_MONTH, day=15), "2026-12-15", "2027-01-15"),
        (PaymentTerms(DueRule.DAY_OF_MONTH, day=31), "2027-01-31", "2027-02-28"),
        (PaymentTerms(DueRule.DAY_OF_MONTH, days=30, day=10), "2026-11-25", "2027-01-10"),
    ],
)
def test_due_dates(terms: PaymentTerms, invoiced: str, due: str) -> None:
    assert terms.due_date(date.fromisoformat(invoiced)) == date.fromisoformat(due)


@given(
    st.sampled_from(
        [PaymentTerms(rule, days) for rule in DueRule if rule is not DueRule.DAY_OF_MONTH for days in (0, 45)]
        + [PaymentTerms(DueRule.DAY_OF_MONTH, day=day) for day in (1, 29, 31)]
    ),
    st.dates(max_value=date(9000, 1, 1)),
)
def test_nothing_is_due_before_it_is_invoiced(terms: PaymentTerms, invoiced: date) -> None:
    assert terms.due_date(invoiced) >= invoiced


@pytest.mark.parametrize(
    "arguments",
    [
        {"days": -1},
        {"rule": DueRule.DAY_OF_MONTH},
        {"rule": DueRule.DAY_OF_MONTH, "day": 32},
        {"rule": DueRule.NET_DAYS, "day": 5},
    ],
)
def test_terms_that_make_no_sense_are_refused(arguments: dict) -> None:
    with pytest.raises(DomainError):
        PaymentTerms(**arguments)
