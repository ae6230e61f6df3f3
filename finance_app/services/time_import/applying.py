"""Writing an import: everything in the one transaction of the caller, in bulk."""

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import insert, text, update
from sqlmodel import Session, SQLModel, col

from finance_app.domain.errors import DomainError
from finance_app.domain.permissions import Permission
from finance_app.integrations.timesheet_files import Approval
from finance_app.models import (
    Client,
    Milestone,
    Project,
    ProjectMember,
    Task,
    TaskList,
    TimeImport,
    TimeLog,
    User,
)
from finance_app.models.columns import now
from finance_app.models.kinds import ApprovalState, BillingMethod
from finance_app.services import rates
from finance_app.services.accounts.identity import Actor
from finance_app.services.audit import trail as audit
from finance_app.services.time_import import drafts, shapes
from finance_app.services.time_import.choices import Decisions, Kind
from finance_app.services.time_import.drafts import Draft
from finance_app.services.time_import.reading import LISTED_BAD_ROWS, Found, Pass, Progress, Tally
from finance_app.services.time_import.resolving import Entity

LOCK = 7_231_001
CHUNK = 2_000


def check_ready(draft: Draft) -> None:
    """Raises DomainError where a question about the file is open or a column is missing."""
    if draft.questions:
        raise DomainError(f"time_import.error.question_{draft.questions[0]}")
    if draft.missing:
        raise DomainError(f"time_import.error.missing_{draft.missing[0].params['field']}")


def dry_run(session: Session, actor: Actor, import_id: int, progress: Progress | None = None) -> Pass:
    """What an import would do, and every bad row. Nothing is written."""
    draft = drafts.read(session, actor, import_id)
    check_ready(draft)
    found = Pass(session, draft.source, progress)
    for _ in found:
        pass
    return found


def apply(
    session: Session,
    actor: Actor,
    import_id: int,
    progress: Progress | None = None,
    *,
    keep_bad: int | None = LISTED_BAD_ROWS,
) -> Tally:
    """Import the good rows. Raises DomainError where it was applied before or no row is good and new.

    Two imports wait for each other, so that rows which both hold are added once.
    """
    actor.require(Permission.TIME_IMPORT)
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": LOCK})
    taken = session.execute(
        update(TimeImport)
        .where(col(TimeImport.id) == import_id, col(TimeImport.applied_at).is_(None))
        .values(applied_at=now())
    )
    if taken.rowcount != 1:  # type: ignore[attr-defined]
        drafts.get(session, actor, import_id)
        raise DomainError("time_import.error.already_applied")
    session.expire_all()
    draft = drafts.read(session, actor, import_id)
    check_ready(draft)
    reading = Pass(session, draft.source, progress, keep_bad=keep_bad)
    found = list(reading)
    tally = reading.tally
    if not found and not tally.known:
        raise DomainError("time_import.error.nothing_to_import", n=tally.bad)
    _Writer(session, actor, draft, tally).write(found)
    shapes.remember(session, draft.shape, draft.mapping, draft.row.options)
    rates.price_logs(session, import_id=import_id)
    return tally


def _template(row: SQLModel) -> dict[str, Any]:
    """The values of a new row by column, its defaults filled, for bulk inserts."""
    return {name: getattr(row, name) for name in type(row).model_fields if name != "id"}


class _Writer:
    def __init__(self, session: Session, actor: Actor, draft: Draft, tally: Tally) -> None:
        self.session = session
        self.actor = actor
        self.draft = draft
        self.tally = tally
        self.import_id = draft.row.id
        self.decisions: Decisions = draft.source.decisions
        portal = draft.portal
        self.currency = portal.base_currency if portal else "EUR"
        self.needs_approval = bool(portal and portal.needs_approval)
        self.created: dict[str, list[int]] = {}

    def write(self, found: Sequence[Found]) -> None:
        self._rates_of(found)
        self._clients()
        self._people()
        self._projects()
        self._parts(Kind.MILESTONE, Milestone)
        self._parts(Kind.TASK_LIST, TaskList)
        self._tasks()
        self._logs(found)
        row, tally = self.draft.row, self.tally
        row.rows_total, row.rows_imported, row.rows_known = tally.rows, tally.good, tally.known
        row.rows_bad, row.rows_warned, row.seconds_imported = tally.bad, tally.warned, tally.seconds
        row.created = self.created
        self.session.add(row)
        self.session.flush()
        audit.record(
            self.session,
            self.actor if self.actor.user_id else None,
            "time_import",
            self.import_id,
            "applied",
            file=row.file_name,
            rows=tally.good,
            seconds=tally.seconds,
        )

    def _new(self, kind: Kind) -> list[Entity]:
        return [entity for entity in self.tally.made[kind] if entity.id is None]

    def _insert(
        self, table: type[SQLModel], entities: Sequence[Entity], rows: Iterable[dict[str, Any]]
    ) -> None:
        """Inserts a row for each entity and gives it its id."""
        rows = list(rows)
        if not rows:
            return
        made = insert(table).returning(table.id, sort_by_parameter_order=True)  # type: ignore[attr-defined]
        ids: list[int] = []
        for start in range(0, len(rows), CHUNK):
            ids += self.session.execute(made, rows[start : start + CHUNK]).scalars()
        for entity, new_id in zip(entities, ids, strict=True):
            entity.id = new_id
        self.created[str(table.__tablename__)] = ids

    def _clients(self) -> None:
        portal = self.draft.portal
        country, locale = (portal.country, portal.locale) if portal else ("FR", "en")
        base = _template(Client(name="", currency=self.currency, country=country, locale=locale))
        clients = self._new(Kind.CLIENT)
        self._insert(Client, clients, ({**base, "name": client.name} for client in clients))
        self._record("client", clients)

    def _people(self) -> None:
        base = _template(User(name=""))
        people = self._new(Kind.PERSON)
        rows = ({**base, "name": one.name, "email": one.email.casefold() or None} for one in people)
        self._insert(User, people, rows)
        self._record("user", people)

    def _projects(self) -> None:
        projects = self._new(Kind.PROJECT)
        base = _template(Project(name="", currency=self.currency, import_id=self.import_id))
        rows, members = [], []
        currencies = self._client_currencies(projects)
        for project in projects:
            client_id = project.client.id if project.client else None
            known = set().union(*project.rates.values())
            by_person = len(known) > 1 and all(len(given) == 1 for given in project.rates.values())
            rows.append(
                {
                    **base,
                    "name": project.name,
                    "client_id": client_id,
                    "currency": currencies.get(client_id or 0) or self.currency,
                    "billing_method": BillingMethod.STAFF_HOURS if by_person else BillingMethod.PROJECT_HOURS,
                    "bill_rate": next(iter(known)) if len(known) == 1 else None,
                }
            )
            members.append(project.rates if by_person else {})
        self._insert(Project, projects, rows)
        self._record("project", projects)
        self.session.execute(
            insert(ProjectMember),
            [
                {"project_id": project.id, "user_id": person.id, "bill_rate": next(iter(given_rates))}
                for project, given in zip(projects, members, strict=True)
                for person, given_rates in given.items()
            ],
        ) if any(members) else None

    def _client_currencies(self, projects: Sequence[Entity]) -> dict[int, str]:
        ids = {project.client.id for project in projects if project.client and project.client.id}
        found = {}
        for client_id in ids:
            client = self.session.get(Client, client_id)
            found[client_id] = client.currency if client else ""
        return found

    def _rates_of(self, found: Sequence[Found]) -> None:
        """The rates that the rows of new projects carry, per person."""
        for one in found:
            if one.row.rate is not None and one.target.project.id is None:
                one.target.project.rates.setdefault(one.target.person, set()).add(one.row.rate)

    def _parts(self, kind: Kind, table: type[Milestone] | type[TaskList]) -> None:
        parts = self._new(kind)
        base = _template(table(project_id=0, name=""))
        rows = (
            {
                **base,
                "project_id": part.parent.id if part.parent else 0,
                "name": part.name,
                "position": position,
            }
            for position, part in enumerate(parts)
        )
        self._insert(table, parts, rows)

    def _tasks(self) -> None:
        tasks = self._new(Kind.TASK)
        base = _template(Task(project_id=0, name="", import_id=self.import_id))
        rows = (
            {
                **base,
                "project_id": task.parent.id if task.parent else 0,
                "name": task.name,
                "number": task.number,
                "kind": task.work,
                "state": task.state,
                "milestone_id": task.milestone.id if task.milestone else None,
                "task_list_id": task.task_list.id if task.task_list else None,
                "planned_seconds": task.planned_seconds,
            }
            for task in tasks
        )
        self._insert(Task, tasks, rows)

    def _approval(self, given: Approval | None) -> ApprovalState:
        approved = self.needs_approval and given is Approval.APPROVED
        return ApprovalState.APPROVED if approved else ApprovalState.OPEN

    def _billable(self, found: Found) -> bool:
        billable = found.row.billable is not False
        if billable and not self.decisions.billed_stays_billable:
            return all(warning.code != "already_billed" for warning in found.row.warnings)
        return billable

    def _logs(self, found: Sequence[Found]) -> None:
        base = _template(
            TimeLog(project_id=0, user_id=0, day=now().date(), seconds=1, import_id=self.import_id)
        )
        approved = {"approved_at": now(), "approved_by_id": self.actor.user_id or None}
        for start in range(0, len(found), CHUNK):
            rows = []
            for one in found[start : start + CHUNK]:
                row, target = one.row, one.target
                state = self._approval(row.approval)
                rows.append(
                    {
                        **base,
                        "project_id": target.project.id,
                        "task_id": target.task.id if target.task else None,
                        "user_id": target.person.id,
                        "day": row.date,
                        "seconds": row.seconds,
                        "billable": self._billable(one),
                        "notes": row.notes,
                        "approval": state,
                        "import_key": one.key,
                        **(approved if state is ApprovalState.APPROVED else {}),
                    }
                )
            self.session.execute(insert(TimeLog), rows)

    def _record(self, kind: str, entities: Sequence[Entity]) -> None:
        for entity in entities:
            audit.record(
                self.session,
                self.actor if self.actor.user_id else None,
                kind,
                entity.id,
                "created",
                after={"name": entity.name},
                import_id=self.import_id,
            )
