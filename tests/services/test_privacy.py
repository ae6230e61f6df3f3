import json
from datetime import timedelta

import pytest
from sqlmodel import select

from finance_app import db
from finance_app.domain.errors import DomainError
from finance_app.models import AuditEvent, Client, Contact, Mail, Payment, Portal, TimeLog, User, UserSession
from finance_app.models import Project as Work
from finance_app.models.columns import at, now
from finance_app.models.kinds import Role
from finance_app.services import privacy
from finance_app.services.accounts import identity as accounts
from finance_app.services.audit import chain as audit_chain
from finance_app.services.audit import trail as audit

PASSWORD = "correct horse"


@pytest.fixture
def firm(engine):
    """An owner, a member with an hour, a client with a contact and an e-mail; everything committed."""
    with db.transaction(engine) as session:
        session.add(Portal(name="Atelier"))
        for role in (Role.OWNER, Role.MEMBER):
            user = accounts.create_user(
                session, name=f"Real {role}", email=f"{role}@example.com", password=PASSWORD, role=role
            )
            accounts.open_session(session, user, address="203.0.113.9")
        client = Client(name="Beta SARL", currency="EUR", country="FR", notes="likes tea")
        work = Work(name="Site", currency="EUR")
        session.add_all([client, work])
        session.flush()
        contact = Contact(client_id=client.id, name="Jeanne Private", email="jeanne@beta.example")
        session.add(contact)
        session.add(TimeLog(project_id=work.id, user_id=2, day=now().date(), seconds=3600))
        session.add(
            Mail(message_id="<1>", sender="a", to=["Jeanne@beta.example"], cc=[], subject="Hello Jeanne",
                 text="Dear Jeanne Private", sent_at=now())
        )  # fmt: skip
        session.flush()
        me = actor_of(session, 2)
        audit.record(session, me, "contact", contact.id, "created", after={"name": "Jeanne Private"})
    return engine


def actor_of(session, user_id):
    user = session.get_one(User, user_id)
    found = accounts.actor_of(session, accounts.open_session(session, user), "203.0.113.9")
    assert found
    return found


def everything(engine) -> str:
    with db.reading(engine) as session:
        kinds = (User, Client, Contact, Mail, AuditEvent, UserSession)
        return " ".join(row.model_dump_json() for kind in kinds for row in session.exec(select(kind)).all())


def chain(engine):
    with db.reading(engine) as session:
        return audit_chain.verify(session)


def test_an_export_holds_what_belongs_to_a_person_and_no_secret(firm):
    with db.transaction(firm) as session:
        found = privacy.export(session, actor_of(session, 1), "user", 2)
    text = json.dumps(found, default=str)
    assert found["user"][0]["email"] == "member@example.com"
    assert len(found["time_log"]) == 1
    assert "203.0.113.9" in text
    assert "argon2" not in text
    assert "token_hash" not in text


def test_erasing_a_person_leaves_the_hours_and_a_chain_that_holds(firm):
    with db.transaction(firm) as session:
        privacy.erase_person(session, actor_of(session, 1), 2)
    text = everything(firm)
    assert "Real member" not in text
    assert "member@example.com" not in text
    with db.reading(firm) as session:
        assert session.exec(select(TimeLog)).one().seconds == 3600
        assert session.exec(select(UserSession).where(UserSession.user_id == 2)).first() is None
    found = chain(firm)
    assert found.fault == ""
    assert found.erased == 2  # the contact that he made, and his archiving


def test_erasing_a_client_keeps_its_name_on_what_was_paid(firm):
    with db.transaction(firm) as session:
        session.add(Payment(client_id=1, currency="EUR", amount_minor=100, paid_on=now().date()))
        session.flush()
        privacy.erase_client(session, actor_of(session, 1), 1)
    text = everything(firm)
    assert "Beta SARL" in text
    assert "Jeanne" not in text
    assert "likes tea" not in text
    assert chain(firm).fault == ""


def test_without_documents_the_name_goes_too(firm):
    with db.transaction(firm) as session:
        privacy.erase_client(session, actor_of(session, 1), 1)
    assert "Beta SARL" not in everything(firm)


def test_neither_oneself_nor_without_the_right(firm):
    with db.transaction(firm) as session:
        with pytest.raises(DomainError, match="last_owner"):
            privacy.erase_person(session, actor_of(session, 1), 1)
        with pytest.raises(DomainError, match="not_allowed"):
            privacy.erase_person(session, actor_of(session, 2), 1)
        with pytest.raises(DomainError, match="not_allowed"):
            privacy.export(session, actor_of(session, 2), "user", 2)


def test_old_log_ins_addresses_and_mails_go(firm):
    with db.transaction(firm) as session, at(now() + timedelta(days=40)):
        done = privacy.apply_retention(session, keep_logins_days=30, keep_mails_days=30)
    assert done["log_ins"] >= 2
    assert done["e_mails"] == 1
    text = everything(firm)
    assert "203.0.113.9" not in text
    assert "Dear Jeanne" not in text
    assert chain(firm).fault == ""
    with db.transaction(firm) as session, at(now() + timedelta(days=40)):
        assert not any(privacy.apply_retention(session, keep_logins_days=30, keep_mails_days=30).values())
