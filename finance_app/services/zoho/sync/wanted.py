"""What a recipe says of a record: how it should be at Zoho, or that it should not be there, or why not."""

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from finance_app.services.zoho.sync.modules import Module


@dataclass(frozen=True)
class Place:
    """Where records of a kind are at Zoho: the address, the names of one and of many, and of the id."""

    path: str
    one: str
    many: str
    id: str


CURRENCIES = Place("/settings/currencies", "currency", "currencies", "currency_id")
TAXES = Place("/settings/taxes", "tax", "taxes", "tax_id")
TAX_GROUPS = Place("/settings/taxgroups", "tax_group", "tax_groups", "tax_group_id")
CONTACTS = Place("/contacts", "contact", "contacts", "contact_id")
ITEMS = Place("/items", "item", "items", "item_id")
PROJECTS = Place("/projects", "project", "projects", "project_id")
USERS = Place("/users", "user", "users", "user_id")
TIME_ENTRIES = Place("/projects/timeentries", "time_entry", "time_entries", "time_entry_id")
EXPENSES = Place("/expenses", "expense", "expenses", "expense_id")
ESTIMATES = Place("/estimates", "estimate", "estimates", "estimate_id")
SALES_ORDERS = Place("/salesorders", "salesorder", "salesorders", "salesorder_id")
INVOICES = Place("/invoices", "invoice", "invoices", "invoice_id")
CREDIT_NOTES = Place("/creditnotes", "creditnote", "creditnotes", "creditnote_id")
PAYMENTS = Place("/customerpayments", "payment", "customerpayments", "payment_id")


def tasks_of(project: str) -> Place:
    return Place(f"/projects/{project}/tasks", "task", "task", "task_id")


@dataclass(frozen=True)
class Wanted:
    """A record as it should be. `reference` finds it again: no other of its module has the same. `search` is
    the query that narrows the look-up, `matches` recognises the record in what it gives."""

    place: Place
    body: Mapping[str, Any]
    reference: str
    matches: Callable[[Mapping[str, Any]], bool]
    search: Mapping[str, Any] = field(default_factory=dict)
    query: Mapping[str, Any] = field(default_factory=dict)
    listed: Place | None = None
    """Where it is looked for, if not where it is made."""
    adopts: bool = True
    """Whether one that is there already, made by somebody else, is taken for ours."""
    fixed: bool = False
    """Never changed once it is there."""
    total: Decimal | None = None
    states: tuple[str, ...] = ()
    """Addresses below the record that bring it to its state, one after another."""
    reached: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """For each of them the states at Zoho in which it is not asked any more."""
    brings_back: str = ""
    """The address below it that makes one that is void there changeable again."""
    seconds: int | None = None
    minutes: int | None = None
    follow: tuple["Follow", ...] = ()

    def fingerprint(self) -> str:
        """Of all that is sent: the same again needs no request."""
        said = [self.body, list(self.states), [each.said() for each in self.follow]]
        text = json.dumps(said, sort_keys=True, default=str)
        return hashlib.sha256(text.encode()).hexdigest()


@dataclass(frozen=True)
class Follow:
    """Something that is sent after the record and belongs to it: applied credits, receipts, rates."""

    kind: str
    values: tuple[Any, ...]

    def said(self) -> list[Any]:
        return [self.kind, *map(str, self.values)]


@dataclass(frozen=True)
class Gone:
    """It should not be there: delete it if it is. `search` finds it if that is not known."""

    place: Place | None = None
    search: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class NoMinute(Gone):
    """Time that comes to no minute beside the other time of its person and task, whose share counts it."""

    reference: str = ""
    seconds: int = 0


@dataclass(frozen=True)
class Nothing:
    """It does not go to Zoho (yet), and is left there as it is."""


Plan = Wanted | Gone | Nothing


class First(Exception):
    """Other records must be there, as they are now, before this one."""

    def __init__(self, module: Module, *ids: int):
        super().__init__(f"{module}:{','.join(map(str, ids))}")
        self.module, self.ids = module, ids


class Unfit(Exception):
    """The record cannot be at Zoho as it is. `reason` is a key of our explanations."""

    def __init__(self, reason: str, **details: Any):
        super().__init__(reason)
        self.reason, self.details = reason, details
