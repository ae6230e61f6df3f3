"""Clients: the list, one of them with its contacts, and the form."""

from dataclasses import dataclass
from typing import ClassVar

import reflex as rx

from finance_app import routes
from finance_app.domain.errors import DomainError
from finance_app.domain.permissions import Permission
from finance_app.i18n import t
from finance_app.i18n.formats import countries, country_name
from finance_app.models import Client, Contact
from finance_app.services.clients import billing as client_billing
from finance_app.services.clients import directory as clients
from finance_app.services.clients.directory import ClientRecord
from finance_app.services.delivery.document_data import terms_text
from finance_app.services.listing import ListAsks
from finance_app.states.form import FormState, texts
from finance_app.states.handlers import handler, on_load
from finance_app.states.listing import ListState
from finance_app.states.live import Watcher
from finance_app.states.session import Session, joined
from finance_app.states.settings.items import tax_label


@dataclass(frozen=True)
class ClientRow:
    id: int
    name: str
    city: str
    country: str
    currency: str
    contact: str
    email: str
    archived: bool
    href: str


def client_row(record: ClientRecord, locale: str) -> ClientRow:
    return ClientRow(
        id=record.id,
        name=record.name,
        city=record.city,
        country=country_name(record.country, locale) if record.country else "",
        currency=record.currency,
        contact=record.contact,
        email=record.email,
        archived=record.archived,
        href=routes.client(record.id),
    )


def country_options(locale: str, used: list[str] | None = None) -> list[dict[str, str]]:
    """All countries, or only those in use."""
    return [
        {"value": code, "label": name} for code, name in countries(locale) if used is None or code in used
    ]


class ClientList(ListState, Watcher, Session):
    rows: list[ClientRow] = []
    countries: list[dict[str, str]] = []
    currencies: list[dict[str, str]] = []

    _asks: ClassVar[ListAsks] = clients.ASKS
    _topics: ClassVar = ("clients",)

    @on_load(Permission.CLIENTS_VIEW)
    async def load(self):
        found = await self._read(clients.page, self._list_query())
        used, currencies = await self._read(clients.used_values)
        self.countries = country_options(self._locale, used)
        self.currencies = [{"value": code, "label": code} for code in currencies]
        self._show([client_row(record, self._locale) for record in found.rows], found)

    @handler(Permission.CLIENTS_EDIT)
    async def archive_selected(self):
        count = await self._write(clients.archive, self._selected_ids())
        self.selected = []
        await self._changed("clients")
        self._say(self._t("client.archive.bulk_done", n=count))
        return type(self).load


@dataclass(frozen=True)
class ContactRow:
    id: int
    name: str
    email: str
    phone: str
    job_title: str
    is_primary: bool
    receives_invoices: bool


def contact_row(contact: Contact) -> ContactRow:
    return ContactRow(
        id=contact.id or 0,
        name=contact.name,
        email=contact.email,
        phone=contact.phone,
        job_title=contact.job_title,
        is_primary=contact.is_primary,
        receives_invoices=contact.receives_invoices,
    )


class ClientPage(FormState, Watcher, Session):
    """One client; its form is the dialog of a contact."""

    client_id: str = ""
    name: str = ""
    context: str = ""
    archived: bool = False
    details: dict[str, str] = {}
    contacts: list[ContactRow] = []
    edit_href: str = ""
    bill_href: str = ""
    contact_id: int = 0

    _topics: ClassVar = ("clients",)

    @on_load(Permission.CLIENTS_VIEW)
    async def load(self):
        client_id = self._id("client_id")
        self.client_id = str(client_id)
        client = await self._read(clients.get, client_id)
        contacts = await self._read(clients.contacts_of, client_id)
        self.name = client.name
        self.archived = client.archived_at is not None
        self.edit_href = routes.client_edit(client_id)
        self.bill_href = routes.bill_time(client_id)
        self.contacts = [contact_row(contact) for contact in contacts]
        self.details = client_details(client, self._locale)
        self.context = joined([client.city, self.details["country"], client.currency])

    @handler(Permission.CLIENTS_EDIT)
    async def archive(self):
        await self._write(clients.archive, [self._id("client_id")])
        await self._changed("clients")
        self._say(self._t("client.archived", name=self.name))
        return type(self).load

    @handler(Permission.CLIENTS_EDIT)
    async def restore(self):
        await self._write(clients.restore, [self._id("client_id")])
        await self._changed("clients")
        self._say(self._t("client.restored", name=self.name))
        return type(self).load

    @handler(Permission.CLIENTS_EDIT)
    async def open_contact(self, contact_id: int):
        """Open the dialog for a contact, or with 0 for a new one."""
        row = next((row for row in self.contacts if row.id == contact_id), None)
        self.contact_id = row.id if row else 0
        self._fill(
            {
                "name": row.name if row else "",
                "email": row.email if row else "",
                "phone": row.phone if row else "",
                "job_title": row.job_title if row else "",
                "is_primary": "on" if row and row.is_primary else "",
                "receives_invoices": "on" if row is None or row.receives_invoices else "",
            }
        )
        self._open_form()

    @handler(Permission.CLIENTS_EDIT)
    async def save_contact(self, data: dict):
        await self._write(clients.save_contact, self._id("client_id"), self.contact_id or None, texts(data))
        await self._changed("clients")
        return [*self._saved(), type(self).load]

    @handler(Permission.CLIENTS_EDIT)
    async def remove_contact(self, contact_id: int):
        await self._write(clients.remove_contact, self._id("client_id"), int(contact_id))
        await self._changed("clients")
        return type(self).load


def client_details(client: Client, locale: str) -> dict[str, str]:
    """What the page shows of a client, by name of the field."""
    country = country_name(client.country, locale) if client.country else ""
    place = joined([client.postcode, client.city], " ")
    return {
        "legal_name": client.legal_name,
        "address": "\n".join(part for part in (client.address, place, client.region, country) if part),
        "country": country,
        "currency": client.currency,
        "locale": client.locale,
        "tax_number": client.tax_number,
        "registration": client.registration,
        "phone": client.phone,
        "website": client.website,
        "notes": client.notes,
        "payment_terms": terms_text(client.payment_terms, locale) if client.payment_terms else "",
        "rounding": _rounding(client, locale),
    }


def _rounding(client: Client, locale: str) -> str:
    if client.rounding_mode is None:
        return ""
    mode = t(locale, f"settings.time.rounding_modes.{client.rounding_mode.value}")
    step = client.rounding_step_minutes
    return joined([mode, t(locale, "settings.time.minutes", n=step) if step else ""])


class ClientForm(FormState, Session):
    """The page that creates a client, and the one that changes it."""

    heading: str = ""
    cancel_href: str = routes.CLIENTS
    country_options: list[dict[str, str]] = []
    tax_options: list[dict[str, str]] = []
    rounds: bool = False

    @on_load(Permission.CLIENTS_EDIT)
    async def load_new(self):
        await self._start(await self._read(clients.new_values))
        self.heading, self.cancel_href = "", routes.CLIENTS

    @on_load(Permission.CLIENTS_EDIT)
    async def load(self):
        client_id = self._id("client_id")
        values = await self._read(clients.form_values, client_id)
        await self._start(values)
        self.heading, self.cancel_href = values["name"], routes.client(client_id)

    async def _start(self, values: dict[str, str]) -> None:
        self.country_options = country_options(self._locale)
        taxes = await self._read(client_billing.taxes_in_use)
        as_portal = {"value": "", "label": self._t("client.as_portal")}
        self.tax_options = [
            as_portal,
            *({"value": str(tax.id), "label": tax_label(tax, self._locale)} for tax in taxes),
        ]
        kept = values.get("tax_id", "")
        if kept and kept not in {option["value"] for option in self.tax_options}:
            self.tax_options.append({"value": kept, "label": self._t("client.old_tax")})
        self.rounds = values.get("rounding_mode", "") not in ("", "none")
        self._fill(values)

    @handler(Permission.CLIENTS_EDIT)
    async def choose_rounding(self, mode: str):
        self.rounds = mode not in ("", "none")

    @handler(Permission.CLIENTS_EDIT)
    async def create(self, data: dict):
        client = await self._write(clients.create, texts(data))
        await self._changed("clients")
        self._say(self._t("client.created", name=client.name))
        return rx.redirect(routes.client(client.id or 0))

    @handler(Permission.CLIENTS_EDIT)
    async def save(self, data: dict):
        client_id = self._id("client_id")
        given = texts(data)
        version = given.get("version", "")
        if not version.isdigit():
            raise DomainError("common.error.changed_meanwhile")
        await self._write(clients.update, client_id, given, int(version))
        await self._changed("clients")
        return self._saved(routes.client(client_id))
