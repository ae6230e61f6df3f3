"""What the wizards collect: the draft that a connection or a source holds until it comes into force.

Its secrets are encrypted in `draft_secrets`, all other answers are in `draft`; `step` is the furthest that
was reached."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, ClassVar, Self, TypeVar

from sqlmodel import Session

from finance_app.domain.errors import DomainError
from finance_app.integrations.zoho import Cause
from finance_app.models import ZohoConnection, ZohoSource, ZohoSync
from finance_app.models.columns import now
from finance_app.models.kinds import ConnectionState
from finance_app.services.accounts.identity import Actor
from finance_app.services.audit import trail as audit
from finance_app.services.zoho.connection import Secrets

Drafted = ZohoConnection | ZohoSource
SIGN_IN = "credentials"
Row = TypeVar("Row", ZohoConnection, ZohoSource)


@dataclass(frozen=True)
class Draft:
    """What a wizard knows. `answers` holds no secret; `signed_in` says whether a way in is there."""

    STEPS: ClassVar[Sequence[str]] = ()

    answers: dict[str, Any]
    step: str
    signed_in: bool
    has_secret: bool
    updating: bool

    def reached(self, step: str) -> bool:
        """Whether everything before the step is answered."""
        return self.STEPS.index(step) <= self.STEPS.index(self.step)

    @classmethod
    def of(cls, row: Drafted, sync: ZohoSync | None, **more: Any) -> Self:
        """`sync` is that of what is in force. Where Zoho refuses its sign-in, a new one comes first."""
        answers = {name: value for name, value in row.draft.items() if name != "consent"}
        refused = sync is not None and sync.stalled == Cause.SIGNED_OUT and not answers.get("renewed")
        signed_in = bool(answers.get("signed_in")) and not refused
        step = row.step or SIGN_IN
        return cls(
            answers=answers,
            step=step if signed_in or cls.STEPS.index(step) < cls.STEPS.index(SIGN_IN) else SIGN_IN,
            signed_in=signed_in,
            has_secret=bool(Secrets.opened(row.draft_secrets).client_secret),
            updating=row.state is ConnectionState.ACTIVE,
            **more,
        )


def begun(row: Row | None) -> Row:
    """Raises DomainError where no set-up was begun."""
    if row is None or not row.draft:
        raise DomainError("zoho.error.not_begun")
    return row


def answer(steps: Sequence[str], session: Session, row: Drafted, step: str, **answers: Any) -> None:
    """Keep the answers of a step; the furthest step that was reached stays within reach."""
    row.draft = {**row.draft, **answers}
    after = steps[steps.index(step) + 1]
    if steps.index(after) > steps.index(row.step or SIGN_IN):
        row.step = after
    session.add(row)
    session.flush()


def discard(session: Session, row: Drafted | None) -> None:
    """Give up what the wizard holds: a row that never was in force goes, another stays as it is."""
    if row is None:
        return
    if row.state is ConnectionState.DRAFT:
        session.delete(row)
    else:
        row.draft, row.draft_secrets, row.step = {}, "", ""
        session.add(row)
    session.flush()


@contextmanager
def coming_into_force(
    session: Session, actor: Actor, row: Drafted, kind: str, audited: Sequence[str]
) -> Iterator[bool]:
    """Within it the answers become the row's; then the draft is empty, and what changed is recorded under
    `kind`: of the fields `audited`, among which there are no secrets. Gives whether it is the first time."""
    first = row.state is not ConnectionState.ACTIVE
    before = {} if first else _told(row, audited)
    yield first
    row.state, row.draft, row.draft_secrets, row.step = ConnectionState.ACTIVE, {}, "", ""
    if first:
        row.set_up_at, row.set_up_by_id = now(), actor.user_id
    row.version += 1
    session.add(row)
    session.flush()
    after = _told(row, audited)
    changed = [name for name in audited if before.get(name) != after[name]]
    audit.record(
        session, actor, kind, row.id, "connected" if first else "changed",
        before={name: before[name] for name in changed if name in before},
        after={name: after[name] for name in changed},
    )  # fmt: skip


def _told(row: Drafted, names: Sequence[str]) -> dict[str, object]:
    found = {name: getattr(row, name) for name in names}
    return {
        name: value if isinstance(value, bool) or value is None else str(value)
        for name, value in found.items()
    }
