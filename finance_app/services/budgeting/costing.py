"""What time costs and earns in a budget, exactly: millionths times seconds, rounded once at the end."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from sqlalchemy import select
from sqlmodel import Session, col

from finance_app.domain.budget import CostTracking
from finance_app.domain.money import minor_digits
from finance_app.domain.rates import BillingMethod, DatedRate, RateCard, bill_rate, rate_on
from finance_app.models import Budget, Project, ProjectMember, UserRate
from finance_app.models.columns import RATE_DECIMALS
from finance_app.models.kinds import WorkKind
from finance_app.services.budgeting.totals import NO_RATE, Worked

HOUR_UNITS = 3600 * 10**RATE_DECIMALS


def minor_of(exact: int, currency: str) -> int:
    """Minor units of an exact amount, half up."""
    return (exact * 10 ** minor_digits(currency) * 2 + HOUR_UNITS) // (2 * HOUR_UNITS)


def exact_of(minor: int, currency: str) -> int:
    return minor * HOUR_UNITS // 10 ** minor_digits(currency)


def scaled(rate: Decimal | None) -> int:
    return NO_RATE if rate is None else int(rate.scaleb(RATE_DECIMALS))


@dataclass(frozen=True, slots=True)
class Costing:
    """How one project's time is priced. Cost is in `base`, revenue in `currency`.

    Time without a cost rate costs its billing rate where that is in the same currency; else it costs nothing
    and counts as uncosted. A fixed cost project may cost one rate for all time instead.
    """

    method: BillingMethod
    currency: str
    base: str
    one_rate: int | None = None

    def rate(self, sold: int, bought: int) -> int:
        """The rate that an hour costs, NO_RATE for none."""
        if self.one_rate is not None:
            return self.one_rate
        if bought != NO_RATE or self.currency != self.base:
            return bought
        return sold

    def cost(self, worked: Worked) -> int:
        """What logged time costs, exactly."""
        if self.one_rate is not None:
            return worked.seconds * self.one_rate
        return worked.cost + (worked.uncosted_price if self.currency == self.base else 0)

    def uncosted(self, worked: Worked) -> int:
        """The seconds that cost nothing, since no rate is known."""
        if self.one_rate is not None:
            return 0
        return worked.unpriced if self.currency == self.base else worked.uncosted


def costing_of(project: Project, budget: Budget | None, base: str) -> Costing:
    one_rate = None
    if (
        budget is not None
        and project.billing_method is BillingMethod.FIXED_COST
        and budget.cost_tracking is CostTracking.PROJECT_RATE
    ):
        one_rate = scaled(budget.tracking_rate or Decimal(0))
    return Costing(project.billing_method, project.currency, base, one_rate)


class PlanRates:
    """What planned time would be sold for and cost if its owner worked it on `day`, in millionths an hour."""

    def __init__(self, session: Session, projects: Sequence[Project], base: str, day: date) -> None:
        self._projects = {project.id: project for project in projects}
        self._base, self._day = base, day
        self._sold: Mapping[int, list[DatedRate]] = defaultdict(list)
        self._bought: Mapping[int, list[DatedRate]] = defaultdict(list)
        for row in session.execute(select(UserRate)).scalars():
            if row.bill_rate is not None:
                self._sold[row.user_id].append(DatedRate(row.bill_rate, row.valid_from))
            if row.cost_rate is not None:
                self._bought[row.user_id].append(DatedRate(row.cost_rate, row.valid_from))
        agreed = session.execute(
            select(ProjectMember).where(
                col(ProjectMember.project_id).in_(self._projects), col(ProjectMember.bill_rate).is_not(None)
            )
        ).scalars()
        self._agreed = {(m.project_id, m.user_id): [DatedRate(m.bill_rate)] for m in agreed}
        self._known: dict[tuple, tuple[int, int]] = {}

    def of(
        self, project_id: int, kind: WorkKind, owner: int | None, own_rate: Decimal | None
    ) -> tuple[int, int]:
        """The bill and the cost rate of a task's planned hours."""
        key = (project_id, kind, owner, own_rate)
        if key not in self._known:
            self._known[key] = self._find(*key)
        return self._known[key]

    def _find(
        self, project_id: int, kind: WorkKind, owner: int | None, own_rate: Decimal | None
    ) -> tuple[int, int]:
        project = self._projects[project_id]
        person = owner or 0
        card = RateCard(
            method=project.billing_method,
            project_rate=project.bill_rate,
            task_rate=own_rate,
            user_rates=self._sold.get(person, ()) if project.currency == self._base else (),
            project_user_rates=self._agreed.get((project_id, person), ()),
        )
        price = bill_rate(card, self._day, on_issue=kind is WorkKind.ISSUE)
        return scaled(price.rate if price else None), scaled(rate_on(self._bought.get(person, ()), self._day))
