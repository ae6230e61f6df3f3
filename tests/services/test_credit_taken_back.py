from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlmodel import col

from finance_app.domain.errors import DomainError
from finance_app.models import Allocation, CreditNote, InvoiceLine, TimeClaim, TimeLog
from finance_app.models.kinds import Role
from finance_app.services import credit_notes
from finance_app.services.invoicing import drafts
from finance_app.services.invoicing.drafts import DraftHead
from finance_app.services.invoicing.scope import Scope
from tests.harness.invoices import TODAY, Office, issued, office
from tests.services.conftest import actor


@pytest.fixture
def place(session) -> Office:
    found = office(session)
    found.portal.strict_numbering = False
    return found


@pytest.fixture
def boss(session):
    return actor(session, Role.OWNER)


def credited(session, place: Office, boss) -> CreditNote:
    """A credit note over the first line of an invoice, whose time is billable again."""
    invoice = issued(session, boss, place)
    line = session.execute(select(InvoiceLine).order_by(col(InvoiceLine.id))).scalars().first()
    return credit_notes.create_partial(
        session, boss, invoice.id or 0, {line.id: line.amount_minor}, "late", release=[line.id]
    )


def logs_on(session, line_id: int) -> set[int]:
    return set(
        session.execute(select(col(TimeLog.id)).where(col(TimeLog.invoice_line_id) == line_id)).scalars()
    )


def unused(session, boss, note: CreditNote) -> None:
    """Take the note off its invoice, as only an unused one can be voided."""
    for allocation in session.execute(
        select(Allocation).where(col(Allocation.credit_note_id) == note.id)
    ).scalars():
        session.delete(allocation)
    session.flush()
    credit_notes._use(session, note)


def test_a_credit_note_taken_back_takes_its_time_again(session, place, boss) -> None:
    note = credited(session, place, boss)
    line = session.execute(select(InvoiceLine).order_by(col(InvoiceLine.id))).scalars().first().id
    assert logs_on(session, line) == set()
    unused(session, boss, note)
    credit_notes.void(session, boss, note.id or 0, "a mistake")
    assert len(logs_on(session, line)) == 1
    live = session.execute(
        select(TimeClaim).where(col(TimeClaim.invoice_line_id) == line, col(TimeClaim.released_at).is_(None))
    ).scalars()
    assert {claim.time_log_id for claim in live} == logs_on(session, line)


@pytest.mark.parametrize("since", ["billed", "changed"])
def test_time_that_went_elsewhere_since_is_not_taken(session, place, boss, since: str) -> None:
    note = credited(session, place, boss)
    if since == "billed":
        scope = Scope(project_ids=(place.project.id or 0,), until=TODAY + timedelta(days=1))
        drafts.create_from_time(session, boss, scope, DraftHead())
    else:
        log = session.execute(select(TimeLog).where(col(TimeLog.invoice_line_id).is_(None))).scalars().first()
        log.seconds += 60
    unused(session, boss, note)
    with pytest.raises(DomainError, match="time_gone"):
        credit_notes.void(session, boss, note.id or 0, "a mistake")
