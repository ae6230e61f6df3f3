"""The exports of known products: which of their columns holds which field."""

from collections.abc import Sequence
from dataclasses import dataclass

from finance_app.integrations.timesheet_files.fields import Field, Mapping
from finance_app.integrations.timesheet_files.mapping import guess_mapping
from finance_app.integrations.timesheet_files.texts import words


@dataclass(frozen=True, slots=True)
class Preset:
    """The export of a known product; two of its `distinctive` headers tell it from others."""

    name: str
    headers: dict[Field, tuple[str, ...]]
    distinctive: frozenset[str]

    def matches(self, headers: Sequence[str]) -> bool:
        """Whether a header row is this product's: two distinctive headers, a date and hours."""
        found = {words(header) for header in headers}
        needed = (Field.DATE, Field.HOURS)
        return len(found & self.distinctive) >= 2 and all(
            found & set(self.headers[field]) for field in needed
        )

    def mapping(self, headers: Sequence[str]) -> Mapping:
        """The columns of the headers that the product is known to write; more by guessing."""
        columns: dict[str, int] = {}
        for index, header in enumerate(headers):
            columns.setdefault(words(header), index)
        found = {
            field: columns[name]
            for field, names in self.headers.items()
            for name in reversed(names)
            if name in columns
        }
        taken = set(found.values())
        guessed = guess_mapping(headers)
        return found | {f: c for f, c in guessed.items() if f not in found and c not in taken}


def _preset(name: str, headers: dict[Field, str], distinctive: str) -> Preset:
    split = {field: tuple(part.strip() for part in names.split(";")) for field, names in headers.items()}
    return Preset(name, split, frozenset(part.strip() for part in distinctive.split(";")))


PRESETS: dict[str, Preset] = {
    preset.name: preset
    for preset in (
        _preset(
            "zoho_projects",
            {
                Field.PROJECT: "project name; project",
                Field.CLIENT: "customer name; customer; client name; client",
                Field.MILESTONE: "milestone; milestone name; phase; phase name",
                Field.TASK_LIST: "task list; tasklist; task list name; tasklist name",
                Field.TASK: (
                    "task issue; task bug; task issue name; log title; task name; task; task issue general "
                    "log"
                ),
                Field.TASK_NUMBER: "task issue id; task bug id; task id; item id",
                Field.ISSUE: "issue; issue name; bug; bug name",
                Field.PERSON: "user; user name; log user; log users; owner; owner name",
                Field.EMAIL: "user email; email; email id; user email id; log user email",
                Field.DATE: "date; log date",
                Field.HOURS: (
                    "daily log hours; daily log; daily log hh mm; daily log hours hh mm; log hours; hours; "
                    "hours hh mm; time spent"
                ),
                Field.START: "start time",
                Field.END: "end time",
                Field.BILLABLE: "billing type; billing status; billable status; bill status",
                Field.NOTES: "notes; log notes; note; description",
                Field.APPROVAL: "approval status; approval",
                Field.EXTERNAL_ID: "log id; time log id; timelog id",
            },
            "task issue; task bug; daily log hours; daily log; billing type; billing status; approval "
            "status; log users; log hours; task list; log title; daily log hh mm; daily log hours hh mm",
        ),
        _preset(
            "harvest",
            {
                Field.PROJECT: "project",
                Field.CLIENT: "client",
                Field.TASK: "task",
                Field.FIRST_NAME: "first name",
                Field.LAST_NAME: "last name",
                Field.DATE: "date",
                Field.HOURS: "hours",
                Field.BILLABLE: "billable",
                Field.NOTES: "notes",
                Field.APPROVAL: "approved",
                Field.RATE: "billable rate",
                Field.EXTERNAL_ID: "external reference id",
            },
            "project code; invoiced; employee; billable rate; billable amount; cost rate; external "
            "reference url",
        ),
        _preset(
            "toggl",
            {
                Field.PROJECT: "project",
                Field.CLIENT: "client",
                Field.TASK: "task",
                Field.PERSON: "user; member",
                Field.EMAIL: "email",
                Field.DATE: "start date",
                Field.START: "start time",
                Field.END: "end time; stop time",
                Field.HOURS: "duration",
                Field.BILLABLE: "billable",
                Field.NOTES: "description",
            },
            "start date; end date; stop date; tags; amount usd; amount eur; amount",
        ),
        _preset(
            "clockify",
            {
                Field.PROJECT: "project",
                Field.CLIENT: "client",
                Field.TASK: "task",
                Field.PERSON: "user",
                Field.EMAIL: "email",
                Field.DATE: "start date",
                Field.START: "start time",
                Field.END: "end time",
                Field.HOURS: "duration h; duration decimal",
                Field.BILLABLE: "billable",
                Field.NOTES: "description",
            },
            "duration h; duration decimal; kiosk; group",
        ),
    )
}
"""Exports of known products by name."""


def find_preset(headers: Sequence[str]) -> Preset | None:
    """The first preset that a header row matches, Toggl after Clockify, whose columns include Toggl's."""
    for name in ("zoho_projects", "harvest", "clockify", "toggl"):
        if PRESETS[name].matches(headers):
            return PRESETS[name]
    return None
