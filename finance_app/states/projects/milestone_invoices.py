"""Billing a milestone: the invoices that it stands on, and the dialog that begins the next one.

What the dialog asks for becomes the address of the wizard's lines, where it is seen before a draft is made.
"""

from dataclasses import dataclass
from datetime import date
from typing import ClassVar

import reflex as rx

from finance_app import routes
from finance_app.domain.errors import DomainError
from finance_app.domain.permissions import Permission
from finance_app.domain.shares import Basis, PriceField
from finance_app.i18n import formats
from finance_app.models.kinds import LineKind
from finance_app.services.invoicing.price_lines import DESCRIPTIONS, NAMES
from finance_app.services.projects import milestone_invoices
from finance_app.services.projects.milestone_invoices import MilestoneInvoice, MilestoneOffer
from finance_app.states.billing.choices import NONE, ShareChoice, day_of, typed_share
from finance_app.states.form import FormState, texts
from finance_app.states.handlers import handler, on_load
from finance_app.states.live import Watcher
from finance_app.states.session import Session

OWN = Basis.CUSTOM.value


@dataclass(frozen=True)
class InvoiceRow:
    id: int
    number: str
    title: str
    day: str
    state: str
    amount: str
    href: str


def invoice_row(row: MilestoneInvoice, locale: str) -> InvoiceRow:
    return InvoiceRow(
        id=row.id,
        number=row.number,
        title=row.title,
        day=formats.day(row.day, locale),
        state=row.state,
        amount=formats.money(row.amount_minor, row.currency, locale),
        href=routes.invoice(row.id),
    )


class MilestoneInvoices(Watcher, Session):
    """The panel of the milestone's page; empty for those who may not see invoices."""

    rows: list[InvoiceRow] = []
    shown: bool = False

    _topics: ClassVar = ("invoices", "time")

    @on_load(Permission.PROJECTS_VIEW)
    async def load(self):
        project_id, milestone_id = self._id("project_id"), self._id("milestone_id")
        may = self._me.may
        self.shown = may(Permission.INVOICES_VIEW, project_id) and may(Permission.RATES_VIEW, project_id)
        found = await self._read(milestone_invoices.invoices, project_id, milestone_id) if self.shown else []
        self.rows = [invoice_row(row, self._locale) for row in found]


class MilestoneBilling(FormState, Session):
    """The dialog. `refused` says why this milestone cannot be billed at all, `options` what its amount may
    come from."""

    milestone_id: int = 0
    name: str = ""
    standing: str = ""
    refused: str = ""
    options: list[dict[str, str]] = []
    basis: str = ""
    waiting: str = ""

    @handler(Permission.INVOICES_EDIT)
    async def open_billing(self, milestone_id: int, name: str):
        offer = await self._read(milestone_invoices.offer, self._id("project_id"), int(milestone_id))
        self.milestone_id, self.name = int(milestone_id), str(name)[:200]
        self._show(offer)
        values = {"since": "", "until": offer.until.isoformat(), "amount": "", "time": ""}
        values |= {f"name_{field.value}": "on" for field in NAMES[LineKind.MILESTONE]}
        values |= {f"text_{field.value}": "on" for field in DESCRIPTIONS[LineKind.MILESTONE]}
        fields = {f"{place}_{field.value}": "" for place in ("name", "text") for field in PriceField}
        self._fill({**fields, **values})
        self.basis = self.options[0]["value"] if self.options else OWN
        self._open_form()

    def _show(self, offer: MilestoneOffer) -> None:
        locale, standing = self._locale, offer.standing

        def money(minor: int) -> str:
            return formats.money(minor, offer.currency, locale)

        self.refused = (
            self._t("milestone.billing.no_client")
            if not offer.client_id
            else ""
            if offer.switched_on
            else self._t("invoicing.error.milestones_off")
        )
        price = standing.price_minor
        words = {"billed": money(standing.billed_minor), "left": money(standing.left_minor)}
        self.standing = (
            self._t("milestone.billing.standing", price=money(price), **words)
            if price
            else self._t("milestone.billing.without_price", **words)
        )
        bases = [
            (Basis.REST, standing.left_minor if price else 0),
            (Basis.FIXED, offer.fixed_minor or 0),
            (Basis.PLANNED, offer.planned_minor),
            (Basis.ACTUAL, offer.waiting_minor),
        ]
        self.options = [
            {"value": basis.value, "label": self._t(f"milestone.billing.{basis.value}", amount=money(minor))}
            for basis, minor in bases
            if minor
        ]
        self.options.append({"value": OWN, "label": self._t("billing.basis.own")})
        hours = formats.hours(offer.waiting_seconds, locale)
        key = "waiting" if offer.waiting_logs else "none_waiting"
        self.waiting = self._t(f"milestone.billing.{key}", n=offer.waiting_logs, hours=hours)

    @handler(Permission.INVOICES_EDIT)
    async def set_basis(self, basis: str):
        self.basis = basis if any(each["value"] == basis for each in self.options) else OWN

    @handler(Permission.INVOICES_EDIT)
    async def set_day(self, name: str, value: str):
        """Another range: what is worked in it is offered anew."""
        if name not in ("since", "until"):
            return
        self.values = {**self.values, name: str(value)[:10]}
        since, until = self._range(self.values)
        offer = await self._read(
            milestone_invoices.offer, self._id("project_id"), self.milestone_id, since, until
        )
        self._show(offer)
        if self.basis not in {each["value"] for each in self.options}:
            self.basis = self.options[0]["value"]

    def _range(self, given: dict[str, str]) -> tuple[date | None, date | None]:
        """Raises DomainError for days that are none, or the wrong way round."""
        since, until = (day_of(given.get(name, ""), name) for name in ("since", "until"))
        self.errors = {}
        if since and until and since > until:
            raise DomainError("milestone.billing.error.range", field="since")
        return since, until

    @handler(Permission.INVOICES_EDIT)
    async def preview(self, data: dict):
        given = texts(data)
        since, until = self._range(given)
        if until is None:
            raise DomainError("milestone.billing.error.until", field="until")
        share = self._share(given)
        names = _ticked(given, "name_")
        if not names:
            raise DomainError("milestone.billing.error.name", field="name_project")
        offer = await self._read(
            milestone_invoices.offer, self._id("project_id"), self.milestone_id, since, until
        )
        choices = {
            "client": str(offer.client_id or ""),
            "projects": "0",
            "phases": share.told(),
            "since": since.isoformat() if since else "",
            "until": until.isoformat(),
            "pname": ",".join(names),
            "pdesc": ",".join(_ticked(given, "text_")) or NONE,
        }
        self.form_open = False
        return rx.redirect(routes.with_query(routes.INVOICE_NEW_LINES, choices))

    def _share(self, given: dict[str, str]) -> ShareChoice:
        """Raises DomainError beside the amount."""
        time = given.get("time") == "on"
        if self.basis != OWN:
            return ShareChoice(self.milestone_id, Basis(self.basis), time=time)
        try:
            basis, number = typed_share(given.get("amount", "")[:40], self._locale)
        except ValueError:
            raise DomainError("invoicing.error.share_missing", field="amount") from None
        if number <= 0:
            raise DomainError("invoicing.error.share_zero", field="amount")
        return ShareChoice(self.milestone_id, basis, format(number, "f"), time)


def _ticked(given: dict[str, str], prefix: str) -> list[str]:
    return [field.value for field in PriceField if given.get(prefix + field.value) == "on"]
