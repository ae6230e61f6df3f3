from collections.abc import Callable
from typing import Any

import pytest
from pydantic import SecretStr
from sqlalchemy import Engine

from finance_app import db
from finance_app.jobs import worker
from finance_app.models.kinds import Role
from finance_app.services.accounts import identity as accounts
from finance_app.services.delivery import sending as delivery
from finance_app.settings import settings
from tests.harness.invoices import draft, office


@pytest.fixture
def configured(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Sets what the worker reads from the environment: `configured(smtp_url=..., demo=True)`."""

    def change(smtp_url: str | None = None, **more: Any) -> None:
        secret = SecretStr(smtp_url) if smtp_url else None
        changed = settings().model_copy(update={"smtp_url": secret, **more})
        monkeypatch.setattr(worker, "settings", lambda: changed)

    return change


@pytest.fixture
def queued(engine: Engine) -> Callable[..., tuple[int, int]]:
    """Sends an invoice from the dialog; the ids of the invoice and of its message."""
    made: dict[str, Any] = {}

    def make(to: str = "ann@ardent.example", key: str = "k1") -> tuple[int, int]:
        with db.transaction(engine) as session:
            if not made:
                user = accounts.create_user(
                    session,
                    name="Olga",
                    email="olga@rivoli.example",
                    password="correct horse",
                    role=Role.OWNER,
                )
                made["actor"] = accounts.actor_of(session, accounts.open_session(session, user))
                made["office"] = office(session)
            actor = made["actor"]
            invoice = draft(session, actor, made["office"])
            message = delivery.send(
                session,
                actor,
                invoice.id or 0,
                invoice.version,
                to,
                "",
                "Invoice {number}",
                "See {link}",
                key,
            )
            return invoice.id or 0, message.id or 0

    return make
