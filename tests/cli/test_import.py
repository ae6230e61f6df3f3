import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from finance_app import db, settings
from finance_app.cli import app

ROWS = "Project,Person,Date,Hours\nOne,Ann,2025-03-14,1.5\nOne,Bob,2025-03-15,0\n"


@pytest.fixture
def marge(new_sqlite, tmp_path, monkeypatch):
    """Runs `marge import time` on a file with the given content."""
    url = new_sqlite()
    engine = db.engine_for(url)
    given = settings.settings().model_copy(update={"database_url": url})
    monkeypatch.setattr("finance_app.cli.import_.settings", lambda: given)
    monkeypatch.setattr(db, "engine", lambda: engine)

    def run(content: str, *options: str):
        file: Path = tmp_path / "june.csv"
        file.write_text(content)
        return CliRunner().invoke(app, ["import", "time", str(file), *options])

    yield run
    engine.dispose()


def test_good_rows_come_in_and_bad_ones_are_told(marge):
    result = marge(ROWS, "--json")
    answer = json.loads(result.stdout)
    assert result.exit_code == 0
    assert (answer["rows"], answer["imported"], answer["bad"], answer["hours"]) == (2, 1, 1, "1.5")
    assert answer["bad_rows"] == [{"line": 3, "reasons": ["The hours are zero."]}]
    assert "line 3: The hours are zero." in result.stderr
    again = json.loads(marge(ROWS, "--json").stdout)
    assert (again["imported"], again["known"], again["projects"]) == (0, 1, 0)


def test_dry_run_writes_nothing(marge):
    for _ in range(2):
        answer = json.loads(marge(ROWS, "--json", "--dry-run").stdout)
        assert (answer["imported"], answer["projects"], answer["people"]) == (1, 1, 1)


def test_open_question_names_the_option_that_answers_it(marge):
    content = "Project,Person,Date,Hours\nOne,Ann,03/04/2025,1\n"
    result = marge(content)
    assert result.exit_code == 1
    assert "--date-format" in result.stderr
    assert marge(content, "--date-format", "MM/DD/YYYY").exit_code == 0


def test_columns_are_named_and_defaults_fill(marge):
    content = "Was;Wer;Wann;Dauer\nOne;Ann;2025-03-14;1,5\n"
    assert (
        "--map hours=COLUMN"
        in marge(content, "--map", "person=Wer", "--map", "date=Wann", "--map", "project=#1").stderr
    )
    options = ["--map", "person=Wer", "--map", "date=Wann", "--map", "hours=#4", "--project", "Two"]
    answer = json.loads(marge(content, *options, "--json").stdout)
    assert (answer["imported"], answer["hours"]) == (1, "1.5")
    assert "no column" in marge(content, "--map", "person=Qui").stderr


def test_nothing_imported_is_a_failure(marge):
    result = marge(ROWS, "--no-create", "--json")
    assert result.exit_code == 1
    assert "error" in json.loads(result.stdout)
    assert marge("", "--json").exit_code == 1
    assert "PDF" in marge("%PDF-1.7").stderr
