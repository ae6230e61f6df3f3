from hypothesis import given
from hypothesis import strategies as st

from finance_app.domain.permissions import (
    BUILT_IN,
    EVERYBODY,
    ON_A_PROJECT,
    Permission,
    Role,
    complete,
    included,
    may_hand_out,
)

permissions = st.frozensets(st.sampled_from(list(Permission)))


def test_a_team_member_sees_no_money_and_nobody_elses_time():
    assert not BUILT_IN[Role.MEMBER] & {
        Permission.RATES_VIEW,
        Permission.COSTS_VIEW,
        Permission.FINANCE_VIEW,
        Permission.INVOICES_VIEW,
        Permission.PAYMENTS_VIEW,
        Permission.CLIENTS_VIEW,
        Permission.TIME_VIEW_ALL,
    }


def test_an_accountant_reads_and_takes_payments():
    changes = {p for p in BUILT_IN[Role.ACCOUNTANT] if not p.endswith(("_view", "_view_all"))}
    assert changes == {Permission.PAYMENTS_EDIT, Permission.PROFILE_EDIT, Permission.EXPENSES_PAY}


def test_only_the_owner_has_all():
    assert BUILT_IN[Role.OWNER] == frozenset(Permission)
    assert all(BUILT_IN[role] < BUILT_IN[Role.OWNER] for role in Role if role is not Role.OWNER)


def test_who_manages_people_or_rights_is_no_project_manager():
    assert not BUILT_IN[Role.MANAGER] & {
        Permission.PEOPLE_EDIT,
        Permission.PROFILES_EDIT,
        Permission.SETTINGS_EDIT,
        Permission.AUDIT_VIEW,
        Permission.PRIVACY_EDIT,
    }


def test_the_finance_tab_needs_the_time_of_all():
    assert complete({"finance_view"}) >= {
        Permission.TIME_VIEW_ALL,
        Permission.COSTS_VIEW,
        Permission.TIME_VIEW,
    }


def test_what_a_permission_includes():
    assert Permission.CLIENTS_VIEW in included(Permission.CLIENTS_EDIT)
    assert Permission.TIME_VIEW in included(Permission.TIME_VIEW_ALL)
    assert complete(["no_such_right"]) == EVERYBODY


@given(permissions)
def test_a_complete_set_stays_as_it_is(chosen):
    whole = complete(chosen)
    assert chosen | EVERYBODY <= whole
    assert complete(whole) == whole
    assert all(included(permission) <= whole for permission in whole)


@given(st.sampled_from(list(Role)))
def test_the_built_in_profiles_are_complete(role):
    assert complete(BUILT_IN[role]) == BUILT_IN[role]


def test_what_a_project_grants_stands_by_itself():
    """The list of clients alone stays closed: the documents of a project name its own."""
    for permission in ON_A_PROJECT:
        assert included(permission) - {Permission.CLIENTS_VIEW} <= ON_A_PROJECT


@given(permissions, permissions)
def test_nobody_gives_what_he_has_not(held, profile):
    assert may_hand_out(held, profile) == (not profile - held)
