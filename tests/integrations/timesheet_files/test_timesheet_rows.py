import csv
import io
from datetime import date, time
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from finance_app.i18n import messages
from finance_app.integrations.timesheet_files import (
    TEXT_LIMITS,
    Approval,
    BadRow,
    Field,
    FileError,
    FileOptions,
    ParsedRow,
    RawRow,
    RowKeys,
    check_mapping,
    escape_formula,
    find_preset,
    fingerprint,
    guess_mapping,
    named_mapping,
    parse_row,
    read_rows,
    row_key,
    sniff,
    write_bad_rows,
)

GOOD = {Field.PROJECT: "Site", Field.PERSON: "Ana", Field.DATE: "2024-11-13", Field.HOURS: "1.5"}


def parse(changes=None, options=None, **fields):
    values = GOOD | {Field(name): value for name, value in fields.items()} | (changes or {})
    raw = RawRow(7, list(values.values()))
    return parse_row(raw, {field: index for index, field in enumerate(values)}, options or FileOptions())


def codes(row):
    assert isinstance(row, BadRow)
    for reason in row.reasons:
        for locale in ("en", "fr"):
            assert "{" not in reason.text(locale)
    return [reason.code for reason in row.reasons]


def test_a_good_row():
    row = parse(
        client=" ACME\u00a0 SARL ", billable="Non facturable", approval="En attente", rate="1 250,50 €"
    )
    assert (row.line, row.project, row.person, row.date, row.seconds) == (
        7,
        "Site",
        "Ana",
        date(2024, 11, 13),
        5400,
    )
    assert row.client == "ACME SARL"
    assert row.billable is False
    assert row.approval is Approval.PENDING
    assert row.rate == Decimal("1250.50")
    assert row.warnings == ()


@pytest.mark.parametrize(
    ("field", "value", "code"),
    [
        ("hours", "0", "zero_hours"),
        ("hours", "0:00", "zero_hours"),
        ("hours", "-2", "negative_hours"),
        ("hours", "lots", "unreadable_hours"),
        ("hours", "1,234", "ambiguous_hours"),
        ("hours", "  ", "missing_hours"),
        ("date", "", "missing_date"),
        ("date", "someday", "unreadable_date"),
        ("date", "03/04/2024", "ambiguous_date"),
        ("date", "45598", "date_1904"),
        ("date", True, "unreadable_date"),
        ("project", "\u00a0", "missing_project"),
        ("person", "", "missing_person"),
        ("project", "x" * 201, "too_long"),
        ("notes", "caf\ufffd", "encoding_damage"),
        ("billable", "perhaps", "unreadable_billable"),
        ("rate", "cheap", "unreadable_rate"),
        ("rate", "-5", "negative_rate"),
        ("rate", "9999999999", "unreadable_rate"),
        ("hours", "2000000", "over_limit"),
        ("start", "morning", "unreadable_time"),
    ],
)
def test_reasons(field, value, code):
    assert codes(parse(**{field: value})) == [code]


def test_every_reason_of_a_row_is_listed():
    assert codes(parse(project="", person="", date="x", hours="y")) == [
        "unreadable_date",
        "unreadable_hours",
        "missing_project",
        "missing_person",
    ]


def test_more_than_a_day_warns_and_a_limit_refuses():
    assert parse(hours="24").warnings == ()
    row = parse(hours="2100.5")
    assert [warning.code for warning in row.warnings] == ["over_24_hours"]
    assert "2,100.5" in row.warnings[0].text("en")
    assert "2\u202f100,5" in row.warnings[0].text("fr")
    assert codes(parse(hours="24.01", options=FileOptions(max_seconds=86_400))) == ["over_limit"]
    assert isinstance(parse(hours="24", options=FileOptions(max_seconds=86_400)), ParsedRow)


def test_warnings_keep_the_row():
    row = parse(approval="dunno", estimated_hours="?", billable="Invoiced", notes="crÃ©Ã©")
    assert {warning.code for warning in row.warnings} == {
        "unknown_approval",
        "unreadable_estimate",
        "already_billed",
        "encoding_damage",
    }
    assert row.estimated_seconds is None
    assert row.billable is True


def test_hours_come_from_start_and_end_when_missing():
    row = parse(hours="", start="22:00", end="1h30")
    assert (row.seconds, row.start, row.end) == (12_600, time(22), time(1, 30))


def test_defaults_fill_what_the_file_does_not_say():
    options = FileOptions(default_project="P", default_person="Me", default_client="C", default_billable=True)
    row = parse(project="", person="", options=options)
    assert (row.project, row.person, row.client, row.billable) == ("P", "Me", "C", True)
    assert parse(project="X", billable="no", options=options).billable is False


def test_first_and_last_name_make_a_person():
    assert parse({Field.PERSON: ""}, first_name="Ana", last_name="Lima").person == "Ana Lima"


def test_texts_are_normalised():
    row = parse(project="E\u0301te\u0301\x07\u200b  2024", notes=" a\u00a0b \r\n\r\nc\x00 ", task="'=SUM(A1)")
    assert row.project == "Été 2024"
    assert row.notes == "a b\n\nc"
    assert row.task == "=SUM(A1)"


def test_a_total_row_is_named():
    raw = RawRow(9, ["Grand total", "", "", "120"])
    mapping = {Field.PROJECT: 0, Field.PERSON: 1, Field.DATE: 2, Field.HOURS: 3}
    assert codes(parse_row(raw, mapping, FileOptions())) == ["total_row"]


@given(
    st.lists(
        st.one_of(st.none(), st.text(max_size=20), st.integers(), st.floats(), st.booleans()), max_size=30
    )
)
def test_any_cells_are_a_log_or_refused(cells):
    mapping = {field: index for index, field in enumerate(Field)}
    row = parse_row(RawRow(1, cells), mapping, FileOptions())
    assert row.seconds > 0 if isinstance(row, ParsedRow) else row.reasons


HEADERS = [
    (
        "Date,Project Name,Task List,Task/Issue,"
        "User,Daily Log Hours(HH:MM),Billing Type,Approval Status,Notes",
        {
            "date": 0,
            "project": 1,
            "task_list": 2,
            "task": 3,
            "person": 4,
            "hours": 5,
            "billable": 6,
            "approval": 7,
            "notes": 8,
        },
        "zoho_projects",
    ),
    (
        "Date,Client,Project,Project Code,Task,"
        "Notes,Hours,Billable?,Invoiced?,Approved?,First Name,Last Name,"
        "Employee?,Billable Rate,Billable Amount",
        {
            "date": 0,
            "client": 1,
            "project": 2,
            "task": 4,
            "notes": 5,
            "hours": 6,
            "billable": 7,
            "approval": 9,
            "first_name": 10,
            "last_name": 11,
            "rate": 13,
        },
        "harvest",
    ),
    (
        "User,Email,Client,Project,Task,"
        "Description,Billable,Start date,Start time,End date,End time,Duration,Tags",
        {
            "person": 0,
            "email": 1,
            "client": 2,
            "project": 3,
            "task": 4,
            "notes": 5,
            "billable": 6,
            "date": 7,
            "start": 8,
            "end": 10,
            "hours": 11,
        },
        "toggl",
    ),
    (
        "Projet;Client;Jalon;Liste de tâches;Tâche;N° de tâche;Collaborateur;Adresse e-mail;Jour;Temps passé;"
        "Facturable;Commentaire;Statut d’approbation;Taux horaire;Heures estimées",
        {
            "project": 0,
            "client": 1,
            "milestone": 2,
            "task_list": 3,
            "task": 4,
            "task_number": 5,
            "person": 6,
            "email": 7,
            "date": 8,
            "hours": 9,
            "billable": 10,
            "notes": 11,
            "approval": 12,
            "rate": 13,
            "estimated_hours": 14,
        },
        None,
    ),
    (
        "Project: Name,Owner: Name,"
        "Work date (local),Hours logged by user,Estimated hours of the task,Invoice date",
        {"project": 0, "person": 1, "date": 2, "hours": 3, "estimated_hours": 4},
        None,
    ),
]


@pytest.mark.parametrize(("line", "expected", "preset"), HEADERS)
def test_columns_are_found_by_their_headers(line, expected, preset):
    headers = line.split(";" if ";" in line else ",")
    found = find_preset(headers)
    assert (found.name if found else None) == preset
    mapping = found.mapping(headers) if found else guess_mapping(headers)
    assert {field.value: column for field, column in mapping.items()} == expected


def test_a_zoho_export_is_read_whole(write):
    text = (
        "Date,Project Name,Task List,Task/Issue,"
        "User,Daily Log Hours(HH:MM),Billing Type,Approval Status,Notes\n"
        '11-13-2024,Site,Design,"Logo, final",Ana Lima,01:45,Billable,Approved,first draft\n'
        "11-14-2024,Site,Design,Logo,Ana Lima,00:20,Non Billable,Pending,\n"
    )
    path = write(text)
    shape = sniff(path)
    assert (shape.preset, shape.questions) == ("zoho_projects", ())
    first, second = (parse_row(row, shape.mapping, shape.options) for row in read_rows(path, shape.options))
    assert (first.task, first.seconds, first.billable, first.approval) == (
        "Logo, final",
        6300,
        True,
        Approval.APPROVED,
    )
    assert (second.date, second.billable, second.approval) == (date(2024, 11, 14), False, Approval.PENDING)


def test_columns_can_be_named():
    headers = ["Proj.", "Qui", "Quand", "Combien", ""]
    wanted = {"project": "proj", "person": "QUI", "date": "Quand", "hours": "#4", "task-number": "#1"}
    assert named_mapping(headers, wanted) == {
        Field.PROJECT: 0,
        Field.PERSON: 1,
        Field.DATE: 2,
        Field.HOURS: 3,
        Field.TASK_NUMBER: 0,
    }
    for bad, code in (({"colour": "Qui"}, "unknown_field"), ({"date": "Où"}, "unknown_column")):
        with pytest.raises(FileError) as caught:
            named_mapping(headers, bad)
        assert caught.value.code == code


def test_what_a_mapping_lacks():
    assert [p.params["field"] for p in check_mapping({Field.PROJECT: 0}, FileOptions())] == [
        Field.DATE,
        Field.HOURS,
        Field.PERSON,
    ]
    mapping = {Field.DATE: 0, Field.START: 1, Field.END: 2, Field.EMAIL: 3}
    assert check_mapping(mapping, FileOptions(default_project="P")) == []


def test_fingerprint_is_of_the_names_in_order():
    assert fingerprint(["Date", "Heures ", "Tâche", ""]) == fingerprint(["date", "HEURES", "tache"])
    assert fingerprint(["Date", "Hours"]) != fingerprint(["Hours", "Date"])


def keys_of(rows):
    keys = RowKeys()
    return [keys.key(row) for row in rows]


def test_the_same_file_gives_the_same_keys_and_equal_rows_different_ones():
    rows = [parse(), parse(), parse(hours="2"), parse()]
    keys = keys_of(rows)
    assert len(set(keys)) == 4
    assert keys_of([parse(), parse(), parse(hours="2"), parse()]) == keys
    assert row_key(rows[0], 3) == keys[3]


def test_a_key_survives_what_changes_between_two_exports():
    assert row_key(parse(approval="pending", billable="yes")) == row_key(
        parse(approval="approved", billable="no")
    )
    assert row_key(parse(hours="1:30", project="SITE ")) == row_key(parse())
    for field, value in {
        "notes": "n",
        "person": "Bo",
        "date": "2024-11-14",
        "task": "t",
        "client": "c",
    }.items():
        assert row_key(parse(**{field: value})) != row_key(parse())


def test_an_external_id_wins():
    assert (
        keys_of([parse(external_id="42"), parse(external_id="42", hours="3")])
        == [row_key(parse(external_id="42"))] * 2
    )
    assert row_key(parse(external_id="42")) != row_key(parse(external_id="43"))


@pytest.mark.parametrize("locale", ["en", "fr"])
def test_bad_rows_are_written_to_be_corrected_and_imported_again(write, locale):
    path = write(
        "Projet;Collaborateur;Date;Durée;Commentaire\nA;Bo;13/11/2024;1,5;bon\n"
        "A;Bo;14/11/2024;-1,5;=cmd()\nÉ;;15/11/2024;zéro;x\n"
    )
    shape = sniff(path)
    rows = [parse_row(row, shape.mapping, shape.options) for row in read_rows(path, shape.options)]
    out = io.BytesIO()
    bad = [row for row in rows if isinstance(row, BadRow)]
    assert write_bad_rows(path, bad, out, locale=locale, options=shape.options) == 2
    text = out.getvalue().decode("utf-8-sig")
    header, first, second = csv.reader(io.StringIO(text), delimiter=";")
    assert header[:5] == list(shape.headers)
    assert header[5:] == (["Line", "Reason"] if locale == "en" else ["Ligne", "Motif"])
    assert first[:6] == ["A", "Bo", "14/11/2024", "-1,5", "'=cmd()", "3"]
    assert second[5] == "4"
    assert second[6] == " ".join(reason.text(locale) for reason in bad[1].reasons)
    corrected = write(
        text.replace("-1,5", "1,5").replace("É;;", "É;Zoé;").replace("zéro", "2"), name="again.csv"
    )
    again = sniff(corrected)
    fixed = [parse_row(row, again.mapping, again.options) for row in read_rows(corrected, again.options)]
    assert [(row.project, row.notes, row.seconds) for row in fixed] == [
        ("A", "=cmd()", 5400),
        ("É", "x", 7200),
    ]


def test_formulas_are_escaped_and_numbers_are_not():
    for text in ("=1", "+x", "-x", "@a", "\tx", "\r", "-1+2"):
        assert escape_formula(text) == f"'{text}"
    for text in ("-1.5", "+3", "abc", "", "1-2", "-1:30"):
        assert escape_formula(text) == text


def test_both_catalogues_say_the_same_things():
    def ours(locale):
        return {key for key in messages(locale) if key.startswith("timesheet_file.")}

    assert ours("en") == ours("fr")
    for field in Field:
        assert field.label("en")
        assert field.label("fr")


def test_lengths_are_counted_after_trimming():
    for field in (Field.TASK, Field.NOTES):
        limit = TEXT_LIMITS[field]
        assert isinstance(parse(**{field.value: " " + "x" * limit}), ParsedRow)
        assert codes(parse(**{field.value: "x" * (limit + 1)})) == ["too_long"]
