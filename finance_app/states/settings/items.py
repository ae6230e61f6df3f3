"""The items of the settings: the list, and the dialog that adds or changes one."""

from dataclasses import dataclass
from typing import ClassVar

from finance_app.domain.permissions import Permission
from finance_app.i18n.formats import number, percent
from finance_app.models import Item, Tax
from finance_app.services.listing import ListAsks
from finance_app.services.settings import items, taxes
from finance_app.services.settings import portal as portal_settings
from finance_app.states.form import FormState, texts
from finance_app.states.handlers import handler, on_load
from finance_app.states.listing import ListState
from finance_app.states.session import Session


@dataclass(frozen=True)
class ItemRow:
    id: int
    name: str
    description: str
    unit: str
    price: str
    tax: str
    archived: bool


def item_row(item: Item, tax_names: dict[int, str], locale: str) -> ItemRow:
    return ItemRow(
        item.id or 0,
        item.name,
        item.description,
        item.unit,
        f"{number(item.unit_price, locale, min_decimals=2)}\u00a0{item.currency}",
        tax_names.get(item.tax_id or 0, ""),
        item.archived_at is not None,
    )


def tax_label(tax: Tax, locale: str) -> str:
    return f"{tax.name} · {percent(tax.rate, locale)}"


class ItemList(ListState, FormState, Session):
    rows: list[ItemRow] = []
    tax_options: list[dict[str, str]] = []
    item_id: int = 0
    item_version: int = 0

    _asks: ClassVar[ListAsks] = items.ASKS

    @on_load(Permission.SETTINGS_EDIT)
    async def load(self):
        await self._list()

    async def _list(self) -> None:
        found = await self._read(items.page, self._list_query())
        names = {tax.id or 0: tax_label(tax, self._locale) for tax in await self._read(taxes.in_use)}
        self.tax_options = [{"value": "", "label": self._t("settings.items.no_tax")}] + [
            {"value": str(tax_id), "label": name} for tax_id, name in names.items()
        ]
        self._show([item_row(item, names, self._locale) for item in found.rows], found)

    @handler(Permission.SETTINGS_EDIT)
    async def open_item(self, item_id: int):
        """Open the dialog for an item, or with 0 for a new one."""
        item = await self._read(items.get, int(item_id)) if item_id else None
        portal = await self._read(portal_settings.get)
        self.item_id, self.item_version = (item.id or 0, item.version) if item else (0, 0)
        self._fill(
            {
                "name": item.name if item else "",
                "description": item.description if item else "",
                "unit": item.unit if item else "piece",
                "unit_price": number(item.unit_price, "en", min_decimals=2).replace(",", "") if item else "",
                "currency": item.currency if item else portal.base_currency,
                "tax_id": item.tax_id or "" if item else "",
            }
        )
        self._open_form()

    @handler(Permission.SETTINGS_EDIT)
    async def save(self, data: dict):
        await self._write(items.save, self.item_id or None, texts(data), self.item_version)
        await self._list()
        return self._saved()

    @handler(Permission.SETTINGS_EDIT)
    async def archive_selected(self):
        count = await self._write(items.archive, self._selected_ids())
        self.selected = []
        await self._list()
        self._say(self._t("settings.items.archived", n=count))

    @handler(Permission.SETTINGS_EDIT)
    async def restore_selected(self):
        count = await self._write(items.restore, self._selected_ids())
        self.selected = []
        await self._list()
        self._say(self._t("settings.items.restored", n=count))
