"""Who acts on the command line: the first owner with every permission, or nobody while there is none."""

from sqlmodel import Session

from finance_app.domain.permissions import Permission
from finance_app.models.kinds import Role
from finance_app.services.accounts import identity as accounts
from finance_app.services.accounts.identity import Actor


def operator(session: Session) -> Actor:
    """Whoever may run commands here may do everything. `user_id` is 0 where no owner exists."""
    owner = accounts.user_of_role(session, Role.OWNER)
    return Actor(
        user_id=owner.id or 0 if owner else 0,
        name=owner.name if owner else "",
        email=owner.email or "" if owner else "",
        profile=Role.OWNER,
        locale="en",
        theme="system",
        time_zone="UTC",
        address="command line",
        permissions=frozenset(Permission),
    )
