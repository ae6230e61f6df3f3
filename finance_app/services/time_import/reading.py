"""The pass over a file that both the dry run and the import make: what each row is, without writing."""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import date
from itertools import islice
from pathlib import Path

from sqlalchemy import select
from sqlmodel import Session, col

from finance_app.integrations.timesheet_files import (
    BadRow,
    Field,
    FileShape,
    Mapping,
    ParsedRow,
    Problem,
    RawRow,
    RowKeys,
    RowParser,
    read_rows,
)
from finance_app.models import Portal, TimeLog
from finance_app.services.time_import.choices import Decisions, Kind
from finance_app.services.time_import.resolving import Entity, Resolver, Target
from finance_app.services.time_tracking.logs import today

BATCH = 5_000
NOTES_LIMIT = 5_000
LISTED_BAD_ROWS = 2_000

Progress = Callable[[int], None]


@dataclass(slots=True)
class Found:
    """A row that can be imported."""

    row: ParsedRow
    key: str
    target: Target


@dataclass
class Tally:
    """What a pass counted. `bad_rows` holds the first `keep_bad` (None: all), `used` what good rows name."""

    keep_bad: int | None = LISTED_BAD_ROWS
    rows: int = 0
    good: int = 0
    known: int = 0
    bad: int = 0
    warned: int = 0
    seconds: int = 0
    first_day: date | None = None
    last_day: date | None = None
    bad_rows: list[BadRow] = field(default_factory=list)
    reasons: Counter[str] = field(default_factory=Counter)
    warnings: Counter[str] = field(default_factory=Counter)
    examples: dict[str, tuple[int, Problem]] = field(default_factory=dict)
    used: dict[Kind, dict[object, Entity]] = field(default_factory=lambda: {kind: {} for kind in Kind})

    def add_bad(self, row: BadRow) -> None:
        self.bad += 1
        self.reasons.update({reason.code for reason in row.reasons})
        for reason in row.reasons:
            self.examples.setdefault(reason.code, (row.line, reason))
        if self.keep_bad is None or len(self.bad_rows) < self.keep_bad:
            self.bad_rows.append(row)

    def add_good(self, found: Found) -> None:
        row, target = found.row, found.target
        self.good += 1
        self.seconds += row.seconds
        if self.first_day is None or row.date < self.first_day:
            self.first_day = row.date
        if self.last_day is None or row.date > self.last_day:
            self.last_day = row.date
        if row.warnings:
            self.warned += 1
            for warning in row.warnings:
                self.warnings[warning.code] += 1
                self.examples.setdefault(warning.code, (row.line, warning))
        for entity in (target.project, target.person, target.task, target.milestone, target.task_list):
            if entity is not None:
                entity.rows += 1
                self.used[entity.kind][entity.id or entity] = entity
        client = target.project.client
        if client is not None and target.project.id is None:
            client.rows += 1
            self.used[Kind.CLIENT][client.id or client] = client

    def count(self, kind: Kind) -> int:
        """How many different ones the good rows name."""
        return len(self.used[kind])

    @property
    def made(self) -> dict[Kind, list[Entity]]:
        """What has to be created for the good rows, or was."""
        return {
            kind: [entity for entity in used.values() if entity.new and not entity.matched]
            for kind, used in self.used.items()
        }


@dataclass(frozen=True)
class Source:
    """A file with everything that decides how it is read."""

    path: Path
    shape: FileShape
    mapping: Mapping
    decisions: Decisions
    portal: Portal | None


def rows_in(shape: FileShape, path: Path) -> int:
    """About how many rows there are, for a progress bar; 0 where only reading would tell."""
    if shape.sheets:
        return 0
    with path.open("rb") as file:
        return sum(chunk.count(b"\n") for chunk in iter(lambda: file.read(1 << 20), b""))


def known_keys(session: Session, keys: list[str]) -> set[str]:
    """Those of the keys that a time log has already."""
    return set(
        session.execute(select(col(TimeLog.import_key)).where(col(TimeLog.import_key).in_(keys))).scalars()
    )


class Pass:
    """Iterating gives the rows to import; afterwards `tally` says what was in the file."""

    def __init__(
        self,
        session: Session,
        source: Source,
        progress: Progress | None = None,
        *,
        keep_bad: int | None = LISTED_BAD_ROWS,
    ) -> None:
        self.tally = Tally(keep_bad=keep_bad)
        self.resolver = Resolver(session, source.decisions)
        self._session = session
        self._source = source
        self._progress = progress
        self._closed = source.portal.closed_until if source.portal else None
        self._today = today(session)
        self._has_id = Field.EXTERNAL_ID in source.mapping
        self._seen: set[str] = set()

    def __iter__(self) -> Iterator[Found]:
        parser = RowParser(self._source.mapping, self._source.shape.options)
        keys = RowKeys()
        rows = read_rows(self._source.path, self._source.shape.options)
        while batch := list(islice(rows, BATCH)):
            parsed: list[tuple[RawRow, ParsedRow, str]] = []
            for raw in batch:
                row = parser.parse(raw)
                if isinstance(row, BadRow):
                    self.tally.add_bad(row)
                else:
                    parsed.append((raw, row, keys.key(row)))
            known = known_keys(self._session, [key for _, _, key in parsed])
            for raw, row, key in parsed:
                if key in known or key in self._seen:
                    self.tally.known += 1
                    continue
                found = self._place(raw, row, key)
                if found is not None:
                    yield found
            self.tally.rows += len(batch)
            if self._progress:
                self._progress(self.tally.rows)

    def _place(self, raw: RawRow, row: ParsedRow, key: str) -> Found | None:
        if self._closed is not None and row.date <= self._closed:
            params = {"date": row.date, "closed_until": self._closed}
            self.tally.add_bad(BadRow(raw, (Problem("reason.closed_period", params),)))
            return None
        if len(row.notes) > NOTES_LIMIT:
            params = {"field": Field.NOTES, "length": len(row.notes), "limit": NOTES_LIMIT}
            self.tally.add_bad(BadRow(raw, (Problem("reason.too_long", params),)))
            return None
        target = self.resolver.resolve(row)
        if isinstance(target, tuple):
            self.tally.add_bad(BadRow(raw, target))
            return None
        if self._has_id and row.external_id:
            self._seen.add(key)
        if row.date > self._today:
            late = Problem("warning.future_day", {"date": row.date})
            row = replace(row, warnings=(*row.warnings, late))
        found = Found(row, key, target)
        self.tally.add_good(found)
        return found
