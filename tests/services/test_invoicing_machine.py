"""Whatever people do to invoices in whatever order: no log is billed twice, and figures hang together."""

from collections import defaultdict
from collections.abc import Callable
from contextlib import contextmanager
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlmodel import Session, col, func, select

from finance_app import db
from finance_app.domain import billing, profit
from finance_app.domain.errors import DomainError
from finance_app.domain.grouping import GroupBy
from finance_app.domain.money import round_half_up, to_decimal
from finance_app.domain.permissions import Permission
from finance_app.domain.profit import RevenueKind
from finance_app.domain.workflow import InvoiceState, invoice_state
from finance_app.models import (
    Allocation,
    Client,
    CreditNote,
    Expense,
    ExpenseClaim,
    Invoice,
    InvoiceLine,
    Milestone,
    NumberSeries,
    Payment,
    Portal,
    PriceClaim,
    Project,
    RevenueEntry,
    Task,
    Tax,
    TimeClaim,
    TimeLog,
    Tombstone,
    User,
)
from finance_app.models.kinds import (
    AllocationKind,
    BillingMethod,
    CreditNoteState,
    LineKind,
    Role,
    RoundingMode,
)
from finance_app.services.accounts.identity import Actor
from finance_app.services.crediting import notes as credit_notes
from finance_app.services.crediting import remainder
from finance_app.services.crediting import state as credit_state
from finance_app.services.expenses import saving as expenses
from finance_app.services.invoicing import drafts, editing, issuing, totals, voiding
from finance_app.services.invoicing.drafts import DraftHead
from finance_app.services.invoicing.facts import balance_of, facts_of
from finance_app.services.invoicing.price_claims import milestone_standings, project_standings
from finance_app.services.invoicing.regrouping import regroup, take_up
from finance_app.services.invoicing.scope import Scope
from finance_app.services.payments import recording as payments
from finance_app.services.portal import today

FIRST = date(2026, 1, 1)
UNTIL = date(2026, 12, 31)
PICK = st.integers(0, 50)
RATES = st.sampled_from([None, "100", "33.333333", "0"])
PERCENT = st.integers(1, 100)


def once_there_is(*what: str):
    """A rule is tried only where there is something for it to work on."""
    return precondition(lambda self: all(self.there_is.get(each) for each in what))


class Office(RuleBasedStateMachine):
    """A firm with one client, two projects and no manners: each rule picks its victim and tries.

    A refusal is a DomainError and must leave nothing behind; anything else that is raised fails the test.
    """

    make_url: Callable[[], str]

    @initialize(
        strict=st.booleans(),
        country=st.sampled_from(["FR", "CH"]),
        rounding=st.sampled_from(RoundingMode),
        cap=st.sampled_from([None, 8]),
    )
    def open_office(self, strict: bool, country: str, rounding: RoundingMode, cap: int | None) -> None:
        self.engine = db.engine_for(self.make_url())
        self.keys = 0
        self.there_is: dict[str, int] = {}
        with db.transaction(self.engine) as session:
            session.add(
                Portal(
                    strict_numbering=strict,
                    rounding_mode=rounding,
                    daily_cap_seconds=cap and cap * 3600,
                    milestone_invoicing=True,
                    country=country,
                )
            )
            session.add(Tax(name="TVA", rate=Decimal(20), is_default=True))
            client = Client(name="Ardent", currency="EUR")
            people = [User(name="Ines"), User(name="Jo")]
            session.add_all([client, *people])
            session.flush()
            projects = [Project(name=name, client_id=client.id, currency="EUR") for name in ("Site", "Shop")]
            session.add_all(projects)
            session.flush()
            tasks = [Task(project_id=p.id, name=f"Task {n}") for p in projects for n in range(2)]
            session.add_all(tasks)
            session.flush()
            priced = Project(
                name="Brand", client_id=client.id, currency="EUR", billing_method=BillingMethod.FIXED_COST,
                price_minor=100_000,
            )  # fmt: skip
            session.add(priced)
            session.flush()
            phases = [
                Milestone(project_id=priced.id, name="Logo", amount_minor=40_000),
                Milestone(project_id=projects[0].id, name="Beta", amount_minor=30_000),
            ]
            session.add_all(phases)
            session.flush()
            tasks[0].milestone_id = phases[1].id
            self.priced_id = priced.id or 0
            self.phase_ids = [phase.id or 0 for phase in phases]
            self.client_id = client.id or 0
            self.project_ids = tuple(project.id or 0 for project in projects)
            self.tasks = [(task.id, task.project_id) for task in tasks]
            self.people = [person.id for person in people]
            self.manager = Actor(
                self.people[0], "Ines", "", Role.MANAGER, "en", "system", "UTC",
                permissions=frozenset(Permission),
            )  # fmt: skip
        for number in range(12):
            self.work(number, number, number, 20 + number * 7, "100", True)
        for days in (3, 6, 20):
            self.draft(GroupBy.LOG, days, both=True, again=False)
        for number in range(2):
            self.issue(number, sent=False)

    def teardown(self) -> None:
        if hasattr(self, "engine"):
            self.engine.dispose()

    @contextmanager
    def trying(self):
        try:
            with db.transaction(self.engine) as session:
                yield session
        except DomainError:
            pass
        with db.reading(self.engine) as session:
            states = session.execute(select(col(Invoice.state), func.count()).group_by(col(Invoice.state)))
            self.there_is = {state.value: count for state, count in states}
            for model in (Invoice, Payment, Allocation, CreditNote, Expense):
                self.there_is[model.__name__] = session.execute(
                    select(func.count()).select_from(model)
                ).scalar_one()

    def key(self) -> str:
        self.keys += 1
        return f"request-{self.keys}"

    def pick(self, session, model, number: int, *conditions) -> int:
        ids = (
            session.execute(select(col(model.id)).where(*conditions).order_by(col(model.id))).scalars().all()
        )
        return ids[number % len(ids)] if ids else 0

    @rule(
        task=PICK, person=PICK, day=st.integers(0, 20), minutes=st.integers(1, 600), rate=RATES,
        billable=st.booleans(),
    )  # fmt: skip
    def work(self, task, person, day, minutes, rate, billable) -> None:
        task_id, project_id = self.tasks[task % len(self.tasks)]
        with self.trying() as session:
            session.add(
                TimeLog(
                    task_id=task_id,
                    project_id=project_id,
                    user_id=self.people[person % len(self.people)],
                    day=FIRST + timedelta(day),
                    seconds=minutes * 60,
                    bill_rate=Decimal(rate) if rate else None,
                    billable=billable,
                )
            )

    @rule(by=st.sampled_from(GroupBy), days=st.integers(0, 20), both=st.booleans(), again=st.booleans())
    def draft(self, by, days, both, again) -> None:
        scope = Scope(
            self.project_ids if both else self.project_ids[:1], FIRST + timedelta(days), group_by=by
        )
        key, made = self.key(), []
        for _ in range(1 + again):
            with self.trying() as session:
                made.append(
                    drafts.create_from_time(session, self.manager, scope, DraftHead(), request_key=key).id
                )
        assert len(set(made)) <= 1

    @rule(
        phase=st.sampled_from([None, 0, 1]), percent=st.integers(1, 120), rest=st.booleans(),
        time=st.booleans(), above=st.booleans(),
    )  # fmt: skip
    def bill_a_share(self, phase, percent, rest, time, above) -> None:
        wish = {"basis": "rest" if rest else "percent", "value": str(percent), "time": time, "above": above}
        if phase is None:
            charges = {"fixed_cost": [{"project": self.priced_id, **wish}]}
        else:
            charges = {"milestone": [{"milestone": self.phase_ids[phase], **wish}]}
        with self.trying() as session:
            drafts.create_from_time(
                session, self.manager, Scope((), FIRST + timedelta(20), charges=charges), DraftHead()
            )

    @rule(
        cents=st.integers(1, 50_000),
        percent=st.integers(0, 30),
        project=st.booleans(),
        day=st.integers(0, 20),
    )
    def spend(self, cents, percent, project, day) -> None:
        where = {"project_id": str(self.project_ids[0])} if project else {"client_id": str(self.client_id)}
        with self.trying() as session:
            expenses.create(
                session,
                self.manager,
                {
                    "day": (FIRST + timedelta(day)).isoformat(),
                    "amount_0": f"{cents // 100}.{cents % 100:02d}",
                    "billable": "on",
                    "mark_up_value": str(percent),
                    "mark_up_kind": "percent",
                    **where,
                },
                "en",
            )

    @once_there_is("Expense")
    @rule(number=PICK, whole=st.booleans(), days=st.integers(0, 20), again=st.booleans())
    def bill_expenses(self, number, whole, days, again) -> None:
        for _ in range(1 + again):
            with self.trying() as session:
                id_ = self.pick(session, Expense, number)
                wish = {"all": True, "but": [id_]} if whole else {"only": [id_]}
                scope = Scope(
                    (),
                    FIRST + timedelta(days),
                    charges={"expense": wish},
                    client_id=self.client_id,
                )
                drafts.create_from_time(session, self.manager, scope, DraftHead())

    @once_there_is("Expense")
    @rule(number=PICK)
    def delete_expense(self, number) -> None:
        with self.trying() as session:
            expenses.delete_many(session, self.manager, [self.pick(session, Expense, number)])

    @once_there_is("draft")
    @rule(number=PICK, by=st.sampled_from(GroupBy), days=st.integers(0, 20), same=st.booleans())
    def go_back(self, number, by, days, same) -> None:
        with self.trying() as session:
            draft = take_up(
                session, self.manager, self.pick(session, Invoice, number, col(Invoice.number).is_(None))
            )
            scope = draft.scope if same else Scope(self.project_ids, FIRST + timedelta(days), group_by=by)
            regroup(session, self.manager, draft.invoice_id, draft.version, scope)

    @once_there_is("Invoice")
    @rule(number=PICK, line=PICK, price=st.integers(0, 1500), above=st.booleans())
    def change_price(self, number, line, price, above) -> None:
        self.edit(number, line, lambda id_: editing.SetLine(id_, {"unit_price": str(price)}), confirmed=above)

    @once_there_is("Invoice")
    @rule(number=PICK)
    def copy(self, number) -> None:
        with self.trying() as session:
            drafts.duplicate(session, self.manager, self.pick(session, Invoice, number))

    @once_there_is("Invoice")
    @rule(number=PICK, line=PICK, quantity=st.decimals("0", "20", places=2), off=st.integers(0, 100))
    def change_line(self, number, line, quantity, off) -> None:
        discount = {"kind": "percent", "value": str(off)}
        self.edit(
            number, line, lambda id_: editing.SetLine(id_, {"quantity": quantity, "discount": discount})
        )

    @once_there_is("Invoice")
    @rule(number=PICK, line=PICK)
    def remove_line(self, number, line) -> None:
        self.edit(number, line, editing.RemoveLine)

    @once_there_is("Invoice")
    @rule(number=PICK, line=PICK, place=st.integers(1, 5))
    def move_line(self, number, line, place) -> None:
        self.edit(number, line, lambda id_: editing.MoveLine(id_, place))

    @once_there_is("Invoice")
    @rule(number=PICK, price=st.decimals("-50", "500", places=2))
    def add_line(self, number, price) -> None:
        self.edit(number, 0, lambda _: editing.AddLine({"name": "Extra", "unit_price": price}))

    @once_there_is("Invoice")
    @rule(
        number=PICK, kind=st.sampled_from(["percent", "amount"]), off=st.integers(0, 100),
        mode=st.sampled_from(["exclusive", "inclusive"]), rounding=st.sampled_from(["per_rate", "per_line"]),
        on=st.sampled_from(["prices", "net", "gross", "total"]),
    )  # fmt: skip
    def change_head(self, number, kind, off, mode, rounding, on) -> None:
        values = {
            "discount": {"kind": kind, "value": str(off)},
            "discount_on": on,
            "price_mode": mode,
            "tax_rounding": rounding,
        }
        self.edit(number, 0, lambda _: editing.SetHead(values))

    def edit(
        self, number: int, line: int, change: Callable[[int], editing.Change], *, confirmed: bool = False
    ) -> None:
        with self.trying() as session:
            invoice = session.get(Invoice, self.pick(session, Invoice, number))
            if invoice:
                line_id = self.pick(session, InvoiceLine, line, col(InvoiceLine.invoice_id) == invoice.id)
                changes = [change(line_id)]
                editing.save(session, self.manager, invoice.id, invoice.version, changes, confirmed=confirmed)

    @once_there_is("draft")
    @rule(number=PICK, sent=st.booleans())
    def issue(self, number, sent) -> None:
        with self.trying() as session:
            step = issuing.mark_sent if sent else issuing.issue
            step(session, self.manager, self.pick(session, Invoice, number, col(Invoice.number).is_(None)))

    @once_there_is("Invoice")
    @rule(number=PICK)
    def delete(self, number) -> None:
        with self.trying() as session:
            issuing.delete(session, self.manager, self.pick(session, Invoice, number), "Wrong")

    @once_there_is("issued")
    @rule(number=PICK, release=st.booleans())
    def void(self, number, release) -> None:
        with self.trying() as session:
            invoice_id = self.pick(session, Invoice, number, col(Invoice.state) == InvoiceState.ISSUED)
            voiding.void(session, self.manager, invoice_id, "Wrong", release_time=release)

    @once_there_is("issued")
    @rule(number=PICK, percent=st.integers(1, 130), choose=st.booleans(), again=st.booleans())
    def pay(self, number, percent, choose, again) -> None:
        key = self.key()
        for _ in range(1 + again):
            with self.trying() as session:
                issued = col(Invoice.state) == InvoiceState.ISSUED
                invoice = session.get(Invoice, self.pick(session, Invoice, number, issued))
                if invoice is None:
                    return
                amount = max(1, balance_of(invoice) * percent // 100)
                payments.record(
                    session,
                    self.manager,
                    payments.Received(
                        client_id=self.client_id,
                        paid_on=today(session),
                        currency="EUR",
                        amount_minor=amount,
                        request_key=key,
                        allocations={invoice.id or 0: amount} if choose else None,
                    ),
                )
        with db.reading(self.engine) as session:
            found = select(func.count()).select_from(Payment).where(col(Payment.request_key) == key)
            assert session.execute(found).scalar_one() <= 1

    @once_there_is("Payment")
    @rule(number=PICK)
    def take_payment_back(self, number) -> None:
        with self.trying() as session:
            payments.delete(session, self.manager, self.pick(session, Payment, number), "Bounced")

    @once_there_is("issued")
    @rule(number=PICK, percent=PERCENT)
    def write_off(self, number, percent) -> None:
        with self.trying() as session:
            issued = col(Invoice.state) == InvoiceState.ISSUED
            invoice = session.get(Invoice, self.pick(session, Invoice, number, issued))
            if invoice:
                amount = balance_of(invoice) * percent // 100
                day = today(session)
                payments.write_off(session, self.manager, invoice.id, amount, day, "Small", self.key())

    @once_there_is("Allocation")
    @rule(number=PICK)
    def take_allocation_back(self, number) -> None:
        with self.trying() as session:
            payments.remove_allocation(session, self.manager, self.pick(session, Allocation, number), "Wrong")

    @once_there_is("issued")
    @rule(number=PICK, line=PICK, percent=PERCENT, release=st.booleans())
    def credit(self, number, line, percent, release) -> None:
        with self.trying() as session:
            issued = col(Invoice.number).is_not(None)
            invoice = session.get(Invoice, self.pick(session, Invoice, number, issued))
            if invoice is None:
                return
            lines = drafts.lines_of(session, invoice.id)
            left = remainder.creditable(session, invoice, lines)
            line_id = lines[line % len(lines)].id
            amounts = {line_id: left[line_id] * percent // 100}
            credit_notes.create_partial(
                session, self.manager, invoice.id, amounts, "Complaint", release=[line_id] if release else []
            )

    @once_there_is("CreditNote")
    @rule(number=PICK)
    def take_credit_note_back(self, number) -> None:
        with self.trying() as session:
            credit_notes.void(session, self.manager, self.pick(session, CreditNote, number), "Wrong")

    @precondition(lambda self: hasattr(self, "engine"))
    @invariant()
    def every_log_is_billed_once_at_most(self) -> None:
        with db.reading(self.engine) as session:
            live = session.execute(select(TimeClaim).where(col(TimeClaim.released_at).is_(None))).scalars()
            line_of = {}
            tracked = defaultdict(int)
            for claim in live:
                assert claim.time_log_id not in line_of
                line_of[claim.time_log_id] = claim.invoice_line_id
                tracked[claim.invoice_line_id] += claim.tracked_seconds
            for log in session.execute(select(TimeLog)).scalars():
                assert log.invoice_line_id == line_of.get(log.id)
            for line in session.execute(select(InvoiceLine)).scalars():
                if line.id in tracked and line.kind is LineKind.TIME:
                    assert line.tracked_seconds == tracked[line.id]

    @precondition(lambda self: hasattr(self, "engine"))
    @invariant()
    def every_expense_is_billed_once_at_most_and_is_there_while_it_is(self) -> None:
        with db.reading(self.engine) as session:
            live = session.execute(select(ExpenseClaim).where(col(ExpenseClaim.released_at).is_(None)))
            line_of = {}
            for claim in live.scalars():
                assert claim.expense_id not in line_of
                line_of[claim.expense_id] = claim.invoice_line_id
            lines = {line.id: line for line in session.execute(select(InvoiceLine)).scalars()}
            for expense in session.execute(select(Expense)).scalars():
                assert expense.invoice_line_id == line_of.pop(expense.id, None)
                if expense.invoice_line_id is not None:
                    assert expense.deleted_at is None
                    assert lines[expense.invoice_line_id].kind is LineKind.EXPENSE
            assert not line_of

    @staticmethod
    def _time_of_phases(session: Session) -> dict[int, int]:
        """What live claims took by the hour of each milestone: rounded once an invoice."""
        exact: dict[tuple[int, int], Fraction] = defaultdict(Fraction)
        live = (
            select(TimeClaim, Task.milestone_id)
            .join(TimeLog, col(TimeLog.id) == col(TimeClaim.time_log_id))
            .join(Task, col(Task.id) == col(TimeLog.task_id))
            .join(InvoiceLine, col(InvoiceLine.id) == col(TimeClaim.invoice_line_id))
            .join(Invoice, col(Invoice.id) == col(TimeClaim.invoice_id))
            .where(
                col(TimeClaim.released_at).is_(None),
                col(Task.milestone_id).is_not(None),
                col(InvoiceLine.kind) == LineKind.TIME,
                col(Invoice.state) != InvoiceState.VOID,
            )
        )
        for claim, milestone_id in session.execute(live):
            exact[milestone_id, claim.invoice_id] += Fraction(claim.bill_rate or 0) * claim.billed_seconds
        taken: dict[int, int] = defaultdict(int)
        for (milestone_id, _), amount in exact.items():
            taken[milestone_id] += round_half_up(amount / 36)
        return taken

    @precondition(lambda self: hasattr(self, "engine"))
    @invariant()
    def no_price_is_exceeded_unless_that_was_confirmed(self) -> None:
        with db.reading(self.engine) as session:
            plain: dict[tuple, int] = defaultdict(int)
            taken: dict[tuple, int] = defaultdict(int)
            on_line = {}
            live = select(PriceClaim).where(col(PriceClaim.released_at).is_(None))
            for claim in session.execute(live).scalars():
                assert claim.invoice_line_id is not None
                assert claim.invoice_line_id not in on_line
                on_line[claim.invoice_line_id] = claim.amount_minor
                for place in (("project", claim.project_id), ("milestone", claim.milestone_id)):
                    taken[place] += claim.amount_minor
                    plain[place] += 0 if claim.above_price else claim.amount_minor
            for milestone_id, minor in self._time_of_phases(session).items():
                taken["milestone", milestone_id] += minor
            projects = project_standings(session, [self.priced_id])
            phases = milestone_standings(session, self.phase_ids)
            for kind, standings in (("project", projects), ("milestone", phases)):
                for id_, standing in standings.items():
                    assert standing.billed_minor == taken[kind, id_]
                    assert plain[kind, id_] <= (standing.price_minor or 0)
            for line in session.execute(select(InvoiceLine)).scalars():
                if line.kind in (LineKind.FIXED_COST, LineKind.MILESTONE):
                    assert on_line.pop(line.id, 0) <= round(line.quantity * line.unit_price * 100)
            assert not on_line

    @precondition(lambda self: hasattr(self, "engine"))
    @invariant()
    def figures_hang_together(self) -> None:
        with db.reading(self.engine) as session:
            for invoice in session.execute(select(Invoice)).scalars():
                lines = drafts.lines_of(session, invoice.id)
                assert sum(line.amount_minor for line in lines) == invoice.subtotal_minor
                assert [line.position for line in lines] == list(range(1, len(lines) + 1))
                anew = billing.totals(totals.document_of(invoice, lines))
                assert anew.total_minor == invoice.total_minor == invoice.totals["total_minor"]
                assert invoice.total_minor >= 0
                off = invoice.totals["discount_after_tax_minor"]
                assert invoice.net_minor + invoice.tax_minor - off == invoice.total_minor
                for line in lines:
                    if line.billed_seconds is not None and not line.discount_value:
                        printed = round(line.quantity * line.unit_price, 8)
                        assert abs(printed - to_decimal(line.amount_minor, "EUR")) <= Decimal("0.005")

    @precondition(lambda self: hasattr(self, "engine"))
    @invariant()
    def no_more_is_settled_than_owed_or_paid(self) -> None:
        with db.reading(self.engine) as session:
            settled, spent, used = defaultdict(int), defaultdict(int), defaultdict(int)
            live = select(Allocation).where(col(Allocation.removed_at).is_(None))
            for each in session.execute(live).scalars():
                assert each.amount_minor > 0
                settled[each.invoice_id] += each.amount_minor
                if each.kind is AllocationKind.PAYMENT:
                    spent[each.payment_id] += each.amount_minor
                if each.kind is AllocationKind.CREDIT_NOTE:
                    used[each.credit_note_id] += each.amount_minor
            for invoice in session.execute(select(Invoice)).scalars():
                assert invoice.settled_minor == settled[invoice.id] <= invoice.total_minor
                assert invoice.state is invoice_state(facts_of(invoice))
            for payment in session.execute(select(Payment)).scalars():
                assert spent[payment.id] <= (0 if payment.deleted_at else payment.amount_minor)
            for note in session.execute(select(CreditNote)).scalars():
                assert used[note.id] == note.used_minor <= note.total_minor
                assert note.state is credit_state.state_of(note)
                assert note.state is not CreditNoteState.VOID or not used[note.id]

    @precondition(lambda self: hasattr(self, "engine"))
    @invariant()
    def revenue_follows_the_documents(self) -> None:
        with db.reading(self.engine) as session:
            sums = dict(
                session.execute(
                    select(col(RevenueEntry.kind), func.sum(col(RevenueEntry.amount_minor))).group_by(
                        col(RevenueEntry.kind)
                    )
                ).all()
            )
            basis = {
                basis: sum(int(sums.get(kind, 0)) for kind in kinds) for basis, kinds in profit.KINDS.items()
            }
            still_open = int(sums.get(RevenueKind.OPEN, 0))
            assert basis[profit.Basis.ACCRUAL] - basis[profit.Basis.CASH] == still_open
            counted = 0
            for invoice in session.execute(
                select(Invoice).where(col(Invoice.issued_at).is_not(None))
            ).scalars():
                if invoice.state is not InvoiceState.VOID or invoice.settled_minor:
                    counted += invoice.net_minor - invoice.totals["discount_after_tax_minor"]
            assert int(sums.get(RevenueKind.INVOICE, 0)) == counted

    @precondition(lambda self: hasattr(self, "engine"))
    @invariant()
    def numbers_have_no_gap(self) -> None:
        with db.reading(self.engine) as session:
            taken = [
                *session.execute(
                    select(col(Invoice.number)).where(col(Invoice.number).is_not(None))
                ).scalars(),
                *session.execute(select(col(CreditNote.number))).scalars(),
                *session.execute(select(col(Tombstone.number))).scalars(),
            ]
            given = session.execute(select(func.coalesce(func.sum(NumberSeries.last_number), 0))).scalar_one()
            assert len(set(taken)) == len(taken) == int(given)


@pytest.mark.parametrize(("maker", "examples"), [("new_sqlite", 12), ("new_postgres", 3)])
def test_invoices_keep_their_promises(request, maker, examples):
    url_of = request.getfixturevalue(maker)

    class Firm(Office):
        make_url = staticmethod(url_of)

    run_state_machine_as_test(
        Firm,
        settings=settings(
            max_examples=examples,
            stateful_step_count=30,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            phases=(Phase.explicit, Phase.reuse, Phase.generate),  # to shrink a failure takes minutes
        ),
    )
