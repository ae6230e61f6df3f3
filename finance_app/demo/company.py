"""The demo's firm: an agency of nine people in Lyon, its taxes and items."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal

from sqlmodel import Session

from finance_app.documents.legal import french_mentions
from finance_app.domain.rates import DatedRate
from finance_app.models import Item, Portal, Tax, User, UserRate
from finance_app.models.kinds import Role
from finance_app.models.profile import built_in_id

DOMAIN = "vauclere.example"
MONTHS = 24


@dataclass(frozen=True)
class Person:
    name: str
    role: Role
    job_title: str
    bill: int
    cost: int
    locale: str = "en"
    weekly_hours: int = 35
    joined_months_ago: int = MONTHS


# Owner, managers and members in the order of the demo's free log-in: the first of each role.
PEOPLE = (
    Person("Camille Renaud", Role.OWNER, "Managing director", 125, 72),
    Person("Jonas Keller", Role.MANAGER, "Project manager", 105, 58),
    Person("Inès Marchetti", Role.MANAGER, "Project manager", 105, 57),
    Person("Léa Fontanel", Role.MEMBER, "Senior designer", 95, 50),
    Person("Tom Aldridge", Role.MEMBER, "Lead developer", 110, 61),
    Person("Nadia Belkacem", Role.MEMBER, "Front-end developer", 90, 46),
    Person("Hugo Vasseur", Role.MEMBER, "Back-end developer", 95, 49),
    Person("Sofia Lindqvist", Role.MEMBER, "UX researcher", 95, 51, weekly_hours=28),
    Person("Mehdi Carpentier", Role.MEMBER, "Junior developer", 70, 33, joined_months_ago=14),
)


@dataclass(frozen=True)
class Firm:
    """Who and what the rest of the demo refers to."""

    portal: Portal
    users: list[User]
    taxes: dict[str, Tax]
    bill_rates: dict[int, list[DatedRate]]
    cost_rates: dict[int, list[DatedRate]]


def months_before(day: date, months: int) -> date:
    """The first day of the month that lies so many months back."""
    index = day.year * 12 + day.month - 1 - months
    return date(index // 12, index % 12 + 1, 1)


def clock(day: date, hour: int, minute: int = 0) -> datetime:
    """That hour, or now where it has not come yet: nobody did anything in time to come."""
    return min(datetime.combine(day, time(hour, minute), UTC), datetime.now(UTC))


def make_firm(session: Session, today: date) -> Firm:
    start = months_before(today, MONTHS)
    founded = clock(start - timedelta(days=3), 8)
    portal = Portal(
        name="Atelier Vauclère",
        legal_name="Atelier Vauclère SAS",
        address="14 rue des Tisserands",
        postcode="69001",
        city="Lyon",
        country="FR",
        email=f"bonjour@{DOMAIN}",
        phone="+33 4 65 71 00 42",
        website=f"https://www.{DOMAIN}",
        tax_number="FR00 123456789",
        registration="SAS au capital de 20 000 €, RCS Lyon 123 456 789",
        legal_mentions="\n".join(french_mentions("fr")),
        bank_name="Banque de la Saône",
        iban="FR76 3000 6000 0112 3456 7890 189",
        bic="AGRIFRPP",
        locale="en",
        needs_approval=True,
        daily_limit_seconds=12 * 3600,
        milestone_invoicing=True,
        is_demo=True,
        created_at=founded,
    )
    taxes = {
        "standard": Tax(name="TVA 20 %", rate=Decimal(20), is_default=True),
        "reduced": Tax(name="TVA 10 %", rate=Decimal(10)),
        "reverse": Tax(
            name="Reverse charge",
            rate=Decimal(0),
            category="AE",
            exemption_reason="Reverse charge: VAT due by the customer, article 196 of directive 2006/112/EC",
        ),
        "export": Tax(
            name="Outside the EU",
            rate=Decimal(0),
            category="O",
            exemption_reason="VAT not applicable: article 259-1 of the French tax code",
        ),
    }
    users = [_user(person, today, founded) for person in PEOPLE]
    session.add_all([portal, *taxes.values(), *users])
    session.flush()
    session.add_all(_items(taxes["standard"].id))
    bill: dict[int, list[DatedRate]] = {}
    cost: dict[int, list[DatedRate]] = {}
    for person, user in zip(PEOPLE, users, strict=True):
        assert user.id is not None
        bill[user.id], cost[user.id] = [], []
        for valid_from, lift in _raises(person, today):
            rates = (Decimal(person.bill + lift), Decimal(person.cost + lift // 2))
            session.add(
                UserRate(user_id=user.id, valid_from=valid_from, bill_rate=rates[0], cost_rate=rates[1])
            )
            bill[user.id].append(DatedRate(rates[0], valid_from))
            cost[user.id].append(DatedRate(rates[1], valid_from))
    session.flush()
    return Firm(portal, users, taxes, bill, cost)


def _user(person: Person, today: date, founded: datetime) -> User:
    joined = months_before(today, person.joined_months_ago)
    first, last = person.name.lower().replace("é", "e").replace("è", "e").split()
    return User(
        name=person.name,
        email=f"{first}.{last}@{DOMAIN}",
        profile_id=built_in_id(person.role),
        job_title=person.job_title,
        weekly_seconds=person.weekly_hours * 3600,
        created_at=max(founded, clock(joined, 8)),
    )


def _raises(person: Person, today: date) -> list[tuple[date, int]]:
    """The rate at the start, and one raise a year later."""
    first = months_before(today, person.joined_months_ago)
    raised = months_before(today, 11)
    return [(first, 0), (raised, 5)] if raised > first else [(first, 0)]


def _items(tax_id: int | None) -> list[Item]:
    offers = [
        ("Managed hosting", "Hosting, monitoring and back-ups", "month", "180"),
        ("Training day", "On site, up to eight people", "day", "1250"),
        ("Stock photograph licence", "", "piece", "45"),
        ("Font licence", "Web and print, up to 100,000 page views a month", "piece", "320"),
    ]
    return [
        Item(name=name, description=text, unit=unit, unit_price=Decimal(price), currency="EUR", tax_id=tax_id)
        for name, text, unit, price in offers
    ]
