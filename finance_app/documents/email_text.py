"""The text of e-mails that carry a document: templates with named placeholders, filled safely.

A template is a subject and a message in plain text. `{number}` is a placeholder; `{{` and `}}` are braces.
Values are put in once and never read again, so a value cannot bring in a placeholder; in a subject, line
breaks and control characters become spaces, so a value cannot bring in a header.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from html import escape

from finance_app.i18n import messages, t

PLACEHOLDERS = (
    "number",
    "company",
    "client",
    "contact",
    "project",
    "amount",
    "balance",
    "issue_date",
    "due_date",
    "days_overdue",
    "payment_date",
    "reason",
    "sender",
    "link",
)
"""What the e-mail of a document may name. `amount` is the total, or for a receipt what was received."""

BUDGET_PLACEHOLDERS = (
    "project",
    "part",
    "client",
    "percent",
    "spent",
    "budget",
    "remaining",
    "left",
    "contact",
    "company",
    "link",
)
"""What the e-mail of a budget may name. `part` is the milestone, task or person, empty for the project;
`left` says what is left and what to do."""

_TOKEN = re.compile(r"\{\{|\}\}|( ?)\{([^{}]*)\}|[{}]")
_UNSAFE = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")
_LINK = "link"


class EmailKind(StrEnum):
    INVOICE = "invoice"
    REMINDER = "reminder"
    CREDIT_NOTE = "credit_note"
    RECEIPT = "receipt"
    BUDGET_THRESHOLD = "budget_threshold"
    BUDGET_OVERRUN = "budget_overrun"
    ESTIMATE = "estimate"
    ESTIMATE_REMINDER = "estimate_reminder"
    ESTIMATE_CONFIRMED = "estimate_confirmed"
    SALES_ORDER = "sales_order"
    ESTIMATE_VIEWED = "estimate_viewed"
    ESTIMATE_ACCEPTED = "estimate_accepted"
    ESTIMATE_DECLINED = "estimate_declined"


def placeholders_of(kind: EmailKind) -> tuple[str, ...]:
    """What a template of this kind may name."""
    budgets = (EmailKind.BUDGET_THRESHOLD, EmailKind.BUDGET_OVERRUN)
    return BUDGET_PLACEHOLDERS if kind in budgets else PLACEHOLDERS


class TemplateError(ValueError):
    """A template that cannot be filled. `code` is `unknown_placeholder`, `missing_value` or `stray_brace`.

    `placeholder` is what was found; `message(locale)` says what happened and what to do.
    """

    def __init__(self, code: str, placeholder: str) -> None:
        super().__init__(f"{code}: {placeholder}")
        self.code = code
        self.placeholder = placeholder

    def message(self, locale: str) -> str:
        allowed = ", ".join(f"{{{name}}}" for name in PLACEHOLDERS)
        return t(locale, f"email.error.{self.code}", placeholder=self.placeholder, allowed=allowed)


@dataclass(frozen=True, slots=True)
class Template:
    subject: str
    message: str


@dataclass(frozen=True, slots=True)
class EmailText:
    """What is sent: the subject on one line, the message as plain text, and the same as HTML."""

    subject: str
    plain: str
    html: str


def default_template(kind: EmailKind, locale: str) -> Template:
    """The template of a language; subject and message may be replaced by the portal's own."""
    texts = messages(locale)
    return Template(str(texts[f"email.{kind}.subject"]), str(texts[f"email.{kind}.message"]).strip())


def check(template: Template, kind: EmailKind = EmailKind.INVOICE) -> None:
    """Raises TemplateError if the template names what its kind does not have, or holds a stray brace."""
    values = dict.fromkeys(placeholders_of(kind), "")
    _fill(template.subject, values)
    _fill(template.message, values)


def render(
    template: Template, values: Mapping[str, str], locale: str, *, accent: str = "#4F46E5"
) -> EmailText:
    """The e-mail of `template` with the placeholders replaced by `values`, as texts in the reader's language.

    An empty value takes the space before it, its line or its paragraph along. A `link` alone in its
    paragraph becomes a button in the HTML; only http and https addresses are linked. Raises TemplateError.
    """
    subject = " ".join(_UNSAFE.sub(" ", _fill(template.subject, values)).split())
    paragraphs = _paragraphs(template.message, values)
    html = "\n".join(_html_paragraph(part, values, locale, accent) for part in paragraphs)
    return EmailText(
        subject=subject,
        plain="\n\n".join(_fill(part, values) for part in paragraphs) + "\n",
        html=_PAGE.format(locale=escape(locale), subject=escape(subject), body=html),
    )


_PAGE = """<!doctype html>
<html lang="{locale}">
<head><meta charset="utf-8"><title>{subject}</title></head>
<body style="margin:0;padding:32px 20px;background:#ffffff;color:#16181f">
<div style="max-width:560px;margin:0 auto;font:15px/1.6 Inter,'Segoe UI',Helvetica,Arial,sans-serif">
{body}
</div>
</body>
</html>
"""


def _fill(text: str, values: Mapping[str, str]) -> str:
    def replace(match: re.Match[str]) -> str:
        token, space, name = match[0], match[1], match[2]
        if token in ("{{", "}}"):
            return token[0]
        if name is None:
            raise TemplateError("stray_brace", token)
        if name not in PLACEHOLDERS and name not in BUDGET_PLACEHOLDERS:
            raise TemplateError("unknown_placeholder", token.strip())
        if name not in values:
            raise TemplateError("missing_value", token.strip())
        return space + values[name] if values[name] else ""

    return _TOKEN.sub(replace, text)


def _paragraphs(message: str, values: Mapping[str, str]) -> list[str]:
    """The template's paragraphs, without the lines and paragraphs that consist of empty values."""
    found = []
    for part in re.split(r"\n\s*\n", message.replace("\r\n", "\n").strip()):
        lines = [line.strip() for line in part.split("\n")]
        kept = [line for line in lines if _fill(line, values).strip()]
        if kept:
            found.append("\n".join(kept))
    return found


def _html_paragraph(part: str, values: Mapping[str, str], locale: str, accent: str) -> str:
    target = values.get(_LINK, "")
    linked = target.lower().startswith(("https://", "http://"))
    if linked and part == "{link}":
        label = escape(t(locale, "email.button"))
        style = (
            f"display:inline-block;padding:11px 20px;border-radius:6px;background:{escape(accent)};"
            "color:#ffffff;font-weight:600;text-decoration:none"
        )
        return f'<p style="margin:24px 0"><a href="{escape(target)}" style="{style}">{label}</a></p>'
    shown = {name: escape(value).replace("\n", "<br>") for name, value in values.items()}
    if linked:
        shown[_LINK] = f'<a href="{escape(target)}">{escape(target)}</a>'
    text = _fill(escape(part), shown).replace("\n", "<br>\n")
    return f'<p style="margin:0 0 16px">{text}</p>'
