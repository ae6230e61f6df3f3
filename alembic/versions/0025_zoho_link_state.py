"""Whether a record is at Zoho as it was sent, in a column of its own instead of in the fingerprint"""

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None


def upgrade() -> None:
    state = sa.Column("state", sa.String(length=40), nullable=False, server_default="linked")
    op.add_column("zoho_link", state)
    op.execute("UPDATE zoho_link SET state = 'gone', fingerprint = '' WHERE fingerprint = 'gone'")
    op.execute(
        "UPDATE zoho_link SET state = 'contested', fingerprint = substr(fingerprint, 2)"
        " WHERE fingerprint LIKE '~%'"
    )


def downgrade() -> None:
    op.execute("UPDATE zoho_link SET fingerprint = 'gone' WHERE state = 'gone'")
    op.execute(
        "UPDATE zoho_link SET fingerprint = '~' || substr(fingerprint, 1, 63) WHERE state = 'contested'"
    )
    op.drop_column("zoho_link", "state")
