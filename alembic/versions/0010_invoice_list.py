"""Indexes for the list of invoices: its order, and its figures without a look at the rows."""

from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_invoice_newest", "invoice", ["issue_date", "id"])
    op.create_index(
        "ix_invoice_figures",
        "invoice",
        ["currency", "state", "due_date", "settled_minor", "viewed_at", "total_minor"],
    )


def downgrade() -> None:
    op.drop_index("ix_invoice_figures", "invoice")
    op.drop_index("ix_invoice_newest", "invoice")
