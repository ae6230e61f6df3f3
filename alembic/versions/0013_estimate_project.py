"""An estimate knows whether its project was made of it: then its invoices bill that project's price"""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

ESTIMATE = sa.table("estimate", sa.column("id", sa.Integer), sa.column("made_project", sa.Boolean))
EVENT = sa.table(
    "audit_event",
    sa.column("object_kind", sa.String),
    sa.column("object_id", sa.Integer),
    sa.column("action", sa.String),
)


def upgrade() -> None:
    op.add_column(
        "estimate", sa.Column("made_project", sa.Boolean(), nullable=False, server_default=sa.false())
    )
    made = sa.select(EVENT.c.object_id).where(
        EVENT.c.object_kind == "estimate", EVENT.c.action == "project_made"
    )
    op.execute(ESTIMATE.update().where(ESTIMATE.c.id.in_(made)).values(made_project=sa.true()))


def downgrade() -> None:
    op.drop_column("estimate", "made_project")
