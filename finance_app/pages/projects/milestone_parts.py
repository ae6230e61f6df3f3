"""The dialog of a milestone."""

import reflex as rx

from finance_app.components.dialog import form_dialog
from finance_app.components.form import date_field, form_grid, text_field, textarea_field
from finance_app.components.parts import allowed, button
from finance_app.components.text import tr
from finance_app.domain.permissions import Permission
from finance_app.states.projects.milestone import MilestoneForm


def milestone_dialog() -> rx.Component:
    state = MilestoneForm
    return form_dialog(
        state,
        state.save,
        rx.cond(state.milestone_id == 0, tr("milestone.new"), tr("milestone.edit")),
        rx.el.input(type="hidden", name="version", default_value=state.values["version"]),
        text_field(state, "name", tr("milestone.name"), required=True, auto_focus=True),
        form_grid(
            date_field(state, "start_date", tr("milestone.start_date"), optional=True),
            date_field(state, "due_date", tr("milestone.due_date"), optional=True),
        ),
        allowed(
            Permission.RATES_EDIT,
            text_field(
                state,
                "amount",
                tr("milestone.amount"),
                help=tr("milestone.amount_help"),
                numeric=True,
                optional=True,
            ),
        ),
        textarea_field(state, "description", tr("milestone.description"), optional=True),
    )


def new_milestone() -> rx.Component:
    return allowed(
        Permission.PROJECTS_EDIT,
        button(tr("milestone.new"), icon="plus", on_click=MilestoneForm.open_milestone(0)),
    )
