"""The columns chosen for files of one shape, remembered for the next such file."""

from typing import Any

from sqlalchemy import select
from sqlmodel import Session

from finance_app.integrations.timesheet_files import FileShape, Mapping
from finance_app.models import ImportShape
from finance_app.models.columns import now

REMEMBERED = (
    "date_format",
    "decimal",
    "hours_unit",
    "default_project",
    "default_client",
    "default_person",
    "default_billable",
)


def remembered(session: Session, shape: FileShape) -> tuple[dict[str, Any], dict[str, int]]:
    """Options and columns of the last import of this shape; empty where there was none."""
    found = _find(session, shape)
    return (dict(found.options), dict(found.mapping)) if found else ({}, {})


def _find(session: Session, shape: FileShape) -> ImportShape | None:
    return (
        session.execute(select(ImportShape).where(ImportShape.fingerprint == shape.fingerprint))
        .scalars()
        .first()
    )


def remember(session: Session, shape: FileShape, mapping: Mapping, options: dict[str, Any]) -> None:
    """Keep what was chosen."""
    found = _find(session, shape) or ImportShape(fingerprint=shape.fingerprint)
    found.mapping = {name.value: column for name, column in mapping.items()}
    found.options = {name: options[name] for name in REMEMBERED if options.get(name) is not None}
    found.used_at = now()
    session.add(found)
