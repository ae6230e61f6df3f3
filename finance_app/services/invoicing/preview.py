"""What an invoice of a scope would hold: live by sums while one chooses, line by line when it is drafted."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field

from sqlalchemy import select
from sqlmodel import Session, col

from finance_app.domain.errors import DomainError, NotFound
from finance_app.domain.grouping import LogLine
from finance_app.domain.permissions import Permission
from finance_app.domain.time import hours
from finance_app.models import Client, Project
from finance_app.models.kinds import BillingMethod
from finance_app.services.accounts.identity import Actor
from finance_app.services.invoicing import charging
from finance_app.services.invoicing.charges import Bill, DraftLine
from finance_app.services.invoicing.scope import Scope, check_period
from finance_app.services.invoicing.time_figures import (
    Group,
    LeftOut,
    ProjectShare,
    figures,
    first_day,
    left_out,
)
from finance_app.services.invoicing.time_lines import draft_line, fingerprint, line_texts, log_lines, rows_of


@dataclass(frozen=True)
class Preview:
    """What would be billed, in seconds and minor units.

    `lines` are all lines of a draft; a live outline has only those of the charges there, and the time in
    `groups`. `seen` stands for exactly this content: a draft is made from it or not at all.
    """

    bill: Bill
    lines: list[DraftLine]
    shares: list[ProjectShare]
    left_out: list[LeftOut]
    seen: str
    line_count: int = 0
    logs: int = 0
    tracked_seconds: int = 0
    billed_seconds: int = 0
    time_minor: int = 0
    amount_minor: int = 0
    marked_logs: int = 0
    marked_seconds: int = 0
    problems: list[DomainError] = field(default_factory=list)
    groups: list[Group] = field(default_factory=list)
    one_by_one: list[LogLine] = field(default_factory=list)

    @property
    def client_id(self) -> int:
        return self.bill.client.id or 0

    @property
    def client(self) -> str:
        return self.bill.client.name

    @property
    def currency(self) -> str:
        return self.bill.currency


def outline(session: Session, actor: Actor, scope: Scope, draft_id: int | None = None) -> Preview:
    """What an invoice of the scope would come to, without its lines of time. Raises as `preview`."""
    bill = bill_of(session, actor, scope, draft_id)
    lines = charging.lines(session, bill, lock=False)
    time = figures(session, bill)
    good = [line for line in lines if line.problem is None]
    return Preview(
        bill=bill,
        lines=lines,
        shares=time.shares,
        left_out=left_out(session, bill),
        seen=_sealed(time.seen, good),
        line_count=time.lines + len(good),
        logs=time.logs,
        tracked_seconds=time.tracked_seconds,
        billed_seconds=time.billed_seconds,
        time_minor=time.amount_minor,
        amount_minor=time.amount_minor + sum(line.amount_minor for line in good),
        marked_logs=sum(line.marked_logs for line in good),
        marked_seconds=sum(line.marked_seconds for line in good),
        problems=[line.problem for line in lines if line.problem],
        groups=time.groups,
        one_by_one=time.one_by_one,
    )


def preview(
    session: Session, actor: Actor, scope: Scope, draft_id: int | None = None, *, lock: bool = False
) -> Preview:
    """What an invoice of the scope would hold, line by line. `lock` keeps it so until the commit.

    Raises DomainError: nothing chosen, no bill-up-to date, projects of several clients or currencies, a
    project without client, a fixed cost billed by the hour.
    """
    bill = bill_of(session, actor, scope, draft_id)
    lines = charging.lines(session, bill, lock=lock)
    rows = rows_of(session, scope, draft_id, lock=lock) if scope.project_ids else []
    texts = line_texts(bill.client.locale)
    time = [draft_line(line, bill, texts) for line in log_lines(session, bill, rows)] if rows else []
    good = [line for line in lines if line.problem is None]
    return Preview(
        bill=bill,
        lines=[*time, *lines],
        shares=_shares(bill, time),
        left_out=left_out(session, bill),
        seen=_sealed(fingerprint(rows), good),
        line_count=len(time) + len(good),
        logs=len(rows),
        tracked_seconds=sum(line.tracked_seconds or 0 for line in time),
        billed_seconds=sum(line.billed_seconds or 0 for line in time),
        time_minor=sum(line.amount_minor for line in time),
        amount_minor=sum(line.amount_minor for line in (*time, *good)),
        marked_logs=sum(line.marked_logs for line in good),
        marked_seconds=sum(line.marked_seconds for line in good),
        problems=[line.problem for line in lines if line.problem],
    )


def bill_of(session: Session, actor: Actor, scope: Scope, draft_id: int | None = None) -> Bill:
    """Whom the scope bills, for what. Raises DomainError as `preview`."""
    actor.require(Permission.INVOICES_EDIT)
    ids = charging.project_ids(session, scope)
    if not ids and not any(scope.charges.values()):
        raise DomainError("invoicing.error.no_project", field="project_ids")
    check_period(scope)
    projects = list(
        session.execute(select(Project).where(col(Project.id).in_(ids)).order_by(col(Project.name))).scalars()
    )
    if len(projects) != len(ids):
        raise NotFound()
    for project in projects:
        if project.client_id is None:
            raise DomainError("invoicing.error.no_client", project=project.name)
        if project.id in scope.project_ids and project.billing_method is BillingMethod.FIXED_COST:
            raise DomainError("invoicing.error.fixed_cost", project=project.name)
    clients = {project.client_id for project in projects} | ({scope.client_id} if scope.client_id else set())
    if len(clients) > 1:
        raise DomainError("invoicing.error.other_client", field="project_ids")
    if len({project.currency for project in projects}) > 1:
        raise DomainError("invoicing.error.other_currency", field="project_ids")
    client = session.get(Client, clients.pop()) if clients else None
    if client is None:
        raise NotFound()
    currency = projects[0].currency if projects else client.currency
    return Bill(scope, client, currency, {project.id or 0: project for project in projects}, draft_id)


def check_something(session: Session, scope: Scope, found: Preview) -> None:
    """Raises DomainError where there is nothing to bill, or not as chosen, with the reason that helps."""
    if found.problems:
        raise found.problems[0]
    if found.line_count:
        return
    earliest = first_day(session, scope)
    if earliest is None:
        raise DomainError("invoicing.error.no_time")
    if scope.until and scope.until < earliest:
        raise DomainError("invoicing.error.before_first", field="until", day=earliest)
    raise DomainError("invoicing.error.nothing_to_bill", n=sum(each.logs for each in found.left_out))


def check_unchanged(seen: str, found: Preview) -> None:
    """Raises DomainError telling what changed since `seen` was shown."""
    if seen == found.seen:
        return
    _, _, figures = seen.partition(":")
    logs, _, seconds = figures.partition(":")
    if not (logs.isdigit() and seconds.isdigit()):
        raise DomainError("invoicing.error.changed_unknown")
    if (int(logs), int(seconds)) == (found.logs, found.tracked_seconds):
        raise DomainError("invoicing.error.changed_unknown")
    raise DomainError(
        "invoicing.error.changed",
        logs_before=int(logs),
        logs=found.logs,
        hours_before=str(round(hours(int(seconds)), 2)),
        hours=str(round(hours(found.tracked_seconds), 2)),
    )


def _sealed(time: str, lines: Iterable[DraftLine]) -> str:
    """The fingerprint of the time, with the other lines mixed in: `digest:logs:seconds`."""
    told = [(line.charge, line.name, line.amount_minor, line.marked_logs) for line in lines]
    if not told:
        return time
    digest, _, figures = time.partition(":")
    return f"{hashlib.sha256(f'{digest}{told}'.encode()).hexdigest()[:32]}:{figures}"


def _shares(bill: Bill, time: Iterable[DraftLine]) -> list[ProjectShare]:
    sums = {project_id: [0, 0, 0] for project_id in bill.scope.project_ids}
    for line in time:
        of_project = sums[line.project_id or 0]
        of_project[0] += line.logs
        of_project[1] += line.tracked_seconds or 0
        of_project[2] += line.amount_minor
    return [ProjectShare(id_, bill.projects[id_].name, *figures) for id_, figures in sums.items()]
