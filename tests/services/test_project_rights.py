"""What a profile for one project opens beyond projects and time: documents, expenses, search, alerts."""

import pytest
from sqlmodel import Session

from finance_app.domain.errors import DomainError, NotFound
from finance_app.domain.expense import ExpenseMove
from finance_app.domain.permissions import Role
from finance_app.models import (
    Client,
    CreditNote,
    Estimate,
    Expense,
    Invoice,
    InvoiceLine,
    Portal,
    Project,
    SalesOrder,
    User,
)
from finance_app.models.columns import now
from finance_app.models.kinds import ApprovalState
from finance_app.models.profile import built_in_id
from finance_app.services.accounts import identity as accounts
from finance_app.services.accounts import profiles
from finance_app.services.accounts.identity import Actor
from finance_app.services.crediting import listing as credit_note_list
from finance_app.services.document_rights import check_readable
from finance_app.services.estimating import listing as estimates
from finance_app.services.estimating.papers import ESTIMATE_KIND
from finance_app.services.estimating.reading import view as estimate_view
from finance_app.services.expenses import approving, receipts, report, saving
from finance_app.services.expenses import listing as expenses
from finance_app.services.invoicing import listing as invoices
from finance_app.services.invoicing.reading import view as invoice_view
from finance_app.services.listing import ListQuery

DAY = now().date()


@pytest.fixture
def firm(session: Session, owner: Actor, member: Actor) -> dict[str, int]:
    """Projects A and B; an invoice of each and one of both, with what hangs on them; the member manages A."""
    session.add(Portal(name="Atelier", expenses_need_approval=True))
    client = Client(name="Ardent", currency="EUR", country="FR")
    session.add(client)
    session.flush()
    work = {name: Project(name=name, client_id=client.id, currency="EUR") for name in "AB"}
    session.add_all(work.values())
    session.flush()
    found = {name: project.id or 0 for name, project in work.items()}
    dates = {"issue_date": DAY, "due_date": DAY}
    for name in ("A", "B", "AB"):
        invoice = Invoice(client_id=client.id, currency="EUR", title=f"of {name}", total_minor=100, **dates)
        session.add(invoice)
        session.flush()
        found[f"invoice {name}"] = invoice.id or 0
        for place, project in enumerate([*name, ""]):
            session.add(
                InvoiceLine(
                    invoice_id=invoice.id, position=place, name="line", project_id=found.get(project),
                    amount_minor=1,
                )
            )  # fmt: skip
        note = CreditNote(
            client_id=client.id, currency="EUR", invoice_id=invoice.id, issue_date=DAY, total_minor=1
        )
        session.add(note)
        session.flush()
        found[f"note {name}"] = note.id or 0
    for name in ("A", "B"):
        papers = {
            "client_id": client.id, "currency": "EUR", "project_id": found[name], "title": f"of {name}",
            "issue_date": DAY, "total_minor": 1,
        }  # fmt: skip
        expense = Expense(
            user_id=owner.user_id, day=DAY, merchant=f"of {name}", currency="EUR", project_id=found[name],
            gross_minor=7, base_gross_minor=7, base_cost_minor=7, approval=ApprovalState.SUBMITTED,
        )  # fmt: skip
        estimate = Estimate(**papers)
        session.add_all([estimate, SalesOrder(**papers), expense])
        session.flush()
        found |= {f"estimate {name}": estimate.id or 0, f"expense {name}": expense.id or 0}
    profiles.grant(session, owner, member.user_id, found["A"], built_in_id(Role.MANAGER))
    return found


@pytest.fixture
def manager(session: Session, firm: dict[str, int], member: Actor) -> Actor:
    user = session.get_one(User, member.user_id)
    found = accounts.actor_of(session, accounts.open_session(session, user))
    assert found
    return found


def test_he_reads_the_documents_of_that_project_and_no_shared_one(session, firm, manager):
    everything = ListQuery()
    assert [row.title for row in invoices.page(session, manager, everything).rows] == ["of A"]
    assert invoices.page(session, manager, everything).totals["currencies"][0].total_minor == 100
    assert sum(invoices.counts(session, manager, everything).values()) == 1
    assert len(invoices.suggestions(session, manager, "of", 10)) == 1
    assert [row.id for row in credit_note_list.page(session, manager, everything).rows] == [firm["note A"]]
    assert [row.title for row in estimates.page(session, manager, everything).rows] == ["of A"]
    assert [row.title for row in estimates.order_page(session, manager, everything).rows] == ["of A"]
    assert sum(estimates.counts(session, manager, everything).values()) == 1
    assert len(estimates.order_suggestions(session, manager, "", 10)) == 1
    assert invoice_view(session, manager, firm["invoice A"]).actions == frozenset()
    assert estimate_view(session, manager, ESTIMATE_KIND, firm["estimate A"]).actions == frozenset()
    for kind, key in (("invoice", "invoice B"), ("invoice", "invoice AB"), ("credit_note", "note AB")):
        with pytest.raises(NotFound):
            check_readable(session, manager, kind, firm[key])
    with pytest.raises(NotFound):
        invoice_view(session, manager, firm["invoice AB"])
    with pytest.raises(NotFound):
        estimate_view(session, manager, ESTIMATE_KIND, firm["estimate B"])
    with pytest.raises(NotFound):
        receipts.of_invoice(session, manager, firm["invoice B"])


def test_without_it_a_team_member_reads_none(session, firm, member):
    for look in (
        lambda: invoices.page(session, member, ListQuery()),
        lambda: check_readable(session, member, "invoice", firm["invoice A"]),
        lambda: estimates.counts(session, member, ListQuery()),
    ):
        with pytest.raises(DomainError, match="not_allowed"):
            look()


def test_he_sees_and_approves_the_expenses_of_that_project(session, firm, manager):
    found = expenses.page(session, manager, ListQuery())
    assert [row.merchant for row in found.rows] == ["of A"]
    assert found.totals["base_gross_minor"] == 7
    assert expenses.merchants(session, manager) == ["of A"]
    assert report.page(session, manager, ListQuery(filters={"by": "project"})).totals["count"] == 1
    both = [firm["expense A"], firm["expense B"]]
    moved = approving.move(session, manager, both, ExpenseMove.APPROVE)
    assert moved.moved == [firm["expense A"]]
    assert isinstance(moved.refused[firm["expense B"]], NotFound)
    assert saving.duplicate(session, manager, firm["expense A"])
    with pytest.raises(NotFound):
        saving.duplicate(session, manager, firm["expense B"])
    with pytest.raises(NotFound):
        saving.delete_many(session, manager, [firm["expense B"]])
