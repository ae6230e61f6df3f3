"""Who has a time log: its live claim. Made with the invoice, given back when a line or an invoice goes."""

from collections.abc import Sequence
from decimal import Decimal
from typing import cast

from sqlalchemy import ColumnElement, CursorResult, insert, literal, select, update
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col

from finance_app.domain.errors import DomainError
from finance_app.domain.grouping import LogLine
from finance_app.domain.money import spread
from finance_app.models import TimeClaim, TimeLog
from finance_app.models.columns import UtcDateTime, now
from finance_app.services.invoicing.charges import LineIds


def claim(session: Session, invoice_id: int, lines: Sequence[tuple[int, LogLine]]) -> None:
    """Put the logs of each line on it, all or none.

    Raises DomainError where another invoice has taken one of them; then the transaction must not be kept.
    """
    rows = [row for line_id, line in lines for row in _rows(invoice_id, line_id, line)]
    if not rows:
        return
    try:
        session.connection().execute(insert(TimeClaim), rows)
    except IntegrityError:
        raise DomainError("invoicing.error.taken") from None
    mine = (
        select(col(TimeClaim.invoice_line_id))
        .where(
            col(TimeClaim.time_log_id) == col(TimeLog.id),
            col(TimeClaim.invoice_id) == invoice_id,
            col(TimeClaim.released_at).is_(None),
        )
        .correlate(TimeLog)
    )
    taken = session.execute(
        update(TimeLog)
        .where(
            col(TimeLog.id).in_(
                select(col(TimeClaim.time_log_id)).where(
                    col(TimeClaim.invoice_id) == invoice_id, col(TimeClaim.released_at).is_(None)
                )
            ),
            col(TimeLog.invoice_line_id).is_(None),
        )
        .values(invoice_line_id=mine.scalar_subquery(), version=col(TimeLog.version) + 1)
        .execution_options(synchronize_session=False)
    )
    if cast(CursorResult, taken).rowcount != len(rows):
        raise DomainError("invoicing.error.taken")


def _rows(invoice_id: int, line_id: int, line: LogLine) -> list[dict]:
    """The claims of a line. Its billed seconds are spread over its logs by their tracked time."""
    billed = spread(line.billed_seconds, [log.seconds for log in line.logs])
    at = now()
    return [
        {
            "time_log_id": log.id,
            "invoice_id": invoice_id,
            "invoice_line_id": line_id,
            "tracked_seconds": log.seconds,
            "billed_seconds": seconds,
            "bill_rate": Decimal(line.rate),
            "claimed_at": at,
            "released_because": "",
        }
        for log, seconds in zip(line.logs, billed, strict=True)
    ]


def mark(session: Session, invoice_id: int, line_id: int, logs: Sequence[ColumnElement], count: int) -> None:
    """Put time along with a line that is not priced by the hour: it is billed, and earns nothing by itself.

    `logs` are the conditions of it and `count` how many there must be. Raises DomainError where time was
    taken meanwhile.
    """
    claimed = select(
        col(TimeLog.id),
        literal(invoice_id),
        literal(line_id),
        col(TimeLog.seconds),
        col(TimeLog.seconds),
        literal(0),
        literal(now(), UtcDateTime),
        literal(""),
    ).where(*logs)
    names = ("time_log_id", "invoice_id", "invoice_line_id", "tracked_seconds", "billed_seconds")
    try:
        session.execute(
            insert(TimeClaim).from_select(
                [*names, "bill_rate", "claimed_at", "released_because"], claimed, include_defaults=False
            )
        )
    except IntegrityError:
        raise DomainError("invoicing.error.taken") from None
    taken = session.execute(
        update(TimeLog)
        .where(
            col(TimeLog.id).in_(
                select(col(TimeClaim.time_log_id)).where(
                    col(TimeClaim.invoice_line_id) == line_id, col(TimeClaim.released_at).is_(None)
                )
            ),
            col(TimeLog.invoice_line_id).is_(None),
        )
        .values(invoice_line_id=line_id, version=col(TimeLog.version) + 1)
        .execution_options(synchronize_session=False)
    )
    if cast(CursorResult, taken).rowcount != count:
        raise DomainError("invoicing.error.taken")


def release_lines(session: Session, line_ids: LineIds, because: str) -> int:
    """Give the logs of invoice lines back; how many. Their claims stay as history."""
    session.flush()
    wanted = col(TimeClaim.invoice_line_id).in_(line_ids)
    session.execute(
        update(TimeClaim)
        .where(wanted, col(TimeClaim.released_at).is_(None))
        .values(released_at=now(), released_because=because)
        .execution_options(synchronize_session=False)
    )
    freed = session.execute(
        update(TimeLog)
        .where(col(TimeLog.invoice_line_id).in_(line_ids))
        .values(invoice_line_id=None, version=col(TimeLog.version) + 1)
        .execution_options(synchronize_session=False)
    )
    session.expire_all()
    return cast(CursorResult, freed).rowcount
