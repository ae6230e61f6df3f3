"""The audit trail on a page: who, when, from where, what, before and after."""

from dataclasses import dataclass
from typing import ClassVar
from zoneinfo import ZoneInfo

from babel.numbers import list_currencies

from finance_app.domain.permissions import Permission
from finance_app.i18n import formats, messages, t
from finance_app.services.audit import listing as audit_list
from finance_app.services.audit.listing import AuditRecord
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
        changes(record, locale),
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


def changes(record: AuditRecord, locale: str) -> list[str]:
    """“price: 100 → 120” for each field that changed, then what else is known."""
    currency = next(
        (str(found["currency"]) for found in (record.details, record.after, record.before)
         if found.get("currency")), "",
    )  # fmt: skip

    def shown(name: str, value: object) -> str:
        if value in (None, "", [], {}):
            return "–"
        if name.endswith("_minor") and isinstance(value, int) and currency in list_currencies():
            return formats.money(value, currency, locale)
        return ", ".join(str(one) for one in value) if isinstance(value, list) else str(value)

    def line(name: str, *values: object) -> str:
        title = name.removesuffix("_minor").replace("_", " ")
        return f"{title}: {' → '.join(shown(name, value) for value in values)}"[:SHOWN]

    lines = []
    for name in dict.fromkeys([*record.before, *record.after]):
        sides = [found[name] for found in (record.before, record.after) if name in found]
        lines.append(line(name, *sides))
    lines += [line(name, value) for name, value in record.details.items()]
    return list(dict.fromkeys(lines))


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
