"""Audit events are sealed in a chain, and the database lets nobody change them"""

import hashlib
import json
from datetime import UTC

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

FIELDS = (
    "id", "at", "actor_id", "actor_name", "address", "object_kind", "object_id", "action", "details",
    "before", "after",
)  # fmt: skip
REFUSAL = "audit events are only ever added"
PERMIT = "NOT EXISTS (SELECT 1 FROM audit_permit)"


def upgrade() -> None:
    op.add_column(
        "audit_event", sa.Column("address", sa.String(length=64), nullable=False, server_default="")
    )
    op.add_column("audit_event", sa.Column("erased_at", sa.DateTime(timezone=True), nullable=True))
    op.create_table(
        "audit_seal",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("event_id", sa.Integer(), nullable=False),
        sa.Column("content", sa.String(length=64), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(["event_id"], ["audit_event.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("event_id"),
    )
    op.create_table(
        "audit_permit", sa.Column("id", sa.Integer(), nullable=False), sa.PrimaryKeyConstraint("id")
    )
    _seal_what_there_is()
    if op.get_bind().dialect.name == "sqlite":
        _sqlite_triggers()
    else:
        _postgresql_triggers()


def _seal_what_there_is() -> None:
    bind = op.get_bind()
    json_kind = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
    events = sa.table(
        "audit_event",
        *[sa.column(name) for name in FIELDS if name not in ("at", "details", "before", "after")],
        sa.column("at", sa.DateTime(timezone=True)),
        *[sa.column(name, json_kind) for name in ("details", "before", "after")],
    )
    seals = sa.table("audit_seal", *[sa.column(name) for name in ("id", "event_id", "content", "hash")])
    before, rows = "0" * 64, []
    for number, row in enumerate(bind.execute(sa.select(events).order_by(events.c.id)).mappings().all(), 1):
        values = [row[name] for name in FIELDS]
        moment = values[1] if values[1].tzinfo else values[1].replace(tzinfo=UTC)
        values[1] = moment.astimezone(UTC).isoformat(timespec="microseconds")
        packed = json.dumps(values, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
        content = hashlib.sha256(packed.encode()).hexdigest()
        before = hashlib.sha256(f"{before}{content}".encode()).hexdigest()
        rows.append({"id": number, "event_id": row["id"], "content": content, "hash": before})
    if rows:
        bind.execute(seals.insert(), rows)


def _sqlite_triggers() -> None:
    for table, condition in (("audit_event", PERMIT), ("audit_seal", "1")):
        for event in ("update", "delete"):
            op.execute(
                f"CREATE TRIGGER {table}_no_{event} BEFORE {event} ON {table} WHEN {condition} "
                f"BEGIN SELECT RAISE(ABORT, '{REFUSAL}'); END"
            )
        op.execute(  # INSERT OR REPLACE would remove a row without asking the trigger above
            f"CREATE TRIGGER {table}_no_replace BEFORE INSERT ON {table} "
            f"WHEN EXISTS (SELECT 1 FROM {table} WHERE id = NEW.id) "
            f"BEGIN SELECT RAISE(ABORT, '{REFUSAL}'); END"
        )


def _postgresql_triggers() -> None:
    for table, condition in (("audit_event", PERMIT), ("audit_seal", "true")):
        op.execute(
            f"CREATE OR REPLACE FUNCTION {table}_stays() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
            f"IF {condition} THEN RAISE EXCEPTION '{REFUSAL}'; END IF; "
            "IF TG_OP = 'DELETE' THEN RETURN OLD; END IF; RETURN NEW; END $$"
        )
        op.execute(
            f"CREATE TRIGGER {table}_stays BEFORE UPDATE OR DELETE ON {table} "
            f"FOR EACH ROW EXECUTE FUNCTION {table}_stays()"
        )
        op.execute(
            f"CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table} "
            f"FOR EACH STATEMENT EXECUTE FUNCTION {table}_stays()"
        )


def downgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        for table in ("audit_event", "audit_seal"):
            for event in ("update", "delete", "replace"):
                op.execute(f"DROP TRIGGER {table}_no_{event}")
    else:
        for table in ("audit_event", "audit_seal"):
            op.execute(f"DROP FUNCTION {table}_stays() CASCADE")
    op.drop_table("audit_permit")
    op.drop_table("audit_seal")
    op.drop_column("audit_event", "erased_at")
    op.drop_column("audit_event", "address")
