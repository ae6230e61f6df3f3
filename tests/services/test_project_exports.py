import csv
import io

import pytest

from finance_app.api.exports.files import in_words
from finance_app.api.exports.route import EXPORTS, as_csv
from finance_app.domain.errors import NotFound
from finance_app.i18n import t
from finance_app.models.kinds import WorkKind
from finance_app.services.projects import form as project_form
from finance_app.services.projects import milestones
from finance_app.services.tasks import directory as tasks


def rows_of(session, actor, name: str, project_id: int) -> list[list[str]]:
    wanted = EXPORTS[name]
    query = wanted.asks.read({"project": str(project_id)})
    found = wanted.find(session, actor, query)
    rows = [[in_words(value(row), "en") for _, value in wanted.columns] for row in found.rows]
    text = as_csv([t("en", key) for key, _ in wanted.columns], rows, "en").decode("utf-8-sig")
    return list(csv.reader(io.StringIO(text)))


def test_tasks_issues_and_milestones_of_a_project_are_exported(session, owner):
    project = project_form.create(session, owner, {"name": "Site", "billing_method": "task_hours"})
    phase = milestones.save(session, owner, project.id, None, {"name": "Phase 1", "amount": "900"})
    data = {"milestone_id": str(phase.id), "work_hours": "2", "recurrence": "weekly", "occurrences": "3"}
    tasks.create(session, owner, project.id, WorkKind.TASK, {"name": "=Design", "bill_rate": "80", **data})
    tasks.create(session, owner, project.id, WorkKind.ISSUE, {"name": "Crash"})
    head, task = rows_of(session, owner, "tasks", project.id)
    shown = dict(zip(head, task, strict=True))
    assert (shown["Name"], shown["Milestone"], shown["Planned"]) == ("'=Design", "Phase 1", "6.00")
    assert (shown["Rate"], shown["State"]) == ("80", "Open")
    assert [row[1] for row in rows_of(session, owner, "issues", project.id)[1:]] == ["Crash"]
    head, milestone = rows_of(session, owner, "milestones", project.id)
    shown = dict(zip(head, milestone, strict=True))
    assert (shown["Name"], shown["Amount"], shown["Planned"]) == ("Phase 1", "900.00", "6.00")


def test_an_export_without_its_project_finds_nothing(session, owner):
    with pytest.raises(NotFound):
        rows_of(session, owner, "tasks", 0)
