"""Expenses as a charge on invoices: each on a line of its own, on one live invoice at most."""

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any, cast

from sqlalchemy import CursorResult, func, insert, or_, select, update
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col

from finance_app.domain.errors import DomainError
from finance_app.domain.expense import in_currency
from finance_app.domain.money import to_decimal
from finance_app.domain.tax import PriceMode, Taxable, charge_taxes
from finance_app.i18n import formats, t
from finance_app.models import (
    Client,
    Expense,
    ExpenseClaim,
    Invoice,
    InvoiceLine,
    Portal,
    Project,
    Tax,
)
from finance_app.models.columns import now
from finance_app.models.kinds import ApprovalState, LineKind
from finance_app.services.accounts.identity import Actor
from finance_app.services.audit import trail as audit
from finance_app.services.expenses.access import KIND
from finance_app.services.expenses.listing import ExpenseRecord, client_id_of, records
from finance_app.services.expenses.reading import last_rate, paid_taxes
from finance_app.services.invoicing.charges import Bill, DraftLine, LineIds
from finance_app.services.invoicing.price_claims import gross_of
from finance_app.services.invoicing.totals import tax_copy
from finance_app.services.portal import portal_of
from finance_app.services.profitability import expense_posting

NAME = "expense"
MOST = 500

Wish = Mapping[str, Any]


class Expenses:
    """A wish is `{"all": True, "but": [ids]}` for every unbilled expense of the client in the period, or
    `{"only": [ids]}`. Those without a project are the client's too."""

    name = NAME
    kinds = frozenset({LineKind.EXPENSE, LineKind.DISBURSEMENT})

    def project_ids(self, session: Session, wish: Wish) -> set[int]:  # noqa: ARG002
        return set()

    def lines(self, session: Session, bill: Bill, wish: Wish, *, lock: bool) -> list[DraftLine]:
        found = unbilled(
            session, bill.client.id or 0, bill.scope.until, bill.scope.since, bill.draft_id, lock=lock
        )
        rate = invoice_rate(session, bill.currency)
        if wish.get("all"):
            left_out = {int(each) for each in wish.get("but") or ()}
            chosen = [each for each in found if each.id not in left_out]
            gone = 0
        else:
            asked = {int(each) for each in wish.get("only") or ()}
            chosen = [each for each in found if each.id in asked]
            gone = len(asked) - len(chosen)
        taxes = taxes_of(session, bill.client)
        made = [_line(session, bill, each, rate, taxes) for each in chosen[:MOST]]
        if len(chosen) > MOST:
            made.append(_unmet(DomainError("expense.error.too_many_billed", n=MOST)))
        if gone:
            made.append(_unmet(DomainError("expense.error.gone", n=gone)))
        return made

    def claim(
        self,
        session: Session,
        actor: Actor,
        invoice: Invoice,
        lines: Sequence[tuple[InvoiceLine, DraftLine]],
    ) -> None:
        at = now()
        rows = [
            {
                "expense_id": line.source.id,
                "invoice_id": invoice.id,
                "invoice_line_id": row.id,
                "base_minor": line.source.charge_minor - line.source.mark_up_minor,
                "mark_up_minor": line.source.mark_up_minor,
                "claimed_at": at,
                "released_because": "",
            }
            for row, line in lines
        ]
        try:
            session.execute(insert(ExpenseClaim), rows)
        except IntegrityError:
            raise DomainError("expense.error.taken") from None
        for row, line in lines:
            taken = session.execute(
                update(Expense)
                .where(
                    col(Expense.id) == line.source.id,
                    col(Expense.version) == line.source.version,
                    col(Expense.invoice_line_id).is_(None),
                    col(Expense.deleted_at).is_(None),
                )
                .values(invoice_line_id=row.id, version=col(Expense.version) + 1)
                .execution_options(synchronize_session=False)
            )
            if cast(CursorResult, taken).rowcount != 1:
                raise DomainError("expense.error.taken")
            audit.record(
                session, actor, KIND, line.source.id, "billed", name=invoice.number or "", invoice=invoice.id
            )
        _forget(session)

    def release(self, session: Session, actor: Actor, line_ids: LineIds, because: str) -> None:
        session.flush()
        held = session.execute(
            select(col(Expense.id), func.coalesce(Invoice.number, ""))
            .join(InvoiceLine, col(InvoiceLine.id) == col(Expense.invoice_line_id))
            .join(Invoice, col(Invoice.id) == col(InvoiceLine.invoice_id))
            .where(col(InvoiceLine.id).in_(line_ids))
            .order_by(col(Expense.id))
        ).all()
        session.execute(
            update(ExpenseClaim)
            .where(col(ExpenseClaim.invoice_line_id).in_(line_ids), col(ExpenseClaim.released_at).is_(None))
            .values(released_at=now(), released_because=because)
            .execution_options(synchronize_session=False)
        )
        session.execute(
            update(Expense)
            .where(col(Expense.invoice_line_id).in_(line_ids))
            .values(invoice_line_id=None, version=col(Expense.version) + 1)
            .execution_options(synchronize_session=False)
        )
        expense_posting.free(session, [expense_id for expense_id, _ in held])
        for expense_id, number in held:
            audit.record(session, actor, KIND, expense_id, f"freed_{because}", name=number)
        _forget(session)

    def edited(
        self,
        session: Session,
        actor: Actor,  # noqa: ARG002
        invoice: Invoice,
        line: InvoiceLine,
        *,
        confirmed: bool,  # noqa: ARG002
    ) -> None:
        """The price of an expense may change, which is its mark-up; a disbursement passes as it was paid."""
        if line.kind is not LineKind.DISBURSEMENT:
            return
        claim = _live(session, line.id or 0)
        if claim is None:
            return
        expense = session.get_one(Expense, claim.expense_id)
        rate = invoice.exchange_rate
        due = in_currency(claim.base_minor, expense.currency, expense.exchange_rate, invoice.currency, rate)
        amount = gross_of(line, invoice.currency)
        taxed = any(Decimal(copy.get("rate", "0")) for copy in line.taxes)
        same_currency = expense.currency == invoice.currency
        if line.discount_kind is not None or taxed or (same_currency and amount != due):
            raise DomainError("expense.error.disbursement_fixed")

    def credited(
        self,
        session: Session,
        actor: Actor,
        line: InvoiceLine,
        part: Fraction,
    ) -> None:
        """All of the line credited gives the expense back; a credit note taken back takes it anew, unless
        another invoice has it meanwhile."""
        if part >= 1:
            self.release(session, actor, [line.id or 0], "credited")
            return
        if _live(session, line.id or 0) is not None:
            return
        held = _last(session, line.id or 0)
        if held is None or held.released_because != "credited":
            return
        expense = session.get(Expense, held.expense_id, with_for_update=True, populate_existing=True)
        if expense is None or expense.invoice_line_id is not None or expense.deleted_at is not None:
            return
        session.add(
            ExpenseClaim(
                expense_id=held.expense_id,
                invoice_id=held.invoice_id,
                invoice_line_id=line.id,
                base_minor=held.base_minor,
                mark_up_minor=held.mark_up_minor,
            )
        )
        expense.invoice_line_id = line.id
        expense.version += 1
        session.add(expense)
        audit.record(session, actor, KIND, expense.id, "billed", invoice=held.invoice_id)
        expense_posting.post(session, held.invoice_id)


def mark(session: Session, actor: Actor, invoice: Invoice, line_id: int, expense_ids: Sequence[int]) -> None:
    """Put expenses on a line that another program made of them. Raises DomainError where one is taken."""
    for expense_id in expense_ids:
        expense = session.get(Expense, expense_id, with_for_update=True, populate_existing=True)
        if expense is None or expense.invoice_line_id is not None or expense.deleted_at is not None:
            raise DomainError("expense.error.taken")
        claim = ExpenseClaim(
            expense_id=expense_id,
            invoice_id=invoice.id,
            invoice_line_id=line_id,
            base_minor=expense.charge_minor - expense.mark_up_minor,
            mark_up_minor=expense.mark_up_minor,
        )
        expense.invoice_line_id = line_id
        expense.version += 1
        session.add_all([claim, expense])
        session.flush()
        audit.record(
            session, actor, KIND, expense_id, "billed", name=invoice.number or "", invoice=invoice.id
        )


def unbilled(
    session: Session,
    client_id: int,
    until: date | None = None,
    since: date | None = None,
    draft_id: int | None = None,
    *,
    lock: bool = False,
) -> list[ExpenseRecord]:
    """The expenses that an invoice of the client may take, oldest first; what the draft holds counts as free.

    With approval only approved ones; rejected ones never.
    """
    of_draft = select(col(InvoiceLine.id)).where(col(InvoiceLine.invoice_id) == (draft_id or 0))
    where = [
        col(Expense.deleted_at).is_(None),
        col(Expense.billable),
        or_(col(Expense.invoice_line_id).is_(None), col(Expense.invoice_line_id).in_(of_draft)),
        client_id_of() == client_id,
        approved(portal_of(session)),
    ]
    if until:
        where.append(col(Expense.day) <= until)
    if since:
        where.append(col(Expense.day) >= since)
    if lock:
        ids = select(col(Expense.id)).outerjoin(Project, col(Project.id) == col(Expense.project_id))
        session.execute(
            select(col(Expense.id))
            .where(col(Expense.id).in_(ids.where(*where)))
            .order_by(col(Expense.id))
            .with_for_update()
        ).all()
    rows = session.execute(records().where(*where).order_by(col(Expense.day), col(Expense.id))).all()
    return [ExpenseRecord(*row) for row in rows]


def approved(portal: Portal) -> Any:
    """The condition under which an expense counts as approved."""
    if portal.expenses_need_approval:
        return col(Expense.approval) == ApprovalState.APPROVED
    return col(Expense.approval) != ApprovalState.REJECTED


def invoice_rate(session: Session, currency: str) -> Decimal | None:
    """What a unit of the invoice's currency is worth in base currency: 1, or the rate used last."""
    if currency == portal_of(session).base_currency:
        return Decimal(1)
    return last_rate(session, currency)


def charged(record: ExpenseRecord, currency: str, rate: Decimal | None) -> tuple[int, int] | None:
    """Base and mark-up of an expense in the currency of an invoice; None where a rate is missing."""
    if currency != record.currency and rate is None:
        return None
    total, mark_up = (
        in_currency(amount, record.currency, record.exchange_rate, currency, rate or Decimal(1))
        for amount in (record.charge_minor, record.mark_up_minor)
    )
    return total - mark_up, mark_up


def _line(
    session: Session, bill: Bill, record: ExpenseRecord, rate: Decimal | None, taxes: list[dict[str, Any]]
) -> DraftLine:
    found = charged(record, bill.currency, rate)
    if found is None:
        base = portal_of(session).base_currency
        return _unmet(DomainError("expense.error.no_rate", currency=bill.currency, base=base))
    amount = sum(found)
    locale = bill.client.locale
    own: list[dict[str, Any]] | None = None
    if record.disbursement:
        own = [disbursement_tax(locale)]
    elif portal_of(session).price_mode is PriceMode.INCLUSIVE:
        rules = tuple(paid.tax for paid in paid_taxes(taxes))
        [taxed] = charge_taxes([Taxable(amount, rules)], PriceMode.EXCLUSIVE)
        amount = taxed.gross_minor
    what = record.category or t(locale, "expense.line_name")
    described = [formats.day(record.day, locale)]
    if record.currency != bill.currency:
        described.append(formats.money(record.charge_minor, record.currency, locale))
    if record.notes:
        described.append(record.notes)
    return DraftLine(
        charge=NAME,
        kind=LineKind.DISBURSEMENT if record.disbursement else LineKind.EXPENSE,
        name=(f"{record.merchant} – {what}" if record.merchant else what)[:500],
        description=" · ".join(described)[:2000],
        quantity=Decimal(1),
        unit="piece",
        unit_price=to_decimal(amount, bill.currency),
        amount_minor=amount,
        project_id=record.project_id,
        user_id=record.user_id,
        date_from=record.day,
        date_to=record.day,
        taxes=own,
        source=record,
    )


def _unmet(problem: DomainError) -> DraftLine:
    return DraftLine(
        charge=NAME, kind=LineKind.EXPENSE, name="", description="", quantity=Decimal(1), unit="piece",
        unit_price=Decimal(0), amount_minor=0, problem=problem,
    )  # fmt: skip


def disbursement_tax(locale: str) -> dict[str, Any]:
    """No tax on what was paid in the client's name: article 79 (c) of directive 2006/112/EC."""
    return {
        "id": None,
        "name": t(locale, "expense.disbursement_tax.name"),
        "rate": "0",
        "category": "E",
        "exemption_reason": t(locale, "expense.disbursement_tax.reason"),
        "compound": False,
    }


def taxes_of(session: Session, client: Client) -> list[dict[str, Any]]:
    """The taxes of a new line of the client."""
    own = session.get(Tax, client.tax_id) if client.tax_id else None
    found = (
        own
        or session.execute(
            select(Tax).where(col(Tax.is_default), col(Tax.archived_at).is_(None)).order_by(col(Tax.id))
        )
        .scalars()
        .first()
    )
    return [tax_copy(found)] if found else []


def _live(session: Session, line_id: int) -> ExpenseClaim | None:
    claims = select(ExpenseClaim).where(
        col(ExpenseClaim.invoice_line_id) == line_id, col(ExpenseClaim.released_at).is_(None)
    )
    return session.execute(claims).scalars().first()


def _last(session: Session, line_id: int) -> ExpenseClaim | None:
    claims = select(ExpenseClaim).where(col(ExpenseClaim.invoice_line_id) == line_id)
    return session.execute(claims.order_by(col(ExpenseClaim.id).desc())).scalars().first()


def _forget(session: Session) -> None:
    """The session's expenses and claims are read anew."""
    for row in list(session.identity_map.values()):
        if isinstance(row, Expense | ExpenseClaim):
            session.expire(row)


def of_invoice(session: Session, invoice_id: int) -> list[int]:
    """The expenses on an invoice, in the order of its lines."""
    rows = session.execute(
        select(col(Expense.id))
        .join(InvoiceLine, col(InvoiceLine.id) == col(Expense.invoice_line_id))
        .where(col(InvoiceLine.invoice_id) == invoice_id)
        .order_by(col(InvoiceLine.position), col(InvoiceLine.id))
    )
    return list(rows.scalars())
