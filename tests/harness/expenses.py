"""An approved expense, for tests of what becomes of it."""

from typing import Any

from sqlmodel import Session, select

from finance_app.models import Expense, ExpenseCategory, ExpenseLine
from finance_app.models.kinds import ApprovalState
from tests.harness.invoices import TODAY


def approved(
    session: Session,
    person: int | None,
    project: int | None,
    amount_minor: int,
    *,
    category: str = "Travel Expense",
    **more: Any,
) -> Expense:
    kept = session.exec(select(ExpenseCategory).where(ExpenseCategory.name == category)).first()
    kept = kept or ExpenseCategory(name=category)
    values = {"merchant": "Railway", "currency": "EUR", **more}
    made = Expense(
        day=TODAY,
        user_id=person,
        project_id=project,
        gross_minor=amount_minor,
        net_minor=amount_minor,
        approval=ApprovalState.APPROVED,
        **values,
    )
    session.add_all([kept, made])
    session.flush()
    session.add(ExpenseLine(expense_id=made.id, category_id=kept.id, amount_minor=amount_minor))
    session.flush()
    return made
