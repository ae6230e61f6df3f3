"""The company's logo. A new one is a new file: documents already issued keep the one they went out with."""

from pathlib import Path

from sqlmodel import Session

from finance_app.documents.logo import LogoError, prepare
from finance_app.domain.errors import DomainError
from finance_app.models import StoredFile
from finance_app.services import files
from finance_app.services.accounts.identity import Actor
from finance_app.services.audit import trail as audit
from finance_app.services.settings import portal as portal_settings

LIMIT = 2 * files.MEGABYTE
PURPOSE = "logo"
_STARTS = {b"\x89PNG": "image/png", b"\xff\xd8\xff": "image/jpeg"}


def check(path: Path) -> str:
    """The media type of a logo: PNG, JPEG or SVG. Raises DomainError where it cannot be drawn."""
    content = path.read_bytes()
    try:
        prepare(content)
    except LogoError as fault:
        raise DomainError(f"document.logo_error.{fault.code}") from fault
    return next((kind for start, kind in _STARTS.items() if content.startswith(start)), "image/svg+xml")


def put(session: Session, actor: Actor, sha256: str, *, name: str, media_type: str, size: int) -> StoredFile:
    """Take a file that was kept as the logo, in place of the present one."""
    portal = portal_settings.get(session, actor)
    stored = files.record(
        session, actor, sha256, name=name, media_type=media_type, size=size, purpose=PURPOSE
    )
    before = {"logo_id": portal.logo_id}
    portal.logo_id = stored.id
    session.add(portal)
    session.flush()
    audit.record(session, actor, "portal", portal.id, "changed", before=before, after={"logo_id": stored.id})
    return stored


def remove(session: Session, actor: Actor) -> None:
    """Documents go without a logo from now on."""
    portal = portal_settings.get(session, actor)
    if portal.logo_id is None:
        return
    before = {"logo_id": portal.logo_id}
    portal.logo_id = None
    session.add(portal)
    session.flush()
    audit.record(session, actor, "portal", portal.id, "changed", before=before, after={"logo_id": None})


def current(session: Session, actor: Actor) -> StoredFile | None:
    portal = portal_settings.get(session, actor)
    return session.get(StoredFile, portal.logo_id) if portal.logo_id else None
