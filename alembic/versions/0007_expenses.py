"""Expenses, their lines, categories, receipts and claims"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "expense_category",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("tax_id", sa.Integer(), nullable=True),
        sa.Column("recoverable", sa.BigInteger(), nullable=False),
        sa.Column("billable", sa.Boolean(), nullable=False),
        sa.Column("distance_rate", sa.BigInteger(), nullable=True),
        sa.Column("distance_unit", sa.String(length=20), nullable=False),
        sa.Column("archived_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tax_id"],
            ["tax.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "expense",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("merchant", sa.String(length=200), nullable=False),
        sa.Column("project_id", sa.Integer(), nullable=True),
        sa.Column("client_id", sa.Integer(), nullable=True),
        sa.Column("task_id", sa.Integer(), nullable=True),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("exchange_rate", sa.BigInteger(), nullable=False),
        sa.Column("price_mode", sa.String(length=40), nullable=False),
        sa.Column("billable", sa.Boolean(), nullable=False),
        sa.Column("disbursement", sa.Boolean(), nullable=False),
        sa.Column("mark_up_kind", sa.String(length=40), nullable=True),
        sa.Column("mark_up_value", sa.BigInteger(), nullable=True),
        sa.Column("notes", sa.String(length=2000), nullable=False),
        sa.Column("own_money", sa.Boolean(), nullable=False),
        sa.Column("net_minor", sa.BigInteger(), nullable=False),
        sa.Column("tax_minor", sa.BigInteger(), nullable=False),
        sa.Column("gross_minor", sa.BigInteger(), nullable=False),
        sa.Column("cost_minor", sa.BigInteger(), nullable=False),
        sa.Column("charge_minor", sa.BigInteger(), nullable=False),
        sa.Column("mark_up_minor", sa.BigInteger(), nullable=False),
        sa.Column("base_gross_minor", sa.BigInteger(), nullable=False),
        sa.Column("base_cost_minor", sa.BigInteger(), nullable=False),
        sa.Column("approval", sa.String(length=40), nullable=False),
        sa.Column("approval_note", sa.String(length=1000), nullable=False),
        sa.Column("approved_by_id", sa.Integer(), nullable=True),
        sa.Column("approved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("paid_back_on", sa.Date(), nullable=True),
        sa.Column("invoice_line_id", sa.Integer(), nullable=True),
        sa.Column("request_key", sa.String(length=64), nullable=True),
        sa.Column("created_by_id", sa.Integer(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["approved_by_id"],
            ["user.id"],
        ),
        sa.ForeignKeyConstraint(
            ["client_id"],
            ["client.id"],
        ),
        sa.ForeignKeyConstraint(
            ["created_by_id"],
            ["user.id"],
        ),
        sa.ForeignKeyConstraint(
            ["invoice_line_id"],
            ["invoice_line.id"],
        ),
        sa.ForeignKeyConstraint(
            ["project_id"],
            ["project.id"],
        ),
        sa.ForeignKeyConstraint(
            ["task_id"],
            ["task.id"],
        ),
        sa.ForeignKeyConstraint(
            ["user_id"],
            ["user.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("request_key"),
    )
    with op.batch_alter_table("expense", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_expense_approval"), ["approval"], unique=False)
        batch_op.create_index(batch_op.f("ix_expense_client_id"), ["client_id"], unique=False)
        batch_op.create_index("ix_expense_date", ["day", "id"], unique=False)
        batch_op.create_index(batch_op.f("ix_expense_invoice_line_id"), ["invoice_line_id"], unique=False)
        batch_op.create_index("ix_expense_project_date", ["project_id", "day", "id"], unique=False)
        batch_op.create_index(batch_op.f("ix_expense_task_id"), ["task_id"], unique=False)
        batch_op.create_index(
            "ix_expense_unbilled",
            ["project_id", "client_id"],
            unique=False,
            sqlite_where=sa.text("invoice_line_id IS NULL AND deleted_at IS NULL AND billable = 1"),
            postgresql_where=sa.text("invoice_line_id IS NULL AND deleted_at IS NULL AND billable"),
        )
        batch_op.create_index("ix_expense_user_date", ["user_id", "day", "id"], unique=False)

    op.create_table(
        "expense_claim",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("expense_id", sa.Integer(), nullable=False),
        sa.Column("invoice_id", sa.Integer(), nullable=True),
        sa.Column("invoice_line_id", sa.Integer(), nullable=True),
        sa.Column("base_minor", sa.BigInteger(), nullable=False),
        sa.Column("mark_up_minor", sa.BigInteger(), nullable=False),
        sa.Column("claimed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("released_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("released_because", sa.String(length=40), nullable=False),
        sa.ForeignKeyConstraint(
            ["expense_id"],
            ["expense.id"],
        ),
        sa.ForeignKeyConstraint(["invoice_id"], ["invoice.id"], ondelete="SET NULL"),
        sa.ForeignKeyConstraint(["invoice_line_id"], ["invoice_line.id"], ondelete="SET NULL"),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("expense_claim", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_expense_claim_expense_id"), ["expense_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_expense_claim_invoice_id"), ["invoice_id"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_expense_claim_invoice_line_id"), ["invoice_line_id"], unique=False
        )
        batch_op.create_index(
            "ux_expense_claim_live",
            ["expense_id"],
            unique=True,
            sqlite_where=sa.text("released_at IS NULL"),
            postgresql_where=sa.text("released_at IS NULL"),
        )

    op.create_table(
        "expense_line",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("expense_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("category_id", sa.Integer(), nullable=True),
        sa.Column("description", sa.String(length=500), nullable=False),
        sa.Column("distance", sa.BigInteger(), nullable=True),
        sa.Column("distance_unit", sa.String(length=20), nullable=False),
        sa.Column("distance_rate", sa.BigInteger(), nullable=True),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("taxes", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("net_minor", sa.BigInteger(), nullable=False),
        sa.Column("tax_minor", sa.BigInteger(), nullable=False),
        sa.Column("recoverable_minor", sa.BigInteger(), nullable=False),
        sa.Column("cost_minor", sa.BigInteger(), nullable=False),
        sa.Column("base_cost_minor", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["category_id"],
            ["expense_category.id"],
        ),
        sa.ForeignKeyConstraint(["expense_id"], ["expense.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("expense_line", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_expense_line_category_id"), ["category_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_expense_line_expense_id"), ["expense_id"], unique=False)

    op.create_table(
        "expense_receipt",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("expense_id", sa.Integer(), nullable=True),
        sa.Column("owner_id", sa.Integer(), nullable=False),
        sa.Column("file_id", sa.Integer(), nullable=False),
        sa.Column("pages", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("removed_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["expense_id"],
            ["expense.id"],
        ),
        sa.ForeignKeyConstraint(
            ["file_id"],
            ["stored_file.id"],
        ),
        sa.ForeignKeyConstraint(
            ["owner_id"],
            ["user.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("expense_receipt", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_expense_receipt_expense_id"), ["expense_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_expense_receipt_owner_id"), ["owner_id"], unique=False)

    with op.batch_alter_table("portal", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column("expenses_need_approval", sa.Boolean(), nullable=False, server_default=sa.false())
        )


def downgrade() -> None:
    with op.batch_alter_table("portal", schema=None) as batch_op:
        batch_op.drop_column("expenses_need_approval")

    with op.batch_alter_table("expense_receipt", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_expense_receipt_owner_id"))
        batch_op.drop_index(batch_op.f("ix_expense_receipt_expense_id"))

    op.drop_table("expense_receipt")
    with op.batch_alter_table("expense_line", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_expense_line_expense_id"))
        batch_op.drop_index(batch_op.f("ix_expense_line_category_id"))

    op.drop_table("expense_line")
    with op.batch_alter_table("expense_claim", schema=None) as batch_op:
        batch_op.drop_index(
            "ux_expense_claim_live",
            sqlite_where=sa.text("released_at IS NULL"),
            postgresql_where=sa.text("released_at IS NULL"),
        )
        batch_op.drop_index(batch_op.f("ix_expense_claim_invoice_line_id"))
        batch_op.drop_index(batch_op.f("ix_expense_claim_invoice_id"))
        batch_op.drop_index(batch_op.f("ix_expense_claim_expense_id"))

    op.drop_table("expense_claim")
    with op.batch_alter_table("expense", schema=None) as batch_op:
        batch_op.drop_index("ix_expense_user_date")
        batch_op.drop_index(
            "ix_expense_unbilled",
            sqlite_where=sa.text("invoice_line_id IS NULL AND deleted_at IS NULL AND billable = 1"),
            postgresql_where=sa.text("invoice_line_id IS NULL AND deleted_at IS NULL AND billable"),
        )
        batch_op.drop_index(batch_op.f("ix_expense_task_id"))
        batch_op.drop_index("ix_expense_project_date")
        batch_op.drop_index(batch_op.f("ix_expense_invoice_line_id"))
        batch_op.drop_index("ix_expense_date")
        batch_op.drop_index(batch_op.f("ix_expense_client_id"))
        batch_op.drop_index(batch_op.f("ix_expense_approval"))

    op.drop_table("expense")
    op.drop_table("expense_category")
