"""One record to Zoho: found or made once, changed where it differs, brought to its state, noted as linked.

Before a record is created, its link says so (`attempted_at`), in a transaction of its own. Whatever happens
then - the answer is lost, the worker dies - the next attempt looks for the record by its reference first, and
takes what it finds. So there is one at Zoho, however often it is tried."""

import logging
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

from sqlalchemy import Engine
from sqlmodel import Session

from finance_app import db
from finance_app.integrations.zoho import Books, Cause, ZohoError
from finance_app.jobs.zoho import following
from finance_app.models import OutboxMessage, ZohoLink, ZohoSync
from finance_app.models.columns import now
from finance_app.services import outbox
from finance_app.services.zoho.sync import errors, queue
from finance_app.services.zoho.sync.bodies import RECIPES
from finance_app.services.zoho.sync.bodies.gone import STAYS_AWAY
from finance_app.services.zoho.sync.bodies.master import CLONE
from finance_app.services.zoho.sync.look import Look, link_of
from finance_app.services.zoho.sync.modules import Module, module_of
from finance_app.services.zoho.sync.taxes import FirstTax
from finance_app.services.zoho.sync.wanted import (
    CONTACTS,
    First,
    Gone,
    NoMinute,
    Nothing,
    Place,
    Plan,
    Unfit,
    Wanted,
)

logger = logging.getLogger(__name__)

CREATES = 3
"""How often a create that got no answer is made again within one attempt, each time after a look."""
SILENT = (Cause.UNREACHABLE, Cause.BROKEN)
"""As a rule that is Zoho's trouble, and not that of the record which it happened to."""
SILENCES = 3
"""From so many in a row on Zoho is taken to be out of order."""
Raw = Mapping[str, Any]


class LeaseLost(Exception):
    """Another worker speaks to Zoho by now."""


class Waits(Exception):
    """What this record refers to is not there and cannot be sent now."""

    def __init__(self, module: Module, local_id: int):
        super().__init__(f"{module}:{local_id}")
        self.module, self.local_id = module, local_id


class Sender:
    """Sends records of one organisation. `alive` renews the worker's lease or raises LeaseLost."""

    def __init__(
        self,
        books: Books,
        engine: Engine | None,
        sync_id: int,
        alive: Callable[[], None] = lambda: None,
    ):
        self._books, self._engine, self._sync_id, self._alive = books, engine, sync_id, alive
        self._accounts: dict[str, tuple[str, str]] | None = None
        self._on_the_way: list[tuple[Module, int]] = []
        self._is_heard = True
        """Whether something got through since a record was first said to fail by itself."""

    @property
    def answers(self) -> int:
        return self._books.call.answers

    async def deliver(self, message: OutboxMessage) -> ZohoError | None:
        """Send the record of a message and settle it. The answer is a fault that concerns all records, after
        which it is better to stop; the message is then tried again."""
        module, local_id = module_of(message.object_kind), message.object_id or 0
        try:
            await self.send(module, local_id)
        except (ZohoError, Unfit, Waits) as fault:
            return self._settle(message, module, local_id, fault)
        self._is_heard = True
        with db.transaction(self._engine) as session:
            errors.resolve(session, self._sync_id, module, local_id)
            outbox.mark_done(session, message)
        return None

    def _settle(
        self, message: OutboxMessage, module: Module, local_id: int, fault: ZohoError | Unfit | Waits
    ) -> ZohoError | None:
        with db.transaction(self._engine) as session:
            if isinstance(fault, Waits):
                outbox.mark_failed(session, message, queue.WAITING, f"{fault.module}:{fault.local_id}")
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
            elif fault.may_pass or fault.cause is Cause.IN_USE:
                moment = now() + queue.pause(message.attempts)
                if is_last:
                    outbox.mark_failed(session, message, fault.cause, fault.message)
                else:
                    outbox.retry_at(session, message, moment, fault.cause, fault.message)
            else:
                outbox.mark_failed(session, message, fault.cause, fault.message)
        return fault if of_all and isinstance(fault, ZohoError) else None

    def _is_of_all(self, session: Session, message: OutboxMessage, fault: ZohoError | Unfit) -> bool:
        """Whether Zoho is in trouble rather than this record: for silence or a 5xx that holds until it comes
        again while others get through."""
        if isinstance(fault, Unfit) or fault.cause not in SILENT:
            return False
        silences = session.get_one(ZohoSync, self._sync_id).silences
        return message.attempts == 1 or silences > 0 or not self._is_heard

    async def send(self, module: Module, local_id: int) -> None:
        """Bring the record to Zoho as it is now, and before it whatever it refers to.

        Raises ZohoError, Unfit, or Waits where that fails for what it refers to."""
        self._alive()
        if self._accounts is None and module in (Module.EXPENSE, Module.REFUND):
            await self._read_accounts()
        plan = await self._plan(module, local_id)
        if isinstance(plan, Wanted):
            await self._bring(module, local_id, plan)
        elif isinstance(plan, Gone):
            await self._take_away(module, local_id, plan)

    async def _plan(self, module: Module, local_id: int) -> Plan:
        sent: set[tuple[Module, int]] = set()
        while True:
            with db.reading(self._engine) as session:
                sync = session.get_one(ZohoSync, self._sync_id)
                look = Look(session, sync, self._accounts or {}, sent=frozenset(sent))
                try:
                    return RECIPES[module](look, local_id)
                except First as first:
                    missing = first
            for id in missing.ids:
                if (missing.module, id) in sent:
                    raise Waits(missing.module, id)
                await self._send_first(missing, id, (module, local_id))
                sent.add((missing.module, id))

    async def _send_first(self, missing: First, id: int, of: tuple[Module, int]) -> None:
        key = (missing.module, id)
        if key in self._on_the_way:
            raise Waits(*key)
        self._on_the_way.append(of)
        try:
            if isinstance(missing, FirstTax):
                await self._bring(*key, missing.wanted)
            else:
                await self.send(*key)
        except (ZohoError, Unfit) as fault:
            if isinstance(fault, ZohoError) and self._stops(fault, key):
                raise
            with db.transaction(self._engine) as session:
                errors.note(session, self._sync_id, *key, fault)
            raise Waits(*key) from fault
        finally:
            self._on_the_way.pop()

    def _stops(self, fault: ZohoError, key: tuple[Module, int]) -> bool:
        """Whether what happened to a record that is sent first concerns more than that record."""
        if fault.cause not in SILENT:
            return fault.cause in (Cause.THROTTLED, Cause.SIGNED_OUT)
        with db.reading(self._engine) as session:
            return not errors.is_open(session, self._sync_id, *key)

    async def _bring(self, module: Module, local_id: int, wanted: Wanted) -> None:
        with db.reading(self._engine) as session:
            link = link_of(session, self._sync_id, module, local_id)
        fingerprint = wanted.fingerprint()
        if link and link.remote_id and link.fingerprint == fingerprint:
            return
        if not wanted.body:  # only what follows
            await self._after(module, local_id, wanted, {}, "", fingerprint)
            return
        if link and link.remote_id:
            record = await self._change(module, local_id, link, wanted)
        else:
            if link is None and not wanted.adopts and wanted.place is CONTACTS:
                wanted = await self._beside(module, local_id, wanted)
                fingerprint = wanted.fingerprint()
            record = await self._make(module, local_id, link, wanted)
        remote_id = str(record.get(wanted.place.id) or (link.remote_id if link else ""))
        if wanted.total is not None and record.get("total") is not None:
            self._check_total(wanted, record)
        await self._after(module, local_id, wanted, record, remote_id, fingerprint)

    @staticmethod
    def _check_total(wanted: Wanted, record: Raw) -> None:
        if record["total"] != wanted.total:
            raise Unfit("total_differs", ours=wanted.total, theirs=record["total"])

    async def _after(
        self, module: Module, local_id: int, wanted: Wanted, record: Raw, remote_id: str, fingerprint: str
    ) -> None:
        """The states and what follows, and only then the fingerprint: what was interrupted is done again."""
        status = str(record.get("status", ""))
        for state in wanted.states:
            if status not in wanted.reached.get(state, ()):
                await self._surely("POST", f"{wanted.place.path}/{remote_id}/{state}")
        for follow in wanted.follow:
            await following.STEPS[follow.kind](self._books, self._engine, remote_id, follow.values)
        with db.transaction(self._engine) as session:
            link = self._link(session, module, local_id, wanted.reference)
            link.remote_id = remote_id or link.remote_id or str(local_id)
            link.fingerprint, link.pushed_at = fingerprint, now()
            link.seconds, link.minutes = wanted.seconds, wanted.minutes
            link.remote_modified = str(record.get("last_modified_time", ""))[:40]
            errors.resolve(session, self._sync_id, module, local_id)
            queue.release(session, module, local_id)

    async def _change(self, module: Module, local_id: int, link: ZohoLink, wanted: Wanted) -> Raw:
        if wanted.fixed:
            return {wanted.place.id: link.remote_id}
        path = f"{wanted.place.path}/{link.remote_id}"
        try:
            try:
                answer = await self._surely("PUT", path, wanted.body, **wanted.query)
            except ZohoError as error:
                if error.may_pass or not await self._is_brought_back(path, wanted):
                    raise
                answer = await self._surely("PUT", path, wanted.body, **wanted.query)
        except ZohoError as error:
            if error.cause is not Cause.MISSING:
                raise
            with db.transaction(self._engine) as session:
                lost = self._link(session, module, local_id, wanted.reference)
                lost.leave() if module in STAYS_AWAY else lost.forget()
            raise Unfit("deleted_at_zoho", remote_id=link.remote_id) from error
        return answer.get(wanted.place.one) or {wanted.place.id: link.remote_id}

    async def _is_brought_back(self, path: str, wanted: Wanted) -> bool:
        """Whether it was void there, and refused to be changed for that."""
        if not wanted.brings_back:
            return False
        there = (await self._books.call("GET", path)).get(wanted.place.one) or {}
        if there.get("status") != "void":
            return False
        await self._surely("POST", f"{path}/{wanted.brings_back}")
        return True

    async def _beside(self, module: Module, local_id: int, wanted: Wanted) -> Wanted:
        """Where Zoho has a contact of the name already, ours gets a name of its own, which the link keeps."""
        if await self._find(wanted) is None:
            return wanted
        with db.transaction(self._engine) as session:
            self._link(session, module, local_id, f"{wanted.reference}{CLONE}")
        plan = await self._plan(module, local_id)
        return plan if isinstance(plan, Wanted) else wanted

    async def _make(self, module: Module, local_id: int, link: ZohoLink | None, wanted: Wanted) -> Raw:
        found = await self._find(wanted) if link and link.attempted_at else None
        if found is None:
            with db.transaction(self._engine) as session:
                self._link(session, module, local_id, wanted.reference).attempted_at = now()
            made = await self._create(wanted, first=link is None or link.attempted_at is None)
        else:
            made = found
        if not (made.get("_found") or wanted.states or wanted.follow or wanted.total is not None):
            return made  # `_after` notes it at once
        remote_id = str(made.get(wanted.place.id, ""))
        with db.transaction(self._engine) as session:
            link = self._link(session, module, local_id, wanted.reference)
            link.remote_id, link.seconds, link.minutes = remote_id, wanted.seconds, wanted.minutes
        if made.get("_found") and not wanted.fixed:
            made = await self._change(module, local_id, link, wanted)
        return made

    async def _surely(
        self, method: str, path: str, body: Raw | None = None, **query: Any
    ) -> Mapping[str, Any]:
        """A write that leaves the same whether it is done once or twice: silence is answered by another."""
        for attempt in range(1, CREATES + 1):
            try:
                return await self._books.call(method, path, body, **query)
            except ZohoError as error:
                if error.cause not in (Cause.UNREACHABLE, Cause.BROKEN) or attempt == CREATES:
                    raise
        raise AssertionError("the last attempt returns or raises")

    async def _create(self, wanted: Wanted, *, first: bool) -> Raw:
        """Create, and look for it after an answer that says nothing. Raises Unfit where somebody else's
        record has the same number."""
        for attempt in range(1, CREATES + 1):
            try:
                answer = await self._books.call("POST", wanted.place.path, wanted.body, **wanted.query)
            except ZohoError as error:
                if error.cause not in (Cause.UNREACHABLE, Cause.BROKEN, Cause.DUPLICATE):
                    raise
                found = await self._find(wanted)
                if found is not None:
                    if error.cause is Cause.DUPLICATE and first and attempt == 1 and not wanted.adopts:
                        raise Unfit("number_taken", number=wanted.reference) from error
                    return found
                if error.cause is Cause.DUPLICATE or attempt == CREATES:
                    raise
            else:
                made = answer.get(wanted.place.one) or {}
                return made if made.get(wanted.place.id) else (await self._find(wanted)) or made
        raise AssertionError("the last attempt returns or raises")

    async def _find(self, wanted: Wanted) -> Raw | None:
        place = wanted.listed or wanted.place
        found = [
            each
            async for each in self._books.call.pages(place.path, place.many, **wanted.search)
            if wanted.matches(each)
        ]
        if len(found) > 1:
            raise ZohoError(Cause.DUPLICATE, f"several records are called {wanted.reference}")
        return {**found[0], wanted.place.id: found[0].get(place.id), "_found": True} if found else None

    async def _take_away(self, module: Module, local_id: int, gone: Gone) -> None:
        with db.reading(self._engine) as session:
            link = link_of(session, self._sync_id, module, local_id)
        if link is not None:
            await self._delete_linked(link, gone)
        elif not isinstance(gone, NoMinute):
            return
        with db.transaction(self._engine) as session:
            if isinstance(gone, NoMinute):
                kept = self._link(session, module, local_id, gone.reference)
                kept.remote_id, kept.fingerprint, kept.attempted_at = "", "", None
                kept.seconds, kept.minutes = gone.seconds, 0
            elif link is not None:
                session.delete(session.get_one(ZohoLink, link.id))
            errors.resolve(session, self._sync_id, module, local_id)
            queue.release(session, module, local_id)

    async def _delete_linked(self, link: ZohoLink, gone: Gone) -> None:
        place, remote_id = gone.place, link.remote_id
        if place is None:
            return
        if not remote_id and link.attempted_at:
            remote_id = await self._find_by_reference(place, link, gone.search)
        if remote_id:
            await self._delete(place, remote_id)

    async def _find_by_reference(self, place: Place, link: ZohoLink, search: Raw) -> str:
        """The id of what may have been made: the reference ends one of its texts."""
        async for each in self._books.call.pages(place.path, place.many, **search):
            texts = (each.get(name) for name in ("notes", "reference_number", f"{place.one}_number"))
            if any(str(text or "").endswith(link.reference) for text in texts):
                return str(each[place.id])
        return ""

    async def _delete(self, place: Place, remote_id: str) -> None:
        try:
            await self._books.call("DELETE", f"{place.path}/{remote_id}")
        except ZohoError as error:
            if error.cause is Cause.UNREACHABLE:
                await self._delete(place, remote_id) if await self._is_there(place, remote_id) else None
            elif error.cause is not Cause.MISSING:
                raise

    async def _is_there(self, place: Place, remote_id: str) -> bool:
        try:
            await self._books.call("GET", f"{place.path}/{remote_id}")
        except ZohoError as error:
            if error.cause is Cause.MISSING:
                return False
            raise
        return True

    def _link(self, session: Session, module: Module, local_id: int, reference: str) -> ZohoLink:
        found = link_of(session, self._sync_id, module, local_id)
        if found is None:
            found = ZohoLink(sync_id=self._sync_id, module=module, local_id=local_id, reference=reference)
            session.add(found)
            session.flush()
        found.reference = reference
        return found

    async def _read_accounts(self) -> None:
        self._accounts = {}
        async for each in self._books.call.pages("/chartofaccounts", "chartofaccounts"):
            self._accounts[str(each.get("account_name"))] = (
                str(each.get("account_id")),
                str(each.get("account_type", "")),
            )


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


__all__ = ["LeaseLost", "Nothing", "Sender", "Waits", "block"]
