"""An estimate with two rates of tax, an option and a discount, for tests of what follows it."""

from decimal import Decimal
from typing import Any

from sqlmodel import Session, select

from finance_app.models import Estimate, Tax
from finance_app.services.accounts.identity import Actor
from finance_app.services.estimating import drafts, issuing
from finance_app.services.estimating.drafts import EstimateHead
from finance_app.services.estimating.papers import ESTIMATE
from finance_app.services.invoicing import editing
from finance_app.services.invoicing.editing import AddLine, SetHead
from tests.harness.invoices import Office


def estimate(session: Session, actor: Actor, place: Office, **head: Any) -> Estimate:
    """A draft: 10 h x 95.50 and a licence of 333.33 at 20 %, a book of 49.99 at 5.5 %, an option of 500."""
    low = session.exec(select(Tax).where(Tax.name == "TVA 5,5 %")).first()
    if low is None:
        low = Tax(name="TVA 5,5 %", rate=Decimal("5.5"))
        session.add(low)
        session.flush()
    made = drafts.create(session, actor, EstimateHead(client_id=place.client.id or 0, title="New website"))
    lines = [
        {"name": "Design", "quantity": "10", "unit": "hour", "unit_price": "95.50"},
        {"name": "Licence", "unit_price": "333.33"},
        {"name": "Handbook", "unit_price": "49.99", "tax_ids": [low.id]},
        {"name": "Training", "unit_price": "500", "optional": "true"},
    ]
    changes: list[Any] = [AddLine(values) for values in lines]
    if head:
        changes.append(SetHead(head))
    return editing.save(session, actor, made.id or 0, made.version, changes, ESTIMATE)


def sent(session: Session, actor: Actor, place: Office, **head: Any) -> Estimate:
    made = estimate(session, actor, place, **head)
    return issuing.mark_sent(session, actor, made.id or 0)
