"""The file of the rows that an import leaves out."""

import io

from sqlmodel import Session

from finance_app.integrations.timesheet_files import BadRow, write_bad_rows
from finance_app.services.accounts.identity import Actor
from finance_app.services.time_import import drafts
from finance_app.services.time_import.applying import check_ready
from finance_app.services.time_import.reading import Pass


def bad_rows_file(session: Session, actor: Actor, import_id: int, locale: str) -> tuple[str, bytes]:
    """Name and content: the original columns with line number and reasons, all bad rows of the file."""
    draft = drafts.read(session, actor, import_id)
    check_ready(draft)
    reading = Pass(session, draft.source, keep_bad=None)
    for _ in reading:
        pass
    out = io.BytesIO()
    rows: list[BadRow] = sorted(reading.tally.bad_rows, key=lambda row: row.line)
    write_bad_rows(draft.path, rows, out, locale=locale, options=draft.shape.options)
    stem = draft.row.file_name.rpartition(".")[0] or draft.row.file_name
    return f"{stem}-bad-rows.csv", out.getvalue()
