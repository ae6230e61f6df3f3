"""Time is added up by person and month too, so that reports by person read no single log"""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

LEVEL = sa.text("level = 'user_month'")


def upgrade() -> None:
    op.create_index(
        "ix_time_total_person",
        "time_total",
        ["part_id", "cost_rate", "billable", "seconds"],
        sqlite_where=LEVEL,
        postgresql_where=LEVEL,
    )


def downgrade() -> None:
    op.drop_index("ix_time_total_person", "time_total")
