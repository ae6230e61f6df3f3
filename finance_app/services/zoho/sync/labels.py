"""What a record is called, and the page where it is."""

from collections.abc import Callable, Mapping, Sequence

from sqlmodel import Session, col, select

from finance_app import routes
from finance_app.domain.permissions import Permission
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
from finance_app.services.accounts.identity import Actor
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
_PAGES: dict[Module, Callable[[int], str]] = {
    Module.TAX: lambda _id: routes.SETTINGS_TAXES,
    Module.CONTACT: routes.client,
    Module.ITEM: lambda _id: routes.SETTINGS_ITEMS,
    Module.PROJECT: routes.project,
    Module.RATE: routes.project,
    Module.USER: routes.person,
    Module.TIME_LOG: routes.time_log,
    Module.EXPENSE: routes.expense,
    Module.ESTIMATE: routes.estimate,
    Module.SALES_ORDER: routes.sales_order,
    Module.INVOICE: routes.invoice,
    Module.CREDIT_NOTE: routes.credit_note,
    Module.PAYMENT: routes.payment,
    Module.WRITE_OFF: routes.invoice,
}
_REMEDIES: dict[tuple[str, str], Callable[[int], str]] = {
    (Module.PROJECT, "no_client"): routes.project_edit,
    (Module.RATE, "no_client"): routes.project_edit,
    (Module.CONTACT, "no_currency"): routes.client_edit,
    (Module.USER, "no_email"): routes.person_edit,
    (Module.EXPENSE, "no_amount"): routes.expense_edit,
}
"""The form in which the remedy of an error is entered."""
LISTS: dict[str, tuple[str, Permission]] = {
    Module.TAX: (routes.SETTINGS_TAXES, Permission.SETTINGS_VIEW),
    Module.CONTACT: (routes.CLIENTS, Permission.CLIENTS_VIEW),
    Module.ITEM: (routes.SETTINGS_ITEMS, Permission.SETTINGS_VIEW),
    Module.PROJECT: (routes.PROJECTS, Permission.PROJECTS_VIEW),
    Module.USER: (routes.PEOPLE, Permission.PEOPLE_VIEW),
    Module.TIME_LOG: (routes.TIME, Permission.TIME_VIEW),
    Module.EXPENSE: (routes.EXPENSES, Permission.EXPENSES_VIEW),
    Module.ESTIMATE: (routes.ESTIMATES, Permission.INVOICES_VIEW),
    Module.SALES_ORDER: (routes.SALES_ORDERS, Permission.INVOICES_VIEW),
    Module.INVOICE: (routes.INVOICES, Permission.INVOICES_VIEW),
    Module.CREDIT_NOTE: (routes.CREDIT_NOTES, Permission.INVOICES_VIEW),
    Module.PAYMENT: (routes.PAYMENTS, Permission.PAYMENTS_VIEW),
    "source_user": (routes.PEOPLE, Permission.PEOPLE_VIEW),
    "source_project": (routes.PROJECTS, Permission.PROJECTS_VIEW),
    "source_time_log": (routes.TIME, Permission.TIME_VIEW),
}
"""Where the records of a module are listed, and who may see that."""
_WORK = {Module.TASK: routes.PROJECT_TASK, Module.ISSUE: routes.PROJECT_ISSUE}
CONNECTION = "connection"
"""The module of what concerns no record: the access itself."""


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
        model = Project if local_id < 0 else _MODELS[kind]  # the general task of a project
        row = session.get(model, abs(local_id))
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


def list_of(actor: Actor, module: str) -> str:
    """The address of the list of a module's records; empty where there is none that the actor may see."""
    address, permission = LISTS.get(module, ("", None))
    return address if permission and actor.may(permission) else ""


def pages_of(session: Session, records: Sequence[tuple[str, int]]) -> list[str]:
    """The address of each record's page; empty where it has none, as what was made at Zoho only."""
    work = [id for module, id in records if module in _WORK and id > 0]
    found = session.exec(select(Task.id, Task.project_id).where(col(Task.id).in_(work))).all()
    projects = dict(found)
    return [_page_of(module, id, projects) for module, id in records]


def remedy_page(module: str, reason: str, local_id: int) -> str:
    """The address of the form that remedies an error; empty where no form does."""
    page = _REMEDIES.get((module, reason))
    return page(local_id) if page and local_id > 0 else ""


def _page_of(module: str, local_id: int, projects: Mapping[int | None, int]) -> str:
    if module == CONNECTION:
        return routes.ZOHO
    kind = Module(module) if is_module(module) else None
    if kind in _WORK and local_id < 0:  # the general task of a project
        return routes.project(-local_id)
    if kind in _WORK:
        project = projects.get(local_id)
        found = routes.project_tab(_WORK[kind], project) if project else ""
        return found.replace("[task_id]", str(local_id))
    return _PAGES[kind](local_id) if kind in _PAGES and local_id > 0 else ""
