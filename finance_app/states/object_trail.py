"""The audit trail of what a page shows, in a fold of that page, for those who may see the trail."""

from dataclasses import dataclass
from zoneinfo import ZoneInfo

from finance_app import routes
from finance_app.domain.errors import NotFound
from finance_app.domain.permissions import Permission
from finance_app.i18n import formats
from finance_app.services.audit import listing as audit_list
from finance_app.services.audit.listing import AuditRecord
from finance_app.services.audit.names import Names
from finance_app.states.audit_words import change_texts, reader_of, withheld
from finance_app.states.handlers import handler
from finance_app.states.session import Session, joined
from finance_app.states.settings.audit import actor_text, subject, word

SHOWN = 20
# The part of the address with the number of the object; without one the page shows all of the kind.
OBJECTS = {
    "client": "client_id",
    "project": "project_id",
    "user": "person_id",
    "profile": "profile_id",
}
KINDS = (*OBJECTS, "portal", "tax", "item", "expense_category", "email_template")


@dataclass(frozen=True)
class TrailRow:
    id: int
    what: str
    when: str
    changes: list[str]


class ObjectTrail(Session):
    """`trail_kind` and `trail_visit` say what the rows are of: no fold of another page shows them."""

    trail: list[TrailRow] = []
    trail_kind: str = ""
    trail_visit: int = -1
    trail_total: int = 0
    trail_total_text: str = ""
    trail_href: str = ""

    @handler(Permission.AUDIT_VIEW)
    async def open_trail(self, kind: str, whole: bool):
        """Read the newest events: of the object of this page, or of the `whole` kind."""
        kind = str(kind)
        of_kind, object_id = self._object(kind, whole=bool(whole))
        records, total = await self._read(audit_list.of_kind, of_kind, object_id, SHOWN)
        names = await self._read(audit_list.names, records)
        self.trail = [self._row(record, names, whole=bool(whole)) for record in records]
        self.trail_total, self.trail_total_text = total, formats.number(total, self._locale)
        self.trail_kind, self.trail_visit = kind, self.visit
        asked = {"kind": of_kind, **({} if object_id is None else {"object": str(object_id)})}
        self.trail_href = routes.with_query(routes.SETTINGS_AUDIT, asked)

    def _object(self, kind: str, *, whole: bool) -> tuple[str, int | None]:
        if kind == "me" and not whole:
            return "user", self._me.user_id
        if whole and kind in KINDS:
            return kind, None
        if kind not in OBJECTS:
            raise NotFound
        return kind, self._id(OBJECTS[kind])

    def _row(self, record: AuditRecord, names: Names, *, whole: bool) -> TrailRow:
        locale, zone = self._locale, ZoneInfo(self._me.time_zone)
        reader = reader_of(record.kind, record.object_id, record, names, locale, zone)
        action = word("action", record.action, locale)
        named = whole and record.kind != "portal"
        return TrailRow(
            id=record.id,
            what=joined([subject(record, names, locale), action]) if named else capital(action),
            when=joined(
                [
                    formats.moment(record.at, locale, zone, "medium"),
                    actor_text(record, locale),
                    record.address,
                ]
            ),
            changes=change_texts(record, reader, without=withheld(self._me)),
        )


def capital(text: str) -> str:
    return text[:1].upper() + text[1:]
