from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TypeVar

import pytest
from sqlalchemy import Engine
from sqlmodel import Session

from finance_app import db
from finance_app.integrations.zoho import Product
from finance_app.models import User
from finance_app.models.columns import at, now
from finance_app.models.kinds import Role
from finance_app.services.accounts import identity
from finance_app.services.accounts.identity import Actor
from finance_app.services.zoho.sync import runs, starting
from tests.harness.invoices import Office, office
from tests.harness.zoho import ORGANISATION, Remote

T = TypeVar("T")


@dataclass
class House:
    """An office whose database and sandbox are kept alike, on a clock that the test turns."""

    engine: Engine
    remote: Remote
    actor: Actor
    office: Office
    clock: datetime = field(default_factory=now)

    def change(self, work: Callable[[Session], T]) -> T:
        with at(self.clock), db.transaction(self.engine) as session:
            return work(session)

    def work(self, worker: str = "one") -> bool:
        with at(self.clock):
            return self.remote.work(self.engine, worker)

    def settle(self, steps: int = 60) -> None:
        """Work until nothing is on its way any more, however long that takes on the clock."""
        for _ in range(steps):
            for _ in range(20):
                if not self.work():
                    break
            with at(self.clock), db.reading(self.engine) as session:
                progress = runs.progress(session, self.actor)
            if progress is None or not progress.pending:
                return
            self.clock += timedelta(hours=1)
        raise AssertionError(f"{progress.pending} messages never left")


@pytest.fixture
def house(engine: Engine) -> House:
    return make_house(engine)


def make_house(engine: Engine) -> House:
    with db.transaction(engine) as session:
        user = identity.create_user(
            session, name="Olga", email="olga@rivoli.example", password="correct horse", role=Role.OWNER
        )
        actor = identity.actor_of(session, identity.open_session(session, user))
        assert actor is not None
        place = office(session)
        session.get_one(User, place.person.id).email = "ines@rivoli.example"
        starting.begin(session, actor, starting.Setup(1, Product.BOOKS, ORGANISATION, "EUR"))
    return House(engine, Remote(), actor, place)
