"""Whether what went wrong is Zoho's trouble or that of one record, and what follows from it."""

from datetime import timedelta

from sqlalchemy import Engine
from sqlmodel import Session

from finance_app import db
from finance_app.integrations.zoho import Cause, ZohoError
from finance_app.models import OutboxMessage, ZohoSync
from finance_app.models.columns import now
from finance_app.services import outbox
from finance_app.services.zoho.sync import errors, queue
from finance_app.services.zoho.sync.modules import Module
from finance_app.services.zoho.sync.wanted import Unfit

SILENT = (Cause.UNREACHABLE, Cause.BROKEN)
"""As a rule that is Zoho's trouble, and not that of the record which it happened to."""
SILENCES = 3
"""From so many in a row on Zoho is taken to be out of order."""


class Waits(Exception):
    """What this record refers to is not there and cannot be sent now."""

    def __init__(self, module: Module, local_id: int):
        super().__init__(f"{module}:{local_id}")
        self.module, self.local_id = module, local_id


class Trouble:
    """What befalls the records that a worker sends."""

    def __init__(self, engine: Engine | None, sync_id: int):
        self._engine, self._sync_id = engine, sync_id
        self._is_heard = True
        """Whether something got through since a record was first said to fail by itself."""

    def is_over(self) -> None:
        """Something got through."""
        self._is_heard = True

    def settle(
        self, message: OutboxMessage, module: Module, local_id: int, fault: ZohoError | Unfit | Waits
    ) -> ZohoError | None:
        """Note why the record of a message did not go. The answer is a fault that concerns all records, after
        which it is better to stop."""
        with db.transaction(self._engine) as session:
            if isinstance(fault, Waits):
                outbox.mark_failed(session, message, queue.WAITING, f"{fault.module}:{fault.local_id}")
                errors.resolve(session, self._sync_id, module, local_id, *errors.LACKING)
                return None
            if isinstance(fault, ZohoError) and fault.cause in (Cause.THROTTLED, Cause.SIGNED_OUT):
                outbox.put_back(session, message)
                return fault
            of_all = self._is_of_all(session, message, fault)
            is_last = message.attempts > len(outbox.BACKOFF)
            is_known = errors.is_open(session, self._sync_id, module, local_id)
            if isinstance(fault, ZohoError) and fault.cause in SILENT and not of_all and not is_known:
                self._is_heard = False
            if is_last or not of_all:
                errors.note(session, self._sync_id, module, local_id, fault)
            if isinstance(fault, Unfit):
                outbox.mark_failed(session, message, "unfit", fault.reason)
            elif is_last or not (fault.may_pass or fault.cause is Cause.IN_USE):
                outbox.mark_failed(session, message, fault.cause, fault.message)
            else:
                moment = now() + queue.pause(message.attempts)
                outbox.retry_at(session, message, moment, fault.cause, fault.message)
        return fault if of_all and isinstance(fault, ZohoError) else None

    def _is_of_all(self, session: Session, message: OutboxMessage, fault: ZohoError | Unfit) -> bool:
        """Whether Zoho is in trouble rather than this record: for silence or a 5xx that holds until it comes
        again while others get through."""
        if isinstance(fault, Unfit) or fault.cause not in SILENT:
            return False
        silences = session.get_one(ZohoSync, self._sync_id).silences
        return message.attempts == 1 or silences > 0 or not self._is_heard

    def stops(self, fault: ZohoError, module: Module, local_id: int) -> bool:
        """Whether what happened to a record that is sent first concerns more than that record."""
        if fault.cause not in SILENT:
            return fault.cause in (Cause.THROTTLED, Cause.SIGNED_OUT)
        with db.reading(self._engine) as session:
            return not errors.is_open(session, self._sync_id, module, local_id)


def block(session: Session, sync_id: int, fault: ZohoError) -> None:
    """Nothing is sent for a while: as long as Zoho asks, or longer each time that nobody answers."""
    row = session.get_one(ZohoSync, sync_id)
    if fault.cause is Cause.SIGNED_OUT:
        row.stalled = "signed_out"
        errors.note(session, sync_id, errors.CONNECTION, 0, fault)
    elif fault.cause is Cause.THROTTLED:
        row.blocked_until = now() + timedelta(seconds=max(fault.wait or 60, 1))
    else:
        row.silences += 1
        if row.silences >= SILENCES:
            row.blocked_until = now() + queue.pause(row.silences - SILENCES + 1)
            errors.note(session, sync_id, errors.CONNECTION, 0, fault)
    session.flush()


def heard(session: Session, sync_id: int) -> None:
    """Zoho has answered: what waited for that goes at once."""
    row = session.get_one(ZohoSync, sync_id)
    if row.silences >= SILENCES:
        queue.hasten(session, [cause.value for cause in SILENT])
    row.silences = 0
    errors.resolve(session, sync_id, errors.CONNECTION, 0)
