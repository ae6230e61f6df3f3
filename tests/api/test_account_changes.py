"""Whoever's password or second factor changes hears of it by e-mail, whoever did it."""

import pytest
from sqlmodel import col, select

from finance_app import db
from finance_app.jobs import worker
from finance_app.models import AccountLink, Mail, User
from finance_app.models.kinds import Role
from finance_app.services.accounts import identity as accounts
from finance_app.services.accounts import links as account_links
from finance_app.services.accounts import passwords, second_factor
from finance_app.settings import settings
from tests.api.test_accounts import GOOD, OLD, database, factor_of, invited, owner, submit, web

__all__ = ["database", "web"]


@pytest.fixture
def mails(database, monkeypatch):
    """Sends what waits, and returns all that was sent."""
    monkeypatch.setattr(worker, "settings", lambda: settings().model_copy(update={"demo": True}))

    def sent() -> list[Mail]:
        while worker.work_once(lambda _message: None):
            pass
        with db.reading() as session:
            return list(session.exec(select(Mail).order_by(col(Mail.id))).all())

    return sent


def test_a_changed_password_is_told_in_the_persons_language(mails):
    with db.transaction() as session:
        user = session.get_one(User, 1)
        user.name, user.locale = "Ola {Nordmann}", "fr"
        session.add(user)
    with db.transaction() as session:
        passwords.change(session, owner(), current=OLD, new=GOOD)
    (mail,) = mails()
    assert mail.to == ["ola@example.com"]
    assert mail.subject == "Un changement de votre connexion à Marge de Atelier"
    assert "Bonjour Ola {Nordmann}," in mail.text
    assert "Votre mot de passe a été modifié." in mail.text
    assert f"{settings().address}/auth/forgotten" in mail.text
    assert GOOD not in mail.model_dump_json()


def test_each_change_of_the_second_factor_is_told(mails):
    _totp, codes = factor_of()
    with db.transaction() as session:
        fresh = second_factor.renew_codes(session, owner(), codes[0])
    with db.transaction() as session:
        second_factor.turn_off(session, owner(), fresh[0])
    told = [mail.text for mail in mails()]
    assert len(told) == 3
    for text, words in zip(told, ("turned on", "recovery codes", "turned off"), strict=True):
        assert words in text
    assert not any(code in text for code in codes + fresh for text in told)


def test_who_loses_the_second_factor_hears_who_took_it(mails):
    with db.transaction() as session:
        session.add(User(id=7, name="Kim", email="kim@example.com"))
    with db.transaction() as session:
        second_factor.reset(session, owner(), 7)
    (mail,) = mails()
    assert mail.to == ["kim@example.com"]
    assert "Ola Nordmann did it on" in mail.text


def test_a_password_set_by_a_forgotten_link_is_told_and_a_first_one_is_not(web, mails):
    submit(web, invited(), password=GOOD, repeated=GOOD)
    assert not any("log-in" in mail.subject for mail in mails())
    with db.transaction() as session:
        account_links.ask_reset(session, "new@example.com", "203.0.113.5")
        newest = select(AccountLink).order_by(col(AccountLink.id).desc())
        link = session.exec(newest).first()
        assert link
        path = f"/account/{account_links.token_of(link)}"
    submit(web, path, password=GOOD + " 2", repeated=GOOD + " 2")
    mail = mails()[-1]
    assert "set anew with a link" in mail.text
    assert "testclient" in mail.text


def test_nobody_without_an_address_gets_an_e_mail(mails):
    with db.transaction() as session:
        session.add(User(id=8, name="No address"))
        accounts.create_user(session, name="Boss", email="boss@example.com", password=OLD, role=Role.OWNER)
    with db.transaction() as session:
        second_factor.reset(session, owner(), 8)
    assert mails() == []
