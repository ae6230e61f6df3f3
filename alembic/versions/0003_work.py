"""Recurrence and dates of tasks, archive of task lists, description of milestones"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("task") as table:
        table.add_column(sa.Column("recurrence", sa.String(length=40), nullable=True))
        table.add_column(sa.Column("start_date", sa.Date(), nullable=True))
        table.add_column(sa.Column("due_date", sa.Date(), nullable=True))
    with op.batch_alter_table("task_list") as table:
        table.add_column(sa.Column("archived_at", sa.DateTime(timezone=True), nullable=True))
        table.add_column(sa.Column("version", sa.Integer(), nullable=False, server_default="1"))
    with op.batch_alter_table("milestone") as table:
        table.add_column(sa.Column("description", sa.String(length=2000), nullable=False, server_default=""))
        table.add_column(sa.Column("version", sa.Integer(), nullable=False, server_default="1"))


def downgrade() -> None:
    with op.batch_alter_table("milestone") as table:
        table.drop_column("version")
        table.drop_column("description")
    with op.batch_alter_table("task_list") as table:
        table.drop_column("version")
        table.drop_column("archived_at")
    with op.batch_alter_table("task") as table:
        table.drop_column("due_date")
        table.drop_column("start_date")
        table.drop_column("recurrence")
