"""What a client's expenses offer to an invoice: a page of them with their amounts, and what must wait."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from sqlalchemy import case, func, or_, select
from sqlmodel import Session, col

from finance_app.domain.permissions import Permission
from finance_app.domain.tax import PriceMode, Taxable, charge_taxes
from finance_app.models import Client, Expense, InvoiceLine, Project
from finance_app.services.accounts.identity import Actor
from finance_app.services.expenses.charge import Wish, approved, charged, invoice_rate, taxes_of, unbilled
from finance_app.services.expenses.listing import ExpenseRecord, client_id_of
from finance_app.services.expenses.reading import paid_taxes
from finance_app.services.portal import portal_of

PAGE = 25


@dataclass(frozen=True)
class ExpenseOffer:
    """An expense with what it would come to in the currency of the invoice; None without a rate for it."""

    record: ExpenseRecord
    chosen: bool
    base_minor: int | None = None
    mark_up_minor: int = 0
    tax_minor: int = 0

    @property
    def total_minor(self) -> int | None:
        return None if self.base_minor is None else self.base_minor + self.mark_up_minor + self.tax_minor


@dataclass(frozen=True)
class ExpenseOffers:
    """`rows` are those of the page; the sums are of all that are chosen. `waiting` counts what is left out,
    by its reason: `unapproved`, `after_end`, `before_start`."""

    currency: str
    count: int
    chosen: int
    page: int
    pages: int
    rows: list[ExpenseOffer]
    base_minor: int
    mark_up_minor: int
    tax_minor: int
    waiting: Mapping[str, int]

    @property
    def total_minor(self) -> int:
        return self.base_minor + self.mark_up_minor + self.tax_minor


def offered(
    session: Session,
    actor: Actor,
    client_id: int,
    wish: Wish | None,
    *,
    currency: str,
    until: date | None = None,
    since: date | None = None,
    draft_id: int | None = None,
    page: int = 1,
) -> ExpenseOffers:
    """The client's unbilled expenses, with or without a project; what the draft holds counts as free."""
    actor.require(Permission.INVOICES_EDIT)
    found = unbilled(session, client_id, until, since, draft_id)
    picked = chosen_of(wish or {}, [each.id for each in found])
    rate = invoice_rate(session, currency)
    copies = taxes_of(session, session.get_one(Client, client_id))
    rules = tuple(paid.tax for paid in paid_taxes(copies))
    offers = [_offer(each, each.id in picked, currency, rate, rules) for each in found]
    taken = [each for each in offers if each.chosen and each.base_minor is not None]
    pages = max(1, -(-len(offers) // PAGE))
    page = min(max(page, 1), pages)
    return ExpenseOffers(
        currency=currency,
        count=len(offers),
        chosen=len(picked),
        page=page,
        pages=pages,
        rows=offers[(page - 1) * PAGE : page * PAGE],
        base_minor=sum(each.base_minor or 0 for each in taken),
        mark_up_minor=sum(each.mark_up_minor for each in taken),
        tax_minor=sum(each.tax_minor for each in taken),
        waiting=_waiting(session, client_id, until, since, draft_id),
    )


def chosen_of(wish: Wish, ids: list[int]) -> set[int]:
    """Which of these expenses a wish means."""
    if wish.get("all"):
        return set(ids) - {int(each) for each in wish.get("but") or ()}
    return set(ids) & {int(each) for each in wish.get("only") or ()}


def _offer(
    record: ExpenseRecord, chosen: bool, currency: str, rate: Decimal | None, rules: tuple
) -> ExpenseOffer:
    found = charged(record, currency, rate)
    if found is None:
        return ExpenseOffer(record, chosen)
    base, mark_up = found
    if record.disbursement:
        return ExpenseOffer(record, chosen, base, mark_up)
    [taxed] = charge_taxes([Taxable(base + mark_up, rules)], PriceMode.EXCLUSIVE)
    return ExpenseOffer(record, chosen, base, mark_up, taxed.tax_minor)


def _waiting(
    session: Session, client_id: int, until: date | None, since: date | None, draft_id: int | None
) -> dict[str, int]:
    """Billable expenses of the client that cannot come on the invoice, by the first reason that applies."""
    of_draft = select(col(InvoiceLine.id)).where(col(InvoiceLine.invoice_id) == (draft_id or 0))
    reasons = [(~approved(portal_of(session)), "unapproved")]
    if until:
        reasons.append((col(Expense.day) > until, "after_end"))
    if since:
        reasons.append((col(Expense.day) < since, "before_start"))
    reason = case(*reasons, else_="")
    rows = session.execute(
        select(reason, func.count())
        .select_from(Expense)
        .outerjoin(Project, col(Project.id) == col(Expense.project_id))
        .where(
            col(Expense.deleted_at).is_(None),
            col(Expense.billable),
            or_(col(Expense.invoice_line_id).is_(None), col(Expense.invoice_line_id).in_(of_draft)),
            client_id_of() == client_id,
        )
        .group_by(reason)
    ).all()
    return {name: count for name, count in rows if name}
