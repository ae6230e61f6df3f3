"""Work in progress: time and expenses that wait to be billed, by project or client and by age."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import StrEnum
from fractions import Fraction
from typing import Any

from sqlalchemy import Integer, Select, func, literal, select
from sqlmodel import Session, col

from finance_app.domain.aging import SINCE_DONE
from finance_app.domain.money import apportion, minor_digits, round_half_up
from finance_app.domain.permissions import Permission
from finance_app.models import Client, Expense, Project, TimeLog
from finance_app.models.kinds import BillingMethod
from finance_app.services.accounts.identity import Actor
from finance_app.services.bill_from import still_to_bill
from finance_app.services.expenses.listing import approved as expense_approved
from finance_app.services.expenses.listing import client_id_of
from finance_app.services.invoicing.scope import approved
from finance_app.services.listing import Found, ListAsks, ListQuery, like
from finance_app.services.portal import today
from finance_app.services.reports.lines import band_place, by_currency, paged

BANDS = SINCE_DONE
ASKS = ListAsks(
    sorts=("name", *(band.name for band in BANDS), "ready", "unapproved", "unpriced"),
    default_sort="-ready",
    filters=("by", "kind", "band", "currency"),
)


class By(StrEnum):
    PROJECT = "project"
    CLIENT = "client"


class What(StrEnum):
    TIME = "time"
    EXPENSES = "expenses"


@dataclass(frozen=True, slots=True)
class Waiting:
    """Work of one kind and currency. `bands` is what can be billed now; what is not approved, and time
    without a rate (in seconds, approved or not), stand apart and are no part of it. By client there is no
    project."""

    project_id: int | None
    project: str
    client_id: int | None
    client: str
    what: What
    currency: str
    bands: tuple[int, ...]
    unapproved_minor: int
    unpriced_seconds: int

    @property
    def ready_minor(self) -> int:
        return sum(self.bands)


_ORDERS = {
    "name": lambda line: (line.project.casefold(), line.client.casefold(), line.what, line.currency),
    "ready": lambda line: (line.ready_minor, line.unapproved_minor),
    "unapproved": lambda line: line.unapproved_minor,
    "unpriced": lambda line: line.unpriced_seconds,
    **{
        band.name: (lambda line, place=place: line.bands[place])  # type: ignore[misc]
        for place, band in enumerate(BANDS)
    },
}


def page(session: Session, actor: Actor, query: ListQuery) -> Found[Waiting]:
    """A line for each project or client, kind and currency; with a `band`, what of it can be billed and is
    so old. `totals` has amounts by currency: there is no rate between them before an invoice is made; `chart`
    has those of all bands. Fixed-price time is no hourly work in progress."""
    actor.require(Permission.FINANCE_VIEW)
    by = By(query.filter("by")) if query.filter("by") in set(By) else By.PROJECT
    kinds = [What(query.filter("kind"))] if query.filter("kind") in set(What) else list(What)
    lines: list[Waiting] = []
    if What.TIME in kinds:
        lines += _time(session, by, query.search)
    if What.EXPENSES in kinds:
        lines += _expenses(session, by, query.search)
    if currency := query.filter("currency"):
        lines = [each for each in lines if each.currency == currency]
    everything = lines
    if band := query.filter("band"):
        lines = [part for each in lines if (part := _only(each, band)).ready_minor]
    totals = {
        "by": by,
        "today": today(session),
        "bands": [by_currency((each.currency, each.bands[at]) for each in lines) for at in range(len(BANDS))],
        "ready": by_currency((each.currency, each.ready_minor) for each in lines),
        "unapproved": by_currency((each.currency, each.unapproved_minor) for each in lines),
        "unpriced": sum(each.unpriced_seconds for each in lines),
        "chart": [
            by_currency((each.currency, each.bands[at]) for each in everything) for at in range(len(BANDS))
        ],
    }
    return paged(lines, query, _ORDERS, totals)


def _only(line: Waiting, band: str) -> Waiting:
    bands = tuple(minor if each.name == band else 0 for each, minor in zip(BANDS, line.bands, strict=True))
    return replace(line, bands=bands, unapproved_minor=0, unpriced_seconds=0)


def _time(session: Session, by: By, search: str) -> list[Waiting]:
    keys = _keys(by, col(Project.client_id))
    ready = approved(session).label("ready")
    place = band_place(col(TimeLog.day), today(session), BANDS)
    statement = _named(
        select(
            *(*keys, col(Project.currency), place),
            *(ready, col(TimeLog.bill_rate), func.sum(TimeLog.seconds)),
        )
        .select_from(TimeLog)
        .join(Project, col(Project.id) == col(TimeLog.project_id))
        .outerjoin(Client, col(Client.id) == col(Project.client_id))
        .where(
            col(TimeLog.invoice_line_id).is_(None),
            col(TimeLog.billable).is_(True),
            *still_to_bill(session),
            col(Project.billing_method) != BillingMethod.FIXED_COST,
        )
        .group_by(*keys, col(Project.currency), place, ready, col(TimeLog.bill_rate)),
        search,
    )
    found: dict[tuple, list[tuple]] = defaultdict(list)
    for *line, at, is_ready, rate, seconds in session.execute(statement):
        found[tuple(line)].append((at, is_ready, rate, int(seconds)))
    return [_priced(*line, parts) for line, parts in found.items()]


def _priced(
    project_id: int | None,
    project: str,
    client_id: int | None,
    client: str,
    currency: str,
    parts: Iterable[tuple[int, bool, Any, int]],
) -> Waiting:
    """The amounts of a line are rounded once over all its bands, which share the odd minor unit."""
    per_second = Fraction(10 ** minor_digits(currency), 3600)
    exact, waiting, unpriced = [Fraction(0)] * len(BANDS), Fraction(0), 0
    for at, is_ready, rate, seconds in parts:
        if rate is None:
            unpriced += seconds
        elif is_ready:
            exact[at] += Fraction(rate) * seconds * per_second
        else:
            waiting += Fraction(rate) * seconds * per_second
    work = (project_id, project, client_id, client, What.TIME, currency)
    return Waiting(*work, tuple(apportion(exact)), round_half_up(waiting), unpriced)


def _expenses(session: Session, by: By, search: str) -> list[Waiting]:
    keys = _keys(by, client_id_of())
    ready = expense_approved(session).label("ready")
    place = band_place(col(Expense.day), today(session), BANDS)
    statement = _named(
        select(
            *(*keys, col(Expense.currency), place, ready, func.sum(Expense.charge_minor)),
        )
        .select_from(Expense)
        .outerjoin(Project, col(Project.id) == col(Expense.project_id))
        .outerjoin(Client, col(Client.id) == client_id_of())
        .where(
            col(Expense.invoice_line_id).is_(None),
            col(Expense.deleted_at).is_(None),
            col(Expense.billable).is_(True),
        )
        .group_by(*keys, col(Expense.currency), place, ready),
        search,
    )
    bands: dict[tuple, list[int]] = defaultdict(lambda: [0] * len(BANDS))
    waiting: dict[tuple, int] = defaultdict(int)
    for *line, at, is_ready, minor in session.execute(statement):
        bands[tuple(line)][at] += int(minor) if is_ready else 0
        waiting[tuple(line)] += 0 if is_ready else int(minor)
    return [
        Waiting(*line[:4], What.EXPENSES, line[4], tuple(found), waiting[line], 0)
        for line, found in bands.items()
    ]


def _keys(by: By, client: Any) -> list[Any]:
    """Project and client of a line, each with its name."""
    of_client = [client.label("client_id"), func.coalesce(Client.name, "").label("client")]
    if by is By.CLIENT:
        return [literal(None, Integer).label("project_id"), literal("").label("project"), *of_client]
    return [col(Project.id).label("project_id"), func.coalesce(Project.name, "").label("project"), *of_client]


def _named(statement: Select, search: str) -> Select:
    if not search:
        return statement
    pattern = like(search)
    named = [col(table.name).ilike(pattern, escape="\\") for table in (Project, Client)]
    return statement.where(named[0] | named[1])
