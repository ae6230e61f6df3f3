from typing import Any

import reflex as rx

from finance_app import routes
from finance_app.components.form import (
    date_field,
    fieldset,
    form,
    form_actions,
    form_grid,
    search_select,
    select_field,
    text_field,
    textarea_field,
)
from finance_app.components.frame import page
from finance_app.components.rate_change import rate_change_dialog
from finance_app.components.text import tr
from finance_app.domain.rates import BillingMethod
from finance_app.states.project import ProjectForm


def project_new() -> rx.Component:
    return page(
        tr("project.new.title"),
        _form(ProjectForm.create, tr("project.new.action")),
        context=tr("project.new.text"),
        crumb=(tr("project.title"), routes.PROJECTS),
    )


def project_edit() -> rx.Component:
    return page(
        tr("project.edit_title", name=ProjectForm.heading),
        _form(ProjectForm.save, tr("common.save")),
        rate_change_dialog(ProjectForm, ProjectForm.confirm_rates),
        crumb=(ProjectForm.heading, ProjectForm.cancel_href),
    )


def _form(on_submit: Any, save: Any) -> rx.Component:
    state = ProjectForm
    return form(
        on_submit,
        state,
        rx.el.input(type="hidden", name="version", default_value=state.values["version"]),
        text_field(state, "name", tr("project.name"), required=True, auto_focus=True),
        search_select(state, "client_id", tr("project.client"), source="clients", optional=True),
        form_grid(
            text_field(state, "code", tr("project.code"), optional=True),
            text_field(
                state, "currency", tr("project.currency"), max_length=3, help=tr("project.currency_help")
            ),
        ),
        form_grid(
            search_select(state, "manager_id", tr("project.manager"), source="people", optional=True),
            select_field(
                state,
                "state",
                tr("project.state_label"),
                [(name, tr(f"project.state.{name}")) for name in ("active", "on_hold", "closed")],
            ),
        ),
        fieldset(
            tr("project.billing"),
            select_field(
                state,
                "billing_method",
                tr("project.method_label"),
                [(method.value, tr(f"project.method.{method.value}")) for method in BillingMethod],
                help=tr("project.method_help." + state.method),
                on_change=state.choose_method,
            ),
            _when(
                "project_hours", "task_hours",
                field=text_field(state, "bill_rate", tr("project.bill_rate"), numeric=True, optional=True),
            ),
            _when("fixed_cost", field=text_field(state, "price", tr("project.price"), numeric=True)),
        ),
        fieldset(
            tr("project.details"),
            form_grid(
                date_field(state, "start_date", tr("project.start_date"), optional=True),
                date_field(state, "end_date", tr("project.end_date"), optional=True),
            ),
            textarea_field(state, "description", tr("project.description"), optional=True),
        ),
        form_actions(save, cancel=state.cancel_href),
    )  # fmt: skip


def _when(*methods: str, field: rx.Component) -> rx.Component:
    """A field that only some billing methods have; hidden it keeps what is typed."""
    shown = ProjectForm.method == methods[0]
    for method in methods[1:]:
        shown |= ProjectForm.method == method
    return rx.el.div(field, hidden=~shown)
