"""Tax entries tell sales without a tax too: they are emptied here, and written anew at the next start"""

from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("DELETE FROM tax_entry")


def downgrade() -> None:
    op.execute("DELETE FROM tax_entry")
