"""How much of a budget is used: the figure, and a bar of its length."""

from typing import Any

import reflex as rx


def budget_bar(text: Any, width: Any, tone: Any) -> rx.Component:
    """`width` as in `84%`; the bar says nothing that the text does not."""
    return rx.cond(
        text != "",
        rx.el.span(
            rx.el.span(text, class_name="num"),
            rx.el.span(
                rx.el.span(class_name="used-fill", style={"width": width}, custom_attrs={"data-tone": tone}),
                class_name="used-bar",
                aria_hidden="true",
            ),
            class_name="used",
        ),
    )
