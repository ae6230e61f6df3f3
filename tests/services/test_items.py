from decimal import Decimal

import pytest

from finance_app.domain.errors import DomainError, InvalidFields
from finance_app.models import Tax
from finance_app.services.audit import trail as audit
from finance_app.services.listing import ListQuery
from finance_app.services.settings import items

HOSTING = {"name": "Hosting", "unit": "month", "unit_price": "180,50", "currency": "eur", "tax_id": ""}


def names(session, actor, **filters):
    return [item.name for item in items.page(session, actor, ListQuery(sort="name", filters=filters)).rows]


def test_an_item_is_kept_with_its_price_and_tax(session, owner):
    tax = Tax(name="VAT", rate=Decimal(20))
    session.add(tax)
    session.flush()
    item = items.save(session, owner, None, HOSTING | {"tax_id": str(tax.id), "description": "Back-ups"})
    session.expire_all()
    assert (item.unit_price, item.currency, item.tax_id, item.version) == (Decimal("180.5"), "EUR", tax.id, 1)
    assert audit.history(session, "item", item.id)[0].action == "created"


def test_a_change_needs_the_version_that_was_seen(session, owner):
    item = items.save(session, owner, None, HOSTING)
    items.save(session, owner, item.id, HOSTING | {"unit_price": "190"}, 1)
    assert item.unit_price == 190
    with pytest.raises(DomainError) as refusal:
        items.save(session, owner, item.id, HOSTING, 1)
    assert refusal.value.code == "common.error.changed_meanwhile"
    assert item.unit_price == 190


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", ""),
        ("name", "x" * 201),
        ("unit", "dozen"),
        ("unit_price", ""),
        ("unit_price", "-1"),
        ("unit_price", "many"),
        ("currency", "ZZZ"),
        ("tax_id", "99"),
        ("tax_id", "all"),
    ],
)
def test_a_refusal_names_the_field(session, owner, field, value):
    with pytest.raises(InvalidFields) as refusal:
        items.save(session, owner, None, HOSTING | {field: value})
    assert list(refusal.value.faults) == [field]


def test_an_archived_tax_stays_on_its_item_but_goes_on_no_other(session, owner):
    tax = Tax(name="VAT", rate=Decimal(20))
    session.add(tax)
    session.flush()
    given = HOSTING | {"tax_id": str(tax.id)}
    item = items.save(session, owner, None, given)
    tax.archived_at = items.now()
    session.flush()
    assert items.save(session, owner, item.id, given, 1).tax_id == tax.id
    with pytest.raises(InvalidFields):
        items.save(session, owner, None, given)


def test_an_archived_item_is_offered_no_more_until_it_is_restored(session, owner):
    item = items.save(session, owner, None, HOSTING)
    items.save(session, owner, None, HOSTING | {"name": "Training", "currency": "CHF"})
    assert items.suggestions(session, owner, "host", 20) == [(item.id, "Hosting", "180.5 EUR")]
    assert [hit[1] for hit in items.suggestions(session, owner, "", 20, "CHF")] == ["Training"]
    assert items.archive(session, owner, [item.id]) == 1
    assert items.archive(session, owner, [item.id]) == 0
    assert items.suggestions(session, owner, "host", 20) == []
    assert names(session, owner) == ["Training"]
    assert names(session, owner, state="archived") == ["Hosting"]
    assert items.restore(session, owner, [item.id]) == 1
    assert names(session, owner) == ["Hosting", "Training"]


def test_a_team_member_neither_sees_nor_changes_prices(session, member):
    for call in (
        lambda: items.page(session, member, ListQuery()),
        lambda: items.suggestions(session, member, "", 20),
        lambda: items.save(session, member, None, HOSTING),
        lambda: items.archive(session, member, [1]),
    ):
        with pytest.raises(DomainError):
            call()
