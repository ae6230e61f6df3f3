"""What billed expenses cost as their invoices are received is kept, and expenses are added up from an index.

The entries of tax are emptied: they and the new ones are written anew at the next start.
"""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

INDEXES = {
    "ix_received_cost_day": ["day", "client_id", "project_id", "user_id", "amount_minor"],
    "ix_received_cost_project": ["project_id", "day", "amount_minor"],
    "ix_received_cost_client": ["client_id", "day", "amount_minor"],
    "ix_received_cost_user": ["user_id", "day", "amount_minor"],
    "ix_received_cost_expense_id": ["expense_id"],
    "ix_received_cost_invoice_id": ["invoice_id"],
}
COST = [
    *("day", "project_id", "client_id", "user_id", "base_cost_minor", "paid_back_on"),
    *("billable", "disbursement", "approval", "deleted_at"),
]


def upgrade() -> None:
    op.create_table(
        "received_cost",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("expense_id", sa.Integer(), nullable=False),
        sa.Column("invoice_id", sa.Integer(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("client_id", sa.Integer(), nullable=False),
        sa.Column("project_id", sa.Integer(), nullable=True),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["expense_id"], ["expense.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["invoice_id"], ["invoice.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["client_id"], ["client.id"]),
        sa.ForeignKeyConstraint(["project_id"], ["project.id"]),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    for name, columns in INDEXES.items():
        op.create_index(name, "received_cost", columns)
    op.create_index("ix_expense_cost", "expense", COST)
    op.execute("DELETE FROM tax_entry")


def downgrade() -> None:
    op.drop_index("ix_expense_cost", "expense")
    op.drop_table("received_cost")
