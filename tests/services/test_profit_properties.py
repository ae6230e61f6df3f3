"""Whatever happened: both bases differ by what is open, and every figure is the sum of the rows it opens."""

from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select
from sqlmodel import Session, col

from finance_app.domain.errors import DomainError
from finance_app.domain.money import round_half_up
from finance_app.domain.periods import Period
from finance_app.domain.profit import Basis
from finance_app.domain.workflow import InvoiceState
from finance_app.models import (
    Client,
    CreditNote,
    Expense,
    Invoice,
    InvoiceLine,
    Payment,
    Portal,
    Project,
    TimeLog,
    User,
)
from finance_app.models.columns import now
from finance_app.models.kinds import ApprovalState, DiscountKind, DiscountOn, Role
from finance_app.services.clients import credit as client_credit
from finance_app.services.crediting import notes as credit_notes
from finance_app.services.crediting import remainder
from finance_app.services.crediting import use as credit_use
from finance_app.services.invoicing import totals, voiding
from finance_app.services.payments import recording as payments
from finance_app.services.payments.recording import Received
from finance_app.services.profitability import expense_posting, posting
from finance_app.services.profitability.breakdown import By, breakdown
from finance_app.services.profitability.figures import summary
from finance_app.services.profitability.rows import Figure, rows
from finance_app.services.profitability.scope import Of, Question, Scope
from tests.services.conftest import actor

START = date(2025, 11, 15)
ALWAYS = Period(date(2025, 1, 1), now().date() + timedelta(days=2))
"""Credit notes are of the present day."""
SHORT = Period(date(2025, 12, 10), date(2026, 2, 20))
days = st.integers(0, 150).map(lambda n: START + timedelta(days=n))
cents = st.integers(1, 90_000)
picks = st.integers(0, 5)
steps = st.lists(
    st.one_of(
        st.tuples(st.just("work"), days, picks, st.integers(1, 30_000)),
        st.tuples(st.just("work"), days, picks, st.integers(1, 30_000)),
        st.tuples(st.just("spend"), days, picks, cents),
        st.tuples(st.just("invoice"), days, picks, cents),
        st.tuples(st.just("invoice"), days, picks, cents),
        st.tuples(st.just("pay"), days, picks, cents),
        st.tuples(st.just("pay"), days, picks, cents),
        st.tuples(st.just("write_off"), days, picks, cents),
        st.tuples(st.just("credit"), days, picks, cents),
        st.tuples(st.just("refund_note"), days, picks, cents),
        st.tuples(st.just("refund"), days, picks, cents),
        st.tuples(st.just("delete"), days, picks, cents),
        st.tuples(st.just("void"), days, picks, cents),
    ),
    min_size=12,
    max_size=24,
)


BEGUN = (
    ("invoice", START, 0, 45_001),
    ("invoice", START, 3, 77_777),
    ("work", START, 1, 7_001),
    ("pay", START + timedelta(days=40), 1, 12_345),
    ("pay", START + timedelta(days=41), 2, 9_999),
    ("credit", START, 3, 2_222),
    ("pay", START + timedelta(days=42), 0, 0),
    ("credit", START, 0, 2_222),
    ("refund_note", START, 1, 500),
    ("invoice", START, 1, 33_333),
    ("void", START, 2, 0),
)
"""What every history starts with, so that there is something to settle, to credit and to give back."""


class History:
    """Two clients, three projects (one without a client) and two people, one of them without a cost."""

    def __init__(self, session: Session) -> None:
        self.session, self.me = session, actor(session, Role.OWNER)
        if session.execute(select(Portal)).scalars().first() is None:
            session.add(Portal(name="Atelier", base_currency="EUR", strict_numbering=False))
        self.clients = [Client(name="Foo", currency="EUR"), Client(name="Bar", currency="CHF")]
        self.people = [User(name="Ines"), User(name="Paul")]
        session.add_all([*self.clients, *self.people])
        session.flush()
        owners = (self.clients[0].id, self.clients[1].id, None)
        self.projects = [Project(name=f"P{n}", client_id=id, currency="EUR") for n, id in enumerate(owners)]
        session.add_all(self.projects)
        session.flush()

    def work(self, day: date, pick: int, seconds: int) -> None:
        cost = (Decimal("41.37"), None, Decimal("55.555"))[pick % 3]
        self.session.add(
            TimeLog(
                project_id=self.projects[pick % 3].id, user_id=self.people[pick % 2].id, day=day,
                seconds=seconds, cost_rate=cost,
            )
        )  # fmt: skip

    def spend(self, day: date, pick: int, amount: int) -> None:
        line = self._some(InvoiceLine, pick) if pick % 2 else None
        self.session.add(
            Expense(
                day=day, user_id=self.people[pick % 2].id, merchant="SNCF", currency="EUR", cost_minor=amount,
                base_cost_minor=amount, billable=bool(pick % 2), approval=ApprovalState.APPROVED,
                project_id=self.projects[pick % 3].id if pick % 4 else None,
                invoice_line_id=line.id if line else None, disbursement=pick == 5,
            )
        )  # fmt: skip
        if line:
            expense_posting.post(self.session, line.invoice_id)

    def invoice(self, day: date, pick: int, amount: int) -> None:
        """Two lines of two projects and people, one of them without a tax, now and then a discount."""
        client = self.clients[pick % 2]
        taxed = [{"id": 1, "name": "TVA 20 %", "rate": "20", "category": "S", "exemption_reason": "",
                  "compound": False}]  # fmt: skip
        invoice = Invoice(
            client_id=client.id, state=InvoiceState.ISSUED, currency=client.currency, issue_date=day,
            exchange_rate=Decimal("0.9537") if pick % 2 else Decimal(1), due_date=day, issued_at=now(),
            discount_kind=DiscountKind.PERCENT if pick > 3 else None, discount_value=Decimal("7.5"),
            discount_on=DiscountOn.PRICES,
        )  # fmt: skip
        lines = [
            InvoiceLine(
                invoice_id=0, position=place, name="Work", unit_price=Decimal(part) / 100, taxes=tax,
                project_id=self.projects[(pick + place) % 3].id, user_id=self.people[place % 2].id,
            )
            for place, (part, tax) in enumerate(((amount, taxed), (amount // 3 + 1, [])))
        ]  # fmt: skip
        totals.compute(invoice, lines)
        self.session.add(invoice)
        self.session.flush()
        for line in lines:
            line.invoice_id = invoice.id or 0
        self.session.add_all(lines)
        posting.post_invoice(self.session, invoice)

    def pay(self, day: date, pick: int, amount: int) -> None:
        invoice = self._some(Invoice, pick)
        left = invoice.total_minor - invoice.settled_minor
        part = left if pick == 0 else min(amount, left)
        rate = None if invoice.currency == "EUR" else Decimal("0.97")
        shares = {invoice.id or 0: part}
        payments.record(
            self.session, self.me,
            Received(invoice.client_id, day, invoice.currency, part + pick, self._key(), allocations=shares,
                     exchange_rate=rate),
        )  # fmt: skip

    def write_off(self, day: date, pick: int, amount: int) -> None:
        invoice = self._some(Invoice, pick)
        part = min(amount, invoice.total_minor - invoice.settled_minor)
        payments.write_off(self.session, self.me, invoice.id or 0, part, day, "Small rest", self._key())

    def credit(self, day: date, pick: int, amount: int) -> None:
        invoice = self._some(Invoice, pick)
        found = select(InvoiceLine).where(col(InvoiceLine.invoice_id) == invoice.id)
        lines = self.session.execute(found.order_by(col(InvoiceLine.id))).scalars().all()
        most = remainder.creditable(self.session, invoice, lines)
        wanted = {id: min(amount, left) for id, left in most.items() if left}
        credit_notes.create_partial(self.session, self.me, invoice.id or 0, wanted, "Complaint")

    def void(self, day: date, pick: int, amount: int) -> None:
        """By a credit note, or without one."""
        portal = self.session.execute(select(Portal)).scalars().one()
        portal.strict_numbering = pick % 3 > 0
        voiding.void(self.session, self.me, self._some(Invoice, pick).id or 0, "Wrong client")

    def refund_note(self, day: date, pick: int, amount: int) -> None:
        note = self._some(CreditNote, pick)
        part = min(amount, note.total_minor - note.used_minor)
        credit_use.refund(self.session, self.me, note.id or 0, part, max(day, note.issue_date), self._key())

    def refund(self, day: date, pick: int, amount: int) -> None:
        payment = self._some(Payment, pick)
        part = min(amount, payments.unused(self.session, payment))
        client_credit.refund(self.session, self.me, payment.id or 0, part, day, self._key())

    def delete(self, day: date, pick: int, amount: int) -> None:
        payments.delete(self.session, self.me, self._some(Payment, pick).id or 0, "Typed twice")

    def _some(self, table: Any, pick: int) -> Any:
        found = self.session.execute(select(table).order_by(table.id)).scalars().all()
        if not found:
            raise IndexError
        return found[pick % len(found)]

    def _key(self) -> str:
        self.count = getattr(self, "count", 0) + 1
        return f"step-{self.count}"

    def scopes(self) -> list[Scope]:
        return [
            Scope(),
            Scope(Of.CLIENT, (self.clients[1].id or 0,)),
            Scope(Of.PROJECT, (self.projects[0].id or 0,)),
            Scope(Of.PERSON, (self.people[0].id or 0,)),
            Scope(Of.TEAM, tuple(each.id or 0 for each in self.people)),
        ]


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps)
def test_both_bases_differ_by_what_is_open_and_every_figure_by_nothing_from_its_rows(session, told) -> None:
    whole = session.begin_nested()
    history = History(session)
    for kind, *rest in (*BEGUN, *told):
        try:
            with session.begin_nested():
                getattr(history, kind)(*rest)
                session.flush()
        except (DomainError, IndexError):
            session.expire_all()
    for scope in history.scopes():
        earned = {}
        for basis in Basis:
            earned[basis] = summary(session, history.me, Question(scope, ALWAYS, basis)).whole
            check_rows(session, history.me, Question(scope, SHORT, basis))
        accrual, cash = earned[Basis.ACCRUAL], earned[Basis.CASH]
        assert accrual.revenue_minor - cash.revenue_minor == accrual.open_minor
    assert invoiced(session, history.me) == worth_of_invoices(session)
    for basis in Basis:
        question = Question(Scope(), SHORT, basis)
        portal = summary(session, history.me, question).whole
        for by in By:
            assert breakdown(session, history.me, question, by).whole == portal
    entries = posting.fingerprint(session)
    posting.rebuild(session)
    assert posting.fingerprint(session) == entries
    whole.rollback()
    session.expire_all()


def invoiced(session: Session, me: Any) -> int:
    opened = rows(session, me, Question(Scope(), ALWAYS), Figure.REVENUE, page=None).rows
    return sum(row.amount_minor for row in opened if row.kind == "invoice")


def worth_of_invoices(session: Session) -> int:
    """Net of tax at the rate of each, but for those that were voided without a credit note."""
    cancelled = select(col(CreditNote.invoice_id)).where(col(CreditNote.voids_invoice))
    counted = select(Invoice).where(col(Invoice.voided_at).is_(None) | col(Invoice.id).in_(cancelled))
    return sum(
        round_half_up(Fraction(invoice.net_minor) * Fraction(invoice.exchange_rate))
        for invoice in session.execute(counted).scalars()
    )


def check_rows(session: Session, me: Any, question: Question) -> None:
    found = summary(session, me, question).whole
    for figure, amount in (
        (Figure.REVENUE, found.revenue_minor),
        (Figure.OPEN, found.open_minor),
        (Figure.TIME, found.time_minor),
        (Figure.EXPENSES, found.expense_minor),
        (Figure.COST, found.cost_minor),
        (Figure.PROFIT, found.profit_minor),
    ):
        opened = rows(session, me, question, figure, page=None)
        assert sum(row.amount_minor for row in opened.rows) == opened.sum_minor == amount
