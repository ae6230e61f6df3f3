"""The wizard that bills, up to the draft: scope, then lines. Every choice stands in the address.

From a draft one comes back with `draft` in the address: its choices are then those it was made of.
"""

import secrets
from dataclasses import replace
from typing import Any

import reflex as rx

from finance_app import routes
from finance_app.domain.errors import DomainError
from finance_app.domain.grouping import GroupBy, LineField
from finance_app.domain.permissions import Permission
from finance_app.domain.shares import Basis, PriceField
from finance_app.i18n import formats
from finance_app.models import Invoice
from finance_app.models.kinds import LineKind
from finance_app.services.invoicing import drafts
from finance_app.services.invoicing.drafts import DraftHead
from finance_app.services.invoicing.issuing import discard_draft
from finance_app.services.invoicing.price_lines import DESCRIPTIONS, NAMES
from finance_app.services.invoicing.regrouping import holds_all, regroup, take_up
from finance_app.services.invoicing.shown_lines import PAGE
from finance_app.services.rates import read_rate
from finance_app.states.billing.choices import (
    EXPENSES,
    NONE,
    PRICE_KINDS,
    ShareChoice,
    choices_of,
    expenses_of,
    ids_of,
    picked_of,
    scope_of,
    shares_of,
    typed_share,
    with_expense,
    with_share,
)
from finance_app.states.billing.looking import (
    DraftRow,
    ExpenseRow,
    LineRow,
    Looked,
    PriceRow,
    ReasonRow,
    TimeRow,
    draft_text,
    expense_row,
    line_row,
    lines_by_source,
    look,
    price_row,
)
from finance_app.states.form import FormState
from finance_app.states.handlers import handler, on_load, tell
from finance_app.states.session import Session

KEPT = (
    *("client", "projects", "until", "since", "by", "name", "desc", "pname", "pdesc", "rate"),
    *("only", "picked", "fixed", "phases", "expenses", "epage", "draft"),
)


class Billing(FormState, Session):
    """Both steps; `choices` are those of the address."""

    choices: dict[str, str] = {}
    times: list[TimeRow] = []
    fixed: list[PriceRow] = []
    phases: list[PriceRow] = []
    with_phases: bool = False
    expenses: list[ExpenseRow] = []
    expense_sums: dict[str, str] = {}
    expense_count: int = 0
    expenses_chosen: int = 0
    all_expenses: bool = False
    expense_page: int = 1
    expense_pages: int = 1
    expense_reasons: list[str] = []
    drafts: list[DraftRow] = []
    left_out: list[ReasonRow] = []
    lines: list[LineRow] = []
    name_fields: list[str] = []
    description_fields: list[str] = []
    price_names: list[str] = []
    price_descriptions: list[str] = []
    by_hour: bool = False
    by_price: bool = False
    by_hand: bool = False
    ready: bool = False
    problem: str = ""
    logs: int = 0
    unpriced: bool = False
    line_count: int = 0
    line_page: int = 1
    line_pages: int = 1
    tracked: str = ""
    billed: str = ""
    time_amount: str = ""
    marked: str = ""
    amount: str = ""
    draft_id: int = 0
    losses: list[str] = []
    removed: int = 0
    lines_href: str = ""
    scope_href: str = ""
    pick_href: str = ""
    details_href: str = ""

    _seen: str = ""
    _version: int = 0
    _request_key: str = ""

    @on_load(Permission.INVOICES_EDIT)
    async def load(self):
        await self._look()

    @on_load(Permission.INVOICES_EDIT)
    async def load_lines(self):
        page = self._query.get("page", "1")
        await self._look(int(page) if page.isdecimal() and 0 < len(page) < 6 else 1)
        self._request_key = secrets.token_hex(16)

    async def _look(self, page: int = 0) -> None:
        query = self._query
        draft = query.get("draft", "")
        draft_id = int(draft) if draft.isascii() and draft.isdecimal() and len(draft) < 12 else None
        day = (await self._today()).isoformat()
        looked = await self._read(look, query, draft_id, day, page)
        known = {**looked.choices, "draft": str(draft_id or ""), "epage": query.get("epage", "")}
        fresh = known.get("client") != self.choices.get("client")
        self.choices = {**known, "client_label": looked.client}
        if fresh or not self.values:
            self._fill({"client": known["client"], "client_label": looked.client})
        self.errors = {}
        self.lines_href, self.scope_href, self.pick_href = (
            routes.with_query(address, self._kept())
            for address in (routes.INVOICE_NEW_LINES, routes.INVOICE_NEW, routes.INVOICE_NEW_PICK)
        )
        self._show_draft(looked)
        self._show_offers(looked)
        self._show_figures(looked)
        self._show_lines(looked, page)

    def _kept(self, **changed: str) -> dict[str, str]:
        known = {**self.choices, **changed}
        return {name: known.get(name, "") for name in KEPT}

    def _show_draft(self, looked: Looked) -> None:
        draft = looked.draft
        self.draft_id = draft.invoice_id if draft else 0
        self._version = draft.version if draft else 0
        self.losses = list(draft.changed[:5]) if draft else []
        if draft and len(draft.changed) > 5:
            self.losses.append(self._t("billing.more_lines", n=len(draft.changed) - 5))
        self.removed = draft.removed if draft else 0
        self.details_href = routes.invoice_edit(self.draft_id) if draft else ""
        found = looked.offers.drafts if looked.offers else []
        self.drafts = [
            DraftRow(
                self._t("billing.open_draft", **draft_text(each, self._locale)),
                routes.invoice_edit(each.invoice_id),
            )
            for each in found
        ]

    def _show_offers(self, looked: Looked) -> None:
        locale, offered = self._locale, looked.offers
        chosen = ids_of(self.choices.get("projects", ""))
        shares = {share.project_id: share for share in looked.found.shares} if looked.found else {}

        def row(offer: Any) -> TimeRow:
            share = shares.get(offer.project_id)
            seconds, minor = (
                (share.seconds, share.amount_minor)
                if share
                else (
                    offer.seconds,
                    offer.amount_minor,
                )
            )
            return TimeRow(
                id=offer.project_id,
                name=offer.name,
                hours=formats.hours(seconds, locale),
                amount=formats.money(minor, offer.currency, locale),
                chosen=offer.project_id in chosen,
            )

        self.times = [row(offer) for offer in offered.time] if offered else []
        self.fixed = self._price_rows(looked, "fixed", offered.fixed if offered else [])
        self.with_phases = bool(offered and offered.milestones is not None)
        self.phases = self._price_rows(looked, "phases", (offered.milestones if offered else None) or [])
        self._show_expenses(looked)

    def _show_expenses(self, looked: Looked) -> None:
        locale, found = self._locale, looked.expenses
        self.expenses, self.expense_sums, self.expense_reasons = [], {}, []
        self.expense_count = self.expenses_chosen = 0
        self.all_expenses = False
        if found is None:
            return
        money = lambda minor: formats.money(minor, found.currency, locale) if minor else ""  # noqa: E731
        self.expenses = [expense_row(each, found.currency, locale, routes.expense) for each in found.rows]
        self.expense_count, self.expenses_chosen = found.count, found.chosen
        self.all_expenses = bool(expenses_of(self.choices.get("expenses", "")).get("all"))
        self.expense_page, self.expense_pages = found.page, found.pages
        self.expense_sums = {
            "base": money(found.base_minor),
            "mark_up": money(found.mark_up_minor),
            "tax": money(found.tax_minor),
            "total": formats.money(found.total_minor, found.currency, locale),
        }
        self.expense_reasons = [
            self._t(f"billing.expenses_waiting.{reason}", n=count) for reason, count in found.waiting.items()
        ]

    def _price_rows(self, looked: Looked, part: str, offered: list[Any]) -> list[PriceRow]:
        choices = {each.id: each for each in shares_of(self.choices.get(part, ""))}
        lines = lines_by_source(looked.found, PRICE_KINDS[part][0], list(choices))
        return [
            price_row(offer, choices.get(offer.id), lines.get(offer.id), self._locale) for offer in offered
        ]

    def _show_figures(self, looked: Looked) -> None:
        locale, found, problem = self._locale, looked.found, looked.problem
        self.problem = tell(self, problem) if problem else ""
        self.ready = found is not None and problem is None
        self.by_hand = bool(picked_of(self.choices))
        self.logs = self.line_count = 0
        self.tracked = self.billed = self.amount = self.time_amount = self.marked = ""
        self.left_out, self.unpriced = [], bool(self.choices.get("rate"))
        self.by_hour = self.by_price = False
        if found is None:
            return
        self._seen = found.seen
        self.logs, self.line_count = found.logs, found.line_count
        self.tracked = formats.hours(found.tracked_seconds, locale)
        self.billed = formats.hours(found.billed_seconds, locale)
        self.time_amount = formats.money(found.time_minor, found.currency, locale)
        self.amount = formats.money(found.amount_minor, found.currency, locale)
        self.by_hour = found.logs > 0
        self.by_price = any(line.charge != EXPENSES for line in found.lines)
        if found.marked_logs:
            hours = formats.hours(found.marked_seconds, locale)
            self.marked = self._t("billing.marked", n=found.marked_logs, hours=hours)
        self.left_out = [
            ReasonRow(each.reason.value, each.logs, formats.hours(each.seconds, locale))
            for each in found.left_out
        ]
        self.unpriced = self.unpriced or any(row.reason == "no_rate" for row in self.left_out)

    def _show_lines(self, looked: Looked, page: int) -> None:
        found = looked.found
        scope = found.bill.scope if found else None
        kind = LineKind.FIXED_COST if self.choices.get("fixed") else LineKind.MILESTONE
        self.lines = [line_row(line, found.currency, self._locale) for line in (looked.lines or []) if found]
        self.line_pages = max(1, -(-self.line_count // PAGE))
        self.line_page = min(max(page, 1), self.line_pages)
        if scope is None:
            return
        self.name_fields = [each.value for each in scope.line_names]
        self.description_fields = [each.value for each in scope.description_fields]
        self.price_names = [each.value for each in scope.price_names or NAMES[kind]]
        self.price_descriptions = (
            []
            if self.choices.get("pdesc") == NONE
            else [each.value for each in scope.price_descriptions or DESCRIPTIONS[kind]]
        )

    def _go(self, address: str, **changed: str) -> Any:
        return rx.redirect(routes.with_query(address, self._kept(**changed)), replace=True)

    @handler(Permission.INVOICES_EDIT)
    async def pick_client(self, client_id: str, _label: str):
        return rx.redirect(routes.with_query(routes.INVOICE_NEW, {"client": str(client_id)}), replace=True)

    @handler(Permission.INVOICES_EDIT)
    async def toggle_project(self, project_id: int):
        chosen = ids_of(self.choices.get("projects", ""))
        wanted = int(project_id)
        chosen = [each for each in chosen if each != wanted] if wanted in chosen else [*chosen, wanted]
        return self._go(routes.INVOICE_NEW, projects=",".join(map(str, chosen)) or "0")

    @handler(Permission.INVOICES_EDIT)
    async def toggle_all_projects(self):
        """All projects with time, or none where all of them are chosen."""
        everything = [row.id for row in self.times]
        chosen = ids_of(self.choices.get("projects", ""))
        wanted = [] if set(everything) <= set(chosen) else everything
        return self._go(routes.INVOICE_NEW, projects=",".join(map(str, wanted)) or "0")

    @handler(Permission.INVOICES_EDIT)
    async def choose(self, name: str, value: str):
        """A day of the scope (`until`, `since`), or what makes a line (`by`)."""
        if name == "until":
            return self._go(routes.INVOICE_NEW, until=str(value)[:10] or NONE)
        if name == "since":
            return self._go(routes.INVOICE_NEW, since=str(value)[:10])
        if name == "by" and value in set(GroupBy):
            return self._go(routes.INVOICE_NEW_LINES, by=str(value), name="")
        return None

    @handler(Permission.INVOICES_EDIT)
    async def set_rate(self, typed: str):
        """The hourly rate of time that has none; nothing typed leaves such time out."""
        try:
            rate = read_rate(str(typed)[:40])
        except DomainError as error:
            raise DomainError(error.code, field="rate", **error.params) from None
        return self._go(routes.INVOICE_NEW, rate="" if rate is None else format(rate, "f"))

    @handler(Permission.INVOICES_EDIT)
    async def toggle_share(self, part: str, id_: int):
        """Bill a price, all that remains of it to begin with, or no longer."""
        known = self._shares(part)
        if int(id_) in known:
            return self._share(part, int(id_), None)
        rows = self.fixed if part == "fixed" else self.phases
        row = next((each for each in rows if each.id == int(id_)), None)
        if row is None:
            return None
        basis = Basis.REST if row.price else Basis.ACTUAL if row.actual else Basis.CUSTOM
        return self._share(part, row.id, ShareChoice(row.id, basis))

    @handler(Permission.INVOICES_EDIT)
    async def type_share(self, part: str, id_: int, typed: str):
        """An amount (`2500`) or a percentage of the price (`40 %`)."""
        choice = self._shares(part).get(int(id_))
        text = str(typed).strip()[:40]
        if choice is None:
            return None
        basis, value = Basis.CUSTOM, ""
        if text:
            try:
                basis, number = typed_share(text, self._locale)
            except ValueError:
                self.errors = {f"{part}-{choice.id}": self._t("invoicing.error.share_missing")}
                return None
            value = format(number, "f")
        return self._share(part, choice.id, replace(choice, basis=basis, value=value, above=False))

    @handler(Permission.INVOICES_EDIT)
    async def set_basis(self, part: str, id_: int, basis: str):
        """What the amount comes from."""
        choice = self._shares(part).get(int(id_))
        if choice is None or basis not in set(Basis):
            return None
        return self._share(part, choice.id, replace(choice, basis=Basis(basis), value="", above=False))

    @handler(Permission.INVOICES_EDIT)
    async def flag_share(self, part: str, id_: int, flag: str):
        """Mark its time as billed (`time`), or allow to go above the price (`above`)."""
        choice = self._shares(part).get(int(id_))
        if choice is None or flag not in ("time", "above"):
            return None
        return self._share(part, choice.id, replace(choice, **{flag: not getattr(choice, flag)}))

    @handler(Permission.INVOICES_EDIT)
    async def toggle_expenses(self):
        """All unbilled expenses of the client, those of later too until the draft is made, or none."""
        every = self.expense_count > 0 and self.expenses_chosen == self.expense_count
        return self._expenses("" if every else "all")

    @handler(Permission.INVOICES_EDIT)
    async def toggle_expense(self, expense_id: int):
        return self._expenses(with_expense(self.choices.get("expenses", ""), int(expense_id)))

    @handler(Permission.INVOICES_EDIT)
    async def show_expenses(self, page: int):
        return self._go(routes.INVOICE_NEW, epage=str(int(page)))

    def _expenses(self, wanted: str) -> Any:
        return self._go(routes.INVOICE_NEW, expenses=wanted, projects=self.choices.get("projects") or "0")

    def _shares(self, part: str) -> dict[int, ShareChoice]:
        if part not in PRICE_KINDS:
            return {}
        return {each.id: each for each in shares_of(self.choices.get(part, ""))}

    def _share(self, part: str, id_: int, choice: ShareChoice | None) -> Any:
        if part not in PRICE_KINDS:
            return None
        changed = {part: with_share(self.choices.get(part, ""), id_, choice)}
        return self._go(routes.INVOICE_NEW, **changed, projects=self.choices.get("projects") or "0")

    @handler(Permission.INVOICES_EDIT)
    async def forget_picked(self):
        """Take in again what was left out by hand."""
        return self._go(routes.INVOICE_NEW, picked="", only="")

    @handler(Permission.INVOICES_EDIT)
    async def toggle_field(self, place: str, field: str):
        """Add a field to the name or the description of the lines, at the end, or take it away."""
        shown = {
            "name": (self.name_fields, LineField),
            "desc": (self.description_fields, LineField),
            "pname": (self.price_names, PriceField),
            "pdesc": (self.price_descriptions, PriceField),
        }
        if place not in shown or field not in set(shown[place][1]):
            return None
        fields = list(shown[place][0])
        fields = [each for each in fields if each != field] if field in fields else [*fields, field]
        return self._go(routes.INVOICE_NEW_LINES, **{place: ",".join(fields) or NONE})

    @handler(Permission.INVOICES_EDIT)
    async def show_lines(self, page: int):
        address = routes.with_query(routes.INVOICE_NEW_LINES, {**self._kept(), "page": str(int(page))})
        return rx.redirect(address, replace=True)

    @handler(Permission.INVOICES_EDIT)
    async def go_on(self):
        return rx.redirect(self.lines_href)

    @handler(Permission.INVOICES_EDIT)
    async def make_draft(self):
        """The draft takes what it bills now; its details are next. One that was there is made anew."""
        scope = scope_of(self.choices)
        try:
            if self.draft_id:
                invoice = await self._write(
                    _regrouped, self.draft_id, self._version, self._kept(), self._seen
                )
            else:
                invoice = await self._write(
                    drafts.create_from_time, scope, DraftHead(), self._seen, self._request_key
                )
        except DomainError:
            await self._look(self.line_page)
            raise
        await self._changed("invoices", "time")
        return rx.redirect(routes.invoice_edit(invoice.id or 0), replace=True)

    @handler(Permission.INVOICES_EDIT)
    async def discard(self):
        """Delete the draft: everything it holds can be billed again."""
        if not self.draft_id:
            return rx.redirect(routes.INVOICES)
        await self._write(discard_draft, self.draft_id)
        await self._changed("invoices", "time")
        self._say(self._t("billing.discarded"))
        return rx.redirect(routes.INVOICES)


def _regrouped(
    session: Any, actor: Any, draft_id: int, version: int, kept: dict[str, str], seen: str
) -> Invoice:
    """The draft, made anew only where it would not be the same."""
    draft, scope = take_up(session, actor, draft_id), scope_of(kept)
    before = choices_of(draft.scope, draft.client_id)
    same = all(kept.get(name, "") == value for name, value in before.items())
    if same and holds_all(session, actor, draft):
        return session.get_one(Invoice, draft_id)
    return regroup(session, actor, draft_id, version, scope, seen)
