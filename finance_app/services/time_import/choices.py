"""What a person decided about an import: how the file is read, what may be created, what stands for what."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any

from finance_app.integrations.timesheet_files import DateFormat, FileOptions, Limits
from finance_app.models import Portal
from finance_app.settings import settings

MAX_SECONDS = 100_000 * 3600


class Kind(StrEnum):
    """What the rows of a file name, and an import may create."""

    CLIENT = "client"
    PROJECT = "project"
    MILESTONE = "milestone"
    TASK_LIST = "task_list"
    TASK = "task"
    PERSON = "person"


class Action(StrEnum):
    """What becomes of a name that is not known yet."""

    CREATE = "create"
    SKIP = "skip"
    MATCH = "match"


NAMED = (Kind.CLIENT, Kind.PROJECT, Kind.PERSON)
"""The kinds of which each name can be decided alone."""

TEXT_OPTIONS = ("encoding", "delimiter", "quote", "sheet", "decimal", "hours_unit")
DEFAULTS = ("default_project", "default_client", "default_person")


@dataclass(frozen=True, slots=True)
class Decision:
    """What to do with a new name; `id` is the existing one that it stands for (MATCH)."""

    action: Action
    id: int | None = None


@dataclass(frozen=True)
class Decisions:
    """`refused` are kinds of which nothing may be created; `given` decides single names by (kind, key)."""

    refused: frozenset[Kind] = frozenset()
    given: Mapping[tuple[Kind, str], Decision] = field(default_factory=dict)
    billed_stays_billable: bool = False

    def of(self, kind: Kind, key: str) -> Decision | None:
        return self.given.get((kind, key))

    def may_create(self, kind: Kind) -> bool:
        return kind not in self.refused


def file_options(stored: Mapping[str, Any], portal: Portal | None) -> FileOptions:
    """The options that were chosen, as they stand in `TimeImport.options`; the rest is detected."""
    texts = {name: stored[name] for name in (*TEXT_OPTIONS, *DEFAULTS) if stored.get(name) is not None}
    row_limit = portal.row_limit_seconds if portal else None
    made = FileOptions(
        **texts,
        header_row=stored.get("header_row"),
        date_format=DateFormat(stored["date_format"]) if stored.get("date_format") else None,
        date_1904=stored.get("date_1904"),
        default_billable=stored.get("default_billable"),
        max_seconds=min(row_limit or MAX_SECONDS, MAX_SECONDS),
    )
    return replace(made, limits=Limits(max_bytes=settings().upload_max_mb * 1024 * 1024))


def decisions(stored: Mapping[str, Any]) -> Decisions:
    """The decisions in `TimeImport.options`."""
    given: dict[tuple[Kind, str], Decision] = {}
    for kind, names in stored.get("names", {}).items():
        for key, choice in names.items():
            given[(Kind(kind), key)] = Decision(Action(choice["action"]), choice.get("id"))
    return Decisions(
        refused=frozenset(Kind(kind) for kind in stored.get("refused", [])),
        given=given,
        billed_stays_billable=bool(stored.get("billed_stays_billable")),
    )
