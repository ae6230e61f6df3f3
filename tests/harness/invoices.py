"""A small office with something to bill, for tests of what comes after the invoice."""

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from sqlmodel import Session, select

from finance_app.models import Client, Contact, Invoice, Portal, Project, Task, Tax, TimeLog, User
from finance_app.models.columns import now
from finance_app.services.accounts.identity import Actor
from finance_app.services.invoicing import drafts, issuing
from finance_app.services.invoicing.drafts import DraftHead
from finance_app.services.invoicing.scope import Scope

TODAY = now().date()


@dataclass(frozen=True)
class Office:
    portal: Portal
    client: Client
    project: Project
    tasks: list[Task]
    person: User


def office(session: Session, *, locale: str = "en", tasks: int = 2) -> Office:
    """A French studio, a client with two people, a project at 95.50 an hour."""
    portal = session.exec(select(Portal)).first() or Portal()
    for name, value in {
        "name": "Atelier Rivoli",
        "legal_name": "Atelier Rivoli SAS",
        "address": "14 rue du Faubourg",
        "postcode": "75012",
        "city": "Paris",
        "country": "FR",
        "email": "billing@rivoli.example",
        "tax_number": "FR41812345678",
        "iban": "FR7630006000011234567890189",
        "bic": "AGRIFRPP",
        "base_currency": "EUR",
        "strict_numbering": True,
    }.items():
        setattr(portal, name, value)
    tax = Tax(name="TVA 20 %", rate=Decimal(20), is_default=True)
    client = Client(
        name="Ardent", currency="EUR", country="GB", locale=locale, city="London", postcode="N1 9GU"
    )
    person = User(name="Ines")
    session.add_all([portal, tax, client, person])
    session.flush()
    session.add_all(
        [
            Contact(client_id=client.id, name="Ann Lee", email="ann@ardent.example", is_primary=True),
            Contact(client_id=client.id, name="Bob", email="bob@ardent.example", receives_invoices=False),
        ]
    )
    project = Project(name="Website", client_id=client.id, currency="EUR", bill_rate=Decimal("95.50"))
    session.add(project)
    session.flush()
    rows = [Task(project_id=project.id, name=f"Task {n}") for n in range(tasks)]
    session.add_all(rows)
    session.flush()
    return Office(portal, client, project, rows, person)


def draft(session: Session, actor: Actor, place: Office, *, day: date | None = None) -> Invoice:
    """A draft of new time: one line a task, of odd seconds."""
    worked = day or TODAY - timedelta(days=3)
    for number, task in enumerate(place.tasks):
        session.add(
            TimeLog(
                project_id=place.project.id,
                task_id=task.id,
                user_id=place.person.id,
                day=worked,
                seconds=3601 + 1237 * number,
                bill_rate=Decimal("95.50"),
            )
        )
    session.flush()
    return drafts.create_from_time(
        session, actor, Scope(project_ids=(place.project.id or 0,), until=TODAY), DraftHead()
    )


def issued(session: Session, actor: Actor, place: Office) -> Invoice:
    invoice = draft(session, actor, place)
    return issuing.issue(session, actor, invoice.id or 0)
