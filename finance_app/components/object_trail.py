"""The fold with the audit trail of what a page shows."""

import reflex as rx

from finance_app.components.parts import allowed, timeline
from finance_app.components.text import tr
from finance_app.domain.permissions import Permission
from finance_app.states.object_trail import SHOWN, ObjectTrail
from finance_app.states.session import Session


def object_trail(kind: str, *, whole: bool = False) -> rx.Component:
    """`kind` as in the trail: client, user, portal; `me` is the reader. With `whole` all of that kind.

    Nothing is read before somebody opens it.
    """
    state = ObjectTrail
    known = (state.trail_kind == kind) & (state.trail_visit == Session.visit)
    every = rx.cond(
        state.trail_total > SHOWN,
        rx.el.a(
            tr("audit.trail.all", n=state.trail_total, n_text=state.trail_total_text),
            href=state.trail_href,
            class_name="link small",
        ),
    )
    rows = rx.cond(
        state.trail.length() > 0,
        rx.fragment(timeline(state.trail, lambda row: (row.what, row.when), lambda row: row.changes), every),
        rx.el.p(tr("audit.trail.empty"), class_name="muted"),
    )
    return allowed(
        Permission.AUDIT_VIEW,
        rx.el.details(
            rx.el.summary(tr("audit.title"), class_name="link", on_click=state.open_trail(kind, whole)),
            rx.el.div(
                rx.cond(known, rows, rx.el.p(tr("audit.trail.loading"), class_name="muted")),
                class_name="object-trail-rows",
                aria_live="polite",
            ),
            class_name="object-trail",
            key=f"trail-{kind}-" + Session.visit.to_string(),
        ),
    )
