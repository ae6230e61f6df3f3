"""The names of what the filters of a list are set to, as its selectors show them."""

from sqlmodel import Session

from finance_app.domain.permissions import Permission
from finance_app.models import Client, Project
from finance_app.services.accounts.identity import Actor
from finance_app.services.listing import ListQuery

_NAMED = {"client": (Client, Permission.CLIENTS_VIEW), "project": (Project, Permission.PROJECTS_VIEW)}


def chosen(session: Session, actor: Actor, query: ListQuery) -> dict[str, str]:
    """Name of the client and project in the address, as far as they exist and may be seen."""
    names = {}
    for filter_name, (table, permission) in _NAMED.items():
        text = query.filter(filter_name)
        known = text.isascii() and text.isdigit() and len(text) < 10
        row = session.get(table, int(text)) if known and actor.may(permission) else None
        names[filter_name] = row.name if row else ""
    return names
