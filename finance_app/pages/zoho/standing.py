"""The badge of a connection or a source: what is true of its sync now."""

from typing import Any

import reflex as rx

from finance_app.components.parts import badge, button, link_button, notice
from finance_app.components.text import tr
from finance_app.services.zoho.sync.standing import Standing


def problem_notice(state: Any, *remedies: rx.Component) -> rx.Component:
    """Why nothing goes on, and what can be done about it at once."""
    return rx.cond(
        state.problem != "",
        notice(
            rx.el.div(state.problem),
            rx.el.div(*remedies, class_name="row wrap remedies"),
            tone="amber",
            icon="triangle-alert",
        ),
    )


def sign_in_again(state: Any, **action: Any) -> rx.Component:
    """Where Zoho refuses the sign-in."""
    words = tr("zoho.page.sign_in_again")
    way = link_button(words, **action) if "href" in action else button(words, size="s", **action)
    return rx.cond(state.standing == Standing.STALLED.value, way)


HELD_UP = (Standing.STALLED, Standing.SILENT, Standing.PAUSED, Standing.INTERRUPTED)


def standing_badge(standing: Any, running: Any = None, idle: Any = None) -> rx.Component:
    """The words for what goes on, and for what waits for its next time, may be those of the caller."""
    held_up = [(each.value, badge(tr(f"zoho.standing.{each}"), "amber")) for each in HELD_UP]
    at_work = tr("zoho.page.syncing") if running is None else running
    at_rest = tr("zoho.page.active") if idle is None else idle
    return rx.fragment(
        rx.match(
            standing,
            ("removing", badge(tr("zoho.page.removing"), "amber")),
            *held_up,
            (Standing.RUNNING.value, badge(at_work, "blue")),
            badge(at_rest, "green"),
        )
    )
