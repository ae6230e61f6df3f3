"""One estimate, and one sales order: what they say, what became of them, what can be done."""

from datetime import date, timedelta
from typing import ClassVar

import reflex as rx

from finance_app import routes
from finance_app.domain.errors import DomainError
from finance_app.domain.estimates import order_state
from finance_app.domain.permissions import Permission
from finance_app.i18n import formats
from finance_app.services.estimating import deciding, drafts, issuing, orders, undertaking
from finance_app.services.estimating.facts import order_facts
from finance_app.services.estimating.papers import ESTIMATE_KIND, ORDER_KIND
from finance_app.states.documents.agreed_page import AgreedPage, OtherRow, other_rows
from finance_app.states.estimates.listing import expiry_note
from finance_app.states.form import texts
from finance_app.states.handlers import handler, on_load
from finance_app.states.live import Watcher
from finance_app.states.session import Session
from finance_app.states.typed_money import read_day


class EstimatePage(AgreedPage, Watcher, Session):
    estimate_id: int = 0
    versions: list[OtherRow] = []
    orders: list[OtherRow] = []
    decision: dict[str, str] = {}
    expiry: str = ""
    expiry_note: str = ""
    options: list[dict[str, str]] = []
    next_expiry: str = ""

    _kind: ClassVar = ESTIMATE_KIND
    _events: ClassVar = "estimate.event."
    _topics: ClassVar = ("estimates", "invoices")

    def _object_id(self) -> int:
        return self._id("estimate_id")

    @on_load(Permission.INVOICES_VIEW)
    async def load(self):
        found = await self._load_view()
        estimate, locale = found.document, self._locale
        self.estimate_id = estimate.id or 0
        self.expiry = formats.day(estimate.expires_on, locale) if estimate.expires_on else ""
        left = (estimate.expires_on - found.today).days if estimate.expires_on else None
        self.next_expiry = next_expiry(estimate.issue_date, estimate.expires_on, found.today)
        is_open = found.state in ("sent", "viewed")
        self.expiry_note = expiry_note(left, locale) if is_open and left is not None else ""
        decision = estimate.decision
        at = estimate.accepted_at or estimate.declined_at
        self.decision = (
            {
                "name": decision.get("name", ""),
                "reason": decision.get("reason", ""),
                "at": formats.moment(at, locale, found.zone, "long"),
                "address": decision.get("address", ""),
                "by_hand": decision.get("by_hand", ""),
                "hash": decision.get("hash", ""),
            }
            if at
            else {"name": "", "reason": "", "at": "", "address": "", "by_hand": "", "hash": ""}
        )
        self.options = [
            {"id": str(line.id), "name": line.name, "chosen": "on" if line.chosen else ""}
            for line in found.lines
            if line.optional
        ]
        several = found.versions if len(found.versions) > 1 else []
        self.versions = other_rows(several, self.estimate_id, {}, locale, routes.estimate)
        states = {order.id or 0: order_state(order_facts(None, order)).value for order in found.orders}
        self.orders = other_rows(found.orders, 0, states, locale, routes.sales_order)

    @handler(Permission.INVOICES_EDIT)
    async def mark_sent(self):
        await self._write(issuing.mark_sent, self._object_id(), self.version)
        return await self._done("estimate.done.marked_sent")

    @handler(Permission.INVOICES_EDIT)
    async def duplicate(self):
        made = await self._write(drafts.duplicate, self._object_id())
        await self._changed("estimates")
        return rx.redirect(routes.estimate_edit(made.id or 0))

    @handler(Permission.INVOICES_EDIT)
    async def revise(self):
        made = await self._write(drafts.revise, self._object_id())
        await self._changed("estimates")
        return rx.redirect(routes.estimate_edit(made.id or 0))

    @handler(Permission.INVOICES_EDIT)
    async def make_order(self):
        made = await self._write(orders.from_estimate, self._object_id())
        await self._changed("estimates")
        self._say(self._t("estimate.done.ordered"))
        return rx.redirect(routes.sales_order(made.id or 0))

    @handler(Permission.PROJECTS_EDIT)
    async def make_project(self):
        made = await self._write(undertaking.make_project, self._object_id())
        await self._changed("estimates", "projects")
        self._say(self._t("estimate.done.project_made"))
        return rx.redirect(routes.project(made.id or 0))

    @handler(Permission.INVOICES_EDIT)
    async def ask(self, what: str):
        """Open a dialog: accept, decline, extend, template or delete."""
        if what not in ("accept", "decline", "extend", "template", "delete"):
            return
        self.asks = what
        name = self.details.get("title", "") if what == "template" else ""
        self._fill({"name": name, "reason": "", "expires_on": self.next_expiry})
        self._open_form()

    @handler(Permission.INVOICES_EDIT)
    async def confirm(self, data: dict):
        given, object_id = texts(data), self._object_id()
        if self.asks == "accept":
            chosen = [int(each["id"]) for each in self.options if given.get(f"option_{each['id']}") == "on"]
            name, note = given.get("name", ""), given.get("reason", "")
            await self._write(deciding.accept_by_hand, object_id, name, note, chosen)
            return await self._done("estimate.done.accepted")
        if self.asks == "decline":
            await self._write(deciding.decline_by_hand, object_id, given.get("reason", ""))
            return await self._done("estimate.done.declined")
        if self.asks == "extend":
            text = given.get("expires_on", "")
            await self._write(issuing.extend, object_id, read_day(text, "expires_on") if text else None)
            return await self._done("estimate.done.extended")
        if self.asks == "template":
            await self._write(drafts.save_template, object_id, given.get("name", ""))
            return await self._done("estimate.done.template")
        if self.asks == "delete":
            await self._write(issuing.delete, object_id)
            self.form_open = False
            await self._changed("estimates")
            self._say(self._t("estimate.done.deleted"))
            return rx.redirect(routes.ESTIMATES)
        raise DomainError("common.error.unknown_choice")


def next_expiry(issued: date | None, expires: date | None, today: date) -> str:
    """The day that the dialog proposes: the present one, or once it is past, as long again from today."""
    if expires is None or expires >= today:
        return expires.isoformat() if expires else ""
    return (today + max(expires - (issued or expires), timedelta(days=7))).isoformat()


class OrderPage(AgreedPage, Watcher, Session):
    order_id: int = 0
    estimate: str = ""
    estimate_href: str = ""

    _kind: ClassVar = ORDER_KIND
    _events: ClassVar = "sales_order.event."
    _topics: ClassVar = ("estimates", "invoices")

    def _object_id(self) -> int:
        return self._id("order_id")

    @on_load(Permission.INVOICES_VIEW)
    async def load(self):
        found = await self._load_view()
        self.order_id = found.document.id or 0
        self.estimate = (found.estimate.number or "") if found.estimate else ""
        self.estimate_href = routes.estimate(found.estimate.id or 0) if found.estimate else ""

    @handler(Permission.INVOICES_EDIT)
    async def confirm_order(self):
        await self._write(orders.confirm, self._object_id(), self.version)
        return await self._done("sales_order.done.confirmed")

    @handler(Permission.INVOICES_EDIT)
    async def ask(self, what: str):
        """Open a dialog: void or delete."""
        if what in ("void", "delete"):
            self.asks = what
            self._fill({"reason": ""})
            self._open_form()

    @handler(Permission.INVOICES_EDIT)
    async def confirm(self, data: dict):
        if self.asks == "void":
            await self._write(orders.void, self._object_id(), texts(data).get("reason", ""))
            return await self._done("sales_order.done.voided")
        await self._write(orders.delete, self._object_id())
        self.form_open = False
        await self._changed("estimates")
        self._say(self._t("sales_order.done.deleted"))
        return rx.redirect(routes.SALES_ORDERS)
