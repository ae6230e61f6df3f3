"""Whose profitability is asked for, of which days, and who may ask."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, select
from sqlmodel import Session, col

from finance_app.domain.errors import DomainError, NotFound
from finance_app.domain.periods import Month, NamedPeriod, Period, named_period
from finance_app.domain.permissions import Permission
from finance_app.domain.profit import Basis
from finance_app.models import Client, Portal, Project, RevenueEntry, TimeLog, User
from finance_app.services.accounts.identity import Actor

NOBODY = 0
"""The id of no project, client or person: what belongs to none."""


class Of(StrEnum):
    """The portal, one client, one project, one person, or several people (a team)."""

    PORTAL = "portal"
    CLIENT = "client"
    PROJECT = "project"
    PERSON = "person"
    TEAM = "team"


@dataclass(frozen=True, slots=True)
class Scope:
    """`ids` name the client, the project, the person or the people; the portal has none."""

    of: Of = Of.PORTAL
    ids: tuple[int, ...] = ()

    @property
    def key(self) -> str:
        """As it stands in an address: `project:3`, `team:1,4`."""
        return f"{self.of.value}:{','.join(str(id) for id in self.ids)}" if self.ids else self.of.value

    @classmethod
    def read(cls, key: str) -> "Scope":
        """The scope of an address. Raises NotFound for what is none."""
        of, _, ids = key.partition(":")
        parts = ids.split(",") if ids else []
        if of not in set(Of) or not all(
            part.isascii() and part.isdigit() and len(part) < 18 for part in parts
        ):
            raise NotFound
        scope = cls(Of(of), tuple(int(part) for part in parts))
        if bool(scope.ids) == (scope.of is Of.PORTAL) or (len(scope.ids) > 1 and scope.of is not Of.TEAM):
            raise NotFound
        return scope

    def revenue(self) -> list[ColumnElement[bool]]:
        """What its revenue entries meet."""
        match self.of:
            case Of.PORTAL:
                return []
            case Of.CLIENT:
                return [self.owns(col(RevenueEntry.client_id))]
            case Of.PROJECT:
                return [self.owns(col(RevenueEntry.project_id))]
        return [self.owns(col(RevenueEntry.user_id))]

    def time(self) -> list[ColumnElement[bool]]:
        """What its time logs meet."""
        match self.of:
            case Of.PORTAL:
                return []
            case Of.CLIENT:
                return [col(TimeLog.project_id).in_(self.projects())]
            case Of.PROJECT:
                return [self.owns(col(TimeLog.project_id))]
        return [self.owns(col(TimeLog.user_id))]

    def projects(self):
        """The projects of a client, as a subquery."""
        return select(col(Project.id)).where(self.owns(col(Project.client_id)))

    def owns(self, owner: Any) -> ColumnElement[bool]:
        """Whether a column of owners names one of its own; nobody owns what has no owner."""
        return owner.is_(None) if self.ids == (NOBODY,) else owner.in_(self.ids)


@dataclass(frozen=True, slots=True)
class Question:
    """A scope over days, on a basis, with or without the cost of time."""

    scope: Scope
    period: Period
    basis: Basis = Basis.ACCRUAL
    with_time: bool = True

    @property
    def before(self) -> "Question":
        """The same over the period before: as many days, or as many months where it is whole months."""
        return replace(self, period=period_before(self.period))


def period_before(period: Period) -> Period:
    """As many months before it where it starts with a month and ends with one, else as many days."""
    first, last = Month.of(period.first), Month.of(period.last)
    if period.first == first.period.first and period.last == last.period.last:
        months = (last.year - first.year) * 12 + last.month - first.month + 1
        return Period((first + -months).period.first, period.first - timedelta(days=1))
    days = (period.last - period.first).days + 1
    return Period(period.first - timedelta(days=days), period.first - timedelta(days=1))


def read_period(name: str, since: str, until: str, today: date, start_month: int) -> Period:
    """A named period, or `custom` days. Raises DomainError for days that are none, for a period that ends
    before it starts, and for more than 20 years."""
    if name != "custom":
        known = NamedPeriod(name) if name in set(NamedPeriod) else NamedPeriod.THIS_FISCAL_YEAR
        return named_period(known, today, start_month)
    try:
        first, last = date.fromisoformat(since), date.fromisoformat(until)
    except ValueError:
        raise DomainError("profit.error.days", field="since") from None
    if last < first:
        raise DomainError("profit.error.backwards", field="until", first=first, last=last)
    if (last - first).days > 366 * 20:
        raise DomainError("profit.error.too_long", field="until")
    return Period(first, last)


def check(session: Session, actor: Actor, scope: Scope) -> str:
    """The name of what is asked for, empty for what belongs to none. Raises DomainError where the person may
    not see margins there, NotFound where there is no such thing."""
    is_nobody = scope.ids == (NOBODY,)
    actor.require(Permission.FINANCE_VIEW, scope.ids[0] if scope.of is Of.PROJECT and not is_nobody else None)
    if is_nobody:
        return ""
    match scope.of:
        case Of.PORTAL:
            return session.execute(select(col(Portal.name))).scalars().first() or ""
        case Of.CLIENT:
            return _names(session, Client, scope.ids)
        case Of.PROJECT:
            return _names(session, Project, scope.ids)
    return _names(session, User, scope.ids)


def _names(session: Session, table, ids: Sequence[int]) -> str:
    found = session.execute(
        select(col(table.name)).where(col(table.id).in_(ids)).order_by(table.name)
    ).scalars()
    names = list(found)
    if len(names) != len(set(ids)):
        raise NotFound
    return ", ".join(names)
