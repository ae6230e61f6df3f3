import pytest

from finance_app.domain.errors import DomainError, InvalidFields
from finance_app.models import Portal
from finance_app.services.audit import trail as audit
from finance_app.services.settings import portal as portal_settings
from finance_app.services.settings import taxes


@pytest.fixture
def portal(session):
    portal = Portal(name="Foo", country="FR")
    session.add(portal)
    session.flush()
    return portal


@pytest.mark.parametrize("form", portal_settings.FORMS)
def test_a_form_saved_as_it_was_changes_nothing(session, owner, portal, form):
    assert portal_settings.save(session, owner, form, portal_settings.values(session, owner, form)) == []


def test_a_change_is_kept_with_before_and_after(session, owner, portal):
    given = portal_settings.values(session, owner, "time") | {"daily_cap_seconds": "7:30"}
    assert portal_settings.save(session, owner, "time", given) == ["daily_cap_seconds"]
    assert portal.daily_cap_seconds == 27_000
    told = audit.history(session, "portal", portal.id)[0]
    assert told.before == {"daily_cap_seconds": None}
    assert told.after == {"daily_cap_seconds": 27_000}


@pytest.mark.parametrize(
    ("form", "field", "value"),
    [
        ("company", "name", ""),
        ("company", "country", "XX"),
        ("company", "accent_color", "red"),
        ("documents", "invoice_pattern", "INV-{number}"),
        ("documents", "closed_until", "tomorrow"),
        ("documents", "payment_terms", "never"),
        ("documents", "credit_note_pattern", "INV-{year}-{number:05d}"),
        ("time", "time_zone", "Mars/Olympus"),
        ("time", "fiscal_year_start", "13"),
        ("time", "daily_limit_seconds", "many"),
    ],
)
def test_what_makes_no_sense_is_refused_at_its_field(session, owner, portal, form, field, value):
    given = portal_settings.values(session, owner, form) | {field: value}
    with pytest.raises(InvalidFields) as refusal:
        portal_settings.save(session, owner, form, given)
    assert list(refusal.value.faults) == [field]


def test_a_member_changes_nothing(session, member, portal):
    with pytest.raises(DomainError):
        portal_settings.save(session, member, "time", {})
    with pytest.raises(DomainError):
        taxes.save(session, member, None, {})


def test_there_is_one_default_tax(session, owner):
    first = taxes.save(session, owner, None, {"name": "A", "rate": "20", "is_default": "on"})
    taxes.save(session, owner, None, {"name": "B", "rate": "5,5 %", "is_default": "on"})
    assert [tax.name for tax in taxes.in_use(session, owner)] == ["B", "A"]
    assert not first.is_default
    taxes.archive(session, owner, first.id)
    assert [tax.name for tax in taxes.in_use(session, owner)] == ["B"]


@pytest.mark.parametrize(
    ("data", "field"),
    [
        ({"name": "X", "rate": "0", "category": "AE"}, "exemption_reason"),
        ({"name": "X", "rate": "20", "category": "E", "exemption_reason": "y"}, "rate"),
        ({"name": "X", "rate": "101"}, "rate"),
        ({"name": "X", "rate": "NaN"}, "rate"),
        ({"name": "", "rate": "20"}, "name"),
    ],
)
def test_a_tax_that_no_invoice_could_carry_is_refused(session, owner, data, field):
    with pytest.raises(InvalidFields) as refusal:
        taxes.save(session, owner, None, data)
    assert list(refusal.value.faults) == [field]
