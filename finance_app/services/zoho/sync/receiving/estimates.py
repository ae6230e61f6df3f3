"""Estimates of Zoho with the client's answer; and the answers that Zoho got to ours."""

from typing import Any

from sqlmodel import Session

from finance_app.domain.errors import DomainError
from finance_app.models import Estimate, EstimateLine, ZohoLink, ZohoSync
from finance_app.services.audit import trail as audit
from finance_app.services.estimating import deciding, issuing
from finance_app.services.estimating.papers import ESTIMATE_KIND
from finance_app.services.zoho.sync.modules import Module
from finance_app.services.zoho.sync.receiving.content import fill, offer
from finance_app.services.zoho.sync.receiving.following import follow
from finance_app.services.zoho.sync.receiving.links import (
    ZOHO,
    News,
    Raw,
    agree,
    day_of,
    in_words,
    known,
    link_up,
    moment_of,
    news_of,
)
from finance_app.services.zoho.sync.wanted import Unfit

ANSWERS = {"accepted": True, "invoiced": True, "declined": False}


def news(session: Session, link: ZohoLink, raw: Raw) -> News:
    """An answer that Zoho got is taken over; a second one that says otherwise is reported."""
    row = session.get(Estimate, link.local_id)
    if row is None:
        return News.NONE
    answer = ANSWERS.get(str(raw.get("status")))
    ours = True if row.accepted_at else False if row.declined_at else None
    if answer is not None and ours is not None and answer is not ours:
        return News.CHANGED
    if answer is not None and ours is None:
        return News.LOOK
    return news_of(session, link, raw)


def take(session: Session, sync: ZohoSync, raw: Raw) -> bool:
    """Raises Unfit where it cannot be the same here, to the cent."""
    link = known(session, sync.id or 0, Module.ESTIMATE, str(raw["estimate_id"]))
    if link is None:
        row = _make(session, sync, raw)
        _answer(session, row, raw, tell=False)
        link_up(session, sync, Module.ESTIMATE, row.id or 0, str(raw["estimate_id"]), row.number or "")
        return True
    row = session.get_one(Estimate, link.local_id)
    changed = False
    if link.made_at_zoho and not (row.accepted_at or row.declined_at):
        changed = follow(session, sync, link, row, EstimateLine, "estimate_id", raw, _dates)
    if _answer(session, row, raw, tell=True):
        agree(session, sync, link)
        changed = True
    return changed


def _dates(row: Any, raw: Raw) -> None:
    row.issue_date = day_of(raw)
    row.expires_on = day_of(raw, "expiry_date") if raw.get("expiry_date") else None


def _make(session: Session, sync: ZohoSync, raw: Raw) -> Estimate:
    sync_id, number = sync.id or 0, str(raw["estimate_number"])
    row = offer(session, sync_id, Estimate, number, raw)
    _dates(row, raw)
    try:
        fill(session, sync_id, row, EstimateLine, "estimate_id", raw)
        issuing.issue(session, ZOHO, row.id or 0, number=number)
        row.delivered_at = row.issued_at
    except DomainError as error:
        raise in_words(session, error) from error
    audit.record(session, ZOHO, ESTIMATE_KIND, row.id, "marked_sent")
    return row


def _answer(session: Session, row: Estimate, raw: Raw, *, tell: bool) -> bool:
    accepted = ANSWERS.get(str(raw.get("status")))
    if accepted is None or row.accepted_at or row.declined_at:
        return False
    if row.superseded_at:
        raise Unfit("answered_late", number=row.number)
    field = "accepted_date" if accepted else "declined_date"
    try:
        deciding.answer_elsewhere(
            session,
            ZOHO,
            row.id or 0,
            accepted=accepted,
            name=str(raw.get("customer_name") or "Zoho"),
            at=moment_of(session, raw, field),
            tell=tell,
        )
    except DomainError as error:
        raise in_words(session, error) from error
    return True
