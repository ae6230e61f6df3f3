"""Who has which share of a price: live claims, made with the invoice and given back when a line goes.

The row of the project or milestone is locked while a share is taken, and its cap is checked again, so that
two managers never bill more than the price between them without one of them saying so.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from sqlalchemy import func, select, update
from sqlmodel import Session, col

from finance_app.domain import billing
from finance_app.domain.errors import DomainError, NotFound
from finance_app.domain.money import Money, round_half_up
from finance_app.domain.shares import Standing, kept_after_credit
from finance_app.models import Estimate, Invoice, InvoiceLine, Milestone, PriceClaim, Project
from finance_app.models.columns import now
from finance_app.models.kinds import BillingMethod
from finance_app.services.accounts.identity import Actor
from finance_app.services.audit import trail as audit
from finance_app.services.invoicing.charges import LineIds
from finance_app.services.invoicing.milestone_amounts import time_taken
from finance_app.services.invoicing.milestone_plans import planned_amounts


@dataclass(frozen=True)
class Share:
    """A part of a project's price, or of a milestone's. `above` says that it may go above the price."""

    project_id: int
    milestone_id: int | None
    amount_minor: int
    above: bool = False
    marks_time: bool = False


def lock_parents(session: Session, project_ids: Iterable[int], milestone_ids: Iterable[int]) -> None:
    """Hold projects, then milestones, each by id, until the commit."""
    for model, ids in ((Project, project_ids), (Milestone, milestone_ids)):
        if wanted := sorted(set(ids)):
            session.execute(
                select(col(model.id))
                .where(col(model.id).in_(wanted))
                .order_by(col(model.id))
                .with_for_update()
            ).all()


def project_standings(
    session: Session, project_ids: Iterable[int], but_draft_id: int | None = None
) -> dict[int, Standing]:
    """The prices of projects and what is billed of them, that of a draft left out. Only a fixed cost has a
    price. Of a project made of an estimate, the estimate's invoices bill the price too."""
    ids = list(project_ids)
    billed = _billed(session, PriceClaim.project_id, ids, but_draft_id)
    for project_id, amount in _billed_by_estimates(session, ids):
        billed[project_id] = billed.get(project_id, 0) + amount
    prices = session.execute(
        select(col(Project.id), col(Project.price_minor), col(Project.billing_method)).where(
            col(Project.id).in_(ids)
        )
    )
    return {
        id_: Standing(price if method is BillingMethod.FIXED_COST else None, billed.get(id_, 0))
        for id_, price, method in prices
    }


def milestone_standings(
    session: Session, milestone_ids: Iterable[int], but_draft_id: int | None = None
) -> dict[int, Standing]:
    """The prices of milestones and what is billed of them, by shares or by the hours of their tasks. A
    milestone's price is its fixed amount, else what was planned for it; without either it has no cap."""
    ids = list(milestone_ids)
    billed = _billed(session, PriceClaim.milestone_id, ids, but_draft_id)
    by_hour = time_taken(session, ids, but_draft_id)
    fixed = dict(
        session.execute(
            select(col(Milestone.id), col(Milestone.amount_minor)).where(col(Milestone.id).in_(ids))
        ).all()
    )
    planned = planned_amounts(session, [id_ for id_, amount in fixed.items() if amount is None])
    return {
        id_: Standing(
            amount if amount is not None else planned.get(id_) or None,
            billed.get(id_, 0) + by_hour.get(id_, 0),
        )
        for id_, amount in fixed.items()
    }


def above_price(share: Share, name: str, standing: Standing, currency: str) -> DomainError | None:
    """The refusal of a share that goes above the price named `name`; None where it may, or does not."""
    if share.above or not standing.excess(share.amount_minor):
        return None
    return DomainError(
        "invoicing.error.above_price",
        field="above",
        name=name,
        price=Money(standing.price_minor or 0, currency),
        billed=Money(standing.billed_minor, currency),
        left=Money(standing.left_minor, currency),
        amount=Money(share.amount_minor, currency),
        over=Money(standing.excess(share.amount_minor), currency),
    )


def check_share(session: Session, share: Share, currency: str, but_line_id: int | None = None) -> bool:
    """Whether the share goes above a price, as was confirmed.

    What the line itself has of the price does not count. Raises DomainError where it goes above a price and
    nobody confirmed that.
    """
    live = _live_of(session, but_line_id) if but_line_id else None
    own = live.amount_minor if live else 0
    above = False
    for name, standing in _caps(session, share):
        rest = Standing(standing.price_minor, standing.billed_minor - own)
        if refusal := above_price(share, name, rest, currency):
            raise refusal
        above = above or rest.excess(share.amount_minor) > 0
    return above


def take(session: Session, actor: Actor, invoice: Invoice, line: InvoiceLine, share: Share) -> None:
    """Put a share on a line, its parents locked by the caller."""
    session.flush()
    above = check_share(session, share, invoice.currency, line.id)
    live = _live_of(session, line.id or 0)
    if live is not None:
        if live.amount_minor == share.amount_minor:
            return
        _release(session, [line.id or 0], "changed")
    session.add(
        PriceClaim(
            project_id=share.project_id,
            milestone_id=share.milestone_id,
            invoice_id=invoice.id,
            invoice_line_id=line.id,
            amount_minor=share.amount_minor,
            above_price=above,
            claimed_by_id=actor.user_id or None,
        )
    )
    session.flush()
    if above:
        audit.record(
            session,
            actor,
            "invoice",
            invoice.id,
            "above_price",
            line=line.name,
            amount_minor=share.amount_minor,
        )


class PriceShares:
    """What fixed costs and milestones have in common as charges."""

    def release(
        self,
        session: Session,
        actor: Actor,  # noqa: ARG002
        line_ids: LineIds,
        because: str,
    ) -> None:
        _release(session, line_ids, because)

    def edited(
        self, session: Session, actor: Actor, invoice: Invoice, line: InvoiceLine, *, confirmed: bool
    ) -> None:
        """The share follows quantity and price of its line; a discount is a gift and gives nothing back."""
        held = _last_of(session, line.id or 0)
        if held is None or held.released_at is not None:
            return
        amount = gross_of(line, invoice.currency)
        if amount < 0:
            raise DomainError("invoicing.error.share_negative", field="unit_price")
        lock_parents(session, [held.project_id], [held.milestone_id] if held.milestone_id else [])
        take(
            session, actor, invoice, line, Share(held.project_id, held.milestone_id, amount, above=confirmed)
        )

    def credited(self, session: Session, actor: Actor, line: InvoiceLine, part: Fraction) -> None:
        """What is credited and to be billed again is given back; a credit note taken back takes it anew."""
        held = _last_of(session, line.id or 0)
        if held is None:
            return
        invoice = session.get_one(Invoice, line.invoice_id)
        kept = kept_after_credit(gross_of(line, invoice.currency), part)
        lock_parents(session, [held.project_id], [held.milestone_id] if held.milestone_id else [])
        live = _live_of(session, line.id or 0)
        if kept == (live.amount_minor if live else 0):
            return
        above = held.above_price
        if live is None or kept > live.amount_minor:
            check_share(
                session, Share(held.project_id, held.milestone_id, kept, above), invoice.currency, line.id
            )
        _release(session, [line.id or 0], "credited")
        if kept:
            session.add(
                PriceClaim(
                    project_id=held.project_id,
                    milestone_id=held.milestone_id,
                    invoice_id=line.invoice_id,
                    invoice_line_id=line.id,
                    amount_minor=kept,
                    above_price=above,
                    claimed_by_id=actor.user_id or None,
                )
            )
        session.flush()


def gross_of(line: InvoiceLine, currency: str) -> int:
    """A line before its discount, in minor units."""
    return billing.Line(unit_price=line.unit_price, quantity=line.quantity).gross_minor(currency)


def _caps(session: Session, share: Share) -> list[tuple[str, Standing]]:
    project = session.get(Project, share.project_id)
    if project is None:
        raise NotFound
    caps = [(project.name, project_standings(session, [share.project_id])[share.project_id])]
    if share.milestone_id is not None:
        milestone = session.get(Milestone, share.milestone_id)
        if milestone is None or milestone.project_id != share.project_id:
            raise NotFound
        standing = milestone_standings(session, [share.milestone_id])[share.milestone_id]
        caps.insert(0, (milestone.name, standing))
    return caps


def _billed(session: Session, column: Any, ids: Sequence[int], but_draft_id: int | None) -> dict[int, int]:
    statement = (
        select(col(column), func.sum(col(PriceClaim.amount_minor)))
        .where(col(column).in_(ids), col(PriceClaim.released_at).is_(None))
        .group_by(col(column))
    )
    if but_draft_id is not None:
        statement = statement.where(func.coalesce(col(PriceClaim.invoice_id), 0) != but_draft_id)
    return {id_: int(amount) for id_, amount in session.execute(statement)}


def _billed_by_estimates(session: Session, project_ids: Sequence[int]) -> list[tuple[int, int]]:
    """Project and net amount: the share of the estimate's total that its invoices bill, of its net."""
    rows = session.execute(
        select(
            col(Estimate.project_id),
            col(Estimate.net_minor),
            col(Estimate.total_minor),
            func.sum(col(Invoice.part_minor)),
        )
        .join(Invoice, col(Invoice.estimate_id) == col(Estimate.id))
        .where(
            col(Estimate.project_id).in_(project_ids),
            col(Estimate.made_project),
            col(Invoice.voided_at).is_(None),
        )
        .group_by(col(Estimate.id), col(Estimate.project_id))
    )
    return [
        (project_id, round_half_up(Fraction(int(part) * net, total)))
        for project_id, net, total, part in rows
        if total
    ]


def _live_of(session: Session, line_id: int) -> PriceClaim | None:
    return (
        session.execute(
            select(PriceClaim).where(
                col(PriceClaim.invoice_line_id) == line_id, col(PriceClaim.released_at).is_(None)
            )
        )
        .scalars()
        .first()
    )


def _last_of(session: Session, line_id: int) -> PriceClaim | None:
    return (
        session.execute(
            select(PriceClaim)
            .where(col(PriceClaim.invoice_line_id) == line_id)
            .order_by(col(PriceClaim.id).desc())
            .execution_options(populate_existing=True)
        )
        .scalars()
        .first()
    )


def _release(session: Session, line_ids: LineIds, because: str) -> None:
    session.flush()
    session.execute(
        update(PriceClaim)
        .where(col(PriceClaim.invoice_line_id).in_(line_ids), col(PriceClaim.released_at).is_(None))
        .values(released_at=now(), released_because=because)
        .execution_options(synchronize_session="fetch")
    )
