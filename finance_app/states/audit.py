"""The audit trail on a page: who, when, from where, what, before and after."""

from dataclasses import dataclass
from typing import ClassVar
from zoneinfo import ZoneInfo

from finance_app.domain.permissions import Permission
from finance_app.i18n import formats, messages, t
from finance_app.services import audit_list
from finance_app.services.audit_list import AuditRecord
from finance_app.services.listing import ListAsks
from finance_app.states.handlers import on_load
from finance_app.states.listing import ListState
from finance_app.states.session import Session, joined

_PAGES = {
    "client": "/clients/", "invoice": "/invoices/", "project": "/projects/", "payment": "/payments/",
    "credit_note": "/credit-notes/", "user": "/settings/people/", "profile": "/settings/profiles/",
    "time_log": "/time/log/",
}  # fmt: skip
SHOWN = 300


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


def audit_row(record: AuditRecord, locale: str, zone: ZoneInfo) -> AuditRow:
    page = _PAGES.get(record.kind, "")
    return AuditRow(
        record.id,
        formats.moment(record.at, locale, zone, "medium"),
        t(locale, "audit.erased") if record.erased else record.actor or t(locale, "audit.program"),
        record.address,
        subject(record, locale),
        f"{page}{record.object_id}" if page and record.object_id else "",
        word("action", record.action, locale),
        changes(record),
    )


def subject(record: AuditRecord, locale: str) -> str:
    """“Invoice INV-2026-0007”: the kind of object and how people call it."""
    name = next(
        (
            str(found[key])
            for found in (record.details, record.after, record.before)
            for key in ("number", "name")
            if found.get(key)
        ),
        str(record.object_id or ""),
    )
    return joined([word("kind", record.kind, locale), name], " ")


def word(group: str, name: str, locale: str) -> str:
    """The text of a kind or an action; one without a text shows its own name."""
    for key in (f"audit.{group}.{name}", f"overview.{group}.{name}"):
        if key in messages(locale):
            return t(locale, key)
    return name.replace("_", " ")


def changes(record: AuditRecord) -> list[str]:
    """“price: 100 → 120” for each field that changed, then what else is known."""
    names = list(dict.fromkeys([*record.before, *record.after]))
    lines = [
        f"{name.replace('_', ' ')}: {_shown(record.before.get(name))} → {_shown(record.after.get(name))}"
        if name in record.before and name in record.after
        else f"{name.replace('_', ' ')}: {_shown(record.before.get(name, record.after.get(name)))}"
        for name in names
    ]
    lines += [f"{name.replace('_', ' ')}: {_shown(value)}" for name, value in record.details.items()]
    return [line[:SHOWN] for line in lines]


def _shown(value: object) -> str:
    if value in (None, "", [], {}):
        return "–"
    return ", ".join(str(one) for one in value) if isinstance(value, list) else str(value)


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
        self._show([audit_row(record, locale, zone) for record in found.rows], found)


def _options(group: str, names: list[str], locale: str) -> list[dict[str, str]]:
    found = [{"value": name, "label": word(group, name, locale)} for name in names]
    return sorted(found, key=lambda option: option["label"].casefold())
