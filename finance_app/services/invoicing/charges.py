"""The door through which anything that can be billed comes onto an invoice, beside tracked time.

To add a kind of charge (expenses, say):

1. Write a module with a class that has the shape of `Charge`. What was chosen of it, its *wish*, stands in
   `Scope.charges[name]` and is JSON, so that the wizard can be resumed and a draft be grouped anew.
2. Keep in a table who has what: a claim made with the line, released with the line (`released_at`), never
   two live ones for one thing. See `price_claims` or `claims` (time).
3. Add an instance to `ALL` in `charging.py`. Drafting, regrouping, editing, deleting, voiding and crediting
   then call it; nothing else needs to know of it.
4. In the wizard: show what can be chosen in `pages/billing/scope.py`, and keep the choice in the address by a
   reader and a writer in `states/billing/choices.py`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any, Protocol

from sqlalchemy import Select
from sqlmodel import Session

from finance_app.domain.errors import DomainError
from finance_app.models import Client, Invoice, InvoiceLine, Project
from finance_app.models.kinds import LineKind
from finance_app.services.accounts.identity import Actor
from finance_app.services.invoicing.scope import Scope

TIME = "time"

LineIds = Sequence[int] | Select[tuple[int]]
"""Ids of invoice lines, or the query that gives them: an invoice may have tens of thousands."""


@dataclass(frozen=True)
class DraftLine:
    """A line as it would stand on the invoice; money in minor units of the invoice's currency.

    `charge` is the name of the charge that made it, `source` whatever that charge needs to claim it. `taxes`
    None means those of any new line of the client. `marked_*` is time that the line marks as billed. With a
    `problem` the line is only shown: a draft is not made before it is solved.
    """

    charge: str
    kind: LineKind
    name: str
    description: str
    quantity: Decimal
    unit: str
    unit_price: Decimal
    amount_minor: int
    project_id: int | None = None
    task_id: int | None = None
    user_id: int | None = None
    milestone_id: int | None = None
    logs: int = 0
    tracked_seconds: int | None = None
    billed_seconds: int | None = None
    marked_logs: int = 0
    marked_seconds: int = 0
    date_from: date | None = None
    date_to: date | None = None
    taxes: Sequence[Mapping[str, Any]] | None = None
    source: Any = None
    problem: DomainError | None = None


@dataclass(frozen=True)
class Bill:
    """The invoice to be: whom it goes to, in which currency, over which projects (by id) of that client.

    `draft_id` is the draft that is grouped anew: what it holds counts as free.
    """

    scope: Scope
    client: Client
    currency: str
    projects: Mapping[int, Project]
    draft_id: int | None = None


class Charge(Protocol):
    """A kind of charge. The caller holds the invoice's lock, checks the right, and commits."""

    name: str
    """Under which `Scope.charges` holds what is chosen."""
    kinds: frozenset[LineKind]
    """The kinds of its lines; no other charge has them."""

    def project_ids(self, session: Session, wish: Any) -> set[int]:
        """The projects that the wish concerns: all of a bill must be of one client and currency."""
        ...

    def lines(self, session: Session, bill: Bill, wish: Any, *, lock: bool) -> list[DraftLine]:
        """The lines that the wish makes, in an order that depends on nothing else.

        With `lock` their sources stay as they are until the commit: rows are locked parents first, by id.
        What cannot be met is a line with its problem. Raises NotFound where the wish is not one, and
        DomainError where it is refused as a whole.
        """
        ...

    def claim(
        self, session: Session, actor: Actor, invoice: Invoice, lines: Sequence[tuple[InvoiceLine, DraftLine]]
    ) -> None:
        """Take the sources of these lines, all or none. Raises DomainError where somebody else has one."""
        ...

    def release(self, session: Session, actor: Actor, line_ids: LineIds, because: str) -> None:
        """Give back what these lines hold, of this charge; other lines are passed over."""
        ...

    def edited(
        self, session: Session, actor: Actor, invoice: Invoice, line: InvoiceLine, *, confirmed: bool
    ) -> None:
        """A line of these kinds was changed by hand: follow it, or refuse by DomainError.

        `confirmed` says that the person knows what `DomainError` told before.
        """
        ...

    def credited(self, session: Session, actor: Actor, line: InvoiceLine, part: Fraction) -> None:
        """All live credit notes of the line together give `part` of it (0 to 1) back to be billed again.

        Called again when a credit note is taken back: `part` is then smaller.
        """
        ...
