"""Which column holds which field: guessed from headers, named by the user, remembered by shape."""

from collections.abc import Sequence
from hashlib import blake2b

from finance_app.integrations.timesheet_files.fields import Field, Mapping
from finance_app.integrations.timesheet_files.headers import SYNONYMS
from finance_app.integrations.timesheet_files.options import FileOptions
from finance_app.integrations.timesheet_files.problems import FileError, Problem
from finance_app.integrations.timesheet_files.texts import word_set, words

_FIELD_OF = {name: field for field, names in SYNONYMS.items() for name in names}
_RANK = {name: rank for names in SYNONYMS.values() for rank, name in enumerate(names)}
_NOT_INSIDE = word_set(
    "created modified updated due invoice invoiced facture echeance creation modification amount "
    "montant cost total count nombre url link billed currency devise group groupe role tag tags "
    "department team"
)
REQUIRED = (Field.PROJECT, Field.DATE, Field.HOURS, Field.PERSON)


def known_headers(cells: Sequence[str]) -> int:
    """How many texts are the name of a field: what tells a header row from a title or a row of data."""
    return len({_FIELD_OF[name] for cell in cells if (name := words(cell)) in _FIELD_OF})


def _name(header: str) -> str:
    name = words(header)
    asks = header.rstrip().endswith("?")
    return "" if asks and _FIELD_OF.get(name) not in (Field.BILLABLE, Field.APPROVAL) else name


def guess_mapping(headers: Sequence[str]) -> Mapping:
    """The likeliest column of each field: by its exact name first, else by a name inside a longer header.

    A header that is a question (`Employee?`) holds yes or no: only billable and approval are asked so.
    """
    names = [_name(header) for header in headers]
    exact = sorted((_RANK[name], index) for index, name in enumerate(names) if name in _FIELD_OF)
    found: Mapping = {}
    for _, index in exact:
        found.setdefault(_FIELD_OF[names[index]], index)
    taken = set(found.values()) | {index for _, index in exact}
    inside: list[tuple[int, int, Field]] = []
    for index, name in enumerate(names):
        if index in taken or not name or _NOT_INSIDE & set(name.split()):
            continue
        padded = f" {name} "
        phrases = [phrase for phrase in _FIELD_OF if len(phrase) > 3 and f" {phrase} " in padded]
        if phrases:
            longest = max(phrases, key=len)
            inside.append((-len(longest), index, _FIELD_OF[longest]))
    for _, index, field in sorted(inside):
        found.setdefault(field, index)
    return found


def named_mapping(headers: Sequence[str], wanted: dict[str, str]) -> Mapping:
    """`{"hours": "Temps passé"}` as columns: by header, or by number counted from 1 (`#3`).

    Raises FileError `unknown_field` or `unknown_column`.
    """
    columns: dict[str, int] = {}
    for index, header in enumerate(headers):
        columns.setdefault(words(header), index)
    found: Mapping = {}
    for name, column in wanted.items():
        try:
            field = Field(name.strip().lower().replace("-", "_").replace(" ", "_"))
        except ValueError:
            raise FileError("unknown_field", name=name, fields=", ".join(Field)) from None
        index = columns.get(words(column)) if words(column) else None
        if column.startswith("#") and column[1:].isdecimal() and 1 <= int(column[1:]) <= len(headers):
            index = int(column[1:]) - 1
        if index is None:
            raise FileError("unknown_column", name=column, columns=", ".join(h for h in headers if h.strip()))
        found[field] = index
    return found


def check_mapping(mapping: Mapping, options: FileOptions) -> list[Problem]:
    """What a mapping still lacks before rows can be read: project, person, date, hours (or start and end)."""
    filled = {
        Field.PROJECT: bool(options.default_project),
        Field.PERSON: bool(options.default_person)
        or any(f in mapping for f in (Field.EMAIL, Field.FIRST_NAME, Field.LAST_NAME)),
        Field.HOURS: Field.START in mapping and Field.END in mapping,
    }
    missing = [field for field in REQUIRED if field not in mapping and not filled.get(field)]
    return [Problem("reason.unmapped", {"field": field}) for field in missing]


def fingerprint(headers: Sequence[str]) -> str:
    """32 hexadecimal digits that two files share when their columns have the same names in the same order."""
    names = [words(header) for header in headers]
    while names and not names[-1]:
        names.pop()
    return blake2b("\x1f".join(names).encode(), digest_size=16).hexdigest()
