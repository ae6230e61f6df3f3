"""What an estimate or a sales order agreed, and how much of it its invoices bill."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from fractions import Fraction
from typing import Any

from sqlalchemy import func, select
from sqlmodel import Session, col

from finance_app.domain import billing, parts
from finance_app.domain.errors import DomainError
from finance_app.domain.money import round_half_up
from finance_app.domain.parts import Agreed, AgreedLine, Group, PartKind
from finance_app.domain.tax import Charge
from finance_app.models import (
    CreditNote,
    CreditNoteLine,
    Estimate,
    EstimateLine,
    Invoice,
    InvoiceLine,
    SalesOrder,
    SalesOrderLine,
)
from finance_app.models.kinds import PriceMode
from finance_app.services.invoicing import totals
from finance_app.services.invoicing.totals import counts

WHOLE = "whole"
"""`Invoice.billing["part"]` of an invoice that copies all of its source, discount and surcharges too."""
REST = -1000
"""The id of what belongs to no line: a discount after tax, and the rounding of the total."""

Key = tuple[tuple[str, str, str], ...]


@dataclass(frozen=True)
class Contract:
    """The agreed, the names and amounts of its lines as priced, with tax on documents whose prices have it,
    copies of its taxes by group, its invoices from the oldest."""

    agreed: Agreed
    names: dict[int, str]
    priced: dict[int, int]
    taxes: dict[Key, list[dict[str, Any]]]
    invoices: list[Invoice] = field(default_factory=list)
    total_minor: int = 0

    @property
    def billed_minor(self) -> int:
        """What invoices that are not void bill of it, with tax."""
        return sum(invoice.part_minor for invoice in self.invoices)

    @property
    def left_minor(self) -> int:
        return self.total_minor - self.billed_minor


@dataclass
class _Taken:
    """What invoices have taken of a group."""

    taxes: list[int]
    advance_minor: int = 0
    advance_taxes: list[int] = field(default_factory=list)


def source_of(session: Session, invoice: Invoice) -> Estimate | SalesOrder | None:
    """What an invoice bills a part of."""
    if invoice.sales_order_id:
        return session.get(SalesOrder, invoice.sales_order_id)
    return session.get(Estimate, invoice.estimate_id) if invoice.estimate_id else None


def lock(session: Session, source: Estimate | SalesOrder) -> None:
    """Hold the row of a source until the commit, so that two parts of it are billed one after the other."""
    kind: Any = type(source)
    session.execute(select(kind).where(kind.id == source.id).with_for_update())


def contract_of(session: Session, source: Estimate | SalesOrder) -> Contract:
    """What a source agreed and what its invoices have taken, drafts too."""
    lines: dict[int, tuple[Key, int]] = {}
    names: dict[int, str] = {}
    priced: dict[int, int] = {}
    with_tax = source.price_mode is PriceMode.INCLUSIVE
    copies: dict[Key, list[dict[str, Any]]] = {}
    sums: dict[Key, tuple[int, list[int]]] = {}
    for line_id, name, taxes, net, charges in _agreed_rows(source, _lines(session, source)):
        key = _key(taxes)
        lines[line_id], names[line_id], copies[key] = (key, net), name, list(taxes)
        priced[line_id] = net + sum(charge.tax_minor for charge in charges) if with_tax else net
        before, amounts = sums.get(key, (0, [0] * len(charges)))
        sums[key] = before + net, [a + c.tax_minor for a, c in zip(amounts, charges, strict=True)]
    invoices = _invoices(session, source)
    billed: dict[int, int] = defaultdict(int)
    taken = {key: _Taken([0] * len(t), 0, [0] * len(t)) for key, (_, t) in sums.items()}
    for invoice in invoices:
        for part, line_id, taxes, net, charges in _billed_rows(session, invoice):
            key = _key(taxes)
            if key not in taken or (line_id is not None and lines.get(line_id, (key,))[0] != key):
                raise DomainError("error.parts.tax", number=invoice.number or "")
            group = taken[key]
            group.taxes = [a + c.tax_minor for a, c in zip(group.taxes, charges, strict=True)]
            if part is PartKind.WORK:
                billed[line_id or 0] += net
            else:
                group.advance_minor += net
                pairs = zip(group.advance_taxes, charges, strict=True)
                group.advance_taxes = [a + c.tax_minor for a, c in pairs]
    agreed = Agreed(
        tuple(AgreedLine(line_id, key, net, billed[line_id]) for line_id, (key, net) in lines.items()),
        tuple(
            Group(
                key,
                net,
                tuple(amounts),
                tuple(taken[key].taxes),
                taken[key].advance_minor,
                tuple(taken[key].advance_taxes),
            )
            for key, (net, amounts) in sums.items()
        ),
    )
    return Contract(agreed, names, priced, copies, invoices, source.total_minor)


def check(session: Session, invoice: Invoice) -> None:
    """Note on an invoice what it bills of its source, and hold it against what was agreed, under its lock.

    Raises DomainError where its invoices together would come to more.
    """
    source = source_of(session, invoice)
    if source is None:
        return
    lock(session, source)
    session.flush()
    rows = list(_billed_rows(session, invoice))
    invoice.part_minor = sum(net + sum(c.tax_minor for c in charges) for *_, net, charges in rows)
    contract = contract_of(session, source)
    parts.check_within(contract.agreed)
    if contract.left_minor < 0:
        raise DomainError("error.parts.above_left", field="amounts")


def deposit_total(document: Any, lines: Sequence[Any], percent: Decimal) -> int:
    """What an invoice over a deposit of a document comes to, with tax, in minor units."""
    sums: dict[Key, int] = defaultdict(int)
    copies: dict[Key, Sequence[dict[str, Any]]] = {}
    for _, _, taxes, net, _ in _agreed_rows(document, lines):
        sums[_key(taxes)] += net
        copies[_key(taxes)] = taxes
    agreed = Agreed((), tuple(Group(key, net) for key, net in sums.items()))
    if not any(sums.values()):
        return 0
    shares = parts.deposit(agreed, percent)
    priced = tuple(
        billing.Line(amount_minor=share.net_minor, taxes=totals.taxes_of(copies[share.group]))  # type: ignore[index]
        for share in shares
    )
    rounding = document.tax_rounding
    return billing.totals(billing.Document(document.currency, priced, tax_rounding=rounding)).total_minor


def _lines(session: Session, source: Estimate | SalesOrder) -> list[Any]:
    kind: Any = EstimateLine if isinstance(source, Estimate) else SalesOrderLine
    parent = "estimate_id" if isinstance(source, Estimate) else "sales_order_id"
    found = session.execute(
        select(kind).where(getattr(kind, parent) == source.id).order_by(kind.position, kind.id)
    ).scalars()
    return [line for line in found if counts(line)]


def _invoices(session: Session, source: Estimate | SalesOrder) -> list[Invoice]:
    mine = (
        (col(Invoice.estimate_id) == source.id) & col(Invoice.sales_order_id).is_(None)
        if isinstance(source, Estimate)
        else col(Invoice.sales_order_id) == source.id
    )
    return list(
        session.execute(
            select(Invoice).where(mine, col(Invoice.voided_at).is_(None)).order_by(col(Invoice.id))
        ).scalars()
    )


Row = tuple[int, str, Sequence[dict[str, Any]], int, Sequence[Charge]]


def _agreed_rows(document: Any, lines: Sequence[Any]) -> Iterator[Row]:
    """Id, name, taxes, net and charges of each line, surcharge and the rest of a document."""
    result = totals.results(document, lines)
    for line, figures in zip(lines, result.lines, strict=True):
        if figures.net_minor or any(charge.tax_minor for charge in figures.taxes):
            yield line.id, line.name, [*line.taxes, *document.taxes], figures.net_minor, figures.taxes
    for place, (extra, figures) in enumerate(zip(document.surcharges, result.surcharges, strict=True), 1):
        taxes = [*extra.get("taxes", ()), *(document.taxes if extra.get("taxed", True) else ())]
        yield -place, extra["name"], taxes, figures.net_minor, figures.taxes
    rest = result.rounding_minor - result.discount_after_tax_minor
    if rest:
        yield REST, "", [], rest, ()


def _billed_rows(
    session: Session, invoice: Invoice
) -> Iterator[tuple[PartKind, int | None, Sequence[dict[str, Any]], int, Sequence[Charge]]]:
    """Part, line of the source, taxes, net and charges of all that an invoice bills of its source."""
    lines = list(
        session.execute(
            select(InvoiceLine)
            .where(col(InvoiceLine.invoice_id) == invoice.id)
            .order_by(col(InvoiceLine.position), col(InvoiceLine.id))
        ).scalars()
    )
    result = totals.results(invoice, lines)
    back = _given_back(session, invoice, lines)
    for line, figures in zip(lines, result.lines, strict=True):
        if line.part is not None:
            taxes = [*line.taxes, *invoice.taxes]
            kept = 1 - back.get(line.id or 0, Fraction(0))
            charges = [
                replace(charge, tax_minor=round_half_up(charge.tax_minor * kept)) for charge in figures.taxes
            ]
            yield line.part, line.source_line_id, taxes, round_half_up(figures.net_minor * kept), charges
    if invoice.billing.get("part") == WHOLE:
        for line_id, _, taxes, net, charges in _agreed_rows(invoice, lines):
            if line_id < 0:
                yield PartKind.WORK, line_id, taxes, net, charges


def _given_back(session: Session, invoice: Invoice, lines: Sequence[InvoiceLine]) -> dict[int, Fraction]:
    """Of each line, the part that live credit notes leave to be invoiced again."""
    if invoice.issued_at is None:
        return {}
    rows = session.execute(
        select(col(CreditNoteLine.invoice_line_id), func.sum(col(CreditNoteLine.amount_minor)))
        .join(CreditNote, col(CreditNote.id) == col(CreditNoteLine.credit_note_id))
        .where(
            col(CreditNote.invoice_id) == invoice.id,
            col(CreditNote.voided_at).is_(None),
            col(CreditNoteLine.releases_time),
        )
        .group_by(col(CreditNoteLine.invoice_line_id))
    ).all()
    worth = {line.id: line.amount_minor for line in lines}
    return {
        line_id: min(Fraction(int(amount), worth[line_id]), Fraction(1))
        for line_id, amount in rows
        if worth.get(line_id)
    }


def _key(taxes: Sequence[dict[str, Any]]) -> Key:
    """What is taxed alike has the same names, rates and categories of taxes."""
    return tuple(
        (tax["name"], format(Decimal(tax["rate"]).normalize(), "f"), tax.get("category") or "S")
        for tax in taxes
    )
