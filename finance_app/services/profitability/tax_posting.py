"""Tax entries of a document, written anew beside its revenue entries: the rules are `domain/tax_due.py`."""

from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal

from sqlalchemy import delete, select
from sqlmodel import Session, col

from finance_app.domain.money import convert
from finance_app.domain.profit import RevenueKind
from finance_app.domain.tax_due import NO_TAX, Taxed, TaxMovement, TaxName, TaxSettlement, credited, received
from finance_app.models import Allocation, CreditNote, CreditNoteLine, Invoice, InvoiceLine, Portal, TaxEntry
from finance_app.models.kinds import LineKind
from finance_app.services.invoicing import totals
from finance_app.services.profitability.movements import settlement_of, uses_of


def post_invoice(session: Session, invoice: Invoice, *, counts: bool) -> None:
    """The taxes of an invoice by its date, and by what settled it; none where it does not count."""
    _clear(session, col(TaxEntry.invoice_id) == invoice.id)
    if not counts:
        return
    taxes = _taxes(session, invoice)
    _write(session, invoice, _charged(RevenueKind.INVOICE, invoice.issue_date, taxes))
    allocations = (
        session.execute(
            select(Allocation)
            .where(col(Allocation.invoice_id) == invoice.id, col(Allocation.removed_at).is_(None))
            .order_by(col(Allocation.id))
        )
        .scalars()
        .all()
    )
    steps = [TaxSettlement(settlement_of(row), _credit(session, row)) for row in allocations]
    _write(session, invoice, received(taxes, invoice.total_minor, invoice.issue_date, steps))


def post_credit_note(session: Session, note: CreditNote, *, counts: bool) -> None:
    """What a credit note takes back by its date, and what of it was refunded."""
    _clear(session, col(TaxEntry.credit_note_id) == note.id)
    if not counts:
        return
    taxes = _taxes(session, note)
    taken = {name: -amount for name, amount in taxes.items()}
    _write(session, note, _charged(RevenueKind.CREDIT_NOTE, note.issue_date, taken))
    _, movements = credited(taxes, note.total_minor, note.issue_date, uses_of(session, note.id or 0))
    _write(session, note, movements)


def _credit(session: Session, row: Allocation) -> dict[TaxName, Taxed]:
    if row.credit_note_id is None:
        return {}
    note = session.get_one(CreditNote, row.credit_note_id)
    taken, _ = credited(
        _taxes(session, note), note.total_minor, note.issue_date, uses_of(session, row.credit_note_id)
    )
    return taken.get(row.id or 0, {})


def _taxes(session: Session, document: Invoice | CreditNote) -> dict[TaxName, Taxed]:
    """The taxes of a document in base currency at its rate, and NO_TAX for what carries none. One that stands
    on it twice is one."""
    base = session.execute(select(col(Portal.base_currency))).scalars().first() or "EUR"
    found: dict[TaxName, Taxed] = {}
    for row in document.totals.get("taxes", ()):
        name = TaxName(row["name"][:60], round(Decimal(row["rate"]), 6), (row.get("category") or "S")[:4])
        amount = Taxed(
            *(
                convert(row[part], document.currency, base, document.exchange_rate)
                for part in ("base_minor", "tax_minor")
            )
        )
        found[name] = found.get(name, Taxed()) + amount
    if untaxed := _untaxed(session, document):
        minor = convert(untaxed, document.currency, base, document.exchange_rate)
        found[NO_TAX] = Taxed(minor, 0)
    return found


def _untaxed(session: Session, document: Invoice | CreditNote) -> int:
    """The net of lines and surcharges without a tax, in the document's currency. What was paid in the
    client's name is no sale."""
    bases = sum(row["base_minor"] for row in document.totals.get("taxes", ()))
    if document.taxes or (bases and bases == document.net_minor):
        return 0
    table, of = (
        (CreditNoteLine, CreditNoteLine.credit_note_id)
        if isinstance(document, CreditNote)
        else (InvoiceLine, InvoiceLine.invoice_id)
    )
    lines = list(
        session.execute(select(table).where(col(of) == document.id).order_by(col(table.id))).scalars()
    )
    passed_on = sum(line.amount_minor for line in lines if line.kind is LineKind.DISBURSEMENT)
    if not bases:
        return document.net_minor - passed_on
    result = totals.results(document, lines)
    parts = [
        *(
            figures.net_minor
            for line, figures in zip(lines, result.lines, strict=True)
            if not figures.taxes and line.kind is not LineKind.DISBURSEMENT
        ),
        *(extra.net_minor for extra in result.surcharges if not extra.taxes),
    ]
    return sum(parts)


def _charged(kind: RevenueKind, day: date, taxes: dict[TaxName, Taxed]) -> Sequence[TaxMovement]:
    return [TaxMovement(kind, day, name, amount) for name, amount in taxes.items()]


def _write(session: Session, document: Invoice | CreditNote, movements: Iterable[TaxMovement]) -> None:
    is_note = isinstance(document, CreditNote)
    session.add_all(
        TaxEntry(
            kind=each.kind,
            day=each.day,
            client_id=document.client_id,
            name=each.tax.name,
            rate=each.tax.rate,
            category=each.tax.category,
            base_minor=each.amount.base_minor,
            tax_minor=each.amount.tax_minor,
            invoice_id=None if is_note else document.id,
            credit_note_id=document.id if is_note else None,
            source=each.source,
        )
        for each in movements
    )
    session.flush()


def _clear(session: Session, of) -> None:
    session.execute(delete(TaxEntry).where(of).execution_options(synchronize_session=False))
