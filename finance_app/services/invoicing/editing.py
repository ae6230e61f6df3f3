"""Changes of a document, on the version they were made for: of a draft, or of what its kind leaves open."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy import func, select, update
from sqlmodel import Session, col

from finance_app.domain.errors import DomainError, NotFound
from finance_app.domain.permissions import Permission
from finance_app.domain.time import hours
from finance_app.domain.workflow import InvoiceAction, invoice_state, require_action
from finance_app.models import AuditEvent, CreditNoteLine, Invoice, InvoiceLine, Item, Portal
from finance_app.models.columns import now
from finance_app.models.document import DocumentColumns, LineColumns
from finance_app.models.kinds import DiscountOn, LineKind, PriceMode, TaxRounding
from finance_app.services.accounts.identity import Actor
from finance_app.services.audit import trail as audit
from finance_app.services.invoicing import charging, parts, totals
from finance_app.services.invoicing.changes import as_texts, differing
from finance_app.services.invoicing.drafts import KIND, default_taxes, tax_copies
from finance_app.services.invoicing.facts import facts_of
from finance_app.services.invoicing.papers import Paper, lines_in
from finance_app.services.invoicing.terms import terms_of
from finance_app.services.invoicing.values import (
    choice_of,
    day_of,
    decimal_of,
    discount_of,
    surcharge_of,
    text_of,
)
from finance_app.services.portal import portal_of, today_in
from finance_app.services.profitability import posting

MOST_LINES = 5000
_TEXTS = {"title": 200, "reference": 100, "notes": 5000}
_SUMS = ("net_minor", "tax_minor", "total_minor")
_LINE_TEXTS = {"name": 500, "description": 10_000, "unit": 20}
_PRICING = frozenset({"quantity", "unit_price", "discount", "tax_ids"})


@dataclass(frozen=True)
class SetHead:
    """New values of the document by name: texts, dates (ISO), terms, discount, tax_ids, surcharges, modes."""

    values: Mapping[str, Any]


@dataclass(frozen=True)
class SetLine:
    """New values of a line by name: name, description, quantity, unit, unit_price, discount, tax_ids."""

    line_id: int
    values: Mapping[str, Any]


@dataclass(frozen=True)
class AddLine:
    """A line at the end, blank or from an item, with these values."""

    values: Mapping[str, Any]
    item_id: int | None = None


@dataclass(frozen=True)
class RemoveLine:
    """A line goes; the time on it becomes billable again."""

    line_id: int


@dataclass(frozen=True)
class MoveLine:
    """A line goes to another place, counted from 1."""

    line_id: int
    position: int


Change = SetHead | SetLine | AddLine | RemoveLine | MoveLine


def _check_editable(invoice: Invoice, portal: Portal) -> None:
    require_action(InvoiceAction.EDIT, facts_of(invoice), today_in(portal), portal.strict_numbering)


def _give_time_back(session: Session, actor: Actor, invoice: Invoice, line: InvoiceLine) -> None:
    freed = charging.release_lines(session, actor, [line.id or 0], "line_removed")
    if freed:
        audit.record(session, actor, KIND, invoice.id, "time_released", logs=freed, line=line.name)
    session.execute(
        update(CreditNoteLine)
        .where(col(CreditNoteLine.invoice_line_id) == line.id)
        .values(invoice_line_id=None)
    )


def _follow(session: Session, actor: Actor, invoice: Invoice, line: InvoiceLine, confirmed: bool) -> None:
    charging.edited(session, actor, invoice, line, confirmed=confirmed)


def save(
    session: Session,
    actor: Actor,
    document_id: int,
    version: int,
    changes: Sequence[Change],
    paper: Paper | None = None,
    *,
    confirmed: bool = False,
) -> Any:
    """Apply changes in order and work the totals out anew; of an invoice, or of the kind that `paper` says.

    `confirmed` says that a price may be exceeded. Raises DomainError: not editable any more, somebody else
    saved meanwhile, a value that cannot be, a price exceeded without that.
    """
    paper = paper or INVOICE
    document = locked(session, actor, document_id, paper)
    portal = portal_of(session)
    paper.check_editable(document, portal)
    check_version(session, document, version, paper.kind)
    before = _figures(document, paper)
    _count_positions(lines_in(session, paper, document_id))
    told = [_apply(session, actor, paper, document, change, confirmed) for change in changes]
    session.flush()
    lines = lines_in(session, paper, document_id)
    _count_positions(lines)
    totals.compute(document, lines)
    totals.check(document, lines, portal)
    paper.check(session, document, lines)
    document.version += 1
    document.updated_at = now()
    after = _figures(document, paper)
    changed = [name for name in after if after[name] != before[name]]
    audit.record(
        session,
        actor,
        paper.kind,
        document_id,
        "edited" if document.number is None else "revised",
        before={name: before[name] for name in changed},
        after={name: after[name] for name in changed},
        changes=[change for change in told if change.get("fields", True)][:50],
        version=document.version,
    )
    if paper is INVOICE and document.number is not None:
        document.state = invoice_state(facts_of(document))
        posting.post_invoice(session, document)
    session.flush()
    return document


def _count_positions(lines: Sequence[LineColumns]) -> None:
    for position, line in enumerate(lines, start=1):
        if line.position != position:
            line.position = position


def _figures(document: Any, paper: Paper) -> dict[str, Any]:
    """What follows from the changes, for the audit trail."""
    return {**{name: getattr(document, name) for name in _SUMS}, **paper.summary(document)}


def locked(session: Session, actor: Actor, document_id: int, paper: Paper | None = None) -> Any:
    """A document, or an invoice, whose row is ours until the commit. Raises NotFound."""
    actor.require(Permission.INVOICES_EDIT)
    kind: Any = (paper or INVOICE).document
    document = session.execute(
        select(kind)
        .where(col(kind.id) == document_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).scalar_one_or_none()
    if document is None:
        raise NotFound()
    return document


def check_version(session: Session, document: DocumentColumns, version: int, kind: str = KIND) -> None:
    """Raises DomainError naming who changed the document since `version`, and how often."""
    if document.version == version:
        return
    object_id = getattr(document, "id", None)
    last = session.execute(
        select(AuditEvent)
        .where(col(AuditEvent.object_kind) == kind, col(AuditEvent.object_id) == object_id)
        .order_by(col(AuditEvent.id).desc())
        .limit(1)
    ).scalar_one_or_none()
    raise DomainError(
        "invoicing.error.newer", who=last.actor_name if last else "", n=max(1, document.version - version)
    )


def _apply(
    session: Session, actor: Actor, paper: Paper, document: Any, change: Change, confirmed: bool
) -> dict[str, Any]:
    """Make a change, and say what it changed (see `changes`)."""
    match change:
        case SetHead(values):
            follows = {"payment_terms", "issue_date"} & set(values) and hasattr(document, "due_date")
            names = [*values, "due_date"] if follows else [*values]
            before = as_texts(document, names)
            _set_head(session, paper, document, values)
            return {"what": "head", "fields": differing(before, as_texts(document, names))}
        case SetLine(line_id, values):
            line = _line(session, paper, document, line_id)
            before, name = as_texts(line, values), line.name
            _set_line(session, paper, document, line, values)
            if not {"quantity", "unit_price"}.isdisjoint(values):
                paper.priced(session, actor, document, line, confirmed)
            fields = differing(before, as_texts(line, values))
            return {"what": "line", "line": line.position, "name": name, "fields": fields}
        case AddLine(values, item_id):
            line = _add_line(session, paper, document, values, item_id)
            return {"what": "added", "line": line.position, "name": line.name}
        case RemoveLine(line_id):
            line = _line(session, paper, document, line_id)
            removed = {"what": "removed", "line": line.position, "name": line.name}
            paper.removing(session, actor, document, line)
            session.delete(line)
            session.flush()
            return removed
        case MoveLine(line_id, position):
            line = _line(session, paper, document, line_id)
            was = line.position
            _move(session, paper, document, line, position)
            return {"what": "moved", "line": was, "name": line.name, "to": line.position}


def _line(session: Session, paper: Paper, document: Any, line_id: int) -> Any:
    line = session.get(paper.line, line_id)
    if line is None or paper.of(line) != document.id:
        raise NotFound()
    return line


def _add_line(
    session: Session, paper: Paper, document: Any, values: Mapping[str, Any], item_id: int | None
) -> Any:
    kind: Any = paper.line
    last, count = session.execute(
        select(func.max(col(kind.position)), func.count()).where(getattr(kind, paper.parent) == document.id)
    ).one()
    if count >= MOST_LINES:
        raise DomainError("invoicing.error.too_many_lines", n=MOST_LINES)
    line = paper.new_line(document.id or 0, position=(last or 0) + 1)
    line.taxes = default_taxes(session, document.client_id)
    if item_id is not None:
        item = session.get(Item, item_id)
        if item is None:
            raise NotFound()
        if item.currency != document.currency:
            raise DomainError("invoicing.error.item_currency", currency=item.currency)
        line.kind = LineKind.ITEM
        if hasattr(line, "item_id"):
            line.item_id = item.id
        line.name, line.description, line.unit = item.name, item.description, item.unit
        line.unit_price = item.unit_price
        if item.tax_id:
            line.taxes = tax_copies(session, [item.tax_id])
    _set_line(session, paper, document, line, values)
    session.add(line)
    session.flush()
    return line


def _move(session: Session, paper: Paper, document: Any, line: Any, position: int) -> None:
    lines = lines_in(session, paper, document.id or 0)
    lines.remove(line)
    lines.insert(min(max(position, 1), len(lines) + 1) - 1, line)
    _count_positions(lines)


def _set_line(session: Session, paper: Paper, document: Any, line: Any, values: Mapping[str, Any]) -> None:
    for name, value in values.items():
        if name in _LINE_TEXTS:
            setattr(line, name, text_of(name, value, _LINE_TEXTS[name]))
        elif name == "quantity":
            _set_quantity(line, decimal_of(name, value))
        elif name == "unit_price":
            line.unit_price = decimal_of(name, value)
        elif name == "discount":
            line.discount_kind, line.discount_value = discount_of(value, document.currency)
        elif name == "tax_ids":
            line.taxes = tax_copies(session, [int(each) for each in value])
        else:
            paper.set_line(line, name, value)
        if name in _PRICING:
            line.taxes = totals.worked_out(line.taxes)


def _set_quantity(line: LineColumns, quantity: Decimal) -> None:
    """A line of time keeps its logs; what is billed of them changes, in seconds."""
    line.quantity = quantity
    if line.billed_seconds is not None:
        if quantity < 0:
            raise DomainError("invoicing.error.negative_time", field="quantity")
        line.billed_seconds = int((quantity * 3600).to_integral_value(rounding="ROUND_HALF_UP"))


def _set_head(session: Session, paper: Paper, document: Any, values: Mapping[str, Any]) -> None:
    for name, value in values.items():
        if name in _TEXTS:
            setattr(document, name, text_of(name, value, _TEXTS[name]))
        elif name == "issue_date":
            if document.number is not None:
                raise DomainError("invoicing.error.numbered_date", field="issue_date")
            document.issue_date = day_of(name, value)
        elif name == "recipients":
            document.recipients = [str(each).strip() for each in value if str(each).strip()][:20]
        elif name == "discount":
            document.discount_kind, document.discount_value = discount_of(value, document.currency)
        elif name == "discount_on":
            document.discount_on = choice_of(DiscountOn, name, value)
        elif name == "price_mode":
            mode = choice_of(PriceMode, name, value)
            if mode is not document.price_mode:
                for line in lines_in(session, paper, document.id or 0):
                    line.taxes = totals.worked_out(line.taxes)
            document.price_mode = mode
        elif name == "tax_rounding":
            document.tax_rounding = choice_of(TaxRounding, name, value)
        elif name == "tax_ids":
            document.taxes = tax_copies(session, [int(each) for each in value])
        elif name == "surcharges":
            document.surcharges = [surcharge_of(session, each) for each in value][:10]
        elif name == "total_rounding":
            step = decimal_of(name, value) if value else None
            if step is not None and step <= 0:
                raise DomainError("invoicing.error.rounding_step", field=name)
            document.total_rounding = step
        elif name == "exchange_rate":
            rate = decimal_of(name, value, decimals=10)
            if rate <= 0:
                raise DomainError("invoicing.error.exchange_rate", field=name)
            if rate != 1 and document.currency == portal_of(session).base_currency:
                raise DomainError(
                    "invoicing.error.exchange_rate_of_base", field=name, currency=document.currency
                )
            document.exchange_rate = rate
        else:
            paper.set_head(session, document, name, value)


def _set_invoice_head(_session: Session, invoice: Invoice, name: str, value: Any) -> None:
    if name == "due_date":
        invoice.due_date = day_of(name, value)
    elif name == "payment_terms":
        invoice.payment_terms = str(value)
        invoice.due_date = terms_of(invoice.payment_terms).due_date(invoice.issue_date)
    else:
        raise NotFound()


def _check_invoice(session: Session, invoice: Invoice, _lines: list[InvoiceLine]) -> None:
    parts.check(session, invoice)
    if invoice.due_date < invoice.issue_date:
        raise DomainError("invoicing.error.due_before_issue", field="due_date")


def written_down(line: InvoiceLine) -> Decimal | None:
    """Hours tracked on a line and not billed, negative where more is billed; None where they agree."""
    if line.tracked_seconds is None or line.billed_seconds is None:
        return None
    return hours(line.tracked_seconds - line.billed_seconds) or None


INVOICE = Paper(
    kind=KIND,
    document=Invoice,
    line=InvoiceLine,
    parent="invoice_id",
    check_editable=_check_editable,
    set_head=_set_invoice_head,
    priced=_follow,
    removing=_give_time_back,
    check=_check_invoice,
)
