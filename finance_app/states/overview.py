"""The overview: what needs the person today, as far as the role may see it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import ClassVar
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from finance_app import routes
from finance_app.domain.permissions import Permission
from finance_app.i18n import formats, t
from finance_app.i18n.formats import day, hours, moment, money
from finance_app.models.kinds import WorkKind
from finance_app.services import activity, overview
from finance_app.services.accounts.identity import Actor
from finance_app.services.activity import Happening
from finance_app.services.overview import Amounts, Business, DueTask, Figure, OwnWork, Week, YearProfit
from finance_app.states.handlers import on_load
from finance_app.states.live import Watcher
from finance_app.states.reports.profitability import percent
from finance_app.states.session import Session, joined
from finance_app.states.settings.audit import word


@dataclass(frozen=True)
class Tile:
    label: str
    value: str
    note: str
    tone: str
    href: str


@dataclass(frozen=True)
class Event:
    what: str
    when: str
    href: str


@dataclass(frozen=True)
class Due:
    """A task of one's own: its name, its project, when it is due, and whether it is late."""

    name: str
    project: str
    when: str
    late: bool
    href: str


class Overview(Watcher, Session):
    needs: list[Tile] = []
    nothing: str = ""
    cash: list[Tile] = []
    month: list[Tile] = []
    tasks: list[Due] = []
    events: list[Event] = []

    _topics: ClassVar = (
        "clients", "projects", "time", "tasks", "invoices", "estimates", "expenses", "payments",
        "zoho",
    )  # fmt: skip

    @on_load(Permission.OVERVIEW_VIEW)
    async def load(self):
        me, locale = self._me, self._locale
        today = await self._today()
        own = await self._read(overview.own_work, today)
        self.tasks = [due(task, today, locale) for task in own.tasks]
        if me.may(Permission.INVOICES_VIEW):
            found = await self._read(overview.business, today)
            self.needs = [*needs(found, today, me, locale), *own_needs(own, me.user_id, locale)]
            self.month = month(found, today, locale)
            weeks, owed = await self._read(overview.due_weeks, today), await self._read(overview.owed)
            self.cash = cash(weeks, owed, locale)
            if me.may(Permission.FINANCE_VIEW):
                self.month = [*self.month, profit(await self._read(overview.year_profit), locale)]
            self.nothing = self._t("overview.nothing.text")
        else:
            self.needs, self.cash = own_needs(own, me.user_id, locale), []
            self.month = own_month(own, today, me.user_id, locale)
            self.nothing = self._t("overview.nothing.own")
        if me.may(Permission.INTEGRATION_EDIT):
            self.needs = [*self.needs, *failed_syncs(await self._read(overview.failed_syncs), locale)]
        zone = ZoneInfo(me.time_zone)
        self.events = [event(each, locale, zone) for each in await self._read(activity.recent)]


def _sum(amounts: Amounts, locale: str) -> str:
    """One amount a line: of different currencies there is no sum."""
    return "\n".join(money(minor, currency, locale) for currency, minor in amounts) or "0"


def _at(path: str, **query: object) -> str:
    return f"{path}?{urlencode(query)}"


def _hours(seconds: int, locale: str) -> str:
    return t(locale, "overview.hours", hours=hours(seconds, locale, decimals=1))


def _tile(locale: str, name: str, figure: Figure, value: str, tone: str, href: str) -> list[Tile]:
    """A tile for what there is to do, none where there is nothing."""
    if not figure.count:
        return []
    note = t(locale, f"overview.{name}.note", n=figure.count)
    return [Tile(t(locale, f"overview.{name}.label"), value, note, tone, href)]


def needs(found: Business, today: date, me: Actor, locale: str) -> list[Tile]:
    """What the person can do something about: who may not bill or approve is not asked to."""
    before = (today.replace(day=1) - timedelta(days=1)).isoformat()
    bills, approves = me.may(Permission.INVOICES_EDIT), me.may(Permission.TIME_APPROVE)

    def tiles(
        name: str, figure: Figure, value: str, tone: str, href: str, *, shown: bool = True
    ) -> list[Tile]:
        return _tile(locale, name, figure, value, tone, href) if shown else []

    def count(name: str, many: int, tone: str, href: str, *, shown: bool = True) -> list[Tile]:
        return tiles(name, Figure(many), formats.number(many, locale), tone, href, shown=shown)

    return [
        *tiles("overdue", found.overdue, _sum(found.overdue.amounts, locale), "red",
               _at(routes.INVOICES, state="overdue")),
        *tiles("drafts", found.drafts, _sum(found.drafts.amounts, locale), "gray",
               _at(routes.INVOICES, state="draft"), shown=bills),
        *tiles("to_approve", found.to_approve, _hours(found.to_approve.seconds, locale), "blue",
               _at(routes.TIME, approval="submitted"), shown=approves),
        *tiles("expenses_to_approve", found.expenses_to_approve,
               _sum(found.expenses_to_approve.amounts, locale), "blue",
               _at(routes.EXPENSES, approval="submitted"), shown=me.may(Permission.EXPENSES_APPROVE)),
        *tiles("unbilled", found.unbilled, _hours(found.unbilled.seconds, locale), "amber",
               _at(routes.TIME, billed="due", until=before), shown=bills),
        *tiles("without_rate", found.without_rate, _hours(found.without_rate.seconds, locale), "red",
               _at(routes.TIME, billed="no_rate"), shown=bills),
        *tiles("without_client", found.without_client, _hours(found.without_client.seconds, locale), "red",
               _at(routes.TIME, billed="no_client"), shown=bills),
        *count("over_budget", found.over_budget, "red", _at(routes.PROJECTS, health="over")),
        *count("at_risk", found.at_risk, "amber", _at(routes.PROJECTS, health="at_risk")),
        *tiles("expiring", found.expiring, _sum(found.expiring.amounts, locale), "amber",
               _at(routes.ESTIMATES, expiring="yes", sort="expiry"), shown=bills),
        *count("failed_mails", found.failed_mails, "red", page_of(*found.failed_mail), shown=bills),
    ]  # fmt: skip


def failed_syncs(many: int, locale: str) -> list[Tile]:
    return _tile(
        locale, "failed_syncs", Figure(many), formats.number(many, locale), "red", routes.ZOHO_ERRORS
    )


def month(found: Business, today: date, locale: str) -> list[Tile]:
    span = {"from": today.replace(day=1).isoformat(), "until": today.isoformat()}
    return [
        Tile(t(locale, "overview.month.hours"), _hours(found.month_seconds, locale), "", "",
             _at(routes.TIME, **span)),
        Tile(t(locale, "overview.month.billed"), _sum(found.billed.amounts, locale),
             t(locale, "overview.month.billed_note", n=found.billed.count), "", _at(routes.INVOICES, **span)),
        Tile(t(locale, "overview.month.received"), _sum(found.received.amounts, locale),
             t(locale, "overview.month.received_note", n=found.received.count), "",
             _at(routes.PAYMENTS, **span)),
    ]  # fmt: skip


def cash(weeks: list[Week], owed: Figure, locale: str) -> list[Tile]:
    """What is owed, and what of it is due in each of the next weeks; nothing where nobody owes."""
    if not owed.count:
        return []
    tiles = [
        Tile(t(locale, "overview.cash.owed"), _sum(owed.amounts, locale),
             t(locale, "overview.cash.note", n=owed.count), "", routes.RECEIVABLES)
    ]  # fmt: skip
    for number, week in enumerate(weeks):
        first, last = day(week.first, locale, "weekday"), day(week.last, locale, "weekday")
        label = t(locale, "overview.cash.this_week") if number == 0 else f"{first} – {last}"
        href = _at(routes.INVOICES, state="open", due_from=week.first, due_until=week.last)
        note = t(locale, "overview.cash.note", n=week.due.count) if week.due.count else ""
        tiles.append(Tile(label, _sum(week.due.amounts, locale) if week.due.count else "–", note, "", href))
    return tiles


def profit(year: YearProfit, locale: str) -> Tile:
    margin = year.margin_permille
    note = "" if margin is None else t(locale, "overview.month.margin", margin=percent(margin, locale))
    value = money(year.profit_minor, year.currency, locale)
    tone = "red" if year.profit_minor < 0 else ""
    return Tile(t(locale, "overview.month.profit"), value, note, tone, routes.PROFITABILITY)


def own_needs(own: OwnWork, user_id: int, locale: str) -> list[Tile]:
    rejected, spent = own.rejected, own.expenses_rejected
    return [
        *_tile(locale, "rejected", rejected, _hours(rejected.seconds, locale), "red",
               _at(routes.TIME, approval="rejected", person=user_id)),
        *_tile(locale, "expenses_rejected", spent, _sum(spent.amounts, locale), "red",
               _at(routes.EXPENSES, approval="rejected", person=user_id)),
    ]  # fmt: skip


def own_month(own: OwnWork, today: date, user_id: int, locale: str) -> list[Tile]:
    monday = today - timedelta(days=today.weekday())

    def hours_of(name: str, seconds: int, note: str, **query: object) -> Tile:
        href = _at(routes.TIME, person=user_id, **query)
        return Tile(t(locale, f"overview.own.{name}"), _hours(seconds, locale), note, "", href)

    waiting = own.submitted
    note = t(locale, "overview.own.submitted_note", n=waiting.count) if waiting.count else ""
    until = today.isoformat()
    return [
        hours_of("week", own.week_seconds, "", **{"from": monday.isoformat(), "until": until}),
        hours_of(
            "month", own.month_seconds, "", **{"from": today.replace(day=1).isoformat(), "until": until}
        ),
        hours_of("submitted", waiting.seconds, note, approval="submitted"),
    ]


def due(task: DueTask, today: date, locale: str) -> Due:
    pattern = routes.PROJECT_ISSUES if task.kind is WorkKind.ISSUE else routes.PROJECT_TASKS
    left = (task.due - today).days
    when = t(locale, "overview.tasks.today") if left == 0 else day(task.due, locale, "weekday")
    if left < 0:
        when = t(locale, "overview.tasks.late", n=-left)
    href = f"{routes.project_tab(pattern, task.project_id)}/{task.id}"
    return Due(task.name, task.project, when, left < 0, href)


_PAGES: dict[str, Callable[[int], str]] = {
    "client": routes.client,
    "contact": routes.client,
    "project": routes.project,
    "invoice": routes.invoice,
    "estimate": routes.estimate,
    "sales_order": routes.sales_order,
    "credit_note": routes.credit_note,
    "payment": routes.payment,
    "expense": routes.expense,
    "time_log": routes.time_log,
    "user": routes.person,
    "profile": routes.profile,
    "time_import": lambda id: routes.time_import(id, "result"),
}
_LISTS = {
    "portal": routes.SETTINGS_COMPANY,
    "tax": routes.SETTINGS_TAXES,
    "item": routes.SETTINGS_ITEMS,
    "email_template": routes.SETTINGS_EMAILS,
    "expense_category": routes.SETTINGS_EXPENSES,
    "estimate_template": routes.ESTIMATES,
    "session": routes.SETTINGS_AUDIT,
}
_TABS = {
    "task": routes.PROJECT_TASKS,
    "issue": routes.PROJECT_ISSUES,
    "milestone": routes.PROJECT_MILESTONES,
}


def page_of(kind: str, object_id: int) -> str:
    return _PAGES[kind](object_id) if kind in _PAGES else routes.NOTICES


def event(found: Happening, locale: str, zone: ZoneInfo) -> Event:
    """One line of the activity: what, to which object, by whom and when."""
    entry = found.event
    kind = "issue" if found.is_issue else entry.object_kind
    what = joined([word("kind", kind, locale), found.name], " ")
    when = joined([entry.actor_name or t(locale, "audit.program"), moment(entry.at, locale, zone, "short")])
    return Event(f"{what} · {word('action', entry.action, locale)}", when, address(found, kind))


def address(found: Happening, kind: str) -> str:
    """The page of what an event is about; empty for what is no more."""
    id = found.event.object_id
    if kind in _LISTS:
        return _LISTS[kind]
    if not found.there or not id:
        return ""
    if found.project_id and kind in _TABS:
        return f"{routes.project_tab(_TABS[kind], found.project_id)}/{id}"
    if found.project_id and kind == "task_list":
        return routes.project_tab(routes.PROJECT_TASKS, found.project_id)
    return _PAGES[kind](id) if kind in _PAGES else ""
