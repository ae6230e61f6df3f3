"""The demo's clients: eight, in three countries and two currencies, with the people one writes to."""

from dataclasses import dataclass
from datetime import timedelta

from sqlmodel import Session

from finance_app.demo.company import Firm
from finance_app.models import Client, Contact


@dataclass(frozen=True)
class Customer:
    name: str
    legal_name: str
    place: tuple[str, str, str, str]
    domain: str
    contacts: tuple[tuple[str, str], ...]
    locale: str = "fr"
    currency: str = "EUR"
    tax: str = "standard"
    tax_number: str = ""
    terms: str = "net:30"
    pays_late: int = 0
    """Days after the due date that payments usually come."""


CUSTOMERS = (
    Customer(
        "Maison Orsel",
        "Maison Orsel SARL",
        ("8 rue Sainte-Hélène", "69002", "Lyon", "FR"),
        "maison-orsel.example",
        (("Hélène Orsel", "Gérante"), ("Paul Tissot", "Comptabilité")),
        tax_number="FR00 234567890",
        pays_late=-6,
    ),
    Customer(
        "Cordelia Hôtels",
        "Cordelia Hôtels SAS",
        ("41 quai des Brumes", "74000", "Annecy", "FR"),
        "cordelia-hotels.example",
        (("Antoine Giraud", "Directeur marketing"), ("Claire Monnet", "Comptabilité fournisseurs")),
        tax_number="FR00 345678901",
        terms="net:45",
        pays_late=12,
    ),
    Customer(
        "Coopérative du Grand Pré",
        "Coopérative du Grand Pré SCIC",
        ("2 chemin du Lavoir", "38240", "Meylan", "FR"),
        "grandpre.example",
        (("Marion Delcourt", "Responsable communication"),),
        tax_number="FR00 456789012",
        pays_late=2,
    ),
    Customer(
        "Verrerie Saint-Aubin",
        "Verrerie Saint-Aubin SA",
        ("120 avenue des Fours", "42300", "Roanne", "FR"),
        "verrerie-saint-aubin.example",
        (("Gilles Perrachon", "Directeur général"), ("Service fournisseurs", "Comptabilité")),
        tax_number="FR00 567890123",
        pays_late=34,
    ),
    Customer(
        "Brouwer Logistics",
        "Brouwer Logistics NV",
        ("Kanaalstraat 77", "2000", "Antwerpen", "BE"),
        "brouwer-logistics.example",
        (("Lotte Brouwer", "Head of digital"), ("Accounts payable", "Finance")),
        locale="en",
        tax="reverse",
        tax_number="BE 0123456789",
        pays_late=4,
    ),
    Customer(
        "Halden & Fils",
        "Halden & Fils SRL",
        ("19 place du Marché", "4000", "Liège", "BE"),
        "halden.example",
        (("Benoît Halden", "Administrateur"),),
        tax="reverse",
        tax_number="BE 0234567891",
        pays_late=-2,
    ),
    Customer(
        "Alpinum Insurance",
        "Alpinum Insurance AG",
        ("Seestrasse 210", "8002", "Zürich", "CH"),
        "alpinum.example",
        (("Reto Ammann", "Product owner"), ("Ursina Caflisch", "Procurement")),
        locale="en",
        currency="CHF",
        tax="export",
        tax_number="CHE-123.456.789",
        pays_late=-4,
    ),
    Customer(
        "Lac & Cime Festival",
        "Fondation Lac & Cime",
        ("3 rue du Simplon", "1800", "Vevey", "CH"),
        "lac-et-cime.example",
        (("Élodie Favre", "Directrice"),),
        currency="CHF",
        tax="export",
        pays_late=8,
    ),
)


def make_clients(session: Session, firm: Firm) -> list[Client]:
    """In the order of CUSTOMERS."""
    made = []
    since = firm.portal.created_at + timedelta(hours=1)
    for customer in CUSTOMERS:
        address, postcode, city, country = customer.place
        client = Client(
            name=customer.name,
            legal_name=customer.legal_name,
            currency=customer.currency,
            locale=customer.locale,
            address=address,
            postcode=postcode,
            city=city,
            country=country,
            tax_number=customer.tax_number,
            website=f"https://{customer.domain}",
            payment_terms=customer.terms,
            tax_id=firm.taxes[customer.tax].id,
            created_at=since,
        )
        session.add(client)
        made.append(client)
    session.flush()
    for customer, client in zip(CUSTOMERS, made, strict=True):
        assert client.id is not None
        for place, (name, title) in enumerate(customer.contacts):
            session.add(
                Contact(
                    client_id=client.id,
                    name=name,
                    email=f"{_mailbox(name)}@{customer.domain}",
                    job_title=title,
                    is_primary=place == 0,
                    receives_invoices=place == len(customer.contacts) - 1 or place == 0,
                )
            )
    session.flush()
    return made


def _mailbox(name: str) -> str:
    plain = name.lower().translate(str.maketrans("éèêëôïîçà", "eeeeoiica"))
    return plain.replace(" ", ".")
