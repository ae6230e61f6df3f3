"""The base of every form that changes a rate: it shows what becomes of unbilled time before it saves.

    class MemberPage(RateChange, FormState, Session):
        @handler(Permission.RATES_EDIT)
        async def save_rate(self, data: dict):
            return await self._save(texts(data))

        @handler(Permission.RATES_EDIT)
        async def confirm_rates(self):
            return await self._save(self._asked, confirmed=True)

        async def _save(self, given: dict[str, str], *, confirmed: bool = False):
            done = await self._weigh(given, service.save, self._id("member_id"), given, confirmed=confirmed)
            if done is None:
                return None                            # the dialog asks first, nothing is saved yet
            await self._changed("projects", "time")
            return [*self._saved_rates(done), type(self).load]

The page adds `rate_change_dialog(MemberPage, MemberPage.confirm_rates)` (components/rate_change.py). The
service is any function that returns a `Repricing`. What changes no unbilled time is saved at once.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import reflex as rx

from finance_app.domain.errors import DomainError
from finance_app.domain.permissions import Permission
from finance_app.i18n import formats
from finance_app.services.rates import RepricedProject, Repricing, weighing
from finance_app.states.handlers import handler

MOST_PROJECTS = 8


@dataclass(frozen=True)
class ChangeRow:
    """A line of the dialog: a project, the rest of them, or a sum."""

    name: str
    hours: str
    before: str
    after: str
    difference: str
    rises: bool
    is_sum: bool = False


class _Outdated(Exception):
    """What a change does is no longer what was shown."""

    def __init__(self, effect: Repricing) -> None:
        self.effect = effect


class RateChange(rx.State, mixin=True):
    """Mix into a state that saves rates, before FormState and Session."""

    change_open: bool = False
    change_title: str = ""
    change_outdated: bool = False
    change_logs: int = 0
    change_logs_text: str = ""
    change_unpriced: str = ""
    change_bills: list[ChangeRow] = []
    change_costs: list[ChangeRow] = []

    _asked: dict[str, str] = {}
    _shown: Repricing | None = None
    _asked_at: str = ""

    async def _weigh(
        self,
        asked: Mapping[str, str],
        work: Callable[..., Repricing],
        *args: Any,
        confirmed: bool = False,
        question: str = "",
    ) -> Repricing | None:
        """Do `work(session, actor, *args)` where no unbilled time changes, or where just what was shown is
        confirmed; otherwise keep nothing, show what it would do, and answer None. `asked` is kept in `_asked`
        for the confirmation. With a `question`, as before a removal, it asks in any case."""
        if confirmed and self._asked_at != self.router.url.path:
            self._leave_change()
            raise DomainError("common.error.changed_meanwhile")
        shown = self._shown if confirmed else None
        self.change_open, self._shown = False, None

        def run(session: Any, me: Any) -> Repricing:
            with weighing(session):
                effect = work(session, me, *args)
                if (effect.projects or question) and effect != shown:
                    raise _Outdated(effect)
            return effect

        try:
            return await self._write(run)
        except _Outdated as other:
            self._ask(asked, other.effect, question, outdated=confirmed)
            return None

    def _saved_rates(self, done: Repricing, address: str = "") -> list[Any]:
        """`_saved` of a FormState, which says how many time logs have a new rate where an amount changed."""
        answer = self._saved(address)
        if done.projects:
            count = formats.number(done.logs, self._locale)
            self._say(self._t("rate.change.done", n=done.logs, n_text=count))
        return answer

    def _ask(self, asked: Mapping[str, str], effect: Repricing, question: str, *, outdated: bool) -> None:
        self.change_title = question or self._t("rate.change.title")
        self._asked, self._shown, self._asked_at = dict(asked), effect, self.router.url.path
        self.change_outdated, self.change_open = outdated, True
        self.change_logs = effect.logs
        self.change_logs_text = formats.number(effect.logs, self._locale)
        unpriced = sum(project.unpriced_seconds for project in effect.projects)
        self.change_unpriced = formats.hours(unpriced, self._locale) if unpriced else ""
        self.change_bills = self._bill_rows(effect)
        sees_costs = self._me.may(Permission.COSTS_VIEW)
        self.change_costs = self._cost_rows(effect) if sees_costs else []

    def _bill_rows(self, effect: Repricing) -> list[ChangeRow]:
        rows = []
        for currency in effect.bills:
            parts = [p for p in effect.projects if p.bill_seconds and p.currency == currency]
            amounts = [(p.name, p.bill_seconds, p.bill_before_minor, p.bill_after_minor) for p in parts]
            rows += self._rows(amounts, currency)
        return rows

    def _cost_rows(self, effect: Repricing) -> list[ChangeRow]:
        parts: list[RepricedProject] = [p for p in effect.projects if p.cost_seconds]
        amounts = [(p.name, p.cost_seconds, p.cost_before_minor, p.cost_after_minor) for p in parts]
        return self._rows(amounts, effect.base_currency)

    def _rows(self, amounts: list[tuple[str, int, int, int]], currency: str) -> list[ChangeRow]:
        """The projects where most changes, the rest in one row, and their sum where it is not the one row."""
        if not amounts:
            return []
        by_weight = sorted(amounts, key=lambda row: abs(row[3] - row[2]), reverse=True)
        shown, rest = by_weight[:MOST_PROJECTS], by_weight[MOST_PROJECTS:]
        rows = [self._row(*row, currency) for row in shown]
        if rest:
            text = self._t("rate.change.others", n=len(rest))
            rows.append(self._row(text, *_sums(rest), currency))
        if len(amounts) > 1:
            rows.append(self._row(self._t("rate.change.total"), *_sums(amounts), currency, is_sum=True))
        return rows

    def _row(
        self, name: str, seconds: int, before: int, after: int, currency: str, *, is_sum: bool = False
    ) -> ChangeRow:
        def text(minor: int) -> str:
            return formats.money(minor, currency, self._locale)

        difference = after - before
        return ChangeRow(
            name=name,
            hours=formats.hours(seconds, self._locale),
            before=text(before),
            after=text(after),
            difference=f"+{text(difference)}" if difference > 0 else text(difference),
            rises=difference > 0,
            is_sum=is_sum,
        )

    def _leave_change(self) -> None:
        """Close a question that was asked on another page. Call it in `load`."""
        if self._asked_at != self.router.url.path:
            self.change_open, self._asked, self._shown = False, {}, None

    @handler()
    async def set_change_open(self, is_open: bool):
        self.change_open = bool(is_open)


def _sums(rows: list[tuple[str, int, int, int]]) -> tuple[int, int, int]:
    return sum(row[1] for row in rows), sum(row[2] for row in rows), sum(row[3] for row in rows)
