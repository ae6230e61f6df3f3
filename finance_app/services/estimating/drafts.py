"""A new estimate: empty, from a template, from a project's budget, like another, or its next version."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import select
from sqlmodel import Session, col

from finance_app.domain.errors import DomainError, NotFound
from finance_app.domain.estimates import EstimateAction, require_estimate_action
from finance_app.domain.money import to_decimal
from finance_app.domain.permissions import Permission
from finance_app.domain.time import hours
from finance_app.models import (
    Client,
    Estimate,
    EstimateLine,
    EstimateTemplate,
    Milestone,
    Project,
    Task,
    TaskList,
)
from finance_app.models.columns import now
from finance_app.models.kinds import (
    Deduct,
    DiscountKind,
    DiscountOn,
    LineKind,
    PriceMode,
    TaxRounding,
    WorkKind,
    WorkState,
)
from finance_app.services.accounts.identity import Actor
from finance_app.services.audit import trail as audit
from finance_app.services.estimating.facts import estimate_facts
from finance_app.services.estimating.papers import ESTIMATE, ESTIMATE_KIND, found
from finance_app.services.invoicing import totals
from finance_app.services.invoicing.drafts import default_taxes, exchange_rate, recipients_of
from finance_app.services.invoicing.papers import lines_in
from finance_app.services.portal import portal_of, today, today_in

COPIED = (
    *("title", "reference", "notes", "terms", "locale", "price_mode", "tax_rounding", "discount_kind"),
    *("discount_value", "discount_on", "taxes", "surcharges", "total_rounding", "deposit_percent", "deduct"),
)
LINE_COPIED = (
    *("position", "kind", "name", "description", "quantity", "unit", "unit_price", "discount_kind"),
    *("discount_value", "taxes", "item_id", "task_list_id", "task_id", "milestone_id"),
)
BUDGET_PARTS = ("task_lists", "tasks", "milestones")


@dataclass(frozen=True)
class EstimateHead:
    """What is chosen for a new estimate. `budget` is one of BUDGET_PARTS where the lines come from it."""

    client_id: int
    title: str = ""
    project_id: int | None = None
    template_id: int | None = None
    budget: str = ""


def create(session: Session, actor: Actor, head: EstimateHead, request_key: str | None = None) -> Estimate:
    """A draft; a repeated `request_key` gives the estimate of the first time.

    Raises DomainError: no such client, a project of another client, no budget to take lines from.
    """
    actor.require(Permission.INVOICES_EDIT)
    if request_key and (known := _made_by(session, request_key)):
        return known
    client = session.get(Client, head.client_id)
    if client is None or client.archived_at is not None:
        raise DomainError("invoicing.error.client", field="client_id")
    project = _project(session, client, head.project_id)
    currency = project.currency if project and project.currency else client.currency
    estimate = _begin(session, actor, client, currency)
    estimate.request_key = request_key
    estimate.project_id = project.id if project else None
    estimate.title = head.title.strip()[:200] or (project.name if project else "")
    lines: list[EstimateLine] = []
    if head.template_id is not None:
        template = session.get(EstimateTemplate, head.template_id)
        if template is None:
            raise NotFound
        lines = _from_template(session, estimate, template.content, head.title)
    elif head.budget:
        if project is None:
            raise DomainError("estimate.error.budget_needs_project", field="project_id")
        lines = _from_budget(session, estimate, project, head.budget)
    return _finish(session, actor, estimate, lines, "drafted")


def duplicate(session: Session, actor: Actor, estimate_id: int) -> Estimate:
    """A draft for the same client with the same lines and choices, dated today."""
    actor.require(Permission.INVOICES_EDIT)
    source = found(session, estimate_id)
    client = session.get_one(Client, source.client_id)
    estimate = _begin(session, actor, client, source.currency)
    _copy_head(source, estimate)
    estimate.project_id = None
    lines = [_copy(line, estimate, kept=True) for line in lines_in(session, ESTIMATE, estimate_id)]
    return _finish(session, actor, estimate, lines, "duplicated", source=source.number or source.id)


def revise(session: Session, actor: Actor, estimate_id: int) -> Estimate:
    """The next version as a draft, or the one that is under way; the present stays open until it is sent.

    Raises DomainError where the estimate is a draft, accepted, or not the newest version.
    """
    actor.require(Permission.INVOICES_EDIT)
    source = session.get(Estimate, estimate_id, with_for_update=True)
    if source is None:
        raise NotFound
    require_estimate_action(EstimateAction.REVISE, estimate_facts(session, source), today(session))
    first = source.origin_id or source.id
    under_way = session.execute(
        select(Estimate).where(col(Estimate.origin_id) == first, col(Estimate.issued_at).is_(None))
    ).scalars()
    if (known := under_way.first()) is not None:
        return known
    client = session.get_one(Client, source.client_id)
    estimate = _begin(session, actor, client, source.currency)
    _copy_head(source, estimate)
    estimate.recipients = source.recipients
    estimate.origin_id, estimate.project_id = first, source.project_id
    versions = select(col(Estimate.revision)).where(
        (col(Estimate.id) == first) | (col(Estimate.origin_id) == first)
    )
    estimate.revision = max(session.execute(versions).scalars()) + 1
    lines = [_copy(line, estimate, kept=True) for line in lines_in(session, ESTIMATE, estimate_id)]
    return _finish(session, actor, estimate, lines, "revision_begun", source=source.number)


def save_template(session: Session, actor: Actor, estimate_id: int, name: str) -> EstimateTemplate:
    """Keep an estimate's texts, choices and lines to begin others from. The same name replaces."""
    actor.require(Permission.INVOICES_EDIT)
    estimate = found(session, estimate_id)
    name = name.strip()
    if not name:
        raise DomainError("common.error.required", field="name")
    if len(name) > 100:
        raise DomainError("common.error.too_long", field="name", n=100)
    row = session.execute(
        select(EstimateTemplate).where(col(EstimateTemplate.name) == name)
    ).scalar_one_or_none() or EstimateTemplate(name=name)
    row.content = {
        "currency": estimate.currency,
        "head": {field: _as_json(getattr(estimate, field)) for field in COPIED if field != "reference"},
        "lines": [
            {field: _as_json(getattr(line, field)) for field in (*_TEMPLATE_LINE, "optional", "chosen")}
            for line in lines_in(session, ESTIMATE, estimate_id)
        ],
    }
    row.created_by_id = actor.user_id or None
    session.add(row)
    session.flush()
    audit.record(session, actor, "estimate_template", row.id, "saved", name=name)
    return row


def templates(session: Session, actor: Actor) -> list[EstimateTemplate]:
    actor.require(Permission.INVOICES_VIEW)
    rows = session.execute(select(EstimateTemplate).order_by(col(EstimateTemplate.name))).scalars()
    return list(rows)


def delete_template(session: Session, actor: Actor, template_id: int) -> None:
    actor.require(Permission.INVOICES_EDIT)
    row = session.get(EstimateTemplate, template_id)
    if row is None:
        raise NotFound
    audit.record(session, actor, "estimate_template", template_id, "deleted", name=row.name)
    session.delete(row)
    session.flush()


_TEMPLATE_LINE = tuple(
    name for name in LINE_COPIED if name not in ("task_list_id", "task_id", "milestone_id")
)
_CHOICES: dict[str, Any] = {
    "price_mode": PriceMode,
    "tax_rounding": TaxRounding,
    "discount_kind": DiscountKind,
    "discount_on": DiscountOn,
    "deduct": Deduct,
    "kind": LineKind,
}
_DECIMALS = ("discount_value", "total_rounding", "deposit_percent", "quantity", "unit_price")


def _as_json(value: Any) -> Any:
    return str(value) if isinstance(value, Decimal) else value


def _from_json(name: str, value: Any) -> Any:
    if value is None:
        return None
    if name in _DECIMALS:
        return Decimal(value)
    return _CHOICES[name](value) if name in _CHOICES else value


def _from_template(
    session: Session, estimate: Estimate, content: Mapping[str, Any], title: str
) -> list[EstimateLine]:
    """Prices in another currency would be wrong: such lines come without. The client's language stays."""
    kept = {name: _from_json(name, value) for name, value in content["head"].items() if name != "locale"}
    for name, value in kept.items():
        setattr(estimate, name, value)
    if title.strip():
        estimate.title = title.strip()[:200]
    same = content["currency"] == estimate.currency
    taxes = default_taxes(session, estimate.client_id)
    lines = []
    for row in content["lines"]:
        values = {name: _from_json(name, value) for name, value in row.items()}
        if not same:
            values |= {"unit_price": Decimal(0), "discount_kind": None, "discount_value": None}
        if values["kind"] != LineKind.SECTION and not values["taxes"]:
            values["taxes"] = taxes
        lines.append(EstimateLine(estimate_id=estimate.id or 0, **values))
    return lines


def _from_budget(session: Session, estimate: Estimate, project: Project, budget: str) -> list[EstimateLine]:
    """Lines of planned work: a task list (its hours at each rate), a task, or a milestone's amount each."""
    if budget not in BUDGET_PARTS:
        raise DomainError("common.error.unknown_choice", field="budget")
    taxes = default_taxes(session, estimate.client_id)
    rows: list[dict[str, Any]] = []
    if budget == "milestones":
        for milestone in session.execute(
            select(Milestone)
            .where(col(Milestone.project_id) == project.id)
            .order_by(col(Milestone.position), col(Milestone.id))
        ).scalars():
            rows.append(
                {
                    "kind": LineKind.MILESTONE,
                    "name": milestone.name,
                    "milestone_id": milestone.id,
                    "unit_price": to_decimal(milestone.amount_minor or 0, estimate.currency),
                }
            )
    else:
        rows = _of_tasks(session, project, by_list=budget == "task_lists")
    if not rows:
        raise DomainError("estimate.error.no_budget", field="budget")
    return [
        EstimateLine(
            estimate_id=estimate.id or 0,
            position=position,
            taxes=[] if row.get("kind") is LineKind.SECTION else taxes,
            **row,
        )
        for position, row in enumerate(rows, start=1)
    ]


def _of_tasks(session: Session, project: Project, *, by_list: bool) -> list[dict[str, Any]]:
    """Planned hours of open work by task list. A recurring task counts each occurrence."""
    pairs = session.execute(
        select(Task, col(TaskList.name))
        .outerjoin(TaskList, col(TaskList.id) == col(Task.task_list_id))
        .where(
            col(Task.project_id) == project.id,
            col(Task.kind) == WorkKind.TASK,
            col(Task.state) != WorkState.CANCELLED,
            col(Task.archived_at).is_(None),
            col(Task.billable),
        )
        .order_by(col(TaskList.position), col(TaskList.id), col(Task.id))
    ).all()
    planned = [(task, name or "") for task, name in pairs if task.planned_seconds]
    rows: list[dict[str, Any]] = []
    if by_list:
        sums: dict[tuple[int | None, str, Decimal], list[Task]] = {}
        for task, name in planned:
            rate = task.bill_rate if task.bill_rate is not None else project.bill_rate or Decimal(0)
            sums.setdefault((task.task_list_id, name or project.name, rate), []).append(task)
        for (list_id, name, rate), tasks in sums.items():
            seconds = sum((task.planned_seconds or 0) * task.occurrences for task in tasks)
            rows.append(
                _hours(name, seconds, rate, task_list_id=list_id)
                | {"description": "\n".join(task.name for task in tasks)[:10_000]}
            )
        return rows
    current: str | None = None
    several = len({name for _, name in planned}) > 1
    for task, name in planned:
        if several and name != current and name:
            rows.append({"kind": LineKind.SECTION, "name": name, "unit_price": Decimal(0)})
        current = name
        rate = task.bill_rate if task.bill_rate is not None else project.bill_rate or Decimal(0)
        seconds = (task.planned_seconds or 0) * task.occurrences
        rows.append(
            _hours(task.name, seconds, rate, task_list_id=task.task_list_id, task_id=task.id)
            | {"description": task.description}
        )
    return rows


def _hours(name: str, seconds: int, rate: Decimal, **more: Any) -> dict[str, Any]:
    return {
        "name": name,
        "quantity": round(hours(seconds), 6),
        "unit": "hour",
        "unit_price": rate,
        **more,
    }


def _project(session: Session, client: Client, project_id: int | None) -> Project | None:
    if project_id is None:
        return None
    project = session.get(Project, project_id)
    if project is None:
        raise NotFound
    if project.client_id not in (None, client.id):
        raise DomainError("estimate.error.other_client", field="project_id")
    return project


def _begin(session: Session, actor: Actor, client: Client, currency: str) -> Estimate:
    portal = portal_of(session)
    day = today_in(portal)
    estimate = Estimate(
        client_id=client.id or 0,
        issue_date=day,
        expires_on=day + timedelta(days=portal.estimate_days),
        currency=currency,
        exchange_rate=exchange_rate(session, portal, currency, None),
        locale=client.locale,
        price_mode=portal.price_mode,
        tax_rounding=portal.tax_rounding,
        terms=portal.estimate_terms,
        recipients=recipients_of(session, client),
        created_by_id=actor.user_id or None,
    )
    session.add(estimate)
    session.flush()
    return estimate


def _copy_head(source: Estimate, estimate: Estimate) -> None:
    for name in COPIED:
        setattr(estimate, name, getattr(source, name))
    estimate.exchange_rate = source.exchange_rate


def _copy(line: EstimateLine, estimate: Estimate, *, kept: bool) -> EstimateLine:
    values = {name: getattr(line, name) for name in LINE_COPIED}
    values |= {"optional": line.optional, "chosen": line.chosen and kept}
    return EstimateLine(estimate_id=estimate.id or 0, **values)


def _finish(
    session: Session,
    actor: Actor,
    estimate: Estimate,
    lines: Sequence[EstimateLine],
    action: str,
    **details: Any,
) -> Estimate:
    session.add_all(lines)
    session.flush()
    totals.compute(estimate, lines)
    totals.check(estimate, lines, portal_of(session))
    estimate.updated_at = now()
    session.flush()
    audit.record(session, actor, ESTIMATE_KIND, estimate.id, action, lines=len(lines), **details)
    return estimate


def _made_by(session: Session, request_key: str) -> Estimate | None:
    return session.execute(
        select(Estimate).where(col(Estimate.request_key) == request_key)
    ).scalar_one_or_none()
