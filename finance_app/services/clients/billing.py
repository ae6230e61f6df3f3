"""How a client is billed where it differs from the portal: terms, tax, rounding of time, currency."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import func, select
from sqlmodel import Session, col

from finance_app.domain.errors import DomainError
from finance_app.domain.money import RoundingMode
from finance_app.domain.permissions import Permission
from finance_app.domain.time import DurationError, RoundingScope, parse_duration
from finance_app.models import Client, CreditNote, Invoice, Payment, Project, Tax
from finance_app.services.accounts.identity import Actor
from finance_app.services.fields import Fields, read_id, reader_of
from finance_app.services.settings.portal import STEPS, TERMS

# Net days as the portal offers them, and the end of month that French firms agree on.
CLIENT_TERMS = (*TERMS, "eom:30", "eom:45")
FIELDS = {
    "payment_terms": 40,
    "tax_id": 20,
    "rounding_mode": 20,
    "rounding_step_minutes": 5,
    "rounding_scope": 20,
    "daily_cap": 10,
}


def taxes_in_use(session: Session, actor: Actor) -> list[Tax]:
    """What the form offers, the default first."""
    actor.require(Permission.CLIENTS_EDIT)
    statement = (
        select(Tax)
        .where(col(Tax.archived_at).is_(None))
        .order_by(col(Tax.is_default).desc(), col(Tax.name), col(Tax.id))
    )
    return list(session.execute(statement).scalars())


def form_values(client: Client | None) -> dict[str, str]:
    """What the form starts with; empty stands for "as the portal"."""
    if client is None:
        return dict.fromkeys(FIELDS, "")
    cap = client.daily_cap_seconds
    values = {
        "payment_terms": client.payment_terms,
        "tax_id": client.tax_id,
        "rounding_mode": client.rounding_mode,
        "rounding_step_minutes": client.rounding_step_minutes,
        "rounding_scope": client.rounding_scope,
        "daily_cap": f"{cap // 3600}:{cap % 3600 // 60:02}" if cap else "",
    }
    return {name: "" if value is None else str(value) for name, value in values.items()}


def checked(session: Session, data: Mapping[str, str], client: Client | None) -> dict[str, Any]:
    """The columns that the form gives. Raises InvalidFields."""
    fields = Fields(data, FIELDS)
    terms = fields.text("payment_terms")
    if terms and terms not in CLIENT_TERMS and not (client and client.payment_terms == terms):
        fields.refuse("payment_terms", DomainError("common.error.unknown_choice"))
    tax_id = fields.read("tax_id", read_id)
    tax = session.get(Tax, tax_id) if tax_id else None
    if tax_id and (tax is None or (tax.archived_at is not None and not (client and client.tax_id == tax_id))):
        fields.refuse("tax_id", DomainError("common.error.unknown_choice"))
    mode = fields.read("rounding_mode", reader_of(RoundingMode))
    step = fields.text("rounding_step_minutes")
    if step and step not in STEPS:
        fields.refuse("rounding_step_minutes", DomainError("common.error.unknown_choice"))
    rounds = mode is not None and mode is not RoundingMode.NONE
    values = {
        "payment_terms": terms or None,
        "tax_id": tax_id,
        "rounding_mode": mode,
        "rounding_step_minutes": int(step) if rounds and step in STEPS else None,
        "rounding_scope": fields.read("rounding_scope", reader_of(RoundingScope)) if rounds else None,
        "daily_cap_seconds": fields.read("daily_cap", _cap),
    }
    fields.check()
    return values


def _cap(text: str) -> int | None:
    if not text:
        return None
    if text.startswith(("-", "−")):
        raise DomainError("client.error.cap")
    try:
        seconds = parse_duration(text)
    except DurationError:
        raise DomainError("client.error.cap") from None
    if not 0 < seconds <= 24 * 3600:
        raise DomainError("client.error.cap")
    return seconds


def check_currency(session: Session, client: Client) -> None:
    """Raises DomainError where documents, payments or projects of the client are in its present currency."""
    for model, code in (
        (Invoice, "client.error.currency_invoices"),
        (CreditNote, "client.error.currency_invoices"),
        (Payment, "client.error.currency_payments"),
        (Project, "client.error.currency_projects"),
    ):
        count = session.execute(
            select(func.count())
            .select_from(model)
            .where(col(model.client_id) == client.id, col(model.currency) == client.currency)
        ).scalar_one()
        if count:
            raise DomainError(code, n=count, currency=client.currency)
