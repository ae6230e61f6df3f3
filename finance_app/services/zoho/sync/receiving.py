"""What was made at Zoho becomes ours: payments, and invoices under the number that Zoho gave them.

The rule where both sides changed: Marge is the source of what was made here, so a change at Zoho is reported
and overwritten on request; what was made at Zoho follows Zoho."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from sqlmodel import Session, col, select

from finance_app.domain.errors import DomainError
from finance_app.domain.money import to_decimal, to_minor
from finance_app.domain.permissions import Permission
from finance_app.domain.tax import PriceMode
from finance_app.i18n.catalogue import t
from finance_app.models import (
    Client,
    CreditNote,
    Estimate,
    Invoice,
    InvoiceLine,
    Payment,
    Portal,
    SalesOrder,
    TimeLog,
    ZohoLink,
    ZohoSync,
)
from finance_app.models.columns import now
from finance_app.models.kinds import LineKind, PaymentMethod, TaxRounding
from finance_app.services.accounts.identity import Actor
from finance_app.services.invoicing import claims, drafts, issuing, totals
from finance_app.services.invoicing.drafts import DraftHead
from finance_app.services.payments import recording
from finance_app.services.payments.recording import Received
from finance_app.services.zoho.sync import queue
from finance_app.services.zoho.sync.bodies import RECIPES
from finance_app.services.zoho.sync.bodies.settlements import METHODS, payment_mark
from finance_app.services.zoho.sync.look import Look
from finance_app.services.zoho.sync.modules import Module
from finance_app.services.zoho.sync.wanted import Unfit, Wanted

Raw = Mapping[str, Any]
ZOHO = Actor(
    user_id=0,
    name="Zoho",
    email="",
    profile="",
    locale="en",
    theme="system",
    time_zone="UTC",
    permissions=frozenset(Permission),
)
"""Who acts where nobody here did."""
_DOCUMENTS = {
    Module.INVOICE: Invoice,
    Module.CREDIT_NOTE: CreditNote,
    Module.ESTIMATE: Estimate,
    Module.SALES_ORDER: SalesOrder,
}


def known(session: Session, sync_id: int, module: Module, remote_id: str) -> ZohoLink | None:
    return session.exec(
        select(ZohoLink).where(
            ZohoLink.sync_id == sync_id, ZohoLink.module == module, ZohoLink.remote_id == remote_id
        )
    ).first()


def is_ours(session: Session, module: Module, raw: Raw, number_field: str) -> bool:
    """Whether a record that is not linked was sent from here and its answer is still awaited."""
    if module is Module.PAYMENT:
        return str(raw.get("reference_number", "")).rpartition(" ")[2].startswith("[M-P")
    model = _DOCUMENTS[module]
    number = str(raw.get(number_field) or "")
    return session.exec(select(model.id).where(model.number == number)).first() is not None


def differs(session: Session, module: Module, link: ZohoLink, raw: Raw) -> bool:
    """Whether a linked record says something else at Zoho than here, apart from what is on its way."""
    if not link.fingerprint or queue.is_on_its_way(session, module, link.local_id):
        return False
    if module is Module.PAYMENT:
        payment = session.get(Payment, link.local_id)
        if payment is None or payment.deleted_at:
            return False
        charges = Decimal(str(raw.get("bank_charges") or 0))
        return Decimal(str(raw["amount"])) - charges != to_decimal(payment.amount_minor, payment.currency)
    document = session.get(_DOCUMENTS[module], link.local_id)
    if document is None:
        return False
    if (raw.get("status") == "void") and document.voided_at is None:
        return True
    return Decimal(str(raw["total"])) != to_decimal(document.total_minor, document.currency)


def client_of(session: Session, sync_id: int, raw: Raw) -> int:
    """Our client of a contact. Raises Unfit where there is none."""
    link = known(session, sync_id, Module.CONTACT, str(raw.get("customer_id")))
    if link is None or session.get(Client, link.local_id) is None:
        raise Unfit("unknown_client", name=raw.get("customer_name") or raw.get("customer_id"))
    return link.local_id


def payment(session: Session, sync: ZohoSync, raw: Raw) -> Payment:
    """Record a payment that was entered at Zoho, once. Raises Unfit."""
    sync_id, remote_id = sync.id or 0, str(raw["payment_id"])
    link = known(session, sync_id, Module.PAYMENT, remote_id)
    if link is not None:
        recording.delete(session, ZOHO, link.local_id, "Zoho")
        session.delete(link)
        session.flush()
    client_id = client_of(session, sync_id, raw)
    currency = str(raw.get("currency_code") or session.get_one(Client, client_id).currency)
    charges = to_minor(Decimal(str(raw.get("bank_charges") or 0)), currency)
    shares: dict[int, int] = {}
    for part in raw.get("invoices") or ():
        invoice = known(session, sync_id, Module.INVOICE, str(part.get("invoice_id")))
        if invoice is not None:
            amount = Decimal(str(part.get("amount_applied") or part.get("applied_amount") or 0))
            shares[invoice.local_id] = to_minor(amount, currency)
    received = Received(
        client_id,
        date.fromisoformat(str(raw["date"])[:10]),
        currency,
        to_minor(Decimal(str(raw["amount"])), currency) - charges,
        f"zoho:{sync_id}:{remote_id}:{raw.get('last_modified_time', '')}"[:64],
        method=METHODS.get(str(raw.get("payment_mode")), PaymentMethod.OTHER),
        reference=str(raw.get("reference_number") or "")[:100],
        notes=str(raw.get("description") or "")[:1000],
        bank_charges_minor=charges,
        exchange_rate=_rate(session, currency, raw),
        allocations=shares,
    )
    try:
        made = recording.record(session, ZOHO, received)
    except DomainError as error:
        raise Unfit("not_taken", why=_why(session, error)) from error
    _link(session, sync, Module.PAYMENT, made.id or 0, remote_id, payment_mark(made.id or 0), raw)
    return made


def _why(session: Session, error: DomainError) -> str:
    portal = session.exec(select(Portal)).first()
    return t(portal.locale if portal else "en", error.code, **error.params)


def _rate(session: Session, currency: str, raw: Raw) -> Decimal | None:
    portal = session.exec(select(Portal)).first()
    rate = Decimal(str(raw.get("exchange_rate") or 0))
    return None if not rate or (portal and portal.base_currency == currency) else rate


def invoice(session: Session, sync: ZohoSync, raw: Raw) -> Invoice:
    """Take over an invoice that was made and sent at Zoho, with the time that it bills. Raises Unfit where it
    cannot be the same here, to the cent."""
    sync_id = sync.id or 0
    number = str(raw["invoice_number"])
    client = session.get_one(Client, client_of(session, sync_id, raw))
    day = date.fromisoformat(str(raw["date"])[:10])
    due = date.fromisoformat(str(raw.get("due_date") or raw["date"])[:10])
    currency = str(raw.get("currency_code") or client.currency)
    head = DraftHead(
        day,
        max(due, day),
        reference=str(raw.get("reference_number") or "")[:100],
        notes=str(raw.get("notes") or "")[:5000],
        exchange_rate=_rate(session, currency, raw),
    )
    try:
        made = drafts.begin(session, ZOHO, client, currency, head)
        made.title = number
        made.price_mode = PriceMode.INCLUSIVE if raw.get("is_inclusive_tax") else PriceMode.EXCLUSIVE
        made.tax_rounding = TaxRounding.PER_RATE
        lines = [_line(session, sync_id, made, place, each) for place, each in enumerate(raw["line_items"])]
        session.add_all(lines)
        session.flush()
        totals.compute(made, lines)
        theirs = Decimal(str(raw["total"]))
        if to_decimal(made.total_minor, currency) != theirs:
            raise Unfit("total_differs", ours=to_decimal(made.total_minor, currency), theirs=theirs)
        for line, each in zip(lines, raw["line_items"], strict=True):
            _take_time(session, sync_id, made, line, each)
        issuing.issue(session, ZOHO, made.id or 0, number=number)
    except DomainError as error:
        raise Unfit("not_taken", why=_why(session, error)) from error
    _link(session, sync, Module.INVOICE, made.id or 0, str(raw["invoice_id"]), number, raw)
    return made


def _line(session: Session, sync_id: int, made: Invoice, place: int, raw: Raw) -> InvoiceLine:
    project = known(session, sync_id, Module.PROJECT, str(raw.get("project_id") or ""))
    if raw.get("discount") not in (None, "", 0, "0"):
        raise Unfit("discounted_at_zoho", number=made.title)
    taxes = []
    if raw.get("tax_id") and Decimal(str(raw.get("tax_percentage") or 0)) >= 0:
        rate = Decimal(str(raw.get("tax_percentage") or 0))
        copy = {"name": str(raw.get("tax_name")), "rate": str(rate.normalize()), "category": "S"}
        taxes.append({"id": None, "exemption_reason": "", "compound": False, **copy})
    return InvoiceLine(
        invoice_id=made.id or 0,
        position=place + 1,
        kind=LineKind.MANUAL,
        name=str(raw.get("name") or raw.get("description") or "-")[:500],
        description=str(raw.get("description") or ""),
        quantity=Decimal(str(raw.get("quantity") or 1)),
        unit_price=Decimal(str(raw.get("rate") or 0)),
        taxes=taxes,
        project_id=project.local_id if project else None,
    )


def _take_time(session: Session, sync_id: int, made: Invoice, line: InvoiceLine, raw: Raw) -> None:
    """The time that the line bills is billed here too. Raises DomainError where it was billed before."""
    entries = [str(each) for each in raw.get("time_entry_ids") or ()]
    if not entries:
        return
    logs = session.exec(
        select(ZohoLink.local_id).where(
            ZohoLink.sync_id == sync_id,
            ZohoLink.module == Module.TIME_LOG,
            col(ZohoLink.remote_id).in_(entries),
        )
    ).all()
    claims.mark(session, made.id or 0, line.id or 0, [col(TimeLog.id).in_(logs)], len(logs))


def _link(
    session: Session,
    sync: ZohoSync,
    module: Module,
    local_id: int,
    remote_id: str,
    reference: str,
    raw: Raw,
) -> None:
    """Linked as it is: what was fetched is not sent back."""
    link = ZohoLink(
        sync_id=sync.id or 0,
        module=module,
        local_id=local_id,
        remote_id=remote_id,
        reference=reference,
        made_at_zoho=True,
        attempted_at=now(),
        pushed_at=now(),
        remote_modified=str(raw.get("last_modified_time", ""))[:40],
    )
    session.add(link)
    session.flush()
    plan = RECIPES[module](Look(session, sync), local_id)
    if isinstance(plan, Wanted):
        link.fingerprint = plan.fingerprint()
    session.flush()
