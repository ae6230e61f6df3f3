"""An estimate goes out: number, frozen content, the versions before it closed. Also: longer, deleted."""

from datetime import date

from sqlalchemy import select, update
from sqlmodel import Session, col

from finance_app.domain.errors import DomainError
from finance_app.domain.estimates import EstimateAction, require_estimate_action
from finance_app.models import Client, Estimate, PublicLink
from finance_app.models.columns import now
from finance_app.services.accounts.identity import Actor
from finance_app.services.audit import trail as audit
from finance_app.services.delivery import links as public_links
from finance_app.services.estimating.facts import estimate_facts
from finance_app.services.estimating.papers import ESTIMATE, ESTIMATE_KIND, check_expiry
from finance_app.services.invoicing import totals
from finance_app.services.invoicing.editing import check_version, locked
from finance_app.services.invoicing.numbers import take_number
from finance_app.services.invoicing.papers import lines_in
from finance_app.services.parties import company_snapshot, customer_snapshot, main_contact
from finance_app.services.portal import portal_of, today, today_in


def issue(
    session: Session,
    actor: Actor,
    estimate_id: int,
    version: int | None = None,
    *,
    action: EstimateAction = EstimateAction.SEND,
    number: str | None = None,
) -> Estimate:
    """Number and freeze a draft; the link of the version before it closes. A `number` that is given is of
    another program's series, where it may have expired since.

    Raises DomainError: no lines, a total of zero or below, an expiry in the past, a newer save, or a version
    before it that the client has accepted meanwhile.
    """
    estimate = locked(session, actor, estimate_id, ESTIMATE)
    portal = portal_of(session)
    require_estimate_action(action, estimate_facts(session, estimate), today_in(portal))
    if version is not None:
        check_version(session, estimate, version, ESTIMATE_KIND)
    lines = lines_in(session, ESTIMATE, estimate_id)
    totals.compute(estimate, lines)
    totals.check(estimate, lines, portal)
    totals.check_rate(estimate, portal)
    if not any(totals.counts(line) for line in lines):
        raise DomainError("estimate.error.empty")
    if estimate.total_minor <= 0:
        raise DomainError("estimate.error.no_total")
    check_expiry(estimate)
    if number is None and estimate.expires_on is not None and estimate.expires_on < today_in(portal):
        raise DomainError("estimate.error.expired_already", field="expires_on")
    first = _supersede(session, actor, estimate)
    if number is not None:
        estimate.number = number
    elif first is None:
        estimate.number = take_number(session, portal.estimate_pattern, estimate.issue_date, strict=False)
    else:
        estimate.number = f"{first.number}-R{estimate.revision}"
    estimate.company = company_snapshot(portal, estimate.locale)
    contact = main_contact(session, estimate.client_id)
    estimate.customer = customer_snapshot(session.get_one(Client, estimate.client_id), contact)
    estimate.issued_at = estimate.updated_at = now()
    estimate.version += 1
    session.flush()
    audit.record(
        session,
        actor,
        ESTIMATE_KIND,
        estimate_id,
        "issued",
        after={"number": estimate.number, "total_minor": estimate.total_minor},
    )
    return estimate


def _supersede(session: Session, actor: Actor, estimate: Estimate) -> Estimate | None:
    """Close the versions before this one; the first of them."""
    if estimate.origin_id is None:
        return None
    others = list(
        session.execute(
            select(Estimate)
            .where(
                (col(Estimate.id) == estimate.origin_id) | (col(Estimate.origin_id) == estimate.origin_id),
                col(Estimate.id) != estimate.id,
            )
            .order_by(col(Estimate.id))
            .with_for_update()
            .execution_options(populate_existing=True)
        ).scalars()
    )
    for other in others:
        if other.accepted_at is not None:
            raise DomainError("estimate.error.accepted_meanwhile", number=other.number or "")
        if other.superseded_at is None and other.issued_at is not None:
            other.superseded_at = now()
            public_links.revoke_links(session, actor, ESTIMATE_KIND, other.id or 0)
            audit.record(session, actor, ESTIMATE_KIND, other.id, "superseded")
    return next(other for other in others if other.id == estimate.origin_id)


def mark_sent(session: Session, actor: Actor, estimate_id: int, version: int | None = None) -> Estimate:
    """Issue without an e-mail: it went another way, or its link is passed on by hand."""
    estimate = issue(session, actor, estimate_id, version, action=EstimateAction.MARK_SENT)
    estimate.delivered_at = now()
    audit.record(session, actor, ESTIMATE_KIND, estimate_id, "marked_sent")
    session.flush()
    return estimate


def extend(session: Session, actor: Actor, estimate_id: int, expires_on: date | None) -> Estimate:
    """Give the client longer, or without an end; an expired estimate is open again by the link it had."""
    estimate = locked(session, actor, estimate_id, ESTIMATE)
    day = today(session)
    require_estimate_action(EstimateAction.EXTEND, estimate_facts(session, estimate), day)
    if expires_on is not None and expires_on < day:
        raise DomainError("estimate.error.expired_already", field="expires_on")
    before, estimate.expires_on = estimate.expires_on, expires_on
    check_expiry(estimate)
    estimate.version += 1
    session.flush()
    public_links.set_end(session, estimate)
    audit.record(
        session,
        actor,
        ESTIMATE_KIND,
        estimate_id,
        "extended",
        before={"expires_on": before.isoformat() if before else None},
        after={"expires_on": expires_on.isoformat() if expires_on else None},
    )
    return estimate


def delete(session: Session, actor: Actor, estimate_id: int) -> None:
    """Delete a draft, or what the client has not answered; its link closes. The number is not given again."""
    estimate = locked(session, actor, estimate_id, ESTIMATE)
    facts = estimate_facts(session, estimate)
    require_estimate_action(EstimateAction.DELETE, facts, today(session))
    later = select(col(Estimate.id)).where(col(Estimate.origin_id) == estimate_id).limit(1)
    if session.execute(later).first():
        raise DomainError("estimate.error.has_versions")
    audit.record(
        session,
        actor,
        ESTIMATE_KIND,
        estimate_id,
        "deleted",
        before={"number": estimate.number, "total_minor": estimate.total_minor},
    )
    session.execute(
        update(PublicLink)
        .where(
            col(PublicLink.kind) == ESTIMATE_KIND,
            col(PublicLink.object_id) == estimate_id,
            col(PublicLink.revoked_at).is_(None),
        )
        .values(revoked_at=now())
    )
    for line in lines_in(session, ESTIMATE, estimate_id):
        session.delete(line)
    session.flush()
    session.delete(estimate)
    session.flush()
