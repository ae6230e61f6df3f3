"""The categories of expenses in the settings, and whether expenses are approved."""

from dataclasses import dataclass
from typing import ClassVar

from finance_app.domain.permissions import Permission
from finance_app.i18n.formats import number, percent
from finance_app.models import ExpenseCategory
from finance_app.services.expenses import categories
from finance_app.services.listing import ListAsks
from finance_app.services.settings import portal as portal_settings
from finance_app.states.form import FormState, texts
from finance_app.states.handlers import handler, on_load
from finance_app.states.listing import ListState
from finance_app.states.session import Session
from finance_app.states.settings.items import tax_label


@dataclass(frozen=True)
class CategoryRow:
    id: int
    name: str
    code: str
    tax: str
    recoverable: str
    distance: str
    billable: bool
    archived: bool


class ExpenseCategories(ListState, FormState, Session):
    rows: list[CategoryRow] = []
    tax_options: list[dict[str, str]] = []
    category_id: int = 0
    category_version: int = 0
    needs_approval: bool = False
    base: str = ""

    _asks: ClassVar[ListAsks] = categories.ASKS

    @on_load(Permission.SETTINGS_EDIT)
    async def load(self):
        await self._list()

    async def _list(self) -> None:
        found = await self._read(categories.page, self._list_query())
        portal = await self._read(portal_settings.get)
        self.needs_approval, self.base = portal.expenses_need_approval, portal.base_currency
        offered = await self._read(categories.taxes_offered)
        names = {tax.id or 0: tax_label(tax, self._locale) for tax in offered}
        self.tax_options = [{"value": "", "label": self._t("expense.no_tax")}] + [
            {"value": str(tax_id), "label": name} for tax_id, name in names.items()
        ]
        self._show([self._row(each, names) for each in found.rows], found)

    def _row(self, category: ExpenseCategory, taxes: dict[int, str]) -> CategoryRow:
        distance = ""
        if category.distance_rate is not None:
            rate = number(category.distance_rate, self._locale, min_decimals=2)
            distance = f"{rate} {self.base} / {self._t(f'expense.short.{category.distance_unit}')}"
        return CategoryRow(
            category.id or 0,
            category.name,
            category.code,
            taxes.get(category.tax_id or 0, ""),
            percent(category.recoverable, self._locale) if category.tax_id else "",
            distance,
            category.billable,
            category.archived_at is not None,
        )

    @handler(Permission.SETTINGS_EDIT)
    async def open_category(self, category_id: int):
        """Open the dialog for a category, or with 0 for a new one."""
        known = await self._read(categories.get, int(category_id)) if category_id else None
        self.category_id, self.category_version = (known.id or 0, known.version) if known else (0, 0)
        shown = known or ExpenseCategory(name="")
        rate = shown.distance_rate
        self._fill(
            {
                "name": shown.name,
                "code": shown.code,
                "tax_id": shown.tax_id or "",
                "recoverable": number(shown.recoverable, self._locale),
                "billable": "on" if shown.billable else "",
                "distance_rate": number(rate, self._locale, min_decimals=2) if rate is not None else "",
                "distance_unit": shown.distance_unit,
            }
        )
        self._open_form()

    @handler(Permission.SETTINGS_EDIT)
    async def save(self, data: dict):
        await self._write(
            categories.save, self.category_id or None, texts(data), self._locale, self.category_version
        )
        await self._list()
        return self._saved()

    @handler(Permission.SETTINGS_EDIT)
    async def add_usual(self):
        count = await self._write(categories.add_usual, self._locale)
        await self._list()
        self._say(self._t("expense.categories.added", n=count))

    @handler(Permission.SETTINGS_EDIT)
    async def archive_selected(self):
        count = await self._write(categories.archive, self._selected_ids())
        self.selected = []
        await self._list()
        self._say(self._t("expense.categories.archived", n=count))

    @handler(Permission.SETTINGS_EDIT)
    async def restore_selected(self):
        count = await self._write(categories.restore, self._selected_ids())
        self.selected = []
        await self._list()
        self._say(self._t("expense.categories.restored", n=count))

    @handler(Permission.SETTINGS_EDIT)
    async def set_needs_approval(self, wanted: bool):
        await self._write(
            portal_settings.save, "expenses", {"expenses_need_approval": "on" if wanted else ""}
        )
        self.needs_approval = bool(wanted)
        await self._changed("expenses", "settings")
        self._say(self._t("common.saved"))
