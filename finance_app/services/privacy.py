"""Personal data: everything kept of a client or a person in one file, and its erasure.

Documents that were issued stay as the law wants them, with the names they were issued to. What is erased
elsewhere leaves the audit trail verifiable: its events stay, without the person.
"""

from collections.abc import Sequence
from datetime import timedelta
from functools import partial
from typing import Any

from sqlalchemy import Table, delete, insert, or_, select, update
from sqlmodel import Session, SQLModel, col

from finance_app.domain.errors import DomainError, NotFound
from finance_app.domain.permissions import Permission
from finance_app.models import (
    AccountLink,
    AuditEvent,
    AuditPermit,
    Client,
    Contact,
    CreditNote,
    Invoice,
    Mail,
    Notice,
    OutboxMessage,
    Payment,
    SavedView,
    SecondFactor,
    User,
    UserSession,
)
from finance_app.models.columns import now
from finance_app.services import forgetting
from finance_app.services.accounts.identity import Actor
from finance_app.services.audit import trail as audit
from finance_app.services.forgetting import meant
from finance_app.services.people import directory as people

_SECRET = ("password_hash", "token_hash", "salt", "secret", "recovery", "lease", "payload", "content", "hash")


def export(session: Session, actor: Actor, kind: str, object_id: int) -> dict[str, Any]:
    """Every row that belongs to a client or a person, by table, without secrets. Raises NotFound."""
    actor.require(Permission.PRIVACY_EDIT)
    _subject(session, kind, object_id)
    own = SQLModel.metadata.tables[kind]
    found = {kind: _rows(session, own, own.c.id == object_id)}
    for table in SQLModel.metadata.sorted_tables:
        links = [c for c in table.columns for key in c.foreign_keys if key.column.table is own]
        if links:
            rows = _rows(session, table, or_(*(column == object_id for column in links)))
            if rows:
                found[table.name] = rows
    _add_parts(session, found)
    _add_mentions(session, kind, object_id, found)
    audit.record(session, actor, kind, object_id, "exported")
    return found


_WHOLES = ("invoice", "credit_note", "estimate", "sales_order", "expense", "payment")


def _add_parts(session: Session, found: dict[str, Any]) -> None:
    """The rows of what belongs to somebody: lines, receipts, what settles an invoice."""
    for name in _WHOLES:
        whole = SQLModel.metadata.tables[name]
        ids = [row["id"] for row in found.get(name, ())]
        for table in SQLModel.metadata.sorted_tables if ids else ():
            links = [c for c in table.columns for key in c.foreign_keys if key.column.table is whole]
            if not links or table.name in found or table.name in _WHOLES:
                continue
            if rows := _rows(session, table, or_(*(column.in_(ids) for column in links))):
                found[table.name] = rows
    files = [row["file_id"] for row in found.get("expense_receipt", ()) if row.get("file_id")]
    if files:
        stored = SQLModel.metadata.tables["stored_file"]
        found["stored_file"] = _rows(session, stored, stored.c.id.in_(files))


def _add_mentions(session: Session, kind: str, object_id: int, found: dict[str, Any]) -> None:
    """What refers to somebody without a key: events of the audit trail, e-mails."""
    events = SQLModel.metadata.tables["audit_event"]
    about = _rows(session, events, (events.c.object_kind == kind) & (events.c.object_id == object_id))
    known = {row["id"] for row in found.get("audit_event", ())}
    found["audit_event"] = [*found.get("audit_event", ()), *(row for row in about if row["id"] not in known)]
    own = found[kind][0].get("email")
    addresses = [own, *(row["email"] for row in found.get("contact", ()))]
    mails = SQLModel.metadata.tables["mail"]
    words = meant(addresses)
    if words:
        to_them = [forgetting.mentions(session, column, words) for column in (mails.c.to, mails.c.cc)]
        found["mail"] = _rows(session, mails, or_(*to_them))


def _rows(session: Session, table: Table, condition: Any) -> list[dict[str, Any]]:
    columns = [column for column in table.columns if column.name not in _SECRET]
    return [dict(row) for row in session.execute(select(*columns).where(condition)).mappings()]


def _subject(session: Session, kind: str, object_id: int) -> Client | User:
    found = session.get({"client": Client, "user": User}.get(kind, Client), object_id)
    if found is None or kind not in ("client", "user"):
        raise NotFound
    return found


def erase_client(session: Session, actor: Actor, client_id: int) -> None:
    """Erase the people of a client and what is known of it beyond its documents. Raises NotFound.

    With issued documents or payments the name stays, as on them; without any it goes too. The address on an
    issued document is the document's own copy.
    """
    actor.require(Permission.PRIVACY_EDIT)
    client = _subject(session, "client", client_id)
    contacts = session.execute(select(Contact).where(col(Contact.client_id) == client_id)).scalars().all()
    addresses = [contact.email for contact in contacts if contact.email]
    kept = _has_documents(session, client_id)
    _forget_mails(session, addresses)
    words = meant([*(contact.email for contact in contacts), *(contact.name for contact in contacts)])
    words = meant([*words, *forgetting.forget_answers(session, client_id)])
    for contact in contacts:
        contact.name = contact.email = contact.phone = contact.job_title = ""
        contact.archived_at = contact.archived_at or now()
        session.add(contact)
    about = forgetting.mails_about(session, client_id)
    forget_mails(session, [mail for mail, _ in about], [outbox for _, outbox in about if outbox])
    client.phone = client.website = client.notes = client.registration = client.tax_number = ""
    client.legal_name = client.address = client.postcode = client.city = client.region = ""
    if not kept:
        words = meant([*words, client.name])
        client.name = f"#{client_id}"
    client.archived_at = client.archived_at or now()
    client.version += 1
    session.add(client)
    session.flush()
    ids = [contact.id for contact in contacts]
    of_contacts = (col(AuditEvent.object_kind) == "contact") & col(AuditEvent.object_id).in_(ids)
    of_client = (col(AuditEvent.object_kind) == "client") & (col(AuditEvent.object_id) == client_id)
    _erase_events(session, of_contacts | of_client, details={}, before={}, after={})
    forgetting.forget_words(session, words, partial(_erase_events, session))
    audit.record(session, actor, "client", client_id, "erased", documents_kept=kept)


def _has_documents(session: Session, client_id: int) -> bool:
    issued = select(Invoice.id).where(col(Invoice.client_id) == client_id, col(Invoice.number).is_not(None))
    others = [
        select(kind.id).where(col(kind.client_id) == client_id)  # type: ignore[attr-defined]
        for kind in (CreditNote, Payment)
    ]
    return any(session.execute(statement.limit(1)).first() for statement in (issued, *others))


def erase_person(session: Session, actor: Actor, user_id: int) -> None:
    """Make a person of the firm unknown: name, address and access go, hours worked stay as billed.

    Raises NotFound, or DomainError for oneself, somebody with more rights, or the last owner.
    """
    actor.require(Permission.PRIVACY_EDIT)
    user = _subject(session, "user", user_id)
    if user.archived_at is None:
        people.archive(session, actor, [user_id])
    elif user_id == actor.user_id:
        raise DomainError("person.error.oneself")
    if user.email:
        _forget_mails(session, [user.email])
    words = meant([user.email, user.name])
    for kind in (UserSession, AccountLink, SecondFactor, Notice, SavedView):
        session.execute(delete(kind).where(col(kind.user_id) == user_id))
    user.name, user.email, user.password_hash, user.job_title = f"#{user_id}", None, None, ""
    user.preferences = {}
    user.version += 1
    session.add(user)
    session.flush()
    _erase_events(session, col(AuditEvent.actor_id) == user_id, actor_name="", address="")
    of_user = (col(AuditEvent.object_kind) == "user") & (col(AuditEvent.object_id) == user_id)
    _erase_events(session, of_user, details={}, before={}, after={})
    forgetting.forget_words(session, words, partial(_erase_events, session))
    audit.record(session, actor, "user", user_id, "erased")


def _forget_mails(session: Session, addresses: Sequence[str]) -> None:
    """The text and the reader of e-mails to these addresses; that one was sent, and when, stays."""
    wanted = {address.casefold() for address in addresses}
    if not wanted:
        return

    def read_by_them(readers: object) -> bool:
        return isinstance(readers, list) and any(str(one).casefold() in wanted for one in readers)

    mails = session.execute(select(col(Mail.id), col(Mail.outbox_id), col(Mail.to), col(Mail.cc))).all()
    theirs = [row for row in mails if read_by_them(row[2]) or read_by_them(row[3])]
    forget_mails(session, [row[0] for row in theirs], [row[1] for row in theirs if row[1]])


def forget_mails(session: Session, mail_ids: Sequence[int], outbox_ids: Sequence[int]) -> None:
    session.execute(
        update(Mail).where(col(Mail.id).in_(mail_ids)).values(to=[], cc=[], subject="", text="", html="")
    )
    for message in session.execute(
        select(OutboxMessage).where(col(OutboxMessage.id).in_(outbox_ids))
    ).scalars():
        message.payload = {**message.payload, "to": [], "cc": [], "subject": "", "body": "", "reply_to": ""}
        message.last_error = ""
        session.add(message)


def _erase_events(session: Session, which: Any, **values: Any) -> None:
    """The one change that the triggers permit, inside this transaction only."""
    session.flush()
    session.execute(insert(AuditPermit).values(id=1))
    session.execute(
        update(AuditEvent)
        .where(which)
        .values(erased_at=now(), **values)
        .execution_options(synchronize_session=False)
    )
    session.execute(delete(AuditPermit))


def apply_retention(session: Session, *, keep_logins_days: int, keep_mails_days: int) -> dict[str, int]:
    """Delete log-ins and links, and forget e-mails, that are older than the portal keeps them; how many."""
    oldest = now() - timedelta(days=keep_logins_days)
    done = {
        "log_ins": session.execute(
            delete(UserSession).where(col(UserSession.last_seen_at) < oldest)
        ).rowcount,
        "links": session.execute(delete(AccountLink).where(col(AccountLink.expires_at) < oldest)).rowcount,
    }
    old = (col(AuditEvent.at) < oldest) & (col(AuditEvent.address) != "")
    if session.execute(select(col(AuditEvent.id)).where(old).limit(1)).first():
        _erase_events(session, old, address="")
    if keep_mails_days:
        before = now() - timedelta(days=keep_mails_days)
        rows = session.execute(
            select(col(Mail.id), col(Mail.outbox_id)).where(
                col(Mail.sent_at) < before, col(Mail.subject) != ""
            )
        ).all()
        forget_mails(session, [row[0] for row in rows], [row[1] for row in rows if row[1]])
        done["e_mails"] = len(rows)
    if any(done.values()):
        audit.record(session, None, "portal", None, "retention", **done)
    return done
