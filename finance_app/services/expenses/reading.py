"""A typed expense: its texts read and checked, each fault beside its field."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import select
from sqlmodel import Session, col

from finance_app.domain.errors import DomainError, InvalidFields
from finance_app.domain.expense import DistanceUnit, MarkUp, PaidTax, Purchase, mileage
from finance_app.domain.money import MINOR_DIGITS, minor_digits, round_half_up
from finance_app.domain.permissions import Permission
from finance_app.domain.tax import PriceMode, TaxCategory
from finance_app.domain.tax import Tax as TaxRule
from finance_app.i18n.numbers import read_number
from finance_app.models import Client, Expense, ExpenseCategory, Invoice, Project, Task, Tax, User
from finance_app.models.columns import EXCHANGE_DECIMALS, RATE_DECIMALS
from finance_app.models.kinds import MarkUpKind
from finance_app.services.accounts.identity import Actor
from finance_app.services.invoicing.totals import tax_copy
from finance_app.services.portal import portal_of, today

MOST_LINES = 30
MOST_MINOR = 10**13
MOST_DAYS_AHEAD, MOST_DAYS_AGO = 366, 3660
LENGTHS = {"merchant": 200, "notes": 2000}
_LINE = re.compile(r"(?:amount|distance)_(\d{1,3})")


@dataclass(frozen=True)
class Line:
    """A line of the form: its stored values, and what the rules work on."""

    values: dict[str, Any]
    purchase: Purchase


@dataclass(frozen=True)
class Entry:
    """What a form says of an expense, checked in itself."""

    head: dict[str, Any]
    lines: list[Line]
    mark_up: MarkUp | None


class _Form:
    """The texts of a form, and the faults found in them."""

    def __init__(self, data: Mapping[str, str], locale: str) -> None:
        self.data = {name: text.strip() for name, text in data.items()}
        self.locale = locale
        self.faults: dict[str, DomainError] = {}

    def text(self, name: str) -> str:
        return self.data.get(name, "")

    def on(self, name: str) -> bool:
        return self.text(name) == "on"

    def refuse(self, name: str, code: str, **params: object) -> None:
        self.faults.setdefault(name, DomainError(code, **params))

    def number(self, name: str, decimals: int = RATE_DECIMALS) -> Decimal | None:
        """None where nothing, or nothing right, is typed."""
        text = self.text(name)
        if not text:
            return None
        try:
            found = read_number(text, self.locale)
        except ValueError:
            self.refuse(name, "expense.error.number", text=text[:40])
            return None
        if found != round(found, decimals):
            self.refuse(name, "expense.error.too_fine", n=decimals)
            return None
        if abs(found) >= 10**9:
            self.refuse(name, "expense.error.too_large")
            return None
        return found

    def amount(self, name: str, currency: str) -> int | None:
        found = self.number(name, minor_digits(currency))
        return None if found is None else int(found.scaleb(minor_digits(currency)))

    def id(self, name: str) -> int | None:
        text = self.text(name)
        return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else None


def read(
    session: Session, actor: Actor, data: Mapping[str, str], locale: str, known: Expense | None
) -> Entry:
    """Raises InvalidFields. Lines are `amount_0`, `category_id_0`, `tax_id_0`, `distance_1`... by number.

    What the actor may not choose stays as `known` has it.
    """
    form = _Form(data, locale)
    place = _place(session, actor, form, known)
    head: dict[str, Any] = {
        "user_id": _person(session, actor, form, known, place["project_id"]),
        "day": _day(form, today(session), known),
        "merchant": form.text("merchant"),
        "notes": form.text("notes"),
        "own_money": form.on("own_money"),
        "price_mode": PriceMode.INCLUSIVE if form.on("tax_included") else PriceMode.EXCLUSIVE,
        **place,
        **_money(session, form),
    }
    for name, limit in LENGTHS.items():
        if len(head[name]) > limit:
            form.refuse(name, "common.error.too_long", n=limit)
    if not actor.may(Permission.EXPENSES_EDIT, head["project_id"]):
        form.refuse("project_id", "common.error.not_allowed")
    mark_up = _charging(actor, form, head, known)
    lines = _lines(session, form, head["currency"], known)
    if form.faults:
        raise InvalidFields(form.faults)
    return Entry(head, lines, mark_up)


def _person(
    session: Session, actor: Actor, form: _Form, known: Expense | None, project_id: int | None
) -> int:
    user_id = form.id("user_id") or (known.user_id if known else actor.user_id)
    if user_id != actor.user_id and not actor.may(Permission.EXPENSES_EDIT_ALL, project_id):
        form.refuse("user_id", "common.error.not_allowed")
    person = session.get(User, user_id)
    if person is None or (person.archived_at and (known is None or known.user_id != user_id)):
        form.refuse("user_id", "expense.error.person")
    return user_id


def _day(form: _Form, now: date, known: Expense | None) -> date:
    try:
        day = date.fromisoformat(form.text("day"))
    except ValueError:
        form.refuse("day", "expense.error.day")
        return date.min
    if not 1990 <= day.year <= 2100:
        form.refuse("day", "expense.error.day")
    elif not -MOST_DAYS_AGO <= (day - now).days <= MOST_DAYS_AHEAD and (known is None or known.day != day):
        form.refuse("day", "expense.error.far_day")
    return day


def _place(session: Session, actor: Actor, form: _Form, known: Expense | None) -> dict[str, Any]:
    """Project, task and client; the client is that of the project where it has one."""
    project = session.get(Project, form.id("project_id")) if form.id("project_id") else None
    visible = actor.visible_projects()
    if project and visible is not None and project.id not in visible:
        project = project if known and known.project_id == project.id else None
    if form.text("project_id") and project is None:
        form.refuse("project_id", "expense.error.project")
    if project and project.archived_at and (known is None or known.project_id != project.id):
        form.refuse("project_id", "expense.error.project_archived", name=project.name)
    task = session.get(Task, form.id("task_id")) if form.id("task_id") else None
    if task and (project is None or task.project_id != project.id):
        form.refuse("task_id", "expense.error.task_elsewhere")
    client_id = known.client_id if known else None
    if "client_id" in form.data and actor.may(Permission.CLIENTS_VIEW):
        client_id = form.id("client_id")
        if form.text("client_id") and session.get(Client, client_id or 0) is None:
            form.refuse("client_id", "expense.error.client")
    if project is not None and project.client_id is not None:
        if client_id not in (None, project.client_id, known.client_id if known else None):
            billed_to = session.get_one(Client, project.client_id)
            form.refuse(
                "client_id", "expense.error.other_client", project=project.name, client=billed_to.name
            )
        client_id = None
    return {
        "project_id": project.id if project else None,
        "task_id": task.id if task else None,
        "client_id": client_id,
    }


def _money(session: Session, form: _Form) -> dict[str, Any]:
    base = portal_of(session).base_currency
    currency = (form.text("currency") or base).upper()
    if currency not in MINOR_DIGITS:
        form.refuse("currency", "error.money.unknown_currency", currency=currency[:20])
        return {"currency": base, "exchange_rate": Decimal(1)}
    if currency == base:
        return {"currency": currency, "exchange_rate": Decimal(1)}
    rate = form.number("exchange_rate", EXCHANGE_DECIMALS)
    if rate is None and "exchange_rate" not in form.faults:
        rate = last_rate(session, currency)
    if rate is None:
        form.refuse("exchange_rate", "expense.error.no_rate", currency=currency, base=base)
    elif rate <= 0:
        form.refuse("exchange_rate", "error.money.exchange_rate_not_positive", rate=rate)
    return {"currency": currency, "exchange_rate": rate or Decimal(1)}


def last_rate(session: Session, currency: str) -> Decimal | None:
    """Base currency per unit, as last used: on an expense, else on an invoice."""
    for kind, day in ((Expense, Expense.day), (Invoice, Invoice.issue_date)):
        found = (
            session.execute(
                select(col(kind.exchange_rate))
                .where(col(kind.currency) == currency, col(kind.exchange_rate) > 0)
                .order_by(col(day).desc(), col(kind.id).desc())
                .limit(1)
            )
            .scalars()
            .first()
        )
        if found is not None:
            return found
    return None


def _charging(actor: Actor, form: _Form, head: dict[str, Any], known: Expense | None) -> MarkUp | None:
    """Whether and how the client is charged, written on `head`. A mark-up is for who may see margins."""
    billable, disbursement = form.on("billable"), form.on("disbursement")
    if (billable or disbursement) and not (head["project_id"] or head["client_id"]):
        if disbursement:
            form.refuse("disbursement", "expense.error.no_client")
        else:
            form.refuse("billable", "expense.error.billed_to_nobody")
    kind = known.mark_up_kind if known else None
    value = known.mark_up_value if known else None
    if actor.may(Permission.RATES_VIEW, head["project_id"]) and "mark_up_value" in form.data:
        value = form.number("mark_up_value")
        kind = None
        if value:
            kind = MarkUpKind.AMOUNT if form.text("mark_up_kind") == MarkUpKind.AMOUNT else MarkUpKind.PERCENT
    if disbursement or not value:
        kind = value = None
    head |= {
        "billable": billable or disbursement,
        "disbursement": disbursement,
        "mark_up_kind": kind,
        "mark_up_value": value,
    }
    if value is not None and value < 0:
        form.refuse("mark_up_value", "expense.error.mark_up_negative")
        return None
    return mark_up_of(kind, value, head["currency"])


def mark_up_of(kind: MarkUpKind | None, value: Decimal | None, currency: str) -> MarkUp | None:
    """A stored mark-up: an amount is in whole units of the currency."""
    if kind is None or value is None:
        return None
    if kind is MarkUpKind.PERCENT:
        return MarkUp(percent=value)
    return MarkUp(amount_minor=round_half_up(value.scaleb(minor_digits(currency))))


def _lines(session: Session, form: _Form, currency: str, known: Expense | None) -> list[Line]:
    numbers = sorted({int(found[1]) for name in form.data if (found := _LINE.fullmatch(name))})
    if not numbers:
        form.refuse("amount_0", "common.error.required")
    if len(numbers) > MOST_LINES:
        form.refuse("amount_0", "expense.error.too_many_lines", n=MOST_LINES)
        return []
    found = [_line(session, form, number, currency, known is not None) for number in numbers]
    return [line for line in found if line is not None]


def _line(session: Session, form: _Form, number: int, currency: str, is_change: bool) -> Line | None:
    def name(field: str) -> str:
        return f"{field}_{number}"

    category = session.get(ExpenseCategory, form.id(name("category_id")) or 0)
    if form.text(name("category_id")) and category is None:
        form.refuse(name("category_id"), "common.error.unknown_choice")
    if category and category.archived_at and not is_change:
        form.refuse(name("category_id"), "expense.error.category_archived", name=category.name)
    description = form.text(name("description"))
    if len(description) > 500:
        form.refuse(name("description"), "common.error.too_long", n=500)
    values: dict[str, Any] = {
        "category_id": category.id if category else None,
        "description": description,
        "distance": None,
        "distance_unit": "",
        "distance_rate": None,
    }
    by_distance = bool(form.text(name("distance"))) or name("amount") not in form.data
    amount = (
        _mileage(form, name, currency, values) if by_distance else _amount(form, name("amount"), currency)
    )
    taxes = [] if by_distance else _taxes(session, form, name)
    if amount is None or taxes is None:
        return None
    values |= {
        "amount_minor": amount,
        "taxes": [{**tax_copy(tax), "recoverable": format(share, "f")} for tax, share in taxes],
    }
    try:
        return Line(values, Purchase(amount, paid_taxes(values["taxes"])))
    except DomainError as fault:
        form.faults.setdefault(name(str(fault.params.get("field", "amount"))), fault)
        return None


def _amount(form: _Form, name: str, currency: str) -> int | None:
    amount = form.amount(name, currency)
    if amount is None:
        form.refuse(name, "common.error.required")
    elif amount < 0:
        form.refuse(name, "expense.error.negative")
    elif amount == 0:
        form.refuse(name, "expense.error.not_positive")
    elif amount > MOST_MINOR:
        form.refuse(name, "expense.error.too_large")
    return amount


def _mileage(form: _Form, name: Any, currency: str, values: dict[str, Any]) -> int | None:
    distance, rate = form.number(name("distance")), form.number(name("distance_rate"))
    for field, value in (("distance", distance), ("distance_rate", rate)):
        if value is None:
            form.refuse(name(field), "common.error.required")
    if distance is None or rate is None:
        return None
    unit = form.text(name("distance_unit"))
    values |= {
        "distance": distance,
        "distance_rate": rate,
        "distance_unit": unit if unit in set(DistanceUnit) else DistanceUnit.KILOMETRE.value,
    }
    try:
        amount = mileage(distance, rate, currency)
    except DomainError as fault:
        form.faults.setdefault(name(str(fault.params["field"])), fault)
        return None
    if amount == 0:
        form.refuse(name("distance"), "expense.error.not_positive")
    return amount


def _taxes(session: Session, form: _Form, name: Any) -> list[tuple[Tax, Decimal]] | None:
    found: list[tuple[Tax, Decimal]] = []
    for which in ("tax", "tax2"):
        text = form.text(name(f"{which}_id"))
        if not text:
            continue
        tax = session.get(Tax, form.id(name(f"{which}_id")) or 0)
        if tax is None:
            form.refuse(name(f"{which}_id"), "common.error.unknown_choice")
            return None
        share = form.number(name(f"{which}_recoverable"))
        share = Decimal(100) if share is None else share
        if not 0 <= share <= 100:
            form.refuse(name(f"{which}_recoverable"), "expense.error.recoverable")
            return None
        if any(tax.id == other.id for other, _ in found):
            form.refuse(name(f"{which}_id"), "expense.error.tax_twice")
            return None
        found.append((tax, share))
    return found


def paid_taxes(copies: list[dict[str, Any]]) -> tuple[PaidTax, ...]:
    """The taxes of a stored line, for the rules."""
    return tuple(
        PaidTax(
            TaxRule(
                copy["name"],
                Decimal(copy["rate"]),
                TaxCategory(copy.get("category") or "S"),
                copy.get("exemption_reason") or None,
                bool(copy.get("compound")),
            ),
            Decimal(copy.get("recoverable", "100")),
        )
        for copy in copies
    )
