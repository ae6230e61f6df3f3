"""What was given back at Zoho of a payment or a credit note."""

from collections.abc import Sequence
from typing import Any

from sqlmodel import Session, col, select

from finance_app.domain.money import to_minor
from finance_app.models import CreditNote, OutboxMessage, Payment, Refund, ZohoLink, ZohoSync
from finance_app.models.columns import now
from finance_app.models.kinds import OutboxState, PaymentMethod
from finance_app.services.clients import credit
from finance_app.services.crediting import use as credit_use
from finance_app.services.zoho.sync.bodies.settlements import METHODS, refund_mark
from finance_app.services.zoho.sync.look import link_of
from finance_app.services.zoho.sync.modules import Module, object_kind
from finance_app.services.zoho.sync.receiving.links import ZOHO, Raw, exact, known, past_day

ID_FIELDS = {
    Module.CREDIT_NOTE: ("creditnote_refund_id",),
    Module.PAYMENT: ("payment_refund_id", "refund_id"),
}


def is_any_busy(session: Session, owner: Any) -> bool:
    """Whether a refund of this credit note or payment is on its way."""
    of = (
        select(Refund.id)
        .outerjoin(CreditNote, col(CreditNote.id) == col(Refund.credit_note_id))
        .outerjoin(Payment, col(Payment.id) == col(Refund.payment_id))
        .where(owner)
    )
    found = session.exec(
        select(OutboxMessage.id).where(
            OutboxMessage.object_kind == object_kind(Module.REFUND),
            OutboxMessage.state == OutboxState.PENDING,
            col(OutboxMessage.object_id).in_(of),
        )
    ).first()
    return found is not None


def take(
    session: Session, sync: ZohoSync, module: Module, owner: CreditNote | Payment, rows: Sequence[Raw]
) -> bool:
    """New ones are recorded; one that was made there and is gone there is taken back. Raises DomainError."""
    sync_id, owner_id = sync.id or 0, owner.id or 0
    of_note = module is Module.CREDIT_NOTE
    changed, seen = False, set()
    for raw in rows:
        remote_id = next((str(raw[name]) for name in ID_FIELDS[module] if raw.get(name)), "")
        if not remote_id:
            continue
        seen.add(remote_id)
        mark = str(raw.get("reference_number") or "").rpartition(" ")[2]
        if known(session, sync_id, Module.REFUND, remote_id) or mark.startswith("[M-R"):
            continue
        amount = to_minor(exact(raw.get("amount") or raw.get("amount_fcy")), owner.currency)
        day, key = past_day(session, raw), f"zoho:{sync_id}:{module.value}/{remote_id}"[:64]
        made = (
            credit_use.refund(session, ZOHO, owner_id, amount, day, key)
            if of_note
            else credit.refund(session, ZOHO, owner_id, amount, day, key)
        )
        made.method = METHODS.get(str(raw.get("refund_mode")), PaymentMethod.OTHER)
        made.reference = str(raw.get("reference_number") or "")[:100]
        session.add(
            ZohoLink(
                sync_id=sync_id,
                module=Module.REFUND,
                local_id=made.id or 0,
                remote_id=remote_id,
                reference=refund_mark(made.id or 0),
                fingerprint="theirs",
                made_at_zoho=True,
                attempted_at=now(),
                pushed_at=now(),
            )
        )
        session.flush()
        changed = True
    column = Refund.credit_note_id if of_note else Refund.payment_id
    for made in session.exec(
        select(Refund).where(column == owner_id, col(Refund.removed_at).is_(None))
    ).all():
        link = link_of(session, sync_id, Module.REFUND, made.id or 0)
        if link is not None and link.made_at_zoho and link.remote_id not in seen:
            credit_use.take_back_refund(session, ZOHO, made.id or 0)
            made.request_key = None
            session.delete(link)
            session.flush()
            changed = True
    return changed
