"""Shares of fixed prices and milestones on invoice lines"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

LIVE = sa.text("released_at IS NULL")
INDEXED = ("project_id", "milestone_id", "invoice_id", "invoice_line_id")


def upgrade() -> None:
    op.add_column("invoice_line", sa.Column("made_as", sa.String(32), nullable=False, server_default=""))
    op.create_table(
        "price_claim",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("project_id", sa.Integer(), nullable=False),
        sa.Column("milestone_id", sa.Integer(), nullable=True),
        sa.Column("invoice_id", sa.Integer(), nullable=True),
        sa.Column("invoice_line_id", sa.Integer(), nullable=True),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("above_price", sa.Boolean(), nullable=False),
        sa.Column("claimed_by_id", sa.Integer(), nullable=True),
        sa.Column("claimed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("released_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("released_because", sa.String(40), nullable=False),
        sa.ForeignKeyConstraint(["project_id"], ["project.id"]),
        sa.ForeignKeyConstraint(["milestone_id"], ["milestone.id"]),
        sa.ForeignKeyConstraint(["invoice_id"], ["invoice.id"], ondelete="SET NULL"),
        sa.ForeignKeyConstraint(["invoice_line_id"], ["invoice_line.id"], ondelete="SET NULL"),
        sa.ForeignKeyConstraint(["claimed_by_id"], ["user.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    for column in INDEXED:
        op.create_index(f"ix_price_claim_{column}", "price_claim", [column])
    op.create_index(
        "ux_price_claim_live",
        "price_claim",
        ["invoice_line_id"],
        unique=True,
        sqlite_where=LIVE,
        postgresql_where=LIVE,
    )
    op.execute(
        """
        INSERT INTO price_claim (project_id, milestone_id, invoice_id, invoice_line_id, amount_minor,
                                 above_price, claimed_by_id, claimed_at, released_because)
        SELECT line.project_id, line.milestone_id, invoice.id, line.id, line.amount_minor,
               false, invoice.created_by_id, invoice.created_at, ''
        FROM invoice_line AS line
        JOIN invoice ON invoice.id = line.invoice_id
        WHERE line.kind IN ('fixed_cost', 'milestone') AND line.project_id IS NOT NULL
          AND invoice.voided_at IS NULL
        """
    )


def downgrade() -> None:
    op.drop_table("price_claim")
    with op.batch_alter_table("invoice_line") as batch:
        batch.drop_column("made_as")
