"""One estimate or sales order as its page shows it."""

from dataclasses import dataclass
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import func, select
from sqlmodel import Session, col

from finance_app.domain.errors import NotFound
from finance_app.domain.estimates import (
    allowed_estimate_actions,
    allowed_order_actions,
    estimate_state,
    order_state,
)
from finance_app.domain.permissions import Permission
from finance_app.models import AuditEvent, Client, Estimate, Project, SalesOrder
from finance_app.services.accounts.identity import Actor
from finance_app.services.audit import trail as audit
from finance_app.services.delivery import links as public_links
from finance_app.services.document_rights import check_readable
from finance_app.services.estimating.facts import estimate_facts, order_facts
from finance_app.services.estimating.papers import ESTIMATE, ESTIMATE_KIND, ORDER, versions_of
from finance_app.services.invoicing.papers import Paper
from finance_app.services.invoicing.parts import Contract, contract_of
from finance_app.services.portal import portal_of, today_in

LINES = 50


@dataclass(frozen=True)
class AgreedView:
    """`lines` are those of `page`; `contract` is there once it can be billed; `orders` and `versions` are
    those of an estimate, `estimate` is that of an order."""

    document: Any
    client: str
    project: str
    state: str
    actions: frozenset[str]
    today: date
    zone: ZoneInfo
    lines: list[Any]
    line_count: int
    page: int
    pages: int
    events: list[AuditEvent]
    contract: Contract | None
    versions: list[Estimate]
    orders: list[SalesOrder]
    estimate: Estimate | None
    billed_minor: int
    has_link: bool


def view(session: Session, actor: Actor, kind: str, object_id: int, page: int = 1) -> AgreedView:
    """Raises NotFound."""
    check_readable(session, actor, kind, object_id)
    paper: Paper = ESTIMATE if kind == ESTIMATE_KIND else ORDER
    document: Any = session.get(paper.document, object_id)
    if document is None:
        raise NotFound
    portal = portal_of(session)
    day = today_in(portal)
    line: Any = paper.line
    mine = getattr(line, paper.parent) == object_id
    count = session.execute(select(func.count()).select_from(line).where(mine)).scalar_one()
    pages = max(1, -(-count // LINES))
    page = min(max(page, 1), pages)
    lines = session.execute(
        select(line).where(mine).order_by(line.position, line.id).limit(LINES).offset((page - 1) * LINES)
    ).scalars()
    orders: list[SalesOrder] = []
    versions: list[Estimate] = []
    estimate = None
    if isinstance(document, Estimate):
        facts = estimate_facts(session, document)
        state, actions = estimate_state(facts, day).value, allowed_estimate_actions(facts, day)
        agreed = document.accepted_at is not None
        versions = versions_of(session, document)
        orders = list(
            session.execute(
                select(SalesOrder).where(col(SalesOrder.estimate_id) == object_id).order_by(SalesOrder.id)
            ).scalars()
        )
    else:
        facts = order_facts(session, document)
        state, actions = order_state(facts).value, allowed_order_actions(facts)
        agreed = document.issued_at is not None and document.voided_at is None
        estimate = session.get(Estimate, document.estimate_id) if document.estimate_id else None
    live = next((order for order in orders if order.voided_at is None), None)
    return AgreedView(
        document=document,
        client=session.get_one(Client, document.client_id).name,
        project=session.get_one(Project, document.project_id).name if document.project_id else "",
        state=state,
        actions=frozenset(each.value for each in actions)
        if actor.may(Permission.INVOICES_EDIT)
        else frozenset(),
        today=day,
        zone=ZoneInfo(portal.time_zone),
        lines=list(lines),
        line_count=count,
        page=page,
        pages=pages,
        events=audit.history(session, kind, object_id, 60),
        contract=contract_of(session, live or document) if agreed else None,
        versions=versions,
        orders=orders,
        estimate=estimate,
        billed_minor=facts.billed_minor,
        has_link=public_links.live_link(session, kind, object_id) is not None,
    )
