"""What the demo's people spent: trains, meals, hotels, kilometres, software; some for a client, some in all
states of approval and paying back, with receipts. The figures come from the rules of expenses."""

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from random import Random
from typing import Any

from sqlalchemy import insert
from sqlmodel import Session

from finance_app.demo.company import Firm, clock, months_before
from finance_app.demo.receipts import Slip, draw
from finance_app.demo.undertakings import Undertaking
from finance_app.domain.expense import (
    MarkUp,
    Purchase,
    cost,
    in_currency,
    mileage,
    purchase_amounts,
    recharge,
)
from finance_app.domain.money import convert, spread, to_decimal
from finance_app.domain.tax import PriceMode
from finance_app.models import (
    AuditEvent,
    Client,
    Expense,
    ExpenseCategory,
    ExpenseClaim,
    ExpenseLine,
    ExpenseReceipt,
    InvoiceLine,
    StoredFile,
    Tax,
)
from finance_app.models.kinds import ApprovalState, LineKind, MarkUpKind
from finance_app.services.expenses.reading import paid_taxes
from finance_app.services.invoicing.totals import tax_copy

SEED = 60661
CHF_SPENT = Decimal("1.058")
KILOMETRE = Decimal("0.606")


@dataclass(frozen=True)
class Habit:
    """Something that is bought again and again: amounts between two bounds, in whole units."""

    category: str
    merchants: tuple[tuple[str, str], ...]
    least: int
    most: int
    item: str
    own_money: bool = True
    as_pdf: bool = False
    mark_up: int | None = None


HABITS = (
    Habit("travel", (("SNCF Connect", "Lyon Part-Dieu"), ("Brouwer Taxi", "Antwerpen"),
                     ("Trainline", "Paris")), 34, 186, "Billet aller-retour", as_pdf=True, mark_up=5),
    Habit("meals", (("Brasserie Georges", "Lyon"), ("Le Comptoir du Lac", "Annecy"),
                    ("Café Zimmer", "Paris")), 18, 94, "Déjeuner", mark_up=None),
    Habit("lodging", (("Hôtel des Brumes", "Annecy"), ("Hotel Kanaal", "Antwerpen")), 96, 214,
          "Chambre, 1 nuit", own_money=False, as_pdf=True, mark_up=5),
    Habit("software", (("Fontshop Europe", "Berlin"), ("Pixelbox", "Dublin")), 29, 320, "Licence",
          own_money=False, as_pdf=True, mark_up=10),
    Habit("supplies", (("Papeterie Gerbaud", "Lyon"),), 9, 72, "Fournitures"),
    Habit("mileage", (("", ""),), 40, 380, ""),
)  # fmt: skip
CATEGORIES: tuple[tuple[str, str, str, int], ...] = (
    ("travel", "Travel", "625100", 100),
    ("mileage", "Mileage", "625110", 100),
    ("meals", "Meals", "625700", 100),
    ("lodging", "Accommodation", "625600", 0),
    ("software", "Software", "651000", 100),
    ("supplies", "Supplies", "606400", 100),
    ("fees", "Fees and deposits", "622000", 100),
)
_TAX_OF = {"meals": "reduced", "lodging": "reduced", "software": "standard", "supplies": "standard"}


@dataclass
class Spent:
    """An expense as made, with what a bill needs of it."""

    expense: Expense
    category: str


def make_expenses(
    session: Session, firm: Firm, clients: list[Client], works: list[Undertaking], today: date
) -> dict[int, list[Spent]]:
    """All expenses; those that a client can be charged for, by project."""
    chance = Random(SEED)
    firm.portal.expenses_need_approval = True
    categories = _categories(session, firm)
    made: dict[int, list[Spent]] = {}
    for month in range(14, -1, -1):
        first = months_before(today, month)
        running = [work for work in works if work.plan.client is not None and work.first <= first < work.last]
        for place in range(6 if month else 4):
            day = first + timedelta(days=chance.randint(0, 26))
            work = chance.choice(running)
            habit = chance.choices(HABITS, weights=(5, 5, 2, 2, 1, 3))[0]
            if day > today:
                continue
            spent = _spend(session, firm, work, habit, categories, day, today, chance)
            if spent.expense.billable:
                made.setdefault(work.project.id or 0, []).append(spent)
            if month < 3 or place == 0:
                _receipt(session, habit, spent.expense, chance)
    _special(session, firm, clients, works, categories, today)
    session.flush()
    return made


def _categories(session: Session, firm: Firm) -> dict[str, ExpenseCategory]:
    made = {}
    for key, name, code, recoverable in CATEGORIES:
        tax = firm.taxes.get(_TAX_OF.get(key, ""))
        made[key] = ExpenseCategory(
            name=name,
            code=code,
            tax_id=tax.id if tax else None,
            recoverable=Decimal(recoverable),
            distance_rate=KILOMETRE if key == "mileage" else None,
            billable=key not in ("supplies",),
        )
    session.add_all(made.values())
    session.flush()
    return made


def _spend(
    session: Session,
    firm: Firm,
    work: Undertaking,
    habit: Habit,
    categories: dict[str, ExpenseCategory],
    day: date,
    today: date,
    chance: Random,
) -> Spent:
    merchant, _ = chance.choice(habit.merchants)
    person = firm.users[chance.choice(work.plan.team)]
    category = categories[habit.category]
    tax = firm.taxes.get(_TAX_OF.get(habit.category, ""))
    line: dict[str, Any] = {"category_id": category.id, "taxes": []}
    if habit.category == "mileage":
        distance = Decimal(chance.randint(habit.least, habit.most))
        line |= {"distance": distance, "distance_unit": "kilometre", "distance_rate": KILOMETRE}
        amount = mileage(distance, KILOMETRE, "EUR")
    else:
        amount = chance.randint(habit.least * 100, habit.most * 100) // 5 * 5
        line["taxes"] = _copies(tax, category)
    billable = work.plan.client is not None and chance.random() < 0.72
    expense = Expense(
        day=day,
        user_id=person.id or 0,
        merchant=merchant,
        project_id=work.project.id,
        currency="EUR",
        billable=billable,
        own_money=habit.own_money,
        mark_up_kind=MarkUpKind.PERCENT if billable and habit.mark_up else None,
        mark_up_value=Decimal(habit.mark_up) if billable and habit.mark_up else None,
        created_by_id=person.id,
        created_at=clock(day, 18, chance.randint(0, 59)),
    )
    expense.updated_at = expense.created_at
    _decide(firm, work, expense, today, chance)
    _keep(session, expense, [{**line, "amount_minor": amount}], firm.portal.base_currency)
    return Spent(expense, category.name)


def _copies(tax: Tax | None, category: ExpenseCategory) -> list[dict[str, Any]]:
    return [{**tax_copy(tax), "recoverable": format(category.recoverable, "f")}] if tax else []


def _decide(firm: Firm, work: Undertaking, expense: Expense, today: date, chance: Random) -> None:
    """What is older than three weeks is approved, and after the end of its month paid back."""
    age = (today - expense.day).days
    manager = firm.users[work.plan.manager]
    if age < 10 or (age < 35 and chance.random() < 0.5):
        return
    decided = clock(min(expense.day + timedelta(days=5), today - timedelta(days=1)), 10)
    expense.updated_at = decided
    if age < 90 and chance.random() < 0.06:
        expense.approval, expense.approval_note = ApprovalState.REJECTED, "The receipt is missing"
        return
    expense.approval, expense.approved_by_id, expense.approved_at = (
        ApprovalState.APPROVED,
        manager.id,
        decided,
    )
    paid = months_before(expense.day, -1) + timedelta(days=4)
    if expense.own_money and paid <= today - timedelta(days=12):
        expense.paid_back_on = paid


def _keep(session: Session, expense: Expense, lines: list[dict[str, Any]], base: str) -> None:
    """The figures of the rules onto the expense and its lines."""
    amounts = purchase_amounts(
        [Purchase(line["amount_minor"], paid_taxes(line["taxes"])) for line in lines], PriceMode.INCLUSIVE
    )
    costs = cost(amounts, disbursement=expense.disbursement)
    percent = expense.mark_up_value
    charged = recharge(
        amounts, MarkUp(percent=percent) if percent else None, disbursement=expense.disbursement
    )
    expense.net_minor = sum(each.net_minor for each in amounts)
    expense.tax_minor = sum(each.tax_minor for each in amounts)
    expense.gross_minor = expense.net_minor + expense.tax_minor
    expense.cost_minor = sum(costs)
    if expense.billable:
        expense.charge_minor, expense.mark_up_minor = charged.amount_minor, charged.mark_up_minor
    rate, currency = expense.exchange_rate, expense.currency
    expense.base_gross_minor = convert(expense.gross_minor, currency, base, rate)
    expense.base_cost_minor = convert(expense.cost_minor, currency, base, rate)
    session.add(expense)
    session.flush()
    parts = spread(expense.base_cost_minor, costs)
    for position, (line, found, of_line, in_base) in enumerate(
        zip(lines, amounts, costs, parts, strict=True), start=1
    ):
        session.add(
            ExpenseLine(
                expense_id=expense.id or 0,
                position=position,
                net_minor=found.net_minor,
                tax_minor=found.tax_minor,
                recoverable_minor=found.recoverable_minor,
                cost_minor=of_line,
                base_cost_minor=in_base,
                **line,
            )
        )
    _tell(session, expense)


def _tell(session: Session, expense: Expense) -> None:
    events = [("created", expense.user_id, expense.created_at, {})]
    if expense.approval is ApprovalState.APPROVED and expense.approved_at:
        events.append(("approve", expense.approved_by_id or 0, expense.approved_at, {}))
    if expense.approval is ApprovalState.REJECTED:
        events.append(("reject", 0, expense.updated_at, {"note": expense.approval_note}))
    if expense.paid_back_on:
        at = clock(expense.paid_back_on, 15)
        events.append(
            ("paid_back", expense.approved_by_id or 0, at, {"day": expense.paid_back_on.isoformat()})
        )
    waiting = session.info.setdefault("expense_events", [])
    for action, user_id, at, details in events:
        waiting.append((at, expense.id, action, user_id, details))


def tell_history(session: Session, firm: Firm) -> None:
    """Write what happened to the expenses, in the order of time."""
    names = {user.id: user.name for user in firm.users}
    manager = firm.users[1]
    rows = [
        {
            "at": at, "actor_id": user_id or manager.id, "actor_name": names.get(user_id) or manager.name,
            "object_kind": "expense", "object_id": expense_id, "action": action, "details": details,
            "before": {}, "after": {},
        }
        for at, expense_id, action, user_id, details in sorted(
            session.info.pop("expense_events", []), key=lambda each: each[0]
        )
    ]  # fmt: skip
    session.execute(insert(AuditEvent), rows)


def _receipt(session: Session, habit: Habit, expense: Expense, chance: Random) -> None:
    if habit.category == "mileage" or chance.random() < 0.2:
        return
    place = dict(habit.merchants).get(expense.merchant, "Lyon")
    rows = [(habit.item, _plain(expense.net_minor)), ("TVA", _plain(expense.tax_minor))]
    slip = Slip(expense.merchant, place, expense.day, tuple(rows), f"{_plain(expense.gross_minor)} EUR")
    _attach(session, expense, slip, as_pdf=habit.as_pdf)


def _plain(minor: int) -> str:
    return f"{to_decimal(minor, 'EUR')}".replace(".", ",")


def _attach(session: Session, expense: Expense, slip: Slip, *, as_pdf: bool) -> None:
    drawn = draw(slip, as_pdf=as_pdf)
    stored = StoredFile(
        sha256=drawn.sha256,
        name=drawn.name,
        media_type=drawn.media_type,
        size=drawn.size,
        purpose="receipt",
        created_by_id=expense.user_id,
        created_at=expense.created_at,
    )
    session.add(stored)
    session.flush()
    session.add(
        ExpenseReceipt(
            expense_id=expense.id,
            owner_id=expense.user_id,
            file_id=stored.id or 0,
            pages=[drawn.page],
            created_at=expense.created_at,
        )
    )


def _special(
    session: Session,
    firm: Firm,
    clients: list[Client],
    works: list[Undertaking],
    categories: dict[str, ExpenseCategory],
    today: date,
) -> None:
    """A trip paid in francs, a supper in two rates of tax, a disbursement, and costs without a project."""
    work = next(each for each in works if each.plan.code == "ALP-01")
    owner, manager, tom = firm.users[0], firm.users[1], firm.users[4]
    low, high = firm.taxes["reduced"], firm.taxes["standard"]

    def made(days: int, **values: Any) -> Expense:
        day = today - timedelta(days=days)
        defaults = {
            "currency": "EUR", "approval": ApprovalState.APPROVED, "approved_by_id": owner.id,
            "approved_at": clock(day + timedelta(days=1), 9), "created_by_id": values["user_id"],
            "created_at": clock(day, 19), "updated_at": clock(day + timedelta(days=1), 9),
        }  # fmt: skip
        return Expense(day=day, **{**defaults, **values})

    def line(key: str, minor: int, *taxes: Tax, share: int = 100, **more: Any) -> dict[str, Any]:
        copies = [{**tax_copy(tax), "recoverable": str(share)} for tax in taxes]
        return {"category_id": categories[key].id, "amount_minor": minor, "taxes": copies, **more}

    base = firm.portal.base_currency
    francs = made(17, user_id=tom.id, merchant="SBB CFF FFS", project_id=work.project.id, currency="CHF",
                  exchange_rate=CHF_SPENT, notes="Zürich, workshop with the claims team")  # fmt: skip
    _keep(session, francs, [line("travel", 176_00)], base)
    slip = Slip("SBB CFF FFS", "Zürich HB", francs.day, (("Billet Lyon - Zürich", "176,00"),), "176,00 CHF")
    _attach(session, francs, slip, as_pdf=True)
    supper = made(9, user_id=manager.id, merchant="Brasserie Georges", project_id=work.project.id)
    parts = [line("meals", 88_00, low, description="Supper for four"),
             line("meals", 36_00, high, description="Wine")]  # fmt: skip
    _keep(session, supper, parts, base)
    rows = (("Menus x4", "88,00"), ("Vins", "36,00"))
    _attach(session, supper, Slip("Brasserie Georges", "Lyon", supper.day, rows, "124,00 EUR"), as_pdf=False)
    debours = made(24, user_id=manager.id, merchant="INPI", client_id=clients[2].id, disbursement=True,
                   own_money=False, notes="Dépôt de la marque au nom de la coopérative")  # fmt: skip
    _keep(session, debours, [line("fees", 290_00)], base)
    slip = Slip("INPI", "Paris", debours.day, (("Dépôt de marque, 2 classes", "290,00"),), "290,00 EUR")
    _attach(session, debours, slip, as_pdf=True)
    photos = made(13, user_id=firm.users[3].id, merchant="Pixelbox", client_id=clients[0].id,
                  mark_up_kind=MarkUpKind.PERCENT, mark_up_value=Decimal(15), own_money=False)  # fmt: skip
    _keep(session, photos, [line("software", 118_80, high)], base)
    rent = made(20, user_id=owner.id, merchant="Orange Pro", billable=False, own_money=False)
    _keep(session, rent, [line("supplies", 54_00, high)], base)
    waiting = made(1, user_id=tom.id, merchant="Café Zimmer", project_id=work.project.id,
                   approval=ApprovalState.SUBMITTED, approved_by_id=None, approved_at=None,
                   updated_at=clock(today - timedelta(days=1), 19))  # fmt: skip
    _keep(session, waiting, [line("meals", 23_40, low)], base)
    rejected = made(11, user_id=firm.users[5].id, merchant="Papeterie Gerbaud", billable=False,
                    approval=ApprovalState.REJECTED, approval_note="The receipt is missing",
                    approved_by_id=None, approved_at=None)  # fmt: skip
    _keep(session, rejected, [line("supplies", 41_90, high)], base)


def expense_line(spent: Spent, work: Undertaking, rate: Decimal) -> InvoiceLine:
    """The line of an invoice in the project's currency, `rate` being what one unit of it is worth."""
    expense, currency = spent.expense, work.project.currency
    amount = in_currency(expense.charge_minor, expense.currency, expense.exchange_rate, currency, rate)
    return InvoiceLine(
        invoice_id=0,
        kind=LineKind.EXPENSE,
        project_id=work.project.id,
        name=f"{expense.merchant} – {spent.category}" if expense.merchant else spent.category,
        unit_price=to_decimal(amount, currency),
        date_from=expense.day,
        date_to=expense.day,
    )


def billed_with(spent: list[Spent], day: date) -> list[Spent]:
    """Those approved before the month of an invoice; each is taken once."""
    until = day.replace(day=1)
    taken = [
        each for each in spent if each.expense.day < until and each.expense.approval is ApprovalState.APPROVED
    ]
    spent[:] = [each for each in spent if each not in taken]
    return taken


def claim_of(expense: Expense, line: InvoiceLine, at: Any) -> ExpenseClaim:
    return ExpenseClaim(
        expense_id=expense.id or 0,
        invoice_id=line.invoice_id,
        invoice_line_id=line.id,
        base_minor=expense.charge_minor - expense.mark_up_minor,
        mark_up_minor=expense.mark_up_minor,
        claimed_at=at,
    )
