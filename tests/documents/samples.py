"""Documents to draw: a design studio's, in English and French, of any length."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

from finance_app.documents.data import (
    Adjustment,
    BankDetails,
    Client,
    Company,
    Document,
    Kind,
    Line,
    LineKind,
    TaxId,
    TaxTotal,
)
from finance_app.documents.legal import french_mentions

STUDIO = Company(
    name="Atelier Rivoli",
    address=("14 rue du Faubourg Saint-Antoine", "75012 Paris", "France"),
    tax_ids=(TaxId(label="SIRET", value="812 345 678 00021"), TaxId(label="TVA", value="FR41 812345678")),
    bank=BankDetails(
        holder="Atelier Rivoli SAS",
        iban="FR7630006000011234567890189",
        bic="AGRIFRPP",
        bank="Crédit Agricole",
    ),
    email="facturation@atelier-rivoli.example",
    phone="+33 1 84 80 12 34",
    website="atelier-rivoli.example",
    legal=("Atelier Rivoli SAS, capital de 20 000 €, RCS Paris 812 345 678, APE 7410Z",),
    accent="#3D5AFE",
)
CLIENT = Client(
    name="Maison Delcourt & Fils",
    contact="Hélène Delcourt",
    address=("3 quai des Célestins", "69002 Lyon", "France"),
    tax_ids=(TaxId(label="TVA", value="FR32 402987654"),),
)
TASKS = (
    ("Discovery workshop", "Two sessions with the product team, notes and decisions"),
    ("Information architecture", "Site map, user journeys, content model"),
    ("Interface design", "Home, catalogue, product page, basket; desktop and mobile"),
    ("Design system", "Tokens, 42 components, documentation"),
    ("Front-end build", ""),
    ("Accessibility review", "WCAG 2.2 AA, report and fixes"),
    ("Project management", "Weekly steering, planning, budget follow-up"),
)
RATES = (Decimal("95"), Decimal("110.5"), Decimal("120"))


def lines(count: int, taxes: tuple[str, ...] = ("20%",)) -> tuple[Line, ...]:
    """Lines of whole quarter hours, so that quantity times price is exact to the cent."""
    made = []
    for n in range(count):
        name, description = TASKS[n % len(TASKS)]
        quantity = Decimal(4 + (n * 7) % 90) / 4
        rate = RATES[n % len(RATES)]
        made.append(
            Line(
                name=name,
                position=str(n + 1),
                description=description,
                quantity=quantity,
                unit="hour",
                unit_price=rate,
                taxes=taxes,
                amount_minor=int((quantity * rate * 100).to_integral_value(rounding="ROUND_HALF_UP")),
            )
        )
    return tuple(made)


def invoice(count: int = 5, locale: str = "en", **changes: object) -> Document:
    """An issued invoice of `count` lines at 20 %, with a discount of 5 % and a part payment of 1,000.00."""
    made = lines(count, ("20\u00a0%",) if locale == "fr" else ("20%",))
    subtotal = sum(line.amount_minor for line in made)
    discount = -(subtotal // 20)
    base = subtotal + discount
    tax = (base * 20 + 50) // 100
    total = base + tax
    paid = min(total, 100_000)
    document = Document(
        kind=Kind.INVOICE,
        number="INV-2026-0042",
        currency="EUR",
        locale=locale,
        company=STUDIO,
        client=CLIENT,
        title="Refonte du site et de la boutique" if locale == "fr" else "Website and shop relaunch",
        projects=("Delcourt 2026",),
        issue_date=date(2026, 11, 25),
        due_date=date(2026, 12, 25),
        terms="30 jours net" if locale == "fr" else "Net 30 days",
        service_from=date(2026, 10, 1),
        service_to=date(2026, 10, 31),
        po_number="PO-88120",
        lines=made,
        subtotal_minor=subtotal,
        discounts=(
            Adjustment(
                label="Remise fidélité 5\u00a0%" if locale == "fr" else "Loyalty discount 5%",
                amount_minor=discount,
            ),
        ),
        taxes=(
            TaxTotal(
                label="TVA 20\u00a0%" if locale == "fr" else "VAT 20%", base_minor=base, amount_minor=tax
            ),
        ),
        total_minor=total,
        paid_minor=paid,
        balance_minor=total - paid,
        notes="Merci pour votre confiance. Le prochain jalon est prévu pour le 15 décembre."
        if locale == "fr"
        else "Thank you for your trust. The next milestone is planned for 15 December.",
        payment_instructions="Merci d’indiquer le numéro de facture sur votre virement."
        if locale == "fr"
        else "Please quote the invoice number with your transfer.",
        legal_mentions=french_mentions(locale),
    )
    return replace(document, **changes)


def section(name: str) -> Line:
    return Line(name=name, kind=LineKind.SECTION)
