"""The identity of a time log in a file, so that the same file imported twice adds nothing."""

from collections import Counter
from hashlib import blake2b

from finance_app.integrations.timesheet_files.rows import ParsedRow


def _identity(row: ParsedRow) -> str:
    parts = (
        row.date.isoformat(),
        str(row.seconds),
        row.client,
        row.project,
        row.task_number,
        row.task,
        row.issue,
        row.person,
        row.email,
        row.notes,
        row.start.isoformat() if row.start else "",
        row.end.isoformat() if row.end else "",
    )
    return "\x1f".join(parts).casefold()


def _digest(text: str) -> str:
    return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()


def row_key(row: ParsedRow, occurrence: int = 1) -> str:
    """32 hexadecimal digits that name a log: its external id where there is one, else what was done.

    Billable flag, approval, status, category, rate, estimate, milestone and task list are left out: they
    change between two exports of the same log. `occurrence` counts equal rows of one file from 1; an external
    id needs none.
    """
    if row.external_id:
        return _digest(f"id\x1e{row.external_id}")
    return _digest(f"log\x1e{_identity(row)}\x1e{occurrence}")


class RowKeys:
    """Gives each row of one file its key, counting the equal rows among them."""

    def __init__(self) -> None:
        self._seen: Counter[str] = Counter()

    def key(self, row: ParsedRow) -> str:
        """The key of the next row of the file. Two rows with the same external id get the same key."""
        if row.external_id:
            return row_key(row)
        first = row_key(row)
        self._seen[first] += 1
        occurrence = self._seen[first]
        return first if occurrence == 1 else row_key(row, occurrence)
