"""The step in which a wizard signs in to Zoho by a client that the firm registered there."""

from typing import Any

import reflex as rx

from finance_app.components.form import form, select_field, text_field
from finance_app.components.parts import notice
from finance_app.components.text import tr
from finance_app.integrations.zoho import CENTRES
from finance_app.states.zoho.steps import ScopeRow

CONSOLE = "api-console.zoho.com"


def centre_field(state: Any) -> rx.Component:
    centres = [(code, tr(f"zoho.centre.{code}")) for code in CENTRES]
    return select_field(
        state, "centre", tr("zoho.credentials.centre"), centres, help=tr("zoho.credentials.centre_help")
    )


def client_parts(state: Any, form_id: str) -> list[rx.Component]:
    """How to register the client, its form, and the rights that are asked for, each with the reason."""

    def scope(row: ScopeRow) -> rx.Component:
        return rx.el.li(rx.el.code(row.name, class_name="break"), rx.el.span(" · ", row.why))

    secret_help = rx.cond(state.has_secret, tr("zoho.credentials.secret_kept"), "")
    return [
        rx.cond(state.signed_in, notice(tr("zoho.credentials.signed_in"), tone="green", icon="check")),
        rx.el.ol(
            rx.el.li(
                tr("zoho.credentials.how_1"),
                " ",
                rx.el.a(
                    CONSOLE, href=f"https://{CONSOLE}/", target="_blank", rel="noopener", class_name="link"
                ),
            ),
            rx.el.li(tr("zoho.credentials.how_2"), " ", rx.el.code(state.redirect, class_name="break")),
            rx.el.li(tr("zoho.credentials.how_3")),
            class_name="steps small",
        ),
        form(
            state.save_application,
            state,
            centre_field(state),
            text_field(
                state, "client_id", tr("zoho.credentials.client_id"), required=True, auto_complete="off"
            ),
            text_field(
                state,
                "client_secret",
                tr("zoho.credentials.client_secret"),
                type="password",
                help=secret_help,
                auto_complete="off",
            ),
            id=form_id,
        ),
        rx.el.details(
            rx.el.summary(tr("zoho.credentials.scopes", n=state.scopes.length())),
            rx.el.ul(rx.foreach(state.scopes, scope), class_name="steps small"),
            class_name="more",
        ),
    ]
