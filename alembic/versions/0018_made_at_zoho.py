"""A link says whether the record was made at Zoho and fetched from there"""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "zoho_link", sa.Column("made_at_zoho", sa.Boolean(), nullable=False, server_default=sa.false())
    )


def downgrade() -> None:
    op.drop_column("zoho_link", "made_at_zoho")
