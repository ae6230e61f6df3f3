"""Profiles in place of the three roles; a profile for one project only"""

from datetime import UTC, datetime

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

BUILT_IN = ("owner", "administrator", "manager", "member", "accountant")  # ids 1 to 5
MEMBER = 4


def upgrade() -> None:
    profile = op.create_table(
        "profile",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=20), nullable=True),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("permissions", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("key"),
    )
    moment = datetime.now(UTC)
    for key in BUILT_IN:  # one by one, so that the database gives the ids and counts on after them
        row = {"key": key, "name": "", "permissions": [], "created_at": moment, "version": 1}
        op.execute(profile.insert().values(**row))
    with op.batch_alter_table("user") as batch_op:
        batch_op.add_column(sa.Column("profile_id", sa.Integer(), nullable=True))
    op.execute(
        f"""UPDATE "user" SET profile_id =
            coalesce((SELECT p.id FROM profile p WHERE p.key = "user".role), {MEMBER})"""
    )
    with op.batch_alter_table("user") as batch_op:
        batch_op.alter_column("profile_id", existing_type=sa.Integer(), nullable=False)
        batch_op.create_foreign_key("fk_user_profile", "profile", ["profile_id"], ["id"])
        batch_op.create_index("ix_user_profile_id", ["profile_id"])
        batch_op.drop_column("role")
    with op.batch_alter_table("project_member") as batch_op:
        batch_op.add_column(sa.Column("profile_id", sa.Integer(), nullable=True))
        batch_op.create_foreign_key("fk_project_member_profile", "profile", ["profile_id"], ["id"])


def downgrade() -> None:
    with op.batch_alter_table("project_member") as batch_op:
        batch_op.drop_constraint("fk_project_member_profile", type_="foreignkey")
        batch_op.drop_column("profile_id")
    with op.batch_alter_table("user") as batch_op:
        batch_op.add_column(sa.Column("role", sa.String(length=40), nullable=True))
    op.execute(
        """UPDATE "user" SET role = coalesce(
            (SELECT p.key FROM profile p WHERE p.id = "user".profile_id AND p.key IN ('owner', 'manager')),
            'member')"""
    )
    with op.batch_alter_table("user") as batch_op:
        batch_op.alter_column("role", existing_type=sa.String(length=40), nullable=False)
        batch_op.drop_index("ix_user_profile_id")
        batch_op.drop_constraint("fk_user_profile", type_="foreignkey")
        batch_op.drop_column("profile_id")
    op.drop_table("profile")
