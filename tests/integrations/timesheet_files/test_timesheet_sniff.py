import io
import os
import zipfile
from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from openpyxl.utils.datetime import CALENDAR_MAC_1904

from finance_app.integrations.timesheet_files import (
    CellFault,
    DateFormat,
    Field,
    FileError,
    FileOptions,
    Kind,
    Limits,
    ParsedRow,
    RowParser,
    parse_row,
    read_rows,
    sniff,
)

SIMPLE = "Project,Person,Date,Hours,Notes\nSite,Ana,2024-11-02,1.5,ok\nApp,Bo,2024-11-13,2,\n"


def lines(path, options=None):
    return [row.line for row in read_rows(path, options or sniff(path).options)]


def parsed(path, **changes):
    shape = sniff(path)
    options = replace(shape.options, **changes)
    return [parse_row(row, shape.mapping, options) for row in read_rows(path, options)]


def assert_read_or_refused(path):
    try:
        shape = sniff(path)
        for row in read_rows(path, shape.options):
            parse_row(row, shape.mapping, shape.options)
    except FileError as error:
        refusal = error.text("fr")
    else:
        refusal = None
    assert refusal != ""


def code_of(path, options=None):
    def read():
        list(read_rows(path, sniff(path, options).options))

    with pytest.raises(FileError) as caught:
        read()
    for locale in ("en", "fr"):
        assert caught.value.text(locale)
        assert "{" not in caught.value.text(locale)
    return caught.value.code


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_delimiters_and_line_ends(write, delimiter, end):
    shape = sniff(write(SIMPLE.replace(",", delimiter).replace("\n", end)))
    assert shape.options.delimiter == delimiter
    assert shape.kind is (Kind.TSV if delimiter == "\t" else Kind.CSV)
    assert shape.headers == ("Project", "Person", "Date", "Hours", "Notes")
    assert [row.line for row in shape.sample] == [2, 3]


FRENCH = (
    "Projet;Collaborateur;Date;Durée;Commentaire\n"
    "Été;Zoé;13/11/2024;1,5;L’accès à l’œuvre – où ça ?\nNoël;Hélène;14/11/2024;2;déjà reçu\n"
)


@pytest.mark.parametrize(
    ("encoding", "found"),
    [
        ("utf-8", "utf-8"),
        ("utf-8-sig", "utf-8-sig"),
        ("cp1252", "cp1252"),
        ("mac_roman", "mac_roman"),
        ("utf-16", "utf-16"),
        ("utf-16-le", "utf-16-le"),
        ("utf-16-be", "utf-16-be"),
    ],
)
def test_encodings(write, encoding, found):
    path = write(FRENCH, encoding=encoding)
    shape = sniff(path)
    assert shape.options.encoding == found
    assert shape.options.decimal == ","
    rows = parsed(path)
    assert [row.person for row in rows] == ["Zoé", "Hélène"]
    assert rows[0].notes == "L’accès à l’œuvre – où ça ?"


def test_english_apostrophes_are_windows_1252(write):
    path = write(SIMPLE.replace("ok", "don’t ‘quote’ me – please"), encoding="cp1252")
    assert sniff(path).options.encoding == "cp1252"


def test_latin_9_and_dos_letters_are_read_right(write):
    text = SIMPLE.replace("ok", "déjà reçu, très bien à côté".replace(",", ""))
    for encoding in ("iso8859-15", "cp850"):
        assert parsed(write(text, encoding=encoding))[0].notes == "déjà reçu très bien à côté"


def test_a_wrong_encoding_is_corrected_by_an_option(write):
    path = write(FRENCH.replace("’", "'").replace("œ", "oe").replace("–", "-"), encoding="cp850")
    options = sniff(path, FileOptions(encoding="CP850")).options
    assert options.encoding == "cp850"
    assert next(iter(read_rows(path, options))).cells[1] == "Zoé"
    assert code_of(path, FileOptions(encoding="klingon")) == "unknown_encoding"
    assert code_of(path, FileOptions(delimiter="::")) == "bad_delimiter"


def test_title_and_blank_lines_come_before_the_header(write):
    text = "\n\nTime report November\nFrom,1 Nov\n\n" + SIMPLE + "\n\nApp,Bo,2024-11-14,3,\n"
    path = write(text)
    shape = sniff(path)
    assert shape.options.header_row == 6
    assert lines(path) == [7, 8, 11]
    assert sniff(path, FileOptions(header_row=4)).headers == ("From", "1 Nov")


def test_line_numbers_are_physical_lines(write):
    path = write('Project,Date,Hours,Notes,User\n"A","2024-11-13",1,"two\nlines",Bo\nB,2024-11-13,2,,Bo\n')
    assert lines(path) == [2, 4]
    assert parsed(path)[0].notes == "two\nlines"


def test_a_file_without_header(write):
    path = write("Site,Ana,13/11/2024,1.5\nApp,Bo,14/11/2024,2\n")
    shape = sniff(path)
    assert shape.options.header_row == 0
    assert shape.headers == ("#1", "#2", "#3", "#4")
    assert lines(path) == [1, 2]


def test_excels_separator_line(write):
    path = write("sep=;\nProject;Person;Date;Hours\nA;B;2024-11-02;1,5\n")
    assert sniff(path).options.delimiter == ";"
    assert lines(path) == [3]


def test_single_quotes(write):
    path = write("'Project','User','Date','Hours'\n'A, B','Bo','2024-11-13','1'\n")
    assert sniff(path).options.quote == "'"
    assert parsed(path)[0].project == "A, B"


def test_ambiguous_dates_are_a_question_and_an_answer_settles_it(write):
    path = write("Project,User,Date,Hours\nA,Bo,03/04/2024,1\nA,Bo,05/06/2024,1\n")
    shape = sniff(path)
    assert shape.questions == ("date_format",)
    assert shape.options.date_format is None
    assert parsed(path)[0].reasons[0].code == "ambiguous_date"
    assert parsed(path, date_format=DateFormat.MDY)[0].date == date(2024, 3, 4)
    assert sniff(path, FileOptions(date_format=DateFormat.DMY)).questions == ()


def test_ambiguous_decimal_is_a_question(write):
    path = write("Project;User;Date;Hours\nA;Bo;2024-04-03;1,250\nA;Bo;2024-04-04;2,500\n")
    assert sniff(path).questions == ("decimal",)
    assert parsed(path)[0].reasons[0].code == "ambiguous_hours"
    assert parsed(path, decimal=",")[0].seconds == 4500
    assert parsed(path, decimal=".")[0].seconds == 1250 * 3600


def test_one_clear_number_settles_the_decimal_separator(write):
    shape = sniff(write("Project;User;Date;Hours\nA;Bo;2024-04-03;1,250\nA;Bo;2024-04-04;2,5\n"))
    assert (shape.options.decimal, shape.questions) == (",", ())


def test_minutes_in_the_header_are_the_unit(write):
    path = write("Project,User,Date,Duration (minutes)\nA,Bo,2024-04-03,90\n")
    assert parsed(path)[0].seconds == 5400


def test_workbook_with_dates_times_and_numbers(sheet):
    path = sheet(
        ["Report"],
        [],
        ["Project", "Person", "Date", "Hours", "Task number"],
        ["A", "Ana", datetime(2024, 11, 2), 1.1, 17],  # noqa: DTZ001
        ["A", "Ana", date(2024, 11, 3), timedelta(hours=30), 18.0],
        [],
        ["A", "Ana", "4 nov. 2024", "1h30", "x"],
    )
    shape = sniff(path)
    assert (shape.kind, shape.options.sheet, shape.options.header_row) == (Kind.XLSX, "Sheet", 3)
    rows = parsed(path)
    assert [row.line for row in rows] == [4, 5, 7]
    assert [row.date.day for row in rows] == [2, 3, 4]
    assert [row.seconds for row in rows] == [3960, 108000, 5400]
    assert [row.task_number for row in rows] == ["17", "18", "x"]


def test_workbook_of_the_1904_system(sheet):
    path = sheet(
        ["Project", "Person", "Date", "Hours"],
        ["A", "Ana", date(2024, 11, 2), 1],
        ["A", "Ana", 44136, 1],
        epoch=CALENDAR_MAC_1904,
    )
    shape = sniff(path)
    assert shape.options.date_1904 is True
    assert [notice.code for notice in shape.notices] == ["date_1904"]
    assert [row.date for row in parsed(path)] == [date(2024, 11, 2)] * 2
    assert parsed(path, date_1904=False)[1].date == date(2020, 11, 1)


def test_the_sheet_with_a_time_sheet_is_chosen(sheet):
    path = sheet(
        ["Project", "User", "Date", "Hours"], ["A", "B", date(2024, 1, 2), 1], titles=("Cover", "Time")
    )
    shape = sniff(path)
    assert (shape.sheets, shape.options.sheet) == (("Cover", "Time"), "Time")
    assert code_of(path, FileOptions(sheet="Nope")) == "unknown_sheet"
    assert code_of(path, FileOptions(sheet="Cover")) == "empty"


def test_formula_without_value_refuses_its_row_only(sheet):
    path = sheet(
        ["Project", "Person", "Date", "Hours", "Other"],
        ["A", "Ana", date(2024, 11, 2), "=1+1", 1],
        ["A", "Ana", date(2024, 11, 2), 2, "=1+1"],
        ["A", "Ana", date(2024, 11, 2), "#N/A", 1],
    )
    assert isinstance(next(iter(read_rows(path, sniff(path).options))).cells[3], CellFault)
    first, second, third = parsed(path)
    assert first.reasons[0].code == "formula_without_value"
    assert "=1+1" in first.reasons[0].text("en")
    assert isinstance(second, ParsedRow)
    assert third.reasons[0].code == "cell_error"


def test_a_formula_in_a_text_file_is_text(write):
    path = write("Project,Person,Date,Hours,Notes\n=A1,@bo,2024-11-02,1,+1 day\n-x,B,2024-11-02,=1+1,\n")
    good, bad = parsed(path)
    assert (good.project, good.person, good.notes) == ("=A1", "@bo", "+1 day")
    assert bad.reasons[0].code == "unreadable_hours"


def rezip(path, change):
    """The workbook with some of its parts changed."""
    out = io.BytesIO()
    with zipfile.ZipFile(path) as source, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as target:
        for member in source.infolist():
            target.writestr(member.filename, change(member.filename, source.read(member)))
    return out.getvalue()


GRID = (["Project", "User", "Date", "Hours"], ["A", "B", date(2024, 1, 2), 1])


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "empty"),
        (b"\n\n  \n", "empty"),
        (b"\xef\xbb\xbf", "empty"),
        (b"Project,User,Date,Hours\n", "only_header"),
        (b"just some words\nand more of them\n", "no_columns"),
        (b"%PDF-1.7\n...", "pdf"),
        (b"\x89PNG\r\n\x1a\n....", "image"),
        (b"\xff\xd8\xff\xe0....", "image"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "old_excel"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le"), "password_protected"),
        (b'[{"project": 1}]', "json"),
        (b'{"a": 1}', "json"),
        (b"<html><table><tr><td>Project</td></tr></table>", "html"),
        (b"<?xml version='1.0'?><a/>", "xml"),
        (b"PK\x03\x04 broken", "truncated"),
        (b"\x1f\x8b\x08...", "compressed"),
        (b"\x00\x01\x02\x03" * 50, "not_spreadsheet"),
        (bytes(range(1, 32)) * 5, "not_spreadsheet"),
    ],
)
def test_what_is_no_time_sheet_is_refused_with_its_reason(write, content, code):
    assert code_of(write(content)) == code


def test_other_archives_are_named(write):
    for members, code in (
        (
            {"mimetype": "application/vnd.oasis.opendocument.spreadsheet", "content.xml": "<x/>"},
            "opendocument",
        ),
        ({"xl/workbook.bin": "x"}, "binary_excel"),
        ({"word/document.xml": "x"}, "not_spreadsheet"),
        ({"xl/workbook.xml": "<x/>"}, "damaged_workbook"),
    ):
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w") as archive:
            for name, text in members.items():
                archive.writestr(name, text)
        assert code_of(write(out.getvalue())) == code


def test_limits(write, sheet):
    path = write(SIMPLE)
    assert code_of(path, FileOptions(limits=Limits(max_bytes=10))) == "too_large"
    assert code_of(path, FileOptions(limits=Limits(max_columns=4))) == "too_many_columns"
    book = sheet(*GRID)
    assert code_of(book, FileOptions(limits=Limits(max_columns=3))) == "too_many_columns"
    assert code_of(book, FileOptions(limits=Limits(max_unpacked=1000))) == "unpacks_too_large"
    assert code_of(path.with_name("absent.csv")) == "missing"


def test_hostile_workbooks(sheet, write):
    book = sheet(*GRID)
    whole = book.read_bytes()
    assert code_of(write(whole[: len(whole) // 2], name="half.xlsx")) == "truncated"

    def entities(name, data):
        bomb = b'<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]>'
        return data.replace(b"<worksheet", bomb + b"<worksheet", 1) if "sheet1" in name else data

    assert code_of(write(rezip(book, entities), name="bomb.xlsx")) == "damaged_workbook"

    for encoding in ("utf-16", "cp037"):

        def recoded(name, data, encoding=encoding):
            text = f"<?xml version='1.0' encoding='{encoding}'?>{entities(name, data).decode()}"
            return text.encode(encoding) if "sheet1" in name else data

        assert code_of(write(rezip(book, recoded), name="recoded.xlsx")) == "damaged_workbook"

    def far(name, data):
        return data.replace(b'<row r="2"', b'<row r="99999999"') if "sheet1" in name else data

    assert code_of(write(rezip(book, far), name="far.xlsx")) == "damaged_workbook"

    def zeros(name, data):
        return data + b" " * 30_000_000 if "theme" in name else data

    bomb = write(rezip(book, zeros), name="zip.xlsx")
    assert bomb.stat().st_size < 100_000
    assert code_of(bomb, FileOptions(limits=Limits(max_strings=10_000_000))) == "unpacks_too_large"


def test_a_workbook_as_excel_writes_it(sheet, write):
    """Shared strings, a sparse row without its first cells, a cached formula, an error value."""
    cells = (
        '<row r="1"><c r="A1" t="s"><v>0</v></c><c r="B1" t="s"><v>1</v></c><c r="C1" t="s"><v>2</v></c>'
        '<c r="D1" t="s"><v>3</v></c><c r="E1" t="s"><v>5</v></c></row>'
        '<row r="4"><c r="A4" t="s"><v>4</v></c><c r="B4" t="str"><f>"Bo"</f><v>Bo</v></c>'
        '<c r="C4"><v>45598</v></c><c r="D4"><f>1+0.5</f><v>1.5</v></c>'
        '<c r="E4" t="str"><f>""</f><v></v></c></row>'
        '<row r="5"><c r="C5"><v>45599</v></c><c r="D5" t="e"><f>1/0</f><v>#DIV/0!</v></c></row>'
    )
    strings = "".join(
        f"<si><t>{text}</t></si>" for text in ("Project", "User", "Date", "Hours", "Été", "Notes")
    )
    space = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sharedStrings+xml"

    def change(name, data):
        if "sheet1" in name:
            return f"<worksheet {space}><sheetData>{cells}</sheetData></worksheet>".encode()
        override = f'<Override PartName="/xl/sharedStrings.xml" ContentType="{kind}"/></Types>'
        return data.replace(b"</Types>", override.encode()) if "Content_Types" in name else data

    path = write(rezip(sheet(*GRID), change), name="excel.xlsx")
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("xl/sharedStrings.xml", f"<sst {space}>{strings}</sst>".encode())
    good, bad = parsed(path)
    assert (good.line, good.project, good.person, good.seconds) == (4, "Été", "Bo", 5400)
    assert (good.date, good.notes) == (date(2024, 11, 2), "")
    assert (bad.line, [reason.code for reason in bad.reasons]) == (
        5,
        ["cell_error", "missing_project", "missing_person"],
    )
    assert code_of(path, FileOptions(limits=Limits(max_strings=100))) == "unpacks_too_large"


def test_a_gap_of_a_million_rows_costs_nothing(sheet, write):
    def far(name, data):
        if "sheet1" not in name:
            return data
        return data.replace(b'<row r="2"', b'<row r="1048576"').replace(b'="A2"', b'="A1048576"')

    path = write(rezip(sheet(*GRID), far), name="gap.xlsx")
    assert lines(path) == [1_048_576]


def faults(path):
    found = [row.fault for row in read_rows(path, sniff(path).options) if row.fault]
    return [(fault.code, fault.params["line"]) for fault in found]


def test_a_stray_quote_does_not_swallow_rows_in_silence(write):
    start = 'Project,User,Date,Hours,Notes\nA,"Bo,2024-11-13,1,x\n'
    rows = "".join(f"A,Bo,2024-11-{day:02},1,x\n" for day in range(1, 21))
    assert faults(write(start + rows)) == [("unclosed_quote", 2)]
    assert faults(write(start + rows * 500))[0] == ("unclosed_quote", 2)
    assert faults(write(start + rows + 'B,Bo,2024-11-13,1,"y"\n'))[0] == ("unclosed_quote", 2)


def test_a_long_note_in_a_short_row_is_no_fault(write):
    path = write('Project,User,Date,Hours,Notes,More,Extra\nA,Bo,2024-11-13,1,"one,\ntwo, three"\n')
    assert faults(path) == []
    assert parsed(path)[0].notes == "one,\ntwo, three"


def test_a_row_with_more_cells_than_the_header_is_refused(write):
    path = write(SIMPLE + "App,Bo,2024-11-14,1,5,note\nApp,Bo,2024-11-14,1,5,,\n")
    rows = parsed(path)
    assert rows[2].reasons[0].code == "too_many_cells"
    assert isinstance(rows[3], ParsedRow)


def test_reading_stays_flat_in_memory(tmp_path):
    import tracemalloc

    path = tmp_path / "large.csv"
    with path.open("w") as file:
        file.write("Project,User,Date,Hours,Notes\n")
        for number in range(60_000):
            file.write(f"P{number % 7},U{number % 5},2024-11-{number % 28 + 1:02},1.25,note {number}\n")
    shape = sniff(path)
    parser = RowParser(shape.mapping, shape.options)
    tracemalloc.start()
    total = sum(parser.parse(row).seconds for row in read_rows(path, shape.options))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert total == 60_000 * 4500
    assert peak < 4_000_000


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.one_of(st.binary(max_size=400), st.text(max_size=400).map(lambda s: s.encode("utf-8", "replace"))))
@example(b"\xff\xfe\x00")
@example(b"\xff\xfe\x00\xd8,\x00")
@example(b"a,b\n1,\x0b")
@example(b"PK\x03\x04")
@example(b"\xfe\xff")
def test_any_bytes_are_a_shape_or_a_coded_refusal(write, content):
    assert_read_or_refused(write(content))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=60)
@given(st.lists(st.tuples(st.floats(0, 1, exclude_max=True), st.integers(0, 255)), min_size=1, max_size=5))
def test_damaged_workbooks_are_refused_not_crashed(sheet, write, changes):
    content = bytearray(sheet(*GRID).read_bytes())
    for place, byte in changes:
        content[int(place * len(content))] = byte
    assert_read_or_refused(write(bytes(content), name="fuzz.xlsx"))


TRIAL = os.environ.get("MARGE_TRIAL_FILE", "")


@pytest.mark.skipif(not os.path.exists(TRIAL), reason="MARGE_TRIAL_FILE names no trial file")
def test_trial_file():
    shape = sniff(TRIAL)
    assert shape.options.encoding == "cp1252"
    assert shape.options.date_format is DateFormat.DMY
    assert shape.questions == ()
    assert {Field.PROJECT, Field.PERSON, Field.DATE, Field.HOURS, Field.TASK_NUMBER} <= shape.mapping.keys()
    rows = parsed(TRIAL)
    assert len(rows) == 12_299
    assert all(isinstance(row, ParsedRow) for row in rows)
    assert sum(row.seconds for row in rows) == 342_007_128
    assert len({row.project for row in rows}) == 20
    assert len({row.task_number for row in rows}) == 10_266
    assert len({row.person for row in rows}) == 22
    warned = [row for row in rows if "over_24_hours" in {warning.code for warning in row.warnings}]
    assert len(warned) == 752
