"""Revenue by day, client, project and person, kept with the documents that earn it"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

INDEXES = {
    "ix_revenue_day": ["kind", "day", "client_id", "project_id", "user_id", "amount_minor"],
    "ix_revenue_project": ["project_id", "kind", "day", "amount_minor"],
    "ix_revenue_client": ["client_id", "kind", "day", "amount_minor"],
    "ix_revenue_user": ["user_id", "kind", "day", "amount_minor"],
    "ix_revenue_entry_invoice_id": ["invoice_id"],
    "ix_revenue_entry_credit_note_id": ["credit_note_id"],
}


def upgrade() -> None:
    op.create_table(
        "revenue_entry",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("client_id", sa.Integer(), nullable=False),
        sa.Column("project_id", sa.Integer(), nullable=True),
        sa.Column("user_id", sa.Integer(), nullable=True),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("invoice_id", sa.Integer(), nullable=True),
        sa.Column("credit_note_id", sa.Integer(), nullable=True),
        sa.Column("allocation_id", sa.Integer(), nullable=True),
        sa.Column("refund_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["client_id"], ["client.id"]),
        sa.ForeignKeyConstraint(["project_id"], ["project.id"]),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"]),
        sa.ForeignKeyConstraint(["invoice_id"], ["invoice.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["credit_note_id"], ["credit_note.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["allocation_id"], ["allocation.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["refund_id"], ["refund.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
    )
    for name, columns in INDEXES.items():
        op.create_index(name, "revenue_entry", columns)


def downgrade() -> None:
    op.drop_table("revenue_entry")
