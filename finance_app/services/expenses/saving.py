"""One expense: enter, change, duplicate, delete, bring back."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy import CursorResult, delete, select, update
from sqlmodel import Session, col

from finance_app.domain.errors import DomainError, InvalidFields, NotFound
from finance_app.domain.expense import (
    cost,
    expense_state,
    purchase_amounts,
    recharge,
)
from finance_app.domain.money import convert, spread
from finance_app.domain.periods import check_open
from finance_app.domain.permissions import Permission
from finance_app.models import AuditEvent, Expense, ExpenseLine, Invoice, InvoiceLine
from finance_app.models.columns import now
from finance_app.models.kinds import ApprovalState, InvoiceState
from finance_app.services.accounts.identity import Actor
from finance_app.services.audit import trail as audit
from finance_app.services.budgeting import alerts
from finance_app.services.expenses import receipts
from finance_app.services.expenses.access import KIND, editable, get, of_all
from finance_app.services.expenses.reading import Entry, Line, read
from finance_app.services.portal import portal_of, today


def lines_of(session: Session, expense_id: int) -> list[ExpenseLine]:
    return list(
        session.execute(
            select(ExpenseLine)
            .where(col(ExpenseLine.expense_id) == expense_id)
            .order_by(col(ExpenseLine.position), col(ExpenseLine.id))
        ).scalars()
    )


def state_of(session: Session, expense: Expense) -> tuple[Any, Invoice | None]:
    """The expense's state and the invoice that has it."""
    line = session.get(InvoiceLine, expense.invoice_line_id) if expense.invoice_line_id else None
    invoice = session.get(Invoice, line.invoice_id) if line else None
    paid = invoice is not None and invoice.state is InvoiceState.PAID
    return expense_state(billable=expense.billable, claimed=line is not None, paid=paid), invoice


def create(
    session: Session,
    actor: Actor,
    data: Mapping[str, str],
    locale: str,
    *,
    receipt_ids: Sequence[int] = (),
    request_key: str = "",
) -> Expense:
    """A new expense from the texts of a form, with receipts that wait for it. The same request asked twice
    gives the one expense it made. Raises InvalidFields, or DomainError for a closed period."""
    actor.require_somewhere(Permission.EXPENSES_EDIT)
    kept_key = f"{actor.user_id}:{request_key}"[:64] if request_key else None
    if kept_key:
        made = session.execute(select(Expense).where(col(Expense.request_key) == kept_key)).scalars().first()
        if made is not None:
            return made
    entry = read(session, actor, data, locale, None)
    _check_period(session, entry.head["day"])
    expense = Expense(**entry.head, request_key=kept_key, created_by_id=actor.user_id or None)
    _work_out(session, expense, entry)
    session.add(expense)
    session.flush()
    _write_lines(session, expense, entry.lines)
    receipts.attach(session, actor, receipt_ids, expense)
    _look_at_budgets(session, expense.project_id)
    audit.record(session, actor, KIND, expense.id, "created", after=facts(expense))
    return expense


def change(
    session: Session, actor: Actor, expense_id: int, data: Mapping[str, str], version: int, locale: str
) -> Expense:
    """Change an expense as it was seen at `version`; a rejected one asks for approval again.

    Raises InvalidFields, or DomainError where it is locked or has changed.
    """
    expense = editable(session, actor, expense_id)
    if expense.version != version:
        raise DomainError("common.error.changed_meanwhile")
    before = facts(expense)
    was_on = expense.project_id
    entry = read(session, actor, data, locale, expense)
    _check_period(session, entry.head["day"])
    _claim_version(session, expense)
    for name, value in entry.head.items():
        setattr(expense, name, value)
    if expense.approval is ApprovalState.REJECTED:
        expense.approval, expense.approval_note = ApprovalState.SUBMITTED, ""
    _work_out(session, expense, entry)
    session.execute(delete(ExpenseLine).where(col(ExpenseLine.expense_id) == expense_id))
    session.expire_all()
    _write_lines(session, expense, entry.lines)
    _look_at_budgets(session, was_on, expense.project_id)
    after = facts(expense)
    changed = [name for name in after if after[name] != before[name]]
    if changed:
        audit.record(
            session, actor, KIND, expense_id, "changed",
            before={name: before[name] for name in changed}, after={name: after[name] for name in changed},
        )  # fmt: skip
    return expense


def enter(session: Session, actor: Actor, expense: Expense, lines: Sequence[Line]) -> Expense:
    """An expense of another program, new or as it is there by now, with its lines worked out by the rules."""
    check_open(expense.day, portal_of(session).closed_until)
    before = facts(expense) if expense.id else {}
    _work_out(session, expense, Entry({}, list(lines), None))
    session.add(expense)
    session.flush()
    session.execute(delete(ExpenseLine).where(col(ExpenseLine.expense_id) == expense.id))
    _write_lines(session, expense, lines)
    _look_at_budgets(session, expense.project_id)
    after = facts(expense)
    if before != after:
        action = "changed" if before else "created"
        audit.record(session, actor, KIND, expense.id, action, before=before, after=after)
    return expense


def _claim_version(session: Session, expense: Expense) -> None:
    """Ours from here to the commit: nobody has changed or billed it since it was read."""
    session.flush()
    done = session.execute(
        update(Expense)
        .where(
            col(Expense.id) == expense.id,
            col(Expense.version) == expense.version,
            col(Expense.invoice_line_id).is_(None),
            col(Expense.deleted_at).is_(None),
        )
        .values(version=expense.version + 1, updated_at=now())
        .execution_options(synchronize_session=False)
    )
    if not isinstance(done, CursorResult) or done.rowcount != 1:
        raise DomainError("common.error.changed_meanwhile")
    session.refresh(expense)


def delete_many(session: Session, actor: Actor, expense_ids: Sequence[int]) -> list[int]:
    """Delete expenses, all or none; `restore` brings back the ids it returns."""
    gone = []
    chosen = list(dict.fromkeys(expense_ids))
    for expense_id in chosen:
        expense = (
            _of_several(session, actor, expense_id)
            if len(chosen) > 1
            else editable(session, actor, expense_id)
        )
        _claim_version(session, expense)
        expense.deleted_at = now()
        session.add(expense)
        _look_at_budgets(session, expense.project_id)
        audit.record(session, actor, KIND, expense_id, "deleted", before=facts(expense))
        gone.append(expense_id)
    session.flush()
    return gone


def _of_several(session: Session, actor: Actor, expense_id: int) -> Expense:
    """An expense that can be deleted; the refusal names it."""
    try:
        return editable(session, actor, expense_id)
    except DomainError as fault:
        if not fault.code.startswith("expense.error."):
            raise
        locked = get(session, actor, expense_id)
        merchant, day = locked.merchant or "–", locked.day
        raise DomainError("expense.error.locked_among", merchant=merchant, day=day) from None


def restore(session: Session, actor: Actor, expense_ids: Sequence[int]) -> int:
    """Bring back deleted expenses; how many were still gone."""
    actor.require_somewhere(Permission.EXPENSES_EDIT)
    count = 0
    for expense_id in dict.fromkeys(expense_ids):
        expense = session.get(Expense, expense_id)
        if expense is None or not of_all(actor, expense, Permission.EXPENSES_EDIT_ALL):
            raise NotFound
        if expense.deleted_at is None:
            continue
        _check_period(session, expense.day)
        expense.deleted_at = None
        expense.version += 1
        session.add(expense)
        _look_at_budgets(session, expense.project_id)
        audit.record(session, actor, KIND, expense_id, "restored", after=facts(expense))
        count += 1
    session.flush()
    return count


def duplicate(session: Session, actor: Actor, expense_id: int) -> Expense:
    """The same expense once more, dated today, of the same person, without receipts, to be approved anew."""
    source = get(session, actor, expense_id)
    actor.require(Permission.EXPENSES_EDIT, source.project_id)
    if source.user_id != actor.user_id:
        actor.require(Permission.EXPENSES_EDIT_ALL, source.project_id)
    day = today(session)
    _check_period(session, day)
    kept = (
        *("user_id", "merchant", "project_id", "client_id", "task_id", "currency", "exchange_rate"),
        *("price_mode", "billable", "disbursement", "mark_up_kind", "mark_up_value", "notes", "own_money"),
        *("net_minor", "tax_minor", "gross_minor", "cost_minor", "charge_minor", "mark_up_minor"),
        *("base_gross_minor", "base_cost_minor"),
    )
    copy = Expense(
        **{name: getattr(source, name) for name in kept}, day=day, created_by_id=actor.user_id or None
    )
    session.add(copy)
    session.flush()
    for line in lines_of(session, expense_id):
        session.add(ExpenseLine(**line.model_dump(exclude={"id", "expense_id"}), expense_id=copy.id or 0))
    session.flush()
    audit.record(session, actor, KIND, copy.id, "created", after=facts(copy), source=expense_id)
    return copy


def _look_at_budgets(session: Session, *project_ids: int | None) -> None:
    for project_id in set(project_ids) - {None}:
        alerts.look_again(session, project_id or 0)


def _check_period(session: Session, day: date) -> None:
    try:
        check_open(day, portal_of(session).closed_until)
    except DomainError as fault:
        raise InvalidFields({"day": fault}) from None


def _work_out(session: Session, expense: Expense, entry: Entry) -> None:
    """The figures of an expense by the rules, onto it and the values of its lines."""
    base = portal_of(session).base_currency
    amounts = purchase_amounts([line.purchase for line in entry.lines], expense.price_mode)
    costs = cost(amounts, disbursement=expense.disbursement)
    expense.net_minor = sum(each.net_minor for each in amounts)
    expense.tax_minor = sum(each.tax_minor for each in amounts)
    expense.gross_minor = expense.net_minor + expense.tax_minor
    expense.cost_minor = sum(costs)
    charged = recharge(amounts, entry.mark_up, disbursement=expense.disbursement)
    expense.charge_minor = charged.amount_minor if expense.billable else 0
    expense.mark_up_minor = charged.mark_up_minor if expense.billable else 0
    expense.base_gross_minor = convert(expense.gross_minor, expense.currency, base, expense.exchange_rate)
    expense.base_cost_minor = convert(expense.cost_minor, expense.currency, base, expense.exchange_rate)
    for line, found, of_line, in_base in zip(
        entry.lines, amounts, costs, spread(expense.base_cost_minor, costs), strict=True
    ):
        line.values.update(
            net_minor=found.net_minor,
            tax_minor=found.tax_minor,
            recoverable_minor=found.recoverable_minor,
            cost_minor=of_line,
            base_cost_minor=in_base,
        )


def _write_lines(session: Session, expense: Expense, lines: Sequence[Line]) -> None:
    for position, line in enumerate(lines, start=1):
        session.add(ExpenseLine(expense_id=expense.id or 0, position=position, **line.values))
    session.add(expense)
    session.flush()


def facts(expense: Expense) -> dict[str, Any]:
    """An expense as the audit trail keeps it."""
    return {
        "day": expense.day.isoformat(),
        "user_id": expense.user_id,
        "merchant": expense.merchant,
        "project_id": expense.project_id,
        "task_id": expense.task_id,
        "client_id": expense.client_id,
        "currency": expense.currency,
        "exchange_rate": format(expense.exchange_rate, "f"),
        "gross_minor": expense.gross_minor,
        "tax_minor": expense.tax_minor,
        "billable": expense.billable,
        "disbursement": expense.disbursement,
        "own_money": expense.own_money,
        "notes": expense.notes,
    }


def history(session: Session, actor: Actor, expense_id: int) -> list[AuditEvent]:
    get(session, actor, expense_id)
    return audit.history(session, KIND, expense_id)
