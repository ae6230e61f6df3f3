"""What comes from Zoho Projects, in the order in which it is read: what others refer to comes first."""

import hashlib
import json
from enum import StrEnum


class Module(StrEnum):
    USER = "source_user"
    PROJECT = "source_project"
    PHASE = "source_phase"
    TASK_LIST = "source_task_list"
    TASK = "source_task"
    ISSUE = "source_issue"
    TIME_LOG = "source_time_log"


PARTS = (
    ("phases", Module.PHASE),
    ("tasklists", Module.TASK_LIST),
    ("tasks", Module.TASK),
    ("issues", Module.ISSUE),
    ("task", Module.TIME_LOG),
    ("issue", Module.TIME_LOG),
    ("general", Module.TIME_LOG),
)
"""How a project is read: what is asked for at Zoho, and what it is here. The last three are kinds of time."""


def number_of(remote_id: str, raw: object = None) -> int:
    """The id of Zoho as a number, as the error summary has it. One that is no number, or the record itself
    where it has no id, makes a number below zero."""
    if remote_id.isdigit() and len(remote_id) < 19:
        return int(remote_id)
    said = remote_id or json.dumps(raw, sort_keys=True, default=str)
    return -1 - int.from_bytes(hashlib.sha256(said.encode()).digest()[:7], "big")
