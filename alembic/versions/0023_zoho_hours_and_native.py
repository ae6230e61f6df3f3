"""Requests to Zoho by hour, and whether Zoho's own integration was looked for"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    json = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
    op.add_column("zoho_sync", sa.Column("hours", json, nullable=False, server_default="{}"))
    op.add_column("zoho_sync", sa.Column("native", sa.String(length=20), nullable=False, server_default=""))


def downgrade() -> None:
    op.drop_column("zoho_sync", "native")
    op.drop_column("zoho_sync", "hours")
