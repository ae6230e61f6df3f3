"""Invoices, credit notes, estimates and sales orders: issued ones only, under their own numbers."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from typing import Any

from sqlalchemy.orm import Mapped
from sqlmodel import col, select

from finance_app.domain.money import to_decimal
from finance_app.integrations.zoho import Product
from finance_app.models import (
    Allocation,
    CreditNote,
    CreditNoteLine,
    Estimate,
    EstimateLine,
    ExpenseClaim,
    Invoice,
    InvoiceLine,
    SalesOrder,
    SalesOrderLine,
    TimeClaim,
)
from finance_app.models.document import DocumentColumns, LineColumns
from finance_app.models.kinds import AllocationKind, CreditNoteState
from finance_app.services.zoho.sync.bodies.lines import head_of, lines_of, priced
from finance_app.services.zoho.sync.bodies.work import time_log
from finance_app.services.zoho.sync.look import Look, links_of
from finance_app.services.zoho.sync.modules import Module
from finance_app.services.zoho.sync.wanted import (
    CREDIT_NOTES,
    ESTIMATES,
    INVOICES,
    SALES_ORDERS,
    First,
    Follow,
    Gone,
    Nothing,
    Place,
    Plan,
    Wanted,
)

OWN_NUMBER = {"ignore_auto_number_generation": "true"}
Tie = Callable[[Sequence[Any], list[dict[str, Any]]], None]
"""Ties the lines of ours to the work that they bill, in those that go to Zoho."""


def _issued(
    place: Place, model: type[DocumentColumns], line_model: Any, parent: str
) -> Callable[[Callable[[Look, Any, Sequence[Any]], Plan]], Callable[[Look, int], Plan]]:
    """A recipe by what is said of an issued document and its lines: one that is gone is taken away, one that
    is not issued does not go."""

    def recipe_of(say: Callable[[Look, Any, Sequence[Any]], Plan]) -> Callable[[Look, int], Plan]:
        def recipe(look: Look, id: int) -> Plan:
            row = look.session.get(model, id)
            if row is None:
                return Gone(place)
            if row.issued_at is None or row.number is None:
                return Nothing()
            lines = look.session.exec(
                select(line_model)
                .where(getattr(line_model, parent) == id)
                .order_by(col(line_model.position), col(line_model.id))
            ).all()
            return say(look, row, lines)

        return recipe

    return recipe_of


def _document(
    look: Look,
    place: Place,
    document: DocumentColumns,
    lines: Sequence[LineColumns],
    *,
    tie: Tie | None = None,
    body: dict[str, Any] | None = None,
    **more: Any,
) -> Wanted:
    made, whole = lines_of(document, lines, look.taxes)
    if tie is not None:
        tie(lines, made)
    number_field, number = f"{place.one}_number", document.number
    customer = look.remote(Module.CONTACT, document.client_id)
    return Wanted(
        place,
        {
            **head_of(document, customer, look.currency(document.currency), number_field),
            **whole,
            "line_items": made,
            **(body or {}),
        },
        str(number),
        lambda found: found.get(number_field) == number and found.get("customer_id") in (None, customer),
        {number_field: number},
        OWN_NUMBER,
        adopts=False,
        total=to_decimal(document.total_minor, document.currency),
        **more,
    )


@_issued(INVOICES, Invoice, InvoiceLine, "invoice_id")
def invoice(look: Look, row: Invoice, lines: Sequence[InvoiceLine]) -> Plan:
    id = row.id or 0
    known = look.link(Module.INVOICE, id)
    void = row.voided_at is not None and not _is_credited(look, id)
    if void and (known is None or not known.attempted_at):
        return Nothing()

    def tie(lines: Sequence[InvoiceLine], made: list[dict[str, Any]]) -> None:
        _tie_to_work(look, row, lines, made)

    return _document(
        look,
        INVOICES,
        row,
        lines,
        tie=None if row.voided_at else tie,
        body={"due_date": max(row.due_date, row.issue_date).isoformat()},
        fixed=bool(void and known and known.fingerprint),
        states=("status/void",) if void else ("status/sent",),
        reached={
            "status/void": ("void",),
            "status/sent": ("sent", "viewed", "overdue", "unpaid", "partially_paid", "paid"),
        },
        brings_back="" if void else "status/draft",
    )


def _is_credited(look: Look, id: int) -> bool:
    """Whether a credit note voids it: then it stays at Zoho too, and the two settle each other there."""
    found = look.session.exec(
        select(CreditNote.id).where(
            CreditNote.invoice_id == id, col(CreditNote.voids_invoice), col(CreditNote.issued_at).is_not(None)
        )
    ).first()
    return found is not None


def _tie_to_work(look: Look, row: Invoice, lines: Sequence[InvoiceLine], made: list[dict[str, Any]]) -> None:
    """Each line names the project, the time entries and the expense that it bills, so that Zoho does not
    offer them again. Raises First while one of them is not there, or not as it is here: once the invoice is
    at Zoho, neither side can change it."""
    logs = _claimed(look, row, TimeClaim, col(TimeClaim.time_log_id))
    expenses = _claimed(look, row, ExpenseClaim, col(ExpenseClaim.expense_id))
    every = [log for ids in logs.values() for log in ids]
    there = look.link(Module.INVOICE, row.id or 0)
    if there is None or not there.remote_id:
        look.must_be_current(Module.TIME_LOG, every)
        look.must_be_current(Module.EXPENSE, [id for ids in expenses.values() for id in ids])
    known = links_of(look.session, look.sync.id or 0, Module.TIME_LOG, every)
    if missing := [id for id in every if id not in known and _is_owed(look, id)]:
        raise First(Module.TIME_LOG, *missing)
    for line, body in zip(priced(lines), made, strict=False):
        if line.project_id:
            body["project_id"] = look.remote(Module.PROJECT, line.project_id)
        if entries := [known[id] for id in logs.get(line.id or 0, ()) if id in known]:
            body["time_entry_ids"] = entries
        spent = expenses.get(line.id or 0, ())
        if len(spent) == 1 and not _is_gone(look, Module.EXPENSE, spent[0]):
            body["expense_id"] = look.remote(Module.EXPENSE, spent[0])


def _is_owed(look: Look, log_id: int) -> bool:
    """Whether time is still to come: neither was it deleted there, which somebody has ignored, nor does it
    come to no minute."""
    return not _is_gone(look, Module.TIME_LOG, log_id) and isinstance(time_log(look, log_id), Wanted)


def _is_gone(look: Look, module: Module, id: int) -> bool:
    link = look.link(module, id)
    return link is not None and link.is_gone


def _claimed(
    look: Look, row: Invoice, claim: type[TimeClaim] | type[ExpenseClaim], work: Mapped[int]
) -> dict[int, list[int]]:
    """The ids of the work that an invoice bills, by its line."""
    found: dict[int, list[int]] = defaultdict(list)
    for line_id, id in look.session.exec(
        select(claim.invoice_line_id, work)
        .where(claim.invoice_id == row.id, col(claim.released_at).is_(None))
        .order_by(work)
    ):
        found[line_id or 0].append(id)
    return found


@_issued(CREDIT_NOTES, CreditNote, CreditNoteLine, "credit_note_id")
def credit_note(look: Look, row: CreditNote, lines: Sequence[CreditNoteLine]) -> Plan:
    void = row.state is CreditNoteState.VOID
    applied: dict[int, int] = defaultdict(int)
    for each in look.session.exec(
        select(Allocation).where(
            Allocation.credit_note_id == row.id,
            Allocation.kind == AllocationKind.CREDIT_NOTE,
            col(Allocation.removed_at).is_(None),
        )
    ):
        applied[each.invoice_id] += each.amount_minor
    parts = tuple(
        (look.remote(Module.INVOICE, invoice_id), to_decimal(amount, row.currency))
        for invoice_id, amount in sorted(applied.items())
    )
    return _document(
        look,
        CREDIT_NOTES,
        row,
        lines,
        states=("status/void",) if void else ("status/open",),
        reached={"status/void": ("void",), "status/open": ("open", "closed")},
        brings_back="" if void else "status/draft",
        follow=(Follow("credits", parts),),
    )


@_issued(ESTIMATES, Estimate, EstimateLine, "estimate_id")
def estimate(look: Look, row: Estimate, lines: Sequence[EstimateLine]) -> Plan:
    expiry = row.expires_on if row.expires_on and row.expires_on >= row.issue_date else None
    state = "status/accepted" if row.accepted_at else "status/declined" if row.declined_at else "status/sent"
    return _document(
        look,
        ESTIMATES,
        row,
        lines,
        body={"expiry_date": expiry.isoformat()} if expiry else {},
        states=(state,),
        reached={
            "status/sent": ("sent", "viewed", "expired", "accepted", "declined", "invoiced"),
            "status/accepted": ("accepted", "invoiced"),
            "status/declined": ("declined",),
        },
    )


@_issued(SALES_ORDERS, SalesOrder, SalesOrderLine, "sales_order_id")
def _order(look: Look, row: SalesOrder, lines: Sequence[SalesOrderLine]) -> Plan:
    return _document(
        look,
        SALES_ORDERS,
        row,
        lines,
        states=("status/void",) if row.voided_at else ("status/open",),
        reached={"status/void": ("void",), "status/open": ("open", "invoiced", "partially_invoiced")},
    )


def sales_order(look: Look, id: int) -> Plan:
    """Zoho Invoice has none."""
    return _order(look, id) if look.product is Product.BOOKS else Nothing()
