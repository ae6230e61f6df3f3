"""A portal can require the second factor of everybody"""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("portal", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column("factor_required", sa.Boolean(), nullable=False, server_default=sa.false())
        )
    with op.batch_alter_table("portal", schema=None) as batch_op:
        batch_op.alter_column("factor_required", server_default=None)


def downgrade() -> None:
    with op.batch_alter_table("portal", schema=None) as batch_op:
        batch_op.drop_column("factor_required")
