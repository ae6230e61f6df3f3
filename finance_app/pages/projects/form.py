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
from finance_app.components.parts import allowed, notice
from finance_app.components.rate_change import rate_change_dialog
from finance_app.components.text import tr
from finance_app.domain.budget import BudgetPeriod, BudgetScope, BudgetType, CostTracking
from finance_app.domain.money import RoundingMode
from finance_app.domain.permissions import Permission
from finance_app.domain.rates import BillingMethod
from finance_app.domain.time import RoundingScope
from finance_app.states.projects.form import ProjectForm


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
        search_select(
            state, "client_id", tr("project.client"), source="clients", optional=True,
            help=rx.cond(state.is_billed, tr("project.billed_client_help"), ""),
        ),
        form_grid(
            text_field(state, "code", tr("project.code"), optional=True),
            text_field(
                state, "currency", tr("project.currency"), max_length=3,
                help=tr(rx.cond(state.is_billed, "project.billed_currency_help", "project.currency_help")),
            ),
        ),
        form_grid(
            search_select(state, "manager_id", tr("project.manager"), source="people", optional=True,
                          help=tr("project.manager_help")),
            select_field(state, "state", tr("project.state_label"),
                         [(name, tr(f"project.state.{name}")) for name in ("active", "on_hold", "closed")]),
        ),
        form_grid(
            date_field(state, "start_date", tr("project.start_date"), optional=True),
            date_field(state, "end_date", tr("project.end_date"), optional=True),
        ),
        textarea_field(state, "description", tr("project.description"), optional=True),
        _billing(),
        _budget(),
        _rounding(),
        form_actions(save, cancel=state.cancel_href),
    )  # fmt: skip


def _choice(name: str, label: Any, options: list[tuple], **props: Any) -> rx.Component:
    """A select whose choice the rules of the form depend on."""
    return select_field(
        ProjectForm, name, label, options, on_change=lambda value: ProjectForm.choose(name, value), **props
    )


def _if(name: str, *values: str) -> Any:
    shown = ProjectForm.chosen[name] == values[0]
    for value in values[1:]:
        shown |= ProjectForm.chosen[name] == value
    return shown


def _shown(when: Any, *fields: rx.Component) -> rx.Component:
    """Fields that only some choices have; hidden they keep what is typed."""
    return rx.el.div(*fields, hidden=~when, class_name="stack")


def _billing() -> rx.Component:
    state = ProjectForm
    fixed = _if("billing_method", "fixed_cost")
    return fieldset(
        tr("project.billing"),
        _choice(
            "billing_method",
            tr("project.method_label"),
            [(method.value, tr(f"project.method.{method.value}")) for method in BillingMethod],
            help=tr("project.method_help." + state.chosen["billing_method"]),
        ),
        allowed(
            Permission.RATES_VIEW,
            _shown(
                _if("billing_method", "project_hours", "task_hours"),
                text_field(state, "bill_rate", tr("project.bill_rate"), numeric=True, optional=True),
            ),
            _shown(fixed, text_field(state, "price", tr("project.price"), numeric=True)),
        ),
        allowed(
            Permission.COSTS_VIEW,
            _shown(
                fixed,
                _choice(
                    "cost_tracking",
                    tr("budget.tracking_label"),
                    [(each.value, tr(f"budget.tracking.{each.value}")) for each in CostTracking],
                    help=tr("budget.tracking_help"),
                ),
                _shown(
                    _if("cost_tracking", CostTracking.PROJECT_RATE.value),
                    text_field(
                        state,
                        "tracking_rate",
                        tr("budget.tracking_rate", currency=state.base_currency),
                        numeric=True,
                    ),
                ),
            ),
        ),
    )


def _budget() -> rx.Component:
    state = ProjectForm
    fixed = _if("billing_method", "fixed_cost")
    limited = _if("budget_type", "hours", "amount")
    whole = _if("budget_scope", "project")
    types = [
        (kind.value, tr(f"budget.type_name.{kind.value}"),
         {"disabled": fixed} if kind is BudgetType.AMOUNT else {})
        for kind in BudgetType
    ]  # fmt: skip
    return fieldset(
        rx.el.span(tr("budget.title"), id="budget"),
        _choice("budget_type", tr("budget.type_label"), types,
                help=tr(rx.cond(fixed & _if("budget_type", "none", "hours"),
                                "budget.type_help_fixed." + state.chosen["budget_type"],
                                "budget.type_help." + state.chosen["budget_type"]))),
        rx.cond(
            fixed & _if("budget_type", "amount"),
            notice(tr("budget.error.fixed_cost"), tone="amber", icon="triangle-alert"),
        ),
        _shown(
            limited,
            form_grid(
                _choice(
                    "budget_scope",
                    tr("budget.scope_label"),
                    [(each.value, tr(f"budget.scope_name.{each.value}")) for each in BudgetScope],
                    help=tr("budget.scope_help." + state.chosen["budget_scope"]),
                ),
                select_field(
                    state,
                    "budget_period",
                    tr("budget.period_label"),
                    [(each.value, tr(f"budget.period_name.{each.value}")) for each in BudgetPeriod],
                    help=tr("budget.period_help"),
                ),
            ),
            _shown(
                whole,
                form_grid(
                    text_field(
                        state, "budget_hours", tr("budget.limit_hours"), numeric=True,
                        help=rx.cond(
                            state.spent_hours != "",
                            tr("budget.so_far", amount=state.spent_hours),
                            rx.cond(_if("budget_type", "amount"), tr("budget.both_help"), ""),
                        ),
                    ),
                    allowed(
                        Permission.COSTS_VIEW,
                        rx.el.div(
                            text_field(
                                state, "budget_cost", numeric=True,
                                label=tr("budget.limit_cost_in", currency=state.base_currency),
                                help=rx.cond(
                                    state.spent_cost != "",
                                    tr("budget.so_far", amount=state.spent_cost),
                                    rx.cond(_if("budget_type", "hours"), tr("budget.both_help"), ""),
                                ),
                            ),
                            hidden=fixed,
                        ),
                    ),
                ),
            ),
            form_grid(
                text_field(state, "budget_threshold", tr("budget.threshold_label"), numeric=True,
                           optional=True, help=tr("budget.threshold_help")),
                text_field(state, "budget_alerts", tr("budget.alerts_label"), optional=True,
                           help=tr("budget.alerts_help")),
            ),
        ),
        allowed(
            Permission.RATES_VIEW,
            _shown(
                ~fixed,
                text_field(state, "budget_revenue", tr("budget.revenue_limit"), numeric=True, optional=True,
                           help=tr("budget.revenue_help")),
            ),
        ),
    )  # fmt: skip


def _rounding() -> rx.Component:
    state = ProjectForm
    modes = [("", tr("project.rounding.usual"))]
    modes += [(mode.value, tr(f"settings.time.rounding_modes.{mode.value}")) for mode in RoundingMode]
    scopes = [("", tr("project.rounding.usual"))]
    scopes += [(scope.value, tr(f"settings.time.rounding_scopes.{scope.value}")) for scope in RoundingScope]
    return fieldset(
        tr("project.rounding.title"),
        _choice("rounding_mode", tr("project.rounding.label"), modes, help=tr("project.rounding.help")),
        _shown(
            _if("rounding_mode", "up", "down", "nearest"),
            form_grid(
                text_field(state, "rounding_step_minutes", tr("project.rounding.step"), numeric=True,
                           optional=True),
                select_field(state, "rounding_scope", tr("project.rounding.scope_label"), scopes),
            ),
        ),
        text_field(state, "daily_cap", tr("project.rounding.cap"), numeric=True, optional=True,
                   help=tr("project.rounding.cap_help")),
    )  # fmt: skip
