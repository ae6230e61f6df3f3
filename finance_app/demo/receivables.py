"""What the demo firm invoiced: by month for tracked time, by milestone at a fixed price.

The amounts come from the engine of totals, each log goes on one line, numbers follow the dates of issue.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import bindparam, insert, select, update
from sqlmodel import Session, col

from finance_app.demo.company import Firm, clock, months_before
from finance_app.demo.customers import CUSTOMERS, Customer
from finance_app.demo.outlays import Spent, billed_with, claim_of, expense_line
from finance_app.demo.undertakings import FIXED, Undertaking
from finance_app.domain import billing
from finance_app.domain.numbering import NumberPattern
from finance_app.domain.tax import Tax as TaxRule
from finance_app.domain.tax import TaxCategory
from finance_app.domain.time import printed_quantity
from finance_app.models import (
    Client,
    Contact,
    Expense,
    Invoice,
    InvoiceLine,
    NumberSeries,
    PriceClaim,
    Tax,
    TimeClaim,
    TimeLog,
)
from finance_app.models.kinds import ApprovalState, InvoiceState, LineKind
from finance_app.services.invoicing.drafts import as_made
from finance_app.services.invoicing.numbers import series_name
from finance_app.services.invoicing.scope import Scope, to_json
from finance_app.services.parties import company_snapshot, customer_snapshot

CHF_RATE = Decimal("1.065")
WAITING = "ORS-02"
"""A project whose last month nobody has billed yet."""
DRAFTS = ("GPR-02", "LAC-01")
"""Projects whose last month is still a draft."""


@dataclass
class Bill:
    """An invoice to be, with its lines and the logs of each."""

    work: Undertaking
    day: date
    lines: list[tuple[InvoiceLine, list[Any]]] = field(default_factory=list)
    title: str = ""
    draft: bool = False
    invoice: Invoice | None = None
    expenses: list[tuple[Expense, InvoiceLine]] = field(default_factory=list)

    @property
    def made(self) -> Invoice:
        assert self.invoice is not None
        return self.invoice

    @property
    def customer(self) -> Customer:
        assert self.work.plan.client is not None
        return CUSTOMERS[self.work.plan.client]


def make_invoices(
    session: Session,
    firm: Firm,
    clients: list[Client],
    works: list[Undertaking],
    today: date,
    spent: dict[int, list[Spent]],
) -> list[Bill]:
    """All invoices, in the order of their dates, and their claims; nothing of them is paid yet."""
    bills = [bill for work in works if work.plan.client is not None for bill in _bills(session, work, today)]
    bills.sort(key=lambda bill: (bill.day, bill.work.plan.code))
    counters: dict[str, list[Any]] = {}
    for bill in bills:
        _add_expenses(bill, spent.get(bill.work.project.id or 0, []))
        make_invoice(session, firm, clients, bill, counters)
    for name, (last, day) in counters.items():
        session.add(NumberSeries(name=name, last_number=last, last_date=day))
    _claim(session, bills)
    for bill in bills:
        for expense, line in bill.expenses:
            expense.invoice_line_id = line.id
            session.add(claim_of(expense, line, bill.made.created_at))
    return bills


def _add_expenses(bill: Bill, spent: list[Spent]) -> None:
    rate = CHF_RATE if bill.work.project.currency == "CHF" else Decimal(1)
    for each in billed_with(spent, bill.day):
        line = expense_line(each, bill.work, rate)
        bill.lines.append((line, []))
        bill.expenses.append((each.expense, line))


def working_day(day: date) -> date:
    return day + timedelta(days=7 - day.weekday()) if day.weekday() > 4 else day


def _bills(session: Session, work: Undertaking, today: date) -> Iterable[Bill]:
    if work.plan.method is FIXED:
        yield from _milestones(work, today)
        return
    logs = session.execute(
        select(
            col(TimeLog.id),
            col(TimeLog.day),
            col(TimeLog.seconds),
            col(TimeLog.task_id),
            col(TimeLog.bill_rate),
        )
        .where(
            col(TimeLog.project_id) == work.project.id,
            col(TimeLog.billable).is_(True),
            col(TimeLog.approval) == ApprovalState.APPROVED,
            col(TimeLog.bill_rate).is_not(None),
            col(TimeLog.day) < months_before(today, 0),
        )
        .order_by(col(TimeLog.day), col(TimeLog.id))
    ).all()
    months: dict[date, list[Any]] = defaultdict(list)
    for log in logs:
        months[log.day.replace(day=1)].append(log)
    names = {task.id: task.name for task in work.tasks}
    for month, found in months.items():
        day = working_day(months_before(month, -1) + timedelta(days=2))
        if day > today:
            continue
        last = month == months_before(today, 1)
        if last and work.plan.code == WAITING:
            continue
        bill = Bill(work, day, draft=last and work.plan.code in DRAFTS)
        groups: dict[tuple[int, Decimal], list[Any]] = defaultdict(list)
        for log in found:
            groups[log.task_id, log.bill_rate].append(log)
        for (task_id, rate), logs_of in groups.items():
            bill.lines.append((_time_line(work, names[task_id], task_id, rate, logs_of), logs_of))
        yield bill


def _time_line(work: Undertaking, name: str, task_id: int, rate: Decimal, logs: list[Any]) -> InvoiceLine:
    seconds = sum(log.seconds for log in logs)
    return InvoiceLine(
        invoice_id=0,
        kind=LineKind.TIME,
        project_id=work.project.id,
        task_id=task_id,
        name=name,
        quantity=printed_quantity(seconds, rate, work.project.currency),
        unit="hour",
        unit_price=rate,
        tracked_seconds=seconds,
        billed_seconds=seconds,
        date_from=logs[0].day,
        date_to=logs[-1].day,
    )


def _milestones(work: Undertaking, today: date) -> Iterable[Bill]:
    for milestone in work.milestones:
        if not (milestone.closed_at and milestone.due_date and milestone.amount_minor):
            continue
        day = working_day(milestone.due_date + timedelta(days=4))
        if day > today:
            continue
        line = InvoiceLine(
            invoice_id=0,
            kind=LineKind.MILESTONE,
            project_id=work.project.id,
            milestone_id=milestone.id,
            name=f"{work.project.name} – {milestone.name}",
            unit_price=Decimal(milestone.amount_minor).scaleb(-2),
            date_from=milestone.start_date,
            date_to=milestone.due_date,
        )
        yield Bill(work, day, [(line, [])])


def make_invoice(
    session: Session, firm: Firm, clients: list[Client], bill: Bill, counters: dict[str, list[Any]]
) -> None:
    """The invoice of a bill with its lines, issued unless it is a draft."""
    client = clients[bill.work.plan.client or 0]
    tax = firm.taxes[bill.customer.tax]
    days = int(bill.customer.terms.partition(":")[2])
    written = clock(bill.day, 9, 30)
    assert client.id is not None
    contacts = session.execute(
        select(Contact).where(Contact.client_id == client.id).order_by(col(Contact.id))
    ).scalars()
    to = list(contacts)
    invoice = Invoice(
        client_id=client.id,
        title=bill.title or bill.work.project.name,
        issue_date=bill.day,
        due_date=bill.day + timedelta(days=days),
        payment_terms=bill.customer.terms,
        currency=client.currency,
        exchange_rate=CHF_RATE if client.currency == "CHF" else Decimal(1),
        locale=client.locale,
        recipients=[contact.email for contact in to if contact.receives_invoices],
        created_by_id=firm.users[bill.work.plan.manager].id,
        created_at=written,
        updated_at=written,
    )
    _total(invoice, [line for line, _ in bill.lines], tax)
    if not bill.draft:
        invoice.state = InvoiceState.ISSUED
        invoice.number = take_number(firm.portal.invoice_pattern, bill.day, counters)
        invoice.issued_at = invoice.updated_at = invoice.delivered_at = clock(bill.day, 9, 45)
        invoice.company = company_snapshot(firm.portal, invoice.locale)
        invoice.customer = customer_snapshot(client, to[0])
    session.add(invoice)
    session.flush()
    assert invoice.id is not None
    for position, (line, _) in enumerate(bill.lines):
        line.position, line.invoice_id = position, invoice.id
        session.add(line)
    session.flush()
    if bill.draft:
        _remember(invoice, [line for line, _ in bill.lines])
    bill.invoice = invoice


def _remember(invoice: Invoice, lines: list[InvoiceLine]) -> None:
    """As the wizard does, so that one can go back from the draft."""
    projects = dict.fromkeys(line.project_id for line in lines if line.project_id)
    scope = Scope(tuple(projects), max(line.date_to for line in lines if line.date_to))
    invoice.billing = {**to_json(scope), "lines": len(lines), "title": invoice.title}
    for line in lines:
        line.made_as = as_made(line)


def take_number(pattern: str, day: date, counters: dict[str, list[Any]]) -> str:
    numbers = NumberPattern(pattern)
    counter = counters.setdefault(series_name(numbers, day), [0, day])
    counter[0], counter[1] = counter[0] + 1, day
    return numbers.format(day, counter[0])


def _total(invoice: Invoice, lines: list[InvoiceLine], tax: Tax) -> None:
    rule = TaxRule(tax.name, tax.rate, TaxCategory(tax.category), tax.exemption_reason or None, tax.compound)
    document = billing.Document(
        invoice.currency,
        tuple(
            billing.Line(line.unit_price, line.quantity, line.billed_seconds, taxes=(rule,)) for line in lines
        ),
    )
    found = billing.totals(document)
    copy = {"id": tax.id, **_tax_json(rule)}
    for line, of_line in zip(lines, found.lines, strict=True):
        line.amount_minor, line.taxes = of_line.amount_minor, [copy]
    invoice.subtotal_minor, invoice.net_minor = found.subtotal_minor, found.net_minor
    invoice.tax_minor, invoice.total_minor = found.tax_minor, found.total_minor
    invoice.totals = {
        "subtotal_minor": found.subtotal_minor,
        "discount_minor": 0,
        "discount_after_tax_minor": 0,
        "surcharge_minor": 0,
        "surcharges": [],
        "net_minor": found.net_minor,
        "tax_minor": found.tax_minor,
        "rounding_minor": 0,
        "total_minor": found.total_minor,
        "taxes": [
            {**_tax_json(charge.tax), "base_minor": charge.base_minor, "tax_minor": charge.tax_minor}
            for charge in found.taxes
        ],
    }


def _tax_json(rule: TaxRule) -> dict[str, Any]:
    return {
        "name": rule.name,
        "rate": format(rule.rate, "f"),
        "category": rule.category.value,
        "exemption_reason": rule.exemption_reason or "",
        "compound": rule.compound,
    }


def _claim(session: Session, bills: list[Bill]) -> None:
    claims, marks = [], []
    for bill in bills:
        for line, logs in bill.lines:
            if line.kind in (LineKind.MILESTONE, LineKind.FIXED_COST):
                session.add(_price_claim(bill.made, line))
            for log in logs:
                claims.append(claim_row(bill.made, line, log))
                marks.append({"log": log.id, "line": line.id})
    session.execute(insert(TimeClaim), claims)
    session.connection().execute(
        update(TimeLog).where(col(TimeLog.id) == bindparam("log")).values(invoice_line_id=bindparam("line")),
        marks,
    )


def _price_claim(invoice: Invoice, line: InvoiceLine) -> PriceClaim:
    assert line.project_id is not None
    return PriceClaim(
        project_id=line.project_id,
        milestone_id=line.milestone_id,
        invoice_id=invoice.id,
        invoice_line_id=line.id,
        amount_minor=line.amount_minor,
        claimed_by_id=invoice.created_by_id,
        claimed_at=invoice.created_at,
    )


def claim_row(invoice: Invoice, line: InvoiceLine, log: Any, at: datetime | None = None) -> dict[str, Any]:
    return {
        "time_log_id": log.id,
        "invoice_id": invoice.id,
        "invoice_line_id": line.id,
        "tracked_seconds": log.seconds,
        "billed_seconds": log.seconds,
        "bill_rate": log.bill_rate,
        "claimed_at": at or invoice.created_at,
        "released_at": None,
        "released_because": "",
    }
