"""Zoho Projects as a source: the portal, and which record of ours came of which there"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "zoho_source",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("live", sa.Boolean(), nullable=True),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("centre", sa.String(length=10), nullable=False),
        sa.Column("client_id", sa.String(length=200), nullable=False),
        sa.Column("secrets", sa.String(length=8000), nullable=False),
        sa.Column("shared", sa.Boolean(), nullable=False),
        sa.Column("portal", sa.String(length=40), nullable=False),
        sa.Column("portal_name", sa.String(length=200), nullable=False),
        sa.Column("projects", sa.String(length=40), nullable=False),
        sa.Column("chosen", JSON, nullable=False),
        sa.Column("since", sa.Date(), nullable=True),
        sa.Column("people", sa.String(length=40), nullable=False),
        sa.Column("clients", sa.String(length=40), nullable=False),
        sa.Column("sync_id", sa.Integer(), nullable=True),
        sa.Column("run", JSON, nullable=False),
        sa.Column("next_run_at", MOMENT, nullable=True),
        sa.Column("whole_at", MOMENT, nullable=True),
        sa.Column("step", sa.String(length=20), nullable=False),
        sa.Column("draft", JSON, nullable=False),
        sa.Column("draft_secrets", sa.String(length=8000), nullable=False),
        sa.Column("set_up_at", MOMENT, nullable=True),
        sa.Column("set_up_by_id", sa.Integer(), nullable=True),
        sa.Column("removed_at", MOMENT, nullable=True),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["set_up_by_id"], ["user.id"]),
        sa.ForeignKeyConstraint(["sync_id"], ["zoho_sync.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("live"),
    )
    op.create_index(op.f("ix_zoho_source_sync_id"), "zoho_source", ["sync_id"], unique=False)
    op.create_table(
        "zoho_source_link",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("sync_id", sa.Integer(), nullable=False),
        sa.Column("module", sa.String(length=20), nullable=False),
        sa.Column("remote_id", sa.String(length=40), nullable=False),
        sa.Column("project", sa.String(length=40), nullable=False),
        sa.Column("local_id", sa.BigInteger(), nullable=False),
        sa.Column("values", JSON, nullable=False),
        sa.Column("day", sa.Date(), nullable=True),
        sa.Column("seen_run", sa.Integer(), nullable=False),
        sa.Column("joined", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["sync_id"], ["zoho_sync.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("sync_id", "module", "remote_id"),
    )
    op.create_index(
        "ix_zoho_source_link_local", "zoho_source_link", ["sync_id", "module", "local_id"], unique=False
    )
    op.create_index(
        "ix_zoho_source_link_seen",
        "zoho_source_link",
        ["sync_id", "module", "project", "seen_run"],
        unique=False,
    )


def downgrade() -> None:
    op.drop_table("zoho_source_link")
    op.drop_table("zoho_source")
