"""The words and figures of the page of an estimate: for the client's link and for the preview."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from finance_app.api import document_page
from finance_app.documents import wording
from finance_app.documents.layout import readable
from finance_app.domain.estimates import EstimateState
from finance_app.i18n import t
from finance_app.i18n.formats import day
from finance_app.services.estimating.deciding import NAME_LIMIT, REASON_LIMIT
from finance_app.services.estimating.showing import Offer

_TONES = {
    EstimateState.DRAFT: "gray",
    EstimateState.SENT: "blue",
    EstimateState.VIEWED: "blue",
    EstimateState.ACCEPTED: "green",
    EstimateState.INVOICED: "green",
    EstimateState.DECLINED: "red",
    EstimateState.EXPIRED: "struck",
    EstimateState.SUPERSEDED: "struck",
}
_ANSWERS = {
    EstimateState.ACCEPTED: "accepted",
    EstimateState.INVOICED: "accepted",
    EstimateState.DECLINED: "declined",
}


@dataclass(frozen=True)
class Typed:
    """What the client typed before the page came back, what is wrong with it, and a remark above it."""

    name: str = ""
    agreed: bool = False
    reason: str = ""
    errors: Mapping[str, str] = field(default_factory=dict)
    notice: str = ""

    @property
    def declining(self) -> bool:
        return bool(self.reason or "reason" in self.errors)


def words(offer: Offer, *, base: str = "", logo: str = "", typed: Typed | None = None) -> dict[str, Any]:
    """What the template shows. Without `base`, the address of the link, nothing can be answered."""
    document, locale = offer.document, offer.document.locale
    typed = typed or Typed()
    errors = {"name": "", "agreed": "", "reason": "", **typed.errors}
    shown = document_page.words(
        document, offer.today, logo=logo, base=base, seen=f"{base}/seen" if base else ""
    )
    answer = _ANSWERS.get(offer.state, "")
    state = "accepted" if answer == "accepted" else offer.state.value
    if offer.state is EstimateState.VIEWED:
        state = "sent"
    total = wording.headline(document).value
    deposit = document.deposit.amount_minor if document.deposit else 0
    return shown | {
        "status": t(locale, f"estimate.page.status.{state}"),
        "tone": _TONES[offer.state],
        "brand": brand_of(document.company.accent),
        "subject": document.title or wording.full_title(document),
        "answer": answer,
        "open": offer.is_open,
        "total": total,
        "deposit": wording.amount_text(document, deposit),
        "rows": wording.totals(document),
        "until": _until(offer),
        "options": [row for row in shown["lines"] if row.line.optional],
        "option_amounts": {
            row.line.id: wording.amount_text(document, row.line.amount_minor)
            for row in shown["lines"]
            if row.line.optional
        },
        "reason": offer.reason if offer.state is EstimateState.DECLINED else "",
        "main": [row for row in shown["lines"] if not row.line.optional],
        "chosen": offer.options,
        "choice": ",".join(str(line_id) for line_id in sorted(offer.options)),
        "seen_version": offer.seen,
        "typed": typed,
        "errors": errors,
        "agree": t(locale, "estimate.page.agree", number=document.number or "", total=total),
        "thanks": t(locale, f"estimate.page.{answer}.title", name=offer.name) if answer else "",
        "thanks_text": t(locale, f"estimate.page.{answer}.text", company=document.company.name)
        if answer
        else "",
        "ask": _ask(offer),
        "limits": {"name": NAME_LIMIT, "reason": REASON_LIMIT},
    }


def brand_of(accent: str) -> str:
    """The accent, darkened until white text can be read on it."""
    channels = [round(float(part) * 255) for part in readable(accent).split()]
    return "#" + "".join(f"{channel:02x}" for channel in channels)


def _until(offer: Offer) -> str:
    document = offer.document
    if document.due_date is None or not offer.is_open:
        return ""
    left = (document.due_date - offer.today).days
    key = "today" if left == 0 else ("soon" if left <= 7 else "later")
    return t(
        document.locale,
        f"estimate.page.until.{key}",
        n=left,
        date=day(document.due_date, document.locale, "long"),
    )


def _ask(offer: Offer) -> str:
    """The address that opens an e-mail to the firm, about this estimate."""
    document = offer.document
    if not document.company.email:
        return ""
    return f"mailto:{document.company.email}?subject={quote(wording.full_title(document))}"
