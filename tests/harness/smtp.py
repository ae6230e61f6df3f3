"""A real SMTP server that keeps what it accepts and can be told to misbehave."""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

import pytest
from aiosmtpd.controller import Controller

from tests.harness.processes import free_port


@dataclass(frozen=True)
class Received:
    """A message with its envelope."""

    sender: str
    recipients: tuple[str, ...]
    message: EmailMessage


@dataclass
class Behaviour:
    """How the server treats the next deliveries.

    `drop_after_data` accepts the message, then hangs up without an answer.
    """

    refuse_with: str | None = None
    refused_recipients: set[str] = field(default_factory=set)
    delay: float = 0.0
    drop_after_data: bool = False


class MailServer:
    def __init__(self) -> None:
        self.received: list[Received] = []
        self.behaviour = Behaviour()
        self.port = free_port()
        self.url = f"smtp://127.0.0.1:{self.port}"
        self._controller: Controller | None = None
        self.start()

    def start(self) -> None:
        self._controller = Controller(self, hostname="127.0.0.1", port=self.port)
        self._controller.start()

    def stop(self) -> None:
        """Nothing listens any more; `start` opens the same port again."""
        if self._controller:
            self._controller.stop()
            self._controller = None

    def reset(self) -> None:
        if self._controller is None:
            self.start()
        self.received.clear()
        self.behaviour = Behaviour()

    async def handle_RCPT(
        self, _server: Any, _session: Any, envelope: Any, address: str, _options: list[str]
    ) -> str:
        if address in self.behaviour.refused_recipients:
            return "550 5.1.1 No such mailbox"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, _session: Any, envelope: Any) -> str:
        behaviour = self.behaviour
        await asyncio.sleep(behaviour.delay)
        if behaviour.refuse_with:
            return behaviour.refuse_with
        message = message_from_bytes(envelope.content, policy=policy.default)
        assert isinstance(message, EmailMessage)
        self.received.append(Received(envelope.mail_from, tuple(envelope.rcpt_tos), message))
        if behaviour.drop_after_data:
            server.transport.abort()
        return "250 OK"


@pytest.fixture(scope="session")
def _mail_server() -> Iterator[MailServer]:
    server = MailServer()
    yield server
    server.stop()


@pytest.fixture
def mail_server(_mail_server: MailServer) -> MailServer:
    """A mail server that has received nothing and behaves; set `behaviour` to change that."""
    _mail_server.reset()
    return _mail_server
