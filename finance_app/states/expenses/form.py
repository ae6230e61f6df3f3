"""The form of an expense, on a page of its own: made for a phone, ten seconds from receipt to saved."""

import re
import secrets

import reflex as rx
from sqlmodel import Session as Database

from finance_app import routes
from finance_app.domain.errors import DomainError, InvalidFields
from finance_app.domain.money import MINOR_DIGITS
from finance_app.domain.permissions import Permission
from finance_app.i18n import formats
from finance_app.models import ExpenseCategory, Tax
from finance_app.services.accounts.identity import Actor
from finance_app.services.expenses import access, categories, listing, reading, receipts, saving
from finance_app.services.expenses import form as values_of
from finance_app.states.expenses.words import ReceiptRow, receipt_rows, uploaded
from finance_app.states.form import FormState, texts
from finance_app.states.handlers import handler, on_load
from finance_app.states.session import Session

_NUMBER = re.compile(r"\d{1,3}")
_LINE_FIELDS = (
    *("amount", "category_id", "description", "distance", "distance_unit", "distance_rate"),
    *("tax_id", "tax_recoverable", "tax2_id", "tax2_recoverable"),
)


class ExpenseForm(FormState, Session):
    """A new expense, or the change of one. `line_numbers` name the lines of the form: `amount_0`..."""

    expense_id: int = 0
    heading: str = ""
    cancel_href: str = routes.EXPENSES
    base: str = ""
    currency: str = ""
    project_id: str = ""
    place_key: int = 0
    line_numbers: list[str] = ["0"]
    line_keys: dict[str, str] = {}
    by_distance: dict[str, bool] = {}
    charge_key: int = 0
    category_options: list[dict[str, str]] = []
    tax_options: list[dict[str, str]] = []
    merchants: list[str] = []
    receipts: list[ReceiptRow] = []
    waiting: bool = False
    upload_url: str = routes.DO_UPLOAD_RECEIPT
    removed_receipt: int = 0
    details_open: bool = False

    _charged: bool = True

    @on_load(Permission.EXPENSES_EDIT)
    async def load_new(self):
        values = await self._read(
            values_of.new_values, self._query.get("project", ""), self._query.get("client", "")
        )
        self.expense_id, self.heading, self.cancel_href = 0, "", routes.EXPENSES
        await self._begin({**values, "request": secrets.token_hex(16)})

    @on_load(Permission.EXPENSES_EDIT)
    async def load(self):
        expense_id = self._id("expense_id")
        expense = await self._read(access.editable, expense_id)
        values = await self._read(values_of.form_values, expense_id, self._locale)
        self.expense_id, self.cancel_href = expense_id, routes.expense(expense_id)
        self.heading = expense.merchant or self._t("expense.title")
        await self._begin(values)

    async def _begin(self, values: dict[str, str]) -> None:
        offered = await self._read(offers)
        self.base = offered.base
        chosen = {values[name] for name in values if name.startswith("category_id_")}
        self.category_options = [{"value": "", "label": self._t("expense.no_category")}] + [
            {"value": str(each.id), "label": each.name}
            for each in offered.categories
            if each.archived_at is None or str(each.id) in chosen
        ]
        self.tax_options = [{"value": "", "label": self._t("expense.no_tax")}] + [
            {"value": str(tax.id), "label": f"{tax.name} · {formats.percent(tax.rate, self._locale)}"}
            for tax in offered.taxes
        ]
        self.merchants = offered.merchants
        self.line_numbers = sorted(
            {name.rpartition("_")[2] for name in values if name.startswith("category_id_")}, key=int
        )
        self.by_distance = {n: bool(values.get(f"distance_rate_{n}")) for n in self.line_numbers}
        self.line_keys = dict.fromkeys(self.line_numbers, "0")
        self.currency, self.project_id = values["currency"], values["project_id"]
        self.removed_receipt, self._charged = 0, True
        self.upload_url = routes.with_query(routes.DO_UPLOAD_RECEIPT, {"expense": str(self.expense_id or "")})
        await self._show_receipts()
        self.waiting = bool(self.receipts) and not self.expense_id
        self._fill(values)

    async def _show_receipts(self) -> None:
        expense_id = self.expense_id

        def find(session: Database, me: Actor):
            if not expense_id:
                return receipts.waiting(session, me)
            access.get(session, me, expense_id)
            return receipts.of_expense(session, expense_id)

        self.receipts = receipt_rows(await self._read(find), self._locale, expense_id)

    def _known_line(self, number: object) -> str:
        """A line of the form, or a refusal: the number comes from the browser."""
        text = str(number)
        if not _NUMBER.fullmatch(text) or text not in self.line_numbers:
            raise DomainError("common.error.unknown_choice")
        return text

    @handler(Permission.EXPENSES_EDIT)
    async def choose_category(self, number: str, category_id: str):
        """A category brings its tax, and mileage its rate; what else is typed stays."""
        line = self._known_line(number)
        text = str(category_id)
        category = await self._read(categories.get, int(text)) if text.isascii() and text.isdigit() else None
        self._apply(line, category)

    def _apply(self, line: str, category: ExpenseCategory | None) -> None:
        by_distance = category is not None and category.distance_rate is not None
        values = {
            **self.values,
            f"category_id_{line}": str(category.id) if category else "",
            f"tax_id_{line}": str(category.tax_id or "") if category else "",
            f"tax_recoverable_{line}": formats.number(
                category.recoverable if category else 100, self._locale
            ),
            f"tax2_id_{line}": "",
        }
        if by_distance and category and category.distance_rate:
            values[f"distance_rate_{line}"] = formats.number(
                category.distance_rate, self._locale, min_decimals=2
            )
            values[f"distance_unit_{line}"] = category.distance_unit
        if line == self.line_numbers[0] and category is not None:
            self._charged = category.billable
            somebody = self.project_id or self.values.get("client_id")
            values["billable"] = "on" if category.billable and somebody else ""
            self.charge_key += 1
        self.values = values
        self.by_distance = {**self.by_distance, line: by_distance}
        self.line_keys = {**self.line_keys, line: secrets.token_hex(4)}

    @handler(Permission.EXPENSES_EDIT)
    async def merchant_typed(self, merchant: str):
        """A known merchant brings the category that it had last, where none is chosen yet."""
        line = self.line_numbers[0]
        if not str(merchant).strip() or self.values.get(f"category_id_{line}"):
            return
        known = await self._read(listing.last_of_merchant, str(merchant)[:200])
        if known is None or known.category_id is None:
            return
        category = await self._read(categories.get, known.category_id)
        if category.archived_at is None and category.distance_rate is None:
            self._apply(line, category)

    @handler(Permission.EXPENSES_EDIT)
    async def choose_currency(self, currency: str):
        code = str(currency).upper()
        if code not in MINOR_DIGITS:
            raise DomainError("error.money.unknown_currency", field="currency", currency=code[:20])
        rate = await self._read(lambda session, _me: reading.last_rate(session, code))
        text = formats.number(rate, self._locale) if rate and code != self.base else ""
        self.currency = code
        self.values = {**self.values, "currency": code, "exchange_rate": text}

    @handler(Permission.EXPENSES_EDIT)
    async def choose_project(self, project_id: str, label: str):
        """Tasks are those of the project, so the choice of a task ends with another project. The first
        project of a new expense makes it billable, where its category is."""
        if not self.project_id and project_id and not self.expense_id:
            self.values = {**self.values, "billable": "on" if self._charged else ""}
            self.charge_key += 1
        self.project_id = str(project_id)
        self.values = {
            **self.values,
            "project_id": str(project_id),
            "project_id_label": str(label),
            "task_id": "",
            "task_id_label": "",
        }
        self.place_key += 1

    @handler(Permission.EXPENSES_EDIT)
    async def add_line(self):
        if len(self.line_numbers) >= reading.MOST_LINES:
            raise DomainError("expense.error.too_many_lines", n=reading.MOST_LINES)
        number = str(int(self.line_numbers[-1]) + 1)
        first = self.line_numbers[0]
        names = ("tax_id", "tax_recoverable")
        self.values = {
            **self.values,
            **{f"{name}_{number}": "" for name in _LINE_FIELDS},
            **{f"{name}_{number}": self.values.get(f"{name}_{first}", "") for name in names},
        }
        self.by_distance = {**self.by_distance, number: False}
        self.line_keys = {**self.line_keys, number: "0"}
        self.line_numbers = [*self.line_numbers, number]

    @handler(Permission.EXPENSES_EDIT)
    async def remove_line(self, number: str):
        line = self._known_line(number)
        if len(self.line_numbers) > 1:
            self.line_numbers = [other for other in self.line_numbers if other != line]

    @handler(Permission.EXPENSES_EDIT)
    async def receipt_added(self, answer: str):
        await self._read(receipts.visible, uploaded(answer))
        await self._show_receipts()
        if self.expense_id:
            await self._changed("expenses")

    @handler(Permission.EXPENSES_EDIT)
    async def remove_receipt(self, receipt_id: int):
        await self._write(receipts.remove, int(receipt_id))
        self.removed_receipt = int(receipt_id)
        await self._show_receipts()

    @handler(Permission.EXPENSES_EDIT)
    async def bring_receipt_back(self):
        if self.removed_receipt:
            await self._write(receipts.bring_back, self.removed_receipt)
            self.removed_receipt = 0
            await self._show_receipts()

    @handler(Permission.EXPENSES_EDIT)
    async def save(self, data: dict):
        given = {name: text for name, text in texts(data).items() if self._belongs(name)}
        try:
            expense_id = await self._keep(given)
        except InvalidFields as refusal:
            self._open_what_is_wrong(refusal)
            raise
        await self._changed("expenses")
        self._say(self._t("expense.saved"))
        return rx.redirect(routes.expense(expense_id))

    async def _keep(self, given: dict[str, str]) -> int:
        if self.expense_id:
            version = given.get("version", "")
            if not (version.isascii() and version.isdigit() and len(version) < 10):
                raise DomainError("common.error.changed_meanwhile")
            saved = await self._write(saving.change, self.expense_id, given, int(version), self._locale)
        else:
            saved = await self._write(
                saving.create,
                given,
                self._locale,
                receipt_ids=[row.id for row in self.receipts],
                request_key=given.get("request", ""),
            )
        return saved.id or 0

    def _belongs(self, name: str) -> bool:
        """Whether a field is one of the form's own, or of a line that is still there."""
        stem, _, number = name.rpartition("_")
        return stem not in _LINE_FIELDS or number in self.line_numbers

    def _open_what_is_wrong(self, refusal: InvalidFields) -> None:
        hidden = {"notes", "task_id", "client_id", "user_id", "mark_up_value", "disbursement"}
        self.details_open = bool(hidden & set(refusal.faults))


class Offers:
    """What the form offers to whoever fills it."""

    def __init__(self, base: str, found: list[ExpenseCategory], taxes: list[Tax], merchants: list[str]):
        self.base, self.categories, self.taxes, self.merchants = base, found, taxes, merchants


def offers(session: Database, me: Actor) -> Offers:
    return Offers(
        access.portal_of(session).base_currency,
        categories.in_use(session, me),
        categories.taxes_offered(session, me),
        listing.merchants(session, me),
    )
