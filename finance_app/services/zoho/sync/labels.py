"""What a record is called, and the page where it is."""

from sqlmodel import Session

from finance_app.models import (
    Client,
    CreditNote,
    Estimate,
    Expense,
    Invoice,
    Item,
    Payment,
    Project,
    Refund,
    SalesOrder,
    Task,
    Tax,
    TimeLog,
    User,
)
from finance_app.services.zoho.sync.look import currency_of
from finance_app.services.zoho.sync.modules import Module, is_module

_MODELS = {
    Module.TAX: Tax,
    Module.CONTACT: Client,
    Module.ITEM: Item,
    Module.PROJECT: Project,
    Module.RATE: Project,
    Module.USER: User,
    Module.TASK: Task,
    Module.ISSUE: Task,
}
_NUMBERED = {
    Module.ESTIMATE: Estimate,
    Module.SALES_ORDER: SalesOrder,
    Module.INVOICE: Invoice,
    Module.CREDIT_NOTE: CreditNote,
    Module.WRITE_OFF: Invoice,
}
PAGES = {
    Module.CONTACT: "/clients/{id}",
    Module.PROJECT: "/projects/{id}",
    Module.RATE: "/projects/{id}",
    Module.USER: "/people/{id}",
    Module.EXPENSE: "/expenses/{id}",
    Module.ESTIMATE: "/estimates/{id}",
    Module.SALES_ORDER: "/sales-orders/{id}",
    Module.INVOICE: "/invoices/{id}",
    Module.CREDIT_NOTE: "/credit-notes/{id}",
    Module.WRITE_OFF: "/invoices/{id}",
}


def label_of(session: Session, module: str, local_id: int) -> str:
    """Its name or number; empty for the connection itself."""
    if not is_module(module):
        return ""
    kind = Module(module)
    if kind is Module.CURRENCY:
        return currency_of(local_id)
    if kind in _NUMBERED:
        document = session.get(_NUMBERED[kind], local_id)
        return (document.number if document else None) or f"#{local_id}"
    if kind in _MODELS:
        row = session.get(_MODELS[kind], abs(local_id))
        return row.name if row else f"#{local_id}"
    return _other(session, kind, local_id)


def _other(session: Session, kind: Module, local_id: int) -> str:
    if kind is Module.TIME_LOG and (log := session.get(TimeLog, local_id)):
        person, project = session.get(User, log.user_id), session.get(Project, log.project_id)
        return f"{log.day} · {person.name if person else ''} · {project.name if project else ''}"
    if kind is Module.EXPENSE and (expense := session.get(Expense, local_id)):
        return f"{expense.day} · {expense.merchant}"
    if kind is Module.PAYMENT and (payment := session.get(Payment, local_id)):
        client = session.get(Client, payment.client_id)
        return f"{payment.paid_on} · {client.name if client else ''}"
    if kind is Module.REFUND and (refund := session.get(Refund, local_id)):
        client = session.get(Client, refund.client_id)
        return f"{refund.refunded_on} · {client.name if client else ''}"
    return f"#{local_id}"


def page_of(module: str, local_id: int) -> str:
    """The address of the record's page; empty where it has none of its own."""
    pattern = PAGES.get(Module(module), "") if is_module(module) else ""
    return pattern.format(id=local_id)
