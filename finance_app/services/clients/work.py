"""What is done for a client: its projects, its invoices, and what is not billed yet."""

from dataclasses import dataclass, field

from sqlalchemy import select
from sqlmodel import Session, col

from finance_app.domain.permissions import Permission
from finance_app.models import Project
from finance_app.models.kinds import BillingMethod
from finance_app.services import rates
from finance_app.services.accounts.identity import Actor
from finance_app.services.clients import directory as clients
from finance_app.services.invoicing import listing
from finance_app.services.invoicing.listing import InvoiceRecord
from finance_app.services.listing import Found, ListQuery
from finance_app.services.projects import listing as project_list
from finance_app.services.projects.listing import ProjectRecord

SHOWN = 8


@dataclass(frozen=True)
class ClientWork:
    """The first SHOWN of each; `invoices` is None where they may not be seen. `unbilled` is time billed
    by the hour, as (currency, seconds, minor units)."""

    projects: Found[ProjectRecord]
    invoices: Found[InvoiceRecord] | None = None
    unbilled: list[tuple[str, int, int]] = field(default_factory=list)


def work_of(session: Session, actor: Actor, client_id: int) -> ClientWork:
    """Raises NotFound."""
    clients.get(session, actor, client_id)
    of_client = {"client": str(client_id)}
    found = project_list.page(session, actor, ListQuery(sort="name", filters=of_client, size=SHOWN))
    invoices = None
    if actor.may(Permission.INVOICES_VIEW):
        invoices = listing.page(
            session, actor, ListQuery(sort="issued", descending=True, filters=of_client, size=SHOWN)
        )
    return ClientWork(
        found, invoices, _unbilled(session, client_id) if actor.may(Permission.RATES_VIEW) else []
    )


def _unbilled(session: Session, client_id: int) -> list[tuple[str, int, int]]:
    currencies: dict[int, str] = {
        row[0]: row[1]
        for row in session.execute(
            select(col(Project.id), col(Project.currency)).where(
                col(Project.client_id) == client_id,
                col(Project.billing_method) != BillingMethod.FIXED_COST,
            )
        )
    }
    sums: dict[str, tuple[int, int]] = {}
    for project_id, unbilled in rates.unbilled_by_project(session, currencies).items():
        seconds, minor = sums.get(currencies[project_id], (0, 0))
        sums[currencies[project_id]] = (seconds + unbilled.seconds, minor + unbilled.amount_minor)
    return [(currency, *sums[currency]) for currency in sorted(sums)]
