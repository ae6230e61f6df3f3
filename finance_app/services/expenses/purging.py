"""Receipts that were taken away leave the disk, once nobody can want them back.

First the rows go, in a transaction; then, after it, the contents that no row names any more. A content that
somebody brings again meanwhile is new on the disk and stays.
"""

import time
from collections.abc import Iterable
from datetime import datetime, timedelta

from sqlalchemy import String, cast, delete, exists, or_, select
from sqlmodel import Session, col

from finance_app.models import Expense, ExpenseReceipt, StoredFile
from finance_app.services import files

KEPT = timedelta(days=30)
AT_ONCE = 200
_SETTLED_SECONDS = 3600


def forget_removed(session: Session, now: datetime) -> list[str]:
    """Delete the rows of receipts that were removed, or whose expense was deleted, long enough ago; the
    hashes of their contents, for `let_go`."""
    rows = session.execute(
        select(ExpenseReceipt, StoredFile)
        .join(StoredFile, col(StoredFile.id) == col(ExpenseReceipt.file_id))
        .outerjoin(Expense, col(Expense.id) == col(ExpenseReceipt.expense_id))
        .where(or_(col(ExpenseReceipt.removed_at) < now - KEPT, col(Expense.deleted_at) < now - KEPT))
        .order_by(col(ExpenseReceipt.id))
        .limit(AT_ONCE)
    ).all()
    hashes = {stored.sha256 for _, stored in rows} | {page for receipt, _ in rows for page in receipt.pages}
    session.execute(delete(ExpenseReceipt).where(col(ExpenseReceipt.id).in_([row[0].id for row in rows])))
    still = exists().where(col(ExpenseReceipt.file_id) == col(StoredFile.id))
    session.execute(delete(StoredFile).where(col(StoredFile.id).in_([row[1].id for row in rows]), ~still))
    return sorted(hashes)


def let_go(session: Session, hashes: Iterable[str]) -> int:
    """Delete the contents that no row names; how many. Called after the rows are gone for good."""
    gone = 0
    for sha256 in hashes:
        path = files.path_of(sha256)
        if _named(session, sha256) or not path.is_file():
            continue
        if time.time() - path.stat().st_mtime < _SETTLED_SECONDS:
            continue
        path.unlink(missing_ok=True)
        gone += 1
    return gone


def _named(session: Session, sha256: str) -> bool:
    as_file = exists().where(col(StoredFile.sha256) == sha256)
    as_page = exists().where(cast(col(ExpenseReceipt.pages), String).like(f"%{sha256}%"))
    return bool(session.execute(select(or_(as_file, as_page))).scalar_one())
