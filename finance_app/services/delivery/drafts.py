"""The wording of an e-mail before it is sent: template, known values, and the preview of what will arrive."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlmodel import Session, col

from finance_app.documents.data import Document
from finance_app.documents.email_text import (
    EmailKind,
    EmailText,
    Template,
    TemplateError,
    default_template,
    render,
)
from finance_app.documents.wording import amount_text
from finance_app.domain.errors import DomainError
from finance_app.i18n.formats import day
from finance_app.models import EmailTemplate

LATER = ("number", "link")
"""What a draft does not have yet: it is filled in when the e-mail is sent."""


@dataclass(frozen=True, slots=True)
class MailDraft:
    """What the dialog starts with. `{number}` and `{link}` may still stand in the texts."""

    to: str
    cc: str
    subject: str
    body: str
    suggestions: tuple[str, ...] = ()


def template_of(session: Session, kind: EmailKind, locale: str) -> Template:
    """The portal's own template in the language, or the built-in one."""
    row = (
        session.execute(
            select(EmailTemplate)
            .where(col(EmailTemplate.kind) == kind.value, col(EmailTemplate.locale) == locale)
            .order_by(col(EmailTemplate.id).desc())
            .limit(1)
        )
        .scalars()
        .first()
    )
    return Template(row.subject, row.body) if row else default_template(kind, locale)


def values_of(document: Document, sender: str, today: date) -> dict[str, str]:
    """The placeholders of a document's e-mail, in its language; `number` and `link` only where known."""
    locale = document.locale
    late = (today - document.due_date).days if document.due_date else 0
    return {
        "number": document.number or "",
        "company": document.company.name,
        "client": document.client.name,
        "contact": document.client.contact,
        "project": ", ".join(document.projects),
        "amount": amount_text(document, document.total_minor),
        "balance": amount_text(document, document.balance_minor),
        "issue_date": day(document.issue_date, locale, "long") if document.issue_date else "",
        "due_date": day(document.due_date, locale, "long") if document.due_date else "",
        "days_overdue": str(max(0, late)),
        "payment_date": "",
        "reason": "",
        "sender": sender,
        "link": "",
    }


def fill(template: Template, values: Mapping[str, str], locale: str) -> Template:
    """The template with its known values put in, still a template: what is in LATER and empty stays open.

    Raises DomainError where the template names what does not exist.
    """
    known = {
        name: f"{{{name}}}" if name in LATER and not value else _escaped(value)
        for name, value in values.items()
    }
    kept = Template(_kept_braces(template.subject), _kept_braces(template.message))
    text = _rendered(kept, known, locale)
    return Template(text.subject, text.plain.rstrip("\n"))


def finished(template: Template, values: Mapping[str, str], locale: str, accent: str) -> EmailText:
    """The e-mail as it arrives. Raises DomainError at `body` for an unknown placeholder."""
    return _rendered(template, values, locale, accent=accent)


def _rendered(template: Template, values: Mapping[str, str], locale: str, **more: str) -> EmailText:
    try:
        return render(template, values, locale, **more)
    except TemplateError as fault:
        raise DomainError(
            f"delivery.error.{fault.code}", field="body", placeholder=fault.placeholder
        ) from fault


def _escaped(value: str) -> str:
    return value.replace("{", "{{").replace("}", "}}")


def _kept_braces(text: str) -> str:
    """A doubled brace stays doubled through one more filling."""
    return text.replace("{{", "{{{{").replace("}}", "}}}}")
