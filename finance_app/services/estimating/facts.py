"""What the states of estimates and sales orders follow from, for one of them and as SQL for lists."""

from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, and_, case, exists, func, literal, select
from sqlmodel import Session, col

from finance_app.domain.estimates import EstimateFacts, EstimateState, OrderFacts, OrderState
from finance_app.models import Estimate, Invoice, SalesOrder


def estimate_facts(session: Session | None, estimate: Estimate) -> EstimateFacts:
    """Without a session: of an estimate that cannot be billed yet."""
    billed, ordered = 0, False
    if session is not None and estimate.accepted_at is not None:
        billed = session.execute(select(billed_of_estimate(estimate.id))).scalar_one()
        ordered = bool(session.execute(select(_ordered(estimate.id))).scalar_one())
    return EstimateFacts(
        total_minor=estimate.total_minor,
        billed_minor=billed,
        issued_at=estimate.issued_at,
        viewed_at=estimate.viewed_at,
        expires_on=estimate.expires_on,
        accepted_at=estimate.accepted_at,
        declined_at=estimate.declined_at,
        superseded_at=estimate.superseded_at,
        ordered=ordered,
        has_project=estimate.project_id is not None,
    )


def order_facts(session: Session | None, order: SalesOrder) -> OrderFacts:
    billed = 0
    if session is not None and order.issued_at is not None:
        billed = session.execute(select(billed_of_order(order.id))).scalar_one()
    return OrderFacts(order.total_minor, billed, order.issued_at, order.voided_at)


def billed_of_estimate(estimate_id: Any) -> ColumnElement[int]:
    """Minor units of an estimate on invoices that are not void, through its sales order too."""
    return _billed(col(Invoice.estimate_id) == estimate_id)


def billed_of_order(order_id: Any) -> ColumnElement[int]:
    return _billed(col(Invoice.sales_order_id) == order_id)


def _billed(mine: ColumnElement[bool]) -> ColumnElement[int]:
    return (
        select(func.coalesce(func.sum(col(Invoice.part_minor)), 0))
        .where(mine, col(Invoice.voided_at).is_(None))
        .scalar_subquery()
    )


def _ordered(estimate_id: Any) -> ColumnElement[bool]:
    return exists().where(col(SalesOrder.estimate_id) == estimate_id, col(SalesOrder.voided_at).is_(None))


def estimate_state_sql(today: date) -> ColumnElement[str]:
    """`domain.estimates.estimate_state` as SQL, so that the database filters and counts by it."""
    state = EstimateState
    whole = and_(col(Estimate.total_minor) > 0, billed_of_estimate(Estimate.id) >= col(Estimate.total_minor))
    return case(
        (and_(col(Estimate.accepted_at).is_not(None), whole), literal(state.INVOICED.value)),
        (col(Estimate.accepted_at).is_not(None), literal(state.ACCEPTED.value)),
        (col(Estimate.declined_at).is_not(None), literal(state.DECLINED.value)),
        (col(Estimate.superseded_at).is_not(None), literal(state.SUPERSEDED.value)),
        (col(Estimate.issued_at).is_(None), literal(state.DRAFT.value)),
        (col(Estimate.expires_on) < today, literal(state.EXPIRED.value)),
        (col(Estimate.viewed_at).is_not(None), literal(state.VIEWED.value)),
        else_=literal(state.SENT.value),
    )


def order_state_sql() -> ColumnElement[str]:
    """`domain.estimates.order_state` as SQL."""
    state = OrderState
    billed = billed_of_order(SalesOrder.id)
    return case(
        (col(SalesOrder.voided_at).is_not(None), literal(state.VOID.value)),
        (col(SalesOrder.issued_at).is_(None), literal(state.DRAFT.value)),
        (
            and_(col(SalesOrder.total_minor) > 0, billed >= col(SalesOrder.total_minor)),
            literal(state.INVOICED.value),
        ),
        (billed > 0, literal(state.PARTIALLY_INVOICED.value)),
        else_=literal(state.OPEN.value),
    )
