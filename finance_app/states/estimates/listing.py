"""The lists of estimates and of sales orders, their tabs of states, and the forms that begin one."""

import secrets
from dataclasses import dataclass
from typing import Any, ClassVar

import reflex as rx

from finance_app import routes
from finance_app.domain.errors import DomainError, InvalidFields
from finance_app.domain.estimates import EstimateState, OrderState
from finance_app.domain.permissions import Permission
from finance_app.i18n import t
from finance_app.i18n.formats import day, money, number
from finance_app.services.clients import directory as clients
from finance_app.services.estimating import drafts, listing, orders
from finance_app.services.estimating.drafts import BUDGET_PARTS, EstimateHead
from finance_app.services.estimating.listing import EstimateRecord
from finance_app.services.listing import ListAsks
from finance_app.services.projects import directory as projects
from finance_app.states.form import FormState, texts
from finance_app.states.handlers import handler, on_load
from finance_app.states.invoices.listing import CurrencyRow, currency_row
from finance_app.states.listing import ListState
from finance_app.states.live import Watcher
from finance_app.states.session import Session

OPEN = (EstimateState.SENT, EstimateState.VIEWED)


@dataclass(frozen=True)
class EstimateRow:
    id: int
    number: str
    title: str
    client: str
    day: str
    expiry: str
    expiry_note: str
    late: bool
    total: str
    left: str
    state: str
    href: str


def estimate_row(record: EstimateRecord, locale: str, address: Any) -> EstimateRow:
    is_open, left = record.state in OPEN, record.days_left
    return EstimateRow(
        id=record.id,
        number=record.number,
        title=record.title,
        client=record.client,
        day=day(record.issue_date, locale),
        expiry=day(record.expires_on, locale) if record.expires_on else "",
        expiry_note=expiry_note(left, locale) if is_open and left is not None and left <= 7 else "",
        late=is_open and left is not None and left <= 2,
        total=money(record.total_minor, record.currency, locale),
        left=money(record.left_minor, record.currency, locale) if record.left_minor else "",
        state=record.state,
        href=address(record.id),
    )


def expiry_note(left: int, locale: str) -> str:
    """`today`, `in 3 days`."""
    return t(locale, "estimate.today") if left == 0 else t(locale, "estimate.in_days", n=left)


class EstimateList(ListState, Watcher, Session):
    rows: list[EstimateRow] = []
    counts: dict[str, str] = {}
    sums: list[CurrencyRow] = []
    narrowed_to: str = ""
    all_states: bool = True

    _asks: ClassVar[ListAsks] = listing.ASKS
    _topics: ClassVar = ("estimates", "invoices")

    @on_load(Permission.INVOICES_VIEW)
    async def load(self):
        query, locale = self._list_query(), self._locale
        found = await self._read(listing.page, query)
        counts = await self._read(listing.counts, query)
        shown = [state for state in EstimateState if state is not EstimateState.SUPERSEDED]
        self.counts = {
            "all": number(sum(counts.get(state.value, 0) for state in shown), locale),
            **{state.value: number(counts.get(state.value, 0), locale) for state in EstimateState},
        }
        self.narrowed_to = await narrowed_to(self, query)
        self.all_states = not query.filter("state")
        self.sums = [currency_row(sums, locale) for sums in found.totals["currencies"]]
        self._show([estimate_row(record, locale, routes.estimate) for record in found.rows], found)


class OrderList(ListState, Watcher, Session):
    rows: list[EstimateRow] = []
    counts: dict[str, str] = {}
    sums: list[CurrencyRow] = []
    narrowed_to: str = ""
    all_states: bool = True

    _asks: ClassVar[ListAsks] = listing.ORDER_ASKS
    _topics: ClassVar = ("estimates", "invoices")

    @on_load(Permission.INVOICES_VIEW)
    async def load(self):
        query, locale = self._list_query(), self._locale
        found = await self._read(listing.order_page, query)
        counts = await self._read(listing.order_counts, query)
        self.counts = {
            "all": number(sum(counts.values()), locale),
            **{state.value: number(counts.get(state.value, 0), locale) for state in OrderState},
        }
        self.narrowed_to = await narrowed_to(self, query)
        self.all_states = not query.filter("state")
        self.sums = [currency_row(sums, locale) for sums in found.totals["currencies"]]
        self._show([estimate_row(record, locale, routes.sales_order) for record in found.rows], found)


async def narrowed_to(state: Any, query: Any) -> str:
    """The client or project that a list is narrowed to by its address."""
    client, project = query.filter("client"), query.filter("project")
    if client.isdecimal() and len(client) < 10:
        return (await state._read(clients.get, int(client))).name
    if project.isdecimal() and len(project) < 10:
        return (await state._read(projects.get, int(project))).name
    return ""


class EstimateNew(FormState, Session):
    """Begins an estimate, or at /sales-orders/new an order; `start` is empty, template or budget."""

    is_order: bool = False
    client_id: int = 0
    start: str = "empty"
    templates: list[dict[str, str]] = []

    _request_key: str = ""

    @on_load(Permission.INVOICES_EDIT)
    async def load(self):
        await self._begin(is_order=False)

    @on_load(Permission.INVOICES_EDIT)
    async def load_order(self):
        await self._begin(is_order=True)

    async def _begin(self, *, is_order: bool) -> None:
        self.is_order, self.start, self.client_id = is_order, "empty", 0
        self._request_key = secrets.token_hex(16)
        self.templates = [
            {"value": str(each.id), "label": each.name} for each in await self._read(drafts.templates)
        ]
        values: dict[str, str] = {"budget": "tasks"}
        wanted, project_id = self._query.get("client", ""), self._query.get("project", "")
        if project_id.isdecimal() and len(project_id) < 10:
            project = await self._read(projects.get, int(project_id))
            values |= {"project_id": project_id, "project_id_label": project.name}
            wanted = str(project.client_id or "")
            self.start = "empty" if is_order else "budget"
        if wanted.isdecimal() and len(wanted) < 10:
            client = await self._read(clients.get, int(wanted))
            self.client_id = client.id or 0
            values |= {"client_id": wanted, "client_id_label": client.name}
        self._fill(values)

    @handler(Permission.INVOICES_EDIT)
    async def pick_client(self, client_id: str, _label: str):
        self.client_id = int(client_id) if str(client_id).isdecimal() else 0

    @handler(Permission.INVOICES_EDIT)
    async def set_start(self, start: str):
        if start in ("empty", "template", "budget"):
            self.start = start

    @handler(Permission.INVOICES_EDIT)
    async def save(self, data: dict):
        given = texts(data)
        client_id = _number(given.get("client_id", ""))
        if client_id is None:
            raise InvalidFields({"client_id": DomainError("common.error.required")})
        title, project_id = given.get("title", ""), _number(given.get("project_id", ""))
        if self.is_order:
            order = await self._write(
                orders.create, client_id, title, project_id, request_key=self._request_key
            )
            await self._changed("estimates")
            return rx.redirect(routes.sales_order_edit(order.id or 0))
        template = _number(given.get("template_id", "")) if self.start == "template" else None
        if self.start == "template" and template is None:
            raise InvalidFields({"template_id": DomainError("common.error.required")})
        budget = given.get("budget", "") if self.start == "budget" else ""
        head = EstimateHead(client_id, title, project_id, template, budget if budget in BUDGET_PARTS else "")
        made = await self._write(drafts.create, head, self._request_key)
        await self._changed("estimates")
        return rx.redirect(routes.estimate_edit(made.id or 0))

    @handler(Permission.INVOICES_EDIT)
    async def delete_template(self, template_id: str):
        if (found := _number(str(template_id))) is not None:
            await self._write(drafts.delete_template, found)
            self.templates = [each for each in self.templates if each["value"] != str(found)]


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None
