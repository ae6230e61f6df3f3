"""Charts: drawn by plotly's basic bundle, which the browser fetches when a chart scrolls into view.

A chart is a picture of the table beside it; it is hidden from screen readers, which read the table.
"""

from typing import Any

import reflex as rx

from finance_app.components.native import InView


def chart(figure: Any, *, height: int = 240) -> rx.Component:
    """`figure` is a var of a state, made with `quiet_layout` of states/chart.py."""
    drawn = rx.plotly.basic(
        data=figure,
        config={"displayModeBar": False, "responsive": True},
        width="100%",
        height=f"{height}px",
        use_resize_handler=True,
    )
    return rx.el.div(InView.create(drawn, min_height=height), aria_hidden="true", class_name="chart")
