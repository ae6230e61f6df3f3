"""Tax by day, charged and received, and when it is due: in France by receipt, elsewhere by invoice"""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "tax_entry",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("client_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("rate", sa.BigInteger(), nullable=False),
        sa.Column("category", sa.String(length=4), nullable=False),
        sa.Column("base_minor", sa.BigInteger(), nullable=False),
        sa.Column("tax_minor", sa.BigInteger(), nullable=False),
        sa.Column("invoice_id", sa.Integer(), nullable=True),
        sa.Column("credit_note_id", sa.Integer(), nullable=True),
        sa.Column("source", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["client_id"], ["client.id"]),
        sa.ForeignKeyConstraint(["invoice_id"], ["invoice.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["credit_note_id"], ["credit_note.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_tax_entry_day", "tax_entry", ["kind", "day"])
    op.create_index("ix_tax_entry_invoice_id", "tax_entry", ["invoice_id"])
    op.create_index("ix_tax_entry_credit_note_id", "tax_entry", ["credit_note_id"])
    with op.batch_alter_table("portal") as batch:
        batch.add_column(
            sa.Column("tax_basis", sa.String(length=40), nullable=False, server_default="invoice")
        )
    op.execute("UPDATE portal SET tax_basis = 'receipt' WHERE country = 'FR'")


def downgrade() -> None:
    with op.batch_alter_table("portal") as batch:
        batch.drop_column("tax_basis")
    op.drop_table("tax_entry")
