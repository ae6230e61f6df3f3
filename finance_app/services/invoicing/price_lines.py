"""Fixed costs and milestones as charges: a share of a price is one line, and may take its time along."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from sqlalchemy import ColumnElement, func, select
from sqlmodel import Session, col

from finance_app.domain.errors import DomainError, NotFound
from finance_app.domain.money import round_half_up, to_decimal, to_minor
from finance_app.domain.shares import Basis, PriceField, Standing, share_of
from finance_app.domain.time import hours
from finance_app.i18n import formats, t
from finance_app.models import Invoice, InvoiceLine, Milestone, Project, TimeLog
from finance_app.models.kinds import BillingMethod, LineKind
from finance_app.services.accounts.identity import Actor
from finance_app.services.invoicing import claims
from finance_app.services.invoicing.charges import Bill, DraftLine
from finance_app.services.invoicing.milestone_plans import markable, planned_amounts, unbilled_amounts
from finance_app.services.invoicing.price_claims import (
    PriceShares,
    Share,
    above_price,
    lock_parents,
    milestone_standings,
    project_standings,
    take,
)
from finance_app.services.invoicing.scope import of_milestones
from finance_app.services.portal import portal_of

MOST = 200
SHARE_LIMIT = Decimal(10) ** 13

Wish = Sequence[Mapping[str, Any]]

NAMES = {
    LineKind.FIXED_COST: (PriceField.PROJECT,),
    LineKind.MILESTONE: (PriceField.PROJECT, PriceField.MILESTONE),
}
DESCRIPTIONS = {LineKind.FIXED_COST: (PriceField.SHARE,), LineKind.MILESTONE: (PriceField.PERIOD,)}
"""The fields of a line's name and description, unless others are chosen."""


@dataclass(frozen=True)
class _Marked:
    """Time that a share takes along: how much, and which."""

    logs: int = 0
    seconds: int = 0
    which: tuple[ColumnElement, ...] = ()


class FixedCost(PriceShares):
    """Shares of the price of projects at a fixed cost.

    A wish is a list of `{project, basis, value, time, above}`: basis `percent` or `custom` with its value, or
    `rest`; `time` marks the project's time as billed; `above` confirms a total above the price.
    """

    name = "fixed_cost"
    kinds = frozenset({LineKind.FIXED_COST})

    def project_ids(self, session: Session, wish: Wish) -> set[int]:  # noqa: ARG002
        return {int(each["project"]) for each in wish}

    def lines(self, session: Session, bill: Bill, wish: Wish, *, lock: bool) -> list[DraftLine]:
        ids = _ids(wish, "project")
        if lock:
            lock_parents(session, ids, ())
        standings = project_standings(session, ids, bill.draft_id)
        return [self._line(session, bill, each, standings[int(each["project"])], lock=lock) for each in wish]

    def _line(
        self, session: Session, bill: Bill, wish: Mapping[str, Any], standing: Standing, *, lock: bool
    ) -> DraftLine:
        project = bill.projects[int(wish["project"])]
        try:
            if project.billing_method is not BillingMethod.FIXED_COST:
                raise DomainError("invoicing.error.not_fixed", project=project.name)
            if project.price_minor is None:
                raise DomainError("invoicing.error.no_price", project=project.name)
            amount = amount_of_wish(wish, standing, bill.currency)
            share = _share(wish, project.id or 0, None, amount)
            problem = above_price(share, project.name, standing, bill.currency)
        except DomainError as error:
            return _unmet(LineKind.FIXED_COST, self.name, project.name, error, project.id)
        marked = _marked(session, bill, share, lock=lock)
        return _drafted(bill, self.name, share, project, None, standing, marked, problem)

    def claim(
        self, session: Session, actor: Actor, invoice: Invoice, lines: Sequence[tuple[InvoiceLine, DraftLine]]
    ) -> None:
        _claim(session, actor, invoice, lines)


class Milestones(PriceShares):
    """Milestones, each on a line. The portal must have milestone invoicing on.

    A wish is a list of `{milestone, basis, value, time, above}`: basis `fixed`, `planned`, `actual`, `rest`,
    or `percent` and `custom` with their value; `time` marks the milestone's time in the period as billed.
    """

    name = "milestone"
    kinds = frozenset({LineKind.MILESTONE})

    def project_ids(self, session: Session, wish: Wish) -> set[int]:
        ids = {int(each["milestone"]) for each in wish}
        rows = session.execute(select(col(Milestone.project_id)).where(col(Milestone.id).in_(ids)))
        return set(rows.scalars())

    def lines(self, session: Session, bill: Bill, wish: Wish, *, lock: bool) -> list[DraftLine]:
        ids = _ids(wish, "milestone")
        if wish and not portal_of(session).milestone_invoicing:
            raise DomainError("invoicing.error.milestones_off")
        if lock:
            lock_parents(session, self.project_ids(session, wish), ids)
        found = _milestones(session, ids)
        standings = milestone_standings(session, ids, bill.draft_id)
        worth = _Worth(
            planned_amounts(session, ids),
            unbilled_amounts(session, ids, bill.scope.since, bill.scope.until, bill.draft_id),
        )
        of_projects = project_standings(session, bill.projects, bill.draft_id)
        taken: dict[int, int] = defaultdict(int)
        made = []
        for each in wish:
            milestone = found[int(each["milestone"])]
            project = bill.projects[milestone.project_id]
            standing = standings[milestone.id or 0]
            try:
                amount = worth.amount(each, milestone, standing, bill.currency)
                share = _share(each, project.id or 0, milestone.id, amount)
                of_project = of_projects[project.id or 0]
                rest = Standing(of_project.price_minor, of_project.billed_minor + taken[project.id or 0])
                problem = above_price(share, milestone.name, standing, bill.currency) or above_price(
                    share, project.name, rest, bill.currency
                )
            except DomainError as error:
                made.append(_unmet(LineKind.MILESTONE, self.name, milestone.name, error, project.id))
                continue
            taken[project.id or 0] += amount
            marked = _marked(session, bill, share, lock=lock)
            made.append(_drafted(bill, self.name, share, project, milestone, standing, marked, problem))
        return made

    def claim(
        self, session: Session, actor: Actor, invoice: Invoice, lines: Sequence[tuple[InvoiceLine, DraftLine]]
    ) -> None:
        _claim(session, actor, invoice, lines)


@dataclass(frozen=True)
class _Worth:
    """What milestones are worth by plan, and by the time not billed yet: (minor units, logs, seconds)."""

    planned: Mapping[int, int]
    waiting: Mapping[int, tuple[int, int, int]]

    def amount(self, wish: Mapping[str, Any], milestone: Milestone, standing: Standing, currency: str) -> int:
        basis, id_ = Basis(wish["basis"]), milestone.id or 0
        of_basis = {
            Basis.FIXED: milestone.amount_minor,
            Basis.PLANNED: self.planned.get(id_),
            Basis.ACTUAL: self.waiting.get(id_, (0, 0, 0))[0],
        }
        if basis not in of_basis:
            return amount_of_wish(wish, standing, currency)
        amount = of_basis[basis]
        if not amount:
            raise DomainError(f"invoicing.error.no_{basis.value}", milestone=milestone.name)
        return amount


def amount_of_wish(wish: Mapping[str, Any], standing: Standing, currency: str) -> int:
    """Minor units of a share by percentage, rest or typed amount. Raises DomainError."""
    basis, value = Basis(wish["basis"]), str(wish.get("value") or "")
    if basis is Basis.REST:
        amount = standing.left_minor
        if not amount and standing.price_minor:
            raise DomainError("invoicing.error.share_all_billed")
    else:
        try:
            number = Decimal(value)
        except InvalidOperation:
            raise DomainError("invoicing.error.share_missing") from None
        if not number.is_finite() or abs(number) >= SHARE_LIMIT:
            raise DomainError("invoicing.error.share_missing")
        if basis is Basis.PERCENT:
            if standing.price_minor is None:
                raise DomainError("invoicing.error.percent_of_nothing")
            amount = share_of(standing.price_minor, number)
        else:
            amount = to_minor(number, currency)
    if amount <= 0:
        raise DomainError("invoicing.error.share_zero")
    return amount


def _ids(wish: Wish, name: str) -> list[int]:
    ids = sorted({int(each[name]) for each in wish})
    if len(ids) < len(wish) or len(wish) > MOST:
        raise DomainError("invoicing.error.share_twice", n=MOST)
    return ids


def _milestones(session: Session, ids: Sequence[int]) -> dict[int, Milestone]:
    rows = session.execute(select(Milestone).where(col(Milestone.id).in_(ids))).scalars()
    found = {each.id or 0: each for each in rows}
    if len(found) < len(ids):
        raise NotFound
    return found


def _share(wish: Mapping[str, Any], project_id: int, milestone_id: int | None, amount: int) -> Share:
    return Share(project_id, milestone_id, amount, bool(wish.get("above")), bool(wish.get("time")))


def _unmet(kind: LineKind, charge: str, name: str, error: DomainError, project_id: int | None) -> DraftLine:
    return DraftLine(
        charge=charge, kind=kind, name=name, description="", quantity=Decimal(1), unit="piece",
        unit_price=Decimal(0), amount_minor=0, project_id=project_id, problem=error,
    )  # fmt: skip


def _drafted(
    bill: Bill,
    charge: str,
    share: Share,
    project: Project,
    milestone: Milestone | None,
    standing: Standing,
    marked: _Marked,
    problem: DomainError | None,
) -> DraftLine:
    kind = LineKind.MILESTONE if milestone else LineKind.FIXED_COST
    values = _values(bill, share, project, milestone, standing, marked.seconds)
    names = bill.scope.price_names or NAMES[kind]
    fallback = milestone.name if milestone else project.name
    first, last = _days(bill, milestone)
    return DraftLine(
        charge=charge,
        kind=kind,
        name=(_composed(names, values) or fallback)[:500],
        description=_composed(bill.scope.price_descriptions or DESCRIPTIONS[kind], values),
        quantity=Decimal(1),
        unit="piece",
        unit_price=to_decimal(share.amount_minor, bill.currency),
        amount_minor=share.amount_minor,
        project_id=project.id,
        milestone_id=milestone.id if milestone else None,
        marked_logs=marked.logs,
        marked_seconds=marked.seconds,
        date_from=first,
        date_to=last if milestone or share.marks_time else None,
        problem=problem,
        source=(share, marked),
    )


def _days(bill: Bill, milestone: Milestone | None) -> tuple[date | None, date | None]:
    """The range that was asked for; a milestone has its own dates unless it was begun on a day."""
    if milestone and not bill.scope.since:
        return milestone.start_date, milestone.due_date
    return bill.scope.since, bill.scope.until


def _values(
    bill: Bill, share: Share, project: Project, milestone: Milestone | None, standing: Standing, seconds: int
) -> dict[PriceField, str]:
    locale = bill.client.locale
    days = _days(bill, milestone)
    texts = {
        PriceField.PROJECT: project.name,
        PriceField.MILESTONE: milestone.name if milestone else "",
        PriceField.PERIOD: " – ".join(formats.day(day, locale) for day in dict.fromkeys(days) if day),
        PriceField.HOURS: t(locale, "invoicing.hours", hours=formats.quantity(hours(seconds), locale))
        if seconds
        else "",
    }
    if standing.price_minor:
        percent = Decimal(round_half_up(Decimal(share.amount_minor * 10_000) / standing.price_minor)) / 100
        texts[PriceField.SHARE] = t(
            locale,
            "invoicing.share",
            percent=formats.number(percent, locale),
            price=formats.money(standing.price_minor, bill.currency, locale),
        )
    return texts


def _composed(fields: Sequence[PriceField], values: Mapping[PriceField, str]) -> str:
    return " · ".join(filter(None, (values.get(each, "") for each in fields)))


def _time_of(session: Session, bill: Bill, share: Share) -> list[ColumnElement]:
    """The time that the share takes along."""
    conditions = markable(session, bill.scope.since, bill.scope.until, bill.draft_id)
    conditions.append(col(TimeLog.project_id) == share.project_id)
    if share.milestone_id is not None:
        conditions.append(of_milestones([share.milestone_id]))
    return conditions


def _marked(session: Session, bill: Bill, share: Share, *, lock: bool) -> _Marked:
    """The time that the share takes along; with `lock` it stays so until the commit."""
    if not share.marks_time:
        return _Marked()
    conditions = _time_of(session, bill, share)
    if lock:
        session.execute(
            select(col(TimeLog.id)).where(*conditions).order_by(col(TimeLog.id)).with_for_update()
        ).all()
    count, seconds = session.execute(
        select(func.count(), func.coalesce(func.sum(col(TimeLog.seconds)), 0)).where(*conditions)
    ).one()
    return _Marked(count, int(seconds), tuple(conditions))


def _claim(
    session: Session, actor: Actor, invoice: Invoice, lines: Sequence[tuple[InvoiceLine, DraftLine]]
) -> None:
    for row, line in lines:
        share, marked = line.source
        take(session, actor, invoice, row, share)
        if marked.logs:
            claims.mark(session, invoice.id or 0, row.id or 0, marked.which, marked.logs)
