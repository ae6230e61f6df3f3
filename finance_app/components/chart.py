"""Charts: drawn by plotly's basic bundle, which a browser fetches only when one scrolls into view."""

from typing import Any

import reflex as rx

from finance_app.components.native import InView


def lazy_chart(figure: Any, *, label: Any, height: int) -> rx.Component:
    """`label` says what it shows; a table of the same figures belongs beside it."""
    chart = rx.plotly.basic(
        data=figure,
        config={"displayModeBar": False, "responsive": True},
        use_resize_handler=True,
        width="100%",
        height=f"{height}px",
    )
    return rx.el.div(InView.create(chart, min_height=height), role="img", aria_label=label)
