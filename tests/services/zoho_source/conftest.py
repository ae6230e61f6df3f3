import pytest
from sqlalchemy import Engine

from finance_app import db
from finance_app.models import Portal
from finance_app.models.kinds import Role
from finance_app.sandbox import Sandbox
from finance_app.sandbox.limits import Allowance
from finance_app.sandbox.projects import sample
from finance_app.services.accounts import identity
from tests.harness.zoho_source import Firm


@pytest.fixture
def firm(engine: Engine) -> Firm:
    return make(engine, Firm)


def make(engine: Engine, kind: type[Firm]) -> Firm:
    with db.transaction(engine) as session:
        session.add(Portal(base_currency="EUR"))
        user = identity.create_user(
            session, name="Olga", email="olga@firm.example", password="correct horse", role=Role.OWNER
        )
        actor = identity.actor_of(session, identity.open_session(session, user))
        assert actor is not None
    roomy = Allowance(per_minute=1_000_000, per_day=10_000_000, tokens=1_000_000)
    sandbox = Sandbox(allowance=roomy)
    with sandbox.store.transaction():
        sample.fill(sandbox.store, weeks=2)
    return kind(engine, actor, sandbox)
