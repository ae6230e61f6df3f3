"""The pages of the settings that belong to the portal."""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import ClassVar
from zoneinfo import available_timezones

from finance_app import routes
from finance_app.documents.legal import french_mentions
from finance_app.domain.errors import DomainError
from finance_app.domain.numbering import NumberPattern
from finance_app.domain.permissions import Permission
from finance_app.i18n.formats import month, percent
from finance_app.models import Tax
from finance_app.services.settings import logos, taxes
from finance_app.services.settings import portal as portal_settings
from finance_app.states.clients.page import country_options
from finance_app.states.form import FormState, texts
from finance_app.states.handlers import handler, on_load
from finance_app.states.session import Session


class CompanySettings(FormState, Session):
    country_options: list[dict[str, str]] = []
    is_french: bool = False
    mentions_key: int = 0
    logo_href: str = ""

    @on_load(Permission.SETTINGS_EDIT)
    async def load(self):
        self.country_options = country_options(self._locale)
        values = await self._read(portal_settings.values, "company")
        self.is_french = values["country"] == "FR"
        await self._show_logo()
        self._fill(values)

    @handler(Permission.SETTINGS_EDIT)
    async def save(self, data: dict):
        await self._write(portal_settings.save, "company", texts(data))
        await self._changed("settings")
        return [*self._saved(), type(self).load]

    @handler(Permission.SETTINGS_EDIT)
    async def fill_mentions(self):
        """Put the mentions that French law wants into their field; kept when the form is saved."""
        mentions = "\n".join(french_mentions(self.values.get("locale", "fr")))
        self.values = {**self.values, "legal_mentions": mentions}
        self.mentions_key += 1

    @handler(Permission.SETTINGS_EDIT)
    async def show_new_logo(self, _answer: str):
        await self._show_logo()
        self._say(self._t("settings.company.logo_saved"))

    @handler(Permission.SETTINGS_EDIT)
    async def remove_logo(self):
        await self._write(logos.remove)
        await self._show_logo()

    async def _show_logo(self) -> None:
        """The file's id makes the browser load a new logo."""
        stored = await self._read(logos.current)
        self.logo_href = f"{routes.COMPANY_LOGO}?v={stored.id}" if stored else ""


class DocumentSettings(FormState, Session):
    invoice_example: str = ""
    credit_note_example: str = ""

    @on_load(Permission.SETTINGS_EDIT)
    async def load(self):
        values = await self._read(portal_settings.values, "documents")
        self.invoice_example = self._example(values["invoice_pattern"])
        self.credit_note_example = self._example(values["credit_note_pattern"])
        self._fill(values)

    @handler(Permission.SETTINGS_EDIT, supersedes=True)
    async def show_invoice_example(self, pattern: str):
        self.invoice_example = self._example(str(pattern)[:60])

    @handler(Permission.SETTINGS_EDIT, supersedes=True)
    async def show_credit_note_example(self, pattern: str):
        self.credit_note_example = self._example(str(pattern)[:60])

    def _example(self, pattern: str) -> str:
        try:
            return NumberPattern(pattern.strip()).format(datetime.now(UTC).date(), 7)
        except DomainError as fault:
            return self._t(fault.code, **fault.params)

    @handler(Permission.SETTINGS_EDIT)
    async def save(self, data: dict):
        await self._write(portal_settings.save, "documents", texts(data))
        await self._changed("settings")
        return [*self._saved(), type(self).load]


class SecuritySettings(FormState, Session):
    @on_load(Permission.SETTINGS_EDIT)
    async def load(self):
        self._fill(await self._read(portal_settings.values, "security"))

    @handler(Permission.SETTINGS_EDIT)
    async def save(self, data: dict):
        await self._write(portal_settings.save, "security", texts(data))
        await self._changed("settings")
        return [*self._saved(), type(self).load]


class TimeSettings(FormState, Session):
    zones: list[dict[str, str]] = []
    months: list[dict[str, str]] = []

    @on_load(Permission.SETTINGS_EDIT)
    async def load(self):
        names = sorted(zone for zone in available_timezones() if "/" in zone or zone == "UTC")
        self.zones = [{"value": name, "label": name.replace("_", " ")} for name in names]
        self.months = [
            {"value": str(n), "label": month(date(2024, n, 1), self._locale).replace(" 2024", "")}
            for n in range(1, 13)
        ]
        self._fill(await self._read(portal_settings.values, "time"))

    @handler(Permission.SETTINGS_EDIT)
    async def save(self, data: dict):
        await self._write(portal_settings.save, "time", texts(data))
        await self._changed("settings")
        return [*self._saved(), type(self).load]


@dataclass(frozen=True)
class TaxRow:
    id: int
    name: str
    rate: str
    category: str
    reason: str
    is_default: bool


def tax_row(tax: Tax, locale: str) -> TaxRow:
    return TaxRow(
        tax.id or 0, tax.name, percent(tax.rate, locale), tax.category, tax.exemption_reason, tax.is_default
    )


class TaxSettings(FormState, Session):
    rows: list[TaxRow] = []
    tax_id: int = 0
    basis: str = ""

    _topics: ClassVar = ("settings",)

    @on_load(Permission.SETTINGS_EDIT)
    async def load(self):
        found = await self._read(taxes.in_use)
        self.rows = [tax_row(tax, self._locale) for tax in found]
        self.basis = (await self._read(portal_settings.values, "taxes"))["tax_basis"]

    @handler(Permission.SETTINGS_EDIT)
    async def choose_basis(self, basis: str):
        await self._write(portal_settings.save, "taxes", {"tax_basis": str(basis)})
        self.basis = str(basis)
        await self._changed("settings")
        self._say(self._t("common.saved"))

    @handler(Permission.SETTINGS_EDIT)
    async def open_tax(self, tax_id: int):
        """Open the dialog for a tax, or with 0 for a new one."""
        found = {tax.id: tax for tax in await self._read(taxes.in_use)}
        tax = found.get(int(tax_id))
        self.tax_id = tax.id or 0 if tax else 0
        self._fill(
            {
                "name": tax.name if tax else "",
                "rate": format(tax.rate, "f") if tax else str(Decimal(20)),
                "category": tax.category if tax else "S",
                "exemption_reason": tax.exemption_reason if tax else "",
                "is_default": "on" if tax and tax.is_default else "",
            }
        )
        self._open_form()

    @handler(Permission.SETTINGS_EDIT)
    async def save(self, data: dict):
        await self._write(taxes.save, self.tax_id or None, texts(data))
        await self._changed("settings")
        return [*self._saved(), type(self).load]

    @handler(Permission.SETTINGS_EDIT)
    async def archive(self, tax_id: int):
        await self._write(taxes.archive, int(tax_id))
        await self._changed("settings")
        return type(self).load
