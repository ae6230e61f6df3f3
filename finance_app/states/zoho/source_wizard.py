"""The wizard that makes Zoho Projects a source: the questions it asks, step by step."""

from dataclasses import dataclass
from datetime import date
from typing import Any, ClassVar

import reflex as rx

from finance_app import routes
from finance_app.domain.errors import DomainError, InvalidFields
from finance_app.domain.permissions import Permission
from finance_app.i18n import formats
from finance_app.integrations.zoho.oauth import PROJECTS_SCOPES
from finance_app.integrations.zoho.projects import Portal, Project
from finance_app.models.kinds import SourceProjects
from finance_app.services.zoho import remote
from finance_app.services.zoho.source import overview, setup, trial
from finance_app.services.zoho.source.modules import Module
from finance_app.services.zoho.source.setup import STEPS, Draft
from finance_app.services.zoho.source.trial import Trial
from finance_app.states.form import texts
from finance_app.states.handlers import handler, tell
from finance_app.states.session import Session, joined
from finance_app.states.zoho.steps import EDIT, Fact, PlaceRow, ScopeRow, WizardSteps

NAMED = 8
"""How many new people and clients are named before the rest is a number."""


@dataclass(frozen=True)
class ProjectRow:
    id: str
    name: str
    about: str
    chosen: bool


class SourceWizard(WizardSteps, Session):
    shared: bool = False
    shareable: bool = False
    portals: list[PlaceRow] = []
    projects: list[ProjectRow] = []
    which: str = "active"
    may_invite: bool = False
    counts: list[Fact] = []
    count_note: str = ""
    unread: str = ""
    counted: bool = False
    feeds_zoho: bool = False

    _steps: ClassVar = STEPS
    _address: ClassVar = staticmethod(routes.zoho_source_setup)
    _answers: ClassVar = setup
    _consent: ClassVar = f"{routes.ZOHO_CONSENT}?for=projects&"

    def _show(self, draft: Draft) -> None:
        self.shared, self.shareable = bool(draft.answers.get("shared")), draft.shareable
        super()._show(draft)

    def _facts(self, draft: Draft) -> list[Fact]:
        given, facts = draft.answers, []

        def add(name: str, value: str) -> None:
            facts.append(Fact(self._t(f"zoho_source.fact.{name}"), value))

        if draft.signed_in:
            add("sign_in", self._t("zoho_source.sign_in.shared" if self.shared else "zoho.sign_in.oauth"))
        if chosen := given.get("portal"):
            add("portal", joined([chosen["name"], chosen.get("plan", "")]))
        if "projects" in given and STEPS.index(draft.step) > STEPS.index("projects"):
            n = len(given["chosen"])
            which = given["projects"]
            add("projects", self._t(f"zoho_source.which.{which}", n=n))
            day = given.get("since")
            text = formats.day(date.fromisoformat(day), self._locale) if day else ""
            add("since", text or self._t("zoho_source.fact.all_time"))
        if "people" in given:
            add("people", self._t(f"zoho_source.people_how.{given['people']}"))
            add("clients", self._t(f"zoho_source.clients_how.{given['clients']}"))
        return facts

    async def _start_of(self, step: str, draft: Draft) -> dict[str, Any]:
        given = draft.answers
        match step:
            case "credentials":
                self.scopes = [
                    ScopeRow(name, self._t(f"zoho_source.scope.{name.split('.')[1]}"))
                    for name in PROJECTS_SCOPES
                ]
                return {"centre": given.get("centre", "us"), "client_id": given.get("client_id", "")}
            case "portal":
                return await self._look_for_portals(draft)
            case "projects":
                return await self._look_for_projects(draft)
            case "people":
                self.may_invite = self._me.may(Permission.PEOPLE_EDIT)
                fallback = "create" if self.may_invite else "known"
                return {"people": given.get("people", fallback), "clients": given.get("clients", "create")}
            case "review":
                found = await self._read(overview.found)
                self.feeds_zoho = bool(found and found.feeds_zoho)
                self.counted, self.counts, self.count_note, self.unread = False, [], "", ""
        return {}

    async def _look_for_portals(self, draft: Draft) -> dict[str, str]:
        self.portals, self.unread = [], ""
        try:
            found = await self._portals_there()
        except DomainError as error:
            self.problem = tell(self, error)
            return {}
        self.portals = [
            PlaceRow(each.id, each.name, joined([each.plan, each.role, each.id])) for each in found
        ]
        chosen = (draft.answers.get("portal") or {}).get("id", "")
        return {"portal": chosen or (found[0].id if len(found) == 1 else "")}

    async def _portals_there(self) -> list[Portal]:
        async with remote.reading(await self._read(setup.access)) as (api, kept):
            found = await api.portals()
            self.unread = self._unread(api.unread)
        await self._write(setup.keep_token, kept.access)
        return found

    async def _look_for_projects(self, draft: Draft) -> dict[str, str]:
        given, self.projects, self.unread = draft.answers, [], ""
        self.which = given.get("projects", SourceProjects.ACTIVE)
        chosen = set(given.get("chosen", []))
        try:
            offered = await self._offered()
        except DomainError as error:
            self.problem = tell(self, error)
            offered = {}
        self.projects = [
            ProjectRow(each.id, each.name, joined([each.client.name, each.status.name]), each.id in chosen)
            for each in list(offered.values())[: setup.MOST_CHOSEN]
        ]
        return {"projects": self.which, "since": given.get("since", "")}

    async def _offered(self) -> dict[str, Project]:
        async with remote.reading(await self._read(setup.access)) as (api, kept):
            found = {each.id: each async for each in api.projects()}
            self.unread = self._unread(api.unread)
        await self._write(setup.keep_token, kept.access)
        return found

    @handler(EDIT)
    async def share(self):
        """The sign-in of the connection is tried at Zoho Projects before it is taken."""
        try:
            async with remote.reading(await self._read(setup.shared_access)) as (api, kept):
                await api.portals()
        except DomainError as error:
            self.problem = tell(self, error)
            return None
        await self._write(setup.keep_shared)
        await self._write(setup.keep_token, kept.access)
        return self._on("portal")

    @handler(EDIT)
    async def pick_portal(self, data: dict):
        """Looked up at Zoho once more: what the browser sends is only an id."""
        wanted = texts(data).get("portal", "")
        try:
            found = await self._portals_there()
        except DomainError as error:
            self.problem = tell(self, error)
            return None
        chosen = next((each for each in found if each.id == wanted), None)
        if chosen is None:
            raise InvalidFields({"portal": DomainError("zoho_source.error.no_portal")})
        await self._write(setup.keep_portal, chosen)
        return self._on("projects")

    @handler(EDIT)
    async def choose(self, which: str):
        self.which = which if which in tuple(SourceProjects) else "active"

    @handler(EDIT)
    async def save_projects(self, data: dict):
        given = texts(data)
        offered = await self._offered() if given.get("projects") == SourceProjects.CHOSEN else {}
        await self._write(setup.keep_projects, given, offered)
        return self._on("people")

    @handler(EDIT)
    async def save_people(self, data: dict):
        await self._write(setup.keep_people, texts(data))
        return self._on("review")

    @handler(EDIT)
    async def count(self):
        """The dry run: what would come over, and how much of it is new."""
        draft, known = await self._read(setup.draft), await self._read(trial.known)
        given = draft.answers
        found, access = await trial.count(
            await self._read(setup.access),
            SourceProjects(given.get("projects", "active")),
            given.get("chosen", []),
            date.fromisoformat(given["since"]) if given.get("since") else None,
            known,
        )
        await self._write(setup.keep_token, access)
        self._show_counts(found, str(given.get("people", "create")), str(given.get("clients", "create")))

    def _show_counts(self, found: Trial, people: str, clients: str) -> None:
        number = lambda n: formats.number(n, self._locale)  # noqa: E731
        self.counts = [
            Fact(
                self._t(f"zoho_source.part.{module}"),
                self._t(
                    "zoho_source.review.new_of",
                    new=number(found.new.get(module, 0)),
                    total=number(found.found.get(module, 0)),
                ),
            )
            for module in (Module.PROJECT, Module.TASK, Module.ISSUE, Module.TIME_LOG)
        ]
        self.counts.append(
            Fact(self._t("zoho_source.review.hours"), formats.hours(found.seconds, self._locale))
        )
        for name, names, how in (
            ("people", found.new_people, people),
            ("clients", found.new_clients, clients),
        ):
            if names:
                shown = ", ".join(names[:NAMED])
                rest = len(names) - NAMED
                text = f"{shown} …" if rest > 0 else shown
                label = self._t(f"zoho_source.review.{name}_{'known' if how == 'known' else 'new'}")
                self.counts.append(Fact(f"{label} ({number(len(names))})", text))
        self.count_note = (
            ""
            if found.complete
            else self._t("zoho_source.review.partly", read=number(found.read), total=number(found.projects))
        )
        self.unread = self._unread(found.unreadable)
        self.counted = True

    def _unread(self, names: list[str]) -> str:
        """What cannot be read, by name; empty for nothing."""
        shown = ", ".join(names[:NAMED]) + (" …" if len(names) > NAMED else "")
        return self._t("zoho_source.unread", n=len(names), names=shown) if names else ""

    @handler(EDIT)
    async def finish(self):
        await self._write(setup.save)
        await self._changed("zoho")
        self._say(self._t("zoho_source.review.saved"))
        return rx.redirect(routes.ZOHO_SOURCE)
