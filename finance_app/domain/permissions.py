"""What a person of the firm may do, by role. A permission is a right to see or to change one thing."""

from enum import StrEnum


class Permission(StrEnum):
    """`*_view` shows, `*_edit` changes. `rates_view` covers what an hour is sold for and every amount made
    from it, `costs_view` what an hour costs."""

    OVERVIEW_VIEW = "overview_view"
    PROFILE_EDIT = "profile_edit"
    CLIENTS_VIEW = "clients_view"
    CLIENTS_EDIT = "clients_edit"
    PROJECTS_VIEW = "projects_view"
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
    INVOICES_VIEW = "invoices_view"
    INVOICES_EDIT = "invoices_edit"
    PAYMENTS_VIEW = "payments_view"
    PAYMENTS_EDIT = "payments_edit"
    PEOPLE_VIEW = "people_view"
    PEOPLE_EDIT = "people_edit"
    SETTINGS_VIEW = "settings_view"
    SETTINGS_EDIT = "settings_edit"
    MAIL_VIEW = "mail_view"


_MEMBER = frozenset(
    {
        Permission.OVERVIEW_VIEW,
        Permission.PROFILE_EDIT,
        Permission.PROJECTS_VIEW,
        Permission.TIME_VIEW,
        Permission.TIME_EDIT,
    }
)
_OWNER_ONLY = frozenset({Permission.PEOPLE_EDIT, Permission.SETTINGS_EDIT})

ROLE_PERMISSIONS: dict[str, frozenset[Permission]] = {
    "owner": frozenset(Permission),
    "manager": frozenset(Permission) - _OWNER_ONLY,
    "member": _MEMBER,
}


def permissions_of(role: str) -> frozenset[Permission]:
    """The permissions of a role; a role that does not exist has none."""
    return ROLE_PERMISSIONS.get(role, frozenset())
