"""One record to Zoho: found or made once, changed where it differs, brought to its state, noted as linked.

Before a record is created, its link says so (`attempted_at`), in a transaction of its own. Whatever happens
then - the answer is lost, the worker dies - the next attempt looks for the record by its reference first, and
takes what it finds. So there is one at Zoho, however often it is tried."""

import logging
from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy import Engine
from sqlmodel import Session

from finance_app import db
from finance_app.integrations.zoho import Books, Cause, ZohoError
from finance_app.jobs.zoho import following
from finance_app.jobs.zoho.trouble import SILENT, Trouble, Waits
from finance_app.models import OutboxMessage, ZohoLink, ZohoSync
from finance_app.models.columns import now
from finance_app.services import outbox
from finance_app.services.zoho.sync import errors, queue
from finance_app.services.zoho.sync.bodies import RECIPES
from finance_app.services.zoho.sync.bodies.gone import MASTER, STAYS_AWAY
from finance_app.services.zoho.sync.bodies.master import CLONE
from finance_app.services.zoho.sync.look import Look, link_of
from finance_app.services.zoho.sync.modules import Module, module_of
from finance_app.services.zoho.sync.remaking import make_again
from finance_app.services.zoho.sync.taxes import FirstTax
from finance_app.services.zoho.sync.wanted import (
    CONTACTS,
    First,
    Gone,
    NoMinute,
    Place,
    Plan,
    Unfit,
    Wanted,
)

logger = logging.getLogger(__name__)

CREATES = 3
"""How often a create that got no answer is made again within one attempt, each time after a look."""
Raw = Mapping[str, Any]


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
        self._trouble = Trouble(engine, sync_id)

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
            return self._trouble.settle(message, module, local_id, fault)
        self._trouble.is_over()
        with db.transaction(self._engine) as session:
            errors.resolve(session, self._sync_id, module, local_id)
            outbox.mark_done(session, message)
        return None

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
            if isinstance(fault, ZohoError) and self._trouble.stops(fault, *key):
                raise
            with db.transaction(self._engine) as session:
                errors.note(session, self._sync_id, *key, fault)
            raise Waits(*key) from fault
        finally:
            self._on_the_way.pop()

    async def _bring(self, module: Module, local_id: int, wanted: Wanted) -> None:
        with db.reading(self._engine) as session:
            link = link_of(session, self._sync_id, module, local_id)
        fingerprint = wanted.fingerprint()
        if link and link.remote_id and link.says(fingerprint):
            return
        if link and link.is_gone:
            link = self._again(module, local_id, wanted)
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
            link.agree(fingerprint)
            link.pushed_at = now()
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
                is_asked_for = module in MASTER and not lost.fingerprint
                if module in STAYS_AWAY and not is_asked_for:
                    lost.leave()
                    lost.fingerprint = wanted.fingerprint()
                else:
                    lost.forget()
            if is_asked_for:
                return await self._make(module, local_id, lost, wanted)
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

    def _again(self, module: Module, local_id: int, wanted: Wanted) -> ZohoLink:
        """It was deleted there, and changed here since: it is made again."""
        with db.transaction(self._engine) as session:
            link = self._link(session, module, local_id, wanted.reference)
            make_again(session, link)
            return link

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
                if error.cause not in SILENT or attempt == CREATES:
                    raise
        raise AssertionError("the last attempt returns or raises")

    async def _create(self, wanted: Wanted, *, first: bool) -> Raw:
        """Create, and look for it after an answer that says nothing. Raises Unfit where somebody else's
        record has the same number."""
        for attempt in range(1, CREATES + 1):
            try:
                answer = await self._books.call("POST", wanted.place.path, wanted.body, **wanted.query)
            except ZohoError as error:
                if error.cause not in (*SILENT, Cause.DUPLICATE):
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
                kept.forget()
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
                if await self._books.is_there(f"{place.path}/{remote_id}"):
                    await self._delete(place, remote_id)
            elif error.cause is not Cause.MISSING:
                raise

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
