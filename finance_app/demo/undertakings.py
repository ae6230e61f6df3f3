"""The demo's projects: fourteen, of every billing method, with phases, tasks and issues."""

from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from random import Random

from sqlmodel import Session

from finance_app.demo.company import Firm, clock, months_before
from finance_app.models import Client, Milestone, Project, ProjectMember, Task, TaskList
from finance_app.models.kinds import BillingMethod, ProjectState, Recurrence, WorkKind, WorkState

FIXED, ONE_RATE, BY_TASK, BY_PERSON = (
    BillingMethod.FIXED_COST,
    BillingMethod.PROJECT_HOURS,
    BillingMethod.TASK_HOURS,
    BillingMethod.STAFF_HOURS,
)


@dataclass(frozen=True)
class Plan:
    """A project as planned: months count back from today, people and clients by their place."""

    name: str
    code: str
    client: int | None
    method: BillingMethod
    begins: int
    ends: int
    team: tuple[int, ...]
    plan: str
    rate: int | None = None
    price: int | None = None
    manager: int = 1
    state: ProjectState = ProjectState.ACTIVE
    own_rates: tuple[tuple[int, int], ...] = ()


PLANS = (
    Plan("Boutique en ligne", "ORS-01", 0, BY_PERSON, 24, 15, (1, 3, 4, 5), "shop_fr",
         state=ProjectState.CLOSED),
    Plan("Maintenance et évolutions", "ORS-02", 0, ONE_RATE, 15, -6, (1, 5, 6), "care_fr", rate=98),
    Plan("Refonte du site des hôtels", "COR-01", 1, FIXED, 22, 12, (2, 3, 5, 7), "site_fr", price=8_400_000,
         manager=2, state=ProjectState.CLOSED),
    Plan("Moteur de réservation", "COR-02", 1, BY_TASK, 12, -3, (2, 4, 6, 8), "app_fr", rate=102, manager=2),
    Plan("Identité visuelle", "GPR-01", 2, FIXED, 9, 3, (2, 3), "brand_fr", price=2_150_000, manager=2),
    Plan("Espace adhérents", "GPR-02", 2, BY_TASK, 6, -2, (2, 5, 8), "app_fr", rate=88, manager=2),
    Plan("Catalogue numérique", "VSA-01", 3, ONE_RATE, 20, 1, (1, 5, 8), "shop_fr", rate=92,
         state=ProjectState.ON_HOLD),
    Plan("Customer portal", "BRO-01", 4, BY_PERSON, 23, -4, (1, 4, 6, 7), "app_en"),
    Plan("Design system", "BRO-02", 4, ONE_RATE, 8, -2, (1, 3, 5), "brand_en", rate=104),
    Plan("Site institutionnel", "HAL-01", 5, FIXED, 5, -1, (2, 3, 8), "site_fr", price=3_600_000, manager=2),
    Plan("Claims app", "ALP-01", 6, BY_PERSON, 18, -5, (1, 4, 6, 7), "app_en",
         own_rates=((0, 165), (1, 140), (4, 150), (6, 130), (7, 130))),
    Plan("Accessibility audit", "ALP-02", 6, FIXED, 4, 1, (7, 5), "audit_en", price=1_480_000),
    Plan("Billetterie du festival", "LAC-01", 7, BY_TASK, 13, -3, (2, 3, 6, 8), "shop_fr", rate=125,
         manager=2),
    Plan("Internal: studio", "INT", None, ONE_RATE, 24, -12, (0, 1, 2, 3, 4, 5, 6, 7, 8), "studio"),
)  # fmt: skip

# Task lists of each kind of plan: name, then tasks as (name, planned hours, own rate or None).
WORK: dict[str, list[tuple[str, list[tuple[str, int, int | None]]]]] = {
    "shop_fr": [
        ("Conception", [("Ateliers de cadrage", 60, 120), ("Maquettes des pages produit", 160, None),
                        ("Parcours d’achat", 140, None)]),
        ("Réalisation", [("Gabarits et composants", 320, None), ("Panier et paiement", 260, 115),
                         ("Reprise du catalogue", 180, None)]),
        ("Mise en ligne", [("Recette", 90, None), ("Formation de l’équipe", 40, 120)]),
    ],
    "care_fr": [
        ("Maintenance", [("Corrections", 240, None), ("Mises à jour de sécurité", 120, None)]),
        ("Évolutions", [("Améliorations mensuelles", 360, None), ("Suivi et réunions", 90, None)]),
    ],
    "site_fr": [
        ("Conception", [("Recherche utilisateurs", 110, None), ("Architecture de l’information", 80, None),
                        ("Maquettes", 170, None)]),
        ("Réalisation", [("Intégration", 260, None), ("Gestion de contenu", 150, None)]),
        ("Lancement", [("Recette", 60, None), ("Référencement", 40, None)]),
    ],
    "app_fr": [
        ("Cadrage", [("Récits utilisateurs", 90, 115), ("Maquettes", 150, None)]),
        ("Développement", [("API", 420, 112), ("Interface", 480, None), ("Droits et connexion", 120, None)]),
        ("Qualité", [("Tests automatisés", 160, None), ("Corrections", 120, None)]),
    ],
    "app_en": [
        ("Discovery", [("Interviews and story map", 120, None), ("Prototype", 160, None)]),
        ("Build", [("API", 620, None), ("Front end", 700, None), ("Single sign-on", 140, None)]),
        ("Quality", [("Automated tests", 220, None), ("Bug fixing", 160, None), ("Release", 80, None)]),
    ],
    "brand_fr": [
        ("Création", [("Pistes créatives", 90, None), ("Logotype", 60, None)]),
        ("Déclinaison", [("Charte graphique", 70, None), ("Papeterie et signalétique", 50, None)]),
    ],
    "brand_en": [
        ("Foundations", [("Inventory of the interface", 60, None), ("Colour and type", 90, None)]),
        ("Components", [("Form components", 180, None), ("Navigation and tables", 160, None),
                        ("Documentation", 80, None)]),
    ],
    "audit_en": [
        ("Audit", [("WCAG 2.2 review", 70, None), ("Tests with users", 40, None), ("Report", 30, None)]),
    ],
    "studio": [
        ("Studio", [("Team meetings", 600, None), ("Sales and proposals", 500, None),
                    ("Training", 300, None)]),
    ],
}  # fmt: skip

# What comes again each month, and how often.
OCCURRENCES = {
    "Améliorations mensuelles": 12,
    "Suivi et réunions": 12,
    "Mises à jour de sécurité": 12,
    "Team meetings": 24,
}

ISSUES_FR = (
    "Le panier se vide au retour du paiement",
    "Images floues sur les écrans Retina",
    "Le filtre par date ignore le dernier jour",
    "Double envoi du formulaire de contact",
)
ISSUES_EN = (
    "Session ends while a claim is being typed",
    "Export shows hours in the wrong time zone",
    "Search ignores accents",
    "Uploaded photographs are rotated",
)


@dataclass
class Undertaking:
    """A project as made, with what time is logged on."""

    plan: Plan
    project: Project
    first: date
    last: date
    tasks: list[Task] = field(default_factory=list)
    milestones: list[Milestone] = field(default_factory=list)
    member_rates: dict[int, Decimal] = field(default_factory=dict)


def make_projects(
    session: Session, firm: Firm, clients: list[Client], today: date, chance: Random
) -> list[Undertaking]:
    made = [_project(session, firm, clients, plan, today) for plan in PLANS]
    session.flush()
    for work in made:
        _team(session, firm, work)
        _phases(session, work)
    session.flush()
    for work in made:
        _tasks(session, firm, work, today, chance)
    session.flush()
    return made


def _project(session: Session, firm: Firm, clients: list[Client], plan: Plan, today: date) -> Undertaking:
    first = months_before(today, plan.begins)
    last = months_before(today, plan.ends) - timedelta(days=1)
    client = None if plan.client is None else clients[plan.client]
    project = Project(
        name=plan.name,
        code=plan.code,
        client_id=client.id if client else None,
        manager_id=firm.users[plan.manager].id,
        state=plan.state,
        currency=client.currency if client else "EUR",
        billing_method=plan.method,
        bill_rate=None if plan.rate is None else Decimal(plan.rate),
        price_minor=plan.price,
        start_date=first,
        end_date=last,
        created_at=clock(first - timedelta(days=2), 9),
    )
    session.add(project)
    return Undertaking(plan, project, first, last)


def _team(session: Session, firm: Firm, work: Undertaking) -> None:
    own = {place: Decimal(rate) for place, rate in work.plan.own_rates}
    for place in work.plan.team:
        user_id = firm.users[place].id
        assert work.project.id is not None
        assert user_id is not None
        session.add(ProjectMember(project_id=work.project.id, user_id=user_id, bill_rate=own.get(place)))
        if place in own:
            work.member_rates[user_id] = own[place]


def _phases(session: Session, work: Undertaking) -> None:
    """A milestone for each task list; at a fixed price they share it as 30, 50 and 20 per cent."""
    if work.plan.client is None:
        return
    lists = WORK[work.plan.plan]
    shares = {1: [100], 2: [40, 60], 3: [30, 50, 20]}[len(lists)]
    span = (work.last - work.first) / len(lists)
    for place, (name, _) in enumerate(lists):
        assert work.project.id is not None
        milestone = Milestone(
            project_id=work.project.id,
            name=name,
            start_date=work.first + span * place,
            due_date=work.first + span * (place + 1),
            amount_minor=work.plan.price * shares[place] // 100 if work.plan.price else None,
            position=place,
        )
        session.add(milestone)
        work.milestones.append(milestone)


def _tasks(session: Session, firm: Firm, work: Undertaking, today: date, chance: Random) -> None:
    plan, number = work.plan, 0
    assert work.project.id is not None
    for place, (list_name, tasks) in enumerate(WORK[plan.plan]):
        milestone = work.milestones[place] if work.milestones else None
        if milestone and milestone.due_date and milestone.due_date < today:
            milestone.closed_at = clock(milestone.due_date, 16)
        task_list = TaskList(
            project_id=work.project.id,
            name=list_name,
            position=place,
            milestone_id=milestone.id if milestone else None,
        )
        session.add(task_list)
        session.flush()
        done = plan.state is ProjectState.CLOSED or bool(milestone and milestone.closed_at)
        for name, hours, own_rate in tasks:
            number += 1
            times = OCCURRENCES.get(name, 1)
            work.tasks.append(
                Task(
                    project_id=work.project.id,
                    task_list_id=task_list.id,
                    milestone_id=milestone.id if milestone else None,
                    number=f"{plan.code}-{number}",
                    name=name,
                    state=WorkState.CLOSED if done else WorkState.OPEN,
                    owner_id=firm.users[chance.choice(plan.team)].id,
                    billable=plan.client is not None,
                    bill_rate=Decimal(own_rate) if own_rate and plan.method is BY_TASK else None,
                    planned_seconds=hours * 3600 // times,
                    recurrence=Recurrence.MONTHLY if times > 1 else None,
                    occurrences=times,
                    start_date=milestone.start_date if milestone else work.first,
                    due_date=milestone.due_date if milestone else None,
                    percent_done=100 if done else chance.choice((10, 25, 40, 60, 75)),
                    created_at=work.project.created_at + timedelta(hours=2),
                )
            )
    if plan.plan[:3] in ("app", "sho", "car"):
        names = ISSUES_EN if plan.plan.endswith("_en") else ISSUES_FR
        for name in names[: chance.randint(2, 4)]:
            number += 1
            closed = plan.state is ProjectState.CLOSED or chance.random() < 0.5
            work.tasks.append(
                Task(
                    project_id=work.project.id,
                    kind=WorkKind.ISSUE,
                    number=f"{plan.code}-{number}",
                    name=name,
                    state=WorkState.CLOSED if closed else WorkState.OPEN,
                    owner_id=firm.users[chance.choice(plan.team)].id,
                    percent_done=100 if closed else 0,
                    created_at=work.project.created_at + timedelta(days=20),
                )
            )
    session.add_all(work.tasks)
