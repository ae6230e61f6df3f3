"""Recurrence and dates of tasks, archive of task lists, description of milestones

Only columns are added, so SQLite copies no table and keeps their triggers.
"""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def _version() -> sa.Column:
    return sa.Column("version", sa.Integer(), nullable=False, server_default="1")


def upgrade() -> None:
    op.add_column("task", sa.Column("recurrence", sa.String(length=40), nullable=True))
    op.add_column("task", sa.Column("start_date", sa.Date(), nullable=True))
    op.add_column("task", sa.Column("due_date", sa.Date(), nullable=True))
    op.add_column("task_list", sa.Column("archived_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("task_list", _version())
    description = sa.Column("description", sa.String(length=2000), nullable=False, server_default="")
    op.add_column("milestone", description)
    op.add_column("milestone", _version())


def downgrade() -> None:
    for table, names in (
        ("milestone", ("version", "description")),
        ("task_list", ("version", "archived_at")),
        ("task", ("due_date", "start_date", "recurrence")),
    ):
        for name in names:
            op.drop_column(table, name)
