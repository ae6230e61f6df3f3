"""Time is added up with its amounts too, and what is not billed of it; the triggers fill it when they come"""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

EMPTY = sa.text("logs = 0")


def upgrade() -> None:
    op.create_table(
        "time_sum",
        sa.Column("level", sa.String(length=10), nullable=False),
        sa.Column("project_id", sa.Integer(), nullable=False),
        sa.Column("part_id", sa.Integer(), nullable=False),
        sa.Column("seconds", sa.BigInteger(), nullable=False),
        sa.Column("logs", sa.Integer(), nullable=False),
        *(
            sa.Column(name, sa.BigInteger(), nullable=False)
            for name in (
                *("cost_units", "cost_rest", "uncosted", "price_units", "price_rest", "unpriced"),
                *("revenue_units", "revenue_rest"),
            )
        ),
        sa.PrimaryKeyConstraint("level", "project_id", "part_id"),
    )
    op.create_table(
        "time_unbilled",
        sa.Column("project_id", sa.Integer(), nullable=False),
        sa.Column("month", sa.Integer(), nullable=False),
        sa.Column("seconds", sa.BigInteger(), nullable=False),
        sa.Column("logs", sa.Integer(), nullable=False),
        *(
            sa.Column(name, sa.BigInteger(), nullable=False)
            for name in ("unpriced", "amount_units", "amount_rest")
        ),
        sa.PrimaryKeyConstraint("project_id", "month"),
    )
    op.drop_index("ix_time_total_empty", "time_total")


def downgrade() -> None:
    """The triggers go: they write into these tables, and the next migration installs them again."""
    connection = op.get_bind()
    if connection.dialect.name == "sqlite":
        names = connection.exec_driver_sql(
            "SELECT name, tbl_name FROM sqlite_master WHERE type = 'trigger' AND name LIKE 'time_total_%'"
        ).all()
    else:
        names = connection.exec_driver_sql(
            "SELECT t.tgname, c.relname FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid"
            " WHERE t.tgname LIKE 'time_total_%%'"
        ).all()
    for name, table in names:
        op.execute(f"DROP TRIGGER {name}" + ("" if connection.dialect.name == "sqlite" else f" ON {table}"))
    op.create_index(
        "ix_time_total_empty", "time_total", ["project_id"], sqlite_where=EMPTY, postgresql_where=EMPTY
    )
    op.drop_table("time_unbilled")
    op.drop_table("time_sum")
