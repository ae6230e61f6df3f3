"""Fixed prices: what of them stands on invoices, and what is left to bill."""

from collections.abc import Iterable

from sqlmodel import Session

from finance_app.services.invoicing.price_claims import project_standings


def billed_of_prices(session: Session, project_ids: Iterable[int]) -> dict[int, int]:
    """What stands on invoices and drafts, in minor units of the project's currency."""
    return {id_: stand.billed_minor for id_, stand in project_standings(session, project_ids).items()}


def left_of_prices(session: Session, project_ids: Iterable[int]) -> dict[int, int]:
    """What is left to bill; never below zero, also where more than the price was billed."""
    found = project_standings(session, project_ids)
    return {id_: max(0, (stand.price_minor or 0) - stand.billed_minor) for id_, stand in found.items()}
