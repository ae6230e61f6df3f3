"""How time reads on every page: durations as they are typed, and the outcome of a move of several logs."""

from collections.abc import Mapping

from finance_app.domain.errors import DomainError
from finance_app.domain.workflow import ApprovalMove
from finance_app.i18n import t
from finance_app.services.time_tracking.approvals import Moved


def clock(seconds: int) -> str:
    """`5400` is `1:30`; odd seconds are shown, so that no time is hidden."""
    minutes, rest = divmod(seconds, 60)
    text = f"{minutes // 60}:{minutes % 60:02}"
    return f"{text}:{rest:02}" if rest else text


def told(outcome: Moved, asked: ApprovalMove, locale: str) -> tuple[str, str]:
    """What moved, and how many did not with each reason."""
    moved = t(locale, f"time.moved.{asked}", n=len(outcome.moved))
    return moved, " ".join(_reasons(outcome.refused, locale))


def _reasons(refused: Mapping[int, DomainError], locale: str) -> list[str]:
    counts: dict[str, int] = {}
    for refusal in refused.values():
        reason = t(locale, refusal.code, **refusal.params)
        counts[reason] = counts.get(reason, 0) + 1
    return [t(locale, "time.not_moved", n=n, reason=reason) for reason, n in counts.items()]
