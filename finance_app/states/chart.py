"""The look of every chart: one accent and one neutral, few lines, no frame; it fits light and dark alike."""

from typing import Any

import plotly.graph_objects as go

ACCENT = "#5b76f7"
NEUTRAL = "#9aa3b2"
INK = "#7c8593"
FONT = "Inter Variable, system-ui, sans-serif"
LINE = "rgba(128, 138, 155, 0.22)"


def quiet_layout(**more: Any) -> dict[str, Any]:
    """The layout of a figure, without background, so that the page's own shows through."""
    return {
        "margin": {"l": 44, "r": 8, "t": 28, "b": 40},
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "font": {"family": FONT, "size": 12, "color": INK},
        "legend": {"orientation": "h", "x": 0, "y": 1.16, "bgcolor": "rgba(0,0,0,0)"},
        "hoverlabel": {"font": {"family": FONT}},
        "xaxis": {"showgrid": False, "fixedrange": True, "linecolor": LINE},
        "yaxis": {"gridcolor": LINE, "zeroline": False, "fixedrange": True},
        "dragmode": False,
        **more,
    }


def clicked(points: Any) -> tuple[int, int]:
    """The series and the place in it of a click, as the browser tells them; -1 where it tells nonsense."""
    point = points[0] if isinstance(points, list) and points else None
    if not isinstance(point, dict):
        return -1, -1
    curve, place = point.get("curveNumber"), point.get("pointNumber")
    if not isinstance(curve, int) or not isinstance(place, int):
        return -1, -1
    return curve, place


class _Blank(go.Figure):
    def __reduce__(self) -> str:  # type: ignore[override]
        return "BLANK"


BLANK: go.Figure = _Blank()
"""What a chart shows before its page is loaded: the same one for every tab, never copied. Making a figure
takes 25 ms, and each tab that opens or logs out would make one a chart."""
