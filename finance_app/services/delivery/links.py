"""Secret links to one document each.

The token (256 bits) is derived from the secret key and the link's salt, so a link can be shown again while
the database holds only its hash: a copy of the database opens nothing. A document has one live link at most.
"""

import base64
import hashlib
import hmac
import secrets
from collections.abc import Collection
from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import or_, update
from sqlmodel import Session, col, select

from finance_app.domain.errors import DomainError
from finance_app.domain.permissions import Permission
from finance_app.models import CreditNote, Estimate, Invoice, Portal, PublicLink, SalesOrder
from finance_app.models.columns import now
from finance_app.services.accounts.identity import Actor
from finance_app.services.audit import trail as audit
from finance_app.settings import settings

INVOICE = "invoice"
CREDIT_NOTE = "credit_note"
ESTIMATE = "estimate"
SALES_ORDER = "sales_order"
DOCUMENTS: dict[str, Any] = {
    INVOICE: Invoice,
    CREDIT_NOTE: CreditNote,
    ESTIMATE: Estimate,
    SALES_ORDER: SalesOrder,
}
_TOKEN_LENGTH = 43


def token_of(link: PublicLink) -> str:
    """The secret of a link."""
    key = settings().secret_key.get_secret_value().encode()
    digest = hmac.digest(key, f"public-link:{link.salt}".encode(), "sha256")
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def address_of(link: PublicLink) -> str:
    """The whole address that a client opens."""
    return f"{settings().address}/{_prefix(link.kind)}/{token_of(link)}"


def shown_without_secret(link_id: int, kind: str = INVOICE) -> str:
    """An address of the same shape, for texts that are kept: it opens nothing."""
    return f"{settings().address}/{_prefix(kind)}/link-{link_id}"


def _prefix(kind: str) -> str:
    return "e" if kind == ESTIMATE else "i"


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def live_link(session: Session, kind: str, object_id: int) -> PublicLink | None:
    return session.exec(
        select(PublicLink)
        .where(PublicLink.kind == kind, PublicLink.object_id == object_id, _is_live())
        .order_by(col(PublicLink.id).desc())
    ).first()


def ensure_link(
    session: Session, actor: Actor, kind: str, object_id: int, *, expires_at: datetime | None = None
) -> PublicLink:
    """The live link of an issued document, made if it has none. Raises DomainError for a draft."""
    actor.require(Permission.INVOICES_EDIT)
    document = session.get(DOCUMENTS[kind], object_id, with_for_update=True)
    if document is None or document.issued_at is None:
        raise DomainError("delivery.error.link_of_draft")
    link = live_link(session, kind, object_id)
    if link is None:
        if kind == ESTIMATE:
            expires_at = _usable(session, document)
        link = make_link(session, kind, object_id, expires_at=expires_at)
        audit.record(session, actor, kind, object_id, "link_created", link=link.id)
    return link


def _usable(session: Session, estimate: Estimate) -> datetime | None:
    """Until when a new link opens an estimate. Raises DomainError for one replaced or too late."""
    end = estimate_end(session, estimate)
    if estimate.superseded_at is not None or (end is not None and end <= now()):
        raise DomainError("estimate.error.link_too_late")
    return end


def estimate_end(session: Session, estimate: Estimate) -> datetime | None:
    """The end of the last day on which an estimate can be accepted, in the portal's time zone; None where it
    has none, or is decided: then its page stays."""
    if estimate.expires_on is None or estimate.accepted_at or estimate.declined_at:
        return None
    zone = session.exec(select(Portal.time_zone)).first() or "UTC"
    return datetime.combine(estimate.expires_on + timedelta(days=1), time(), ZoneInfo(zone))


def set_end(session: Session, estimate: Estimate) -> None:
    """Give the links of an estimate its present end: a decision or an extension moves it."""
    session.execute(
        update(PublicLink)
        .where(
            col(PublicLink.kind) == ESTIMATE,
            col(PublicLink.object_id) == estimate.id,
            col(PublicLink.revoked_at).is_(None),
        )
        .values(expires_at=estimate_end(session, estimate))
        .execution_options(synchronize_session=False)
    )


def make_link(
    session: Session, kind: str, object_id: int, *, expires_at: datetime | None = None
) -> PublicLink:
    """A new link of any document; who asks for it is checked elsewhere."""
    link = PublicLink(kind=kind, object_id=object_id, salt=secrets.token_hex(32), expires_at=expires_at)
    link.token_hash = _hash(token_of(link))
    session.add(link)
    session.flush()
    return link


def revoke_links(session: Session, actor: Actor, kind: str, object_id: int) -> int:
    """Close every live link of a document; how many. Who holds one sees the same page as for a wrong one."""
    actor.require(Permission.INVOICES_EDIT)
    count = session.execute(
        update(PublicLink)
        .where(col(PublicLink.kind) == kind, col(PublicLink.object_id) == object_id, _is_live())
        .values(revoked_at=now())
    ).rowcount
    if count:
        audit.record(session, actor, kind, object_id, "link_revoked")
    return count


def renew_link(session: Session, actor: Actor, kind: str, object_id: int) -> PublicLink:
    """A new link in place of the present one, which closes."""
    revoke_links(session, actor, kind, object_id)
    return ensure_link(session, actor, kind, object_id)


def find_link(session: Session, token: str, kinds: Collection[str] = tuple(DOCUMENTS)) -> PublicLink | None:
    """The live link of a token, to a document of these kinds.

    Unknown, expired and revoked ones take the same single look-up, by the hash of what was given: how long
    it takes says nothing of the tokens that exist.
    """
    return session.exec(
        select(PublicLink).where(
            PublicLink.token_hash == _hash(token[: _TOKEN_LENGTH + 1]),
            col(PublicLink.kind).in_(kinds),
            _is_live(),
        )
    ).first()


def mark_viewed(session: Session, link_id: int) -> bool:
    """A person has seen the document behind a link. True the first time."""
    link = session.get(PublicLink, link_id)
    if link is None:
        return False
    moment = now()
    first = session.execute(
        update(PublicLink)
        .where(col(PublicLink.id) == link_id, col(PublicLink.opened_at).is_(None))
        .values(opened_at=moment)
        .execution_options(synchronize_session=False)
    ).rowcount
    seen = bool(first)
    if link.kind in (INVOICE, ESTIMATE):
        kind = DOCUMENTS[link.kind]
        seen = bool(
            session.execute(
                update(kind)
                .where(col(kind.id) == link.object_id, col(kind.viewed_at).is_(None))
                .values(viewed_at=moment)
                .execution_options(synchronize_session=False)
            ).rowcount
        )
    if seen:
        audit.record(session, None, link.kind, link.object_id, "viewed", link=link_id)
    return seen


def _is_live():
    return col(PublicLink.revoked_at).is_(None) & or_(
        col(PublicLink.expires_at).is_(None), col(PublicLink.expires_at) > now()
    )
