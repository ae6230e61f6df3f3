"""What somebody deleted or changed at Zoho stays as it is there until a person asks for it: no sync makes it
anew or overwrites it."""

from collections.abc import Callable

from finance_app.models import ZohoLink
from finance_app.services.zoho.sync.labels import label_of
from finance_app.services.zoho.sync.look import Look
from finance_app.services.zoho.sync.modules import Module
from finance_app.services.zoho.sync.wanted import First, Gone, Nothing, Plan, Unfit, Wanted

VOID = ("status/void",)
DOCUMENTS = frozenset(
    {
        *(Module.EXPENSE, Module.ESTIMATE, Module.SALES_ORDER, Module.INVOICE),
        *(Module.CREDIT_NOTE, Module.PAYMENT),
    }
)
MASTER = frozenset(
    {
        *(Module.CONTACT, Module.ITEM, Module.PROJECT, Module.TASK, Module.ISSUE, Module.TIME_LOG),
    }
)
STAYS_AWAY = DOCUMENTS | MASTER
"""Other records are made again with the next thing that refers to them."""
KEPT = DOCUMENTS | {Module.WRITE_OFF}


def unless_changed(module: Module, recipe: Callable[[Look, int], Plan]) -> Callable[[Look, int], Plan]:
    """The recipe of a module, for records that are at Zoho as they were sent, or have changed here since."""

    def plan(look: Look, id: int) -> Plan:
        wanted, link = recipe(look, id), look.link(module, id)
        if link is None or not link.is_contested or not isinstance(wanted, Wanted):
            return wanted
        if link.was_sent(wanted.fingerprint()):
            raise Unfit("changed_at_zoho", number=label_of(look.session, module, id))
        return wanted

    return plan


def unless_gone(module: Module, recipe: Callable[[Look, int], Plan]) -> Callable[[Look, int], Plan]:
    """The recipe of a module, for records that are there or never were. Deleted or void here too, both sides
    agree; what is no document is made there again once it has changed here since."""

    def plan(look: Look, id: int) -> Plan:
        link = look.link(module, id)
        if link is None or not link.is_gone:
            return recipe(look, id)
        try:
            wanted = recipe(look, id)
        except (First, Unfit):
            if module in MASTER:
                raise
            wanted = None
        if isinstance(wanted, Gone):
            return wanted
        if module in MASTER and isinstance(wanted, Wanted) and _is_another(link, wanted):
            return wanted
        if isinstance(wanted, Wanted) and wanted.states == VOID:
            return Nothing()
        raise Unfit("deleted_at_zoho", remote_id=link.remote_id)

    return plan


def _is_another(link: ZohoLink, wanted: Wanted) -> bool:
    return bool(link.fingerprint) and not link.was_sent(wanted.fingerprint())
