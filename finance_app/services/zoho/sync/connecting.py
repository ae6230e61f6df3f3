"""From the connection to the sync: what was chosen, and beginning."""

from dataclasses import replace

from sqlmodel import Session

from finance_app.domain.errors import DomainError
from finance_app.integrations.zoho import Product
from finance_app.models.kinds import ContactPreference
from finance_app.services.accounts.identity import Actor
from finance_app.services.zoho import connection
from finance_app.services.zoho.sync import runs, starting


def setup(session: Session) -> starting.Setup:
    """What the saved connection says. Raises DomainError without one."""
    row = connection.active(session)
    if row is None:
        raise DomainError("zoho.error.not_connected")
    return starting.Setup(
        row.id or 0,
        Product(row.product.value),
        row.organisation,
        row.currency,
        row.bill_from,
        row.contacts is ContactPreference.CLONE,
    )


def start(session: Session, actor: Actor) -> runs.Run:
    """The first sync after the wizard, a sync after its choices were changed, or *Instant sync*, which joins
    one that runs."""
    wanted = setup(session)
    row = starting.active(session)
    same = row is not None and starting.is_as(row, wanted)
    joined = same and row is not None and starting.is_open(session, row.id or 0)
    made = starting.start(session, actor) if same else starting.begin(session, actor, wanted)
    return replace(runs.shown(session, made), joined=joined)
