"""What is sent after a record because Zoho keeps it apart: applied credits, receipts, staff with rates.

Each looks at what is there first, so that a repetition adds nothing."""

from collections.abc import Awaitable, Callable
from decimal import Decimal
from typing import Any

from sqlalchemy import Engine

from finance_app import db
from finance_app.integrations.zoho import Books, Cause, ZohoError
from finance_app.models import StoredFile
from finance_app.services import files

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
        try:
            await books.call("DELETE", f"/creditnotes/{note}/invoices/{each['creditnote_invoice_id']}")
        except ZohoError as error:
            if error.cause is not Cause.MISSING:
                raise
    if missing:
        parts = [{"invoice_id": invoice, "amount_applied": amount} for invoice, amount in missing.items()]
        await books.call("POST", f"/creditnotes/{note}/invoices", {"invoices": parts})


async def receipt(books: Books, engine: Engine | None, expense: str, wanted: tuple[Any, ...]) -> None:
    """Zoho keeps one receipt an expense: the newest. Another one replaces it."""
    if not wanted:
        return
    with db.reading(engine) as session:
        stored = session.get_one(StoredFile, wanted[0])
        name, kind = stored.name, stored.media_type
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


STEPS: dict[str, Step] = {"credits": credits, "receipt": receipt, "staff": staff}
