"""Exact column types and the few columns that every table repeats."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, BigInteger, Date, DateTime, String, TypeDecorator
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

RATE_DECIMALS = 6
EXCHANGE_DECIMALS = 10


class ScaledDecimal(TypeDecorator[Decimal]):
    """A Decimal kept as a whole number of its smallest unit, so that SQL adds and multiplies it exactly on
    every database. A value with more decimals than the column holds raises ValueError."""

    impl = BigInteger
    cache_ok = True

    def __init__(self, decimals: int = RATE_DECIMALS):
        super().__init__()
        self.decimals = decimals

    def process_bind_param(self, value: Decimal | None, _dialect: Any) -> int | None:
        if value is None:
            return None
        scaled = Decimal(value).scaleb(self.decimals)
        if scaled != scaled.to_integral_value():
            raise ValueError(f"{value} has more than {self.decimals} decimals")
        return int(scaled)

    def process_result_value(self, value: int | None, _dialect: Any) -> Decimal | None:
        if value is None:
            return None
        exact = Decimal(value).scaleb(-self.decimals)
        return exact.quantize(Decimal(1)) if exact == exact.to_integral_value() else exact.normalize()


class TextEnum(TypeDecorator[StrEnum]):
    """A StrEnum stored by its value, so that the rows stay readable and a new member needs no migration."""

    impl = String
    cache_ok = True

    def __init__(self, kind: type[StrEnum]):
        super().__init__(length=40)
        self.kind = kind

    def process_bind_param(self, value: Any, _dialect: Any) -> str | None:
        return None if value is None else self.kind(value).value

    def process_result_value(self, value: str | None, _dialect: Any) -> StrEnum | None:
        return None if value is None else self.kind(value)


class UtcDateTime(TypeDecorator[datetime]):
    """An aware moment, stored in UTC. A naive one raises ValueError."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, _dialect: Any) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a moment needs its time zone")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, _dialect: Any) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


Json = JSON().with_variant(JSONB(), "postgresql")


_moment: ContextVar[datetime | None] = ContextVar("moment", default=None)


def now() -> datetime:
    """The present moment in UTC, or that of `at`."""
    return _moment.get() or datetime.now(UTC)


@contextmanager
def at(moment: datetime) -> Iterator[None]:
    """Do something as of another moment: how the demo company got a past."""
    token = _moment.set(moment)
    try:
        yield
    finally:
        _moment.reset(token)


def key() -> Any:
    return Field(default=None, primary_key=True)


def link(target: str, *, optional: bool = False, index: bool = True, **more: Any) -> Any:
    """A foreign key to `table.id`."""
    if optional:
        more.setdefault("default", None)
    return Field(foreign_key=target, nullable=optional, index=index, **more)


def string(length: int = 200, *, default: Any = "", **more: Any) -> Any:
    return Field(default=default, max_length=length, **more)


def minor(*, default: Any = 0, **more: Any) -> Any:
    """An amount of money in integer minor units."""
    return Field(default=default, sa_type=BigInteger, **more)


def rate(*, default: Any = None, **more: Any) -> Any:
    return Field(default=default, sa_type=ScaledDecimal, **more)


def exchange_rate() -> Any:
    """Base currency per unit of the document's currency."""
    return Field(default=Decimal(1), sa_type=ScaledDecimal(EXCHANGE_DECIMALS))  # type: ignore[arg-type]


def choice(kind: type[StrEnum], default: Any = None, **more: Any) -> Any:
    more.setdefault("nullable", False)
    return Field(default=default, sa_type=TextEnum(kind), **more)  # type: ignore[arg-type]


def moment(*, optional: bool = True, **more: Any) -> Any:
    if not optional:
        more.setdefault("default_factory", now)
        return Field(sa_type=UtcDateTime, nullable=False, **more)
    return Field(default=None, sa_type=UtcDateTime, nullable=True, **more)


def calendar_day(*, optional: bool = False, **more: Any) -> Any:
    if optional:
        more.setdefault("default", None)
    return Field(sa_type=Date, nullable=optional, **more)


def json(default: type = dict, **more: Any) -> Any:
    return Field(default_factory=default, sa_type=Json, nullable=False, **more)


__all__ = [
    "Decimal",
    "ScaledDecimal",
    "TextEnum",
    "UtcDateTime",
    "at",
    "calendar_day",
    "choice",
    "date",
    "datetime",
    "exchange_rate",
    "json",
    "key",
    "link",
    "minor",
    "moment",
    "now",
    "rate",
    "string",
]
