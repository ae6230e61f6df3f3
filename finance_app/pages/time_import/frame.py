"""What the steps of the import have in common."""

from typing import Any

import reflex as rx

from finance_app import routes
from finance_app.components.frame import page
from finance_app.components.text import tr
from finance_app.components.wizard import Step, wizard

STEPS = ("file", "format", "columns", "check", "import")


def import_page(
    current: str, *children: Any, import_id: Any = None, context: Any, **props: Any
) -> rx.Component:
    """A step in the wizard; the steps before it can be gone back to."""
    at = STEPS.index(current)

    def step(index: int, name: str) -> Step:
        state = "done" if index < at else "current" if index == at else "todo"
        href = None
        if import_id is not None and 0 < index < at and current != "import":
            href = "/time/import/" + import_id + "/" + name
        return Step(tr(f"time_import.step.{name}"), state, href)

    steps = [step(index, name) for index, name in enumerate(STEPS)]
    return page(
        tr("time_import.wizard"),
        wizard(steps, *children, **props),
        context=context,
        crumb=(tr("time_import.title"), routes.TIME_IMPORTS),
    )
