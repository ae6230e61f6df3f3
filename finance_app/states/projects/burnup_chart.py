"""The picture of a burn-up: planned against actual, and where the present pace leads."""

from collections.abc import Callable
from datetime import date

import plotly.graph_objects as go

from finance_app.i18n import formats, t
from finance_app.services.budgeting.burnup import Burnup
from finance_app.states.chart import ACCENT, BLANK, LINE, NEUTRAL, quiet_layout

WARNING = "#e5484d"
TICKS = 6
STEPS = 5


def figure(
    course: Burnup, limit: int | None, today: date, show: Callable[[int], str], size: int, locale: str
) -> go.Figure:
    """Empty where there is nothing to draw. `show` writes a figure as the tables do; `size` is one hour in
    seconds, or one of the currency in minor units."""
    if not course.points:
        return BLANK
    points = course.points
    known = [(point.day, point.actual) for point in points if point.actual is not None]
    paths: list[tuple[str, list[tuple[date, int]], str, str]] = [
        ("planned", [(point.day, point.planned) for point in points], NEUTRAL, "solid"),
        ("actual", known, ACCENT, "solid"),
    ]
    if course.completion and known and course.forecast > known[-1][1]:
        begin = (min(known[-1][0], today), known[-1][1])
        paths.append(("forecast", [begin, (course.completion, course.forecast)], ACCENT, "dot"))
    first, last = points[0].day, max(points[-1].day, course.completion or points[-1].day)
    if limit:
        paths.append(("limit", [(first, limit), (last, limit)], WARNING, "dash"))
    lines = [
        _line(t(locale, f"budget.{name}"), path, color, dash, show, locale)
        for name, path, color, dash in paths
    ]
    top = max((value for _, path, _, _ in paths for _, value in path), default=0)
    chart = go.Figure(lines)
    chart.update_layout(
        quiet_layout(
            height=300,
            margin={"l": 8, "r": 8, "t": 8, "b": 8},
            hovermode="x",
            showlegend=True,
            xaxis={
                "type": "date",
                "showgrid": False,
                "fixedrange": True,
                "automargin": True,
                "ticks": "outside",
                "ticklen": 6,
                "tickcolor": "rgba(0,0,0,0)",
                **_ticks(first, last, locale),
            },
            yaxis={
                "rangemode": "tozero",
                "gridcolor": LINE,
                "automargin": True,
                "zeroline": False,
                "fixedrange": True,
                **_scale(top, size, locale),
            },
        )
    )
    return chart


def _line(
    name: str,
    values: list[tuple[date, int]],
    color: str,
    dash: str,
    show: Callable[[int], str],
    locale: str,
) -> go.Scatter:
    return go.Scatter(
        name=name,
        x=[day for day, _ in values],
        y=[value for _, value in values],
        mode="lines",
        line={"color": color, "dash": dash, "width": 2},
        text=[f"{formats.day(day, locale)}: {show(value)}" for day, value in values],
        hovertemplate="%{text}<extra>" + name + "</extra>",
    )


def _ticks(first: date, last: date, locale: str) -> dict:
    step = max(1, (last - first).days) / TICKS
    days = [date.fromordinal(first.toordinal() + round(step * place)) for place in range(TICKS + 1)]
    return {"tickvals": days, "ticktext": [formats.month(day, locale) for day in days]}


def _scale(top: int, size: int, locale: str) -> dict:
    """Round figures from zero to the top: steps of 1, 2 or 5 times a power of ten."""
    least = max(1, -(-top // size) // STEPS)
    power = 10 ** (len(str(least)) - 1)
    step = next(power * factor for factor in (1, 2, 5, 10) if power * factor >= least)
    values = range(0, -(-top // size) + step, step)
    return {
        "tickvals": [value * size for value in values],
        "ticktext": [formats.number(value, locale) for value in values],
    }
