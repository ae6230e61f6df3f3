"""The budget of a project of the trial file, against sums made from the file itself."""

import csv
import os
from collections import defaultdict
from decimal import Decimal
from pathlib import Path

import pytest
from sqlmodel import select

from finance_app.models import Budget, Portal, Project
from finance_app.models.kinds import BudgetType
from finance_app.services import time_import
from finance_app.services.budgeting import overview, tab
from finance_app.services.listing import ListQuery
from finance_app.services.projects import figures as project_figures
from tests.services.test_time_import import stored

TRIAL = os.environ.get("MARGE_TRIAL_FILE", "")
LIMIT = 12_000


def seconds(hours: str) -> int:
    exact = Decimal(hours) * 3600
    assert exact == int(exact)
    return int(exact)


def of_file(project: str) -> dict[str, tuple[int, int]]:
    """Planned and actual seconds by milestone. The estimate stands on each row of a task and counts once."""
    planned: dict[tuple[str, str], int] = {}
    actual: dict[str, int] = defaultdict(int)
    with Path(TRIAL).open(encoding="windows-1252", newline="") as file:
        for row in csv.DictReader(file):
            if row["Project"] == project:
                milestone = row["Milestone"]
                planned[milestone, row["Task number"]] = seconds(row["Estimated hours of the task"])
                actual[milestone] += seconds(row["Hours"])
    sums: dict[str, int] = defaultdict(int)
    for (milestone, _), each in planned.items():
        sums[milestone] += each
    return {milestone: (sums[milestone], time) for milestone, time in actual.items()}


@pytest.mark.skipif(not TRIAL, reason="MARGE_TRIAL_FILE names the trial file")
def test_the_hours_of_pc2_are_those_of_the_file(session, owner):
    if not session.exec(select(Portal)).first():
        session.add(Portal(base_currency="GBP"))
    time_import.apply(session, owner, stored(session, owner, Path(TRIAL).read_bytes()))
    project = session.exec(select(Project).where(Project.name == "PC2")).one()
    session.add(Budget(project_id=project.id, type=BudgetType.HOURS, seconds=LIMIT * 3600))
    session.flush()
    expected = of_file("PC2")
    planned, actual = (sum(each[at] for each in expected.values()) for at in (0, 1))

    query = ListQuery(size=500, filters={"project": str(project.id), "unit": "hours"})
    found = tab.page(session, owner, query)
    whole = found.totals["sums"]
    assert (whole.planned, whole.actual, whole.variance) == (planned, actual, actual - planned)
    milestones = {row.name: (row.planned, row.actual) for row in found.rows if row.kind == "milestone"}
    assert milestones == {name: each for name, each in expected.items() if name}
    seen = overview.overview(session, owner, found.totals["work"], "hours")
    assert (seen.limit_seconds, seen.actual_seconds) == (LIMIT * 3600, actual)
    (listed,) = [each for each in project_figures.figures(session, owner) if each.name == "PC2"]
    assert (listed.planned_seconds, listed.actual_seconds) == (planned, actual)
