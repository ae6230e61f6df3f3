"""Random changes, a network that fails one time in five, two workers of which one is killed now and then:
both sides end up alike, and nothing is there twice."""

import asyncio
import os
from collections import defaultdict
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from random import Random
from typing import Any

import httpx
import pytest
from sqlmodel import Session, col, select

from finance_app import db
from finance_app.domain.money import to_decimal
from finance_app.jobs.zoho import working
from finance_app.models import (
    Client,
    CreditNote,
    Estimate,
    Expense,
    Invoice,
    Payment,
    Project,
    Refund,
    SalesOrder,
    Task,
    TimeLog,
    ZohoLink,
    ZohoSyncError,
)
from finance_app.models.columns import at
from finance_app.models.kinds import SyncErrorState
from finance_app.sandbox.faults import Faults
from finance_app.services.invoicing.facts import balance_of
from finance_app.services.zoho.sync import starting
from finance_app.services.zoho.sync.bodies.work import rounded_minutes
from finance_app.services.zoho.sync.modules import Module
from tests.harness.zoho import Remote
from tests.services.zoho_sync.bookkeeper import Bookkeeper
from tests.services.zoho_sync.changes import Chance
from tests.services.zoho_sync.conftest import House, make_house

FAULTS = {"429": 0.05, "500": 0.05, "drop": 0.07, "expired": 0.03}
CHANGES = int(os.environ.get("ZOHO_CHANGES", "150"))
SEED = int(os.environ.get("ZOHO_SEED", "7"))


class Killed(BaseException):
    """The process ends here, with nothing tidied up."""


class Mortal(httpx.AsyncBaseTransport):
    """Kills the worker now and then: before a request leaves, or after it was carried out."""

    def __init__(self, inner: httpx.AsyncBaseTransport, chance: Callable[[], bool]):
        self.inner, self.chance = inner, chance

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        if self.chance():
            raise Killed
        response = await self.inner.handle_async_request(request)
        if self.chance():
            raise Killed
        return response


def both_work(house: House, random: Random, deaths: list[int]) -> None:
    """Two workers at once; the second dies with its lease, which is free again after two minutes."""

    def dies() -> bool:
        if random.random() < 0.04:
            deaths.append(1)
            return True
        return False

    async def run() -> None:
        one = working.work("one", house.remote.opened, lambda: None, house.engine, 20)
        mortal = house.remote.mortal(lambda inner: Mortal(inner, dies))
        two = working.work("two", mortal, lambda: None, house.engine, 20)
        first, second = (one, two) if random.random() < 0.5 else (two, one)
        await asyncio.gather(first, second, return_exceptions=False)

    with at(house.clock):
        try:
            asyncio.run(run())
        except Killed:
            house.clock += timedelta(seconds=121)


@pytest.mark.parametrize("database_kind", ["sqlite", "postgresql"], indirect=True)
def test_both_sides_end_alike(engine):
    house = make_house(engine)
    chance, random, deaths = Chance(SEED, house.actor), Random(SEED + 4), []
    bookkeeper = Bookkeeper(SEED + 9, house.remote)
    house.settle()
    house.remote.sandbox.faults = Faults(shares=FAULTS, seed=SEED)
    changes = 0
    while changes < CHANGES:
        for _ in range(random.randrange(1, 8)):
            changes += house.change(chance.change) if random.random() < 0.6 else bookkeeper.change()
        house.clock += timedelta(seconds=random.choice((5, 20, 60, 660)))
        both_work(house, random, deaths)
    house.remote.sandbox.faults = Faults()
    for _ in range(2):
        house.settle()
        house.clock += timedelta(minutes=11)
    house.change(lambda session: starting.start(session, house.actor))
    for _ in range(2):
        house.settle()
        house.clock += timedelta(minutes=11)
    house.settle()
    assert deaths, "a worker was to be killed"
    assert len(bookkeeper.made) >= 12, bookkeeper.made
    with db.reading(engine) as session:
        compare(session, house.remote)
        compare_papers(session, house.remote)


def compare(session: Session, remote: Remote) -> None:
    failed = session.exec(select(ZohoSyncError).where(ZohoSyncError.state == SyncErrorState.OPEN)).all()
    assert not [(each.module, each.label, each.reason, each.message, each.details) for each in failed]
    remotes: dict[Module, dict[int, str]] = defaultdict(dict)
    for link in session.exec(select(ZohoLink)):
        remotes[Module(link.module)][link.local_id] = link.remote_id
    for module, found in remotes.items():
        used = [remote_id for remote_id in found.values() if remote_id]
        assert len(used) == len(set(used)), module

    def ids(model: type, *where: object) -> set[int]:
        return set(session.exec(select(model.id).where(*where)))

    clients = {each["contact_id"]: each for each in remote.records("contact")}
    assert len(clients) == len(ids(Client))
    for client in session.exec(select(Client)):
        assert clients[remotes[Module.CONTACT][client.id]]["contact_name"].startswith(client.name)
    projects = {each["project_id"]: each for each in remote.records("project")}
    assert len(projects) == len(ids(Project))
    for project in session.exec(select(Project)):
        there = projects[remotes[Module.PROJECT][project.id]]
        assert there["project_name"].startswith(project.name)
        assert there["customer_id"] == remotes[Module.CONTACT][project.client_id]
    tasks = {each["task_id"]: each for each in remote.records("task")}
    general = {id for id in remotes[Module.TASK] if id < 0}
    assert len(tasks) == len(ids(Task)) + len(general)

    hours: dict[tuple[str, str], int] = defaultdict(int)
    for entry in remote.records("time_entry"):
        hour, minute = entry["log_time"].split(":")
        hours[entry["task_id"], entry["user_id"]] += int(hour) * 60 + int(minute)
    assert not remote.doubled("time_entry", "notes")
    logged: dict[tuple[str, str], int] = defaultdict(int)
    for log in session.exec(select(TimeLog)):
        task = session.get(Task, log.task_id) if log.task_id else None
        module = Module.ISSUE if task and task.kind == "issue" else Module.TASK
        key = remotes[module][log.task_id or -log.project_id], remotes[Module.USER][log.user_id]
        logged[key] += log.seconds
    assert {key for key, minutes in hours.items() if minutes} <= logged.keys()
    for key, seconds in logged.items():
        assert abs(hours[key] - rounded_minutes(seconds)) <= 1, (key, seconds)

    issued = session.exec(select(Invoice).where(col(Invoice.issued_at).is_not(None))).all()
    invoices = alive(remote, "invoice", {invoice.number for invoice in issued})
    assert issued
    missing = [(each.number, each.state) for each in issued if each.number not in invoices]
    assert (missing, len(invoices)) == ([], len(issued))
    assert not remote.doubled("invoice", "invoice_number")
    for invoice in issued:
        there = invoices[invoice.number]
        if there["status"] == "void":
            assert invoice.voided_at, invoice.number
            continue
        assert Decimal(str(there["total"])) == to_decimal(invoice.total_minor, "EUR")
        assert Decimal(str(there["balance"])) == to_decimal(balance_of(invoice), "EUR"), invoice.number
    payments = session.exec(select(Payment).where(col(Payment.deleted_at).is_(None))).all()
    amounts = {each["payment_id"]: Decimal(str(each["amount"])) for each in remote.records("payment")}
    assert {remotes[Module.PAYMENT][p.id]: to_decimal(p.amount_minor, "EUR") for p in payments} == amounts
    expenses = session.exec(select(Expense).where(col(Expense.deleted_at).is_(None))).all()
    assert len(remote.records("expense")) == len(expenses)
    totals = {each["expense_id"]: Decimal(str(each["total"])) for each in remote.records("expense")}
    for expense in expenses:
        assert totals[remotes[Module.EXPENSE][expense.id]] == to_decimal(expense.gross_minor, "EUR")


def alive(remote: Remote, kind: str, ours: set[str | None]) -> dict[str | None, dict[str, Any]]:
    """By number; what was void at Zoho before anybody here saw it stays there."""
    rows: dict[str | None, dict[str, Any]] = {each[f"{kind}_number"]: each for each in remote.records(kind)}
    return {number: row for number, row in rows.items() if number in ours or row["status"] != "void"}


def compare_papers(session: Session, remote: Remote) -> None:
    """Estimates with their answers, orders, credit notes with what is left of them, refunds."""
    for model, kind in ((Estimate, "estimate"), (SalesOrder, "salesorder"), (CreditNote, "creditnote")):
        rows = session.exec(select(model).where(col(model.issued_at).is_not(None))).all()
        there = alive(remote, kind, {row.number for row in rows})
        assert there.keys() == {row.number for row in rows}, kind
        assert not remote.doubled(kind, f"{kind}_number")
        assert rows, kind
        for row in rows:
            assert Decimal(str(there[row.number]["total"])) == to_decimal(row.total_minor, "EUR")
            status = there[row.number]["status"]
            if isinstance(row, Estimate):
                answers = (row.accepted_at is not None, row.declined_at is not None)
                assert answers == (status in ("accepted", "invoiced"), status == "declined"), row.number
            elif isinstance(row, SalesOrder):
                assert (row.voided_at is not None) == (status == "void"), row.number
            else:
                left = to_decimal(row.total_minor - row.used_minor, "EUR")
                assert Decimal(str(there[row.number]["balance"])) == left, row.number
    given = sorted(
        Decimal(str(each["amount"]))
        for kind in ("payment_refund", "creditnote_refund")
        for each in remote.records(kind)
    )
    refunds = session.exec(select(Refund).where(col(Refund.removed_at).is_(None))).all()
    assert sorted(to_decimal(each.amount_minor, "EUR") for each in refunds) == given
