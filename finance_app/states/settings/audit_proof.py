"""The look at the whole chain of the audit trail, as `marge audit verify` does it, for a page."""

import asyncio
import re
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from sqlmodel import Session as Database

from finance_app.domain.errors import DomainError
from finance_app.domain.permissions import Permission
from finance_app.i18n import formats
from finance_app.services.accounts.identity import Actor
from finance_app.services.audit import chain as audit_chain
from finance_app.services.audit.chain import Verdict
from finance_app.states.form import FormState, texts
from finance_app.states.handlers import handler
from finance_app.states.session import Session

_HEAD = re.compile(r"[0-9a-f]{64}")
_one_at_a_time = asyncio.Lock()


def verified(session: Database, actor: Actor, head: str) -> Verdict:
    actor.require(Permission.AUDIT_VIEW)
    return audit_chain.verify(session, head)


class AuditProof(FormState, Session):
    """`outcome` is empty before the first look, then `holds` or `broken`."""

    checking: bool = False
    outcome: str = ""
    told: str = ""
    detail: str = ""
    head: str = ""
    checked: str = ""

    @handler(Permission.AUDIT_VIEW, background=True)
    async def verify(self, data: dict):
        async with self:
            if self.checking:
                return
            head = "".join(texts(data).get("head", "").split()).lower()
            self.errors = {}
            if head and not _HEAD.fullmatch(head):
                raise DomainError("audit.error.head", field="head")
            self.checking = True
        try:
            async with _one_at_a_time:
                found = await self._read(verified, head)
        except Exception:
            async with self:
                self.checking = False
            raise
        async with self:
            self.checking = False
            self._tell(found)

    def _tell(self, found: Verdict) -> None:
        locale = self._locale
        self.outcome = "broken" if found.fault else "holds"
        self.head = "" if found.fault else found.head
        count = {"n": found.events, "n_text": formats.number(found.events, locale)}
        moment = datetime.now(UTC)
        self.checked = self._t(
            "audit.proof.checked",
            when=formats.moment(moment, locale, ZoneInfo(self._me.time_zone), "medium"),
        )
        if not found.fault:
            self.told = self._t("audit.proof.holds", **count)
            erased = {"n": found.erased, "n_text": formats.number(found.erased, locale)}
            self.detail = self._t("audit.proof.erased", **erased) if found.erased else ""
            return
        fault = found.fault if found.event_id else "cut"
        event = formats.number(found.event_id or 0, locale)
        self.told = self._t("audit.proof.broken", **count)
        self.detail = self._t(f"audit.proof.fault.{fault}", event=event)
