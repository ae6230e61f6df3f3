"""The page of the connection: what is connected, how far the sync is, its history; and taking it away."""

import math
from datetime import timedelta
from typing import ClassVar
from zoneinfo import ZoneInfo

import reflex as rx

from finance_app import routes
from finance_app.domain.permissions import Permission
from finance_app.i18n import formats
from finance_app.integrations.zoho.pacing import Quota
from finance_app.jobs.zoho import removal
from finance_app.models.columns import now
from finance_app.models.kinds import ConnectionState
from finance_app.services.zoho import marketplace, removing, sync
from finance_app.services.zoho.centres import is_own_sandbox, quota
from finance_app.services.zoho.marketplace import Installed
from finance_app.services.zoho.sync import labels, native
from finance_app.services.zoho.sync.runs import Progress, Run
from finance_app.services.zoho.sync.standing import Standing
from finance_app.states.form import texts
from finance_app.states.handlers import handler, on_load
from finance_app.states.notices import Bell
from finance_app.states.session import Session, joined
from finance_app.states.zoho.steps import Fact
from finance_app.states.zoho.sync_page import RunRow, StepRow, SyncPage, took

EDIT = Permission.INTEGRATION_EDIT
REMOVING = "removing"
REMOVAL = {"unsent": removing.FINISH, "typed": ""}


class ZohoPage(SyncPage, Session):
    name: str = ""
    product: str = ""
    organisation: str = ""
    removing: bool = False
    unsent: str = ""
    is_native: bool = False

    _removal: ClassVar = REMOVAL

    @on_load(EDIT)
    async def load(self):
        found = await self._read(marketplace.installed)
        if found is None or found.state is ConnectionState.DRAFT:
            if self.removing:
                self.removing = False
                self._say(self._t("zoho.remove.done_meanwhile"))
            return rx.redirect(routes.MARKETPLACE, replace=True)
        progress = await self._read(sync.progress, quota())
        runs = await self._read(sync.history)
        self.name, self.organisation = f"Zoho {found.product.title()}", found.organisation
        self.product = found.product.value
        self.removing = found.state is ConnectionState.REMOVING
        self._show_facts(found, progress)
        self._show_progress(progress)
        self.runs = [self._run(each) for each in runs]
        self._offer_removal()
        return Bell.ring

    def _show_facts(self, found: Installed, progress: Progress | None) -> None:
        facts = {
            "application": self.name,
            "organisation": joined([found.organisation, found.organisation_id, found.plan, found.currency]),
            "portal": found.portal,
            "credentials": self._t(f"zoho.sign_in.{found.sign_in}"),
            "bill_from": formats.day(found.bill_from, self._locale)
            if found.bill_from
            else self._t("zoho.fact.everything"),
            "milestones": self._t("zoho.fact.on" if found.milestone_billing else "zoho.fact.off"),
            "contacts": self._t(f"zoho.contacts.{found.contacts}"),
            "set_up": self._t(
                "zoho.fact.set_up_by", when=self._moment(found.set_up_at), name=found.set_up_by
            ),
        }
        if progress:
            facts["next"] = self._moment(progress.next_run_at)
            facts["requests"] = formats.number(progress.requests_today, self._locale)
        self.facts = [Fact(self._t(f"zoho.fact.{name}"), value) for name, value in facts.items() if value]

    def _show_progress(self, progress: Progress | None) -> None:
        self.standing = REMOVING if self.removing else progress.standing if progress else Standing.IDLE
        self.running = bool(progress and progress.standing is Standing.RUNNING)
        self.pending = self.left = self.pace = self.held = self.error_count = self.problem = ""
        self.unsent = self._t("zoho.remove.unsent_none")
        self.steps, self.is_native = [], False
        if progress is None:
            return
        self.is_native = progress.stalled == native.STALLED
        self.problem = self._problem(progress)
        if progress.pending:
            self.pending = self._t("zoho.page.pending", n=progress.pending)
            self.unsent = self._t("zoho.remove.unsent_some", n=progress.pending)
        if progress.held:
            self.held = self._t("zoho.page.held", n=progress.held)
        if progress.seconds_left is not None:
            self.left = self._left(progress.seconds_left)
            self.pace = self._pace()
        if progress.open_errors:
            self.error_count = self._t("zoho.page.errors", n=progress.open_errors)
        number = lambda n: formats.number(n, self._locale)  # noqa: E731
        self.steps = [
            StepRow(
                self._t(f"zoho_sync.module.{each.module}"),
                labels.list_of(self._me, each.module),
                routes.zoho_errors(each.module),
                self._t("zoho.page.done_of", done=number(each.done), total=number(each.total)),
                f"{100 * each.done // each.total if each.total else 100}%",
                number(each.failed) if each.failed else "",
                each.done >= each.total,
            )
            for each in (progress.run.steps if progress.run else ())
        ]

    def _problem(self, progress: Progress) -> str:
        """Why nothing goes on, and what to do."""
        match progress.standing:
            case Standing.STALLED:
                return self._t("zoho.page.native" if self.is_native else "zoho.page.stalled")
            case Standing.SILENT | Standing.PAUSED:
                why = "zoho.page.silent" if progress.standing is Standing.SILENT else "zoho.page.blocked"
                return self._t(why, when=self._moment(progress.blocked_until))
            case Standing.INTERRUPTED:
                return self._t("zoho.page.interrupted", when=self._moment(progress.heard_at))
        return ""

    def _left(self, seconds: float) -> str:
        if seconds < 60:
            return self._t("zoho.page.left_soon")
        if seconds < 90 * 60:
            return self._t("zoho.page.left_minutes", n=math.ceil(seconds / 60))
        if seconds < 36 * 3600:
            return self._t("zoho.page.left_hours", n=math.ceil(seconds / 3600))
        day = formats.day((now() + timedelta(seconds=seconds)).date(), self._locale)
        return self._t("zoho.page.left_until", day=day)

    def _pace(self) -> str:
        own, real = is_own_sandbox(), Quota()
        number = lambda n: formats.number(n, self._locale)  # noqa: E731
        return self._t(
            "zoho.page.pace_demo" if own else "zoho.page.pace",
            minute=number(real.per_minute),
            day=number(real.per_day),
            demo=number(quota().per_minute),
        )

    def _run(self, run: Run) -> RunRow:
        number = lambda n: formats.number(n, self._locale)  # noqa: E731
        failed = sum(each.failed for each in run.steps)
        busy = [each for each in run.steps if each.total]
        return RunRow(
            self._t(run.name),
            self._moment(run.started_at),
            took(self, run, running=self.running),
            number(sum(each.total for each in run.steps)),
            number(failed) if failed else "–",
            joined(f"{self._t(f'zoho_sync.module.{each.module}')} {number(each.total)}" for each in busy),
        )

    @handler(EDIT)
    async def sync_now(self):
        self.asked = True
        yield
        try:
            run = await self._write(sync.start)
        finally:
            self.asked = False
        await self._changed("zoho")
        if self._is_repeated(run):
            return
        if run.joined:
            when = formats.moment(run.started_at, self._locale, ZoneInfo(self._me.time_zone), "short")
            self._say(self._t("zoho.page.joined_toast", when=when), kind="info")
        else:
            self._say(self._t("zoho.page.started_toast"))
        yield type(self).load

    @handler(Permission.INTEGRATION_REMOVE)
    async def state_native_off(self, data: dict):
        await self._write(native.confirm, texts(data).get("statement", ""))
        await self._changed("zoho")
        self.errors = {}
        self._say(self._t("zoho.page.native_done"))
        return type(self).load

    @handler(Permission.INTEGRATION_REMOVE)
    async def remove(self, data: dict):
        given = texts(data)
        ready = await self._write(removing.begin, given.get("typed", ""), given.get("unsent", ""))
        self._open_form(False)
        self.errors = {}
        if not ready:
            await self._changed("zoho")
            self._say(self._t("zoho.remove.begun"), kind="info")
            return type(self).load
        revoked = await removal.complete()
        await self._changed("zoho", "projects")
        self._say(self._t("zoho.remove.done" if revoked else "zoho.remove.done_by_hand"))
        return rx.redirect(routes.MARKETPLACE)
