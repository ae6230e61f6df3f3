"""Payment terms as they are stored."""

from finance_app.domain.errors import DomainError
from finance_app.domain.terms import DueRule, PaymentTerms

_RULES = {
    "net": DueRule.NET_DAYS,
    "eom": DueRule.LAST_DAY_OF_MONTH,
    "first": DueRule.FIRST_OF_NEXT_MONTH,
    "day": DueRule.DAY_OF_MONTH,
}


def terms_of(text: str) -> PaymentTerms:
    """Payment terms as stored: `net:30`, `eom:45` (end of month), `first:0` (of next month), `day:0:15`.

    Raises DomainError.
    """
    rule, *numbers = text.split(":")
    if rule not in _RULES or not all(number.isdecimal() for number in numbers) or len(numbers) > 2:
        raise DomainError("invoicing.error.terms", field="payment_terms")
    days, *day = map(int, numbers or ["0"])
    return PaymentTerms(_RULES[rule], days, day[0] if day else None)
