"""The form of a project: what it starts with, what it may say, creation and change."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from babel.numbers import list_currencies
from sqlalchemy import select
from sqlmodel import Session, col

from finance_app.domain.errors import DomainError, InvalidFields
from finance_app.domain.money import Money
from finance_app.domain.permissions import Permission
from finance_app.models import Budget, Client, InvoiceLine, Project, TimeClaim, TimeLog, User
from finance_app.models.kinds import BillingMethod, ProjectState, RoundingMode, RoundingScope
from finance_app.services import rates
from finance_app.services.accounts.identity import Actor
from finance_app.services.audit import trail as audit
from finance_app.services.budgeting import expenses, totals
from finance_app.services.budgeting import form as budget_form
from finance_app.services.budgeting.costing import costing_of, minor_of
from finance_app.services.budgeting.totals import Worked
from finance_app.services.budgeting.work import worked_sums
from finance_app.services.fields import Fields, amount_reader, read_day, reader_of
from finance_app.services.invoicing.price_claims import project_standings
from finance_app.services.projects import directory as projects
from finance_app.services.projects.directory import same_name, whole_number
from finance_app.services.rates import Repricing

FIELDS = {
    "name": 200,
    "code": 40,
    "client_id": 20,
    "manager_id": 20,
    "description": 2000,
    "state": 20,
    "currency": 3,
    "billing_method": 20,
    "bill_rate": 30,
    "price": 30,
    "start_date": 10,
    "end_date": 10,
    "rounding_mode": 20,
    "rounding_step_minutes": 5,
    "rounding_scope": 20,
    "daily_cap": 10,
    **budget_form.FIELDS,
}


CLEARABLE = ("budget_threshold", "budget_alerts")
"""Fields of a new project that have a value at the start and may be emptied."""


HIDDEN = {
    Permission.RATES_VIEW: ("bill_rate", "price", "budget_revenue"),
    Permission.COSTS_VIEW: ("budget_cost", "tracking_rate"),
}
"""What only some may see: for the others it stays as it is."""


def form_values(session: Session, actor: Actor, project_id: int | None) -> dict[str, str]:
    """What the form starts with, as far as the person may see it."""
    hidden = _hidden(actor, project_id)
    return {k: "" if k in hidden else v for k, v in _values(session, actor, project_id).items()}


def _hidden(actor: Actor, project_id: int | None) -> set[str]:
    return {name for held, names in HIDDEN.items() if not actor.may(held, project_id) for name in names}


def _values(session: Session, actor: Actor, project_id: int | None) -> dict[str, str]:
    base = rates.base_currency(session)
    if project_id is None:
        actor.require(Permission.PROJECTS_EDIT)
        return {
            "currency": base,
            "billing_method": BillingMethod.PROJECT_HOURS.value,
            "state": ProjectState.ACTIVE.value,
            "manager_id": str(actor.user_id),
            "manager_id_label": actor.name,
            **budget_form.values_of(None, base, base),
        }
    actor.require(Permission.PROJECTS_EDIT, project_id)
    project = projects.get(session, actor, project_id)
    manager = session.get(User, project.manager_id) if project.manager_id else None
    own = [name for name in FIELDS if name not in budget_form.FIELDS and name not in ("price", "daily_cap")]
    values: dict[str, object] = {
        **{name: getattr(project, name) for name in own},
        "price": budget_form.money_text(project.price_minor, project.currency),
        "bill_rate": None if project.bill_rate is None else format(project.bill_rate, "f"),
        "daily_cap": budget_form.hours_text(project.daily_cap_seconds),
        "client_id_label": projects.client_name(session, actor, project),
        "manager_id_label": manager.name if manager else "",
        "version": project.version,
        **budget_form.values_of(session.get(Budget, project_id), base, project.currency),
    }
    return {name: "" if value is None else str(value) for name, value in values.items()}


def is_billed(session: Session, project_id: int) -> bool:
    """Whether something of the project stands on an invoice: then client and currency stay."""
    line = select(col(InvoiceLine.id)).where(col(InvoiceLine.project_id) == project_id).limit(1)
    claim = (
        select(col(TimeClaim.id))
        .join(TimeLog, col(TimeLog.id) == col(TimeClaim.time_log_id))
        .where(col(TimeLog.project_id) == project_id, col(TimeClaim.released_at).is_(None))
        .limit(1)
    )
    return any(session.execute(statement).first() for statement in (line, claim))


def create(session: Session, actor: Actor, data: Mapping[str, str]) -> Project:
    """A new project; without a currency it takes that of its client. Raises InvalidFields."""
    actor.require(Permission.PROJECTS_EDIT)
    client = session.get(Client, whole_number(data.get("client_id", "")))
    start = {**_values(session, actor, None), **({"currency": client.currency} if client else {})}
    given = {**start, **{k: v for k, v in data.items() if v or k in CLEARABLE}}
    values, budget = _checked(session, given, None)
    project = Project(**values)
    session.add(project)
    session.flush()
    audit.record(session, actor, "project", project.id, "created", after={"name": project.name})
    budget_form.save(session, actor, project.id or 0, budget)
    return project


def update(
    session: Session, actor: Actor, project_id: int, data: Mapping[str, str], version: int
) -> Repricing:
    """Change a project as it was seen at `version`, and price its unbilled time anew.

    Raises InvalidFields, or DomainError if it has changed. `rates.tried` shows beforehand what it would do.
    """
    actor.require(Permission.PROJECTS_EDIT, project_id)
    project = projects.get(session, actor, project_id)
    if project.version != version:
        raise DomainError("common.error.changed_meanwhile")
    hidden = _hidden(actor, project_id)
    shown = {name: text for name, text in data.items() if name not in hidden}
    values, budget = _checked(session, {**_values(session, actor, project_id), **shown}, project)
    before = {name: getattr(project, name) for name in values}
    changed = {name: value for name, value in values.items() if before[name] != value}
    for name, value in changed.items():
        setattr(project, name, value)
    if changed:
        project.version += 1
        session.add(project)
        session.flush()
        audit.record(
            session, actor, "project", project_id, "changed",
            before={name: _plain(before[name]) for name in changed},
            after={name: _plain(value) for name, value in changed.items()},
        )  # fmt: skip
    budget_form.save(session, actor, project_id, budget)
    return rates.reprice(session, project_id=project_id)


def _plain(value: object) -> object:
    return str(value) if isinstance(value, Decimal | date) else value


def _checked(
    session: Session, data: Mapping[str, str], project: Project | None
) -> tuple[dict[str, Any], dict[str, Any]]:
    """The values of the project and of its budget."""
    fields = Fields(data, FIELDS)
    base, currency = rates.base_currency(session), fields.text("currency").upper()
    is_known = currency in list_currencies()
    if not is_known:
        fields.refuse("currency", DomainError("common.error.currency"))
    counted = currency if is_known else base
    values: dict[str, Any] = {
        "name": fields.text("name", required=True),
        "code": fields.text("code"),
        "description": fields.text("description"),
        "currency": currency,
        "client_id": fields.read("client_id", lambda text: _client_id(session, text, project)),
        "manager_id": fields.read("manager_id", lambda text: _person_id(session, text, project)),
        "state": fields.read("state", lambda text: _choice(ProjectState, text)),
        "billing_method": fields.read("billing_method", lambda text: _choice(BillingMethod, text)),
        "bill_rate": fields.read("bill_rate", rates.read_rate),
        "price_minor": fields.read("price", amount_reader(counted)),
        "start_date": fields.read("start_date", read_day),
        "end_date": fields.read("end_date", read_day),
        "rounding_mode": fields.read("rounding_mode", reader_of(RoundingMode)),
        "rounding_scope": fields.read("rounding_scope", reader_of(RoundingScope)),
        "rounding_step_minutes": fields.read("rounding_step_minutes", _minutes),
        "daily_cap_seconds": fields.read("daily_cap", _daily_cap),
    }
    _check_together(session, fields, values, project)
    given = {name: fields.text(name) for name in budget_form.FIELDS}
    budget: dict[str, Any] = {}
    try:
        budget = budget_form.read(given, values["billing_method"], base, counted)
    except InvalidFields as wrong:
        for name, fault in wrong.faults.items():
            fields.refuse(name, fault)
    fields.check()
    return values, budget


def _check_together(
    session: Session, fields: Fields, values: Mapping[str, Any], project: Project | None
) -> None:
    """What no field says alone: the name among the names, the end after the start, what is billed stays."""
    if not fields.faults and same_name(session, values["name"], values["client_id"], project):
        fields.refuse("name", DomainError("project.error.name_taken", name=values["name"]))
    price, start, end = values["price_minor"], values["start_date"], values["end_date"]
    if values["billing_method"] is BillingMethod.FIXED_COST and price is None:
        fields.refuse("price", DomainError("project.error.price_needed"))
    if start and end and end < start:
        fields.refuse("end_date", DomainError("project.error.end_before_start"))
    if project is None:
        return
    if price is not None:
        billed = project_standings(session, [project.id or 0])[project.id or 0].billed_minor
        if price < min(billed, project.price_minor or 0):
            below = DomainError("project.error.price_below_billed", billed=Money(billed, project.currency))
            fields.refuse("price", below)
    if is_billed(session, project.id or 0):
        if values["currency"] != project.currency:
            fields.refuse("currency", DomainError("project.error.currency_billed"))
        if project.client_id is not None and values["client_id"] != project.client_id:
            fields.refuse("client_id", DomainError("project.error.client_billed"))


def _daily_cap(text: str) -> int | None:
    seconds = budget_form.read_hours(text)
    if seconds is not None and seconds > 24 * 3600:
        raise DomainError("project.error.daily_cap")
    return seconds


def _choice(kind: Any, text: str) -> Any:
    if text not in tuple(kind):
        raise DomainError("common.error.unknown_choice")
    return kind(text)


def _client_id(session: Session, text: str, project: Project | None) -> int | None:
    if not text:
        return None
    client = session.get(Client, whole_number(text))
    if client is None:
        raise DomainError("common.error.unknown_choice")
    if client.archived_at is not None and not (project and project.client_id == client.id):
        raise DomainError("project.error.client_archived", name=client.name)
    return client.id


def _person_id(session: Session, text: str, project: Project | None) -> int | None:
    if not text:
        return None
    user = session.get(User, whole_number(text))
    if user is None or (user.archived_at is not None and not (project and project.manager_id == user.id)):
        raise DomainError("common.error.unknown_choice")
    return user.id


def _minutes(text: str) -> int | None:
    if not text:
        return None
    if not 1 <= whole_number(text) <= 480:
        raise DomainError("project.error.step")
    return whole_number(text)


@dataclass(frozen=True)
class ToNow:
    """What a project used so far, for whoever sets its budget. Cost is None for those who may not see it."""

    seconds: int
    cost_minor: int | None
    is_billed: bool


def figures_to_now(session: Session, actor: Actor, project_id: int) -> ToNow:
    """Raises NotFound."""
    project = projects.get(session, actor, project_id)
    base = rates.base_currency(session)
    costing = costing_of(project, session.get(Budget, project_id), base)
    sums = worked_sums(costing, totals.by_project(session, [project_id]).get(project_id, Worked()))
    cost = minor_of(sums.actual_cost, base) + expenses.cost_by_project(session, [project_id]).get(
        project_id, 0
    )
    sees = actor.may(Permission.COSTS_VIEW, project_id)
    return ToNow(sums.actual, cost if sees else None, is_billed(session, project_id))
