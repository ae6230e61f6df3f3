"""An estimate as its client sees it on the link."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from zoneinfo import ZoneInfo

from sqlmodel import Session

from finance_app.documents.data import Document
from finance_app.domain.estimates import EstimateState, estimate_state
from finance_app.models import Estimate
from finance_app.services.delivery import links as public_links
from finance_app.services.delivery.document_data import estimate_document
from finance_app.services.estimating.deciding import OPEN, fingerprint
from finance_app.services.estimating.facts import estimate_facts
from finance_app.services.estimating.papers import ESTIMATE, ESTIMATE_KIND, found
from finance_app.services.invoicing.papers import lines_in
from finance_app.services.portal import portal_of, today_in


@dataclass(frozen=True)
class Offer:
    """`seen` is the fingerprint of the document as it stands, which an answer must name; `options` are the
    optional lines in the total of `document`; `name` is who accepted, `reason` what was said with the
    answer."""

    link_id: int
    estimate_id: int
    document: Document
    state: EstimateState
    seen: str
    options: frozenset[int]
    today: date
    zone: ZoneInfo
    name: str = ""
    by_hand: bool = False
    reason: str = ""

    @property
    def is_open(self) -> bool:
        return self.state in OPEN


def on_link(session: Session, token: str, option_ids: Collection[int] | None = None) -> Offer | None:
    """The offer behind a link, with just these optional lines while it is open. None for a link not live."""
    link = public_links.find_link(session, token, (ESTIMATE_KIND,))
    if link is None:
        return None
    return offer(session, link.object_id, option_ids, link_id=link.id or 0)


def offer(
    session: Session, estimate_id: int, option_ids: Collection[int] | None = None, *, link_id: int = 0
) -> Offer:
    """Raises NotFound."""
    estimate: Estimate = found(session, estimate_id)
    portal = portal_of(session)
    day = today_in(portal)
    state = estimate_state(estimate_facts(session, estimate), day)
    lines = lines_in(session, ESTIMATE, estimate_id)
    seen = fingerprint(estimate, lines)
    decision = dict(estimate.decision)
    wanted = option_ids if state in OPEN else None
    document = estimate_document(session, estimate_id, wanted)
    return Offer(
        link_id=link_id,
        estimate_id=estimate_id,
        document=document,
        state=state,
        seen=seen,
        options=frozenset(line.id for line in document.lines if line.optional and line.counted),
        today=day,
        zone=ZoneInfo(portal.time_zone),
        name=decision.get("name", ""),
        by_hand=bool(decision.get("by_hand")),
        reason=decision.get("reason", ""),
    )
