"""What comes from Zoho in another currency has the rate that Zoho tells, and does not come without one."""

from decimal import Decimal
from typing import Any

import pytest

from finance_app.models import CreditNote, Estimate, Expense, Invoice, SalesOrder, ZohoLink, ZohoSync
from finance_app.services.zoho.sync.modules import Module
from finance_app.services.zoho.sync.receiving import credit_notes, estimates, expenses, invoices, orders
from finance_app.services.zoho.sync.receiving.links import known
from finance_app.services.zoho.sync.wanted import Unfit
from tests.harness.invoices import TODAY, office

KINDS = [
    pytest.param(estimates, Estimate, Module.ESTIMATE, "estimate", id="estimate"),
    pytest.param(orders, SalesOrder, Module.SALES_ORDER, "salesorder", id="order"),
    pytest.param(invoices, Invoice, Module.INVOICE, "invoice", id="invoice"),
    pytest.param(credit_notes, CreditNote, Module.CREDIT_NOTE, "creditnote", id="credit note"),
    pytest.param(expenses, Expense, Module.EXPENSE, "expense", id="expense"),
]


@pytest.fixture
def sync(session) -> ZohoSync:
    place = office(session)
    sync = ZohoSync(connection_id=1, product="books", organisation="10", marks={})
    session.add(sync)
    session.flush()
    session.add(
        ZohoLink(
            sync_id=sync.id, module=Module.CONTACT, local_id=place.client.id, remote_id="7", reference=""
        )
    )
    session.flush()
    return sync


def raw(one: str, **more: Any) -> dict[str, Any]:
    named = {f"{one}_id": "55", f"{one}_number": "Z-1", "customer_id": "7", "date": TODAY.isoformat()}
    line = {"name": "Design", "rate": 100, "quantity": 1, "amount": 100}
    return {**named, "total": 100, "amount": 100, "line_items": [line], **more}


def taken(session, sync: ZohoSync, kind: Any, model: type, module: Module, body: dict[str, Any]) -> Any:
    assert kind.take(session, sync, body)
    link = known(session, sync.id or 0, module, "55")
    assert link is not None
    return session.get_one(model, link.local_id)


@pytest.mark.parametrize(("kind", "model", "module", "one"), KINDS)
def test_the_rate_is_that_of_zoho(session, sync, kind, model, module, one):
    row = taken(session, sync, kind, model, module, raw(one, currency_code="USD", exchange_rate=0.875))
    assert (row.currency, row.exchange_rate) == ("USD", Decimal("0.875"))


@pytest.mark.parametrize(("kind", "model", "module", "one"), KINDS)
def test_our_own_currency_has_no_rate(session, sync, kind, model, module, one):
    row = taken(session, sync, kind, model, module, raw(one, currency_code="EUR", exchange_rate=0.875))
    assert (row.currency, row.exchange_rate) == ("EUR", Decimal(1))


@pytest.mark.parametrize("given", [{}, {"exchange_rate": 0}, {"exchange_rate": -2}], ids=str)
@pytest.mark.parametrize(("kind", "model", "module", "one"), KINDS)
def test_without_a_rate_it_does_not_come(session, sync, kind, model, module, one, given):
    with pytest.raises(Unfit) as refused:
        kind.take(session, sync, raw(one, currency_code="USD", **given))
    assert refused.value.reason == "not_taken"


@pytest.mark.parametrize(("kind", "model", "module", "one"), KINDS)
def test_a_currency_that_nobody_knows_is_refused_in_words(session, sync, kind, model, module, one):
    with pytest.raises(Unfit) as refused:
        kind.take(session, sync, raw(one, currency_code="XQX", exchange_rate=2))
    assert "XQX" in str(refused.value.details["why"])
