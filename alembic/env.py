import sqlalchemy as sa
from alembic import context
from sqlmodel import SQLModel

import finance_app.models  # noqa: F401
from finance_app.db import engine_for
from finance_app.models import triggers
from finance_app.models.columns import ScaledDecimal, TextEnum, UtcDateTime
from finance_app.settings import settings

MIGRATION_LOCK = 7_265_401


def render_item(kind, value, _autogen):
    """Migrations name plain SQL types, so that an old one never depends on today's code."""
    if kind == "type":
        if isinstance(value, ScaledDecimal):
            return "sa.BigInteger()"
        if isinstance(value, TextEnum):
            return "sa.String(length=40)"
        if isinstance(value, UtcDateTime):
            return "sa.DateTime(timezone=True)"
        if isinstance(value, sa.JSON):
            return 'sa.JSON().with_variant(postgresql.JSONB(), "postgresql")'
        if type(value).__name__ == "AutoString":
            return f"sa.String(length={value.length})" if value.length else "sa.String()"
    return False


def run() -> None:
    url = context.config.attributes.get("url") or settings().database_url
    engine = engine_for(url)
    with engine.execution_options(writes=True).connect() as connection:
        sqlite = connection.dialect.name == "sqlite"
        if sqlite:  # a batch drops and remakes its table, which other tables refer to
            connection.connection.cursor().execute("PRAGMA foreign_keys=OFF")
        context.configure(
            connection=connection,
            target_metadata=SQLModel.metadata,
            render_as_batch=sqlite,
            render_item=render_item,
            compare_type=True,
        )
        with context.begin_transaction():
            if not sqlite:  # several workers may start at once
                connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({MIGRATION_LOCK})")
            context.run_migrations()
            if sqlite and (broken := connection.exec_driver_sql("PRAGMA foreign_key_check").fetchall()):
                raise RuntimeError(f"rows without the row that they refer to, by table and id: {broken[:5]}")
            if sa.inspect(connection).has_table("time_sum"):
                triggers.install(connection)
        connection.commit()
    engine.dispose()


run()
