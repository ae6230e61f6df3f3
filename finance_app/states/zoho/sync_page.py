"""What the pages of the connection and of the source have in common: how far a run is, the former runs, and
the dialog in which it is taken away."""

from dataclasses import dataclass
from datetime import timedelta
from typing import ClassVar
from zoneinfo import ZoneInfo

from finance_app.domain.permissions import Permission
from finance_app.i18n import formats
from finance_app.models.columns import now
from finance_app.services.zoho.sync.runs import Run
from finance_app.states.form import FormState
from finance_app.states.handlers import handler
from finance_app.states.live import Watcher
from finance_app.states.session import Session
from finance_app.states.zoho.steps import Fact

A_MOMENT = timedelta(seconds=5)


@dataclass(frozen=True)
class StepRow:
    name: str
    href: str
    errors: str
    done: str
    percent: str
    failed: str
    finished: bool


@dataclass(frozen=True)
class RunRow:
    reason: str
    started: str
    took: str
    records: str
    failed: str
    modules: str


def took(state: Session, run: Run, *, running: bool) -> str:
    """How long a run took; of one that has not ended, whether it goes on or waits."""
    if run.finished_at is None:
        return state._t("zoho.page.running" if running else "zoho.page.unfinished")
    seconds = int((run.finished_at - run.started_at).total_seconds())
    if seconds < 60:
        return state._t("zoho.page.took_seconds", n=seconds)
    if seconds < 3600:
        return state._t("zoho.page.took_minutes", n=seconds // 60, s=seconds % 60)
    return state._t("zoho.page.took_hours", n=seconds // 3600, m=seconds // 60 % 60)


class SyncPage(FormState, Watcher, mixin=True):
    """Mix into the state of such a page; `_removal` is what the dialog begins with."""

    facts: list[Fact] = []
    standing: str = ""
    """What the badge says: a `Standing`, or that the connection is being removed."""
    running: bool = False
    asked: bool = False
    """A run was asked for, and is not begun yet."""
    pending: str = ""
    left: str = ""
    pace: str = ""
    held: str = ""
    error_count: str = ""
    problem: str = ""
    steps: list[StepRow] = []
    runs: list[RunRow] = []

    _topics: ClassVar = ("zoho",)
    _removal: ClassVar[dict[str, str]] = {"typed": ""}
    _offered: bool = False
    _begun: int = 0

    def _offer_removal(self) -> None:
        """A link that says so opens the dialog, once; who leaves that address leaves the dialog."""
        asked = "remove" in self._query and self._me.may(Permission.INTEGRATION_REMOVE)
        if asked and not self._offered:
            self._fill(self.__class__._removal)
            self._open_form()
        if self._offered and not asked:
            self._open_form(False)
        self._offered = asked

    def _is_repeated(self, run: Run) -> bool:
        """Whether this page has begun the run a moment ago, as by the first click of a double click."""
        if not run.joined:
            self._begun = run.id
        return run.joined and run.id == self._begun and now() - run.started_at < A_MOMENT

    def _moment(self, when) -> str:
        return formats.moment(when, self._locale, ZoneInfo(self._me.time_zone), "short") if when else ""

    @handler(Permission.INTEGRATION_REMOVE)
    async def offer_removal(self):
        self._fill(self.__class__._removal)
        self._open_form()
