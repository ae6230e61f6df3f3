"""The audit trail on a page: who, when, from where, what, before and after."""

from dataclasses import dataclass
from typing import ClassVar
from zoneinfo import ZoneInfo

from finance_app.domain.permissions import Permission
from finance_app.i18n import formats, messages, t
from finance_app.services.audit import listing as audit_list
from finance_app.services.audit.listing import AuditRecord
from finance_app.services.audit.names import Names
from finance_app.services.listing import ListAsks
from finance_app.states.audit_words import change_texts, reader_of
from finance_app.states.handlers import on_load
from finance_app.states.listing import ListState
from finance_app.states.session import Session, joined

_PAGES = {
    "client": "/clients/", "invoice": "/invoices/", "project": "/projects/", "payment": "/payments/",
    "credit_note": "/credit-notes/", "user": "/settings/people/", "profile": "/settings/profiles/",
    "time_log": "/time/log/", "estimate": "/estimates/", "sales_order": "/sales-orders/",
    "expense": "/expenses/",
}  # fmt: skip


@dataclass(frozen=True)
class AuditRow:
    id: int
    when: str
    who: str
    address: str
    what: str
    href: str
    action: str
    changes: list[str]


def audit_row(record: AuditRecord, names: Names, locale: str, zone: ZoneInfo) -> AuditRow:
    page = _PAGES.get(record.kind, "")
    reader = reader_of(record.kind, record.object_id, record, names, locale, zone)
    return AuditRow(
        record.id,
        formats.moment(record.at, locale, zone, "medium"),
        actor_text(record, locale),
        record.address,
        subject(record, names, locale),
        f"{page}{record.object_id}" if page and record.object_id else "",
        word("action", record.action, locale),
        change_texts(record, reader),
    )  # fmt: skip


def actor_text(record: AuditRecord, locale: str) -> str:
    return record.actor or t(locale, "audit.erased" if record.erased else "audit.program")


def subject(record: AuditRecord, names: Names, locale: str) -> str:
    """“Invoice INV-2026-0007”: the kind of object and how people call it."""
    stated = (
        str(found[key])
        for found in (record.details, record.after, record.before)
        for key in ("number", "name")
        if found.get(key)
    )
    number = f"#{record.object_id}" if record.object_id else ""
    known = names.titles.get((record.kind, record.object_id or 0), "")
    return joined([word("kind", record.kind, locale), known or next(stated, number)], " ")


def word(group: str, name: str, locale: str) -> str:
    """The text of a kind or an action; one without a text shows its own name."""
    for key in (f"audit.{group}.{name}", f"overview.{group}.{name}"):
        if key in messages(locale):
            return t(locale, key)
    return name.replace("_", " ")


class AuditTrail(ListState, Session):
    rows: list[AuditRow] = []
    people: list[dict[str, str]] = []
    kinds: list[dict[str, str]] = []
    actions: list[dict[str, str]] = []

    _asks: ClassVar[ListAsks] = audit_list.ASKS

    @on_load(Permission.AUDIT_VIEW)
    async def load(self):
        locale, zone = self._locale, ZoneInfo(self._me.time_zone)
        found = await self._read(audit_list.page, self._list_query())
        offered = await self._read(audit_list.choices)
        self.people = [{"value": str(key), "label": name} for key, name in offered.people]
        self.people.append({"value": "none", "label": self._t("audit.program")})
        self.kinds = _options("kind", offered.kinds, locale)
        self.actions = _options("action", offered.actions, locale)
        names = await self._read(audit_list.names, found.rows)
        self._show([audit_row(record, names, locale, zone) for record in found.rows], found)


def _options(group: str, names: list[str], locale: str) -> list[dict[str, str]]:
    found = [{"value": name, "label": word(group, name, locale)} for name in names]
    return sorted(found, key=lambda option: option["label"].casefold())
