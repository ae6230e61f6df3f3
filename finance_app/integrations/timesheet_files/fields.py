"""The fields of a time log that a column can hold."""

from enum import StrEnum

from finance_app.i18n import t


class Field(StrEnum):
    """What a column of a time sheet means. `HOURS` is a duration in any notation."""

    PROJECT = "project"
    CLIENT = "client"
    MILESTONE = "milestone"
    TASK_LIST = "task_list"
    TASK = "task"
    TASK_NUMBER = "task_number"
    ISSUE = "issue"
    PERSON = "person"
    FIRST_NAME = "first_name"
    LAST_NAME = "last_name"
    EMAIL = "email"
    DATE = "date"
    HOURS = "hours"
    START = "start"
    END = "end"
    BILLABLE = "billable"
    NOTES = "notes"
    APPROVAL = "approval"
    RATE = "rate"
    CATEGORY = "category"
    STATUS = "status"
    ESTIMATED_HOURS = "estimated_hours"
    EXTERNAL_ID = "external_id"

    def label(self, locale: str) -> str:
        return t(locale, f"timesheet_file.field.{self.value}")


Mapping = dict[Field, int]
"""A field's column, counted from 0."""

TEXT_LIMITS: dict[Field, int] = {
    Field.PROJECT: 200,
    Field.CLIENT: 200,
    Field.MILESTONE: 200,
    Field.TASK_LIST: 200,
    Field.TASK: 500,
    Field.TASK_NUMBER: 100,
    Field.ISSUE: 500,
    Field.PERSON: 200,
    Field.FIRST_NAME: 100,
    Field.LAST_NAME: 100,
    Field.EMAIL: 254,
    Field.NOTES: 10_000,
    Field.CATEGORY: 200,
    Field.STATUS: 100,
    Field.EXTERNAL_ID: 200,
}
"""Characters that a text may hold; a longer one refuses its row."""
