"""Projects: the list with its figures, one of them, creation, change, members, archive.

Amounts and rates are only given to those who may see them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any

from babel.numbers import list_currencies
from sqlalchemy import func, or_, select
from sqlmodel import Session, col

from finance_app.domain.errors import DomainError, InvalidFields, NotFound
from finance_app.domain.money import to_decimal, to_minor
from finance_app.domain.permissions import Permission
from finance_app.models import (
    Client,
    InvoiceLine,
    Milestone,
    Project,
    ProjectMember,
    Task,
    TaskList,
    TimeClaim,
    TimeLog,
    User,
)
from finance_app.models.columns import now
from finance_app.models.kinds import BillingMethod, ProjectState, RoundingMode, RoundingScope
from finance_app.services import audit, rates
from finance_app.services.accounts import Actor
from finance_app.services.listing import Found, ListAsks, ListQuery, like, page_of
from finance_app.services.rates import Repricing

ASKS = ListAsks(
    sorts=("name", "client", "method"),
    default_sort="name",
    filters=("state", "client", "method", "manager"),
)
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
}


@dataclass(frozen=True)
class ProjectRecord:
    """A row of the list; `unbilled_minor` is None for those who may not see amounts."""

    id: int
    name: str
    code: str
    client_id: int | None
    client: str
    method: BillingMethod
    state: ProjectState
    currency: str
    archived: bool
    seconds: int = 0
    last_day: date | None = None
    unbilled_minor: int | None = None


def page(session: Session, actor: Actor, query: ListQuery) -> Found[ProjectRecord]:
    """One page of the projects, each with its hours, last activity and unbilled amount.

    The filter `state` is active, on_hold, closed, archived or all; where absent, all but archived ones.
    `client` is an id, or none for projects without one. The figures are read for this page's projects only.
    """
    actor.require(Permission.PROJECTS_VIEW)
    statement = select(
        col(Project.id),
        col(Project.name),
        col(Project.code),
        col(Project.client_id),
        func.coalesce(Client.name, ""),
        col(Project.billing_method),
        col(Project.state),
        col(Project.currency),
        col(Project.archived_at).is_not(None),
    ).outerjoin(Client, col(Client.id) == col(Project.client_id))
    for condition in [*_narrowed(query), *_visible(actor)]:
        statement = statement.where(condition)
    sorts = {
        "name": func.lower(Project.name),
        "client": (func.lower(func.coalesce(Client.name, "")), func.lower(Project.name)),
        "method": col(Project.billing_method),
    }
    found = page_of(session, statement, query, sorts=sorts, tie=col(Project.id))
    return Found(
        _with_figures(session, actor, [ProjectRecord(*row) for row in found.rows]), found.total, found.query
    )


def _visible(actor: Actor) -> list[Any]:
    """Every project, or those that the person works on."""
    visible = actor.visible_projects()
    return [] if visible is None else [col(Project.id).in_(visible)]


def _narrowed(query: ListQuery) -> list[Any]:
    conditions: list[Any] = []
    state = query.filter("state")
    archived = col(Project.archived_at)
    if state == "archived":
        conditions.append(archived.is_not(None))
    elif state != "all":
        conditions.append(archived.is_(None))
        if state in tuple(ProjectState):
            conditions.append(col(Project.state) == ProjectState(state))
    client = query.filter("client")
    if client == "none":
        conditions.append(col(Project.client_id).is_(None))
    elif client:
        conditions.append(col(Project.client_id) == _number(client))
    if manager := query.filter("manager"):
        conditions.append(col(Project.manager_id) == _number(manager))
    method = query.filter("method")
    if method in tuple(BillingMethod):
        conditions.append(col(Project.billing_method) == BillingMethod(method))
    if query.search:
        conditions.append(_matches(query.search))
    return conditions


def _matches(text: str) -> Any:
    pattern = like(text)
    clients = select(col(Client.id)).where(col(Client.name).ilike(pattern, escape="\\"))
    return or_(
        col(Project.name).ilike(pattern, escape="\\"),
        col(Project.code).ilike(pattern, escape="\\"),
        col(Project.client_id).in_(clients),
    )


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else 0


def _with_figures(session: Session, actor: Actor, records: list[ProjectRecord]) -> list[ProjectRecord]:
    ids = [record.id for record in records]
    if not ids:
        return records
    rows = session.execute(
        select(col(TimeLog.project_id), func.sum(col(TimeLog.seconds)), func.max(col(TimeLog.day)))
        .where(col(TimeLog.project_id).in_(ids))
        .group_by(col(TimeLog.project_id))
    ).all()
    time = {project_id: (int(seconds), day) for project_id, seconds, day in rows}
    sees = {record.id for record in records if actor.may(Permission.RATES_VIEW, record.id)}
    hourly = {r.id: r.currency for r in records if r.method is not BillingMethod.FIXED_COST and r.id in sees}
    unbilled = rates.unbilled_by_project(session, hourly) if hourly else {}
    return [
        replace(
            record,
            seconds=time.get(record.id, (0, None))[0],
            last_day=time.get(record.id, (0, None))[1],
            unbilled_minor=unbilled.get(record.id, rates.Unbilled()).amount_minor
            if record.id in hourly
            else None,
        )
        for record in records
    ]


def suggestions(
    session: Session, actor: Actor, text: str, limit: int, scope: str = ""
) -> list[tuple[int, str, str]]:
    """Projects in use for a selector: id, name, client. `scope` is the id of a client, or empty."""
    actor.require(Permission.PROJECTS_VIEW)
    statement = (
        select(col(Project.id), col(Project.name), func.coalesce(Client.name, ""))
        .outerjoin(Client, col(Client.id) == col(Project.client_id))
        .where(
            col(Project.archived_at).is_(None), col(Project.state) != ProjectState.CLOSED, *_visible(actor)
        )
    )
    if scope:
        statement = statement.where(col(Project.client_id) == _number(scope))
    if text:
        starts = like(text).removeprefix("%")
        statement = statement.where(_matches(text)).order_by(
            col(Project.name).ilike(starts, escape="\\").desc()
        )
    rows = session.execute(statement.order_by(func.lower(Project.name), col(Project.id)).limit(limit)).all()
    return [(row[0], row[1], row[2]) for row in rows]


def get(session: Session, actor: Actor, project_id: int) -> Project:
    """Raises NotFound."""
    actor.require(Permission.PROJECTS_VIEW, project_id)
    project, visible = session.get(Project, project_id), actor.visible_projects()
    if project is None or (visible is not None and project_id not in visible):
        raise NotFound
    return project


def client_name(session: Session, actor: Actor, project: Project) -> str:
    actor.require(Permission.PROJECTS_VIEW)
    client = session.get(Client, project.client_id) if project.client_id else None
    return client.name if client else ""


def figures(session: Session, actor: Actor, project_id: int) -> ProjectRecord:
    """Hours, last activity and unbilled amount of one project, as in the list."""
    project = get(session, actor, project_id)
    record = ProjectRecord(
        project_id, project.name, project.code, project.client_id, client_name(session, actor, project),
        project.billing_method, project.state, project.currency, project.archived_at is not None,
    )  # fmt: skip
    return _with_figures(session, actor, [record])[0]


def form_values(session: Session, actor: Actor, project_id: int | None) -> dict[str, str]:
    """What the form starts with."""
    actor.require(Permission.PROJECTS_EDIT, project_id)
    if project_id is None:
        return {
            "currency": rates.base_currency(session),
            "billing_method": BillingMethod.PROJECT_HOURS.value,
            "state": ProjectState.ACTIVE.value,
            "manager_id": str(actor.user_id),
            "manager_id_label": actor.name,
        }
    project = get(session, actor, project_id)
    manager = session.get(User, project.manager_id) if project.manager_id else None
    price = project.price_minor
    values: dict[str, object] = {
        **{name: getattr(project, name) for name in FIELDS if name != "price"},
        "price": None if price is None else to_decimal(price, project.currency),
        "bill_rate": None if project.bill_rate is None else format(project.bill_rate, "f"),
        "client_id_label": client_name(session, actor, project),
        "manager_id_label": manager.name if manager else "",
        "version": project.version,
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
    client = session.get(Client, _number(data.get("client_id", "")))
    start = {**form_values(session, actor, None), **({"currency": client.currency} if client else {})}
    project = Project(**_checked(session, {**start, **{k: v for k, v in data.items() if v}}, None))
    session.add(project)
    session.flush()
    audit.record(session, actor, "project", project.id, "created", after={"name": project.name})
    return project


def update(
    session: Session, actor: Actor, project_id: int, data: Mapping[str, str], version: int
) -> Repricing:
    """Change a project as it was seen at `version`, and price its unbilled time anew.

    Raises InvalidFields, or DomainError if it has changed. `rates.tried` shows beforehand what it would do.
    """
    actor.require(Permission.PROJECTS_EDIT, project_id)
    project = get(session, actor, project_id)
    if project.version != version:
        raise DomainError("common.error.changed_meanwhile")
    values = _checked(session, {**form_values(session, actor, project_id), **data}, project)
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
    return rates.reprice(session, project_id=project_id)


def _plain(value: object) -> object:
    return str(value) if isinstance(value, Decimal | date) else value


def _checked(session: Session, data: Mapping[str, str], project: Project | None) -> dict[str, Any]:
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
        faults["currency"] = DomainError("common.error.unknown_choice")
    values["client_id"] = read("client_id", lambda text: _client_id(session, text, project))
    values["manager_id"] = read("manager_id", lambda text: _person_id(session, text, project))
    if not faults and _same_name(session, given["name"], values["client_id"], project):
        faults["name"] = DomainError("project.error.name_taken", name=given["name"])
    for name, kind in (("state", ProjectState), ("billing_method", BillingMethod)):
        values[name] = read(name, lambda text, kind=kind: _choice(kind, text))
    values["bill_rate"] = read("bill_rate", rates.read_rate)
    values["price_minor"] = read("price", lambda text: _price(text, currency))
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
    if project and is_billed(session, project.id or 0):
        if currency != project.currency:
            faults["currency"] = DomainError("project.error.currency_billed")
        if project.client_id is not None and values["client_id"] != project.client_id:
            faults["client_id"] = DomainError("project.error.client_billed")
    if faults:
        raise InvalidFields(faults)
    return values


def _choice(kind: Any, text: str) -> Any:
    if text not in tuple(kind):
        raise DomainError("common.error.unknown_choice")
    return kind(text)


def _client_id(session: Session, text: str, project: Project | None) -> int | None:
    if not text:
        return None
    client = session.get(Client, _number(text))
    if client is None:
        raise DomainError("common.error.unknown_choice")
    if client.archived_at is not None and not (project and project.client_id == client.id):
        raise DomainError("project.error.client_archived", name=client.name)
    return client.id


def _person_id(session: Session, text: str, project: Project | None) -> int | None:
    if not text:
        return None
    user = session.get(User, _number(text))
    if user is None or (user.archived_at is not None and not (project and project.manager_id == user.id)):
        raise DomainError("common.error.unknown_choice")
    return user.id


def _same_name(session: Session, name: str, client_id: int | None, project: Project | None) -> bool:
    statement = select(col(Project.id)).where(
        func.lower(Project.name) == name.lower(),
        col(Project.client_id).is_not_distinct_from(client_id),
        col(Project.archived_at).is_(None),
    )
    if project is not None:
        statement = statement.where(col(Project.id) != project.id)
    return session.execute(statement.limit(1)).first() is not None


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
    if not 1 <= _number(text) <= 480:
        raise DomainError("project.error.step")
    return _number(text)


def archive(session: Session, actor: Actor, project_ids: Sequence[int]) -> int:
    """Take projects out of lists and selectors; how many were not archived yet."""
    return _set_archived(session, actor, project_ids, archived=True)


def restore(session: Session, actor: Actor, project_ids: Sequence[int]) -> int:
    return _set_archived(session, actor, project_ids, archived=False)


def _set_archived(session: Session, actor: Actor, project_ids: Sequence[int], *, archived: bool) -> int:
    actor.require(Permission.PROJECTS_EDIT)
    found = session.execute(select(Project).where(col(Project.id).in_(project_ids))).scalars().all()
    changed = [project for project in found if (project.archived_at is not None) != archived]
    for project in changed:
        if not archived and _same_name(session, project.name, project.client_id, project):
            raise DomainError("project.error.name_taken", name=project.name)
        project.archived_at = now() if archived else None
        project.version += 1
        session.add(project)
        audit.record(session, actor, "project", project.id, "archived" if archived else "restored")
    session.flush()
    return len(changed)


def delete(session: Session, actor: Actor, project_id: int) -> None:
    """Delete an empty project. Raises DomainError where time, tasks or invoices hang on it."""
    actor.require(Permission.PROJECTS_EDIT)
    project = get(session, actor, project_id)
    for table in (TimeLog, Task, InvoiceLine):
        if session.execute(select(col(table.id)).where(col(table.project_id) == project_id).limit(1)).first():
            raise DomainError("project.error.not_empty", name=project.name)
    for table in (ProjectMember, TaskList, Milestone):
        for row in session.execute(select(table).where(col(table.project_id) == project_id)).scalars():
            session.delete(row)
        session.flush()
    session.delete(project)
    session.flush()
    audit.record(session, actor, "project", project_id, "deleted", before={"name": project.name})
