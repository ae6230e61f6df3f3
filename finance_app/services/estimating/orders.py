"""Sales orders: from an accepted estimate, or written by hand and confirmed."""

from sqlalchemy import select
from sqlmodel import Session, col

from finance_app.domain.errors import DomainError, NotFound
from finance_app.domain.estimates import (
    EstimateAction,
    OrderAction,
    require_estimate_action,
    require_order_action,
)
from finance_app.domain.permissions import Permission
from finance_app.models import Client, Project, SalesOrder, SalesOrderLine
from finance_app.models.columns import now
from finance_app.services.accounts.identity import Actor
from finance_app.services.audit import trail as audit
from finance_app.services.delivery import links as public_links
from finance_app.services.estimating.drafts import COPIED, LINE_COPIED
from finance_app.services.estimating.facts import estimate_facts, order_facts
from finance_app.services.estimating.papers import ESTIMATE, ESTIMATE_KIND, ORDER, ORDER_KIND
from finance_app.services.invoicing import totals
from finance_app.services.invoicing.drafts import exchange_rate, recipients_of
from finance_app.services.invoicing.editing import check_version, locked
from finance_app.services.invoicing.numbers import take_number
from finance_app.services.invoicing.papers import lines_in
from finance_app.services.parties import company_snapshot, customer_snapshot, main_contact
from finance_app.services.portal import portal_of, today_in


def from_estimate(session: Session, actor: Actor, estimate_id: int) -> SalesOrder:
    """The order over all that was accepted, confirmed at once. Asked twice, it is the same order.

    Raises DomainError where the estimate is not accepted, or parts of it are invoiced already.
    """
    estimate = locked(session, actor, estimate_id, ESTIMATE)
    known = session.execute(
        select(SalesOrder).where(
            col(SalesOrder.estimate_id) == estimate_id, col(SalesOrder.voided_at).is_(None)
        )
    ).scalar_one_or_none()
    if known is not None:
        return known
    portal = portal_of(session)
    day = today_in(portal)
    require_estimate_action(EstimateAction.ORDER, estimate_facts(session, estimate), day)
    order = SalesOrder(
        estimate_id=estimate_id,
        client_id=estimate.client_id,
        project_id=estimate.project_id,
        issue_date=day,
        currency=estimate.currency,
        exchange_rate=estimate.exchange_rate,
        recipients=estimate.recipients,
        created_by_id=actor.user_id or None,
    )
    for name in COPIED:
        setattr(order, name, getattr(estimate, name))
    session.add(order)
    session.flush()
    for line in lines_in(session, ESTIMATE, estimate_id):
        if totals.counts(line):
            values = {name: getattr(line, name) for name in LINE_COPIED}
            session.add(SalesOrderLine(sales_order_id=order.id or 0, **values))
    session.flush()
    audit.record(session, actor, ORDER_KIND, order.id, "drafted", source=estimate.number)
    audit.record(session, actor, ESTIMATE_KIND, estimate_id, "ordered", order=order.id)
    return confirm(session, actor, order.id or 0)


def create(
    session: Session,
    actor: Actor,
    client_id: int,
    title: str = "",
    project_id: int | None = None,
    request_key: str | None = None,
) -> SalesOrder:
    """A draft without lines, in the client's currency."""
    actor.require(Permission.INVOICES_EDIT)
    if request_key:
        made = session.execute(select(SalesOrder).where(col(SalesOrder.request_key) == request_key))
        if (known := made.scalar_one_or_none()) is not None:
            return known
    client = session.get(Client, client_id)
    if client is None or client.archived_at is not None:
        raise DomainError("invoicing.error.client", field="client_id")
    if project_id is not None:
        project = session.get(Project, project_id)
        if project is None or project.client_id not in (None, client_id):
            raise DomainError("estimate.error.other_client", field="project_id")
    portal = portal_of(session)
    order = SalesOrder(
        client_id=client_id,
        project_id=project_id,
        title=title.strip()[:200],
        issue_date=today_in(portal),
        currency=client.currency,
        exchange_rate=exchange_rate(session, portal, client.currency, None),
        locale=client.locale,
        price_mode=portal.price_mode,
        tax_rounding=portal.tax_rounding,
        terms=portal.estimate_terms,
        recipients=recipients_of(session, client),
        request_key=request_key,
        created_by_id=actor.user_id or None,
    )
    session.add(order)
    session.flush()
    totals.compute(order, [])
    session.flush()
    audit.record(session, actor, ORDER_KIND, order.id, "drafted")
    return order


def confirm(
    session: Session,
    actor: Actor,
    order_id: int,
    version: int | None = None,
    *,
    number: str | None = None,
) -> SalesOrder:
    """Number and freeze a draft: from now on it is billed. A `number` that is given is of another program's
    series. Raises DomainError without lines or a total."""
    order = locked(session, actor, order_id, ORDER)
    portal = portal_of(session)
    require_order_action(OrderAction.CONFIRM, order_facts(session, order))
    if version is not None:
        check_version(session, order, version, ORDER_KIND)
    lines = lines_in(session, ORDER, order_id)
    totals.compute(order, lines)
    totals.check(order, lines, portal)
    totals.check_rate(order, portal)
    if not lines:
        raise DomainError("estimate.error.empty")
    if order.total_minor <= 0:
        raise DomainError("estimate.error.no_total")
    order.number = number or take_number(session, portal.sales_order_pattern, order.issue_date, strict=False)
    order.company = company_snapshot(portal, order.locale)
    contact = main_contact(session, order.client_id)
    order.customer = customer_snapshot(session.get_one(Client, order.client_id), contact)
    order.issued_at = order.updated_at = now()
    order.version += 1
    session.flush()
    audit.record(session, actor, ORDER_KIND, order_id, "issued", after={"number": order.number})
    return order


def void(session: Session, actor: Actor, order_id: int, reason: str) -> SalesOrder:
    """Take an order back of which nothing is invoiced; its estimate can be billed again."""
    order = locked(session, actor, order_id, ORDER)
    require_order_action(OrderAction.VOID, order_facts(session, order))
    if not reason.strip():
        raise DomainError("invoicing.error.reason", field="reason")
    order.voided_at, order.void_reason = now(), reason.strip()[:500]
    order.version += 1
    session.flush()
    public_links.revoke_links(session, actor, ORDER_KIND, order_id)
    audit.record(session, actor, ORDER_KIND, order_id, "voided", reason=order.void_reason)
    return order


def delete(session: Session, actor: Actor, order_id: int) -> None:
    """Delete a draft."""
    order = locked(session, actor, order_id, ORDER)
    require_order_action(OrderAction.DELETE, order_facts(session, order))
    audit.record(session, actor, ORDER_KIND, order_id, "deleted")
    for line in lines_in(session, ORDER, order_id):
        session.delete(line)
    session.flush()
    session.delete(order)
    session.flush()


def found(session: Session, order_id: int) -> SalesOrder:
    """Raises NotFound."""
    order = session.get(SalesOrder, order_id)
    if order is None:
        raise NotFound
    return order
