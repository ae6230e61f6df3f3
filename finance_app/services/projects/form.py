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
from finance_app.domain.money import Money, to_minor
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
from finance_app.services.invoicing.price_claims import project_standings
from finance_app.services.projects import directory as projects
from finance_app.services.projects.directory import same_name, whole_number
from finance_app.services.rates import Repricing

PRICE_LIMIT = 10**13

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
    given = {name: str(data.get(name, "")).strip() for name in FIELDS}
    faults: dict[str, DomainError] = {
        name: DomainError("common.error.too_long", n=FIELDS[name])
        for name, value in given.items()
        if len(value) > FIELDS[name]
    }

    def read(name: str, reader: Any) -> Any:
        try:
            return reader(given[name])
        except DomainError as fault:
            faults.setdefault(name, fault)
        return None

    values: dict[str, Any] = {name: given[name] for name in ("name", "code", "description")}
    if not given["name"]:
        faults["name"] = DomainError("common.error.required")
    currency = values["currency"] = given["currency"].upper()
    if currency not in list_currencies():
        faults["currency"] = DomainError("common.error.currency")
    values["client_id"] = read("client_id", lambda text: _client_id(session, text, project))
    values["manager_id"] = read("manager_id", lambda text: _person_id(session, text, project))
    if not faults and same_name(session, given["name"], values["client_id"], project):
        faults["name"] = DomainError("project.error.name_taken", name=given["name"])
    for name, kind in (("state", ProjectState), ("billing_method", BillingMethod)):
        values[name] = read(name, lambda text, kind=kind: _choice(kind, text))
    values["bill_rate"] = read("bill_rate", rates.read_rate)
    base = rates.base_currency(session)
    known = base if "currency" in faults else currency
    values["price_minor"] = read("price", lambda text: _price(text, known))
    if values["billing_method"] is BillingMethod.FIXED_COST and values["price_minor"] is None:
        faults.setdefault("price", DomainError("project.error.price_needed"))
    for name in ("start_date", "end_date"):
        values[name] = read(name, _day)
    start, end = values["start_date"], values["end_date"]
    if start and end and end < start:
        faults["end_date"] = DomainError("project.error.end_before_start")
    for name, kind in (("rounding_mode", RoundingMode), ("rounding_scope", RoundingScope)):
        values[name] = read(name, lambda text, kind=kind: _choice(kind, text) if text else None)
    values["rounding_step_minutes"] = read("rounding_step_minutes", _minutes)
    values["daily_cap_seconds"] = read("daily_cap", _daily_cap)
    budget: dict[str, Any] = {}
    try:
        budget = budget_form.read(given, values["billing_method"], base, known)
    except InvalidFields as wrong:
        faults |= wrong.faults
    if project and values["price_minor"] is not None and "price" not in faults:
        billed = project_standings(session, [project.id or 0])[project.id or 0].billed_minor
        if values["price_minor"] < min(billed, project.price_minor or 0):
            faults["price"] = DomainError(
                "project.error.price_below_billed", billed=Money(billed, project.currency)
            )
    if project and is_billed(session, project.id or 0):
        if currency != project.currency:
            faults["currency"] = DomainError("project.error.currency_billed")
        if project.client_id is not None and values["client_id"] != project.client_id:
            faults["client_id"] = DomainError("project.error.client_billed")
    if faults:
        raise InvalidFields(faults)
    return values, budget


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


def _price(text: str, currency: str) -> int | None:
    typed = "".join(text.split()).replace(",", ".")
    if not typed:
        return None
    minor = to_minor(typed, currency)
    if minor < 0:
        raise DomainError("project.error.price_negative")
    if minor > PRICE_LIMIT:
        raise DomainError("project.error.price_absurd")
    return minor


def _day(text: str) -> date | None:
    if not text:
        return None
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise DomainError("project.error.date") from None
    if not 1990 <= day.year <= 2100:
        raise DomainError("project.error.date_far")
    return day


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
