"""Who is told that a budget has reached a percentage, and how: an e-mail and a notice, in their language."""

from collections.abc import Sequence
from decimal import ROUND_FLOOR, Decimal

from sqlalchemy import select
from sqlmodel import Session, col

from finance_app import routes
from finance_app.documents.email_text import EmailKind
from finance_app.domain.permissions import Permission
from finance_app.i18n import choose_locale, formats, t
from finance_app.models import Budget, Client, Project, User
from finance_app.models.columns import now
from finance_app.models.kinds import BudgetType, Role
from finance_app.models.profile import built_in_id
from finance_app.services import notices, outbox
from finance_app.services.accounts import identity as accounts
from finance_app.services.audit import trail as audit
from finance_app.services.delivery.drafts import fill, template_of
from finance_app.services.delivery.history import MAIL
from finance_app.services.portal import portal_of
from finance_app.settings import settings


def tell(
    session: Session,
    project: Project,
    budget: Budget,
    *,
    percent: int,
    period: str,
    measure: BudgetType,
    limit: int,
    actual: int,
    part: str,
    part_id: int,
) -> None:
    """Write the e-mails into the outbox and the notices, in the running transaction."""
    portal = portal_of(session)
    overrun = percent >= 100
    kind = EmailKind.BUDGET_OVERRUN if overrun else EmailKind.BUDGET_THRESHOLD
    href = routes.project_tab(routes.PROJECT_BUDGET, project.id or 0)
    key = f"{kind}:{project.id}:{budget.scope}:{part_id}:{measure}:{percent}:{now():%Y%m%d%H%M%S%f}"
    client = session.get(Client, project.client_id) if project.client_id else None
    used = (Decimal(actual) * 100 / limit).quantize(Decimal(1), ROUND_FLOOR)
    name = f"{project.name} – {part}" if part else project.name
    people = recipients(session, project, measure)
    for person in people:
        locale = choose_locale(person.locale or portal.locale)
        show = _measured(measure, portal.base_currency, locale)
        if not person.email:
            continue
        values = {
            "project": name,
            "part": t(locale, "budget.concerns", name=part) if part else "",
            "client": client.name if client else "",
            "percent": formats.percent(used, locale),
            "spent": show(actual),
            "budget": show(limit),
            "remaining": show(limit - actual),
            "left": t(locale, "budget.left", amount=show(limit - actual))
            if limit > actual
            else t(locale, "budget.nothing_left"),
            "contact": person.name,
            "company": portal.name,
            "link": "",
        }
        text = fill(template_of(session, kind, locale), values, locale)
        outbox.enqueue(
            session,
            kind=MAIL,
            dedup_key=f"{key}:{person.id}"[:120],
            object_kind="project",
            object_id=project.id,
            payload={
                "email": kind.value,
                "to": [person.email],
                "cc": [],
                "subject": text.subject,
                "body": text.message,
                "locale": locale,
                "accent": portal.accent_color,
                "sender_name": portal.name,
                "reply_to": "",
                "address": f"{settings().address}{href}",
                "attachment": None,
            },
        )
    params = {"project": name, "percent": int(used)}
    notices.notify(session, [person.id or 0 for person in people], f"{kind}_{measure}", params, href, key)
    audit.record(
        session, None, "project", project.id, kind.value,
        after={"name": name}, percent=percent, period=period, limit=limit, actual=actual,
        measure=measure.value,
    )  # fmt: skip


def recipients(session: Session, project: Project, measure: BudgetType) -> Sequence[User]:
    """The project's manager. Where there is none any more, or the budget is one of costs, which the manager
    may not see, the owners."""
    manager = session.get(User, project.manager_id) if project.manager_id else None
    if manager is not None and manager.archived_at is None:
        costs = measure is BudgetType.AMOUNT
        if not costs or accounts.may(session, manager, Permission.COSTS_VIEW, project.id or 0):
            return [manager]
    owners = select(User).where(
        User.profile_id == built_in_id(Role.OWNER),
        col(User.archived_at).is_(None),
        col(User.email).is_not(None),
    )
    return session.execute(owners.order_by(col(User.id))).scalars().all()


def _measured(measure: BudgetType, currency: str, locale: str):
    def show(value: int) -> str:
        if measure is BudgetType.HOURS:
            return t(locale, "budget.hours", hours=formats.hours(value, locale))
        return formats.money(value, currency, locale)

    return show
