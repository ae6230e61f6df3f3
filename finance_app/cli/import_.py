"""`marge import`: data from files, without the wizard."""

import json
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any

import typer
from sqlalchemy.exc import OperationalError
from sqlmodel import Session

from finance_app import db
from finance_app.cli.operator import operator
from finance_app.domain.errors import DomainError
from finance_app.i18n import t
from finance_app.integrations.timesheet_files import DateFormat, FileError, named_mapping
from finance_app.models import TimeImport
from finance_app.services import files, time_import
from finance_app.services.time_import import Draft, Kind, Pass, Tally, drafts
from finance_app.settings import settings

app = typer.Typer(help="Bring data in from files.", no_args_is_help=True)

CHUNK = 1 << 20
LISTED = 50
HINTS = {
    "time_import.error.question_date_format": "--date-format DMY, --date-format MDY or --date-format YMD",
    "time_import.error.question_decimal": "--decimal , or --decimal .",
    "time_import.error.missing_project": "--map project=COLUMN or --project NAME",
    "time_import.error.missing_person": "--map person=COLUMN or --person NAME",
    "time_import.error.missing_date": "--map date=COLUMN",
    "time_import.error.missing_hours": "--map hours=COLUMN",
}


@app.callback()
def bring() -> None:
    """Bring data in from files."""


class _Failure(Exception):
    """What went wrong, in words, and the options that would answer it."""

    def __init__(self, text: str, hint: str = "") -> None:
        super().__init__(text)
        self.text = text
        self.hint = hint


@app.command("time")
def import_time(
    file: Annotated[Path, typer.Argument(help="A time sheet: CSV, TSV or XLSX.")],
    mapped: Annotated[
        list[str] | None,
        typer.Option("--map", metavar="FIELD=COLUMN", help="The column of a field, by header or as #3."),
    ] = None,
    date_format: Annotated[str, typer.Option(help="Order of day, month, year: DMY, MDY, YMD.")] = "",
    encoding: Annotated[str, typer.Option(help="Encoding of the text, as windows-1252.")] = "",
    delimiter: Annotated[str, typer.Option(help="What separates the cells of a line.")] = "",
    sheet: Annotated[str, typer.Option(help="Sheet of a workbook.")] = "",
    decimal: Annotated[str, typer.Option(help="Decimal separator: . or ,")] = "",
    client: Annotated[str, typer.Option(help="Client of rows that name none.")] = "",
    project: Annotated[str, typer.Option(help="Project of rows that name none.")] = "",
    person: Annotated[str, typer.Option(help="Person of rows that name none.")] = "",
    create: Annotated[
        bool, typer.Option("--create/--no-create", help="Create missing clients, projects, tasks, people.")
    ] = True,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would happen.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Answer in JSON.")] = False,
) -> None:
    """Import a time sheet. Rows imported before add nothing; rows that cannot be read are listed."""
    options = {
        "encoding": encoding,
        "delimiter": "\t" if delimiter in ("\\t", "tab") else delimiter,
        "sheet": sheet,
        "decimal": decimal,
        "default_client": client,
        "default_project": project,
        "default_person": person,
        "refused": [] if create else [kind.value for kind in Kind],
    }
    started = time.perf_counter()
    try:
        chosen = {name: value for name, value in options.items() if value}
        if date_format:
            chosen["date_format"] = _date_format(date_format)
        job = _Job(file, chosen, mapped or [])
        tally, import_id = job.check() if dry_run else job.run()
    except _Failure as failure:
        _fail(failure, as_json=as_json)
    seconds = time.perf_counter() - started
    answer = _answer(file, tally, seconds, import_id, dry_run=dry_run)
    if as_json:
        typer.echo(json.dumps(answer, ensure_ascii=False, indent=2))
    else:
        _print(answer, tally)
    _print_bad(answer["bad_rows"])
    if not tally.good and not tally.known:
        raise typer.Exit(1)


def _date_format(text: str) -> str:
    try:
        return DateFormat.parse(text).value
    except ValueError:
        raise _Failure(f"“{text}” is no date format.", "--date-format DMY, MDY or YMD") from None


@dataclass
class _Job:
    file: Path
    options: dict[str, Any]
    mapped: Sequence[str]

    def check(self) -> tuple[Tally, None]:
        """The dry run, on the file where it lies."""
        with _told(), _database(db.reading) as session:
            draft = self._draft(session, TimeImport(options=self.options), self.file)
            reading = Pass(session, draft.source, keep_bad=None)
            for _ in reading:
                pass
            return reading.tally, None

    def run(self) -> tuple[Tally, int | None]:
        """The import, in one transaction."""
        with _told(), _database(db.transaction) as session:
            draft = self._draft(session, TimeImport(options=self.options), self.file)
            actor = operator(session)
            row = drafts.start(session, actor, name=self.file.name, sha256=self._keep(), shape=draft.shape)
            row.options = self.options
            row.mapping = {name.value: column for name, column in draft.mapping.items()}
            session.flush()
            tally = time_import.apply(session, actor, row.id or 0, keep_bad=None)
            if not tally.good:
                drafts.forget(session, row)
                return tally, None
            return tally, row.id

    def _keep(self) -> str:
        with files.Incoming(drafts.file_limit()) as incoming, self.file.open("rb") as source:
            while chunk := source.read(CHUNK):
                incoming.write(chunk)
            return incoming.keep()

    def _draft(self, session: Session, row: TimeImport, path: Path) -> Draft:
        draft = drafts.look(session, row, path)
        wanted = {}
        for pair in self.mapped:
            name, separator, column = pair.partition("=")
            if not separator:
                raise _Failure(f"“{pair}” is no column of a field.", "--map FIELD=COLUMN")
            wanted[name] = column
        try:
            named = named_mapping(draft.shape.headers, wanted)
        except FileError as error:
            raise _Failure(error.text("en")) from None
        taken = set(named.values())
        guessed = {name: column for name, column in draft.mapping.items() if column not in taken}
        row.mapping = {name.value: column for name, column in (guessed | named).items()}
        draft = drafts.look(session, row, path)
        time_import.check_ready(draft)
        return draft


@contextmanager
def _database(opened: Callable[[], AbstractContextManager[Session]]) -> Iterator[Session]:
    db.migrate(settings().database_url)
    with opened() as session:
        yield session


class _told:
    """Turns what may go wrong into one line and, where there is one, the option that helps."""

    def __enter__(self) -> None:
        return None

    def __exit__(self, _kind: object, error: BaseException | None, _trace: object) -> None:
        if isinstance(error, DomainError):
            raise _Failure(t("en", error.code, **error.params), HINTS.get(error.code, "")) from None
        if isinstance(error, OperationalError):
            reason = str(error.orig).strip().splitlines()[0]
            raise _Failure(f"The database cannot be used now ({reason}). Nothing was imported.") from None
        if isinstance(error, OSError):
            raise _Failure(f"{error.filename}: {error.strerror}. Nothing was imported.") from None


def _fail(failure: _Failure, *, as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps({"error": failure.text, "answer_with": failure.hint}, ensure_ascii=False))
    typer.secho(f"marge: {failure.text}", err=True)
    if failure.hint:
        typer.secho(f"Answer it with {failure.hint}", err=True)
    raise typer.Exit(1)


def _hours(seconds: int) -> str:
    """Exact where six decimals suffice."""
    hours = (Decimal(seconds) / 3600).quantize(Decimal("0.000001"))
    return format(hours.normalize(), "f") if hours else "0"


def _answer(
    file: Path, tally: Tally, seconds: float, import_id: int | None, *, dry_run: bool
) -> dict[str, Any]:
    return {
        "file": file.name,
        "dry_run": dry_run,
        "import_id": import_id,
        "rows": tally.rows,
        "imported": tally.good,
        "known": tally.known,
        "bad": tally.bad,
        "bad_rows": [
            {"line": row.line, "reasons": [reason.text("en") for reason in row.reasons]}
            for row in sorted(tally.bad_rows, key=lambda row: row.line)
        ],
        "warned": tally.warned,
        "warnings": dict(tally.warnings),
        "hours": _hours(tally.seconds),
        **{name: len(tally.made[kind]) for name, kind in _CREATED.items()},
        "seconds": round(seconds, 3),
        "rows_per_second": round(tally.rows / seconds) if seconds else 0,
    }


_CREATED = {
    "clients": Kind.CLIENT,
    "projects": Kind.PROJECT,
    "milestones": Kind.MILESTONE,
    "task_lists": Kind.TASK_LIST,
    "tasks": Kind.TASK,
    "people": Kind.PERSON,
}


def _print(answer: dict[str, Any], tally: Tally) -> None:
    verb = "would be imported" if answer["dry_run"] else "imported"
    typer.echo(f"{answer['imported']:,} of {answer['rows']:,} rows {verb}: {answer['hours']} h")
    for name in ("known", "bad"):
        if answer[name]:
            typer.echo(f"{'Imported before' if name == 'known' else 'Left out'}: {answer[name]:,}")
    made = [f"{name.replace('_', ' ')} {answer[name]:,}" for name in _CREATED if answer[name]]
    if made:
        typer.echo(f"{'Would create' if answer['dry_run'] else 'Created'}: {', '.join(made)}")
    for code, count in tally.warnings.most_common():
        line, warning = tally.examples[code]
        typer.echo(f"Warning, rows: {count:,}, such as line {line}: {warning.text('en')}")
    typer.echo(f"{answer['seconds']} s, {answer['rows_per_second']:,} rows a second")


def _print_bad(bad: list[dict[str, Any]]) -> None:
    for row in bad[:LISTED]:
        typer.secho(f"line {row['line']}: {' '.join(row['reasons'])}", err=True)
    if len(bad) > LISTED:
        typer.secho(f"and {len(bad) - LISTED:,} more; --json lists all", err=True)
