"""What a step of the wizard shows, looked up in one go; and how it reads."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlmodel import Session

from finance_app.domain.errors import DomainError
from finance_app.domain.money import Money, to_minor
from finance_app.domain.shares import Basis
from finance_app.i18n import formats, t
from finance_app.models.kinds import BillingMethod
from finance_app.services.accounts.identity import Actor
from finance_app.services.clients import directory as clients
from finance_app.services.expenses.charge import unbilled
from finance_app.services.expenses.offering import ExpenseOffer, ExpenseOffers, offered
from finance_app.services.invoicing.charges import DraftLine
from finance_app.services.invoicing.offers import Offers, OpenDraft, PriceOffer, offers
from finance_app.services.invoicing.preview import Preview, check_something, outline
from finance_app.services.invoicing.regrouping import Draft, take_up
from finance_app.services.invoicing.shown_lines import page_of_lines
from finance_app.services.projects import directory as projects
from finance_app.states.billing.choices import (
    ShareChoice,
    choices_of,
    expenses_of,
    ids_of,
    scope_of,
    shares_of,
)
from finance_app.states.typed_money import typed


@dataclass(frozen=True)
class TimeRow:
    """A project billed by the hour, with its unbilled time."""

    id: int
    name: str
    hours: str
    amount: str
    chosen: bool


@dataclass(frozen=True)
class PriceRow:
    """A fixed cost or a milestone: what is billed of it, what remains, and what is chosen now."""

    id: int
    name: str
    context: str
    price: str
    billed: str
    left: str
    percent: str
    full: bool
    chosen: bool
    basis: str
    typed: str
    amount: str
    fixed: str
    planned: str
    actual: str
    time: bool
    above: bool
    over: str
    problem: str


@dataclass(frozen=True)
class ExpenseRow:
    """An expense that can be billed, with what it would come to; `problem` says why it cannot."""

    id: int
    name: str
    context: str
    project: str
    base: str
    mark_up: str
    tax: str
    total: str
    disbursement: bool
    receipt: bool
    chosen: bool
    href: str
    problem: str


@dataclass(frozen=True)
class ReasonRow:
    reason: str
    logs: int
    hours: str


@dataclass(frozen=True)
class LineRow:
    name: str
    description: str
    hours: str
    rate: str
    amount: str


@dataclass(frozen=True)
class DraftRow:
    text: str
    href: str


@dataclass
class Looked:
    """All that a step needs; `found` is None where nothing can be worked out, `problem` says why."""

    choices: dict[str, str]
    client: str = ""
    offers: Offers | None = None
    found: Preview | None = None
    lines: list[DraftLine] | None = None
    draft: Draft | None = None
    problem: DomainError | None = None
    expenses: ExpenseOffers | None = None


def look(
    session: Session, actor: Actor, query: Mapping[str, str], draft_id: int | None, today: str, page: int = 0
) -> Looked:
    """Everything for a step; with `page`, that page of the lines too. Raises NotFound."""
    draft = take_up(session, actor, draft_id) if draft_id else None
    known = _choices(session, actor, query, draft, today)
    looked = Looked(known, draft=draft)
    if not known["client"]:
        return looked
    client = clients.get(session, actor, int(known["client"]))
    looked.client = client.name
    try:
        scope = scope_of(known)
    except DomainError as error:
        looked.problem = error
        scope = None
    looked.offers = offers(
        session,
        actor,
        int(known["client"]),
        since=scope.since if scope else None,
        until=scope.until if scope else None,
        draft_id=draft_id,
    )
    if scope is None:
        return looked
    if not known["projects"]:
        chosen = [offer.project_id for offer in looked.offers.time if offer.seconds] or [0]
        alone = known.get("fixed") or known.get("phases") or known.get("expenses")
        known["projects"] = "0" if alone else ",".join(map(str, chosen))
        if chosen == [0] and not alone and unbilled(session, client.id or 0, scope.until, scope.since):
            known["expenses"] = "all"
        scope = scope_of(known)
    try:
        looked.found = outline(session, actor, scope, draft_id)
    except DomainError as error:
        looked.problem = error
    looked.expenses = offered(
        session,
        actor,
        int(known["client"]),
        expenses_of(known.get("expenses", "")),
        currency=looked.found.currency if looked.found else client.currency,
        until=scope.until,
        since=scope.since,
        draft_id=draft_id,
        page=_page(query.get("epage", "")),
    )
    if looked.found is None:
        return looked
    try:
        if page:
            looked.lines = page_of_lines(session, looked.found, page)
        check_something(session, scope, looked.found)
    except DomainError as error:
        looked.problem = error
    return looked


def _choices(
    session: Session, actor: Actor, query: Mapping[str, str], draft: Draft | None, today: str
) -> dict[str, str]:
    """Those of the address, else of the draft; a client follows from a project."""
    if draft and "client" not in query:
        return choices_of(draft.scope, draft.client_id)
    names = ("projects", "until", "since", "name", "pname", "rate", "only", "picked", "fixed", "phases")
    known = {name: query.get(name, "") for name in (*names, "expenses")}
    client = query.get("client", "")
    known["client"] = client if client.isascii() and client.isdecimal() and len(client) < 12 else ""
    known |= {
        "until": query.get("until", "") or today,
        "by": query.get("by", "task"),
        "desc": query.get("desc", "") or "period",
        "pdesc": query.get("pdesc", ""),
    }
    if not known["client"]:
        for project_id in ids_of(known["projects"])[:1]:
            project = projects.get(session, actor, project_id)
            known["client"] = str(project.client_id or "")
            if project.billing_method is BillingMethod.FIXED_COST and not known["fixed"]:
                known |= {"projects": "0", "fixed": ShareChoice(project_id, Basis.REST).told()}
    return known


def price_row(offer: PriceOffer, choice: ShareChoice | None, line: DraftLine | None, locale: str) -> PriceRow:
    """How an offer reads with what is chosen of it."""

    def money(minor: int | None) -> str:
        return formats.money(minor, offer.currency, locale) if minor else ""

    standing = offer.standing
    problem = line.problem if line else None
    over = problem.params.get("over") if problem else None
    percent = standing.percent_billed()
    return PriceRow(
        id=offer.id,
        name=offer.name,
        context=offer.project if offer.name != offer.project else "",
        price=money(standing.price_minor),
        billed=formats.money(standing.billed_minor, offer.currency, locale),
        left=formats.money(standing.left_minor, offer.currency, locale),
        percent=str(min(100, percent)),
        full=bool(standing.price_minor) and not standing.left_minor,
        chosen=choice is not None,
        basis=choice.basis.value if choice else "",
        typed=_typed(choice, offer.currency, locale),
        amount=formats.money(line.amount_minor, offer.currency, locale) if line and line.amount_minor else "",
        fixed=money(offer.fixed_minor),
        planned=money(offer.planned_minor),
        actual=money(offer.actual_minor),
        time=bool(choice and choice.time),
        above=bool(choice and choice.above),
        over=formats.money(over.amount_minor, over.currency, locale) if isinstance(over, Money) else "",
        problem=""
        if problem is None or problem.code == "invoicing.error.above_price"
        else t(locale, problem.code, **problem.params),
    )


def expense_row(offer: ExpenseOffer, currency: str, locale: str, address: Any) -> ExpenseRow:
    record = offer.record

    def money(minor: int | None) -> str:
        return formats.money(minor, currency, locale) if minor else ""

    own = (
        formats.money(record.charge_minor - record.mark_up_minor, record.currency, locale)
        if record.currency != currency
        else ""
    )
    day = formats.day(record.day, locale)
    return ExpenseRow(
        id=record.id,
        name=record.merchant or record.category or t(locale, "expense.line_name"),
        context=" · ".join(part for part in (day, record.category, record.person, own) if part),
        project=record.project or t(locale, "billing.without_project"),
        base=money(offer.base_minor),
        mark_up=money(offer.mark_up_minor),
        tax=money(offer.tax_minor),
        total=money(offer.total_minor),
        disbursement=record.disbursement,
        receipt=record.receipts > 0,
        chosen=offer.chosen,
        href=address(record.id),
        problem=""
        if offer.base_minor is not None
        else t(locale, "billing.expense_without_rate", currency=currency, own=record.currency),
    )


def _page(text: str) -> int:
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 5 else 1


def _typed(choice: ShareChoice | None, currency: str, locale: str) -> str:
    if choice is None or not choice.value:
        return ""
    number = Decimal(choice.value)
    if choice.basis is Basis.PERCENT:
        return f"{formats.number(number, locale)} %"
    return typed(to_minor(number, currency), currency, locale)


def chosen_of(looked: Looked, part: str) -> dict[int, ShareChoice]:
    """The shares chosen in a part of the address, by id."""
    return {each.id: each for each in shares_of(looked.choices.get(part, ""))}


def lines_by_source(found: Preview | None, charge: str, wishes: list[int]) -> dict[int, DraftLine]:
    """The line of each wish of a charge: they come in the same order."""
    lines = [line for line in found.lines if line.charge == charge] if found else []
    return dict(zip(wishes, lines, strict=False))


def line_row(line: DraftLine, currency: str, locale: str) -> LineRow:
    by_hour = line.unit == "hour"
    return LineRow(
        name=line.name,
        description=line.description,
        hours=formats.quantity(line.quantity, locale) if by_hour else "",
        rate=formats.number(line.unit_price, locale, min_decimals=2) if by_hour else "",
        amount=formats.money(line.amount_minor, currency, locale),
    )


def draft_text(draft: OpenDraft, locale: str) -> dict[str, Any]:
    return {
        "title": draft.title or t(locale, "invoice.state.draft"),
        "amount": formats.money(draft.total_minor, draft.currency, locale),
        "who": draft.made_by,
        "day": formats.day(draft.made_at.date(), locale),
    }
