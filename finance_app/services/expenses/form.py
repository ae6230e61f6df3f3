"""What the form of an expense starts with, as the texts that it shows."""

from datetime import timedelta

from sqlalchemy import select
from sqlmodel import Session, col

from finance_app.domain.money import minor_digits, to_decimal
from finance_app.domain.permissions import Permission
from finance_app.domain.tax import PriceMode
from finance_app.i18n import formats
from finance_app.models import Client, Expense, ExpenseLine, Project, Task, User
from finance_app.services.accounts.identity import Actor
from finance_app.services.expenses.access import get
from finance_app.services.expenses.saving import lines_of
from finance_app.services.portal import portal_of, today

RECENT = timedelta(days=14)
_EMPTY_LINE = {
    "category_id_0": "",
    "amount_0": "",
    "tax_id_0": "",
    "tax_recoverable_0": "100",
    "tax2_id_0": "",
    "tax2_recoverable_0": "100",
}


def new_values(session: Session, actor: Actor, project_id: str, client_id: str) -> dict[str, str]:
    """Today, the actor, base currency, and the project: the one asked for, else that of an expense of the
    last two weeks. Who paid is as the last time."""
    actor.require_somewhere(Permission.EXPENSES_EDIT)
    day = today(session)
    last = (
        session.execute(
            select(Expense)
            .where(col(Expense.user_id) == actor.user_id, col(Expense.deleted_at).is_(None))
            .order_by(col(Expense.created_at).desc(), col(Expense.id).desc())
            .limit(1)
        )
        .scalars()
        .first()
    )
    client = _asked(session, Client, client_id) if actor.may(Permission.CLIENTS_VIEW) else None
    project = _asked(session, Project, project_id)
    if project is None and client is None and last and last.project_id and day - last.day <= RECENT:
        project = session.get(Project, last.project_id)
    if project is not None and project.archived_at is not None:
        project = None
    return {
        **_EMPTY_LINE,
        "day": day.isoformat(),
        "user_id": str(actor.user_id),
        "user_id_label": actor.name,
        "merchant": "",
        "project_id": str(project.id) if project else "",
        "project_id_label": project.name if project else "",
        "task_id": "",
        "task_id_label": "",
        "client_id": str(client.id) if client else "",
        "client_id_label": client.name if client else "",
        "currency": portal_of(session).base_currency,
        "exchange_rate": "",
        "tax_included": "on",
        "billable": "on" if project or client else "",
        "disbursement": "",
        "mark_up_kind": "percent",
        "mark_up_value": "",
        "own_money": "on" if last is None or last.own_money else "",
        "notes": "",
    }


def _asked(session: Session, kind, text: str):
    return session.get(kind, int(text)) if text.isascii() and text.isdigit() and len(text) < 19 else None


def form_values(session: Session, actor: Actor, expense_id: int, locale: str) -> dict[str, str]:
    """An expense as its form shows it."""
    expense = get(session, actor, expense_id)
    project = session.get(Project, expense.project_id) if expense.project_id else None
    task = session.get(Task, expense.task_id) if expense.task_id else None
    client = session.get(Client, expense.client_id) if expense.client_id else None
    values = {
        "day": expense.day.isoformat(),
        "user_id": str(expense.user_id),
        "user_id_label": session.get_one(User, expense.user_id).name,
        "merchant": expense.merchant,
        "project_id": str(expense.project_id or ""),
        "project_id_label": project.name if project else "",
        "task_id": str(expense.task_id or ""),
        "task_id_label": task.name if task else "",
        "client_id": str(expense.client_id or ""),
        "client_id_label": client.name if client else "",
        "currency": expense.currency,
        "exchange_rate": formats.number(expense.exchange_rate, locale),
        "tax_included": "on" if expense.price_mode is PriceMode.INCLUSIVE else "",
        "billable": "on" if expense.billable else "",
        "disbursement": "on" if expense.disbursement else "",
        "mark_up_kind": str(expense.mark_up_kind or "percent"),
        "mark_up_value": formats.number(expense.mark_up_value, locale) if expense.mark_up_value else "",
        "own_money": "on" if expense.own_money else "",
        "notes": expense.notes,
        "version": str(expense.version),
    }
    for number, line in enumerate(lines_of(session, expense_id)):
        values |= {f"{name}_{number}": text for name, text in _line(line, expense.currency, locale).items()}
    return values


def _line(line: ExpenseLine, currency: str, locale: str) -> dict[str, str]:
    amount = formats.number(to_decimal(line.amount_minor, currency), locale, decimals=minor_digits(currency))
    first, second = [*line.taxes, {}, {}][:2]
    return {
        "category_id": str(line.category_id or ""),
        "description": line.description,
        "amount": amount,
        "distance": formats.number(line.distance, locale) if line.distance is not None else "",
        "distance_unit": line.distance_unit,
        "distance_rate": formats.number(line.distance_rate, locale) if line.distance_rate is not None else "",
        "tax_id": str(first.get("id") or ""),
        "tax_recoverable": first.get("recoverable", "100"),
        "tax2_id": str(second.get("id") or ""),
        "tax2_recoverable": second.get("recoverable", "100"),
    }
