import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from finance_app.documents.email_text import (
    BUDGET_PLACEHOLDERS,
    PLACEHOLDERS,
    EmailKind,
    Template,
    TemplateError,
    check,
    default_template,
    render,
)

VALUES = {
    "number": "INV-2026-0042",
    "company": "Atelier Rivoli",
    "client": "Maison Delcourt & Fils",
    "contact": "Hélène",
    "project": "Delcourt 2026",
    "amount": "€2,754.96",
    "balance": "€1,754.96",
    "issue_date": "25 November 2026",
    "due_date": "25 December 2026",
    "days_overdue": "12",
    "payment_date": "2 December 2026",
    "sender": "Camille Roy",
    "link": "https://example.com/i/abc?x=1&y=2",
}


@pytest.mark.parametrize("kind", EmailKind)
@pytest.mark.parametrize("locale", ["en", "fr"])
def test_the_default_templates_are_complete_in_both_languages(kind, locale):
    template = default_template(kind, locale)
    check(template, kind)
    text = render(template, {**dict.fromkeys(BUDGET_PLACEHOLDERS, "Site 80"), **VALUES}, locale)
    assert ("Delcourt 2026" if kind.startswith("budget") else "INV-2026-0042") in text.subject
    assert "{" not in text.subject + text.plain + text.html
    assert VALUES["link"] in text.plain
    assert ("Atelier Rivoli" if kind.startswith("budget") else "Camille Roy\nAtelier Rivoli") in text.plain


def test_the_samples_name_every_placeholder():
    assert set(VALUES) == set(PLACEHOLDERS)


def test_an_unknown_placeholder_is_refused_with_the_allowed_ones():
    with pytest.raises(TemplateError) as caught:
        check(Template("Invoice {nmber}", "x"))
    assert caught.value.code == "unknown_placeholder"
    assert "{nmber}" in caught.value.message("en")
    assert "{number}, {company}" in caught.value.message("fr")
    assert "{link}" in caught.value.message("fr")


@pytest.mark.parametrize("text", ["{", "a } b", "{number", "{{number}", "{num{ber}}"])
def test_a_stray_brace_is_refused(text):
    with pytest.raises(TemplateError):
        check(Template("x", text))


@pytest.mark.parametrize("text", ["{number.__class__}", "{0}", "{}", "{number!r}", "{number:>99}"])
def test_nothing_of_format_strings_works(text):
    with pytest.raises(TemplateError, match="unknown_placeholder"):
        check(Template(text, "x"))


def test_doubled_braces_are_braces():
    assert render(Template("{{number}} {number}", "x"), VALUES, "en").subject == "{number} INV-2026-0042"


def test_a_missing_value_is_refused():
    with pytest.raises(TemplateError, match="missing_value"):
        render(Template("{number}", "x"), {}, "en")


def test_values_cannot_bring_in_placeholders_headers_or_markup():
    values = VALUES | {"client": "{link}\r\nBcc: all@example.com <b>", "contact": "<script>alert(1)</script>"}
    text = render(Template("For {client}", "Hello {contact}, {client}"), values, "en")
    assert text.subject == "For {link} Bcc: all@example.com <b>"
    assert "<script>" not in text.html
    assert "&lt;script&gt;" in text.html
    assert "{link}" in text.plain


@given(st.text())
def test_a_subject_is_always_one_line_without_control_characters(value):
    subject = render(Template("A {client} B", "x"), VALUES | {"client": value}, "en").subject
    assert not re.search(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]", subject)
    assert subject.splitlines() == [subject]


def test_an_empty_value_takes_its_space_and_its_line_along():
    values = VALUES | {"contact": "", "sender": "", "link": ""}
    text = render(default_template(EmailKind.INVOICE, "en"), values, "en")
    assert text.plain.startswith("Hello,\n\nPlease")
    assert text.plain.endswith("Kind regards,\nAtelier Rivoli\n")
    assert "\n\n\n" not in text.plain


def test_a_link_alone_is_a_button_and_elsewhere_an_anchor():
    text = render(Template("x", "See {link} now\n\n{link}"), VALUES, "fr")
    assert text.html.count('href="https://example.com/i/abc?x=1&amp;y=2"') == 2
    assert "Consulter en ligne" in text.html


def test_other_schemes_are_never_linked():
    text = render(Template("x", "{link}\n\na {link}"), VALUES | {"link": "javascript:alert(1)"}, "en")
    assert "href" not in text.html
