"""Time sheets from files: a draft keeps file and choices, a dry run counts, one transaction imports, undo
takes it back as a whole.

    row = drafts.start(session, actor, name="june.csv", sha256=kept, shape=check_file(path))
    drafts.choose(session, actor, row.id, {"date_format": "dmy"})
    tally = dry_run(session, actor, row.id).tally
    tally = apply(session, actor, row.id)
    undo(session, actor, row.id)
"""

from finance_app.services.time_import.applying import apply, check_ready, dry_run
from finance_app.services.time_import.bad_file import bad_rows_file
from finance_app.services.time_import.choices import NAMED, Action, Decisions, Kind
from finance_app.services.time_import.drafts import Draft, check_file, file_limit
from finance_app.services.time_import.history import ASKS, ImportRecord, page
from finance_app.services.time_import.reading import Pass, Tally, rows_in
from finance_app.services.time_import.resolving import Entity, project_key
from finance_app.services.time_import.undoing import Undo, preview, undo

__all__ = [
    "ASKS",
    "NAMED",
    "Action",
    "Decisions",
    "Draft",
    "Entity",
    "ImportRecord",
    "Kind",
    "Pass",
    "Tally",
    "Undo",
    "apply",
    "bad_rows_file",
    "check_file",
    "check_ready",
    "dry_run",
    "file_limit",
    "page",
    "preview",
    "project_key",
    "rows_in",
    "undo",
]
