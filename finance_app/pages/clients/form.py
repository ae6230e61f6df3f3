from typing import Any

import reflex as rx

from finance_app import routes
from finance_app.components.form import (
    fieldset,
    form,
    form_actions,
    form_grid,
    select_field,
    text_field,
    textarea_field,
)
from finance_app.components.frame import page
from finance_app.components.text import tr
from finance_app.services.clients.billing import CLIENT_TERMS
from finance_app.services.settings.portal import STEPS
from finance_app.states.clients.page import ClientForm


def client_new() -> rx.Component:
    return page(
        tr("client.new.title"),
        _form(ClientForm.create, tr("client.new.action")),
        context=tr("client.new.text"),
        crumb=(tr("client.title"), routes.CLIENTS),
    )


def client_edit() -> rx.Component:
    return page(
        tr("client.edit_page.title", name=ClientForm.heading),
        _form(ClientForm.save, tr("common.save")),
        crumb=(ClientForm.heading, ClientForm.cancel_href),
    )


def _form(on_submit: Any, save: Any) -> rx.Component:
    state = ClientForm
    return form(
        on_submit,
        state,
        rx.el.input(type="hidden", name="version", default_value=state.values["version"]),
        text_field(state, "name", tr("client.name"), required=True, auto_focus=True),
        text_field(
            state, "legal_name", tr("client.legal_name"), help=tr("client.legal_name_help"), optional=True
        ),
        textarea_field(state, "address", tr("client.address"), optional=True, rows="2"),
        form_grid(
            text_field(state, "postcode", tr("client.postcode"), optional=True),
            text_field(state, "city", tr("client.city"), optional=True),
        ),
        form_grid(
            text_field(state, "region", tr("client.region"), optional=True),
            select_field(state, "country", tr("client.country"), state.country_options),
        ),
        fieldset(
            tr("client.documents"),
            form_grid(
                text_field(
                    state,
                    "currency",
                    tr("client.currency"),
                    help=tr("client.currency_help"),
                    required=True,
                    max_length=3,
                ),
                select_field(
                    state,
                    "locale",
                    tr("client.locale"),
                    [("en", tr("client.locales.en")), ("fr", tr("client.locales.fr"))],
                ),
            ),
            form_grid(
                text_field(state, "tax_number", tr("client.tax_number"), optional=True),
                text_field(
                    state,
                    "registration",
                    tr("client.registration"),
                    help=tr("client.registration_help"),
                    optional=True,
                ),
            ),
        ),
        _billing(),
        fieldset(
            tr("client.details"),
            form_grid(
                text_field(state, "phone", tr("client.phone"), type="tel", optional=True),
                text_field(state, "website", tr("client.website"), type="url", optional=True),
            ),
            textarea_field(state, "notes", tr("client.notes"), help=tr("client.notes_help"), optional=True),
        ),
        form_actions(save, cancel=state.cancel_href),
    )


def _billing() -> rx.Component:
    """What differs from the portal; left as it is, the portal's settings hold."""
    state = ClientForm
    portal = ("", tr("client.as_portal"))
    rounding = rx.el.div(
        form_grid(
            select_field(
                state,
                "rounding_step_minutes",
                tr("settings.time.rounding_step_minutes"),
                [portal, *[(step, tr("settings.time.minutes", n=int(step))) for step in STEPS]],
            ),
            select_field(
                state,
                "rounding_scope",
                tr("settings.time.rounding_scope"),
                [(name, tr(f"settings.time.rounding_scopes.{name}")) for name in ("log", "line")],
            ),
        ),
        hidden=~state.rounds,
    )
    return fieldset(
        tr("client.billing"),
        form_grid(
            select_field(
                state,
                "payment_terms",
                tr("settings.documents.payment_terms"),
                [portal, *[(terms, _terms(terms)) for terms in CLIENT_TERMS]],
            ),
            select_field(state, "tax_id", tr("client.tax"), state.tax_options),
        ),
        select_field(
            state,
            "rounding_mode",
            tr("settings.time.rounding"),
            [
                portal,
                *[
                    (name, tr(f"settings.time.rounding_modes.{name}"))
                    for name in ("none", "up", "down", "nearest")
                ],
            ],
            help=tr("client.rounding_help"),
            on_change=state.choose_rounding,
        ),
        rounding,
        text_field(
            state,
            "daily_cap",
            tr("settings.time.daily_cap_seconds"),
            help=tr("client.cap_help"),
            numeric=True,
            optional=True,
        ),
    )


def _terms(terms: str) -> Any:
    rule, _, days = terms.partition(":")
    return tr("client.end_of_month" if rule == "eom" else "settings.documents.days", n=int(days))
