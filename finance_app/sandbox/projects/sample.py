"""What a firm has in its portal: clients, people, projects with phases, lists, tasks, issues, weeks of time.

The demo's sandbox starts with it. It is the same each time but for the days, which end on the present one."""

import random
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

from finance_app.sandbox.projects.records import (
    CLOSED,
    ISSUE,
    LOG,
    OPEN,
    PHASE,
    PROJECT,
    TASK,
    TASK_LIST,
    USER,
    Kind,
)
from finance_app.sandbox.store import Record, Store, timestamp

PORTAL = "portal:10"
WEEKS = 10
ACTIVE = {"id": "11", "name": "Active", "is_closed_type": False}
COMPLETED = {"id": "12", "name": "Completed", "is_closed_type": True}
PEOPLE = (
    ("Tom Aldridge", "tom.aldridge@vauclere.example"),
    ("Nadia Belkacem", "nadia.belkacem@vauclere.example"),
    ("Nina Kowalski", "nina.kowalski@partner.example"),
    ("Jan Fischer", "jan.fischer@partner.example"),
    ("Sara Haddad", "sara.haddad@partner.example"),
)
WORK = (
    (
        "Discovery",
        (("Interviews with users", 16), ("Map of the present site", 8), ("Report and priorities", 10)),
    ),
    ("Design", (("Wireframes", 24), ("Visual identity on screen", 30), ("Tests with five people", 12))),
    ("Build", (("Templates and components", 60), ("Migration of the content", 40), ("Search", 20))),
)
FIRMS = (
    ("Booking engine", "Cordelia Hôtels", "based_on_staff_hours", ACTIVE),
    ("Loyalty app", "Maison Perrault", "based_on_task_hours", ACTIVE),
    ("Annual report 2026", "Brouwer Logistics", "based_on_project_hours", ACTIVE),
    ("Intranet", "Norwind Energy", "based_on_project_hours", ACTIVE),
    ("Brand guidelines", "Maison Perrault", "fixed_cost_for_project", COMPLETED),
)
BUGS = (
    "The menu covers the heading on telephones",
    "Accents are lost in the export",
    "The map does not load",
)
NOTES = (
    "",
    "With the client",
    "Corrections after the review",
    "Preparation",
    "Remote session",
    "Documentation",
)


def fill(store: Store, today: date | None = None, *, weeks: int = WEEKS) -> None:
    """Put the sample into an empty portal."""
    if store.find(PORTAL, PROJECT.name):
        return
    end, chance = today or datetime.now(UTC).date(), random.Random(11)  # noqa: S311
    people = [_add(store, USER, {"name": name, "email": email}) for name, email in PEOPLE]
    clients: dict[str, Record] = {}
    for number, (name, firm, method, status) in enumerate(FIRMS):
        client = clients.setdefault(firm, {"id": str(store.next_id()), "name": firm})
        first = end - timedelta(weeks=weeks + number)
        project = _add(
            store,
            PROJECT,
            {
                "name": name, "client": client, "billing_method": method, "status": status,
                "description": f"{name} for {firm}", "owner": _who(people[number % 2]),
                "start_date": first.isoformat(), "end_date": (end + timedelta(weeks=6)).isoformat(),
            },
        )  # fmt: skip
        _work(store, project["id"], number, people, first, end, chance, closed=status is COMPLETED)


def _work(
    store: Store,
    project: str,
    number: int,
    people: list[Record],
    first: date,
    end: date,
    chance: random.Random,
    *,
    closed: bool,
) -> None:
    tasks, count = [], 0
    for place, (part, pieces) in enumerate(WORK):
        start = first + timedelta(weeks=3 * place)
        phase = _add(
            store,
            PHASE,
            {
                "name": part,
                "start_date": start.isoformat(),
                "end_date": (start + timedelta(weeks=4)).isoformat(),
            },
            project,
        )
        tasklist = _add(store, TASK_LIST, {"name": part, "milestone": _ref(phase)}, project)
        for name, hours in pieces:
            count += 1
            done = 100 if closed or place == 0 else (10 * chance.randrange(0, 10))
            who = people[(number + count) % len(people)]
            tasks.append(
                _add(
                    store,
                    TASK,
                    {
                        "name": name, "prefix": f"P{number + 1}-T{count}", "tasklist": _ref(tasklist),
                        "milestone": _ref(phase), "status": CLOSED if done == 100 else OPEN,
                        "percent_complete": done, "completed": done == 100, "priority": "medium",
                        "start_date": start.isoformat(), "end_date": (start + timedelta(weeks=4)).isoformat(),
                        "owners_and_work": {"owners": [_who(who)], "total_work": f"{hours:02d}:00"},
                    },
                    project,
                )
            )  # fmt: skip
    bugs = [
        _add(
            store,
            ISSUE,
            {"title": title, "prefix": f"P{number + 1}-I{place}", "assignee": _who(people[place])},
            project,
        )
        for place, title in enumerate(BUGS[: 2 if closed else 3], 1)
    ]
    for day in _workdays(first, end):
        for who in chance.sample(people, 2 if number < 3 else 1):
            _log(store, project, day, who, tasks, bugs, chance, old=(end - day).days > 14)


def _log(
    store: Store,
    project: str,
    day: date,
    who: Record,
    tasks: list[Record],
    bugs: list[Record],
    chance: random.Random,
    *,
    old: bool,
) -> None:
    on_bug, quarters = chance.random() < 0.12, chance.randrange(2, 29)
    subject = chance.choice(bugs if on_bug else tasks)
    body: Record = {
        "date": day.isoformat(),
        "hours": f"{quarters // 4:02d}:{quarters % 4 * 15:02d}",
        "owner": _who(who),
        "notes": chance.choice(NOTES),
        "bill_status": "Non Billable" if chance.random() < 0.1 else "Billable",
        "approval_status": "Approved" if old else "Pending",
    }
    if chance.random() > 0.05:
        named = subject.get("name") or subject.get("title")
        body["issue" if on_bug else "task"] = {"id": subject["id"], "name": named}
    _add(store, LOG, body, project)


def _workdays(first: date, end: date) -> Iterator[date]:
    day = first
    while day <= end:
        if day.weekday() < 5:
            yield day
        day += timedelta(days=1)


def _add(store: Store, kind: Kind, body: Record, project: str = "") -> Record:
    moment = timestamp()
    whole = {**kind.defaults, **body, "created_time": moment, "last_modified_time": moment}
    return store.add(PORTAL, kind.name, whole, id_field="id", parent=project)


def _ref(row: Record) -> Record:
    return {"id": row["id"], "name": row["name"]}


def _who(person: Record) -> Record:
    return {"id": person["id"], "zpuid": person["id"], "name": person["name"], "email": person["email"]}
