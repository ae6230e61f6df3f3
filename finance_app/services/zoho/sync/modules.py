"""What is synchronised, in the order in which it is sent: what others refer to comes first."""

from enum import StrEnum

KIND = "zoho"
"""The kind of these messages in the outbox."""


class Module(StrEnum):
    CURRENCY = "currency"
    TAX = "tax"
    CONTACT = "contact"
    ITEM = "item"
    PROJECT = "project"
    USER = "user"
    TASK = "task"
    ISSUE = "issue"
    TIME_LOG = "time_log"
    RATE = "rate"
    EXPENSE = "expense"
    ESTIMATE = "estimate"
    SALES_ORDER = "sales_order"
    INVOICE = "invoice"
    CREDIT_NOTE = "credit_note"
    PAYMENT = "payment"
    REFUND = "refund"
    WRITE_OFF = "write_off"


SHOWN = tuple(module for module in Module if module is not Module.CURRENCY)
"""Currencies are sent with what uses them."""
ORDER = {module: place for place, module in enumerate(Module)}


def dedup_key(module: str, local_id: int | str) -> str:
    """One message a record, which every change makes pending again."""
    return f"{KIND}:{module}:{local_id}"


def object_kind(module: str) -> str:
    return f"{KIND}:{module}"


def module_of(object_kind: str) -> Module:
    return Module(object_kind.removeprefix(f"{KIND}:"))


def is_module(name: str) -> bool:
    return name in _NAMES


def name_of(module: str) -> str:
    """Key of what it is called."""
    return f"zoho_sync.module.{module}"


_NAMES = frozenset(module.value for module in Module)
