from sqlmodel import SQLModel

from finance_app.models.columns import (
    Decimal,
    calendar_day,
    choice,
    date,
    datetime,
    exchange_rate,
    key,
    link,
    minor,
    moment,
    string,
)
from finance_app.models.kinds import AllocationKind, PaymentMethod


class Payment(SQLModel, table=True):
    """Money received from a client. What is neither allocated nor refunded is the client's credit."""

    id: int | None = key()
    client_id: int = link("client.id")
    paid_on: date = calendar_day(index=True)
    currency: str = string(3)
    exchange_rate: Decimal = exchange_rate()
    amount_minor: int = minor()
    method: PaymentMethod = choice(PaymentMethod, PaymentMethod.BANK_TRANSFER)
    reference: str = string(100)
    notes: str = string(1000)
    request_key: str | None = string(64, default=None, unique=True)
    created_by_id: int | None = link("user.id", optional=True, index=False)
    created_at: datetime = moment(optional=False)
    deleted_at: datetime | None = moment()
    delete_reason: str = string(500)


class Allocation(SQLModel, table=True):
    """What settles a part of an invoice: a payment, credit note, write-off, bank charges or withholding."""

    id: int | None = key()
    invoice_id: int = link("invoice.id")
    kind: AllocationKind = choice(AllocationKind, AllocationKind.PAYMENT)
    payment_id: int | None = link("payment.id", optional=True)
    credit_note_id: int | None = link("credit_note.id", optional=True)
    allocated_on: date = calendar_day()
    amount_minor: int = minor()
    note: str = string(500)
    request_key: str | None = string(64, default=None, unique=True)
    created_by_id: int | None = link("user.id", optional=True, index=False)
    created_at: datetime = moment(optional=False)
    removed_at: datetime | None = moment()
    removed_reason: str = string(500)


class Refund(SQLModel, table=True):
    """Money given back to a client, out of a payment's unused part or an open credit note."""

    id: int | None = key()
    client_id: int = link("client.id")
    payment_id: int | None = link("payment.id", optional=True)
    credit_note_id: int | None = link("credit_note.id", optional=True)
    refunded_on: date = calendar_day()
    currency: str = string(3)
    exchange_rate: Decimal = exchange_rate()
    amount_minor: int = minor()
    method: PaymentMethod = choice(PaymentMethod, PaymentMethod.BANK_TRANSFER)
    reference: str = string(100)
    request_key: str | None = string(64, default=None, unique=True)
    created_by_id: int | None = link("user.id", optional=True, index=False)
    created_at: datetime = moment(optional=False)
    removed_at: datetime | None = moment()
