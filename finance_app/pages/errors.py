import reflex as rx

from finance_app.components.frame import frame, missing
from finance_app.components.text import tr


def not_found() -> rx.Component:
    return frame(missing(), title=tr("shell.missing.title"))
