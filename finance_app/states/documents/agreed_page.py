"""What the pages of an estimate and of a sales order share: lines, figures, what is invoiced and left."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, ClassVar

import reflex as rx

from finance_app import routes
from finance_app.domain.errors import DomainError, InvalidFields
from finance_app.domain.parts import Deduct
from finance_app.domain.permissions import Permission
from finance_app.i18n import formats, t
from finance_app.i18n.numbers import read_number
from finance_app.models import Invoice
from finance_app.services.estimating import billing
from finance_app.services.estimating.billing import PartAsk, PartChoice
from finance_app.services.estimating.reading import AgreedView, view
from finance_app.services.invoicing.facts import displayed_of
from finance_app.services.invoicing.parts import Contract
from finance_app.states.documents.delivery import DeliveryPanel
from finance_app.states.form import FormState, texts
from finance_app.states.handlers import handler
from finance_app.states.history import EventRow, event_rows
from finance_app.states.invoices.page import TotalRow, discount_text, figure_rows, unit_text
from finance_app.states.session import joined


@dataclass(frozen=True)
class AgreedRow:
    """A line; `is_section` is a heading, `counted` says whether it is in the total."""

    id: int
    name: str
    description: str
    quantity: str
    unit: str
    price: str
    discount: str
    taxes: str
    amount: str
    is_section: bool
    optional: bool
    counted: bool


@dataclass(frozen=True)
class PartRow:
    """An invoice over a part."""

    number: str
    what: str
    total: str
    state: str
    href: str


@dataclass(frozen=True)
class LeftRow:
    """A line in the dialog that invoices a part: what is left of it."""

    id: str
    name: str
    agreed: str
    left: str
    done: str
    is_open: bool


@dataclass(frozen=True)
class OtherRow:
    """Another version, or the sales order."""

    label: str
    total: str
    state: str
    href: str
    present: bool = False


def agreed_row(line: Any, currency: str, locale: str) -> AgreedRow:
    optional = getattr(line, "optional", False)
    return AgreedRow(
        id=line.id or 0,
        name=line.name,
        description=line.description,
        quantity=formats.quantity(line.quantity, locale),
        unit=unit_text(line.unit, locale),
        price=formats.number(line.unit_price, locale, min_decimals=2),
        discount=discount_text(line, locale),
        taxes=", ".join(tax["name"] for tax in line.taxes),
        amount=formats.money(line.amount_minor, currency, locale),
        is_section=line.kind == "section",
        optional=optional,
        counted=not optional or line.chosen,
    )


class AgreedPage(FormState, mixin=True):
    """Its form is the dialog of the moment: `asks` says which."""

    object_id: int = 0
    number: str = ""
    state: str = ""
    client: str = ""
    client_href: str = ""
    project: str = ""
    project_href: str = ""
    context: str = ""
    details: dict[str, str] = {}
    actions: list[str] = []
    lines: list[AgreedRow] = []
    line_count: int = 0
    line_page: int = 1
    line_pages: int = 1
    totals: list[TotalRow] = []
    events: list[EventRow] = []
    parts: list[PartRow] = []
    figures: dict[str, str] = {}
    billable: bool = False
    version: int = 0
    asks: str = ""
    currency: str = ""
    part_choice: str = ""
    part_lines: list[LeftRow] = []
    part_preview: str = ""
    part_error: str = ""

    _kind: ClassVar[str] = ""
    _events: ClassVar[str] = ""
    _request_key: str = ""
    _tried: dict[str, str] = {}

    def _object_id(self) -> int:
        raise NotImplementedError

    async def _load_view(self) -> AgreedView:
        page = self._query.get("lines", "1")
        number = int(page) if page.isdecimal() and len(page) < 6 else 1
        found = await self._read(view, self.__class__._kind, self._object_id(), number)
        self._show_view(found)
        panel = await self.get_state(DeliveryPanel)
        await panel._show(self.__class__._kind, self.object_id)
        return found

    def _show_view(self, found: AgreedView) -> None:
        document, locale, currency = found.document, self._locale, found.document.currency
        self.object_id, self.currency = document.id or 0, currency
        self.number, self.state, self.version = document.number or "", found.state, document.version
        self.client, self.client_href = found.client, routes.client(document.client_id)
        self.project = found.project
        self.project_href = routes.project(document.project_id) if document.project_id else ""
        self.context = joined([found.client, document.title])
        self.actions = sorted(found.actions)
        self.lines = [agreed_row(line, currency, locale) for line in found.lines]
        self.line_count, self.line_page, self.line_pages = found.line_count, found.page, found.pages
        self.totals = figure_rows(document, locale)
        percent = document.deposit_percent
        self.details = {
            "issue_date": formats.day(document.issue_date, locale),
            "total": formats.money(document.total_minor, currency, locale),
            "title": document.title,
            "reference": document.reference,
            "recipients": "\n".join(document.recipients),
            "notes": document.notes,
            "terms": document.terms,
            "void_reason": document.void_reason,
            "deposit": formats.percent(percent, locale) if percent is not None else "",
            "deduct": t(locale, f"estimate.deduct.{document.deduct.value}"),
        }
        self.events = event_rows(found.events, self.__class__._events, currency, locale, found.zone)
        self._show_parts(found)

    def _show_parts(self, found: AgreedView) -> None:
        contract, locale, currency = found.contract, self._locale, found.document.currency
        self.billable = contract is not None
        self.parts, self.figures, self.part_lines = [], {}, []
        if contract is None:
            return

        def money(minor: int) -> str:
            return formats.money(minor, currency, locale)

        advance = sum(group.advance_minor for group in contract.agreed.groups)
        tax = sum(sum(group.advance_taxes) for group in contract.agreed.groups)
        share = Decimal(contract.billed_minor * 100) / Decimal(contract.total_minor or 1)
        self.figures = {
            "agreed": money(contract.total_minor),
            "billed": money(contract.billed_minor),
            "left": money(contract.left_minor),
            "share": formats.percent(round(share), locale),
            "advance": money(advance + tax) if advance else "",
        }
        self.parts = [part_row(invoice, locale, found) for invoice in contract.invoices]
        self.part_lines = left_rows(contract, currency, locale)

    @handler(Permission.INVOICES_VIEW)
    async def show_lines(self, page: int):
        return rx.redirect(routes.with_query(self.router.url.path, {"lines": str(int(page))}), replace=True)

    @handler(Permission.INVOICES_EDIT)
    async def open_part(self, choice: str):
        """Open the dialog that invoices a part, beginning with this choice."""
        self.asks = "part"
        self.part_choice = PartChoice(choice).value if choice in set(PartChoice) else PartChoice.WHOLE.value
        if self.parts and self.part_choice == PartChoice.WHOLE:
            self.part_choice = PartChoice.BALANCE.value
        self._request_key = secrets.token_hex(16)
        self._tried = {}
        percent = self.details.get("deposit", "").rstrip("%\u00a0 \u202f")
        self._fill({"percent": percent, "deduct": ""})
        self._open_form()
        await self._try_part()

    @handler(Permission.INVOICES_EDIT)
    async def choose_part(self, choice: str):
        if choice in set(PartChoice):
            self.part_choice = choice
            self.errors = {}
            kept = {name: self._tried[name] for name in ("percent", "deduct") if name in self._tried}
            self._tried = kept
            self.values = {**self.values, **kept}
            await self._try_part()

    @handler(Permission.INVOICES_EDIT)
    async def try_part(self, field: str, value: str | bool):
        """Show what the invoice would come to while the part is typed and ticked."""
        known = {"percent", "deduct"} | {
            f"{kind}_{row.id}" for row in self.part_lines for kind in ("to", "line")
        }
        if field in known:
            self._tried = {**self._tried, field: "on" if value is True else str(value or "")[:20]}
            await self._try_part()

    async def _try_part(self) -> None:
        self.part_preview = self.part_error = ""
        try:
            ask = self._ask({"percent": self.values.get("percent", ""), **self._tried})
            if ask.choice is PartChoice.LINES and not ask.line_ids:
                return
            net, total = await self._read(billing.preview, self.__class__._kind, self._object_id(), ask)
        except InvalidFields:
            return
        except DomainError as fault:
            self.part_error = self._t(fault.code, **fault.params)
            return
        amounts = {"net": net, "total": total}
        shown = {name: formats.money(minor, self.currency, self._locale) for name, minor in amounts.items()}
        self.part_preview = self._t(f"estimate.part.preview{'' if net != total else '_untaxed'}", **shown)

    def _ask(self, given: dict[str, str]) -> PartAsk:
        choice = PartChoice(self.part_choice)
        percent = self._percent(given.get("percent", ""), "percent")
        if choice in (PartChoice.DEPOSIT, PartChoice.PERCENTAGE) and percent is None:
            raise InvalidFields({"percent": DomainError("common.error.required")})
        deduct = given.get("deduct", "")
        percents = {
            int(row.id): done
            for row in self.part_lines
            if (done := self._percent(given.get(f"to_{row.id}", ""), "percent")) is not None
        }
        if choice is PartChoice.PROGRESS and not percents:
            raise InvalidFields({"percent": DomainError("common.error.required")})
        return PartAsk(
            choice,
            percent,
            percents,
            [int(row.id) for row in self.part_lines if given.get(f"line_{row.id}") == "on"],
            Deduct(deduct) if deduct in set(Deduct) else None,
        )

    def _percent(self, text: str, field: str) -> Decimal | None:
        typed = text.strip().rstrip("%").strip()
        if not typed:
            return None
        try:
            return read_number(typed, self._locale)
        except ValueError:
            raise InvalidFields({field: DomainError("invoicing.error.number", text=typed[:40])}) from None

    @handler(Permission.INVOICES_EDIT)
    async def invoice_part(self, data: dict):
        """Make the draft over the part, and go to it."""
        ask = self._ask(texts(data))
        kind, object_id = self.__class__._kind, self._object_id()
        made = await self._write(billing.invoice_part, kind, object_id, ask, self._request_key)
        self.form_open = False
        await self._changed("estimates", "invoices")
        self._say(self._t("estimate.part.made"))
        return rx.redirect(routes.invoice(made.id or 0))

    async def _done(self, message: str, *topics: str) -> Any:
        self.form_open = False
        await self._changed("estimates", *topics)
        self._say(self._t(message))
        return self.__class__.load


def part_row(invoice: Invoice, locale: str, found: AgreedView) -> PartRow:
    return PartRow(
        number=invoice.number or t(locale, "invoice.state.draft"),
        what=t(locale, f"estimate.part.choice.{invoice.billing.get('part', 'whole')}"),
        total=formats.money(invoice.part_minor, invoice.currency, locale),
        state=displayed_of(invoice, found.today).value,
        href=routes.invoice(invoice.id or 0),
    )


def left_rows(contract: Contract, currency: str, locale: str) -> list[LeftRow]:
    rows = []
    for line in contract.agreed.lines:
        done = Decimal(line.billed_minor * 100) / Decimal(line.net_minor) if line.net_minor else Decimal(0)
        name = contract.names.get(line.id) or t(locale, "estimate.part.rest")
        rows.append(
            LeftRow(
                id=str(line.id),
                name=name,
                agreed=formats.money(line.net_minor, currency, locale),
                left=formats.money(line.left_minor, currency, locale),
                done=formats.percent(round(done), locale),
                is_open=line.left_minor != 0,
            )
        )
    return rows


def other_rows(
    documents: Sequence[Any], present: int, states: dict[int, str], locale: str, address: Any
) -> list[OtherRow]:
    return [
        OtherRow(
            label=each.number or t(locale, "invoice.state.draft"),
            total=formats.money(each.total_minor, each.currency, locale),
            state=states.get(each.id, ""),
            href=address(each.id),
            present=each.id == present,
        )
        for each in documents
    ]
