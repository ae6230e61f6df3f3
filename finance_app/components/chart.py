"""Charts: drawn by plotly's basic bundle, which the browser fetches when a chart scrolls into view.

A chart is a picture of the table beside it; it is hidden from screen readers, which read the table.
"""

from typing import Any

import reflex as rx

from finance_app.components.native import InView


def chart(figure: Any, *, height: int = 240, on_click: Any = None) -> rx.Component:
    """`figure` is a var of a state, made with `quiet_layout` of states/chart.py; `on_click` gets the points
    that were clicked. Whoever has no mouse finds the same addresses in the table."""
    opens = {} if on_click is None else {"on_click": on_click}
    drawn = rx.plotly.basic(
        data=figure,
        config={"displayModeBar": False, "responsive": True},
        width="100%",
        height=f"{height}px",
        use_resize_handler=True,
        **opens,
    )
    name = "chart" if on_click is None else "chart opens"
    return rx.el.div(InView.create(drawn, min_height=height), aria_hidden="true", class_name=name)
