"""A person at work, by chance: clients, projects, time, invoices, payments, expenses come, change and go."""

from datetime import timedelta
from decimal import Decimal
from random import Random
from typing import Any

from sqlmodel import Session, col, select

from finance_app.domain.errors import DomainError
from finance_app.models import (
    Client,
    CreditNote,
    Estimate,
    Expense,
    Invoice,
    InvoiceLine,
    Item,
    Payment,
    Project,
    Task,
    TimeClaim,
    TimeLog,
    User,
)
from finance_app.models.columns import now
from finance_app.models.kinds import CreditNoteState, WorkKind
from finance_app.services.accounts.identity import Actor
from finance_app.services.clients import credit
from finance_app.services.crediting import notes
from finance_app.services.estimating import deciding, orders
from finance_app.services.estimating import drafts as estimating
from finance_app.services.estimating import issuing as estimate_issuing
from finance_app.services.estimating.drafts import EstimateHead
from finance_app.services.estimating.papers import ESTIMATE
from finance_app.services.invoicing import drafts, editing, issuing, voiding
from finance_app.services.invoicing.drafts import DraftHead
from finance_app.services.invoicing.editing import AddLine
from finance_app.services.invoicing.facts import balance_of
from finance_app.services.invoicing.scope import Scope
from finance_app.services.payments import recording
from finance_app.services.payments.recording import Received
from tests.harness.expenses import approved
from tests.harness.invoices import TODAY
from tests.services.zoho_sync.bookkeeper import is_settled_at_zoho, is_theirs


class Chance:
    def __init__(self, seed: int, actor: Actor):
        self.random, self.actor, self.number = Random(seed), actor, 0
        self.made: dict[str, int] = {}

    def change(self, session: Session) -> bool:
        """One change; False where the rules refuse it or there is nothing to change."""
        kinds = {
            self.client: 2, self.rename_client: 2, self.project: 2, self.rename_project: 2, self.task: 4,
            self.rename_task: 2, self.person: 1, self.item: 1, self.log: 30, self.edit_log: 12,
            self.delete_log: 6, self.invoice: 8, self.void: 2, self.credit: 2, self.pay: 7,
            self.take_back: 2, self.expense: 4, self.delete_expense: 1, self.write_off: 2,
            self.give_back: 2, self.refund: 2, self.estimate: 4, self.answer: 3, self.order: 1,
        }  # fmt: skip
        kind = self.random.choices(list(kinds), list(kinds.values()))[0]
        try:
            with session.begin_nested():
                done = kind(session) is not False
        except DomainError:
            return False
        if done:
            self.made[kind.__name__] = self.made.get(kind.__name__, 0) + 1
        return done

    def next(self) -> int:
        self.number += 1
        return self.number

    def one(self, session: Session, model: type, *where: Any) -> Any:
        ids = session.exec(select(model.id).where(*where)).all()
        return session.get(model, self.random.choice(ids)) if ids else None

    def client(self, session: Session) -> None:
        session.add(Client(name=f"Client {self.random.choice('ABCDE')}", currency="EUR", city="Lyon"))

    def rename_client(self, session: Session) -> None:
        client = self.one(session, Client)
        client.name, client.phone = f"Client {self.next()}", "+33 1"

    def project(self, session: Session) -> None:
        client = self.one(session, Client)
        name = f"Project {self.random.randrange(20)}"
        session.add(Project(name=name, client_id=client.id, currency="EUR", bill_rate=Decimal("95.50")))

    def rename_project(self, session: Session) -> None:
        self.one(session, Project).name = f"Project {self.next()}"

    def task(self, session: Session) -> None:
        project = self.one(session, Project)
        kind = WorkKind.ISSUE if self.random.random() < 0.2 else WorkKind.TASK
        session.add(Task(project_id=project.id, name=f"Task {self.random.randrange(8)}", kind=kind))

    def rename_task(self, session: Session) -> bool:
        task = self.one(session, Task)
        task.name = f"Task {self.next()} renamed"
        return True

    def person(self, session: Session) -> None:
        number = self.next()
        session.add(User(name=f"Person {number}", email=f"p{number}@rivoli.example"))

    def item(self, session: Session) -> None:
        session.add(Item(name=f"Item {self.next()}", unit_price=Decimal("12.50"), currency="EUR"))

    def log(self, session: Session) -> None:
        project = self.one(session, Project)
        task = self.one(session, Task, Task.project_id == project.id)
        session.add(
            TimeLog(
                project_id=project.id,
                task_id=task.id if task and self.random.random() < 0.9 else None,
                user_id=self.one(session, User, col(User.email).is_not(None)).id,
                day=TODAY - timedelta(days=self.random.randrange(20)),
                seconds=self.random.randrange(10, 20_000),
                notes=self.random.choice(("", "Design", "Réunion [x]")),
                bill_rate=Decimal("95.50"),
            )
        )

    def edit_log(self, session: Session) -> bool:
        log = self.one(session, TimeLog, col(TimeLog.invoice_line_id).is_(None))
        if log is None:
            return False
        log.seconds = self.random.randrange(10, 20_000)
        return True

    def delete_log(self, session: Session) -> bool:
        log = self.one(session, TimeLog, col(TimeLog.invoice_line_id).is_(None))
        if log is None or drafts_of(session, log):
            return False
        session.delete(log)
        return True

    def invoice(self, session: Session) -> None:
        project = self.one(session, Project)
        made = drafts.create_from_time(
            session, self.actor, Scope(project_ids=(project.id or 0,), until=TODAY), DraftHead()
        )
        issuing.issue(session, self.actor, made.id or 0)

    def void(self, session: Session) -> bool:
        invoice = self.ours(session)
        if invoice is None or is_theirs(invoice.number):
            return False
        voiding.void(session, self.actor, invoice.id or 0, "by chance")
        return True

    def credit(self, session: Session) -> bool:
        invoice = self.ours(session)
        if invoice is None or balance_of(invoice) < 100 or is_theirs(invoice.number):
            return False
        line = self.one(session, InvoiceLine, InvoiceLine.invoice_id == invoice.id)
        notes.create_partial(session, self.actor, invoice.id or 0, {line.id: 50}, "by chance")
        return True

    def pay(self, session: Session) -> bool:
        invoice = self.ours(session)
        if invoice is None or balance_of(invoice) <= 0:
            return False
        amount = self.random.choice((balance_of(invoice), max(balance_of(invoice) // 3, 1)))
        withheld = self.random.choice((0, 0, amount // 10))
        recording.record(
            session,
            self.actor,
            Received(
                invoice.client_id,
                TODAY,
                "EUR",
                amount - withheld + self.random.choice((0, 0, 500)),
                f"chance-{self.next()}",
                allocations={invoice.id or 0: amount},
                withheld_minor=withheld,
                reference=self.random.choice(("", "VIR 12")),
            ),
        )
        return True

    def take_back(self, session: Session) -> bool:
        payment = self.payment(session)
        if payment is None:
            return False
        recording.delete(session, self.actor, payment.id or 0, "by chance")
        return True

    def ours(self, session: Session) -> Any:
        """An issued invoice that nobody settles at Zoho."""
        ids = [
            id
            for id, number in session.exec(
                select(Invoice.id, Invoice.number).where(
                    col(Invoice.voided_at).is_(None), col(Invoice.number).is_not(None)
                )
            )
            if not is_settled_at_zoho(number or "")
        ]
        return session.get(Invoice, self.random.choice(ids)) if ids else None

    def payment(self, session: Session) -> Any:
        return self.one(
            session,
            Payment,
            col(Payment.deleted_at).is_(None),
            col(Payment.request_key).startswith("chance-"),
        )

    def write_off(self, session: Session) -> bool:
        invoice = self.ours(session)
        if invoice is None or balance_of(invoice) <= 0:
            return False
        recording.write_off(session, self.actor, invoice.id or 0, balance_of(invoice), TODAY, "by chance")
        return True

    def give_back(self, session: Session) -> bool:
        payment = self.payment(session)
        if payment is None or not recording.unused(session, payment):
            return False
        amount = recording.unused(session, payment)
        credit.refund(session, self.actor, payment.id or 0, amount, TODAY, f"chance-{self.next()}")
        return True

    def refund(self, session: Session) -> bool:
        note = self.one(
            session,
            CreditNote,
            CreditNote.state == CreditNoteState.OPEN,
            col(CreditNote.invoice_id).is_not(None),
        )
        if note is None:
            return False
        amount = max((note.total_minor - note.used_minor) // 2, 1)
        notes.refund(session, self.actor, note.id or 0, amount, TODAY, f"chance-{self.next()}")
        return True

    def estimate(self, session: Session) -> None:
        client = self.one(session, Client)
        made = estimating.create(session, self.actor, EstimateHead(client_id=client.id or 0, title="Offer"))
        values = {"name": "Design", "quantity": "3", "unit_price": str(self.random.randrange(10, 900))}
        made = editing.save(session, self.actor, made.id or 0, made.version, [AddLine(values)], ESTIMATE)
        estimate_issuing.mark_sent(session, self.actor, made.id or 0)

    def answer(self, session: Session) -> bool:
        ids = [
            id
            for id, number in session.exec(
                select(Estimate.id, Estimate.number).where(col(Estimate.number).is_not(None))
            )
            if not is_theirs(number or "") and not is_settled_at_zoho(number or "")
        ]
        if not ids:
            return False
        deciding.accept_by_hand(session, self.actor, self.random.choice(ids), "Ann Lee")
        return True

    def order(self, session: Session) -> bool:
        estimate = self.one(session, Estimate, col(Estimate.accepted_at).is_not(None))
        if estimate is None:
            return False
        orders.from_estimate(session, self.actor, estimate.id or 0)
        return True

    def expense(self, session: Session) -> None:
        amount = self.random.randrange(100, 90_000)
        person, project = self.one(session, User).id, self.one(session, Project).id
        merchant = f"Shop {self.next()}"
        approved(session, person, project, amount, merchant=merchant, charge_minor=0)

    def delete_expense(self, session: Session) -> bool:
        expense = self.one(
            session, Expense, col(Expense.deleted_at).is_(None), col(Expense.merchant).startswith("Shop")
        )
        if expense is None:
            return False
        expense.deleted_at = now()
        return True


def drafts_of(session: Session, log: TimeLog) -> bool:
    return session.exec(select(TimeClaim.id).where(TimeClaim.time_log_id == log.id)).first() is not None
