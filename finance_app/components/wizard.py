"""The frame of every wizard: a rail of steps, the step, a live summary aside, Back and Next in one place.

Each step has its own address, so that a reload or the back button resumes where one was.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import reflex as rx

from finance_app.components.parts import button, link_button
from finance_app.components.text import tr


@dataclass(frozen=True)
class Step:
    """A step: its text, its state (a text or var: done, current, todo, problem), and its address if it can
    be gone to; an empty one is none."""

    label: Any
    state: Any
    href: Any = None


def wizard(
    steps: Sequence[Step],
    *children: Any,
    aside: Any = None,
    back: Any = None,
    on_back: Any = None,
    next_text: Any = None,
    on_next: Any = None,
    next_disabled: Any = False,
    form_id: str = "",
    extra: Sequence[rx.Component] = (),
) -> rx.Component:
    """`back` is an address (or `on_back` a handler); Next calls `on_next`, or submits the form `form_id`."""
    go: dict[str, Any] = {"type": "submit", "form": form_id} if form_id else {"on_click": on_next}
    if back is not None:
        backward: Any = link_button(tr("common.back"), href=back, icon="arrow-left")
    elif on_back is not None:
        backward = button(tr("common.back"), on_click=on_back, icon="arrow-left")
    else:
        backward = rx.el.span()
    forward = button(
        tr("common.next") if next_text is None else next_text, kind="primary", disabled=next_disabled, **go
    )
    foot = rx.el.div(backward, rx.el.div(*extra, forward, class_name="row"), class_name="wizard-foot")
    rail = rx.el.nav(
        *[_rail_step(index + 1, step) for index, step in enumerate(steps)],
        class_name="rail",
        aria_label=tr("shell.steps"),
    )
    parts = [rail, rx.el.div(*children, foot, class_name="grow")]
    if aside is not None:
        parts.append(rx.el.aside(aside, class_name="wizard-aside", aria_label=tr("shell.summary")))
    return rx.el.div(*parts, class_name="wizard" if aside is not None else "wizard no-aside")


def step_head(title: Any, text: Any) -> rx.Component:
    """What a step asks, and what to know for it."""
    return rx.el.div(
        rx.el.h2(title, class_name="section-title"), rx.el.p(text, class_name="muted"), class_name="stack-s"
    )


def _rail_step(number: int, step: Step) -> rx.Component:
    mark = rx.match(
        step.state,
        ("done", rx.icon("check", size=13, aria_hidden=True)),
        ("problem", rx.icon("x", size=13, aria_hidden=True)),
        rx.el.span(str(number)),
    )
    inside = [rx.el.span(mark, class_name="rail-mark"), rx.el.span(step.label)]
    attrs = {"data-state": step.state, "aria-current": rx.cond(step.state == "current", "step", "false")}
    plain = rx.el.span(*inside, class_name="rail-step", custom_attrs=attrs)
    if step.href is None:
        return plain
    return rx.cond(
        step.href, rx.el.a(*inside, href=step.href, class_name="rail-step", custom_attrs=attrs), plain
    )
