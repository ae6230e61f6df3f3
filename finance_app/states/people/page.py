"""People: the list, and one of them with rates and work."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import ClassVar

import reflex as rx

from finance_app import routes
from finance_app.domain.permissions import Permission
from finance_app.i18n import formats, t
from finance_app.models import Profile
from finance_app.services import rates
from finance_app.services.listing import ListAsks
from finance_app.services.people import directory as people
from finance_app.services.people import rates as person_rates
from finance_app.services.people import work as person_work
from finance_app.services.people.directory import PersonRecord
from finance_app.services.people.rates import RateRecord
from finance_app.services.people.work import MonthHours, PersonProject, PersonWork
from finance_app.services.portal import today
from finance_app.states.form import FormState, texts
from finance_app.states.handlers import handler, on_load
from finance_app.states.listing import ListState
from finance_app.states.live import Watcher
from finance_app.states.projects.rate_change import RateChange
from finance_app.states.session import Session, joined
from finance_app.states.time_tracking.listing import TimeRow, time_row


@dataclass(frozen=True)
class PersonRow:
    id: int
    name: str
    job_title: str
    profile: str
    email: str
    month_hours: str
    bill_rate: str
    cost_rate: str
    archived: bool
    href: str


def person_row(record: PersonRecord, currency: str, locale: str) -> PersonRow:
    worked = record.month_seconds
    return PersonRow(
        id=record.id,
        name=record.name,
        job_title=record.job_title,
        profile=profile_name(record.profile, record.profile_name, locale),
        email=record.email,
        month_hours="" if worked is None else formats.hours(worked, locale),
        bill_rate=_rate(record.bill_rate, currency, locale),
        cost_rate=_rate(record.cost_rate, currency, locale),
        archived=record.archived,
        href=routes.person(record.id),
    )


def profile_name(key: str | None, name: str, locale: str) -> str:
    """What a profile is called: a built-in one in the reader's language."""
    return t(locale, f"profile.name.{key}") if key else name


def profile_options(found: list[Profile], locale: str) -> list[dict[str, str]]:
    return [
        {"value": str(profile.id), "label": profile_name(profile.key, profile.name, locale)}
        for profile in found
    ]


def _rate(rate: Decimal | None, currency: str, locale: str) -> str:
    return "" if rate is None else formats.rate(rate, currency, locale)


class PersonList(ListState, Watcher, Session):
    rows: list[PersonRow] = []
    profiles: list[dict[str, str]] = []

    _asks: ClassVar[ListAsks] = people.ASKS
    _topics: ClassVar = ("people", "time")

    @on_load(Permission.PEOPLE_VIEW)
    async def load(self):
        found = await self._read(people.page, self._list_query())
        currency = await self._read(lambda session, _me: rates.base_currency(session))
        self.profiles = profile_options(await self._read(people.profiles), self._locale)
        self._show([person_row(record, currency, self._locale) for record in found.rows], found)

    @handler(Permission.FINANCE_VIEW)
    async def open_profitability(self):
        """Of the ticked people, as a team."""
        if ids := self._selected_ids():
            return rx.redirect(routes.profit_of_team(ids))
        return None

    @handler(Permission.PEOPLE_EDIT)
    async def archive_selected(self):
        count = await self._write(people.archive, self._selected_ids())
        self.selected = []
        await self._changed("people")
        self._say(self._t("person.archive.bulk_done", n=count))
        return type(self).load

    @handler(Permission.PEOPLE_EDIT)
    async def restore_selected(self):
        count = await self._write(people.restore, self._selected_ids())
        self.selected = []
        await self._changed("people")
        self._say(self._t("person.archive.bulk_restored", n=count))
        return type(self).load


@dataclass(frozen=True)
class RateRow:
    """A rate; what it leaves as it was stands in `bill_kept` and `cost_kept`."""

    id: int
    since: str
    until: str
    bill: str
    bill_kept: str
    cost: str
    cost_kept: str
    current: bool
    future: bool


def rate_row(record: RateRecord, day: date, currency: str, locale: str) -> RateRow:
    def kept(own: Decimal | None, in_force: Decimal | None) -> str:
        return _rate(in_force, currency, locale) if own is None else ""

    return RateRow(
        id=record.id,
        since=formats.day(record.valid_from, locale),
        until=formats.day(record.until, locale) if record.until else "",
        bill=_rate(record.bill_rate, currency, locale),
        bill_kept=kept(record.bill_rate, record.bill_in_force),
        cost=_rate(record.cost_rate, currency, locale),
        cost_kept=kept(record.cost_rate, record.cost_in_force),
        current=record.is_current,
        future=record.valid_from > day,
    )


@dataclass(frozen=True)
class WorkRow:
    """A project of the person; its hours open the time logs they are made of."""

    id: int
    name: str
    rate: str
    hours: str
    hours_href: str
    last_day: str
    archived: bool
    href: str


def work_row(project: PersonProject, user_id: int, locale: str) -> WorkRow:
    return WorkRow(
        id=project.id,
        name=project.name,
        rate=_rate(project.rate, project.currency, locale),
        hours=formats.hours(project.seconds, locale) if project.seconds else "",
        hours_href=routes.with_query(routes.TIME, {"person": str(user_id), "project": str(project.id)}),
        last_day=formats.day(project.last_day, locale) if project.last_day else "",
        archived=project.archived,
        href=routes.project(project.id),
    )


class PersonPage(RateChange, FormState, Watcher, Session):
    """One person; its form is the dialog of a rate."""

    person_id: str = ""
    name: str = ""
    context: str = ""
    archived: bool = False
    oneself: bool = False
    details: dict[str, str] = {}
    currency: str = ""

    rate_rows: list[RateRow] = []
    rate_id: int = 0

    sees_time: bool = False
    this_month: str = ""
    this_month_note: str = ""
    last_month: str = ""
    last_month_note: str = ""
    projects: list[WorkRow] = []
    more_projects: int = 0
    latest: list[TimeRow] = []

    _topics: ClassVar = ("people", "projects", "time")

    @on_load(Permission.PEOPLE_VIEW)
    async def load(self):
        self._leave_change()
        user_id = self._id("person_id")
        user = await self._read(people.get, user_id)
        self.person_id, self.name = str(user_id), user.name
        self.archived, self.oneself = user.archived_at is not None, user_id == self._me.user_id
        profile = await self._read(lambda session, _me: session.get_one(Profile, user.profile_id))
        profile_text = profile_name(profile.key, profile.name, self._locale)
        self.context = joined([user.job_title, profile_text])
        self.details = {
            "email": user.email or "",
            "profile": profile_text,
            "job_title": user.job_title,
            "locale": user.locale or "",
            "weekly_hours": formats.hours(user.weekly_seconds, self._locale),
        }
        await self._show_rates(user_id)
        self.sees_time = self._me.may(Permission.TIME_VIEW) and (
            self.oneself or self._me.may(Permission.TIME_VIEW_ALL)
        )
        if self.sees_time:
            self._show_work(await self._read(person_work.of, user_id), user_id)

    async def _show_rates(self, user_id: int) -> None:
        self.rate_rows = []
        self.currency, day = await self._read(
            lambda session, _me: (rates.base_currency(session), today(session))
        )
        if self._me.may(Permission.RATES_VIEW):
            found = await self._read(person_rates.history, user_id)
            self.rate_rows = [rate_row(record, day, self.currency, self._locale) for record in found]

    def _show_work(self, work: PersonWork, user_id: int) -> None:
        self.this_month, self.this_month_note = self._month(work.this_month)
        self.last_month, self.last_month_note = self._month(work.last_month)
        self.projects = [work_row(project, user_id, self._locale) for project in work.projects]
        self.more_projects = work.project_count - len(work.projects)
        self.latest = [time_row(record, self._locale) for record in work.latest]

    def _month(self, month: MonthHours) -> tuple[str, str]:
        """The hours, and which part of them is billable."""
        if not month.seconds:
            return formats.hours(0, self._locale), ""
        share = (Decimal(100 * month.billable_seconds) / month.seconds).quantize(Decimal(1))
        note = t(self._locale, "person.billable_share", share=formats.percent(share, self._locale))
        return formats.hours(month.seconds, self._locale), note

    @handler(Permission.PEOPLE_EDIT)
    async def archive(self):
        await self._write(people.archive, [self._id("person_id")])
        await self._changed("people")
        self._say(self._t("person.archived", name=self.name))
        return type(self).load

    @handler(Permission.PEOPLE_EDIT)
    async def restore(self):
        await self._write(people.restore, [self._id("person_id")])
        await self._changed("people")
        self._say(self._t("person.restored", name=self.name))
        return type(self).load

    @handler(Permission.RATES_EDIT)
    async def open_rate(self, rate_id: int):
        """Open the dialog for a rate, or with 0 for a new one from today."""
        found = await self._read(person_rates.history, self._id("person_id"))
        rate = next((record for record in found if record.id == rate_id), None)
        start = rate.valid_from if rate else await self._today()
        self.rate_id = rate.id if rate else 0
        self._fill(
            {
                "valid_from": start.isoformat(),
                "bill_rate": _typed(rate.bill_rate if rate else None, self._locale),
                "cost_rate": _typed(rate.cost_rate if rate else None, self._locale),
            }
        )
        self._open_form()

    @handler(Permission.RATES_EDIT)
    async def save_rate(self, data: dict):
        return await self._change_rates({**texts(data), "rate_id": str(self.rate_id or "")})

    @handler(Permission.RATES_EDIT)
    async def remove_rate(self, rate_id: int):
        return await self._change_rates({"rate_id": str(int(rate_id)), "remove": "on"})

    @handler(Permission.RATES_EDIT)
    async def confirm_rates(self):
        return await self._change_rates(self._asked, confirmed=True)

    async def _change_rates(self, asked: dict[str, str], *, confirmed: bool = False):
        user_id, rate_id = self._id("person_id"), int(asked.get("rate_id") or 0)
        if asked.get("remove"):
            row = next((row for row in self.rate_rows if row.id == rate_id), None)
            question = self._t("rate.remove_title", date=row.since if row else "")
            done = await self._weigh(
                asked, person_rates.remove, user_id, rate_id, confirmed=confirmed, question=question
            )
        else:
            done = await self._weigh(
                asked, person_rates.save, user_id, rate_id or None, asked, confirmed=confirmed
            )
        if done is None:
            return None
        await self._changed("people", "projects", "time")
        return [*self._saved_rates(done), type(self).load]


def _typed(rate: Decimal | None, locale: str) -> str:
    """A rate as a person types it, without thousands."""
    if rate is None:
        return ""
    text = format(rate, "f")
    return text.replace(".", ",") if locale == "fr" else text
