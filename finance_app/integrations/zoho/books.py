"""What Marge asks of Zoho Books and Zoho Invoice: find by our reference, create, change, delete, list."""

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from finance_app.integrations.zoho import records
from finance_app.integrations.zoho.caller import Caller
from finance_app.integrations.zoho.centres import Centre, Product
from finance_app.integrations.zoho.errors import Cause, ZohoError
from finance_app.integrations.zoho.oauth import Credentials
from finance_app.integrations.zoho.pacing import Pacer

R = TypeVar("R", bound=records.Record)


@dataclass(frozen=True, slots=True)
class Module(Generic[R]):
    """A kind of record: where it is, how it is wrapped, and by which field one of ours is found again."""

    path: str
    one: str
    many: str
    record: type[R]
    reference: str


CURRENCIES = Module("/settings/currencies", "currency", "currencies", records.Currency, "currency_code")
TAXES = Module("/settings/taxes", "tax", "taxes", records.Tax, "tax_name")
ACCOUNTS = Module("/chartofaccounts", "chart_of_account", "chartofaccounts", records.Account, "account_name")
CONTACTS = Module("/contacts", "contact", "contacts", records.Contact, "contact_name")
ITEMS = Module("/items", "item", "items", records.Item, "name")
PROJECTS = Module("/projects", "project", "projects", records.BooksProject, "project_name")
USERS = Module("/users", "user", "users", records.User, "email")
TIME_ENTRIES = Module("/projects/timeentries", "time_entry", "time_entries", records.TimeEntry, "notes")
INVOICES = Module("/invoices", "invoice", "invoices", records.Invoice, "invoice_number")
ESTIMATES = Module("/estimates", "estimate", "estimates", records.Estimate, "estimate_number")
SALES_ORDERS = Module("/salesorders", "salesorder", "salesorders", records.SalesOrder, "salesorder_number")
CREDIT_NOTES = Module("/creditnotes", "creditnote", "creditnotes", records.CreditNote, "creditnote_number")
PAYMENTS = Module("/customerpayments", "payment", "customerpayments", records.Payment, "reference_number")
EXPENSES = Module("/expenses", "expense", "expenses", records.Expense, "reference_number")


def tasks_of(project_id: str) -> Module[records.BooksTask]:
    return Module(f"/projects/{project_id}/tasks", "task", "task", records.BooksTask, "task_name")


class Books:
    """An organisation of Zoho Books or Zoho Invoice."""

    def __init__(self, call: Caller):
        self.call = call

    @classmethod
    def of(
        cls,
        centre: Centre,
        product: Product,
        organisation: str,
        credentials: Credentials,
        pacer: Pacer,
        http: Any,
        **more: Any,
    ) -> "Books":
        root = f"{centre.api}/{product.value}/v3"
        return cls(Caller(http, root, credentials, pacer, organisation=organisation, product=product, **more))

    async def organizations(self) -> list[records.Organization]:
        answer = await self.call("GET", "/organizations")
        return [records.Organization.model_validate(each) for each in answer.get("organizations") or []]

    async def create_organization(self, name: str, currency: str, time_zone: str) -> records.Organization:
        body = {"name": name, "currency_code": currency, "time_zone": time_zone, "portal_name": name}
        answer = await self.call("POST", "/organizations", body)
        return records.Organization.model_validate(answer["organization"])

    async def find(self, module: Module[R], reference: str, **more: Any) -> R | None:
        """The record that carries our reference, or None. Raises ZohoError where several do."""
        asked = {module.reference: reference, **more}
        answer = await self.call("GET", module.path, **asked)
        found = [
            each for each in answer.get(module.many) or [] if str(each.get(module.reference)) == reference
        ]
        if len(found) > 1:
            raise ZohoError(Cause.DUPLICATE, f"several records are called {reference}")
        return module.record.model_validate(found[0]) if found else None

    async def create(self, module: Module[R], body: Mapping[str, Any], **query: Any) -> R:
        return self._one(module, await self.call("POST", module.path, body, **query))

    async def ensure(self, module: Module[R], body: Mapping[str, Any], **query: Any) -> R:
        """The one record of our reference: found, or created. After a create whose answer was lost or that
        was refused as a duplicate, it is looked for again, so that a repetition never makes a second one."""
        reference = str(body[module.reference])
        if found := await self.find(module, reference):
            return found
        try:
            return await self.create(module, body, **query)
        except ZohoError as error:
            if error.cause not in (Cause.UNREACHABLE, Cause.BROKEN, Cause.DUPLICATE):
                raise
            if found := await self.find(module, reference):
                return found
            raise

    async def read(self, module: Module[R], id: str) -> R:
        return self._one(module, await self.call("GET", f"{module.path}/{id}"))

    async def change(self, module: Module[R], id: str, body: Mapping[str, Any], **query: Any) -> R:
        return self._one(module, await self.call("PUT", f"{module.path}/{id}", body, **query))

    async def delete(self, module: Module[R], id: str) -> None:
        """Delete; a record that is not there any more is deleted already."""
        try:
            await self.call("DELETE", f"{module.path}/{id}")
        except ZohoError as error:
            if error.cause is not Cause.MISSING:
                raise

    async def is_there(self, path: str) -> bool:
        """Whether a record that no list has shown still exists."""
        try:
            await self.call("GET", path)
        except ZohoError as error:
            if error.cause is Cause.MISSING:
                return False
            raise
        return True

    async def act(
        self, module: Module[R], id: str, action: str, body: Mapping[str, Any] | None = None
    ) -> None:
        """`status/sent`, `status/void`, `active`, `invoices` (of a credit note) and the like."""
        await self.call("POST", f"{module.path}/{id}/{action}", body)

    async def every(self, module: Module[R], **query: Any) -> AsyncIterator[R]:
        """Every record, or those of the query (`last_modified_time`, `customer_id`, ...)."""
        async for each in self.call.pages(module.path, module.many, **query):
            yield module.record.model_validate(each)

    async def attach_receipt(self, expense_id: str, name: str, content: bytes, media_type: str) -> None:
        path = f"{EXPENSES.path}/{expense_id}/receipt"
        await self.call.upload(path, "receipt", (name, content, media_type))

    @staticmethod
    def _one(module: Module[R], answer: Mapping[str, Any]) -> R:
        if module.one not in answer:
            raise ZohoError(Cause.BROKEN, f"the answer holds no {module.one}")
        return module.record.model_validate(answer[module.one])
