"""A recipe for each module: from our record to what should be at Zoho."""

from collections.abc import Callable

from finance_app.services.zoho.sync.bodies import documents, master, settlements, spending, work
from finance_app.services.zoho.sync.bodies.gone import KEPT, STAYS_AWAY, unless_changed, unless_gone
from finance_app.services.zoho.sync.look import Look
from finance_app.services.zoho.sync.modules import Module
from finance_app.services.zoho.sync.wanted import Plan

Recipe = Callable[[Look, int], Plan]

RECIPES: dict[Module, Recipe] = {
    Module.CURRENCY: master.currency,
    Module.TAX: master.tax,
    Module.CONTACT: master.contact,
    Module.ITEM: master.item,
    Module.PROJECT: work.project,
    Module.USER: master.user,
    Module.TASK: work.task,
    Module.ISSUE: work.task,
    Module.TIME_LOG: work.time_log,
    Module.RATE: work.rates,
    Module.EXPENSE: spending.expense,
    Module.ESTIMATE: documents.estimate,
    Module.SALES_ORDER: documents.sales_order,
    Module.INVOICE: documents.invoice,
    Module.CREDIT_NOTE: documents.credit_note,
    Module.PAYMENT: settlements.payment,
    Module.REFUND: settlements.refund,
    Module.WRITE_OFF: settlements.write_off,
}
RECIPES |= {module: unless_changed(module, RECIPES[module]) for module in KEPT}
RECIPES |= {module: unless_gone(module, RECIPES[module]) for module in STAYS_AWAY}
