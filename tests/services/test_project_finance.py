from datetime import date

import pytest
from sqlmodel import select

from finance_app.domain.errors import DomainError, NotFound
from finance_app.models import CreditNote, CreditNoteLine, Invoice, InvoiceLine, TimeLog
from finance_app.models.kinds import CreditNoteState, InvoiceState
from finance_app.services.clients import directory as clients
from finance_app.services.projects import finance as project_finance
from finance_app.services.projects import form as project_form

DAY = date(2026, 3, 1)


@pytest.fixture
def two(session, owner):
    """Two hourly projects of one client."""
    client = clients.create(session, owner, {"name": "Ardent", "currency": "EUR"})
    data = {"bill_rate": "100", "billing_method": "project_hours", "client_id": str(client.id)}
    return [project_form.create(session, owner, {**data, "name": name}) for name in ("Site", "Shop")]


def bill(session, shares: list, total: int, state=InvoiceState.ISSUED, settled: int = 0) -> Invoice:
    """An invoice over `total` minor units, with a line of these amounts for each project."""
    client_id = next(project for project, _ in shares if project).client_id
    invoice = Invoice(
        client_id=client_id,
        issue_date=DAY,
        due_date=date(2026, 3, 31),
        currency="EUR",
        state=state,
        net_minor=sum(minor for _, minor in shares),
        total_minor=total,
        settled_minor=settled,
    )
    session.add(invoice)
    session.flush()
    for project, minor in shares:
        session.add(
            InvoiceLine(invoice_id=invoice.id, project_id=project.id if project else None, amount_minor=minor)
        )
    session.flush()
    return invoice


def credit(session, invoice: Invoice, project, minor: int, *, voids: bool = False) -> None:
    line = session.execute(
        select(InvoiceLine).where(InvoiceLine.invoice_id == invoice.id, InvoiceLine.project_id == project.id)
    ).scalar_one()
    note = CreditNote(
        client_id=invoice.client_id,
        invoice_id=invoice.id,
        issue_date=DAY,
        currency="EUR",
        state=CreditNoteState.OPEN,
        net_minor=minor,
        total_minor=minor,
        voids_invoice=voids,
    )
    session.add(note)
    session.flush()
    session.add(CreditNoteLine(credit_note_id=note.id, invoice_line_id=line.id, amount_minor=minor))
    session.flush()


def test_an_invoice_of_two_projects_is_divided_by_their_lines_to_the_cent(session, owner, two):
    site, shop = two
    bill(session, [(site, 10_000), (shop, 20_000), (None, 1_000)], 37_001, settled=10_000)
    parts = [project_finance.finance(session, owner, project.id).sums[0] for project in two]
    assert [part.invoiced_minor for part in parts] == [12_334, 24_667]
    assert [part.settled_minor for part in parts] == [3_333, 6_667]
    assert sum(part.open_minor for part in parts) == 27_001
    row = project_finance.finance(session, owner, site.id).invoices[0]
    assert (row.shared, row.total_minor, row.gross_minor) == (True, 37_001, 12_334)


def test_drafts_and_void_invoices_stand_apart_and_a_voiding_note_counts_once(session, owner, two):
    site, _ = two
    bill(session, [(site, 5_000)], 6_000, InvoiceState.DRAFT)
    bill(session, [(site, 7_000)], 8_400, InvoiceState.ISSUED)
    void = bill(session, [(site, 9_000)], 10_800, InvoiceState.VOID)
    credit(session, void, site, 9_000, voids=True)
    found = project_finance.finance(session, owner, site.id)
    sums = found.sums[0]
    assert (sums.draft_minor, sums.invoiced_minor, sums.credited_minor) == (6_000, 8_400, 0)
    assert (sums.open_minor, sums.overdue_minor, sums.net_minor) == (8_400, 8_400, 7_000)
    assert (found.invoice_count, found.credit_note_count) == (3, 1)


def test_a_partial_credit_note_lowers_what_the_project_earned(session, owner, two):
    site, _ = two
    credit(session, bill(session, [(site, 7_000)], 7_000), site, 1_500)
    sums = project_finance.finance(session, owner, site.id).sums[0]
    assert (sums.invoiced_minor, sums.credited_minor, sums.net_minor) == (7_000, 1_500, 5_500)


def test_unbilled_time_is_priced_and_a_team_member_sees_nothing_of_it(session, owner, member, two):
    site, _ = two
    session.add(
        TimeLog(project_id=site.id, user_id=owner.user_id, day=DAY, seconds=5_400, bill_rate=site.bill_rate)
    )
    session.flush()
    found = project_finance.finance(session, owner, site.id)
    assert found.unbilled is not None
    assert (found.unbilled.seconds, found.unbilled.amount_minor, found.sums) == (5_400, 15_000, [])
    with pytest.raises(DomainError):
        project_finance.finance(session, member, site.id)
    with pytest.raises(NotFound):
        project_finance.finance(session, owner, 999)
