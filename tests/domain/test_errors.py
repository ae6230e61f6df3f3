import re
from pathlib import Path

import pytest

import finance_app.domain
from finance_app.domain.workflow import ApprovalMove, CreditNoteAction, InvoiceAction
from finance_app.i18n import LOCALES, messages

DOMAIN = Path(finance_app.domain.__file__).parent
CODES = {
    *(
        code
        for file in DOMAIN.glob("*.py")
        for code in re.findall(r'"(error\.[a-z_.]+)"', file.read_text("utf-8"))
    ),
    *(f"error.invoice.cannot_{action.value}" for action in InvoiceAction),
    *(f"error.credit_note.cannot_{action.value}" for action in CreditNoteAction),
    *(f"error.time_log.cannot_{move.value}" for move in ApprovalMove),
    "error.time_log.submitted",
    "error.time_log.approved",
}


@pytest.mark.parametrize("locale", LOCALES)
def test_every_refusal_has_its_text(locale: str) -> None:
    assert CODES - messages(locale).keys() == set()


def test_the_languages_name_the_same_parameters() -> None:
    parameters = [
        {code: set(re.findall(r"\{(\w+)\}", str(messages(locale)[code]))) for code in CODES}
        for locale in LOCALES
    ]
    assert parameters[0] == parameters[1]
