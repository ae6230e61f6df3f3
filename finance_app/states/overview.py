"""The overview: what needs the person today, as far as the role may see it."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import ClassVar
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from finance_app import routes
from finance_app.domain.permissions import Permission
from finance_app.i18n import formats, messages, t
from finance_app.i18n.formats import day, hours, moment, money
from finance_app.models import AuditEvent
from finance_app.services import overview
from finance_app.services.overview import Amounts, Business, Figure, OwnWork, Week, YearProfit
from finance_app.states.handlers import on_load
from finance_app.states.live import Watcher
from finance_app.states.reports.profitability import percent
from finance_app.states.session import Session, joined

_ADDRESSES = {"client": "/clients/", "invoice": "/invoices/", "project": "/projects/"}


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


class Overview(Watcher, Session):
    needs: list[Tile] = []
    cash: list[Tile] = []
    month: list[Tile] = []
    events: list[Event] = []

    _topics: ClassVar = ("clients", "projects", "time", "invoices", "payments")

    @on_load(Permission.OVERVIEW_VIEW)
    async def load(self):
        zone = ZoneInfo(self._me.time_zone)
        today = datetime.now(UTC).astimezone(zone).date()
        own = await self._read(overview.own_work, today)
        if self._me.may(Permission.INVOICES_VIEW):
            found = await self._read(overview.business, today)
            self.needs = needs(found, today, self._locale)
            self.month = month(found, today, self._locale)
            weeks, owed = await self._read(overview.due_weeks, today), await self._read(overview.owed)
            self.cash = cash(weeks, owed, self._locale)
            if self._me.may(Permission.FINANCE_VIEW):
                self.month = [*self.month, profit(await self._read(overview.year_profit), self._locale)]
            events = await self._read(overview.activity)
            self.events = [event(entry, self._locale, zone) for entry in events]
        else:
            self.needs, self.events = own_needs(own, self._me.user_id, self._locale), []
            self.cash = []
            self.month = own_month(own, today, self._me.user_id, self._locale)


def _sum(amounts: Amounts, locale: str) -> str:
    return " + ".join(money(minor, currency, locale) for currency, minor in amounts) or "0"


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


def needs(found: Business, today: date, locale: str) -> list[Tile]:
    before = (today.replace(day=1) - timedelta(days=1)).isoformat()
    return [
        *_tile(locale, "overdue", found.overdue, _sum(found.overdue.amounts, locale), "red",
               _at("/invoices", state="overdue")),
        *_tile(locale, "drafts", found.drafts, _sum(found.drafts.amounts, locale), "gray",
               _at("/invoices", state="draft")),
        *_tile(locale, "to_approve", found.to_approve, _hours(found.to_approve.seconds, locale), "blue",
               _at("/time", approval="submitted")),
        *_tile(locale, "unbilled", found.unbilled, _hours(found.unbilled.seconds, locale), "amber",
               _at("/time", billed="due", until=before)),
        *_tile(locale, "without_rate", found.without_rate, _hours(found.without_rate.seconds, locale), "red",
               _at("/time", billed="no_rate")),
        *_tile(locale, "without_client", found.without_client, _hours(found.without_client.seconds, locale),
               "red", _at("/time", billed="no_client")),
        *_tile(locale, "over_budget", Figure(found.over_budget), formats.number(found.over_budget, locale),
               "red", _at("/projects", health="over")),
    ]  # fmt: skip


def month(found: Business, today: date, locale: str) -> list[Tile]:
    span = {"from": today.replace(day=1).isoformat(), "until": today.isoformat()}
    return [
        Tile(t(locale, "overview.month.hours"), _hours(found.month_seconds, locale), "", "",
             _at("/time", **span)),
        Tile(t(locale, "overview.month.billed"), _sum(found.billed.amounts, locale),
             t(locale, "overview.month.billed_note", n=found.billed.count), "", _at("/invoices", **span)),
        Tile(t(locale, "overview.month.received"), _sum(found.received.amounts, locale),
             t(locale, "overview.month.received_note", n=found.received.count), "", _at("/payments", **span)),
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
        href = _at("/invoices", state="open", due_from=week.first, due_until=week.last)
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
    return _tile(locale, "rejected", own.rejected, _hours(own.rejected.seconds, locale), "red",
                 _at("/time", approval="rejected", person=user_id))  # fmt: skip


def own_month(own: OwnWork, today: date, user_id: int, locale: str) -> list[Tile]:
    span = {"from": today.replace(day=1).isoformat(), "until": today.isoformat(), "person": user_id}
    monday = today - timedelta(days=today.weekday())
    week = {"from": monday.isoformat(), "until": today.isoformat()}
    return [
        Tile(
            t(locale, "overview.own.week"),
            _hours(own.week_seconds, locale),
            "",
            "",
            _at("/time", person=user_id, **week),
        ),
        Tile(
            t(locale, "overview.own.month"), _hours(own.month_seconds, locale), "", "", _at("/time", **span)
        ),
    ]


def event(entry: AuditEvent, locale: str, zone: ZoneInfo) -> Event:
    """One line of the activity: what, to which object, by whom and when."""
    subject = entry.details.get("number") or entry.after.get("name") or entry.after.get("number")
    kind = _word(locale, "kind", entry.object_kind)
    what = f"{kind} {subject or entry.object_id or ''}".strip()
    href = _ADDRESSES.get(entry.object_kind, "")
    when = joined([entry.actor_name, moment(entry.at, locale, zone, "short")])
    return Event(
        f"{what} · {_word(locale, 'action', entry.action)}", when, f"{href}{entry.object_id}" if href else ""
    )


def _word(locale: str, group: str, name: str) -> str:
    """The text of a kind or an action; one without a text shows its own name."""
    key = f"overview.{group}.{name}"
    return t(locale, key) if key in messages(locale) else name.replace("_", " ")
