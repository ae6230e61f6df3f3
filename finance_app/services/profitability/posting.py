"""Revenue entries of a document, written anew from what it is now: the rules are `domain/profit.py`.

Whoever issues, changes, voids or settles a document calls this in the same transaction.
"""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date

from sqlalchemy import delete, func, or_, select
from sqlalchemy import inspect as sql_inspect
from sqlmodel import Session, col

from finance_app.domain.money import convert, spread
from finance_app.domain.profit import Posting, RevenueKind, earn, use_credit
from finance_app.models import (
    Allocation,
    CreditNote,
    CreditNoteLine,
    Invoice,
    InvoiceLine,
    Payment,
    Portal,
    ReceivedCost,
    RevenueEntry,
    TaxEntry,
    TimeClaim,
    TimeLog,
)
from finance_app.models.document import DocumentColumns, LineColumns
from finance_app.models.kinds import LineKind
from finance_app.services.invoicing import totals
from finance_app.services.profitability import expense_posting, tax_posting
from finance_app.services.profitability.movements import settlement_of, uses_of

Bucket = tuple[int | None, int | None]
"""Project and person."""
TAKEN_BACK = ("credited", "voided")
"""Why time left a line that had earned it: who earned it stays known."""
DOCUMENT = (RevenueKind.INVOICE, RevenueKind.CREDIT_NOTE)


def post_invoice(session: Session, invoice: Invoice) -> None:
    """What an invoice earns as it stands: by its date, and by what settled it. A draft earns nothing; a void
    one only where a credit note cancels it, which then takes away the same."""
    session.flush()
    _clear(session, col(RevenueEntry.invoice_id) == invoice.id)
    counts = bool(invoice.issued_at) and (not invoice.voided_at or _is_cancelled_by_note(session, invoice))
    tax_posting.post_invoice(session, invoice, counts=counts)
    if not counts:
        expense_posting.post(session, invoice.id or 0)
        return
    lines = list(
        session.execute(select(InvoiceLine).where(col(InvoiceLine.invoice_id) == invoice.id)).scalars()
    )
    net = _net(session, invoice, lines, [_bucket_shares(session, line) for line in lines])
    _write(
        session, invoice.client_id, _document(RevenueKind.INVOICE, invoice.issue_date, net), invoice=invoice
    )
    _post_settlements(session, invoice, net)


def post_settlements(session: Session, invoice: Invoice) -> None:
    """What was received and given up of an invoice, after an allocation came or went."""
    session.flush()
    if invoice.issued_at is None:
        return
    net = _posted_net(session, col(RevenueEntry.invoice_id) == invoice.id, RevenueKind.INVOICE)
    if not net:
        post_invoice(session, invoice)
        return
    tax_posting.post_invoice(session, invoice, counts=True)
    settled = col(RevenueEntry.kind).not_in(DOCUMENT)
    _clear(session, (col(RevenueEntry.invoice_id) == invoice.id) & settled)
    _post_settlements(session, invoice, net)


def post_credit_note(session: Session, note: CreditNote) -> None:
    """What a credit note takes back by its date, and what of it was refunded; then the invoices that it was
    applied to, as a credit changes what their receipts are worth."""
    session.flush()
    _clear(session, col(RevenueEntry.credit_note_id) == note.id)
    counts = bool(note.issued_at) and not note.voided_at
    tax_posting.post_credit_note(session, note, counts=counts)
    if not counts:
        return
    lines = list(
        session.execute(select(CreditNoteLine).where(col(CreditNoteLine.credit_note_id) == note.id)).scalars()
    )
    origins = _lines_by_id(session, [line.invoice_line_id for line in lines if line.invoice_line_id])
    shares = [
        _bucket_shares(session, origins[line.invoice_line_id])
        if line.invoice_line_id in origins
        else {(None, None): 1}
        for line in lines
    ]
    net = _net(session, note, lines, shares)
    taken = {bucket: -amount for bucket, amount in net.items()}
    _write(session, note.client_id, _document(RevenueKind.CREDIT_NOTE, note.issue_date, taken), note=note)
    used = use_credit(net, note.total_minor, uses_of(session, note.id or 0))
    still = [
        Posting(RevenueKind.OPEN, note.issue_date, bucket, -part) for bucket, part in used.unused.items()
    ]
    _write(session, note.client_id, (*used.postings, *still), note=note)


def post_credit_use(session: Session, note: CreditNote) -> None:
    """After a credit note was applied or refunded."""
    post_credit_note(session, note)
    applied = select(col(Allocation.invoice_id)).where(
        col(Allocation.credit_note_id) == note.id, col(Allocation.removed_at).is_(None)
    )
    for invoice in session.execute(select(Invoice).where(col(Invoice.id).in_(applied))).scalars().all():
        post_settlements(session, invoice)


def ensure(session: Session) -> None:
    """Post the documents of a database that is older than the entries of revenue, or than those of tax as
    they are now: a migration that changes their rules empties them."""
    issued = select(col(Invoice.id)).where(col(Invoice.issued_at).is_not(None))
    if (_is_empty(session, RevenueEntry) or _is_empty(session, TaxEntry)) and session.execute(
        issued.limit(1)
    ).first():
        rebuild(session)


def _is_empty(session: Session, table) -> bool:
    return session.execute(select(col(table.id)).limit(1)).first() is None


def rebuild(session: Session) -> int:
    """Every entry anew, for after a restore or a change of the rules; how many documents were posted."""
    session.execute(delete(RevenueEntry))
    session.execute(delete(TaxEntry))
    session.execute(delete(ReceivedCost))
    done = 0
    for table, post in ((CreditNote, post_credit_note), (Invoice, post_invoice)):
        ids = session.execute(select(col(table.id)).order_by(col(table.id))).scalars().all()
        for id in ids:
            post(session, session.get_one(table, id))
            done += 1
        session.expire_all()
    return done


def fingerprint(session: Session) -> Counter[tuple]:
    """How often each entry stands in the database, but for its id: equal before and after a rebuild."""
    found: Counter[tuple] = Counter()
    for table in (RevenueEntry, TaxEntry, ReceivedCost):
        columns = [column for column in sql_inspect(table).columns if column.name != "id"]
        found.update((table.__tablename__, *row) for row in session.execute(select(*columns)))
    return found


def _post_settlements(session: Session, invoice: Invoice, net: Mapping[Bucket, int]) -> None:
    rows = session.execute(
        select(Allocation, Payment)
        .outerjoin(Payment, col(Payment.id) == col(Allocation.payment_id))
        .where(col(Allocation.invoice_id) == invoice.id, col(Allocation.removed_at).is_(None))
        .order_by(col(Allocation.id))
    ).all()
    credits = {
        note_id: _credit_of(session, note_id)
        for note_id in {row.credit_note_id for row, _ in rows if row.credit_note_id}
    }
    settlements = [
        replace(settlement_of(row), credited=_fit(credits[row.credit_note_id].get(row.id or 0, {}), net))
        if row.credit_note_id
        else settlement_of(row)
        for row, _ in rows
    ]
    earned = earn(net, invoice.total_minor, settlements)
    still = [
        Posting(RevenueKind.OPEN, invoice.issue_date, bucket, part) for bucket, part in earned.open.items()
    ]
    postings = (*earned.postings, *still, *_exchange(session, invoice, rows, net))
    _write(session, invoice.client_id, postings, invoice=invoice)
    expense_posting.post(session, invoice.id or 0)


def _exchange(session: Session, invoice: Invoice, rows: Sequence, net: Mapping[Bucket, int]) -> list[Posting]:
    """What a payment's rate made of the receivable, beside the document's: gross, on the payment's day."""
    base = _base(session)
    if invoice.currency == base:
        return []
    postings = []
    for row, payment in rows:
        if payment is None or payment.exchange_rate == invoice.exchange_rate:
            continue
        at_payment = convert(row.amount_minor, invoice.currency, base, payment.exchange_rate)
        difference = at_payment - convert(row.amount_minor, invoice.currency, base, invoice.exchange_rate)
        for bucket, part in zip(net, spread(difference, list(net.values())), strict=True):
            if part:
                postings.append(Posting(RevenueKind.EXCHANGE, row.allocated_on, bucket, part, row.id or 0))
    return postings


def _credit_of(session: Session, note_id: int) -> Mapping[int, Mapping[Bucket, int]]:
    """Of each allocation of a credit note, the net that it takes."""
    net = _posted_net(session, col(RevenueEntry.credit_note_id) == note_id, RevenueKind.CREDIT_NOTE)
    if not net:
        post_credit_note(session, session.get_one(CreditNote, note_id))
        net = _posted_net(session, col(RevenueEntry.credit_note_id) == note_id, RevenueKind.CREDIT_NOTE)
    gross = session.execute(
        select(col(CreditNote.total_minor)).where(col(CreditNote.id) == note_id)
    ).scalar_one()
    positive = {bucket: -amount for bucket, amount in net.items()}
    return use_credit(positive, gross, uses_of(session, note_id)).net  # type: ignore[return-value]


def _fit(credited: Mapping[Bucket, int], net: Mapping[Bucket, int]) -> Mapping[Bucket, int]:
    """The credit of another invoice has other projects: it takes from each of this one's in proportion."""
    if not credited or credited.keys() <= net.keys():
        return credited
    parts = spread(sum(credited.values()), list(net.values()))
    return dict(zip(net, parts, strict=True))


def _net(
    session: Session,
    document: DocumentColumns,
    lines: Sequence[LineColumns],
    shares: Sequence[Mapping[Bucket, int]],
) -> dict[Bucket, int]:
    """The document's net in base currency by bucket, less a discount after tax; surcharges belong to no
    project. What was paid in the client's name passes through and is no revenue."""
    found: dict[Bucket, int] = defaultdict(int)
    result = totals.results(document, lines)
    nets = [figures.net_minor for figures in result.lines]
    rest = document.net_minor - sum(nets)
    worth = document.net_minor - int(document.totals.get("discount_after_tax_minor", 0))
    whole = convert(worth, document.currency, _base(session), document.exchange_rate)
    parts = spread(whole, [*nets, rest]) if any([*nets, rest]) else [0] * (len(nets) + 1)
    passed_on = [line.kind is LineKind.DISBURSEMENT for line in lines]
    for part, share, passes in zip(parts, [*shares, {(None, None): 1}], [*passed_on, False], strict=True):
        if passes:
            continue
        for bucket, amount in zip(share, spread(part, list(share.values())), strict=True):
            found[bucket] += amount
    return {bucket: amount for bucket, amount in found.items() if amount} or {(None, None): 0}


def _bucket_shares(session: Session, line: InvoiceLine) -> dict[Bucket, int]:
    """Who earned a line: by the worth of the time on it, else its own project and person."""
    rows = session.execute(
        select(
            col(TimeLog.project_id),
            col(TimeLog.user_id),
            func.sum(col(TimeClaim.billed_seconds)),
            func.sum(col(TimeClaim.tracked_seconds)),
        )
        .join(TimeLog, col(TimeLog.id) == col(TimeClaim.time_log_id))
        .where(
            col(TimeClaim.invoice_line_id) == line.id,
            or_(col(TimeClaim.released_at).is_(None), col(TimeClaim.released_because).in_(TAKEN_BACK)),
        )
        .group_by(col(TimeLog.project_id), col(TimeLog.user_id))
        .order_by(col(TimeLog.project_id), col(TimeLog.user_id))
    ).all()
    if not rows:
        return {(line.project_id, line.user_id): 1}
    billed = sum(row[2] for row in rows)
    return {(row[0], row[1]): int(row[2] if billed else row[3]) for row in rows}


def _lines_by_id(session: Session, ids: Sequence[int]) -> dict[int | None, InvoiceLine]:
    rows = session.execute(select(InvoiceLine).where(col(InvoiceLine.id).in_(ids))).scalars()
    return {line.id: line for line in rows}


def _posted_net(session: Session, of, kind: RevenueKind) -> dict[Bucket, int]:
    rows = session.execute(
        select(col(RevenueEntry.project_id), col(RevenueEntry.user_id), col(RevenueEntry.amount_minor))
        .where(of, col(RevenueEntry.kind) == kind)
        .order_by(col(RevenueEntry.id))
    ).all()
    return {(row[0], row[1]): row[2] for row in rows}


def _document(kind: RevenueKind, day: date, net: Mapping[Bucket, int]) -> list[Posting]:
    return [Posting(kind, day, bucket, amount) for bucket, amount in net.items()]


def _write(
    session: Session,
    client_id: int,
    postings: Sequence[Posting],
    *,
    invoice: Invoice | None = None,
    note: CreditNote | None = None,
) -> None:
    for posting in postings:
        if posting.kind is RevenueKind.OPEN and not posting.amount_minor:
            continue
        project_id, user_id = posting.bucket  # type: ignore[misc]
        is_refund = posting.kind is RevenueKind.REFUND
        session.add(
            RevenueEntry(
                kind=posting.kind,
                day=posting.day,
                client_id=client_id,
                project_id=project_id,
                user_id=user_id,
                amount_minor=posting.amount_minor,
                invoice_id=invoice.id if invoice else None,
                credit_note_id=note.id if note else None,
                allocation_id=posting.source or None if not is_refund else None,
                refund_id=posting.source if is_refund else None,
            )
        )
    session.flush()


def _clear(session: Session, of) -> None:
    session.execute(delete(RevenueEntry).where(of).execution_options(synchronize_session=False))


def _is_cancelled_by_note(session: Session, invoice: Invoice) -> bool:
    found = select(col(CreditNote.id)).where(
        col(CreditNote.invoice_id) == invoice.id, col(CreditNote.voids_invoice)
    )
    return session.execute(found.limit(1)).first() is not None


def _base(session: Session) -> str:
    return session.execute(select(col(Portal.base_currency))).scalars().first() or "EUR"
