"""The connection to Zoho"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")


def upgrade() -> None:
    op.create_table(
        "zoho_connection",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("live", sa.Boolean(), nullable=True),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("product", sa.String(length=40), nullable=False),
        sa.Column("centre", sa.String(length=10), nullable=False),
        sa.Column("sign_in", sa.String(length=40), nullable=False),
        sa.Column("client_id", sa.String(length=200), nullable=False),
        sa.Column("secrets", sa.String(length=8000), nullable=False),
        sa.Column("organisation", sa.String(length=40), nullable=False),
        sa.Column("organisation_name", sa.String(length=200), nullable=False),
        sa.Column("plan", sa.String(length=100), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("projects_portal", sa.String(length=40), nullable=False),
        sa.Column("projects_portal_name", sa.String(length=200), nullable=False),
        sa.Column("bill_from", sa.Date(), nullable=True),
        sa.Column("milestone_billing", sa.Boolean(), nullable=False),
        sa.Column("contacts", sa.String(length=40), nullable=False),
        sa.Column("profiles", JSON, nullable=False),
        sa.Column("step", sa.String(length=20), nullable=False),
        sa.Column("draft", JSON, nullable=False),
        sa.Column("draft_secrets", sa.String(length=8000), nullable=False),
        sa.Column("set_up_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("set_up_by_id", sa.Integer(), nullable=True),
        sa.Column("removed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["set_up_by_id"], ["user.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("live"),
    )


def downgrade() -> None:
    op.drop_table("zoho_connection")
