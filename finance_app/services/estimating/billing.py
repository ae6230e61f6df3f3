"""Invoices over parts of an accepted estimate or a sales order: what is left is checked under its lock."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from typing import Any

from sqlalchemy import select
from sqlmodel import Session, col

from finance_app.domain import parts as rules
from finance_app.domain.errors import DomainError, NotFound
from finance_app.domain.estimates import (
    EstimateAction,
    OrderAction,
    require_estimate_action,
    require_order_action,
)
from finance_app.domain.money import Money, to_decimal, to_minor
from finance_app.domain.parts import Deduct, PartKind, PartLine
from finance_app.domain.permissions import Permission
from finance_app.i18n import t
from finance_app.i18n.formats import money, percent
from finance_app.models import Client, Estimate, Invoice, InvoiceLine, SalesOrder
from finance_app.models.kinds import DiscountOn, LineKind, PriceMode
from finance_app.services.accounts.identity import Actor
from finance_app.services.audit import trail as audit
from finance_app.services.estimating.facts import estimate_facts, order_facts
from finance_app.services.estimating.papers import ESTIMATE, ESTIMATE_KIND, ORDER, ORDER_KIND
from finance_app.services.invoicing import parts, totals
from finance_app.services.invoicing.drafts import KIND, DraftHead, begin
from finance_app.services.invoicing.editing import locked
from finance_app.services.invoicing.papers import lines_in
from finance_app.services.invoicing.parts import REST, WHOLE, Contract
from finance_app.services.invoicing.price_claims import lock_parents, project_standings
from finance_app.services.portal import portal_of, today_in

_WHOLE_HEAD = (
    *("price_mode", "discount_kind", "discount_value", "discount_on", "taxes", "surcharges"),
    "total_rounding",
)
_WHOLE_LINE = (
    *("name", "description", "quantity", "unit", "unit_price", "discount_kind", "discount_value", "taxes"),
    *("item_id", "task_id", "milestone_id"),
)


class PartChoice(StrEnum):
    """What a manager asks to invoice."""

    WHOLE = "whole"
    DEPOSIT = "deposit"
    PERCENTAGE = "percentage"
    LINES = "lines"
    PROGRESS = "progress"
    BALANCE = "balance"


@dataclass(frozen=True)
class PartAsk:
    """A choice with its details: `percent` of a deposit or percentage, `percents` of progress by line id,
    `line_ids`, and when deposits are deducted (None: as the source says)."""

    choice: PartChoice
    percent: Decimal | None = None
    percents: Mapping[int, Decimal] = field(default_factory=dict)
    line_ids: Sequence[int] = ()
    deduct: Deduct | None = None


def contract(session: Session, actor: Actor, kind: str, source_id: int) -> Contract:
    """What was agreed, what invoices have billed of it, what is left. Raises NotFound."""
    actor.require(Permission.INVOICES_VIEW)
    source = session.get(Estimate if kind == ESTIMATE_KIND else SalesOrder, source_id)
    if source is None:
        raise NotFound
    return parts.contract_of(session, source)


def preview(session: Session, actor: Actor, kind: str, source_id: int, ask: PartAsk) -> tuple[int, int]:
    """Net and total, in minor units, of the invoice that `invoice_part` would make. Raises DomainError like
    it."""
    actor.require(Permission.INVOICES_EDIT)
    source: Any = session.get(Estimate if kind == ESTIMATE_KIND else SalesOrder, source_id)
    if source is None:
        raise NotFound
    invoice = Invoice(currency=source.currency, locale=source.locale, tax_rounding=source.tax_rounding)
    lines = _lines(session, kind, source, invoice, parts.contract_of(session, source), ask)
    result = totals.results(invoice, lines)
    return result.net_minor, result.total_minor


def invoice_part(
    session: Session, actor: Actor, kind: str, source_id: int, ask: PartAsk, request_key: str | None = None
) -> Invoice:
    """A draft over a part; a repeated `request_key` gives the invoice of the first time.

    Raises DomainError: not accepted, void, nothing left, or more than is left.
    """
    source: Any = locked(session, actor, source_id, ESTIMATE if kind == ESTIMATE_KIND else ORDER)
    if request_key:
        made = session.execute(select(Invoice).where(col(Invoice.request_key) == request_key))
        if (known := made.scalar_one_or_none()) is not None:
            return known
    portal = portal_of(session)
    if kind == ESTIMATE_KIND:
        require_estimate_action(EstimateAction.INVOICE, estimate_facts(session, source), today_in(portal))
    else:
        require_order_action(OrderAction.INVOICE, order_facts(session, source))
    agreed = parts.contract_of(session, source)
    head = DraftHead(
        title=source.title,
        reference=source.reference,
        exchange_rate=source.exchange_rate or None,
        recipients=tuple(source.recipients) or None,
    )
    invoice = begin(session, actor, session.get_one(Client, source.client_id), source.currency, head)
    invoice.title, invoice.locale = source.title, source.locale
    invoice.tax_rounding, invoice.request_key = source.tax_rounding, request_key
    if kind == ESTIMATE_KIND:
        invoice.estimate_id = source_id
    else:
        invoice.sales_order_id, invoice.estimate_id = source_id, source.estimate_id
    part = WHOLE if _is_whole(agreed, ask) else ask.choice.value
    invoice.billing = {"part": part, "source": source.number}
    lines = _lines(session, kind, source, invoice, agreed, ask)
    session.add_all(lines)
    session.flush()
    totals.compute(invoice, lines)
    totals.check(invoice, lines, portal)
    parts.check(session, invoice)
    session.flush()
    _check_price(session, source)
    details = {"part": invoice.billing["part"], "amount_minor": invoice.total_minor}
    audit.record(session, actor, KIND, invoice.id, "drafted", source=source.number, **details)
    audit.record(session, actor, kind, source_id, "part_invoiced", invoice=invoice.id, **details)
    return invoice


def _check_price(session: Session, source: Any) -> None:
    """Raises DomainError where a project made of the estimate has its price billed otherwise already."""
    estimate = source if isinstance(source, Estimate) else session.get(Estimate, source.estimate_id or 0)
    if estimate is None or not estimate.made_project or estimate.project_id is None:
        return
    lock_parents(session, [estimate.project_id], [])
    standing = project_standings(session, [estimate.project_id])[estimate.project_id]
    if (over := standing.excess(0)) > 0:
        raise DomainError(
            "error.parts.price_billed",
            field="percent",
            price=Money(standing.price_minor or 0, source.currency),
            over=Money(over, source.currency),
        )


def _is_whole(agreed: Contract, ask: PartAsk) -> bool:
    return not agreed.invoices and ask.choice in (PartChoice.WHOLE, PartChoice.BALANCE)


def _lines(
    session: Session, kind: str, source: Any, invoice: Invoice, agreed: Contract, ask: PartAsk
) -> list[InvoiceLine]:
    """The lines of what is asked for; the invoice gets the prices that they are in."""
    if _is_whole(agreed, ask):
        return _all_lines(session, kind, source, invoice)
    found = _plan(agreed, ask, ask.deduct or source.deduct)
    originals = {line.id: line for line in _source_lines(session, kind, source)}
    invoice.price_mode, invoice.discount_on = PriceMode.EXCLUSIVE, DiscountOn.PRICES
    lines = _part_lines(originals, source, invoice, agreed, found, ask)
    if source.price_mode is PriceMode.INCLUSIVE:
        _price_with_tax(invoice, lines)
    for line, part in zip(lines, found, strict=True):
        _price_as_agreed(line, originals.get(part.line_id or 0), source.currency)
    return lines


def _price_with_tax(invoice: Invoice, lines: Sequence[InvoiceLine]) -> None:
    """The same nets and taxes, said as the client has read them: in prices with tax."""
    for line, figures in zip(lines, totals.results(invoice, lines).lines, strict=True):
        line.unit_price = to_decimal(figures.total_minor, invoice.currency)
        charges = zip(line.taxes, figures.taxes, strict=True)
        line.taxes = [{**tax, "charged": charge.tax_minor} for tax, charge in charges]
    invoice.price_mode = PriceMode.INCLUSIVE


def _price_as_agreed(line: InvoiceLine, original: Any, currency: str) -> None:
    """A whole line keeps its own quantity and price where they give the amount: no discount of the document
    on it."""
    if original is not None and to_minor(line.unit_price, currency) == original.amount_minor:
        for name in ("quantity", "unit", "unit_price", "discount_kind", "discount_value"):
            setattr(line, name, getattr(original, name))


def _plan(agreed: Contract, ask: PartAsk, deduct: Deduct) -> list[PartLine]:
    what = agreed.agreed
    if ask.choice is PartChoice.DEPOSIT:
        return rules.deposit(what, _percent(ask))
    if ask.choice is PartChoice.PERCENTAGE:
        amounts = rules.by_percentage(what, _percent(ask))
    elif ask.choice is PartChoice.LINES:
        amounts = rules.by_lines(what, ask.line_ids)
    elif ask.choice is PartChoice.PROGRESS:
        amounts = rules.progress_to(what, ask.percents)
    else:
        amounts = rules.balance(what)
    return rules.part(what, amounts, deduct)


def _percent(ask: PartAsk) -> Decimal:
    if ask.percent is None:
        raise DomainError("error.parts.percent", field="percent")
    return ask.percent


def _all_lines(session: Session, kind: str, source: Any, invoice: Invoice) -> list[InvoiceLine]:
    """The source as it stands: its lines, discount, surcharges and rounding."""
    for name in _WHOLE_HEAD:
        setattr(invoice, name, getattr(source, name))
    counted = [line for line in _source_lines(session, kind, source) if totals.counts(line)]
    kept = [line for line in counted if line.kind is not LineKind.SECTION]
    return [
        InvoiceLine(
            invoice_id=invoice.id or 0,
            position=position,
            project_id=source.project_id,
            part=PartKind.WORK,
            source_line_id=line.id,
            **{name: getattr(line, name) for name in _WHOLE_LINE},
        )
        for position, line in enumerate(kept, start=1)
    ]


def _source_lines(session: Session, kind: str, source: Any) -> list[Any]:
    return lines_in(session, ESTIMATE if kind == ESTIMATE_KIND else ORDER, source.id)


def _part_lines(
    originals: Mapping[int, Any],
    source: Any,
    invoice: Invoice,
    agreed: Contract,
    found: Sequence[PartLine],
    ask: PartAsk,
) -> list[InvoiceLine]:
    locale, currency = source.locale, source.currency
    nets = {line.id: line for line in agreed.agreed.lines}
    deposits = ", ".join(
        each.number for each in agreed.invoices if each.number and each.billing.get("part") == "deposit"
    )
    lines = []
    for position, part in enumerate(found, start=1):
        taxes = [dict(tax) for tax in agreed.taxes[part.group]]  # type: ignore[index]
        if part.taxes is not None:
            for tax, amount in zip(taxes, part.taxes, strict=True):
                tax["charged"] = amount
        line = InvoiceLine(
            invoice_id=invoice.id or 0,
            position=position,
            project_id=source.project_id,
            part=part.kind,
            source_line_id=part.line_id,
            unit="piece",
            unit_price=to_decimal(part.net_minor, currency),
            taxes=taxes,
        )
        if part.kind is PartKind.DEPOSIT:
            share = percent(ask.percent or Decimal(0), locale)
            line.name = t(locale, "estimate.part.deposit_line", percent=share, number=source.number)
        elif part.kind is PartKind.DEDUCTION:
            line.name = t(locale, "estimate.part.deduction_line", numbers=deposits or source.number)
        else:
            whole = nets[part.line_id or 0]
            _name_work(line, originals.get(part.line_id), agreed.names.get(part.line_id or 0, ""), locale)
            if part.net_minor != whole.net_minor:
                share = percent(
                    (Decimal(part.net_minor) * 100 / Decimal(whole.net_minor)).quantize(Decimal("0.01")),
                    locale,
                )
                of = t(
                    locale,
                    "estimate.part.share",
                    percent=share,
                    amount=money(agreed.priced[part.line_id or 0], currency, locale),
                )
                line.description = "\n".join(text for text in (of, line.description) if text)
        lines.append(line)
    return lines


def _name_work(line: InvoiceLine, original: Any, name: str, locale: str) -> None:
    if original is None:
        line.name = name or t(
            locale, "estimate.part.rest" if line.source_line_id == REST else "estimate.part.extra"
        )
        return
    line.name, line.description = original.name, original.description
    line.item_id, line.task_id, line.milestone_id = original.item_id, original.task_id, original.milestone_id


__all__ = ["KIND", "ORDER_KIND", "PartAsk", "PartChoice", "contract", "invoice_part", "preview"]
