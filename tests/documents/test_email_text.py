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
    "reason": "Our budget was cut.",
    "sender": "Camille Roy",
    "link": "https://example.com/i/abc?x=1&y=2",
}


BUDGET_VALUES = {
    "project": "Delcourt 2026",
    "part": "Milestone Concept",
    "client": "Maison Delcourt & Fils",
    "percent": "80%",
    "spent": "€9,600.00",
    "budget": "€12,000.00",
    "remaining": "€2,400.00",
    "left": "€2,400.00 are left.",
    "contact": "Hélène",
    "company": "Atelier Rivoli",
    "link": "https://example.com/projects/7",
}
TO_CLIENTS = (
    EmailKind.INVOICE,
    EmailKind.REMINDER,
    EmailKind.CREDIT_NOTE,
    EmailKind.RECEIPT,
    EmailKind.ESTIMATE,
    EmailKind.ESTIMATE_REMINDER,
    EmailKind.ESTIMATE_CONFIRMED,
    EmailKind.SALES_ORDER,
)
OF_BUDGETS = (EmailKind.BUDGET_THRESHOLD, EmailKind.BUDGET_OVERRUN)
ABOUT_ESTIMATES = (EmailKind.ESTIMATE_VIEWED, EmailKind.ESTIMATE_ACCEPTED, EmailKind.ESTIMATE_DECLINED)


def rendered(kind: EmailKind, locale: str):
    """The built-in e-mail with the values of its kind, after what is true of every one."""
    template = default_template(kind, locale)
    check(template, kind)
    values = BUDGET_VALUES if kind in OF_BUDGETS else VALUES
    text = render(template, values, locale)
    assert "{" not in text.subject + text.plain + text.html
    assert "\n\n" + values["link"] + "\n\n" in text.plain, "the link is a paragraph of its own: a button"
    assert text.html.count("display:inline-block") == 1
    assert text.plain.endswith("\nAtelier Rivoli\n")
    return text


def test_each_kind_is_looked_at():
    assert {*TO_CLIENTS, *OF_BUDGETS, *ABOUT_ESTIMATES} == set(EmailKind)
    assert set(VALUES) == set(PLACEHOLDERS)
    assert set(BUDGET_VALUES) == set(BUDGET_PLACEHOLDERS)


@pytest.mark.parametrize("kind", TO_CLIENTS)
@pytest.mark.parametrize("locale", ["en", "fr"])
def test_an_e_mail_to_a_client_greets_and_is_signed_by_a_person(kind, locale):
    text = rendered(kind, locale)
    assert "INV-2026-0042" in text.subject
    assert text.plain.startswith({"en": "Hello Hélène,", "fr": "Bonjour Hélène,"}[locale])
    assert text.plain.endswith("Camille Roy\nAtelier Rivoli\n")
    assert VALUES["reason"] not in text.plain


@pytest.mark.parametrize("kind", OF_BUDGETS)
@pytest.mark.parametrize("locale", ["en", "fr"])
def test_an_e_mail_of_a_budget_names_project_and_figures(kind, locale):
    text = rendered(kind, locale)
    assert "Delcourt 2026" in text.subject
    for name in ("percent", "spent", "budget", "contact"):
        assert BUDGET_VALUES[name] in text.plain


@pytest.mark.parametrize("kind", ABOUT_ESTIMATES)
@pytest.mark.parametrize("locale", ["en", "fr"])
def test_an_e_mail_to_a_manager_says_who_did_what_with_which_estimate(kind, locale):
    text = rendered(kind, locale)
    assert VALUES["client"] in text.subject
    assert "INV-2026-0042" in text.subject
    assert VALUES["client"] in text.plain
    assert VALUES["amount"] in text.plain
    assert "Camille Roy" not in text.plain, "the firm does not write to itself in a person's name"
    assert (VALUES["contact"] in text.plain) is (kind is EmailKind.ESTIMATE_ACCEPTED)
    assert (VALUES["reason"] in text.plain) is (kind is EmailKind.ESTIMATE_DECLINED)


@pytest.mark.parametrize("locale", ["en", "fr"])
def test_a_refusal_without_a_reason_leaves_no_gap(locale):
    template = default_template(EmailKind.ESTIMATE_DECLINED, locale)
    text = render(template, VALUES | {"reason": ""}, locale)
    assert "\n\n\n" not in text.plain
    assert "«" not in text.plain
    assert "“" not in text.plain


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
