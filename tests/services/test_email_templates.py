import pytest

from finance_app.documents.email_text import EmailKind
from finance_app.domain.errors import InvalidFields
from finance_app.models import Portal
from finance_app.services.delivery import templates as email_templates


def test_an_own_text_replaces_the_built_in_one_until_it_is_reset(session, owner):
    built_in, own = email_templates.get(session, owner, "invoice", "fr")
    assert not own
    email_templates.save(session, owner, "invoice", "fr", "Facture {number}", "Bonjour {contact}")
    assert email_templates.get(session, owner, "invoice", "fr")[0].subject == "Facture {number}"
    assert not email_templates.get(session, owner, "invoice", "en")[1]
    email_templates.reset(session, owner, "invoice", "fr")
    assert email_templates.get(session, owner, "invoice", "fr") == (built_in, False)


def test_an_unknown_placeholder_is_refused_with_the_list(session, owner):
    with pytest.raises(InvalidFields) as refusal:
        email_templates.save(session, owner, "invoice", "en", "Hi", "{nmber}")
    fault = refusal.value.faults["body"]
    assert fault.code == "email.error.unknown_placeholder"
    assert "{number}" in str(fault.params["allowed"])


ABOUT_A_CLIENT = {"estimate_viewed", "estimate_accepted", "estimate_declined"}
"""What tells the firm of a client, and names the client only."""


@pytest.mark.parametrize("locale", ["en", "fr"])
@pytest.mark.parametrize("kind", list(EmailKind))
def test_the_preview_fills_every_built_in_text(session, owner, kind, locale):
    session.add(Portal(name="Foo & Co", accent_color="#123456"))
    session.flush()
    template, _ = email_templates.get(session, owner, kind, locale)
    shown = email_templates.preview(session, owner, kind, locale, template.subject, template.message)
    assert "{" not in shown.subject + shown.plain
    assert ("Atelier Nord" if kind in ABOUT_A_CLIENT else "Foo &amp; Co") in shown.html
    assert "#123456" in shown.html


def test_the_preview_names_the_field_that_cannot_be_filled(session, owner):
    session.add(Portal(name="Foo"))
    session.flush()
    with pytest.raises(InvalidFields) as refusal:
        email_templates.preview(session, owner, "invoice", "en", "{nmber}", "Hello")
    assert list(refusal.value.faults) == ["subject"]
