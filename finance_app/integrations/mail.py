"""A message and the way to hand it to a mail server, with an exact word on what became of it."""

import smtplib
import ssl
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from email import policy
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime

from finance_app.settings import SmtpServer

TIMEOUT_SECONDS = 20.0


class MailFault(Exception):
    """The message was not handed over. `detail` is what the server or the network said."""

    def __init__(self, detail: str) -> None:
        super().__init__(detail)
        self.detail = detail


class Refused(MailFault):
    """For good: the server will not take this message (5xx). Nobody got it."""


class Unavailable(MailFault):
    """For now: no connection, no log-in, or a 4xx answer. Nobody got it."""


class Unknown(MailFault):
    """The connection was lost after the message was on its way: the server may or may not have taken it."""


@dataclass(frozen=True, slots=True)
class Attachment:
    name: str
    media_type: str
    content: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """A message in two forms. Addresses are plain `name@host`; `message_id` stays over all attempts."""

    message_id: str
    sender: Address
    reply_to: str = ""
    to: Sequence[str]
    cc: Sequence[str] = ()
    subject: str
    text: str
    html: str
    date: datetime
    attachments: Sequence[Attachment] = ()

    def message(self) -> EmailMessage:
        message = EmailMessage(policy=policy.SMTP)
        message["From"] = self.sender
        message["To"] = ", ".join(self.to)
        if self.cc:
            message["Cc"] = ", ".join(self.cc)
        if self.reply_to:
            message["Reply-To"] = self.reply_to
        message["Subject"] = self.subject
        message["Date"] = format_datetime(self.date)
        message["Message-ID"] = self.message_id
        message.set_content(self.text)
        message.add_alternative(self.html, subtype="html")
        for attachment in self.attachments:
            main, _, sub = attachment.media_type.partition("/")
            message.add_attachment(attachment.content, maintype=main, subtype=sub, filename=attachment.name)
        return message


def hand_over(server: SmtpServer, letter: Letter, before_data: Callable[[], None]) -> None:
    """Give `letter` to the server: to all of its recipients, or to none.

    `before_data` is called once the server has agreed to everything but the message itself; what it raises
    ends the delivery, and nobody got the letter. Raises Refused, Unavailable or Unknown.
    """
    payload = letter.message().as_bytes()
    client = _connected(server)
    try:
        _envelope(client, letter)
        before_data()
        _data(client, payload)
    except BaseException:
        client.close()
        raise
    try:
        client.quit()
    except (OSError, smtplib.SMTPException):
        client.close()


def _connected(server: SmtpServer) -> smtplib.SMTP:
    try:
        if server.security == "tls":
            context = ssl.create_default_context()
            client: smtplib.SMTP = smtplib.SMTP_SSL(
                server.host, server.port, timeout=TIMEOUT_SECONDS, context=context
            )
        else:
            client = smtplib.SMTP(server.host, server.port, timeout=TIMEOUT_SECONDS)
    except (OSError, smtplib.SMTPException) as fault:
        raise Unavailable(_words(fault)) from fault
    try:
        if server.security == "starttls":
            client.starttls(context=ssl.create_default_context())
        if server.user and server.password:
            client.login(server.user, server.password.get_secret_value())
    except (OSError, smtplib.SMTPException) as fault:
        client.close()
        raise Unavailable(_words(fault)) from fault
    return client


def _envelope(client: smtplib.SMTP, letter: Letter) -> None:
    """Sender and recipients. One refused recipient refuses the letter, so that nobody gets a part of it."""
    try:
        client.ehlo_or_helo_if_needed()
        _accepted(client.mail(letter.sender.addr_spec), "")
        for recipient in (*letter.to, *letter.cc):
            _accepted(client.rcpt(recipient), f"{recipient}: ")
    except (OSError, smtplib.SMTPException) as fault:
        raise Unavailable(_words(fault)) from fault


def _data(client: smtplib.SMTP, payload: bytes) -> None:
    try:
        answer = client.data(payload)
    except smtplib.SMTPDataError as fault:  # the answer to DATA itself, before the message
        answer = fault.smtp_code, fault.smtp_error
    except (OSError, smtplib.SMTPException) as fault:
        raise Unknown(_words(fault)) from fault
    _accepted(answer, "")


def _accepted(answer: tuple[int, bytes | str], about: str) -> None:
    code, text = answer
    if 200 <= code < 300:
        return
    said = text.decode(errors="replace") if isinstance(text, bytes) else text
    detail = f"{about}{code} {' '.join(said.split())}"[:500]
    raise Refused(detail) if code >= 500 else Unavailable(detail)


def _words(fault: Exception) -> str:
    if isinstance(fault, smtplib.SMTPResponseException):
        said = fault.smtp_error
        text = said.decode(errors="replace") if isinstance(said, bytes) else said
        return f"{fault.smtp_code} {' '.join(text.split())}"[:500]
    return (" ".join(str(fault).split()) or type(fault).__name__)[:500]
