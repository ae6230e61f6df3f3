"""The rail of the wizard's four steps, and what its first two have in common."""

from typing import Any

import reflex as rx

from finance_app import routes
from finance_app.components.dialog import confirm
from finance_app.components.parts import button, notice
from finance_app.components.text import tr
from finance_app.components.wizard import Step
from finance_app.states.billing.looking import ReasonRow
from finance_app.states.billing.wizard import Billing

STEPS = ("scope", "lines", "details", "review")


def steps(current: str, **hrefs: Any) -> list[Step]:
    """The rail of the four steps, as it stands at `current`."""
    at = STEPS.index(current)
    return [
        Step(
            tr(f"billing.step.{name}"),
            "done" if index < at else "current" if index == at else "todo",
            hrefs.get(name),
        )
        for index, name in enumerate(STEPS)
    ]


def steps_of_draft(current: str, invoice_id: Any, of_wizard: Any) -> list[Step]:
    """The rail once there is a draft: one may go back to any step before, of a draft that the wizard made."""
    draft = "?draft=" + invoice_id.to_string()
    hrefs = {
        "scope": routes.INVOICE_NEW + draft,
        "lines": routes.INVOICE_NEW_LINES + draft,
        "details": "/invoices/" + invoice_id.to_string() + "/edit",
    }
    at = STEPS.index(current)
    return steps(
        current,
        **{
            name: hrefs[name] if name == "details" else rx.cond(of_wizard, hrefs[name], "")
            for name in STEPS[:at]
        },
    )


def discard_button(on_confirm: Any) -> rx.Component:
    """Gives everything back and leaves the wizard."""
    return confirm(
        button(tr("billing.discard"), kind="quiet"),
        tr("billing.discard_title"),
        tr("billing.discard_text"),
        action=tr("billing.discard"),
        on_confirm=on_confirm,
    )


def summary() -> rx.Component:
    """What would be billed, and what is left out and why."""
    return rx.el.div(
        rx.el.h2(tr("billing.summary"), class_name="section-title"),
        rx.cond(
            Billing.line_count > 0,
            rx.el.div(
                rx.el.div(Billing.amount, class_name="tile-value"),
                rx.cond(
                    Billing.logs > 0,
                    rx.el.p(
                        tr("billing.summary_hours", hours=Billing.billed, n=Billing.logs),
                        class_name="muted",
                    ),
                ),
                rx.cond(
                    Billing.by_hour & Billing.by_price,
                    rx.el.p(tr("billing.of_time", amount=Billing.time_amount), class_name="small muted"),
                ),
                rx.cond(
                    Billing.billed != Billing.tracked,
                    rx.el.p(tr("billing.tracked", hours=Billing.tracked), class_name="small muted"),
                ),
                rx.cond(Billing.marked, rx.el.p(Billing.marked, class_name="small muted")),
                rx.el.p(tr("billing.line_count", n=Billing.line_count), class_name="small muted"),
                class_name="stack-s",
            ),
        ),
        rx.cond(
            Billing.choices["client"],
            rx.cond(Billing.problem, notice(Billing.problem, tone="amber", icon="info")),
            rx.el.p(tr("billing.start"), class_name="muted"),
        ),
        rx.cond(
            Billing.left_out,
            rx.el.div(
                rx.el.h3(tr("billing.left_out"), class_name="section-title"),
                rx.el.ul(rx.foreach(Billing.left_out, _reason), class_name="plain-list"),
                class_name="stack-s",
            ),
        ),
        class_name="stack",
    )


def _reason(row: ReasonRow) -> rx.Component:
    return rx.el.li(
        rx.el.a(
            tr("invoicing.reason." + row.reason),
            href=Billing.pick_href + "&what=logs&show=" + row.reason,
            class_name="link grow",
        ),
        rx.el.span(tr("billing.logs_hours", n=row.logs, hours=row.hours), class_name="num muted"),
        class_name="row-between small",
    )


def losses() -> rx.Component:
    """Before a draft is made anew: what was changed by hand and would be lost."""
    return rx.cond(
        (Billing.draft_id > 0) & ((Billing.losses.length() > 0) | (Billing.removed > 0)),
        notice(
            rx.el.p(tr("billing.losses")),
            rx.el.ul(
                rx.foreach(Billing.losses, lambda name: rx.el.li(name)),
                rx.cond(Billing.removed > 0, rx.el.li(tr("billing.removed_lines", n=Billing.removed))),
                class_name="bullets small",
            ),
            tone="amber",
            icon="triangle-alert",
        ),
    )
