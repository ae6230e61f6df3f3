"""The audit trail in words: no name of a column and no raw value reaches a reader."""

import ast
import re
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from sqlmodel import Session, SQLModel, col, select

import finance_app
from finance_app.i18n import LOCALES, messages
from finance_app.models import AuditEvent
from finance_app.models.columns import TextEnum
from finance_app.services.audit.names import Names, names_of
from finance_app.services.budgeting import form as budget_form
from finance_app.services.clients import directory as clients
from finance_app.services.settings import portal
from finance_app.states import audit_words
from finance_app.states.audit_words import HIDDEN, change_texts, reader_of
from finance_app.states.settings.audit import word

UTC = ZoneInfo("UTC")
RAW = re.compile(r"\b[a-z]+_[a-z_]+\b|\b(None|True|False)\b|[{}\[\]]|\d{4}-\d\d-\d\d")
# Fields that nobody changes, or whose change is an event of its own.
UNTOLD = {"id", "version", "created_at", "updated_at", "deleted_at", "password_hash", "preferences", "key",
          "base_cost_minor", "base_gross_minor", "created_by_id", "import_key", "invoice_line_id", "is_demo",
          "request_key"}  # fmt: skip
TABLES = ("client", "contact", "user", "profile", "project", "task", "task_list", "milestone", "time_log",
          "expense", "expense_category", "tax", "item", "portal", "email_template")  # fmt: skip


def event(kind: str = "project", **given) -> AuditEvent:
    return AuditEvent(object_kind=kind, object_id=1, action="changed", **given)


def told(found: AuditEvent, locale: str = "en", names: Names | None = None) -> list[str]:
    names = names or Names({}, {}, "EUR")
    return change_texts(found, reader_of(found.object_kind, found.object_id, found, names, locale, UTC))


def recorded_names() -> set[str]:
    """Every name under which a service gives the trail a detail."""
    found: set[str] = set()
    for file in (Path(finance_app.__file__).parent / "services").rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if not (isinstance(node, ast.Call) and ast.unparse(node.func) == "audit.record"):
                continue
            for keyword in node.keywords:
                found.add(keyword.arg or "")
                if keyword.arg in ("before", "after") and isinstance(keyword.value, ast.Dict):
                    found |= {str(key.value) for key in keyword.value.keys if isinstance(key, ast.Constant)}
    return found - {"", "before", "after", "address"}


def test_everything_that_is_recorded_has_a_name_in_both_languages():
    fields = recorded_names() | set(clients.FIELDS) | set(budget_form.FIELDS)
    fields |= {name for form in portal.FORMS.values() for name in form}
    for name in TABLES:
        fields |= {column.name for column in SQLModel.metadata.tables[name].columns}
    nameless = {
        name
        for name in fields - UNTOLD - HIDDEN
        if f"audit.field.{name.removesuffix('_minor').removesuffix('_seconds')}" not in messages("en")
        and f"audit.field.{name}" not in messages("en")
    }
    assert not nameless


def test_every_choice_that_a_person_makes_has_a_word():
    missing = [
        f"{name}.{column.name}: {value}"
        for name in TABLES
        for column in SQLModel.metadata.tables[name].columns
        if isinstance(column.type, TextEnum) and column.name not in HIDDEN
        for value in column.type.kind
        if f"audit.value.{value}" not in messages("en") or column.name not in audit_words._CHOICES
    ]
    assert not missing


def test_amounts_days_hours_rates_and_references():
    names = Names({("client", 7): "Ardent", ("user", 3): "Léa"}, {("project", 1): "CHF"}, "EUR")
    found = event(
        before={"price_minor": 120_000, "bill_rate": None, "manager_id": 3, "end_date": None},
        after={"price_minor": 150_050, "bill_rate": "95.125", "manager_id": None, "end_date": "2026-03-01"},
        client_id=7,
    )
    assert told(found, names=names) == [
        "Price: CHF\xa01,200.00 → CHF\xa01,500.50",
        "Billing rate: – → CHF\xa095.125",
        "Manager: Léa → –",
        "End: – → 1 Mar 2026",
    ]
    found = event(
        "time_log", before={"seconds": 5400, "billable": True}, after={"seconds": 7200, "billable": False}
    )
    assert told(found, "fr") == ["Heures\xa0: 1,50\xa0h → 2,00\xa0h", "Facturable\xa0: oui → non"]


def test_what_nobody_changed_is_left_out():
    assert told(event(before={"notes": ""}, after={"notes": ""}, details={"cc": [], "version": 3})) == []


@pytest.mark.parametrize("locale", LOCALES)
def test_the_trail_of_the_demo_company_has_no_raw_word(locale, demo_session: Session):
    events = demo_session.exec(select(AuditEvent).order_by(col(AuditEvent.id).desc()).limit(700)).all()
    names = names_of(demo_session, [(each.object_kind, each.object_id, each) for each in events])
    assert len(events) > 500
    for each in events:
        reader = reader_of(each.object_kind, each.object_id, each, names, locale, UTC)
        lines = [word("kind", each.object_kind, locale), word("action", each.action, locale)]
        lines += [line for line in change_texts(each, reader) if "@" not in line]
        assert not [line for line in lines if RAW.search(line)]
