"""The portal: this installation's company, made together with its first owner."""

from babel import Locale
from babel.numbers import get_territory_currencies
from sqlmodel import Session, select

from finance_app.documents.legal import french_mentions
from finance_app.domain.errors import DomainError
from finance_app.i18n.formats import country_name
from finance_app.models import Portal, User
from finance_app.models.kinds import Role, TaxBasis
from finance_app.services.accounts import identity as accounts
from finance_app.services.accounts import passwords
from finance_app.services.audit import trail as audit

_ZONES = {
    "FR": "Europe/Paris",
    "BE": "Europe/Brussels",
    "CH": "Europe/Zurich",
    "LU": "Europe/Luxembourg",
    "DE": "Europe/Berlin",
    "GB": "Europe/London",
    "IE": "Europe/Dublin",
    "ES": "Europe/Madrid",
    "IT": "Europe/Rome",
    "CA": "America/Toronto",
    "US": "America/New_York",
}


def currency_of(country: str) -> str:
    """The currency in use in a country, EUR where none is known."""
    found = get_territory_currencies(country)
    return str(found[0]) if found else "EUR"


def language_of(country: str) -> str:
    """French where most documents are in French, else English."""
    return "fr" if country in ("FR", "LU", "MC") else "en"


def check_country(country: str) -> str:
    """The code in capitals. Raises DomainError."""
    code = country.strip().upper()
    if code not in Locale("en").territories or country_name(code, "en") == code or len(code) != 2:
        raise DomainError("settings.error.country", field="country", country=country)
    return code


def found(
    session: Session,
    *,
    company: str,
    country: str,
    currency: str | None,
    locale: str | None,
    name: str,
    email: str,
    password: str,
) -> User:
    """Make the portal where there is none, with what is usual in its country, and an owner of it.

    Raises DomainError for an address that is taken or no address, a short password, an unknown country.
    """
    portal = session.exec(select(Portal)).first()
    if portal is None:
        code = check_country(country)
        language = locale or language_of(code)
        portal = Portal(
            name=company.strip(),
            legal_name=company.strip(),
            country=code,
            base_currency=currency or currency_of(code),
            locale=language,
            time_zone=_ZONES.get(code, "UTC"),
            strict_numbering=code == "FR",
            tax_basis=TaxBasis.RECEIPT if code == "FR" else TaxBasis.INVOICE,
            legal_mentions="\n".join(french_mentions(language)) if code == "FR" else "",
        )
        session.add(portal)
        session.flush()
        audit.record(session, None, "portal", portal.id, "created", after={"name": portal.name})
    local, at, domain = accounts.normal_email(email).partition("@")
    if not (local and at and "." in domain):
        raise DomainError("common.error.email", field="email")
    passwords.check_strength(password, (name, email, portal.name))
    user = accounts.create_user(session, name=name, email=email, password=password, role=Role.OWNER)
    audit.record(session, None, "user", user.id, "created", after={"name": user.name, "role": "owner"})
    return user
