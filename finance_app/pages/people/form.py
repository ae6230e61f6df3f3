from typing import Any

import reflex as rx

from finance_app import routes
from finance_app.components.form import form, form_actions, form_grid, select_field, text_field
from finance_app.components.frame import page
from finance_app.components.text import tr
from finance_app.states.people.form import PersonForm


def person_new() -> rx.Component:
    return page(
        tr("person.new.title"),
        _form(PersonForm.create, tr("person.new.action")),
        context=tr("person.new.text"),
        crumb=(tr("person.title"), routes.PEOPLE),
    )


def person_edit() -> rx.Component:
    return page(
        tr("person.edit_title", name=PersonForm.heading),
        _form(PersonForm.save, tr("common.save")),
        crumb=(PersonForm.heading, PersonForm.cancel_href),
    )


def _form(on_submit: Any, save: Any) -> rx.Component:
    state = PersonForm
    return form(
        on_submit,
        state,
        rx.el.input(type="hidden", name="version", default_value=state.values["version"]),
        text_field(state, "name", tr("person.name"), required=True, auto_focus=True),
        text_field(
            state, "email", tr("person.email"), type="email", optional=True, help=tr("person.email_help")
        ),
        form_grid(
            text_field(state, "job_title", tr("person.job_title"), optional=True),
            text_field(
                state,
                "weekly_hours",
                tr("person.weekly_hours"),
                numeric=True,
                required=True,
                help=tr("person.weekly_hours_help"),
            ),
        ),
        select_field(
            state, "profile_id", tr("person.profile"), state.profiles, help=tr("person.profile_help")
        ),
        select_field(
            state,
            "locale",
            tr("person.locale"),
            [("", tr("person.locales.browser")), ("en", "English"), ("fr", "Français")],
        ),
        form_actions(save, cancel=state.cancel_href),
    )
