"""Receipts: kept under the hash of their content, shown to those who may see their expense."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import func, select
from sqlmodel import Session, col

from finance_app.documents.receipt import ReceiptError, merged, prepare
from finance_app.domain.errors import DomainError, NotFound
from finance_app.domain.permissions import Permission
from finance_app.models import Expense, ExpenseReceipt, InvoiceLine, StoredFile
from finance_app.models.columns import now
from finance_app.services import files
from finance_app.services.accounts.identity import Actor
from finance_app.services.audit import trail as audit
from finance_app.services.document_rights import check_readable
from finance_app.services.expenses.access import KIND, editable, of_all

LIMIT = 10 * files.MEGABYTE
MAIL_LIMIT = 15 * files.MEGABYTE
MOST = 20
MOST_WAITING = 20
PURPOSE = "receipt"


@dataclass(frozen=True)
class Kept:
    """A receipt whose content lies in the data folder."""

    sha256: str
    size: int
    media_type: str
    extension: str
    pages: list[str]


def keep(incoming: files.Incoming) -> Kept:
    """Recognise a file by its content and keep what we make of it. Raises DomainError that says why not."""
    try:
        made = prepare(incoming.finish())
    except ReceiptError as fault:
        raise DomainError(f"expense.receipt_error.{fault.code}") from fault
    if made.content is None:
        sha256, size = incoming.keep(), incoming.size
    else:
        sha256, size = _store(made.content), len(made.content)
    pages = [_store(page) for page in made.pages] or [sha256]
    return Kept(sha256, size, made.media_type, made.extension, pages)


def _store(content: bytes) -> str:
    with files.Incoming(4 * LIMIT) as made:
        made.write(content)
        return made.keep()


def add(session: Session, actor: Actor, kept: Kept, *, name: str, expense_id: int | None) -> ExpenseReceipt:
    """The receipt on an expense, or waiting for one. Raises NotFound, or DomainError where there are many."""
    actor.require_somewhere(Permission.EXPENSES_EDIT)
    if expense_id is not None:
        _changeable(session, actor, expense_id)
    limit, count = (
        (MOST, len(of_expense(session, expense_id)))
        if expense_id is not None
        else (MOST_WAITING, len(waiting(session, actor)))
    )
    if count >= limit:
        raise DomainError("expense.receipt_error.too_many", n=limit)
    stored = files.record(
        session, actor, kept.sha256, name=_name(name, kept.extension), media_type=kept.media_type,
        size=kept.size, purpose=PURPOSE,
    )  # fmt: skip
    receipt = ExpenseReceipt(
        expense_id=expense_id, owner_id=actor.user_id, file_id=stored.id or 0, pages=kept.pages
    )
    session.add(receipt)
    session.flush()
    if expense_id is not None:
        audit.record(session, actor, KIND, expense_id, "receipt_added", name=stored.name)
    return receipt


def _name(name: str, extension: str) -> str:
    """The name without folders, with the ending of what the file is now."""
    base = name.replace("\\", "/").rpartition("/")[2].strip() or "receipt"
    stem = base.rpartition(".")[0] or base
    return f"{stem[:200]}.{extension}"


def _changeable(session: Session, actor: Actor, expense_id: int) -> Expense:
    """An expense whose receipts the actor may add to, which late ones need even when it is locked."""
    expense = session.get(Expense, expense_id)
    if expense is None or expense.deleted_at is not None:
        raise NotFound
    if not of_all(actor, expense, Permission.EXPENSES_EDIT_ALL):
        raise NotFound
    return expense


def attach(session: Session, actor: Actor, receipt_ids: Sequence[int], expense: Expense) -> None:
    """Put receipts of the actor that wait on an expense; one that is taken meanwhile stays where it is."""
    if not receipt_ids:
        return
    found = session.execute(
        select(ExpenseReceipt).where(
            col(ExpenseReceipt.id).in_(receipt_ids[:MOST]),
            col(ExpenseReceipt.owner_id) == actor.user_id,
            col(ExpenseReceipt.expense_id).is_(None),
            col(ExpenseReceipt.removed_at).is_(None),
        )
    ).scalars()
    for receipt in found.all():
        receipt.expense_id = expense.id
        session.add(receipt)
    session.flush()


def remove(session: Session, actor: Actor, receipt_id: int) -> None:
    """Take a receipt away. Raises NotFound, or DomainError where its expense is invoiced, paid or approved:
    then it is evidence."""
    actor.require_somewhere(Permission.EXPENSES_EDIT)
    receipt = visible(session, actor, receipt_id)
    if receipt.expense_id is not None:
        editable(session, actor, receipt.expense_id)
        stored = session.get_one(StoredFile, receipt.file_id)
        audit.record(session, actor, KIND, receipt.expense_id, "receipt_removed", name=stored.name)
    receipt.removed_at = now()
    session.add(receipt)
    session.flush()


def bring_back(session: Session, actor: Actor, receipt_id: int) -> None:
    """Undo `remove`."""
    actor.require_somewhere(Permission.EXPENSES_EDIT)
    receipt = visible(session, actor, receipt_id, removed=True)
    if receipt.removed_at is None:
        return
    if receipt.expense_id is not None:
        _changeable(session, actor, receipt.expense_id)
        stored = session.get_one(StoredFile, receipt.file_id)
        audit.record(session, actor, KIND, receipt.expense_id, "receipt_added", name=stored.name)
    receipt.removed_at = None
    session.add(receipt)
    session.flush()


def visible(session: Session, actor: Actor, receipt_id: int, *, removed: bool = False) -> ExpenseReceipt:
    """A receipt that the actor may see: of their own expense or upload, or of any with the right. Raises
    NotFound."""
    actor.require_somewhere(Permission.EXPENSES_VIEW)
    receipt = session.get(ExpenseReceipt, receipt_id)
    if receipt is None or (receipt.removed_at is not None and not removed):
        raise NotFound
    expense = session.get(Expense, receipt.expense_id) if receipt.expense_id else None
    if expense is None:
        if receipt.owner_id != actor.user_id:
            raise NotFound
        return receipt
    if not of_all(actor, expense):
        raise NotFound
    return receipt


def of_expense(session: Session, expense_id: int) -> list[tuple[ExpenseReceipt, StoredFile]]:
    return _with_files(session, col(ExpenseReceipt.expense_id) == expense_id)


def waiting(session: Session, actor: Actor) -> list[tuple[ExpenseReceipt, StoredFile]]:
    """The actor's receipts that no expense has yet."""
    return _with_files(
        session, col(ExpenseReceipt.expense_id).is_(None), col(ExpenseReceipt.owner_id) == actor.user_id
    )


def _with_files(session: Session, *where) -> list[tuple[ExpenseReceipt, StoredFile]]:
    rows = session.execute(
        select(ExpenseReceipt, StoredFile)
        .join(StoredFile, col(StoredFile.id) == col(ExpenseReceipt.file_id))
        .where(*where, col(ExpenseReceipt.removed_at).is_(None))
        .order_by(col(ExpenseReceipt.id))
    ).all()
    return [(row[0], row[1]) for row in rows]


def content(
    session: Session, actor: Actor, receipt_id: int, page: int | None = None
) -> tuple[Path, str, str]:
    """The file of a receipt, or the picture of one of its pages from 1: path, media type, name."""
    receipt = visible(session, actor, receipt_id)
    stored = session.get_one(StoredFile, receipt.file_id)
    if page is None:
        return files.content(stored), stored.media_type, stored.name
    if not 1 <= page <= len(receipt.pages):
        raise NotFound
    path = files.path_of(receipt.pages[page - 1])
    if not path.is_file():
        raise DomainError("file.error.gone", name=stored.name)
    return path, _picture_type(path), stored.name


def _picture_type(path: Path) -> str:
    with path.open("rb") as file:
        return "image/png" if file.read(4) == b"\x89PNG" else "image/jpeg"


def of_invoice(session: Session, actor: Actor, invoice_id: int) -> list[tuple[str, Path]]:
    """The receipts of the expenses on an invoice, in the order of its lines: media type and file."""
    check_readable(session, actor, "invoice", invoice_id)
    return [(stored.media_type, files.content(stored)) for stored in files_of_invoice(session, invoice_id)]


def files_of_invoice(session: Session, invoice_id: int) -> list[StoredFile]:
    """The receipts of the expenses on an invoice, in the order of its lines."""
    rows = session.execute(
        select(StoredFile)
        .join(ExpenseReceipt, col(ExpenseReceipt.file_id) == col(StoredFile.id))
        .join(Expense, col(Expense.id) == col(ExpenseReceipt.expense_id))
        .join(InvoiceLine, col(InvoiceLine.id) == col(Expense.invoice_line_id))
        .where(col(InvoiceLine.invoice_id) == invoice_id, col(ExpenseReceipt.removed_at).is_(None))
        .order_by(col(InvoiceLine.position), col(ExpenseReceipt.id))
    ).scalars()
    return list(rows.all())


def to_send(session: Session, invoice_id: int, how: str) -> str:
    """How receipts go with an e-mail: `append`, `attach`, or empty where there are none. Raises DomainError
    for what no mail server takes."""
    if how not in ("append", "attach"):
        return ""
    found = files_of_invoice(session, invoice_id)
    size = sum(stored.size for stored in found)
    if size > MAIL_LIMIT:
        raise DomainError(
            "expense.error.receipts_too_large",
            field="receipts",
            size=-(-size // files.MEGABYTE),
            limit=MAIL_LIMIT // files.MEGABYTE,
        )
    return how if found else ""


def behind(pdf: bytes, found: Sequence[tuple[str, Path]]) -> bytes:
    """A PDF with receipts as its last pages. Raises DomainError."""
    try:
        return merged(pdf, list(found)) if found else pdf
    except ReceiptError as fault:
        raise DomainError(f"expense.receipt_error.{fault.code}") from fault


def counts():
    """A subquery: live receipts of each expense."""
    return (
        select(col(ExpenseReceipt.expense_id), func.count().label("receipts"))
        .where(col(ExpenseReceipt.removed_at).is_(None), col(ExpenseReceipt.expense_id).is_not(None))
        .group_by(col(ExpenseReceipt.expense_id))
        .subquery()
    )
