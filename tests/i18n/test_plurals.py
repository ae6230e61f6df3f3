import pytest

from finance_app.i18n.catalogue import t


@pytest.mark.parametrize(
    ("locale", "n", "text"),
    [("en", 1, "One line"), ("en", 4126, "4,126 lines"), ("fr", 4126, "4\u202f126 lignes")],
)
def test_a_count_chooses_its_form_and_stands_as_the_reader_writes_numbers(locale, n, text):
    assert t(locale, "invoice.lines", n=n) == text
