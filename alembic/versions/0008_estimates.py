"""Estimates, sales orders, and invoices that bill parts of them"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "estimate_template",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("content", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("created_by_id", sa.Integer(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["created_by_id"],
            ["user.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("name"),
    )
    op.create_table(
        "estimate",
        sa.Column("number", sa.String(length=60), nullable=True),
        sa.Column("client_id", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("issue_date", sa.Date(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("exchange_rate", sa.BigInteger(), nullable=False),
        sa.Column("locale", sa.String(length=10), nullable=False),
        sa.Column("price_mode", sa.String(length=40), nullable=False),
        sa.Column("tax_rounding", sa.String(length=40), nullable=False),
        sa.Column("discount_kind", sa.String(length=40), nullable=True),
        sa.Column("discount_value", sa.BigInteger(), nullable=True),
        sa.Column("discount_on", sa.String(length=40), nullable=False),
        sa.Column("taxes", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("surcharges", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("total_rounding", sa.BigInteger(), nullable=True),
        sa.Column("subtotal_minor", sa.BigInteger(), nullable=False),
        sa.Column("net_minor", sa.BigInteger(), nullable=False),
        sa.Column("tax_minor", sa.BigInteger(), nullable=False),
        sa.Column("total_minor", sa.BigInteger(), nullable=False),
        sa.Column("totals", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("notes", sa.String(length=5000), nullable=False),
        sa.Column("reference", sa.String(length=100), nullable=False),
        sa.Column("company", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("customer", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("created_by_id", sa.Integer(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("voided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("void_reason", sa.String(length=500), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("project_id", sa.Integer(), nullable=True),
        sa.Column("terms", sa.String(length=5000), nullable=False),
        sa.Column("deposit_percent", sa.BigInteger(), nullable=True),
        sa.Column("deduct", sa.String(length=40), nullable=False),
        sa.Column("recipients", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("delivered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("request_key", sa.String(length=64), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("origin_id", sa.Integer(), nullable=True),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("expires_on", sa.Date(), nullable=True),
        sa.Column("viewed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("accepted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("declined_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("superseded_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decision", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.ForeignKeyConstraint(
            ["client_id"],
            ["client.id"],
        ),
        sa.ForeignKeyConstraint(
            ["created_by_id"],
            ["user.id"],
        ),
        sa.ForeignKeyConstraint(
            ["origin_id"],
            ["estimate.id"],
        ),
        sa.ForeignKeyConstraint(
            ["project_id"],
            ["project.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("number"),
        sa.UniqueConstraint("request_key"),
    )
    op.create_index("ix_estimate_client_id", "estimate", ["client_id"])
    op.create_index("ix_estimate_origin_id", "estimate", ["origin_id"])
    op.create_index("ix_estimate_project_id", "estimate", ["project_id"])

    op.create_table(
        "sales_order",
        sa.Column("number", sa.String(length=60), nullable=True),
        sa.Column("client_id", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("issue_date", sa.Date(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("exchange_rate", sa.BigInteger(), nullable=False),
        sa.Column("locale", sa.String(length=10), nullable=False),
        sa.Column("price_mode", sa.String(length=40), nullable=False),
        sa.Column("tax_rounding", sa.String(length=40), nullable=False),
        sa.Column("discount_kind", sa.String(length=40), nullable=True),
        sa.Column("discount_value", sa.BigInteger(), nullable=True),
        sa.Column("discount_on", sa.String(length=40), nullable=False),
        sa.Column("taxes", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("surcharges", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("total_rounding", sa.BigInteger(), nullable=True),
        sa.Column("subtotal_minor", sa.BigInteger(), nullable=False),
        sa.Column("net_minor", sa.BigInteger(), nullable=False),
        sa.Column("tax_minor", sa.BigInteger(), nullable=False),
        sa.Column("total_minor", sa.BigInteger(), nullable=False),
        sa.Column("totals", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("notes", sa.String(length=5000), nullable=False),
        sa.Column("reference", sa.String(length=100), nullable=False),
        sa.Column("company", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("customer", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("created_by_id", sa.Integer(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("voided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("void_reason", sa.String(length=500), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("project_id", sa.Integer(), nullable=True),
        sa.Column("terms", sa.String(length=5000), nullable=False),
        sa.Column("deposit_percent", sa.BigInteger(), nullable=True),
        sa.Column("deduct", sa.String(length=40), nullable=False),
        sa.Column("recipients", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("delivered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("request_key", sa.String(length=64), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("estimate_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["client_id"],
            ["client.id"],
        ),
        sa.ForeignKeyConstraint(
            ["created_by_id"],
            ["user.id"],
        ),
        sa.ForeignKeyConstraint(
            ["estimate_id"],
            ["estimate.id"],
        ),
        sa.ForeignKeyConstraint(
            ["project_id"],
            ["project.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("number"),
        sa.UniqueConstraint("request_key"),
    )
    op.create_index("ix_sales_order_client_id", "sales_order", ["client_id"])
    op.create_index("ix_sales_order_estimate_id", "sales_order", ["estimate_id"])
    op.create_index("ix_sales_order_project_id", "sales_order", ["project_id"])

    op.create_table(
        "estimate_line",
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=500), nullable=False),
        sa.Column("description", sa.String(), nullable=False),
        sa.Column("quantity", sa.BigInteger(), nullable=False),
        sa.Column("unit", sa.String(length=20), nullable=False),
        sa.Column("unit_price", sa.BigInteger(), nullable=False),
        sa.Column("tracked_seconds", sa.Integer(), nullable=True),
        sa.Column("billed_seconds", sa.Integer(), nullable=True),
        sa.Column("discount_kind", sa.String(length=40), nullable=True),
        sa.Column("discount_value", sa.BigInteger(), nullable=True),
        sa.Column("taxes", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("date_from", sa.Date(), nullable=True),
        sa.Column("date_to", sa.Date(), nullable=True),
        sa.Column("item_id", sa.Integer(), nullable=True),
        sa.Column("task_list_id", sa.Integer(), nullable=True),
        sa.Column("task_id", sa.Integer(), nullable=True),
        sa.Column("milestone_id", sa.Integer(), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("estimate_id", sa.Integer(), nullable=False),
        sa.Column("optional", sa.Boolean(), nullable=False),
        sa.Column("chosen", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["estimate_id"], ["estimate.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["item_id"],
            ["item.id"],
        ),
        sa.ForeignKeyConstraint(
            ["milestone_id"],
            ["milestone.id"],
        ),
        sa.ForeignKeyConstraint(
            ["task_id"],
            ["task.id"],
        ),
        sa.ForeignKeyConstraint(
            ["task_list_id"],
            ["task_list.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_estimate_line_estimate_id", "estimate_line", ["estimate_id"])

    op.create_table(
        "sales_order_line",
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=500), nullable=False),
        sa.Column("description", sa.String(), nullable=False),
        sa.Column("quantity", sa.BigInteger(), nullable=False),
        sa.Column("unit", sa.String(length=20), nullable=False),
        sa.Column("unit_price", sa.BigInteger(), nullable=False),
        sa.Column("tracked_seconds", sa.Integer(), nullable=True),
        sa.Column("billed_seconds", sa.Integer(), nullable=True),
        sa.Column("discount_kind", sa.String(length=40), nullable=True),
        sa.Column("discount_value", sa.BigInteger(), nullable=True),
        sa.Column("taxes", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("date_from", sa.Date(), nullable=True),
        sa.Column("date_to", sa.Date(), nullable=True),
        sa.Column("item_id", sa.Integer(), nullable=True),
        sa.Column("task_list_id", sa.Integer(), nullable=True),
        sa.Column("task_id", sa.Integer(), nullable=True),
        sa.Column("milestone_id", sa.Integer(), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("sales_order_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["item_id"],
            ["item.id"],
        ),
        sa.ForeignKeyConstraint(
            ["milestone_id"],
            ["milestone.id"],
        ),
        sa.ForeignKeyConstraint(["sales_order_id"], ["sales_order.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["task_id"],
            ["task.id"],
        ),
        sa.ForeignKeyConstraint(
            ["task_list_id"],
            ["task_list.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_sales_order_line_sales_order_id", "sales_order_line", ["sales_order_id"])

    # By hand: the batch mode of SQLite copies a table and, dropping the old one, empties what hangs on it.
    op.execute("ALTER TABLE invoice ADD COLUMN estimate_id INTEGER REFERENCES estimate (id)")
    op.execute("ALTER TABLE invoice ADD COLUMN sales_order_id INTEGER REFERENCES sales_order (id)")
    op.create_index("ix_invoice_estimate_id", "invoice", ["estimate_id"])
    op.create_index("ix_invoice_sales_order_id", "invoice", ["sales_order_id"])
    op.add_column("invoice", sa.Column("part_minor", sa.BigInteger(), nullable=False, server_default="0"))
    op.add_column("invoice_line", sa.Column("part", sa.String(length=40), nullable=True))
    op.add_column("invoice_line", sa.Column("source_line_id", sa.Integer(), nullable=True))
    texts = (
        ("estimate_pattern", 60, "EST-{year}-{number:04d}"),
        ("sales_order_pattern", 60, "SO-{year}-{number:04d}"),
        ("estimate_terms", 5000, ""),
    )
    for name, length, text in texts:
        op.add_column("portal", sa.Column(name, sa.String(length), nullable=False, server_default=text))
    op.add_column("portal", sa.Column("estimate_days", sa.Integer(), nullable=False, server_default="30"))


def downgrade() -> None:
    for name in ("estimate_terms", "estimate_days", "sales_order_pattern", "estimate_pattern"):
        op.drop_column("portal", name)
    for name in ("source_line_id", "part"):
        op.drop_column("invoice_line", name)
    op.drop_column("invoice", "part_minor")
    for name in ("sales_order_id", "estimate_id"):
        op.drop_index(f"ix_invoice_{name}", "invoice")
        op.drop_column("invoice", name)
    for name in ("sales_order_line", "estimate_line", "sales_order", "estimate", "estimate_template"):
        op.drop_table(name)
