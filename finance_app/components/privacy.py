"""The panel with the personal data of a client or a person."""

from typing import Any

import reflex as rx

from finance_app.components.dialog import confirm
from finance_app.components.native import native_link
from finance_app.components.parts import allowed, button, panel
from finance_app.components.text import tr
from finance_app.domain.permissions import Permission
from finance_app.states.clients.privacy import Privacy


def privacy_panel(kind: str, object_id: Any, name: Any) -> rx.Component:
    """`kind` is client or user. Shown to those who may export and erase."""
    erase = Privacy.erase_client if kind == "client" else Privacy.erase_person
    return allowed(
        Permission.PRIVACY_EDIT,
        panel(
            tr("privacy.title"),
            rx.el.div(
                native_link(
                    tr("privacy.export"),
                    href="/files/personal-data/" + kind + "/" + object_id + ".json",
                    class_name="btn",
                ),
                confirm(
                    button(tr("privacy.erase"), icon="eraser"),
                    tr("privacy.erase_title", name=name),
                    tr(f"privacy.erase_{kind}"),
                    action=tr("privacy.erase"),
                    on_confirm=erase,
                ),
                class_name="row wrap",
            ),
        ),
    )
