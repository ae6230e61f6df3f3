"""Estimates and sales orders for the editor: their tables, when they may be changed, what is their own."""

from decimal import Decimal
from typing import Any

from sqlalchemy import select
from sqlmodel import Session, col

from finance_app.domain.errors import DomainError, NotFound
from finance_app.domain.estimates import (
    EstimateAction,
    OrderAction,
    require_estimate_action,
    require_order_action,
)
from finance_app.domain.parts import Deduct
from finance_app.models import Estimate, EstimateLine, Portal, SalesOrder, SalesOrderLine
from finance_app.models.kinds import LineKind
from finance_app.services.estimating.facts import estimate_facts, order_facts
from finance_app.services.invoicing.editing import day_of, decimal_of, text_of
from finance_app.services.invoicing.papers import Paper
from finance_app.services.portal import today_in

ESTIMATE_KIND = "estimate"
ORDER_KIND = "sales_order"
MOST_YEARS = 10


def _estimate_editable(estimate: Estimate, portal: Portal) -> None:
    require_estimate_action(EstimateAction.EDIT, estimate_facts(None, estimate), today_in(portal))


def _order_editable(order: SalesOrder, _portal: Portal) -> None:
    require_order_action(OrderAction.EDIT, order_facts(None, order))


def _set_agreed_head(_session: Session, document: Any, name: str, value: Any) -> None:
    if name == "terms":
        document.terms = text_of(name, value, 5000)
    elif name == "deposit_percent":
        percent = decimal_of(name, value) if str(value).strip() else None
        if percent is not None and not 0 <= percent <= 100:
            raise DomainError("error.parts.percent", field=name)
        document.deposit_percent = percent or None
    elif name == "deduct":
        try:
            document.deduct = Deduct(value)
        except ValueError:
            raise DomainError("invoicing.error.choice", field=name) from None
    else:
        raise NotFound


def _set_estimate_head(session: Session, estimate: Estimate, name: str, value: Any) -> None:
    if name == "expires_on":
        estimate.expires_on = day_of(name, value) if value else None
    else:
        _set_agreed_head(session, estimate, name, value)


def _set_estimate_line(line: EstimateLine, name: str, value: Any) -> None:
    if name == "section":
        line.kind, line.unit_price, line.taxes = LineKind.SECTION, Decimal(0), []
        return
    if name not in ("optional", "chosen"):
        raise NotFound
    setattr(line, name, value is True or str(value) in ("true", "on", "True"))
    if not line.optional:
        line.chosen = False


def check_expiry(estimate: Estimate) -> None:
    """Raises DomainError for an expiry before the date of the estimate, or absurdly late."""
    if estimate.expires_on is None:
        return
    if estimate.expires_on < estimate.issue_date:
        raise DomainError("estimate.error.expiry_before_issue", field="expires_on")
    if estimate.expires_on.year > estimate.issue_date.year + MOST_YEARS:
        raise DomainError("estimate.error.expiry_too_late", field="expires_on", n=MOST_YEARS)


ESTIMATE = Paper(
    kind=ESTIMATE_KIND,
    document=Estimate,
    line=EstimateLine,
    parent="estimate_id",
    check_editable=_estimate_editable,
    set_head=_set_estimate_head,
    set_line=_set_estimate_line,
    check=lambda _session, estimate, _lines: check_expiry(estimate),
    summary=lambda estimate: {
        "expires_on": estimate.expires_on.isoformat() if estimate.expires_on else None,
        "deposit_percent": _shown(estimate.deposit_percent),
        "terms": estimate.terms,
    },
)
ORDER = Paper(
    kind=ORDER_KIND,
    document=SalesOrder,
    line=SalesOrderLine,
    parent="sales_order_id",
    check_editable=_order_editable,
    set_head=_set_agreed_head,
    summary=lambda order: {"deposit_percent": _shown(order.deposit_percent), "terms": order.terms},
)


def _shown(value: Decimal | None) -> str | None:
    return None if value is None else str(value)


def found(session: Session, estimate_id: int) -> Estimate:
    """Raises NotFound."""
    estimate = session.get(Estimate, estimate_id)
    if estimate is None:
        raise NotFound
    return estimate


def versions_of(session: Session, estimate: Estimate) -> list[Estimate]:
    """All versions of an offer, the newest first."""
    first = estimate.origin_id or estimate.id
    return list(
        session.execute(
            select(Estimate)
            .where((col(Estimate.id) == first) | (col(Estimate.origin_id) == first))
            .order_by(col(Estimate.revision).desc())
        ).scalars()
    )
