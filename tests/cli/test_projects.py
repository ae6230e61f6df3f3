import json

import pytest
from sqlalchemy import text
from typer.testing import CliRunner

from finance_app import db, settings
from finance_app.cli import app

ROWS = """\
Project,Person,Task,Date,Hours
One,Ann,A,2025-03-14,0.33
One,Bob,B,2025-03-15,2
Two,Bob,A,2025-04-01,1.005
"""


@pytest.fixture
def marge(new_sqlite, tmp_path, monkeypatch):
    """Runs `marge`, on a database with the time of ROWS."""
    url = new_sqlite()
    engine = db.engine_for(url)
    given = settings.settings().model_copy(update={"database_url": url})
    for module in ("import_", "projects", "revenue", "rollups"):
        monkeypatch.setattr(f"finance_app.cli.{module}.settings", lambda: given)
    monkeypatch.setattr(db, "engine", lambda: engine)
    file = tmp_path / "june.csv"
    file.write_text(ROWS)

    def run(*args: str):
        return CliRunner().invoke(app, list(args))

    assert run("import", "time", str(file)).exit_code == 0
    yield run
    engine.dispose()


def test_figures_come_as_exact_text(marge):
    found = json.loads(marge("projects", "--json").stdout)["projects"]
    assert [(row["project"], row["entries"], row["tasks"], row["actual_hours"]) for row in found] == [
        ("One", 2, 2, "2.33"),
        ("Two", 1, 1, "1.005"),
    ]
    assert found[0]["unbilled"] == "0.00"
    assert found[0]["client"] is None


def test_the_table_ends_with_the_sums(marge):
    result = marge("projects")
    assert result.exit_code == 0
    assert result.stdout.splitlines()[-1] == "2 projects, 3 entries, 3.335 h"


def test_totals_are_checked_and_added_up_anew(marge):
    assert marge("rollups", "check").stdout == "The totals equal the logged time\n"
    with db.transaction() as session:
        session.execute(text("UPDATE time_total SET seconds = seconds + 1"))
    wrong = marge("rollups", "check")
    assert (wrong.exit_code, "marge rollups rebuild" in wrong.stdout) == (1, True)
    assert marge("rollups", "rebuild").exit_code == 0
    assert marge("rollups", "check").exit_code == 0
    assert "0 entries differ" in marge("revenue", "rebuild").stdout
