"""The addresses that a message goes to: read from what was typed, checked, and suggested from contacts."""

import re

from sqlalchemy import select
from sqlmodel import Session, col

from finance_app.domain.errors import DomainError
from finance_app.models import Contact

MOST = 20
SUBJECT_LIMIT = 300
_SEPARATORS = re.compile(r"[,;]")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
_NAMED = re.compile(r".*<\s*([^<>]+?)\s*>")
_LOCAL = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}")
_HOST = re.compile(r"(?=.{1,253}$)([A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z][A-Za-z0-9-]{0,62}")


def addresses(typed: str, field: str, *, required: bool = False) -> list[str]:
    """`Ann <ann@a.example>; bob@b.example` as plain addresses, each once.

    Raises DomainError at `field`: a line break (it could bring in a header), an address that is none, too
    many of them, or none where one is required.
    """
    if _CONTROL.search(typed.strip()):
        raise DomainError("delivery.error.line_break", field=field)
    found: dict[str, str] = {}
    for part in _SEPARATORS.split(typed):
        text = part.strip()
        if not text:
            continue
        named = _NAMED.fullmatch(text)
        address = _checked(named[1] if named else text, field)
        found.setdefault(address.casefold(), address)
    if required and not found:
        raise DomainError("delivery.error.no_recipient", field=field)
    if len(found) > MOST:
        raise DomainError("delivery.error.too_many_recipients", field=field, n=MOST)
    return list(found.values())


def _checked(address: str, field: str) -> str:
    local, _, host = address.rpartition("@")
    try:
        plain = host.encode("idna").decode("ascii")
    except UnicodeError:
        plain = ""
    dots = local.startswith(".") or local.endswith(".") or ".." in local
    if not _LOCAL.fullmatch(local) or dots or not _HOST.fullmatch(plain):
        raise DomainError("delivery.error.address", field=field, address=address[:100])
    return f"{local}@{plain}"


def subject_line(typed: str) -> str:
    """Raises DomainError at `subject` where it is empty, too long, or more than one line."""
    subject = typed.strip()
    if not subject:
        raise DomainError("common.error.required", field="subject")
    if _CONTROL.search(subject):
        raise DomainError("delivery.error.line_break", field="subject")
    if len(subject) > SUBJECT_LIMIT:
        raise DomainError("common.error.too_long", field="subject", n=SUBJECT_LIMIT)
    return subject


def contacts_with_address(session: Session, client_id: int) -> list[Contact]:
    """The contacts of a client who can be written to, the main one first."""
    return list(
        session.execute(
            select(Contact)
            .where(
                col(Contact.client_id) == client_id,
                col(Contact.archived_at).is_(None),
                col(Contact.email) != "",
            )
            .order_by(col(Contact.is_primary).desc(), col(Contact.id))
        ).scalars()
    )


def usual(contacts: list[Contact]) -> list[str]:
    """Those who receive invoices; where nobody is marked so, the main contact."""
    marked = [contact.email for contact in contacts if contact.receives_invoices]
    return marked or [contact.email for contact in contacts[:1]]
