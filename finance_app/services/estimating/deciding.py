"""The answer to an estimate: accepted or declined, once, by the client on the link or by hand.

The row of the estimate is locked while it is decided, so of answers at the same time the first wins and the
others find it given. An answer names the fingerprint of the document that was read: what has changed since
cannot be accepted unseen.
"""

import hashlib
import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import select
from sqlmodel import Session, col

from finance_app.domain.errors import DomainError, InvalidFields, NotFound
from finance_app.domain.estimates import (
    EstimateAction,
    EstimateState,
    estimate_state,
    require_estimate_action,
)
from finance_app.domain.permissions import Permission
from finance_app.models import Estimate, EstimateLine
from finance_app.models.columns import now
from finance_app.services.accounts.identity import Actor
from finance_app.services.audit import trail as audit
from finance_app.services.delivery import links as public_links
from finance_app.services.estimating.facts import estimate_facts
from finance_app.services.estimating.notifying import confirm_to_client, tell_managers
from finance_app.services.estimating.papers import ESTIMATE, ESTIMATE_KIND
from finance_app.services.invoicing import totals
from finance_app.services.invoicing.papers import lines_in
from finance_app.services.portal import today

NAME_LIMIT = 120
REASON_LIMIT = 2000
OPEN = (EstimateState.SENT, EstimateState.VIEWED)


class Outcome(StrEnum):
    """What came of an answer: taken, given before, or about a document that has changed since."""

    TAKEN = "taken"
    ANSWERED = "answered"
    CHANGED = "changed"


@dataclass(frozen=True)
class Origin:
    """Where an answer on the link came from."""

    address: str = ""
    agent: str = ""


def fingerprint(estimate: Estimate, lines: Sequence[EstimateLine]) -> str:
    """SHA-256 of all that a client agrees to: parties, lines with what is chosen, figures, terms."""
    head = (
        *("number", "revision", "title", "reference", "currency", "locale", "notes", "terms"),
        *("subtotal_minor", "net_minor", "tax_minor", "total_minor", "totals", "company", "customer"),
        *("taxes", "surcharges"),
    )
    shown = (
        *("position", "name", "description", "unit", "taxes", "amount_minor", "optional", "chosen"),
        *("discount_kind", "kind"),
    )
    numbers = ("quantity", "unit_price", "discount_value")
    content = {
        **{name: getattr(estimate, name) for name in head},
        "issue_date": estimate.issue_date.isoformat(),
        "price_mode": estimate.price_mode.value,
        "deposit_percent": str(estimate.deposit_percent),
        "lines": [
            {name: getattr(line, name) for name in shown}
            | {name: str(getattr(line, name)) for name in numbers}
            for line in lines
        ],
    }
    text = json.dumps(content, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def choose(estimate: Estimate, lines: Sequence[EstimateLine], option_ids: Collection[int] | None) -> None:
    """Tick just these optional lines, and work the totals out anew; None leaves them as they are."""
    if option_ids is not None:
        for line in lines:
            if line.optional:
                line.chosen = line.id in option_ids
    totals.compute(estimate, lines)


def accept_on_link(
    session: Session,
    estimate_id: int,
    *,
    seen: str,
    name: str,
    agreed: bool,
    option_ids: Collection[int],
    origin: Origin,
) -> Outcome:
    """The client accepts. Raises InvalidFields: no name, too long a name, the box not ticked."""
    estimate, lines = _locked(session, estimate_id)
    if (outcome := _in_the_way(session, estimate, lines, seen)) is not None:
        return outcome
    faults: dict[str, DomainError] = {}
    name = " ".join(name.split())
    if not name:
        faults["name"] = DomainError("estimate.error.name_missing")
    elif len(name) > NAME_LIMIT:
        faults["name"] = DomainError("common.error.too_long", n=NAME_LIMIT)
    if not agreed:
        faults["agreed"] = DomainError("estimate.error.not_agreed")
    if faults:
        raise InvalidFields(faults)
    choose(estimate, lines, option_ids)
    if estimate.total_minor <= 0:
        raise DomainError("estimate.error.no_total")
    _record(session, None, estimate, lines, accepted=True, name=name, origin=origin)
    return Outcome.TAKEN


def decline_on_link(session: Session, estimate_id: int, *, seen: str, reason: str, origin: Origin) -> Outcome:
    """The client declines. Raises InvalidFields for too long a reason."""
    estimate, lines = _locked(session, estimate_id)
    if (outcome := _in_the_way(session, estimate, lines, seen)) is not None:
        return outcome
    if len(reason) > REASON_LIMIT:
        raise InvalidFields({"reason": DomainError("common.error.too_long", n=REASON_LIMIT)})
    _record(session, None, estimate, lines, accepted=False, reason=reason.strip(), origin=origin)
    return Outcome.TAKEN


def accept_by_hand(
    session: Session,
    actor: Actor,
    estimate_id: int,
    name: str,
    note: str = "",
    option_ids: Collection[int] | None = None,
) -> Estimate:
    """A manager notes that the client has accepted elsewhere: who, and how it reached us."""
    actor.require(Permission.INVOICES_EDIT)
    estimate, lines = _locked(session, estimate_id)
    _require(session, estimate, EstimateAction.ACCEPT)
    if not name.strip():
        raise DomainError("estimate.error.name_missing", field="name")
    _check_length(name, NAME_LIMIT, "name")
    _check_length(note, REASON_LIMIT, "note")
    choose(estimate, lines, option_ids)
    _record(session, actor, estimate, lines, accepted=True, name=name.strip(), reason=note.strip())
    return estimate


def decline_by_hand(session: Session, actor: Actor, estimate_id: int, reason: str) -> Estimate:
    """A manager notes that the client does not want it."""
    actor.require(Permission.INVOICES_EDIT)
    estimate, lines = _locked(session, estimate_id)
    _require(session, estimate, EstimateAction.DECLINE)
    _check_length(reason, REASON_LIMIT, "reason")
    _record(session, actor, estimate, lines, accepted=False, reason=reason.strip())
    return estimate


def answer_elsewhere(
    session: Session,
    actor: Actor,
    estimate_id: int,
    *,
    accepted: bool,
    name: str,
    at: datetime,
    tell: bool = True,
) -> Estimate:
    """The client has answered at another program, at that moment; the managers are told as of an answer on
    the link. Raises DomainError where the estimate has an answer, or cannot have one."""
    actor.require(Permission.INVOICES_EDIT)
    estimate, lines = _locked(session, estimate_id)
    _require(session, estimate, EstimateAction.ACCEPT if accepted else EstimateAction.DECLINE)
    _record(session, actor, estimate, lines, accepted=accepted, name=name[:NAME_LIMIT], at=at)
    if tell:
        tell_managers(session, estimate, "accepted" if accepted else "declined")
    return estimate


def _locked(session: Session, estimate_id: int) -> tuple[Estimate, list[EstimateLine]]:
    estimate = session.execute(
        select(Estimate)
        .where(col(Estimate.id) == estimate_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).scalar_one_or_none()
    if estimate is None:
        raise NotFound
    return estimate, lines_in(session, ESTIMATE, estimate_id)


def _in_the_way(
    session: Session, estimate: Estimate, lines: Sequence[EstimateLine], seen: str
) -> Outcome | None:
    state = estimate_state(estimate_facts(session, estimate), today(session))
    if state not in OPEN:
        return Outcome.ANSWERED
    return None if seen == fingerprint(estimate, lines) else Outcome.CHANGED


def _require(session: Session, estimate: Estimate, action: EstimateAction) -> None:
    require_estimate_action(action, estimate_facts(session, estimate), today(session))


def _check_length(text: str, most: int, field: str) -> None:
    if len(text) > most:
        raise DomainError("common.error.too_long", field=field, n=most)


def _record(
    session: Session,
    actor: Actor | None,
    estimate: Estimate,
    lines: Sequence[EstimateLine],
    *,
    accepted: bool,
    name: str = "",
    reason: str = "",
    origin: Origin | None = None,
    at: datetime | None = None,
) -> None:
    moment = at or now()
    decision: Mapping[str, Any] = {
        "name": name,
        "reason": reason,
        "at": moment.isoformat(),
        "by_hand": actor.name if actor else "",
        "address": origin.address if origin else "",
        "agent": origin.agent[:300] if origin else "",
        "hash": fingerprint(estimate, lines),
        "options": [line.id for line in lines if line.optional and line.chosen],
    }
    estimate.decision = dict(decision)
    if accepted:
        estimate.accepted_at = moment
    else:
        estimate.declined_at = moment
    estimate.version += 1
    estimate.updated_at = moment
    session.flush()
    public_links.set_end(session, estimate)
    word = "accepted" if accepted else "declined"
    details = {"name": name, "reason": reason, "address": decision["address"], "hash": decision["hash"]}
    audit.record(
        session,
        actor,
        ESTIMATE_KIND,
        estimate.id,
        word if actor is None else f"marked_{word}",
        after={"total_minor": estimate.total_minor},
        **details,
    )
    if actor is None:
        tell_managers(session, estimate, word)
        if accepted:
            confirm_to_client(session, estimate)
