"""The page of the source: where it reads, how far a run is, what has come so far; and taking it away."""

import reflex as rx

from finance_app import routes
from finance_app.domain.permissions import Permission
from finance_app.i18n import formats
from finance_app.models.kinds import ConnectionState
from finance_app.services.zoho import remote
from finance_app.services.zoho.source import overview, removing, running, setup
from finance_app.services.zoho.source.overview import Source
from finance_app.services.zoho.source.running import Progress
from finance_app.services.zoho.sync import labels
from finance_app.services.zoho.sync.runs import Run
from finance_app.services.zoho.sync.standing import Standing
from finance_app.states.form import texts
from finance_app.states.handlers import handler, on_load
from finance_app.states.session import Session, joined
from finance_app.states.zoho.steps import Fact
from finance_app.states.zoho.sync_page import RunRow, StepRow, SyncPage, took

EDIT = Permission.INTEGRATION_EDIT


class SourcePage(SyncPage, Session):
    portal: str = ""
    shared: bool = False

    @on_load(EDIT)
    async def load(self):
        found = await self._read(overview.found)
        if found is None or found.state is not ConnectionState.ACTIVE:
            return rx.redirect(routes.MARKETPLACE, replace=True)
        progress = await self._read(running.progress)
        runs = await self._read(running.history)
        self.portal, self.shared = found.portal, found.shared
        self._show_facts(found, progress)
        self._show_progress(progress)
        self.runs = [self._row(each) for each in runs]
        self._offer_removal()
        return None

    def _show_facts(self, found: Source, progress: Progress | None) -> None:
        facts = {
            "portal": joined([found.portal, found.portal_id]),
            "sign_in": self._t("zoho_source.sign_in.shared" if found.shared else "zoho.sign_in.oauth"),
            "projects": self._t(f"zoho_source.which.{found.projects}", n=found.chosen),
            "since": formats.day(found.since, self._locale)
            if found.since
            else self._t("zoho_source.fact.all_time"),
            "people": self._t(f"zoho_source.people_how.{found.people}"),
            "clients": self._t(f"zoho_source.clients_how.{found.clients}"),
            "set_up": self._t(
                "zoho.fact.set_up_by", when=self._moment(found.set_up_at), name=found.set_up_by
            ),
            "next": self._moment(progress.next_run_at) if progress else "",
        }
        self.facts = [
            Fact(self._t(f"zoho_source.fact.{name}"), value) for name, value in facts.items() if value
        ]

    def _show_progress(self, progress: Progress | None) -> None:
        self.standing = progress.standing if progress else Standing.IDLE
        self.running = self.standing == Standing.RUNNING
        going = bool(progress and progress.run and progress.run.running)
        self.pending = self.error_count = self.problem = ""
        self.steps = []
        if progress is None:
            return
        self.problem = self._problem(progress)
        number = lambda n: formats.number(n, self._locale)  # noqa: E731
        if going and progress.projects:
            self.pending = self._t(
                "zoho_source.page.at",
                n=progress.projects,
                done=number(progress.projects_done),
                total=number(progress.projects),
            )
        if progress.open_errors:
            self.error_count = self._t("zoho.page.errors", n=progress.open_errors)
        share = 100 * progress.projects_done // progress.projects if progress.projects else 0
        self.steps = [
            StepRow(
                self._t(f"zoho_source.part.{each.module}"),
                labels.list_of(self._me, each.module),
                routes.zoho_errors(each.module),
                self._t(
                    "zoho_source.page.read",
                    read=number(each.total),
                    written=number(each.fetched),
                    here=number(progress.taken.get(each.module, 0)),
                ),
                f"{share if going else 100}%",
                number(each.failed) if each.failed else "",
                not going,
            )
            for each in (progress.run.steps if progress.run else ())
        ]

    def _problem(self, progress: Progress) -> str:
        """Why nothing is read, and what to do."""
        match progress.standing:
            case Standing.STALLED:
                return self._t(f"zoho_source.page.stalled{'_shared' if self.shared else ''}")
            case Standing.SILENT | Standing.PAUSED:
                why = "silent" if progress.standing is Standing.SILENT else "blocked"
                return self._t(f"zoho_source.page.{why}", when=self._moment(progress.blocked_until))
            case Standing.INTERRUPTED:
                return self._t("zoho_source.page.interrupted", when=self._moment(progress.heard_at))
        return ""

    def _row(self, run: Run) -> RunRow:
        number = lambda n: formats.number(n, self._locale)  # noqa: E731
        failed = sum(each.failed for each in run.steps)
        changed = [each for each in run.steps if each.fetched]
        modules = joined(
            f"{self._t(f'zoho_source.part.{each.module}')} {number(each.fetched)}" for each in changed
        )
        return RunRow(
            self._t(f"zoho_source.reason.{run.reason}"),
            self._moment(run.started_at),
            took(self, run, running=self.running),
            number(sum(each.total for each in run.steps)),
            number(failed) if failed else "–",
            modules or self._t("zoho_source.page.nothing_new"),
        )

    @handler(EDIT)
    async def update_now(self):
        self.asked = True
        yield
        try:
            run = await self._write(running.start)
        finally:
            self.asked = False
        await self._changed("zoho")
        if not self._is_repeated(run):
            self._say(self._t("zoho_source.page.started"))
        yield type(self).load

    @handler(EDIT)
    async def change(self):
        draft = await self._write(setup.begin)
        return rx.redirect(routes.zoho_source_setup(draft.step))

    @handler(Permission.INTEGRATION_REMOVE)
    async def remove(self, data: dict):
        typed, shared = texts(data).get("typed", ""), self.shared
        access = await self._read(removing.check, typed)
        revoked = bool(access) and await remote.revoke(access)
        await self._write(removing.remove, typed, revoked=revoked)
        self._open_form(False)
        self.errors = {}
        await self._changed("zoho")
        done = "done_shared" if shared else "done" if revoked else "done_by_hand"
        self._say(self._t(f"zoho_source.remove.{done}"))
        return rx.redirect(routes.MARKETPLACE)
