import json

import pytest
from sqlmodel import col, func, select
from typer.testing import CliRunner

from finance_app import db, settings
from finance_app.cli import app
from finance_app.models import Client, Invoice, Milestone, Portal, Project, TimeClaim
from finance_app.models.kinds import BillingMethod

ROWS = """\
Project,Person,Task,Date,Hours
One,Ann,A,2025-03-14,0.33
One,Bob,B,2025-03-15,2
One,Bob,A,2025-04-01,1
"""


@pytest.fixture
def marge(new_sqlite, tmp_path, monkeypatch):
    """Runs `marge`, on a database with the time of ROWS."""
    url = new_sqlite()
    engine = db.engine_for(url)
    given = settings.settings().model_copy(update={"database_url": url})
    for module in ("import_", "invoice"):
        monkeypatch.setattr(f"finance_app.cli.{module}.settings", lambda: given)
    monkeypatch.setattr(db, "engine", lambda: engine)
    file = tmp_path / "june.csv"
    file.write_text(ROWS)

    def run(*args: str):
        return CliRunner().invoke(app, list(args))

    assert run("import", "time", str(file)).exit_code == 0
    run.engine = engine  # type: ignore[attr-defined]
    yield run
    engine.dispose()


DRAFT = ("invoice", "draft", "--project", "one", "--until", "2025-03-31", "--rate", "100", "--json")


def test_a_project_without_client_is_refused_with_the_option_that_helps(marge):
    result = marge(*DRAFT)
    assert result.exit_code == 1
    assert "--client NAME" in json.loads(result.stdout)["error"]


def test_the_draft_shows_lines_hours_and_totals(marge):
    answer = json.loads(marge(*DRAFT, "--client", "Ardent").stdout)
    assert [(line["name"], line["hours"], line["amount"]) for line in answer["lines"]] == [
        ("A", "0.33", "33.00"),
        ("B", "2.00", "200.00"),
    ]
    assert (answer["hours"], answer["net"], answer["total"]) == ("2.33", "233.00", "233.00")
    assert answer["left_out"] == [{"reason": "after_end", "logs": 1, "hours": "1.00"}]


def test_drafting_again_replaces_the_untouched_draft_and_bills_nothing_twice(marge):
    marge(*DRAFT, "--client", "Ardent")
    answer = json.loads(marge(*DRAFT, "--group-by", "single").stdout)
    assert [line["amount"] for line in answer["lines"]] == ["233.00"]
    with db.reading(marge.engine) as session:
        assert session.exec(select(func.count()).select_from(Invoice)).one() == 1
        live = select(func.count()).select_from(TimeClaim).where(col(TimeClaim.released_at).is_(None))
        assert session.exec(live).one() == 2
        assert session.exec(select(Client.name)).all() == ["Ardent"]


@pytest.fixture
def priced(marge):
    """The project at a fixed cost of 1,000.00 with a milestone of 400.00, of a client."""
    with db.transaction(marge.engine) as session:
        client = Client(name="Ardent", currency="EUR", country="FR")
        session.add(client)
        session.flush()
        project = session.exec(select(Project)).one()
        project.client_id, project.billing_method, project.price_minor = (
            client.id,
            BillingMethod.FIXED_COST,
            100_000,
        )
        session.add(Milestone(project_id=project.id, name="Design", amount_minor=40_000))
        portal = session.exec(select(Portal)).first() or Portal()
        portal.milestone_invoicing = True
        session.add(portal)
    return marge


FIXED = ("invoice", "draft", "--project", "one", "--json")


def test_a_part_of_a_fixed_cost_and_a_milestone_are_drafted(priced):
    assert json.loads(priced(*FIXED, "--percent", "30").stdout)["net"] == "300.00"
    assert json.loads(priced(*FIXED, "--amount", "250.50").stdout)["net"] == "250.50"
    assert json.loads(priced(*FIXED, "--milestone", "design").stdout)["net"] == "400.00"
    again = priced(*FIXED, "--milestone", "design", "--percent", "100")
    assert json.loads(again.stdout)["net"] == "400.00"
    assert "above its price" in priced(*FIXED, "--amount", "900").stderr
    assert json.loads(priced(*FIXED, "--amount", "900", "--above-price").stdout)["net"] == "900.00"
    with db.reading(priced.engine) as session:
        assert session.exec(select(func.count()).select_from(Invoice)).one() == 2


@pytest.mark.parametrize(
    ("args", "words"),
    [
        ((), "--percent 40"),
        (("--percent", "many"), "Type an amount"),
        (("--milestone", "Launch"), "no single milestone"),
        (("--percent", "0"), "above 0"),
    ],
)
def test_a_share_that_cannot_be_is_told_in_words(priced, args, words):
    result = priced(*FIXED[:-1], *args)
    assert result.exit_code == 1
    assert words in result.stderr


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (("--project", "Two", "--until", "2025-03-31"), "no single project"),
        (("--project", "One", "--until", "31/03/2025"), "Write it as 2026-10-31"),
        (("--project", "One", "--until", "2025-03-31", "--rate", "many"), "hourly rate"),
        (("--project", "One", "--until", "2024-01-01", "--client", "X"), "first time log"),
        (("--project", "One", "--until", "2025-03-31", "--client", "X"), "nothing to bill"),
    ],
)
def test_what_cannot_be_is_told_in_words(marge, args, words):
    result = marge("invoice", "draft", *args)
    assert result.exit_code == 1
    assert words in result.stderr
