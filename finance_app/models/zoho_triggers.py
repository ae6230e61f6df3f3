"""The triggers that put a record into the outbox when it changed and there is a connection with Zoho.

They write in the transaction of the change, whoever makes it. A record has one message, which is pending
again after each change; the lease goes, so that a worker that is sending the older state does not take it as
done.
"""

from dataclasses import dataclass

_COLUMNS = "kind, dedup_key, object_kind, object_id, payload, state, attempts, due_at, last_error, created_at"


@dataclass(frozen=True)
class _Watched:
    """A table: which module its rows belong to and by which id, after which changes. `source` is the FROM
    clause where one row concerns several records."""

    module: str
    id: str = "{row}.id"
    updates: str = ""
    inserts: bool = True
    deletes: bool = False
    source: str = ""
    also: tuple[tuple[str, str], ...] = ()


_TASK = "CASE {row}.kind WHEN 'issue' THEN 'issue' ELSE 'task' END"
_WRITTEN_OFF = (
    "(SELECT min(w.invoice_id) FROM allocation w"
    " WHERE w.invoice_id = {row}.invoice_id AND w.kind = 'write_off')"
)
_MONEY = "number, state, issued_at, voided_at, total_minor, due_date, notes, reference, title"
WATCHED: dict[str, _Watched] = {
    "client": _Watched("'contact'", updates="*"),
    "contact": _Watched("'contact'", "{row}.client_id", updates="*", deletes=True),
    "tax": _Watched("'tax'", updates="*"),
    "item": _Watched("'item'", updates="*"),
    "project": _Watched(
        "'project'",
        updates="name, code, client_id, description, state, currency, billing_method, bill_rate, archived_at",
        deletes=True,
        also=(("'rate'", "{row}.id"),),
    ),
    "project_member": _Watched("'rate'", "{row}.project_id", updates="*", deletes=True),
    "user": _Watched("'user'", updates="name, email, archived_at"),
    "user_rate": _Watched(
        "'rate'",
        "m.project_id",
        updates="*",
        deletes=True,
        source="FROM project_member m WHERE m.user_id = {row}.user_id AND",
    ),
    "task": _Watched(
        _TASK,
        updates="name, description, billable, bill_rate, planned_seconds, task_list_id, state, archived_at",
        deletes=True,
    ),
    "time_log": _Watched(
        "'time_log'",
        updates="project_id, task_id, user_id, day, seconds, billable, notes, approval",
        deletes=True,
    ),
    "expense": _Watched("'expense'", updates="*", deletes=True),
    "expense_receipt": _Watched("'expense'", "{row}.expense_id", updates="*"),
    "estimate": _Watched(
        "'estimate'",
        updates="number, issued_at, voided_at, total_minor, accepted_at, declined_at, superseded_at, title",
        deletes=True,
    ),
    "sales_order": _Watched(
        "'sales_order'", updates="number, issued_at, voided_at, total_minor, title", deletes=True
    ),
    "invoice": _Watched("'invoice'", updates=_MONEY, deletes=True),
    "time_claim": _Watched("'invoice'", "{row}.invoice_id", updates="released_at", inserts=False),
    "expense_claim": _Watched("'invoice'", "{row}.invoice_id", updates="released_at", inserts=False),
    "credit_note": _Watched("'credit_note'", updates=_MONEY.replace("due_date, ", ""), deletes=True),
    "payment": _Watched("'payment'", updates="*"),
    "allocation": _Watched(
        "'payment'",
        "{row}.payment_id",
        updates="*",
        also=(("'credit_note'", "{row}.credit_note_id"), ("'write_off'", _WRITTEN_OFF)),
    ),
    "refund": _Watched("'refund'", updates="*"),
}


def _events(watched: _Watched) -> dict[str, str]:
    events = {"insert": "INSERT"} if watched.inserts else {}
    if watched.updates:
        events["update"] = "UPDATE" if watched.updates == "*" else f"UPDATE OF {watched.updates}"
    if watched.deletes:
        events["delete"] = "DELETE"
    return events


def _statements(watched: _Watched, row: str, *, postgres: bool) -> str:
    moment = "now()" if postgres else "strftime('%Y-%m-%d %H:%M:%f', 'now') || '000'"
    active = "active" if postgres else "active = 1"
    made = []
    for module, id in ((watched.module, watched.id), *watched.also):
        module, id = module.format(row=row), id.format(row=row)
        source = watched.source.format(row=row) if watched.source else "WHERE"
        made.append(
            f"""INSERT INTO outbox_message ({_COLUMNS})
SELECT 'zoho', 'zoho:' || {module} || ':' || {id}, 'zoho:' || {module}, {id},
  '{{}}', 'pending', 0, {moment}, '', {moment}
{source} {id} IS NOT NULL AND EXISTS (SELECT 1 FROM zoho_sync WHERE {active})
ON CONFLICT (dedup_key) DO UPDATE SET state = 'pending', attempts = 0, due_at = excluded.due_at,
  last_error = '', lease = NULL, leased_until = NULL, done_at = NULL;"""
        )
    return "\n".join(made)


def sqlite() -> dict[str, str]:
    made = {}
    for table, watched in WATCHED.items():
        for name, event in _events(watched).items():
            row = "OLD" if name == "delete" else "NEW"
            made[f"zoho_due_{table}_{name}"] = (
                f'AFTER {event} ON "{table}" FOR EACH ROW BEGIN\n'
                f"{_statements(watched, row, postgres=False)}\nEND"
            )
    return made


def postgres() -> dict[str, tuple[str, str]]:
    """Each trigger with its function."""
    made = {}
    for table, watched in WATCHED.items():
        for name, event in _events(watched).items():
            row = "OLD" if name == "delete" else "NEW"
            body = f"\nBEGIN\n{_statements(watched, row, postgres=True)}\nRETURN NULL;\nEND"
            made[f"zoho_due_{table}_{name}"] = (f'AFTER {event} ON "{table}" FOR EACH ROW', body)
    return made
