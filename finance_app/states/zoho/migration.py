"""Migrate: what changes, the client of each project that has none, and then the run."""

from dataclasses import dataclass
from typing import Any

import reflex as rx

from finance_app import routes
from finance_app.domain.errors import DomainError, InvalidFields, NotFound
from finance_app.domain.permissions import Permission
from finance_app.i18n import formats
from finance_app.services.zoho import marketplace, migrating, sync
from finance_app.states.handlers import handler, on_load, tell
from finance_app.states.session import Session
from finance_app.states.zoho.steps import Fact

EDIT = Permission.INTEGRATION_EDIT
STEPS = ("changes", "clients", "run")


@dataclass(frozen=True)
class HomelessRow:
    id: int
    name: str
    href: str
    hours: str


class ZohoMigration(Session):
    step: str = ""
    extent: list[Fact] = []
    rows: list[HomelessRow] = []
    left: str = ""
    problem: str = ""

    @on_load(EDIT)
    async def load(self):
        self.step, self.problem = self._param("step"), ""
        if self.step not in STEPS:
            raise NotFound
        await self._read(marketplace.connected)
        await self._show()

    async def _show(self) -> None:
        found = await self._read(migrating.extent)
        locale = self._locale
        number: Any = lambda n: formats.number(n, locale)  # noqa: E731
        self.extent = [
            Fact(self._t(f"zoho.migrate.extent.{name}"), value)
            for name, value in (
                ("clients", number(found.clients)),
                ("projects", number(found.projects)),
                ("hours", formats.hours(found.seconds, locale)),
                ("invoices", number(found.invoices)),
                ("without_client", number(found.without_client)),
                ("waiting", formats.hours(found.waiting_seconds, locale)),
            )
        ]
        self.left = self._t("zoho.migrate.left", n=found.without_client) if found.without_client else ""
        self.rows = [
            HomelessRow(each.id, each.name, routes.project(each.id), formats.hours(each.seconds, locale))
            for each in await self._read(migrating.homeless)
        ]

    @handler(EDIT)
    async def assign(self, project_id: int, client_id: str, _label: str):
        """Kept at once, so that the step can be left and come back to."""
        self.problem = ""
        if not str(client_id).isdecimal():
            return
        try:
            await self._write(migrating.assign, int(project_id), int(client_id))
        except InvalidFields as error:
            self.problem = " ".join(tell(self, fault) for fault in error.faults.values())
            return
        except DomainError as error:
            self.problem = tell(self, error)
            return
        await self._changed("projects", "zoho")
        await self._show()

    @handler(EDIT)
    async def run(self):
        await self._write(sync.start)
        await self._changed("zoho")
        return rx.redirect(routes.zoho_migrate("run"))
