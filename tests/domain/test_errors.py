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
def test_every_refusal_has_its_text_and_no_text_is_left_over(locale: str) -> None:
    texts = {key for key in messages(locale) if key.startswith("error.")}
    ours = {key for key in texts if key.rpartition(".")[0] in {code.rpartition(".")[0] for code in CODES}}
    assert ours == CODES
