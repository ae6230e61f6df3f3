"""What a person of the firm may do: permissions, and the profiles that bundle them.

A permission is a right to see or to change one thing. A profile is a set of them; everybody has one for
the whole portal, and may have another one for single projects, which adds there what can be limited to a
project.
"""

from collections.abc import Iterable
from enum import StrEnum


class Permission(StrEnum):
    """`*_view` shows, `*_edit` changes.

    `rates_view` covers what an hour is sold for and every amount made from it; `costs_view` what an hour
    costs; `finance_view` the finance tab of a project, with profit and margin.
    """

    OVERVIEW_VIEW = "overview_view"
    PROFILE_EDIT = "profile_edit"
    CLIENTS_VIEW = "clients_view"
    CLIENTS_EDIT = "clients_edit"
    PROJECTS_VIEW = "projects_view"
    PROJECTS_VIEW_ALL = "projects_view_all"
    PROJECTS_EDIT = "projects_edit"
    TIME_VIEW = "time_view"
    TIME_VIEW_ALL = "time_view_all"
    TIME_EDIT = "time_edit"
    TIME_EDIT_ALL = "time_edit_all"
    TIME_APPROVE = "time_approve"
    TIME_IMPORT = "time_import"
    RATES_VIEW = "rates_view"
    RATES_EDIT = "rates_edit"
    COSTS_VIEW = "costs_view"
    FINANCE_VIEW = "finance_view"
    EXPENSES_VIEW = "expenses_view"
    EXPENSES_VIEW_ALL = "expenses_view_all"
    EXPENSES_EDIT = "expenses_edit"
    EXPENSES_EDIT_ALL = "expenses_edit_all"
    EXPENSES_APPROVE = "expenses_approve"
    EXPENSES_PAY = "expenses_pay"
    INVOICES_VIEW = "invoices_view"
    INVOICES_EDIT = "invoices_edit"
    PAYMENTS_VIEW = "payments_view"
    PAYMENTS_EDIT = "payments_edit"
    PEOPLE_VIEW = "people_view"
    PEOPLE_EDIT = "people_edit"
    PROFILES_EDIT = "profiles_edit"
    SETTINGS_VIEW = "settings_view"
    SETTINGS_EDIT = "settings_edit"
    INTEGRATION_EDIT = "integration_edit"
    INTEGRATION_REMOVE = "integration_remove"
    MAIL_VIEW = "mail_view"
    AUDIT_VIEW = "audit_view"
    PRIVACY_EDIT = "privacy_edit"


class Role(StrEnum):
    """The profiles that every portal has. Their permissions are fixed, so that a new one finds its place."""

    OWNER = "owner"
    ADMINISTRATOR = "administrator"
    MANAGER = "manager"
    MEMBER = "member"
    ACCOUNTANT = "accountant"


_P = Permission

EVERYBODY = frozenset({_P.OVERVIEW_VIEW, _P.PROFILE_EDIT})
_MEMBER = EVERYBODY | {
    _P.PROJECTS_VIEW,
    _P.PROJECTS_VIEW_ALL,
    _P.TIME_VIEW,
    _P.TIME_EDIT,
    _P.EXPENSES_VIEW,
    _P.EXPENSES_EDIT,
}
_OWNER_ONLY = frozenset({_P.INTEGRATION_REMOVE})
_ADMINISTRATION = _OWNER_ONLY | {
    _P.PEOPLE_EDIT,
    _P.PROFILES_EDIT,
    _P.SETTINGS_EDIT,
    _P.INTEGRATION_EDIT,
    _P.AUDIT_VIEW,
    _P.PRIVACY_EDIT,
}
_READING = frozenset(p for p in Permission if p.endswith(("_view", "_view_all")))

BUILT_IN: dict[Role, frozenset[Permission]] = {
    Role.OWNER: frozenset(Permission),
    Role.ADMINISTRATOR: frozenset(Permission) - _OWNER_ONLY,
    Role.MANAGER: frozenset(Permission) - _ADMINISTRATION,
    Role.MEMBER: _MEMBER,
    Role.ACCOUNTANT: _READING - {_P.MAIL_VIEW, _P.AUDIT_VIEW}
    | {_P.PROFILE_EDIT, _P.PAYMENTS_EDIT, _P.EXPENSES_PAY},
}

# What a profile given for one project adds there.
ON_A_PROJECT = frozenset(
    {
        _P.PROJECTS_VIEW,
        _P.PROJECTS_EDIT,
        _P.TIME_VIEW,
        _P.TIME_VIEW_ALL,
        _P.TIME_EDIT,
        _P.TIME_EDIT_ALL,
        _P.TIME_APPROVE,
        _P.RATES_VIEW,
        _P.COSTS_VIEW,
        _P.FINANCE_VIEW,
        _P.EXPENSES_VIEW,
        _P.EXPENSES_VIEW_ALL,
        _P.EXPENSES_EDIT,
        _P.EXPENSES_EDIT_ALL,
        _P.EXPENSES_APPROVE,
        _P.INVOICES_VIEW,
    }
)

_INCLUDES: dict[Permission, frozenset[Permission]] = {
    _P.TIME_APPROVE: frozenset({_P.TIME_VIEW_ALL}),
    _P.TIME_EDIT_ALL: frozenset({_P.TIME_VIEW_ALL, _P.TIME_EDIT}),
    _P.TIME_IMPORT: frozenset({_P.TIME_VIEW_ALL}),
    _P.AUDIT_VIEW: frozenset({_P.COSTS_VIEW}),
    _P.EXPENSES_APPROVE: frozenset({_P.EXPENSES_VIEW_ALL}),
    _P.EXPENSES_EDIT_ALL: frozenset({_P.EXPENSES_EDIT}),
    _P.EXPENSES_PAY: frozenset({_P.EXPENSES_VIEW_ALL}),
    _P.COSTS_VIEW: frozenset({_P.RATES_VIEW}),
    _P.FINANCE_VIEW: frozenset({_P.RATES_VIEW, _P.COSTS_VIEW, _P.TIME_VIEW_ALL, _P.PROJECTS_VIEW}),
    _P.RATES_EDIT: frozenset({_P.COSTS_VIEW}),
    _P.INVOICES_VIEW: frozenset({_P.CLIENTS_VIEW}),
    _P.INVOICES_EDIT: frozenset({_P.RATES_VIEW, _P.TIME_VIEW_ALL, _P.EXPENSES_VIEW_ALL}),
    _P.PAYMENTS_VIEW: frozenset({_P.CLIENTS_VIEW, _P.INVOICES_VIEW}),
    _P.PROFILES_EDIT: frozenset({_P.PEOPLE_VIEW}),
    _P.INTEGRATION_REMOVE: frozenset({_P.INTEGRATION_EDIT}),
}


_GROUPS = {
    "projects": "work", "time": "work", "rates": "money", "costs": "money", "finance": "money",
    "budgets": "money", "invoices": "money", "estimates": "money", "expenses": "money", "payments": "money",
    "clients": "people", "people": "people", "profiles": "people",
}  # fmt: skip


def group_of(permission: Permission) -> str:
    """Under which heading a permission stands: work, money, people, or portal."""
    return _GROUPS.get(permission.partition("_")[0], "portal")


def included(permission: Permission) -> frozenset[Permission]:
    """What a permission brings with it: who may change may see, and who sees all of it sees it."""
    found = set(_INCLUDES.get(permission, ()))
    for ending, weaker in (("_edit", "_view"), ("_view_all", "_view"), ("_edit_all", "_view_all")):
        name = permission.removesuffix(ending) + weaker
        if permission.endswith(ending) and name in tuple(Permission):
            found.add(Permission(name))
    return frozenset(found)


def complete(permissions: Iterable[str]) -> frozenset[Permission]:
    """A set of permissions with all that they include; words that are no permission are left out."""
    known = tuple(Permission)
    found: set[Permission] = set()
    open_ends = [Permission(name) for name in permissions if name in known] + sorted(EVERYBODY)
    while open_ends:
        permission = open_ends.pop()
        if permission not in found:
            found.add(permission)
            open_ends.extend(included(permission))
    return frozenset(found)


def may_hand_out(held: frozenset[Permission], profile: frozenset[Permission]) -> bool:
    """Nobody gives a right that he has not: else the right to manage people would be every right."""
    return profile <= held
