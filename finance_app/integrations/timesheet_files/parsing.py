"""From a raw row to a typed time log, or to the reasons why it is none."""

import re
from collections.abc import Sequence
from datetime import date, datetime, time
from decimal import Decimal
from functools import lru_cache
from typing import TypeVar

from finance_app.integrations.timesheet_files import hours as durations
from finance_app.integrations.timesheet_files.dates import (
    AmbiguousDate,
    DateFormat,
    SerialDate,
    cell_date,
    from_serial,
    read_date,
)
from finance_app.integrations.timesheet_files.fields import TEXT_LIMITS, Field, Mapping
from finance_app.integrations.timesheet_files.flags import read_approval, read_yes_no, says_billed
from finance_app.integrations.timesheet_files.options import FileOptions
from finance_app.integrations.timesheet_files.problems import Problem, RowFault
from finance_app.integrations.timesheet_files.rows import Approval, BadRow, Cell, CellFault, ParsedRow, RawRow
from finance_app.integrations.timesheet_files.texts import (
    clean_line,
    clean_paragraphs,
    looks_damaged,
    unescape_formula,
)

DAY_SECONDS = 86_400
CACHED_VALUES = 20_000
MAX_SECONDS = 1_000_000 * 3600
MAX_RATE = 10**9

_TOTAL = re.compile(r"(?:sub|grand)?\s?-?total|totaux|sous-total|somme|sum\b", re.IGNORECASE)
_CURRENCY = re.compile(r"[^\d.,+\-−'’\s]+")

T = TypeVar("T")


def _shown(value: Cell) -> str:
    text = str(value)
    return text if len(text) <= 60 else text[:59] + "…"


def cell_text(value: Cell) -> str:
    """A cell as text: whole numbers without decimals, days without a time of midnight, nothing as empty."""
    if isinstance(value, str):
        return value
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    if isinstance(value, datetime) and value.time() == time():
        return value.date().isoformat()
    return str(value)


def _is_blank(value: Cell) -> bool:
    return value is None or (isinstance(value, str) and (not value or value.isspace()))


class RowParser:
    """Reads the rows of one file with one mapping; repeated dates and durations are read once."""

    def __init__(self, mapping: Mapping, options: FileOptions) -> None:
        self.options = options
        self._columns = dict(mapping)
        self._texts = [
            (field, self._columns[field], TEXT_LIMITS[field])
            for field in TEXT_LIMITS
            if field in self._columns
        ]
        self._dates: dict[str, date] = {}
        self._durations: dict[str, int] = {}

    def parse(self, raw: RawRow) -> ParsedRow | BadRow:
        """The time log of a row, or all that is wrong with it."""
        if raw.fault is not None:
            return BadRow(raw, (raw.fault,))
        reasons: list[Problem] = []
        warnings: list[Problem] = []
        texts = self._read_texts(raw.cells, reasons, warnings)
        day = self._try(self._date, raw, reasons)
        seconds = self._try(self._seconds, raw, reasons)
        start = self._try(self._start, raw, reasons)
        end = self._try(self._end, raw, reasons)
        billable = self._try(self._billable, raw, reasons)
        rate = self._try(self._rate, raw, reasons)
        self._require(texts, reasons)
        if seconds is not None:
            self._check_length(seconds, reasons, warnings)
        if reasons or day is None or seconds is None:
            return BadRow(raw, self._explain(raw, reasons))
        if Field.BILLABLE in self._columns and says_billed(self._text(raw, Field.BILLABLE)):
            warnings.append(Problem("warning.already_billed"))
        return ParsedRow(
            line=raw.line,
            date=day,
            seconds=seconds,
            start=start,
            end=end,
            billable=self.options.default_billable if billable is None else billable,
            approval=self._approval(raw, warnings),
            rate=rate,
            estimated_seconds=self._estimate(raw, warnings),
            warnings=tuple(warnings),
            **texts,
        )

    def _cell(self, raw: RawRow, field: Field) -> Cell:
        column = self._columns.get(field)
        if column is None or column >= len(raw.cells):
            return None
        value = raw.cells[column]
        if isinstance(value, CellFault):
            code = "formula_without_value" if value.is_formula else "cell_error"
            raise RowFault(code, field=field, text=value.text)
        return None if _is_blank(value) else value

    def _text(self, raw: RawRow, field: Field) -> str:
        return clean_line(cell_text(self._cell(raw, field)))

    def _try(self, read, raw: RawRow, reasons: list[Problem]):
        try:
            return read(raw)
        except RowFault as fault:
            reasons.append(fault.problem)
            return None

    def _read_texts(
        self, cells: Sequence[Cell], reasons: list[Problem], warnings: list[Problem]
    ) -> dict[str, str]:
        texts: dict[str, str] = {"project": "", "person": ""}
        count = len(cells)
        for field, column, limit in self._texts:
            value = cells[column] if column < count else None
            if not value and value != 0:
                continue
            if isinstance(value, CellFault):
                code = "formula_without_value" if value.is_formula else "cell_error"
                reasons.append(Problem(f"reason.{code}", {"field": field, "text": value.text}))
                continue
            text = value if isinstance(value, str) else cell_text(value)
            text = clean_paragraphs(text) if field is Field.NOTES else clean_line(text)
            if text[:1] == "'":
                text = unescape_formula(text)
            if len(text) > limit:
                params = {"field": field, "length": len(text), "limit": limit}
                reasons.append(Problem("reason.too_long", params))
            if not text.isascii():
                self._check_encoding(field, text, reasons, warnings)
            texts[field.value] = text
        first, last = texts.pop("first_name", ""), texts.pop("last_name", "")
        texts["person"] = texts["person"] or f"{first} {last}".strip() or self.options.default_person
        texts["project"] = texts["project"] or self.options.default_project
        if self.options.default_client and not texts.get("client"):
            texts["client"] = self.options.default_client
        return texts

    def _check_encoding(
        self, field: Field, text: str, reasons: list[Problem], warnings: list[Problem]
    ) -> None:
        if "\ufffd" in text:
            reasons.append(Problem("reason.encoding_damage", {"field": field, "text": _shown(text)}))
        elif looks_damaged(text):
            warnings.append(Problem("warning.encoding_damage", {"field": field, "text": _shown(text)}))

    def _require(self, texts: dict[str, str], reasons: list[Problem]) -> None:
        if not texts["project"]:
            reasons.append(Problem("reason.missing_project"))
        if not texts["person"] and not texts.get("email"):
            reasons.append(Problem("reason.missing_person"))

    def _check_length(self, seconds: int, reasons: list[Problem], warnings: list[Problem]) -> None:
        limit = MAX_SECONDS if self.options.max_seconds is None else self.options.max_seconds
        if 0 < seconds <= min(DAY_SECONDS, limit):
            return
        shown = {"hours": round(Decimal(seconds) / 3600, 2)}
        if seconds == 0:
            reasons.append(Problem("reason.zero_hours"))
        elif seconds < 0:
            reasons.append(Problem("reason.negative_hours", shown))
        elif seconds > limit:
            reasons.append(Problem("reason.over_limit", shown | {"limit": round(Decimal(limit) / 3600, 2)}))
        else:
            warnings.append(Problem("warning.over_24_hours", shown))

    def _explain(self, raw: RawRow, reasons: list[Problem]) -> tuple[Problem, ...]:
        if any(reason.code == "missing_date" for reason in reasons):
            first = next((cell for cell in raw.cells if not _is_blank(cell)), None)
            if isinstance(first, str) and _TOTAL.match(first.strip()):
                return (Problem("reason.total_row"),)
        return tuple(reasons)

    def _date(self, raw: RawRow) -> date:
        value = self._cell(raw, Field.DATE)
        if value is None:
            raise RowFault("missing_date")
        if isinstance(value, str):
            found = self._dates.get(value)
            if found is None:
                found = self._date_of_text(value)
                if len(self._dates) < CACHED_VALUES:
                    self._dates[value] = found
            return found
        try:
            if isinstance(value, datetime | date):
                return cell_date(value)
            if isinstance(value, int | float) and not isinstance(value, bool):
                return from_serial(int(value), date_1904=self._counts_from_1904())
        except (ValueError, OverflowError):
            pass
        raise RowFault("unreadable_date", text=_shown(value))

    def _counts_from_1904(self) -> bool:
        return self.options.date_format is DateFormat.SERIAL_1904 or bool(self.options.date_1904)

    def _date_of_text(self, text: str) -> date:
        text = clean_line(text)
        try:
            return read_date(text, self.options.date_format)
        except AmbiguousDate as error:
            raise RowFault(
                "ambiguous_date", text=_shown(text), day_first=error.day_first, month_first=error.month_first
            ) from None
        except SerialDate as error:
            raise RowFault(
                "date_1904", text=_shown(text), from_1900=error.from_1900, from_1904=error.from_1904
            ) from None
        except ValueError:
            raise RowFault("unreadable_date", text=_shown(text)) from None

    def _seconds(self, raw: RawRow) -> int:
        value = self._cell(raw, Field.HOURS)
        if value is None:
            start, end = self._start(raw), self._end(raw)
            if start is None or end is None:
                raise RowFault("missing_hours")
            return durations.between(start, end)
        if isinstance(value, str):
            found = self._durations.get(value)
            if found is None:
                found = self._seconds_of(value)
                if len(self._durations) < CACHED_VALUES:
                    self._durations[value] = found
            return found
        return self._seconds_of(value)

    def _seconds_of(self, value: Cell) -> int:
        unit = self.options.hours_unit or "hours"
        try:
            if isinstance(value, str):
                text = unescape_formula(clean_line(value))
                return durations.read_duration(text, self.options.decimal, unit)
            return durations.cell_duration(value, unit)
        except durations.AmbiguousNumber:
            raise RowFault("ambiguous_hours", text=_shown(value)) from None
        except (ValueError, ArithmeticError):
            raise RowFault("unreadable_hours", text=_shown(value)) from None

    def _start(self, raw: RawRow) -> time | None:
        return self._time(raw, Field.START)

    def _end(self, raw: RawRow) -> time | None:
        return self._time(raw, Field.END)

    def _time(self, raw: RawRow, field: Field) -> time | None:
        value = self._cell(raw, field)
        if value is None:
            return None
        if isinstance(value, datetime):
            return value.time().replace(microsecond=0)
        if isinstance(value, time):
            return value.replace(microsecond=0)
        try:
            return durations.read_time(clean_line(cell_text(value)))
        except ValueError:
            raise RowFault("unreadable_time", field=field, text=_shown(value)) from None

    def _billable(self, raw: RawRow) -> bool | None:
        value = self._cell(raw, Field.BILLABLE)
        if value is None or isinstance(value, bool):
            return value
        found = read_yes_no(cell_text(value))
        if found is None:
            raise RowFault("unreadable_billable", text=_shown(value))
        return found

    def _rate(self, raw: RawRow) -> Decimal | None:
        value = self._cell(raw, Field.RATE)
        if value is None:
            return None
        try:
            text = _CURRENCY.sub("", clean_line(cell_text(value)))
            rate = durations.read_number(text, self.options.decimal)
        except ValueError:
            raise RowFault("unreadable_rate", text=_shown(value)) from None
        if rate >= MAX_RATE:
            raise RowFault("unreadable_rate", text=_shown(value))
        if rate < 0:
            raise RowFault("negative_rate", text=_shown(value))
        return rate

    def _approval(self, raw: RawRow, warnings: list[Problem]) -> Approval | None:
        text = self._lenient(raw, Field.APPROVAL, warnings)
        if text is None:
            return None
        found = read_approval(cell_text(text))
        if found is None:
            warnings.append(Problem("warning.unknown_approval", {"text": _shown(text)}))
        return found

    def _estimate(self, raw: RawRow, warnings: list[Problem]) -> int | None:
        value = self._lenient(raw, Field.ESTIMATED_HOURS, warnings)
        if value is None:
            return None
        seconds = None
        if isinstance(value, str):
            seconds = self._durations.get(value)
        if seconds is None:
            try:
                seconds = self._seconds_of(value)
            except RowFault:
                seconds = -1
        if not 0 <= seconds <= MAX_SECONDS:
            warnings.append(Problem("warning.unreadable_estimate", {"text": _shown(value)}))
            return None
        return seconds

    def _lenient(self, raw: RawRow, field: Field, warnings: list[Problem]) -> Cell:
        try:
            return self._cell(raw, field)
        except RowFault as fault:
            warnings.append(
                Problem("warning.left_empty", {"field": field, "text": fault.problem.params["text"]})
            )
            return None


@lru_cache(maxsize=8)
def _parser(columns: tuple[tuple[Field, int], ...], options: FileOptions) -> RowParser:
    return RowParser(dict(columns), options)


def parse_row(raw: RawRow, mapping: Mapping, options: FileOptions) -> ParsedRow | BadRow:
    """One row with the mapping and options of its file; RowParser does the same faster for many rows."""
    return _parser(tuple(sorted(mapping.items())), options).parse(raw)
