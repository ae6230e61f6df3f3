"""The e-mails that carry the links of an account."""

from sqlmodel import Session, select

from finance_app.models import OutboxMessage, Portal
from finance_app.models.kinds import Role
from finance_app.services.accounts import identity as accounts
from finance_app.services.accounts import links
from finance_app.services.delivery.mail_text import mail_text


def test_braces_in_names_are_no_placeholders(session: Session) -> None:
    session.add(Portal(name="Atelier {link}"))
    accounts.create_user(
        session, name="Ann {b}", email="ann@x.example", password="correct horse battery", role=Role.MEMBER
    )
    session.flush()
    links.ask_reset(session, "ann@x.example", "127.0.0.1")
    [message] = session.exec(select(OutboxMessage)).all()
    text = mail_text(session, message)
    assert "Ann {b}" in text.plain
    assert "Atelier {link}" in text.subject
