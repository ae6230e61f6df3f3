"""Projects: their name, description, dates and state follow Zoho; client, rates and budget are set here."""

from datetime import date

from babel.numbers import list_currencies
from sqlalchemy import func
from sqlmodel import col, select

from finance_app.integrations.zoho.projects import Project as Remote
from finance_app.models import Client, Project, ZohoSourceLink
from finance_app.models.kinds import BillingMethod, ProjectState
from finance_app.services.audit import trail as audit
from finance_app.services.zoho.source.modules import Module
from finance_app.services.zoho.source.taking.context import Change, Taking, differing, plain

METHODS = {
    "based_on_project_hours": BillingMethod.PROJECT_HOURS,
    "based_on_staff_hours": BillingMethod.STAFF_HOURS,
    "based_on_task_hours": BillingMethod.TASK_HOURS,
}
"""A price, which a fixed cost needs, does not come over: such a project is billed by its hours at first."""
PAUSED = ("on hold", "en attente", "paused")


def state_of(record: Remote) -> ProjectState:
    if record.status.is_closed_type:
        return ProjectState.CLOSED
    return ProjectState.ON_HOLD if record.status.name.lower() in PAUSED else ProjectState.ACTIVE


def values_of(record: Remote) -> dict[str, object]:
    start, end = record.start_date, record.end_date
    if start and end and end < start:
        end = None
    return {
        "name": plain(record.name, 200),
        "description": plain(record.description, 2000, lines=True),
        "start_date": start.isoformat() if start else None,
        "end_date": end.isoformat() if end else None,
        "state": state_of(record).value,
    }


def take(taking: Taking, record: Remote, link: ZohoSourceLink | None) -> Change:
    taking.project = record.id
    values = values_of(record)
    if link is None:
        return _make(taking, record, values)
    row = taking.session.get(Project, link.local_id)
    changed = differing(link, values)
    if row is None or not changed:
        return Change.SAME
    before = {name: getattr(row, name) for name in changed}
    for name, value in changed.items():
        setattr(row, name, _read(name, value))
    row.version += 1
    link.values = values
    taking.session.add_all([row, link])
    taking.session.flush()
    audit.record(
        taking.session, None, "project", row.id, "changed",
        before={name: value if value is None else str(value) for name, value in before.items()},
        after=changed, by="zoho_projects",
    )  # fmt: skip
    return Change.WRITTEN


def _make(taking: Taking, record: Remote, values: dict[str, object]) -> Change:
    known = record.currency_code.upper() in list_currencies()
    client = taking.client(record.client, record.currency_code.upper() if known else "")
    row = _same(taking, str(values["name"]), client)
    joined = row is not None
    if row is None:
        base = taking.portal.base_currency
        row = Project(
            name=str(values["name"]) or record.id,
            description=str(values["description"]),
            client_id=client.id if client else None,
            manager_id=taking.known_person(record.owner),
            currency=record.currency_code.upper() if known else client.currency if client else base,
            billing_method=METHODS.get(record.billing_method, BillingMethod.PROJECT_HOURS),
            state=ProjectState(str(values["state"])),
            start_date=_read("start_date", values["start_date"]),
            end_date=_read("end_date", values["end_date"]),
        )
        taking.session.add(row)
        taking.session.flush()
        audit.record(
            taking.session, None, "project", row.id, "created", after={"name": row.name}, by="zoho_projects"
        )
    taking.link(Module.PROJECT, record.id, row.id or 0, values, joined=joined)
    return Change.WRITTEN


def _same(taking: Taking, name: str, client: Client | None) -> Project | None:
    """A project of the name that is here already, of the same client or of none, and of no other source."""
    found = taking.session.exec(
        select(Project)
        .where(func.lower(Project.name) == name.lower(), col(Project.archived_at).is_(None))
        .order_by(col(Project.id))
    )
    for row in found:
        fits = client is None or row.client_id in (None, client.id)
        if fits and not taking.is_linked(Module.PROJECT, row.id or 0):
            return row
    return None


def _read(name: str, value: object):
    if name in ("start_date", "end_date"):
        return date.fromisoformat(str(value)) if value else None
    return ProjectState(str(value)) if name == "state" else value


__all__ = ["state_of", "take"]
