import reflex as rx

from finance_app import routes
from finance_app.components.frame import page
from finance_app.components.parts import allowed, empty, link_button
from finance_app.components.text import tr
from finance_app.domain.permissions import Permission
from finance_app.states.session import Session


def overview() -> rx.Component:
    return page(
        tr("shell.overview.title"),
        rx.el.div(
            empty(
                tr("shell.overview.start_title"),
                tr("shell.overview.start_text"),
                allowed(
                    Permission.CLIENTS_VIEW,
                    link_button(tr("shell.nav.clients"), href=routes.CLIENTS, icon="users"),
                ),
                icon="sprout",
            ),
            class_name="panel",
        ),
        context=tr("shell.overview.context", name=Session.user_name),
    )
