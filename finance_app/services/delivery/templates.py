"""The portal's own wording of its e-mails; without one the built-in text is used."""

from datetime import timedelta
from decimal import Decimal

from sqlalchemy import select
from sqlmodel import Session, col

from finance_app.documents.email_text import (
    EmailKind,
    EmailText,
    Template,
    TemplateError,
    check,
    default_template,
    placeholders_of,
    render,
)
from finance_app.domain.errors import DomainError, InvalidFields
from finance_app.domain.numbering import NumberPattern
from finance_app.domain.permissions import Permission
from finance_app.i18n import LOCALES, t
from finance_app.i18n.formats import day, money, percent
from finance_app.models import EmailTemplate
from finance_app.models.columns import now
from finance_app.services.accounts.identity import Actor
from finance_app.services.audit import trail as audit
from finance_app.services.settings import portal as portal_settings

_LIMITS = {"subject": 300, "body": 10_000}


def get(session: Session, actor: Actor, kind: str, locale: str) -> tuple[Template, bool]:
    """The wording in use, and whether it is the portal's own. Raises DomainError for an unknown kind."""
    actor.require(Permission.SETTINGS_EDIT)
    row = _row(session, kind, locale)
    return (
        (Template(row.subject, row.body), True) if row else (default_template(EmailKind(kind), locale), False)
    )


def save(session: Session, actor: Actor, kind: str, locale: str, subject: str, body: str) -> None:
    """Raises InvalidFields: empty, too long, or with a placeholder that does not exist."""
    actor.require(Permission.SETTINGS_EDIT)
    row = _row(session, kind, locale)
    _check(kind, subject, body)
    before = {"subject": row.subject, "body": row.body} if row else {}
    row = row or EmailTemplate(kind=kind, locale=locale)
    row.subject, row.body = subject.strip(), body.strip()
    session.add(row)
    session.flush()
    audit.record(session, actor, "email_template", row.id, "changed", before=before,
                 after={"subject": row.subject, "body": row.body}, name=f"{kind}/{locale}")  # fmt: skip


def preview(session: Session, actor: Actor, kind: str, locale: str, subject: str, body: str) -> EmailText:
    """An e-mail of this wording with sample values, in the portal's colour. Raises InvalidFields."""
    portal = portal_settings.get(session, actor)
    _row(session, kind, locale)
    _check(kind, subject, body)
    today = now().date()
    used = 102 if kind == EmailKind.BUDGET_OVERRUN else 80
    issued, due = today - timedelta(days=45), today - timedelta(days=15)
    values = {
        "number": NumberPattern(portal.invoice_pattern).format(issued, 42),
        "company": portal.name,
        "client": "Atelier Nord",
        "contact": "Camille Martin",
        "project": "Atelier Nord – 2026",
        "amount": money(144_000, portal.base_currency, locale),
        "balance": money(0 if kind == EmailKind.RECEIPT else 144_000, portal.base_currency, locale),
        "issue_date": day(issued, locale, "long"),
        "due_date": day(due, locale, "long"),
        "days_overdue": "15",
        "payment_date": day(today, locale, "long"),
        "reason": t(locale, "email.sample_reason"),
        "sender": actor.name,
        "part": "",
        "percent": percent(Decimal(used), locale),
        "spent": money(used * 12_000, portal.base_currency, locale),
        "budget": money(1_200_000, portal.base_currency, locale),
        "remaining": money((100 - used) * 12_000, portal.base_currency, locale),
        "left": t(locale, "budget.left", amount=money((100 - used) * 12_000, portal.base_currency, locale))
        if used < 100
        else t(locale, "budget.nothing_left"),
        "link": "https://example.com/i/…",
    }
    return render(Template(subject, body), values, locale, accent=portal.accent_color)


def _check(kind: str, subject: str, body: str) -> None:
    faults: dict[str, DomainError] = {}
    for name, text in (("subject", subject), ("body", body)):
        if not text.strip():
            faults[name] = DomainError("common.error.required")
        elif len(text) > _LIMITS[name]:
            faults[name] = DomainError("common.error.too_long", n=_LIMITS[name])
        else:
            try:
                check(Template(text, ""), EmailKind(kind))
            except TemplateError as fault:
                allowed = ", ".join(f"{{{name}}}" for name in placeholders_of(EmailKind(kind)))
                faults[name] = DomainError(
                    f"email.error.{fault.code}", placeholder=fault.placeholder, allowed=allowed
                )
    if faults:
        raise InvalidFields(faults)


def reset(session: Session, actor: Actor, kind: str, locale: str) -> None:
    """Go back to the built-in text."""
    actor.require(Permission.SETTINGS_EDIT)
    if row := _row(session, kind, locale):
        before = {"subject": row.subject, "body": row.body}
        audit.record(session, actor, "email_template", row.id, "deleted", before=before)
        session.delete(row)
        session.flush()


def _row(session: Session, kind: str, locale: str) -> EmailTemplate | None:
    if kind not in set(EmailKind) or locale not in LOCALES:
        raise DomainError("common.error.unknown_choice")
    statement = select(EmailTemplate).where(
        col(EmailTemplate.kind) == kind, col(EmailTemplate.locale) == locale
    )
    return session.execute(statement).scalars().first()
