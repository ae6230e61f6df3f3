"""From the names in a row to clients, projects, tasks and people: known ones, or new ones to create.

Names are compared without regard to upper and lower case. Nothing is written here.
"""

import unicodedata
from collections import defaultdict
from dataclasses import dataclass, field
from decimal import Decimal

from sqlalchemy import select
from sqlmodel import Session, col

from finance_app.integrations.timesheet_files import ParsedRow, Problem
from finance_app.models import Client, Milestone, Project, Task, TaskList, User
from finance_app.models.kinds import WorkKind, WorkState
from finance_app.services.time_import.choices import Action, Decisions, Kind
from finance_app.services.time_import.words import work_state

NUMBER_LIMIT = 40


def name_key(text: str) -> str:
    """What two spellings of a name share."""
    return unicodedata.normalize("NFC", text).casefold()


def project_key(client: str, name: str) -> str:
    """The key of a project in `Decisions`: its client's name counts."""
    return f"{name_key(name)}\x1f{name_key(client)}"


@dataclass(eq=False, slots=True)
class Entity:
    """Something a row names; `new` is what was not known before the pass: it has an `id` only once it is
    created, or where it was `matched` with something known. `problem` is why it cannot be used."""

    kind: Kind
    name: str
    key: str = ""
    id: int | None = None
    new: bool = False
    matched: bool = False
    rows: int = 0
    parent: "Entity | None" = None
    client: "Entity | None" = None
    other: str = ""
    problem: Problem | None = None
    email: str = ""
    number: str | None = None
    work: WorkKind = WorkKind.TASK
    state: WorkState = WorkState.OPEN
    milestone: "Entity | None" = None
    task_list: "Entity | None" = None
    planned_seconds: int | None = None
    rates: dict["Entity", set[Decimal]] = field(default_factory=dict)


@dataclass(slots=True)
class Target:
    """Where the time of a row belongs."""

    project: Entity
    person: Entity
    task: Entity | None
    milestone: Entity | None
    task_list: Entity | None


class Resolver:
    """Knows all clients, projects and people, and the tasks of the projects that rows name."""

    def __init__(self, session: Session, decisions: Decisions) -> None:
        self._session = session
        self._decisions = decisions
        self._clients: dict[str, Entity] = {}
        self._projects: dict[tuple[str, str], Entity] = {}
        self._people: dict[tuple[str, str], Entity] = {}
        self._work: dict[tuple, Entity] = {}
        self._loaded: set[int] = set()
        self.new: dict[Kind, list[Entity]] = {kind: [] for kind in Kind}
        self._load()

    def _load(self) -> None:
        run = self._session.execute
        clients = run(select(col(Client.id), col(Client.name), col(Client.archived_at))).all()
        self._client_names = {row[0]: row[1] for row in clients}
        self._by_client: dict[str, int] = {}
        for client_id, name, _ in sorted(clients, key=lambda row: (row[2] is None, -row[0])):
            self._by_client[name_key(name)] = client_id
        projects = run(
            select(col(Project.id), col(Project.name), col(Project.client_id), col(Project.archived_at))
        )
        self._by_project: dict[str, list[tuple[int, int | None, bool]]] = defaultdict(list)
        self._project_names: dict[int, str] = {}
        for project_id, name, client_id, archived in projects:
            self._by_project[name_key(name)].append((project_id, client_id, archived is None))
            self._project_names[project_id] = name
        people = run(select(col(User.id), col(User.name), col(User.email), col(User.archived_at))).all()
        self._person_names = {row[0]: row[1] for row in people}
        self._by_email = {name_key(row[2]): row[0] for row in people if row[2]}
        self._has_email = {row[0] for row in people if row[2]}
        self._by_person: dict[str, list[tuple[int, bool]]] = defaultdict(list)
        for user_id, name, _, archived in people:
            self._by_person[name_key(name)].append((user_id, archived is None))

    def resolve(self, row: ParsedRow) -> Target | tuple[Problem, ...]:
        """Where the row belongs, or every reason why it cannot be placed."""
        person = self._person(row)
        project = self._project(row)
        problems = [entity.problem for entity in (project, person) if entity.problem]
        if problems:
            for entity in (project, person):
                entity.rows += entity.problem is not None
            return tuple(problems)
        task = milestone = task_list = None
        if row.milestone:
            milestone = self._part(Kind.MILESTONE, project, row.milestone)
        if row.task_list:
            task_list = self._part(Kind.TASK_LIST, project, row.task_list)
        if row.task or row.task_number or row.issue:
            if len(row.task_number) > NUMBER_LIMIT:
                params = {"text": row.task_number[:60], "limit": NUMBER_LIMIT}
                return (Problem("reason.task_number_too_long", params),)
            task = self._task(row, project, milestone, task_list)
        problems = [entity.problem for entity in (milestone, task_list, task) if entity and entity.problem]
        if problems:
            for entity in (milestone, task_list, task):
                if entity:
                    entity.rows += entity.problem is not None
            return tuple(problems)
        return Target(project, person, task, milestone, task_list)

    def _settle(self, entity: Entity, missing: str) -> Entity:
        """Applies what was decided for a new name."""
        entity.new = True
        self.new[entity.kind].append(entity)
        decision = self._decisions.of(entity.kind, entity.key) if entity.key else None
        if decision and decision.action is Action.MATCH and decision.id in self._names_of(entity.kind):
            entity.id, entity.problem, entity.matched = decision.id, None, True
            return entity
        if decision and decision.action is Action.CREATE:
            entity.problem = None
        elif decision and decision.action is Action.SKIP:
            entity.problem = Problem("reason.left_out", {"name": entity.name})
        elif entity.problem is None and not self._decisions.may_create(entity.kind):
            entity.problem = Problem(f"reason.{missing}", {"name": entity.name})
        return entity

    def may_create(self, kind: Kind) -> bool:
        return self._decisions.may_create(kind)

    def _names_of(self, kind: Kind) -> dict[int, str]:
        return {
            Kind.CLIENT: self._client_names,
            Kind.PROJECT: self._project_names,
            Kind.PERSON: self._person_names,
        }.get(kind, {})

    def matched_name(self, entity: Entity) -> str:
        """What a new name was matched with."""
        return self._names_of(entity.kind).get(entity.id or 0, "")

    def _person(self, row: ParsedRow) -> Entity:
        key = (row.person, row.email)
        found = self._people.get(key)
        if found is None:
            shared = (name_key(row.person), name_key(row.email))
            found = self._people.get(shared)
            if found is None:
                found = self._people[shared] = self._find_person(row.person, row.email)
            self._people[key] = found
        return found

    def _find_person(self, name: str, email: str) -> Entity:
        shown = name or email.partition("@")[0]
        if email and (user_id := self._by_email.get(name_key(email))):
            return Entity(Kind.PERSON, self._person_names[user_id], id=user_id)
        known = self._by_person.get(name_key(shown), [])
        if email:
            known = [entry for entry in known if entry[0] not in self._has_email]
        known = [entry for entry in known if entry[1]] or known
        if len(known) == 1:
            return Entity(Kind.PERSON, self._person_names[known[0][0]], id=known[0][0])
        made = Entity(Kind.PERSON, shown[:200], key=name_key(email or shown), email=email)
        if known:
            made.problem = Problem("reason.several_people", {"name": shown})
        return self._settle(made, "unknown_person")

    def _client(self, name: str) -> Entity:
        key = name_key(name)
        found = self._clients.get(key)
        if found is None:
            client_id = self._by_client.get(key)
            if client_id is not None:
                found = Entity(Kind.CLIENT, self._client_names[client_id], id=client_id)
            else:
                found = self._settle(Entity(Kind.CLIENT, name, key=key), "unknown_client")
            self._clients[key] = found
        return found

    def _project(self, row: ParsedRow) -> Entity:
        key = (row.client, row.project)
        found = self._projects.get(key)
        if found is None:
            shared = (name_key(row.client), name_key(row.project))
            found = self._projects.get(shared)
            if found is None:
                found = self._projects[shared] = self._find_project(row.client, row.project)
            self._projects[key] = found
        return found

    def _find_project(self, client_name: str, name: str) -> Entity:
        known = self._by_project.get(name_key(name), [])
        known = [entry for entry in known if entry[2]] or known
        client = self._client(client_name) if client_name else None
        made = Entity(Kind.PROJECT, name, key=project_key(client_name, name), client=client)
        if client is None:
            if len(known) > 1:
                known = [entry for entry in known if entry[1] is None] or known
            if len(known) == 1:
                return self._existing_project(known[0][0])
            if known:
                made.problem = Problem("reason.several_projects", {"name": name})
        else:
            if client.problem:
                made.problem = client.problem
                return made
            own = [entry for entry in known if client.id is not None and entry[1] == client.id]
            own = own or [entry for entry in known if entry[1] is None]
            if own:
                return self._existing_project(own[0][0])
            if known:
                made.other = self._client_names.get(known[0][1] or 0, "")
                params = {"name": name, "client": client.name, "other": made.other}
                made.problem = Problem("reason.project_of_another_client", params)
        return self._settle(made, "unknown_project")

    def _existing_project(self, project_id: int) -> Entity:
        for entity in self._projects.values():
            if entity.id == project_id:
                return entity
        return Entity(Kind.PROJECT, self._project_names[project_id], id=project_id)

    def _load_work(self, project: Entity) -> None:
        """The task lists, milestones, tasks and issues that a known project has."""
        if project.id is None or project.id in self._loaded:
            return
        self._loaded.add(project.id)
        run = self._session.execute
        for kind, table in ((Kind.MILESTONE, Milestone), (Kind.TASK_LIST, TaskList)):
            rows = run(
                select(col(table.id), col(table.name))
                .where(table.project_id == project.id)
                .order_by(col(table.id).desc())
            )
            for part_id, name in rows:
                key = (kind, project.id, name_key(name))
                self._work[key] = Entity(kind, name, id=part_id, parent=project)
        tasks = run(
            select(col(Task.id), col(Task.name), col(Task.number), col(Task.kind))
            .where(Task.project_id == project.id)
            .order_by(col(Task.archived_at).is_(None), col(Task.id).desc())
        )
        for task_id, name, number, work in tasks:
            entity = Entity(Kind.TASK, name, id=task_id, parent=project, number=number, work=work)
            self._work[(Kind.TASK, project.id, work, name_key(name))] = entity
            if number:
                self._work[("number", project.id, name_key(number))] = entity

    def _part(self, kind: Kind, project: Entity, name: str) -> Entity:
        self._load_work(project)
        key = (kind, project.id or id(project), name_key(name))
        found = self._work.get(key)
        if found is None:
            missing = "unknown_milestone" if kind is Kind.MILESTONE else "unknown_task_list"
            found = self._work[key] = self._settle(Entity(kind, name, parent=project), missing)
        return found

    def _task(
        self, row: ParsedRow, project: Entity, milestone: Entity | None, task_list: Entity | None
    ) -> Entity:
        self._load_work(project)
        owner = project.id or id(project)
        work = WorkKind.ISSUE if row.issue else WorkKind.TASK
        name = row.issue or row.task or row.task_number
        key = (
            ("number", owner, name_key(row.task_number))
            if row.task_number
            else (Kind.TASK, owner, work, name_key(name))
        )
        found = self._work.get(key)
        if found is None:
            made = Entity(
                Kind.TASK,
                name,
                parent=project,
                number=row.task_number or None,
                work=work,
                milestone=milestone,
                task_list=task_list,
            )
            found = self._work[key] = self._settle(made, "unknown_task")
        if found.new:
            if found.planned_seconds is None and row.estimated_seconds:
                found.planned_seconds = row.estimated_seconds
            if row.status:
                found.state = work_state(row.status) or found.state
        return found
