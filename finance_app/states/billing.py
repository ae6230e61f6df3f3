"""The wizard that bills time, up to the draft: scope, then lines. Every choice stands in the address."""

import secrets
from dataclasses import dataclass
from datetime import date
from typing import Any

import reflex as rx

from finance_app import routes
from finance_app.domain.errors import DomainError
from finance_app.domain.grouping import GroupBy, LineField
from finance_app.domain.permissions import Permission
from finance_app.i18n import formats
from finance_app.services import clients, projects
from finance_app.services.invoicing import drafts
from finance_app.services.invoicing.drafts import DraftHead
from finance_app.services.invoicing.offers import Offer, offers
from finance_app.services.invoicing.preview import Preview, check_something, preview
from finance_app.services.invoicing.scope import NAME_FIELDS, Scope
from finance_app.states.form import FormState
from finance_app.states.handlers import handler, on_load
from finance_app.states.session import Session

SHOWN_LINES = 50


@dataclass(frozen=True)
class ProjectRow:
    """A project of the client, with its unbilled time. `refused` says why it cannot be billed here."""

    id: int
    name: str
    hours: str
    amount: str
    chosen: bool
    refused: str


@dataclass(frozen=True)
class ReasonRow:
    reason: str
    logs: int
    hours: str


@dataclass(frozen=True)
class LineRow:
    name: str
    description: str
    hours: str
    rate: str
    amount: str


class Billing(FormState, Session):
    """Both steps; `choices` are those of the address."""

    choices: dict[str, str] = {}
    projects: list[ProjectRow] = []
    left_out: list[ReasonRow] = []
    lines: list[LineRow] = []
    name_fields: list[str] = []
    description_fields: list[str] = []
    ready: bool = False
    problem: str = ""
    logs: int = 0
    line_count: int = 0
    tracked: str = ""
    billed: str = ""
    amount: str = ""
    lines_href: str = ""
    scope_href: str = ""

    _seen: str = ""
    _request_key: str = ""

    @on_load(Permission.INVOICES_EDIT)
    async def load(self):
        await self._look()

    @on_load(Permission.INVOICES_EDIT)
    async def load_lines(self):
        await self._look()
        self._request_key = secrets.token_hex(16)

    async def _look(self) -> None:
        query = self._query
        client_id = query.get("client", "")
        projects = query.get("projects", "")
        if not client_id and projects:
            client_id = await self._read(_client_of, _ids(projects))
        known = client_id.isdecimal() and len(client_id) < 12
        name = (await self._read(clients.get, int(client_id))).name if known else ""
        chosen = _ids(projects)
        found = await self._read(offers, int(client_id)) if known else []
        if known and not chosen:
            chosen = [offer.project_id for offer in found if offer.can_be_billed and offer.seconds]
        self.choices = {
            "client": client_id if known else "",
            "client_label": name,
            "projects": ",".join(map(str, chosen)),
            "until": query.get("until", ""),
            "since": query.get("since", ""),
            "by": query.get("by", GroupBy.TASK.value),
            "name": query.get("name", ""),
            "desc": query.get("desc", LineField.PERIOD.value),
        }
        self._fill({"client": self.choices["client"], "client_label": name})
        self.projects = [self._project_row(offer, chosen) for offer in found]
        kept = {key: value for key, value in self.choices.items() if key != "client_label"}
        self.lines_href = routes.with_query(routes.INVOICE_NEW_LINES, kept)
        self.scope_href = routes.with_query(routes.INVOICE_NEW, kept)
        await self._preview()

    async def _preview(self) -> None:
        self.problem, self.ready = "", False
        self.left_out, self.lines = [], []
        self.logs = self.line_count = 0
        self.tracked = self.billed = self.amount = ""
        try:
            scope = self._scope()
            found = await self._read(preview, scope)
            await self._read(_check, scope, found)
        except DomainError as error:
            self.problem = self._t(error.code, **error.params)
            if error.code not in ("invoicing.error.nothing_to_bill", "invoicing.error.before_first"):
                return
        else:
            self.ready = True
        self._show(found)

    def _show(self, found: Preview) -> None:
        locale = self._locale
        self._seen = found.seen
        self.logs, self.line_count = found.logs, len(found.lines)
        self.tracked = formats.hours(found.tracked_seconds, locale)
        self.billed = formats.hours(found.billed_seconds, locale)
        self.amount = formats.money(found.amount_minor, found.currency, locale)
        self.left_out = [
            ReasonRow(each.reason.value, each.logs, formats.hours(each.seconds, locale))
            for each in found.left_out
        ]
        self.lines = [
            LineRow(
                name=line.name,
                description=line.description,
                hours=formats.quantity(line.quantity, locale),
                rate=formats.number(line.unit_price, locale, min_decimals=2),
                amount=formats.money(line.amount_minor, found.currency, locale),
            )
            for line in found.lines[:SHOWN_LINES]
        ]
        scope = self._scope()
        self.name_fields = [each.value for each in scope.name_fields or NAME_FIELDS[scope.group_by]]
        self.description_fields = [each.value for each in scope.description_fields]

    def _scope(self) -> Scope:
        by = self.choices["by"]
        return Scope(
            project_ids=tuple(_ids(self.choices["projects"])),
            until=_day(self.choices["until"], "until"),
            since=_day(self.choices["since"], "since"),
            group_by=GroupBy(by) if by in set(GroupBy) else GroupBy.TASK,
            name_fields=_fields(self.choices["name"]),
            description_fields=_fields(self.choices["desc"]),
        )

    def _project_row(self, offer: Offer, chosen: list[int]) -> ProjectRow:
        locale = self._locale
        return ProjectRow(
            id=offer.project_id,
            name=offer.name,
            hours=formats.hours(offer.seconds, locale),
            amount=formats.money(offer.amount_minor, offer.currency, locale),
            chosen=offer.project_id in chosen,
            refused="" if offer.can_be_billed else self._t("billing.fixed_price"),
        )

    def _go(self, address: str, **changed: str) -> Any:
        kept = {key: value for key, value in {**self.choices, **changed}.items() if key != "client_label"}
        return rx.redirect(routes.with_query(address, kept), replace=True)

    @handler(Permission.INVOICES_EDIT)
    async def pick_client(self, client_id: str, _label: str):
        return self._go(routes.INVOICE_NEW, client=str(client_id), projects="")

    @handler(Permission.INVOICES_EDIT)
    async def toggle_project(self, project_id: int):
        chosen = _ids(self.choices.get("projects", ""))
        wanted = int(project_id)
        chosen = [each for each in chosen if each != wanted] if wanted in chosen else [*chosen, wanted]
        return self._go(routes.INVOICE_NEW, projects=",".join(map(str, chosen)) or "0")

    @handler(Permission.INVOICES_EDIT)
    async def choose(self, name: str, value: str):
        """A day of the scope (`until`, `since`), or what makes a line (`by`)."""
        if name in ("until", "since"):
            return self._go(routes.INVOICE_NEW, **{name: str(value)[:10]})
        if name == "by":
            return self._go(routes.INVOICE_NEW_LINES, by=str(value)[:20], name="")
        return None

    @handler(Permission.INVOICES_EDIT)
    async def toggle_field(self, place: str, field: str):
        """Add a field to the name or the description of the lines, at the end, or take it away."""
        if place not in ("name", "desc") or field not in set(LineField):
            return None
        shown = list(self.name_fields if place == "name" else self.description_fields)
        shown = [each for each in shown if each != field] if field in shown else [*shown, field]
        return self._go(routes.INVOICE_NEW_LINES, **{place: ",".join(shown) or "none"})

    @handler(Permission.INVOICES_EDIT)
    async def go_on(self):
        return rx.redirect(self.lines_href)

    @handler(Permission.INVOICES_EDIT)
    async def make_draft(self):
        """The draft takes its time now; its details are next."""
        scope = self._scope()
        try:
            invoice = await self._write(
                drafts.create_from_time, scope, DraftHead(), self._seen, self._request_key
            )
        except DomainError:
            await self._preview()
            raise
        await self._changed("invoices", "time")
        return rx.redirect(routes.invoice_edit(invoice.id or 0))


def _check(session: Any, _actor: Any, scope: Scope, found: Preview) -> None:
    check_something(session, scope, found)


def _client_of(session: Any, actor: Any, project_ids: list[int]) -> str:
    for project_id in project_ids[:1]:
        client_id = projects.get(session, actor, project_id).client_id
        return str(client_id) if client_id else ""
    return ""


def _ids(text: str) -> list[int]:
    """Ids of an address; what is none is left out."""
    parts = [part for part in text.split(",") if part.isascii() and part.isdecimal() and len(part) < 12]
    return list(dict.fromkeys(int(part) for part in parts if int(part)))


def _fields(text: str) -> tuple[LineField, ...]:
    return tuple(LineField(part) for part in dict.fromkeys(text.split(",")) if part in set(LineField))


def _day(text: str, name: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise DomainError("invoicing.error.day", field=name) from None
