"""What is sent after a record because Zoho keeps it apart: applied credits, receipts, staff with rates.

Each looks at what is there first, so that a repetition adds nothing."""

from collections.abc import Awaitable, Callable
from decimal import Decimal
from pathlib import PurePath
from typing import Any

from sqlalchemy import Engine

from finance_app import db
from finance_app.integrations.zoho import Books, Cause, ZohoError
from finance_app.models import StoredFile
from finance_app.services import files
from finance_app.services.zoho.sync.wanted import Unfit

EXTENSIONS = {"application/pdf": ".pdf", "image/jpeg": ".jpg", "image/png": ".png"}
Step = Callable[[Books, Engine | None, str, tuple[Any, ...]], Awaitable[None]]


async def credits(books: Books, _engine: Engine | None, note: str, wanted: tuple[Any, ...]) -> None:
    """Apply a credit note to its invoices, and take back what is not applied any more."""
    answer = await books.call("GET", f"/creditnotes/{note}/invoices")
    there = answer.get("invoices_credited") or []
    missing = dict(wanted)
    for each in there:
        invoice = str(each.get("invoice_id"))
        amount = each.get("credited_amount", each.get("amount_applied"))
        if invoice in missing and Decimal(str(amount)) == missing[invoice]:
            del missing[invoice]
            continue
        await _without(books, f"/creditnotes/{note}/invoices/{each['creditnote_invoice_id']}")
    if missing:
        parts = [{"invoice_id": invoice, "amount_applied": amount} for invoice, amount in missing.items()]
        await books.call("POST", f"/creditnotes/{note}/invoices", {"invoices": parts})


async def _without(books: Books, path: str) -> None:
    try:
        await books.call("DELETE", path)
    except ZohoError as error:
        if error.cause is not Cause.MISSING:
            raise


async def receipt(books: Books, engine: Engine | None, expense: str, wanted: tuple[Any, ...]) -> None:
    """Zoho keeps one receipt an expense: the newest. Another one replaces it. Zoho tells the kind of a file
    by its name, which may be that of the photo that it was made from."""
    if not wanted:
        return
    if not wanted[0]:
        await _without(books, f"/expenses/{expense}/receipt")
        return
    with db.reading(engine) as session:
        stored = session.get_one(StoredFile, wanted[0])
        kind = stored.media_type
        name = PurePath(stored.name).stem + EXTENSIONS.get(kind, PurePath(stored.name).suffix)
        content = files.content(stored).read_bytes()
    await books.attach_receipt(expense, name, content, kind)


async def staff(books: Books, _engine: Engine | None, _id: str, wanted: tuple[Any, ...]) -> None:
    """The people of a project with the rate of each."""
    project, *people = wanted
    answer = await books.call("GET", f"/projects/{project}/users")
    there = {str(each.get("user_id")): each for each in answer.get("users") or []}
    new = [{"user_id": user, "rate": rate} for user, rate in people if user not in there]
    if new:
        await books.call("POST", f"/projects/{project}/users", {"users": new})
    for user, rate in people:
        if user in there and Decimal(str(there[user].get("rate") or 0)) != rate:
            await books.call("PUT", f"/projects/{project}/users/{user}", {"user_id": user, "rate": rate})


async def write_off(books: Books, _engine: Engine | None, _id: str, wanted: tuple[Any, ...]) -> None:
    """Zoho gives up the whole of what is left of an invoice, or none of it."""
    invoice, amount, left = wanted
    there = (await books.call("GET", f"/invoices/{invoice}")).get("invoice") or {}
    given_up = Decimal(str(there.get("write_off_amount") or 0))
    if given_up == amount:
        return
    if given_up:
        await books.call("POST", f"/invoices/{invoice}/writeoff/cancel")
    if not amount:
        return
    balance = Decimal(str(there.get("balance") or 0)) + given_up
    if balance != amount:
        raise Unfit("part_written_off", amount=amount, balance=balance, left=left)
    await books.call("POST", f"/invoices/{invoice}/writeoff")


STEPS: dict[str, Step] = {"credits": credits, "receipt": receipt, "staff": staff, "write_off": write_off}
