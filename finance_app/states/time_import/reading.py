"""The steps Format and Columns: what was detected in the file, and its correction."""

from collections.abc import Sequence
from dataclasses import dataclass

import reflex as rx

from finance_app import routes
from finance_app.domain.errors import DomainError
from finance_app.domain.permissions import Permission
from finance_app.i18n import formats
from finance_app.integrations.timesheet_files import (
    PRESETS,
    BadRow,
    DateFormat,
    Field,
    RawRow,
    RowParser,
    guess_mapping,
)
from finance_app.integrations.timesheet_files.dates import read_date
from finance_app.integrations.timesheet_files.parsing import cell_text
from finance_app.services.time_import import Draft, drafts
from finance_app.states.form import FormState, texts
from finance_app.states.handlers import handler, on_load
from finance_app.states.session import Session

SHOWN_ROWS = 8
SHOWN_TEXT = 80
ENCODINGS = {
    "utf-8": "UTF-8",
    "utf-8-sig": "UTF-8 (BOM)",
    "utf-16": "UTF-16",
    "cp1252": "Windows-1252",
    "iso8859-15": "ISO 8859-15",
    "mac_roman": "Mac Roman",
    "cp850": "DOS 850",
}
ASKED = {
    DateFormat.DMY: "time_import.format.day_first",
    DateFormat.MDY: "time_import.format.month_first",
    DateFormat.YMD: "time_import.format.year_first",
    DateFormat.SERIAL_1900: "time_import.format.serial_1900",
    DateFormat.SERIAL_1904: "time_import.format.serial_1904",
}


@dataclass(frozen=True)
class SampleRow:
    id: int
    cells: list[str]


@dataclass(frozen=True)
class Answer:
    value: str
    label: str


@dataclass(frozen=True)
class ColumnRow:
    id: int
    name: str
    examples: str
    field: str


@dataclass(frozen=True)
class PreviewRow:
    id: int
    date: str
    person: str
    project: str
    task: str
    hours: str
    billable: str
    fault: str


def short(text: str) -> str:
    return text if len(text) <= SHOWN_TEXT else text[: SHOWN_TEXT - 1] + "…"


def sample_rows(rows: Sequence[RawRow], width: int) -> list[SampleRow]:
    found = []
    for row in rows[:SHOWN_ROWS]:
        cells = [short(cell_text(cell)) for cell in row.cells[:width]]
        found.append(SampleRow(row.line, [*cells, *[""] * (width - len(cells))]))
    return found


class ImportFormat(Session):
    import_id: str = ""
    file_name: str = ""
    headers: list[str] = []
    sample: list[SampleRow] = []
    options: dict[str, str] = {}
    sheets: list[str] = []
    encodings: list[Answer] = []
    date_formats: list[Answer] = []
    asks_date: bool = False
    asks_decimal: bool = False
    date_example: str = ""
    date_answers: list[Answer] = []
    notices: list[str] = []
    ready: bool = False

    @on_load(Permission.TIME_IMPORT)
    async def load(self):
        draft = await self._read(drafts.read, self._id("import_id"))
        if draft.row.applied_at is not None:
            return rx.redirect(routes.time_import(draft.row.id or 0, "result"))
        self._fill(draft)
        return None

    def _fill(self, draft: Draft) -> None:
        shape, options, locale = draft.shape, draft.shape.options, self._locale
        self.import_id, self.file_name = str(draft.row.id), draft.row.file_name
        self.headers = [short(header) for header in shape.headers]
        self.sample = sample_rows(shape.sample, len(shape.headers))
        self.sheets = list(shape.sheets)
        self.options = {
            "encoding": options.encoding or "",
            "delimiter": options.delimiter or "",
            "sheet": options.sheet or "",
            "header_row": str(options.header_row or 0),
            "decimal": options.decimal or "",
            "date_format": options.date_format or "",
            "hours_unit": options.hours_unit or "hours",
        }
        known = options.encoding is None or options.encoding in ENCODINGS
        names = ENCODINGS if known else {options.encoding or "": options.encoding or "", **ENCODINGS}
        self.encodings = [Answer(name, label) for name, label in names.items()]
        self.date_formats = [
            Answer(kind.value, self._t(f"timesheet_file.date_format.{kind.value}")) for kind in DateFormat
        ]
        self.asks_date = "date_format" in shape.questions
        self.asks_decimal = "decimal" in shape.questions
        self.date_example, self.date_answers = self._answers(draft)
        self.notices = [notice.text(locale) for notice in shape.notices]
        self.ready = not shape.questions

    def _answers(self, draft: Draft) -> tuple[str, list[Answer]]:
        column = draft.mapping.get(Field.DATE)
        cells = [
            row.cells[column] for row in draft.shape.sample if column is not None and column < len(row.cells)
        ]
        example = next((cell for cell in cells if isinstance(cell, str) and cell.strip()), "")
        found = []
        for kind in draft.shape.dates.candidates:
            try:
                date = formats.day(read_date(example, kind), self._locale, "long")
            except ValueError:
                continue
            found.append(Answer(kind.value, self._t(ASKED[kind], date=date)))
        return example, found

    @handler(Permission.TIME_IMPORT)
    async def choose(self, name: str, value: str):
        """Correct one finding; the file is looked at anew at once."""
        if name not in self.options:
            raise DomainError("common.error.unknown_choice")
        given: str | int | None = str(value)[:60]
        if name == "header_row":
            text = str(value).strip()
            if not (text.isascii() and text.isdigit() and len(text) < 7):
                raise DomainError("common.error.unknown_choice")
            given = int(text)
        elif name == "date_format" and value and value not in set(DateFormat):
            raise DomainError("common.error.unknown_choice")
        import_id = self._id("import_id")
        await self._write(drafts.choose, import_id, {name: None if given == "" else given})
        self._fill(await self._read(drafts.read, import_id))

    @handler(Permission.TIME_IMPORT)
    async def go_on(self):
        return rx.redirect(routes.time_import(self._id("import_id"), "columns"))


class ImportColumns(FormState, Session):
    import_id: str = ""
    file_name: str = ""
    columns: list[ColumnRow] = []
    fields: list[Answer] = []
    presets: list[Answer] = []
    preset: str = ""
    preview: list[PreviewRow] = []
    missing: str = ""
    ready: bool = False

    @on_load(Permission.TIME_IMPORT)
    async def load(self):
        draft = await self._read(drafts.read, self._id("import_id"))
        if draft.row.applied_at is not None:
            return rx.redirect(routes.time_import(draft.row.id or 0, "result"))
        options = draft.row.options
        billable = options.get("default_billable")
        self._fill(
            {
                "default_project": options.get("default_project"),
                "default_client": options.get("default_client"),
                "default_person": options.get("default_person"),
                "default_billable": "no" if billable is False else "yes",
            }
        )
        self._show(draft)
        return None

    def _show(self, draft: Draft) -> None:
        shape, locale = draft.shape, self._locale
        self.import_id, self.file_name = str(draft.row.id), draft.row.file_name
        field_of = {column: name.value for name, column in draft.mapping.items()}
        self.columns = [
            ColumnRow(
                index, short(header) or f"#{index + 1}", self._examples(draft, index), field_of.get(index, "")
            )
            for index, header in enumerate(shape.headers)
        ]
        self.fields = [Answer(name.value, name.label(locale)) for name in Field]
        self.presets = [Answer(name, self._t(f"timesheet_file.preset.{name}")) for name in PRESETS]
        self.preset = self._t(f"timesheet_file.preset.{shape.preset}") if shape.preset else ""
        self.missing = ", ".join(problem.params["field"].label(locale) for problem in draft.missing)
        parser = RowParser(draft.mapping, shape.options)
        self.preview = (
            [] if draft.missing else [self._preview(parser, row) for row in shape.sample[:SHOWN_ROWS]]
        )
        self.ready = not draft.missing and not shape.questions

    def _examples(self, draft: Draft, index: int) -> str:
        cells = (cell_text(row.cells[index]).strip() for row in draft.shape.sample if index < len(row.cells))
        return " · ".join(short(text) for text in list(dict.fromkeys(text for text in cells if text))[:3])

    def _preview(self, parser: RowParser, raw: RawRow) -> PreviewRow:
        row, locale = parser.parse(raw), self._locale
        if isinstance(row, BadRow):
            fault = " ".join(reason.text(locale) for reason in row.reasons)
            return PreviewRow(raw.line, "", "", "", "", "", "", fault)
        billable = (
            "time_import.columns.billable_no" if row.billable is False else "time_import.columns.billable_yes"
        )
        return PreviewRow(
            id=raw.line,
            date=formats.day(row.date, locale),
            person=row.person or row.email,
            project=row.project,
            task=short(row.issue or row.task),
            hours=formats.hours(row.seconds, locale),
            billable=self._t(billable),
            fault="",
        )

    @handler(Permission.TIME_IMPORT)
    async def set_column(self, index: int, name: str):
        """Say what a column holds, or with no name that it is not imported."""
        import_id = self._id("import_id")
        draft = await self._read(drafts.read, import_id)
        index = int(index)
        if not 0 <= index < len(draft.shape.headers) or (name and name not in set(Field)):
            raise DomainError("common.error.unknown_choice")
        mapping = {field: column for field, column in draft.mapping.items() if column != index}
        if name:
            mapping[Field(name)] = index
        await self._keep(import_id, mapping)

    @handler(Permission.TIME_IMPORT)
    async def use_preset(self, name: str):
        """The columns of a known product, or with no name those that the headers suggest."""
        import_id = self._id("import_id")
        headers = (await self._read(drafts.read, import_id)).shape.headers
        preset = PRESETS.get(name)
        await self._keep(import_id, preset.mapping(headers) if preset else guess_mapping(headers))

    async def _keep(self, import_id: int, mapping: dict[Field, int]) -> None:
        await self._write(drafts.choose_columns, import_id, mapping)
        self._show(await self._read(drafts.read, import_id))

    @handler(Permission.TIME_IMPORT)
    async def save_defaults(self, data: dict):
        given, import_id = texts(data), self._id("import_id")
        changes = {
            name: given.get(name, "")[:200] or None
            for name in ("default_project", "default_client", "default_person")
        }
        billable = False if given.get("default_billable") == "no" else None
        await self._write(drafts.choose, import_id, {**changes, "default_billable": billable})
        self._show(await self._read(drafts.read, import_id))

    @handler(Permission.TIME_IMPORT)
    async def go_on(self):
        return rx.redirect(routes.time_import(self._id("import_id"), "check"))
