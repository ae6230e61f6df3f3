"""An accepted estimate becomes a project: its sections task lists, its hours tasks, its prices milestones."""

from decimal import Decimal

from sqlmodel import Session, select

from finance_app.domain.estimates import EstimateAction, require_estimate_action
from finance_app.domain.money import to_decimal
from finance_app.domain.permissions import Permission
from finance_app.models import (
    BudgetPart,
    Estimate,
    EstimateLine,
    Milestone,
    Project,
    SalesOrder,
    Task,
    TaskList,
)
from finance_app.models.kinds import BillingMethod, BudgetScope, BudgetType, LineKind
from finance_app.services.accounts.identity import Actor
from finance_app.services.audit import trail as audit
from finance_app.services.budgeting import form as budgets
from finance_app.services.estimating.facts import estimate_facts
from finance_app.services.estimating.papers import ESTIMATE, ESTIMATE_KIND
from finance_app.services.invoicing import totals
from finance_app.services.invoicing.editing import locked
from finance_app.services.invoicing.papers import lines_in
from finance_app.services.portal import portal_of, today_in

PROJECT_KIND = "project"
HOURS = {"hour": 3600, "day": 7 * 3600}


def make_project(session: Session, actor: Actor, estimate_id: int) -> Project:
    """A fixed-price project over the accepted net, with the work that was estimated as its plan.

    Lines in hours or days become tasks with planned time and rate, below the section or a list of their own;
    other lines become milestones with their amount. Raises DomainError where it is not accepted, or has a
    project.
    """
    actor.require(Permission.PROJECTS_EDIT)
    estimate: Estimate = locked(session, actor, estimate_id, ESTIMATE)
    portal = portal_of(session)
    require_estimate_action(EstimateAction.MAKE_PROJECT, estimate_facts(session, estimate), today_in(portal))
    project = Project(
        name=estimate.title or estimate.number or "",
        client_id=estimate.client_id,
        manager_id=actor.user_id or None,
        currency=estimate.currency,
        billing_method=BillingMethod.FIXED_COST,
        price_minor=estimate.net_minor,
        start_date=today_in(portal),
    )
    session.add(project)
    session.flush()
    lists: dict[str, TaskList] = {}
    section = ""
    milestones = numbers = 0
    for line in lines_in(session, ESTIMATE, estimate_id):
        if line.kind is LineKind.SECTION:
            section = line.name
        elif totals.counts(line) and line.unit in HOURS:
            numbers += 1
            _task(session, project, line, _list(session, project, lists, section or project.name), numbers)
        elif totals.counts(line):
            milestones += 1
            session.add(
                Milestone(
                    project_id=project.id or 0,
                    name=line.name[:200],
                    amount_minor=line.amount_minor,
                    position=milestones,
                )
            )
    estimate.project_id, estimate.made_project = project.id, True
    session.flush()
    _budget(session, actor, project)
    orders = select(SalesOrder).where(SalesOrder.estimate_id == estimate_id)
    for order in session.exec(orders):
        order.project_id = order.project_id or project.id
    session.flush()
    audit.record(session, actor, PROJECT_KIND, project.id, "created", source=estimate.number)
    audit.record(session, actor, ESTIMATE_KIND, estimate_id, "project_made", project=project.id)
    return project


def _budget(session: Session, actor: Actor, project: Project) -> None:
    """The planned hours of the tasks are the project's budget, task by task."""
    tasks = session.exec(select(Task).where(Task.project_id == project.id)).all()
    planned = [(task.id or 0, task.planned_seconds) for task in tasks if task.planned_seconds]
    if not planned:
        return
    values = {
        "type": BudgetType.HOURS,
        "scope": BudgetScope.TASK,
        "revenue_minor": None,
        "tracking_rate": None,
    }
    budgets.save(session, actor, project.id or 0, values)
    session.add_all(
        BudgetPart(project_id=project.id or 0, scope=BudgetScope.TASK, part_id=task_id, seconds=seconds)
        for task_id, seconds in planned
    )
    session.flush()


def _list(session: Session, project: Project, lists: dict[str, TaskList], name: str) -> TaskList:
    if name not in lists:
        lists[name] = TaskList(project_id=project.id or 0, name=name[:200], position=len(lists) + 1)
        session.add(lists[name])
        session.flush()
    return lists[name]


def _task(session: Session, project: Project, line: EstimateLine, of: TaskList, number: int) -> None:
    seconds = int((line.quantity * HOURS[line.unit]).to_integral_value(rounding="ROUND_HALF_UP"))
    rate: Decimal | None = None
    if seconds > 0:
        exact = to_decimal(line.amount_minor, project.currency) * 3600 / seconds
        rate = line.unit_price if line.unit == "hour" and line.discount_kind is None else round(exact, 6)
    session.add(
        Task(
            project_id=project.id or 0,
            task_list_id=of.id,
            number=f"T{number}",
            name=line.name,
            description=line.description[:5000],
            planned_seconds=seconds or None,
            bill_rate=rate,
        )
    )
