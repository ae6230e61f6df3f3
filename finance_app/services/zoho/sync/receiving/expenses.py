"""Expenses that were entered at Zoho: paid by the firm, with the account as their category."""

from sqlmodel import Session, col, select

from finance_app.domain.errors import DomainError
from finance_app.domain.expense import Purchase
from finance_app.domain.money import to_decimal, to_minor
from finance_app.domain.tax import PriceMode
from finance_app.models import (
    Expense,
    ExpenseCategory,
    Project,
    User,
    ZohoConnection,
    ZohoLink,
    ZohoSync,
)
from finance_app.models.columns import now
from finance_app.models.kinds import ApprovalState
from finance_app.services.expenses import saving
from finance_app.services.expenses.reading import Line, paid_taxes
from finance_app.services.zoho.sync.bodies.spending import as_fetched
from finance_app.services.zoho.sync.modules import Module
from finance_app.services.zoho.sync.receiving.links import (
    ZOHO,
    News,
    Raw,
    client_of,
    day_of,
    exact,
    in_units,
    in_words,
    is_news,
    known,
    link_up,
    rate_in,
)
from finance_app.services.zoho.sync.receiving.taxes import copies_of
from finance_app.services.zoho.sync.wanted import Unfit


def news(session: Session, link: ZohoLink, raw: Raw) -> News:
    row = session.get(Expense, link.local_id)
    if row is None or row.deleted_at:
        return News.NONE
    if link.made_at_zoho:
        return News.LOOK if is_news(link, raw) else News.NONE
    if not link.fingerprint:
        return News.NONE
    return News.NONE if exact(raw["total"]) == in_units(row.gross_minor, row.currency) else News.CHANGED


def take(session: Session, sync: ZohoSync, raw: Raw) -> bool:
    """Raises Unfit where it cannot be the same here, to the cent."""
    sync_id, remote_id = sync.id or 0, str(raw["expense_id"])
    link = known(session, sync_id, Module.EXPENSE, remote_id)
    row = session.get(Expense, link.local_id) if link else None
    was = as_fetched(row) if row else ""
    if row is None:
        row = Expense(day=day_of(raw), user_id=_person(session, sync), currency="", own_money=False)
    if row.invoice_line_id is None:
        try:
            _head(session, sync_id, row, raw)
            lines = _lines(session, sync_id, row, raw)
            saving.enter(session, ZOHO, row, lines)
        except DomainError as error:
            raise in_words(session, error) from error
    ours, theirs = to_decimal(row.gross_minor, row.currency), exact(raw["total"])
    if ours != theirs:
        raise Unfit("total_differs", ours=ours, theirs=theirs)
    link = link_up(session, sync, Module.EXPENSE, row.id or 0, remote_id, f"zoho/{remote_id}")
    link.agree(as_fetched(row))
    return was != link.fingerprint


def _head(session: Session, sync_id: int, row: Expense, raw: Raw) -> None:
    project = known(session, sync_id, Module.PROJECT, str(raw.get("project_id") or "-"))
    row.project_id = project.local_id if project else None
    row.client_id = None
    if raw.get("customer_id"):
        client = client_of(session, sync_id, raw)
        of_project = session.get(Project, row.project_id) if row.project_id else None
        if of_project is None or of_project.client_id != client.id:
            row.project_id, row.client_id = None, client.id
    description = str(raw.get("description") or "")
    row.day = day_of(raw)
    row.merchant = str(raw.get("vendor_name") or description or raw.get("account_name") or "Zoho")[:200]
    row.notes = description[:2000] if description != row.merchant else ""
    row.currency = str(raw["currency_code"])
    row.exchange_rate = rate_in(session, row.currency, raw)
    row.price_mode = PriceMode.INCLUSIVE if raw.get("is_inclusive_tax") else PriceMode.EXCLUSIVE
    row.billable = bool(raw.get("is_billable"))
    row.approval, row.approved_at = ApprovalState.APPROVED, row.approved_at or now()


def _lines(session: Session, sync_id: int, row: Expense, raw: Raw) -> list[Line]:
    rows = raw.get("line_items") or [raw]
    return [_line(session, sync_id, row, raw, each) for each in rows]


def _line(session: Session, sync_id: int, row: Expense, raw: Raw, each: Raw) -> Line:
    amount = to_minor(exact(each.get("amount", raw.get("amount"))), row.currency)
    copies = [{**copy, "recoverable": "100"} for copy in copies_of(session, sync_id, each)]
    account = str(each.get("account_name") or raw.get("account_name") or "")
    values = {
        "category_id": _category(session, account),
        "description": str(each.get("description") or "")[:500] if each is not raw else "",
        "distance": None,
        "distance_unit": "",
        "distance_rate": None,
        "amount_minor": amount,
        "taxes": copies,
    }
    return Line(values, Purchase(amount, paid_taxes(copies)))


def _category(session: Session, account: str) -> int | None:
    """The category called like the account, made where there is none."""
    if not account:
        return None
    found = session.exec(
        select(ExpenseCategory).where(ExpenseCategory.name == account[:100]).order_by(col(ExpenseCategory.id))
    ).first()
    if found is None:
        found = ExpenseCategory(name=account[:100])
        session.add(found)
        session.flush()
    return found.id


def _person(session: Session, sync: ZohoSync) -> int:
    """Whoever set the connection up stands for it: Zoho does not say who spent the money."""
    connection = session.get(ZohoConnection, sync.connection_id)
    if connection is not None and connection.set_up_by_id:
        return connection.set_up_by_id
    found = session.exec(
        select(User.id).where(col(User.archived_at).is_(None)).order_by(col(User.id))
    ).first()
    if found is None:
        raise Unfit("no_person")
    return found
