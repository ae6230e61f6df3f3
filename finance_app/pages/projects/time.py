"""The time of one project, inside its frame."""

import reflex as rx

from finance_app.components.parts import allowed, button
from finance_app.components.project_frame import project_page
from finance_app.components.table import export_items
from finance_app.components.text import tr
from finance_app.domain.permissions import Permission
from finance_app.pages.time_tracking.listing import time_list
from finance_app.states.projects.frame import ProjectFrame
from finance_app.states.time_tracking.form import LogForm


def project_time() -> rx.Component:
    return project_page(
        *time_list(in_project=True),
        more=export_items("time", within="project=" + ProjectFrame.project_id),
        primary=log_time_here(),
    )


def log_time_here() -> rx.Component:
    """Needs `log_dialog()` on the page."""
    return allowed(
        Permission.TIME_EDIT,
        button(tr("time.add"), icon="plus", on_click=LogForm.open_on(ProjectFrame.project_id, "")),
    )
