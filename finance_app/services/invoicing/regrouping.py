"""Going back from a draft: what it bills is chosen or grouped anew, in one transaction."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlmodel import Session, col

from finance_app.domain.errors import DomainError, NotFound
from finance_app.domain.permissions import Permission
from finance_app.domain.workflow import InvoiceState
from finance_app.models import Invoice, InvoiceLine, TimeLog
from finance_app.models.columns import now
from finance_app.services.accounts.identity import Actor
from finance_app.services.audit import trail as audit
from finance_app.services.expenses.charge import NAME as EXPENSES
from finance_app.services.expenses.charge import of_invoice
from finance_app.services.invoicing import charging, totals
from finance_app.services.invoicing.drafts import KIND, as_made, default_taxes, fill, lines_of, title_of
from finance_app.services.invoicing.editing import check_version, locked
from finance_app.services.invoicing.preview import check_something, check_unchanged, outline, preview
from finance_app.services.invoicing.scope import Scope, from_json
from finance_app.services.portal import portal_of


@dataclass(frozen=True)
class Draft:
    """A draft as the wizard takes it up again. `changed` names lines edited by hand, which a new grouping
    loses, `removed` counts those taken out; lines added by hand stay."""

    invoice_id: int
    version: int
    client_id: int
    scope: Scope
    changed: tuple[str, ...]
    removed: int


def take_up(session: Session, actor: Actor, invoice_id: int) -> Draft:
    """The draft with the scope it was made of. Raises NotFound, and DomainError where it cannot go back."""
    actor.require(Permission.INVOICES_EDIT)
    invoice = session.get(Invoice, invoice_id)
    if invoice is None:
        raise NotFound
    _check_draft(invoice)
    made = [line for line in lines_of(session, invoice_id) if line.made_as]
    return Draft(
        invoice_id=invoice_id,
        version=invoice.version,
        client_id=invoice.client_id,
        scope=from_json(invoice.billing),
        changed=tuple(line.name for line in made if as_made(line) != line.made_as),
        removed=max(0, int(invoice.billing.get("lines", 0)) - len(made)),
    )


def holds_all(session: Session, actor: Actor, draft: Draft) -> bool:
    """Whether the draft holds all time and expenses that its scope takes in now, and nothing else."""
    found = outline(session, actor, draft.scope, draft.invoice_id)
    held = session.execute(
        select(func.count())
        .select_from(TimeLog)
        .join(InvoiceLine, col(InvoiceLine.id) == col(TimeLog.invoice_line_id))
        .where(col(InvoiceLine.invoice_id) == draft.invoice_id)
    ).scalar_one()
    expenses = sum(line.charge == EXPENSES for line in found.lines)
    same = len(of_invoice(session, draft.invoice_id)) == expenses
    return not found.problems and same and held == found.logs + found.marked_logs


def regroup(
    session: Session, actor: Actor, invoice_id: int, version: int, scope: Scope, seen: str | None = None
) -> Invoice:
    """Make a draft's lines anew from another scope or grouping: what it held is given back and taken anew.

    Lines added by hand and the head stay. Raises DomainError where somebody saved meanwhile, or what is to be
    billed has changed since `seen`; then nothing is changed.
    """
    invoice: Invoice = locked(session, actor, invoice_id)
    _check_draft(invoice)
    check_version(session, invoice, version)
    found = preview(session, actor, scope, invoice_id, lock=True)
    if seen:
        check_unchanged(seen, found)
    check_something(session, scope, found)
    if found.client_id != invoice.client_id or found.currency != invoice.currency:
        raise DomainError("invoicing.error.draft_of_other")
    old_title = invoice.billing.get("title")
    lines = lines_of(session, invoice_id)
    kept = _clear(session, actor, lines)
    invoice = locked(session, actor, invoice_id)
    made = fill(session, actor, invoice, found, default_taxes(session, invoice.client_id))
    for position, line in enumerate(kept, start=len(made) + 1):
        line.position = position
    if invoice.title in ("", old_title):
        invoice.title = title_of(found)
    totals.compute(invoice, [*made, *kept])
    totals.check(invoice, [*made, *kept], portal_of(session))
    invoice.version += 1
    invoice.updated_at = now()
    audit.record(
        session,
        actor,
        KIND,
        invoice_id,
        "regrouped",
        lines=len(made),
        logs=found.logs,
        seconds=found.tracked_seconds,
    )
    session.flush()
    return invoice


def _check_draft(invoice: Invoice) -> None:
    if invoice.state is not InvoiceState.DRAFT or not invoice.billing:
        raise DomainError("invoicing.error.no_way_back")


def _clear(session: Session, actor: Actor, lines: Sequence[InvoiceLine]) -> list[InvoiceLine]:
    """Give back and delete the lines that a scope made; those that stay."""
    gone, kept = ([line for line in lines if bool(line.made_as) is made] for made in (True, False))
    charging.release_lines(session, actor, [line.id or 0 for line in gone], "regrouped")
    for line in gone:
        session.delete(line)
    session.flush()
    return kept
