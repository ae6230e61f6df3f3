"""What the demo firm has offered: estimates in every state, a sales order, invoices over their parts."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlmodel import Session, col, select

from finance_app.demo.company import Firm, clock
from finance_app.demo.mails import deliver_in_the_past
from finance_app.documents.email_text import EmailKind
from finance_app.domain.permissions import Permission, Role
from finance_app.models import Client, Estimate, EstimateLine, OutboxMessage, PublicLink
from finance_app.models.columns import at
from finance_app.models.kinds import LineKind
from finance_app.services.accounts.identity import Actor
from finance_app.services.delivery import links as public_links
from finance_app.services.delivery import sending as delivery
from finance_app.services.delivery.document_data import estimate_document
from finance_app.services.estimating import billing, deciding, drafts, orders, sending
from finance_app.services.estimating.billing import PartAsk, PartChoice
from finance_app.services.estimating.deciding import Origin
from finance_app.services.estimating.drafts import EstimateHead
from finance_app.services.estimating.notifying import NOTICE
from finance_app.services.estimating.papers import ESTIMATE
from finance_app.services.invoicing import editing
from finance_app.services.invoicing import issuing as invoice_issuing
from finance_app.services.invoicing.editing import AddLine, SetHead
from finance_app.services.invoicing.papers import lines_in

Line = tuple[str, str, str, str, str]
"""Name, description, quantity, unit, price; `?` before the name makes an option, `#` a heading."""


@dataclass(frozen=True)
class Offer:
    """`days` ago it was sent; `fate` is draft, sent, viewed, declined, expired, revised, accepted, deposit,
    order or invoiced."""

    client: int
    title: str
    days: int
    fate: str
    lines: tuple[Line, ...]
    notes: str = ""
    deposit: str = ""
    manager: int = 1
    discount: str = ""
    reason: str = ""


_TERMS_FR = (
    "Acompte de 30 % à la commande, solde à la livraison.\n"
    "Deux allers-retours de corrections sont compris à chaque étape.\n"
    "Les contenus et les photographies sont fournis par le client.\n"
    "Les droits d’exploitation sont cédés au paiement du solde."
)
_TERMS_EN = (
    "30% on acceptance, the balance on delivery.\n"
    "Two rounds of changes are included at each step.\n"
    "Text and photographs are supplied by the client.\n"
    "Rights of use pass to the client when the balance is paid."
)

OFFERS = (
    Offer(4, "Partner portal, first release", 3, "viewed", (
        ("#Discovery", "", "1", "piece", "0"),
        ("Workshops with partners", "Two half-days with the sales team and four partner companies.",
         "2", "day", "920"),
        ("Prototype", "Clickable, tested with five users.", "42", "hour", "105"),
        ("#Build", "", "1", "piece", "0"),
        ("Single sign-on", "With your Microsoft Entra directory.", "24", "hour", "110"),
        ("Orders and price lists", "Read from the ERP every ten minutes, with search and export.",
         "96", "hour", "110"),
        ("Launch and training", "Deployment, monitoring, one remote session for administrators.",
         "3", "day", "880"),
        ("?Dutch and German interface", "Translation by a native speaker, checked in context.",
         "1", "piece", "3400"),
        ("?Extended support, 12 months", "Answers within four working hours, monthly report.",
         "12", "piece", "290"),
    ), notes="We can begin in the second week of next month and launch twelve weeks later.", deposit="30"),
    Offer(1, "Carnet de voyage numérique", 2, "sent", (
        ("Conception éditoriale", "Arborescence, ton, gabarits de trois articles.", "4", "day", "840"),
        ("Direction artistique", "Deux pistes, une déclinaison complète.", "5", "day", "860"),
        ("Développement", "Intégration au site des hôtels, tests sur cinq appareils.", "62", "hour", "98"),
        ("?Reportage photographique", "Deux hôtels, une journée chacun, 40 images retouchées.",
         "2", "day", "1250"),
        ("?Version anglaise", "Traduction et relecture.", "1", "piece", "1900"),
    ), notes="Mise en ligne possible avant l’ouverture de la saison.", deposit="30", manager=2),
    Offer(0, "Module de cartes cadeaux", 16, "deposit", (
        ("Cadrage", "Parcours d’achat, règles de validité, cas de remboursement.", "2", "day", "840"),
        ("Développement du module", "Création, envoi par courriel, utilisation partielle.",
         "70", "hour", "98"),
        ("Recette et mise en ligne", "", "14", "hour", "98"),
        ("?Cartes imprimées à la demande", "Fichiers prêts pour l’imprimeur.", "1", "piece", "950"),
    ), deposit="30"),
    Offer(2, "Rapport annuel interactif", 34, "order", (
        ("Conception", "", "3", "day", "840"),
        ("Infographies animées", "Huit graphiques, accessibles au clavier.", "8", "piece", "620"),
        ("Intégration", "", "38", "hour", "92"),
    ), manager=2, discount="5%"),
    Offer(7, "Application d’accueil des bénévoles", 58, "invoiced", (
        ("Atelier et maquettes", "", "3", "day", "920"),
        ("Développement", "Inscriptions, plannings, messages.", "80", "hour", "115"),
    ), manager=2),
    Offer(3, "Configurateur de flacons", 21, "declined", (
        ("Étude", "", "4", "day", "840"),
        ("Prototype 3D", "", "60", "hour", "98"),
    ), reason="Le projet est reporté à l’an prochain, faute de budget."),
    Offer(5, "Intranet de la collectivité", 75, "expired", (
        ("Audit de l’existant", "", "3", "day", "840"),
        ("Nouvelle arborescence", "", "5", "day", "840"),
        ("Développement", "", "110", "hour", "92"),
    ), manager=2),
    Offer(6, "Accessibility programme", 9, "revised", (
        ("Audit of twelve screens", "WCAG 2.2 AA, with a report ranked by severity.", "6", "day", "1040"),
        ("Remediation with your team", "Pairing, reviews, a library of patterns.", "40", "hour", "140"),
        ("Training", "Two sessions for designers and developers.", "2", "day", "1200"),
    )),
    Offer(4, "Annual content plan", 1, "draft", (
        ("Editorial calendar", "", "2", "day", "880"),
        ("Twelve articles", "", "12", "piece", "450"),
    )),
)  # fmt: skip


def make_offers(session: Session, firm: Firm, clients: list[Client], today: date) -> None:
    firm.portal.estimate_terms = _TERMS_FR
    for offer in OFFERS:
        _make(session, firm, clients[offer.client], offer, today)
    session.flush()


def _actor(firm: Firm, place: int) -> Actor:
    user = firm.users[place]
    everything = frozenset(Permission)
    return Actor(
        user.id or 0, user.name, user.email or "", Role.MANAGER, "en", "system",
        firm.portal.time_zone, permissions=everything,
    )  # fmt: skip


def _make(session: Session, firm: Firm, client: Client, offer: Offer, today: date) -> None:
    me = _actor(firm, offer.manager)
    day = today - timedelta(days=offer.days)
    with at(clock(day, 8, 20)):
        made = drafts.create(session, me, EstimateHead(client.id or 0, offer.title))
        head: dict[str, Any] = {
            "issue_date": day.isoformat(),
            "expires_on": (today + timedelta(days=max(30 - offer.days, 12))).isoformat(),
            "notes": offer.notes,
            "terms": _TERMS_FR if client.locale == "fr" else _TERMS_EN,
            "deposit_percent": offer.deposit,
        }
        if offer.discount:
            head["discount"] = {"kind": "percent", "value": offer.discount.rstrip("%")}
        lines = [AddLine(_line(line)) for line in offer.lines]
        made = editing.save(session, me, made.id or 0, made.version, [SetHead(head), *lines], ESTIMATE)
        for line in session.exec(select(EstimateLine).where(EstimateLine.estimate_id == made.id)):
            if line.name.startswith("#"):
                line.name, line.kind, line.taxes = line.name[1:], LineKind.SECTION, []
        session.flush()
    if offer.fate == "draft":
        return
    _send(session, firm, me, made, clock(day, 9, 5))
    if offer.fate == "revised":
        later = clock(day + timedelta(days=5), 10, 30)
        with at(later):
            made = drafts.revise(session, me, made.id or 0)
            changes = [
                SetHead(
                    {"issue_date": later.date().isoformat(), "discount": {"kind": "percent", "value": "8"}}
                )
            ]
            made = editing.save(session, me, made.id or 0, made.version, changes, ESTIMATE)
        _send(session, firm, me, made, later + timedelta(minutes=12))
    if offer.fate in ("sent", "revised"):
        return
    seen = clock(day + timedelta(days=1), 7, 48)
    with at(seen):
        link = session.exec(
            select(PublicLink).where(PublicLink.object_id == made.id, PublicLink.kind == "estimate")
        ).one()
        public_links.mark_viewed(session, link.id or 0)
        session.refresh(made)
    _answer(session, made, client, offer, seen + timedelta(hours=3, minutes=21))
    if offer.fate == "expired":
        made.expires_on = day + timedelta(days=30)
        session.flush()
        public_links.set_end(session, made)
    if offer.fate in ("deposit", "order", "invoiced"):
        with at(clock(today, 0, 1)):
            _bill(session, me, made, offer)


def _line(line: Line) -> dict[str, str]:
    name, description, quantity, unit, price = line
    values = {
        "name": name.lstrip("?"),
        "description": description,
        "quantity": quantity,
        "unit": unit,
        "unit_price": price,
    }
    return values | ({"optional": "true"} if name.startswith("?") else {})


def _send(session: Session, firm: Firm, me: Actor, made: Estimate, moment: datetime) -> None:
    with at(moment):
        text = delivery.draft(session, me, EmailKind.ESTIMATE, made.id or 0)
        message = sending.send(
            session, me, made.id or 0, made.version, text.to, "", text.subject, text.body, f"demo-{made.id}"
        )
        deliver_in_the_past(session, firm, message, estimate_document(session, made.id or 0), moment)
        made.delivered_at = moment
        session.flush()


def _answer(session: Session, made: Estimate, client: Client, offer: Offer, moment: datetime) -> None:
    origin = Origin("203.0.113.24", "Mozilla/5.0")
    lines = lines_in(session, ESTIMATE, made.id or 0)
    mark = deciding.fingerprint(made, lines)
    with at(moment):
        if offer.fate == "declined":
            deciding.decline_on_link(session, made.id or 0, seen=mark, reason=offer.reason, origin=origin)
        elif offer.fate in ("deposit", "order", "invoiced", "accepted"):
            options = [line.id for line in lines if line.optional][:1]
            name = made.customer.get("contact") or client.name
            deciding.accept_on_link(
                session, made.id or 0, seen=mark, name=name, agreed=True, option_ids=options, origin=origin
            )
        else:
            return
    about = (NOTICE, public_links.ESTIMATE)
    for message in session.exec(select(OutboxMessage).where(col(OutboxMessage.object_kind).in_(about))):
        if message.object_kind == NOTICE or message.payload["email"] == EmailKind.ESTIMATE_CONFIRMED:
            session.delete(message)
    session.flush()


def _bill(session: Session, me: Actor, made: Estimate, offer: Offer) -> None:
    """A deposit that is sent; an order with a part in draft; or all of it, sent."""
    if offer.fate == "order":
        order = orders.from_estimate(session, me, made.id or 0)
        ask = PartAsk(PartChoice.PERCENTAGE, percent=Decimal(40))
        billing.invoice_part(session, me, "sales_order", order.id or 0, ask)
        return
    choice = PartChoice.DEPOSIT if offer.fate == "deposit" else PartChoice.WHOLE
    ask = PartAsk(choice, percent=Decimal(30) if choice is PartChoice.DEPOSIT else None)
    invoice = billing.invoice_part(session, me, "estimate", made.id or 0, ask)
    invoice_issuing.mark_sent(session, me, invoice.id or 0)
