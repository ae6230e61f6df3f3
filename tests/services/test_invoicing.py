"""From tracked time to an issued invoice, on both databases."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from sqlmodel import col, func, select

from finance_app.domain.errors import DomainError
from finance_app.domain.grouping import Eligibility, GroupBy
from finance_app.models import (
    AuditEvent,
    Client,
    Invoice,
    InvoiceLine,
    NumberSeries,
    Portal,
    Project,
    Task,
    Tax,
    TimeClaim,
    TimeLog,
    Tombstone,
    User,
)
from finance_app.models.kinds import ApprovalState, InvoiceState
from finance_app.services.crediting import notes as credit_notes
from finance_app.services.invoicing import drafts, editing, issuing
from finance_app.services.invoicing.drafts import DraftHead
from finance_app.services.invoicing.preview import preview
from finance_app.services.invoicing.scope import Scope
from finance_app.services.payments import recording as payments
from finance_app.services.portal import today

UNTIL = date(2026, 10, 31)


@pytest.fixture
def office(session):
    """A portal without strict numbering, a client with a 20 % tax, a project at 100 an hour, two tasks."""
    portal = session.exec(select(Portal)).first() or Portal()
    portal.base_currency, portal.strict_numbering, portal.country = "EUR", False, "FR"
    session.add(portal)
    tax = Tax(name="TVA 20 %", rate=Decimal(20), is_default=True)
    client = Client(name="Ardent", currency="EUR", country="FR")
    person = User(name="Ines")
    session.add_all([tax, client, person])
    session.flush()
    project = Project(name="Site", client_id=client.id, currency="EUR", bill_rate=Decimal(100))
    session.add(project)
    session.flush()
    tasks = [Task(project_id=project.id, name=name) for name in ("Design", "Code")]
    session.add_all(tasks)
    session.flush()
    return portal, client, project, tasks, person


def log(
    session, office, seconds=1200, *, day=date(2026, 10, 5), task=0, rate=Decimal(100), **more
) -> TimeLog:
    _, _, project, tasks, person = office
    row = TimeLog(
        project_id=project.id, task_id=tasks[task].id, user_id=person.id, day=day, seconds=seconds,
        bill_rate=rate, **more,
    )  # fmt: skip
    session.add(row)
    session.flush()
    return row


def scope_of(office, **more) -> Scope:
    return Scope(project_ids=(office[2].id,), until=UNTIL, **more)


def bill(session, owner, office, **more) -> Invoice:
    return drafts.create_from_time(session, owner, scope_of(office, **more), DraftHead())


def lines(session, invoice) -> list[InvoiceLine]:
    return drafts.lines_of(session, invoice.id)


def test_seven_logs_of_twenty_minutes_are_rounded_once(session, owner, office):
    for _ in range(7):
        log(session, office)
    invoice = bill(session, owner, office)
    (line,) = lines(session, invoice)
    assert (line.name, line.amount_minor, line.tracked_seconds) == ("Design", 23333, 8400)
    assert (invoice.net_minor, invoice.tax_minor, invoice.total_minor) == (23333, 4667, 28000)
    assert round(line.quantity * line.unit_price, 2) == Decimal("233.33")


def test_the_preview_says_what_is_left_out_and_why(session, owner, office):
    office[0].needs_approval = True
    log(session, office, approval=ApprovalState.APPROVED)
    log(session, office)
    log(session, office, billable=False)
    log(session, office, day=date(2026, 11, 1))
    log(session, office, rate=None, approval=ApprovalState.APPROVED)
    found = preview(session, owner, scope_of(office))
    assert (found.logs, found.amount_minor) == (1, 3333)
    assert {each.reason: each.logs for each in found.left_out} == {
        Eligibility.UNAPPROVED: 1,
        Eligibility.NON_BILLABLE: 1,
        Eligibility.AFTER_END: 1,
        Eligibility.NO_RATE: 1,
    }


def test_different_rates_never_share_a_line(session, owner, office):
    log(session, office, 3600)
    log(session, office, 3600, rate=Decimal(80))
    invoice = bill(session, owner, office, group_by=GroupBy.SINGLE)
    assert sorted(line.amount_minor for line in lines(session, invoice)) == [8000, 10000]


def test_a_log_is_billed_once(session, owner, office):
    taken = log(session, office)
    bill(session, owner, office)
    with pytest.raises(DomainError, match="nothing_to_bill"):
        bill(session, owner, office)
    session.expire_all()
    assert session.get(TimeLog, taken.id).invoice_line_id is not None


def test_time_that_changed_since_the_preview_is_not_billed(session, owner, office):
    log(session, office)
    seen = preview(session, owner, scope_of(office)).seen
    log(session, office)
    with pytest.raises(DomainError) as refusal:
        drafts.create_from_time(session, owner, scope_of(office), DraftHead(), seen)
    assert refusal.value.code == "invoicing.error.changed"
    assert (refusal.value.params["logs_before"], refusal.value.params["logs"]) == (1, 2)
    assert session.exec(select(func.count()).select_from(Invoice)).one() == 0


def test_a_repeated_request_gives_the_same_invoice(session, owner, office):
    log(session, office)
    made = [
        drafts.create_from_time(session, owner, scope_of(office), DraftHead(), request_key="once")
        for _ in range(2)
    ]
    assert made[0].id == made[1].id


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"until": None}, "no_until"),
        ({"since": date(2026, 11, 5)}, "period"),
        ({"project_ids": ()}, "no_project"),
        ({"until": date(2026, 1, 1)}, "before_first"),
    ],
)
def test_a_scope_that_cannot_be_is_refused(session, owner, office, change, code):
    log(session, office)
    wanted = Scope(**{"project_ids": (office[2].id,), "until": UNTIL, **change})
    with pytest.raises(DomainError, match=f"invoicing.error.{code}"):
        drafts.create_from_time(session, owner, wanted, DraftHead())


def test_a_project_without_client_is_refused_with_advice(session, owner, office):
    log(session, office)
    office[2].client_id = None
    session.flush()
    with pytest.raises(DomainError, match="no_client"):
        preview(session, owner, scope_of(office))


def test_removing_a_line_releases_its_time_and_keeps_the_history(session, owner, office):
    log(session, office)
    log(session, office, task=1)
    invoice = bill(session, owner, office)
    gone = lines(session, invoice)[0]
    editing.save(session, owner, invoice.id, invoice.version, [editing.RemoveLine(gone.id)])
    assert preview(session, owner, scope_of(office)).logs == 1
    assert invoice.net_minor == 3333
    claims = session.exec(select(TimeClaim).order_by(col(TimeClaim.id))).all()
    assert [claim.released_because for claim in claims].count("line_removed") == 1


def test_a_changed_quantity_keeps_the_time_and_shows_the_write_down(session, owner, office):
    log(session, office, 7200)
    invoice = bill(session, owner, office)
    (line,) = lines(session, invoice)
    editing.save(session, owner, invoice.id, invoice.version, [editing.SetLine(line.id, {"quantity": "1.5"})])
    (line,) = lines(session, invoice)
    assert (line.tracked_seconds, line.billed_seconds, line.amount_minor) == (7200, 5400, 15000)
    assert editing.written_down(line) == Decimal("0.5")


def test_lines_are_added_moved_discounted(session, owner, office):
    log(session, office, 3600)
    invoice = bill(session, owner, office)
    added = {"name": "Travel", "quantity": "2", "unit_price": "12.50", "tax_ids": []}
    editing.save(session, owner, invoice.id, invoice.version, [editing.AddLine(added)])
    travel = lines(session, invoice)[-1]
    editing.save(
        session,
        owner,
        invoice.id,
        invoice.version,
        [
            editing.MoveLine(travel.id, 1),
            editing.SetHead({"discount": {"kind": "percent", "value": "10"}}),
        ],
    )
    assert [line.name for line in lines(session, invoice)] == ["Travel", "Design"]
    assert (invoice.subtotal_minor, invoice.net_minor, invoice.tax_minor) == (12500, 11250, 1800)


def test_an_older_version_is_refused_and_names_who_changed_it(session, owner, office):
    log(session, office)
    invoice = bill(session, owner, office)
    version = invoice.version
    editing.save(session, owner, invoice.id, version, [editing.SetHead({"title": "One"})])
    with pytest.raises(DomainError) as refusal:
        editing.save(session, owner, invoice.id, version, [editing.SetHead({"title": "Two"})])
    assert (refusal.value.code, refusal.value.params["who"]) == ("invoicing.error.newer", owner.name)
    assert invoice.title == "One"


def test_numbers_are_gapless_and_issued_invoices_frozen(session, owner, office):
    numbers = []
    for task in (0, 1):
        log(session, office, task=task)
        invoice = issuing.issue(session, owner, bill(session, owner, office).id)
        numbers.append(invoice.number)
    year = invoice.issue_date.year
    assert numbers == [f"INV-{year}-0001", f"INV-{year}-0002"]
    assert invoice.state is InvoiceState.ISSUED
    assert invoice.customer["name"] == "Ardent"
    office[1].name = "Renamed"
    session.flush()
    assert session.get(Invoice, invoice.id).customer["name"] == "Ardent"


def test_strict_numbering_refuses_dates_that_run_backwards_changes_and_deletion(session, owner, office):
    office[0].strict_numbering = True
    log(session, office)
    first = issuing.issue(session, owner, bill(session, owner, office).id)
    with pytest.raises(DomainError, match="cannot_edit"):
        editing.save(session, owner, first.id, first.version, [editing.SetHead({"title": "x"})])
    with pytest.raises(DomainError, match="cannot_delete"):
        issuing.delete(session, owner, first.id, "wrong")
    earlier = drafts.create_blank(session, owner, office[1].id, DraftHead(issue_date=first.issue_date))
    editing.save(session, owner, earlier.id, earlier.version, [editing.AddLine({"name": "x"})])
    session.exec(select(NumberSeries)).one().last_date = first.issue_date + timedelta(days=1)
    with pytest.raises(DomainError, match="date_runs_backwards"):
        issuing.issue(session, owner, earlier.id)


def test_deleting_an_issued_invoice_leaves_its_number_and_frees_its_time(session, owner, office):
    log(session, office)
    invoice = issuing.issue(session, owner, bill(session, owner, office).id)
    number = invoice.number
    with pytest.raises(DomainError, match="reason"):
        issuing.delete(session, owner, invoice.id, " ")
    assert issuing.delete(session, owner, invoice.id, "Wrong client") == 1
    stone = session.exec(select(Tombstone)).one()
    assert (stone.number, stone.total_minor, stone.reason) == (number, 4000, "Wrong client")
    assert preview(session, owner, scope_of(office)).logs == 1
    assert session.exec(select(TimeClaim)).one().released_because == "deleted"
    again = issuing.issue(session, owner, bill(session, owner, office).id)
    assert again.number != number


def test_a_payment_that_was_taken_back_does_not_hold_an_invoice(session, owner, office):
    log(session, office)
    invoice = issuing.issue(session, owner, bill(session, owner, office).id)
    received = payments.Received(office[1].id, today(session), "EUR", 4000, "once")
    payment = payments.record(session, owner, received)
    with pytest.raises(DomainError, match="cannot_delete"):
        issuing.delete(session, owner, invoice.id, "Wrong client")
    payments.delete(session, owner, payment.id, "Bounced")
    assert issuing.delete(session, owner, invoice.id, "Wrong client") == 1


def test_an_invoice_with_a_credit_note_is_not_deleted(session, owner, office):
    log(session, office)
    invoice = issuing.issue(session, owner, bill(session, owner, office).id)
    (line,) = lines(session, invoice)
    received = payments.Received(office[1].id, today(session), "EUR", 4000, "once")
    payment = payments.record(session, owner, received)
    note = credit_notes.create_partial(session, owner, invoice.id, {line.id: 100}, "Late")
    payments.delete(session, owner, payment.id, "Bounced")
    with pytest.raises(DomainError) as refusal:
        issuing.delete(session, owner, invoice.id, "Wrong client")
    assert (refusal.value.code, refusal.value.params) == (
        "invoicing.error.credited",
        {"number": note.number},
    )
    credit_notes.void(session, owner, note.id, "Mistake")
    assert issuing.delete(session, owner, invoice.id, "Wrong client") == 1


def test_a_closed_period_takes_no_invoice(session, owner, office):
    log(session, office)
    invoice = bill(session, owner, office)
    office[0].closed_until = invoice.issue_date
    session.flush()
    with pytest.raises(DomainError):
        issuing.issue(session, owner, invoice.id)
    assert session.get(Invoice, invoice.id).number is None


def test_a_member_may_not(session, member, office):
    with pytest.raises(DomainError, match="not_allowed"):
        preview(session, member, scope_of(office))
    with pytest.raises(DomainError, match="not_allowed"):
        issuing.issue(session, member, 1)


def test_each_step_is_in_the_audit_trail(session, owner, office):
    log(session, office)
    invoice = bill(session, owner, office)
    editing.save(session, owner, invoice.id, invoice.version, [editing.SetHead({"reference": "PO 7"})])
    issuing.mark_sent(session, owner, invoice.id)
    issuing.mark_viewed(session, invoice.id)
    issuing.mark_viewed(session, invoice.id)
    actions = session.exec(
        select(AuditEvent.action).where(AuditEvent.object_kind == "invoice").order_by(col(AuditEvent.id))
    ).all()
    assert list(actions) == ["drafted", "edited", "issued", "marked_sent", "viewed"]
