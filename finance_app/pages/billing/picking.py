"""Within the scope: tasks, milestones and logs to bill, ticked or not; logs that are left out, and why."""

import reflex as rx

from finance_app.components.frame import page
from finance_app.components.native import SearchBox
from finance_app.components.parts import button, line_pager, link_button, panel
from finance_app.components.text import tr
from finance_app.states.billing.picking import BillingPick, PickedRow


def billing_pick() -> rx.Component:
    state = BillingPick
    return page(
        rx.cond(
            state.reason != "",
            tr("billing.left_out_title", reason=tr("invoicing.reason." + state.reason)),
            tr("billing.pick_title"),
        ),
        rx.el.div(
            rx.cond(state.reason == "", _modes()),
            rx.el.div(
                SearchBox.create(label=tr("common.list.search")),
                rx.cond(state.reason == "", _what()),
                class_name="toolbar",
            ),
            panel(
                tr("billing.pick_count", n=state.total),
                rx.cond(
                    state.rows,
                    rx.el.ul(rx.foreach(state.rows, _row), class_name="pick-list"),
                    rx.el.p(tr("common.list.nothing_found"), class_name="muted panel-body"),
                ),
                line_pager(state, state.show_page),
                flush=True,
            ),
            class_name="stack-l",
        ),
        crumb=(tr("billing.title"), state.back_href),
        context=tr("billing.pick_context"),
        primary=link_button(tr("billing.pick_done"), href=state.back_href, kind="primary"),
    )


def _modes() -> rx.Component:
    state = BillingPick
    return rx.el.div(
        button(
            tr("billing.all_but"),
            class_name="chip",
            on_click=state.start_from("all"),
            custom_attrs={"aria-pressed": rx.cond(state.only, "false", "true")},
        ),
        button(
            tr("billing.only_these"),
            class_name="chip",
            on_click=state.start_from("nothing"),
            custom_attrs={"aria-pressed": rx.cond(state.only, "true", "false")},
        ),
        rx.cond(
            state.named > 0,
            rx.el.span(
                rx.cond(
                    state.only, tr("billing.named_in", n=state.named), tr("billing.named_out", n=state.named)
                ),
                class_name="small muted",
            ),
        ),
        class_name="row wrap",
    )


def _what() -> rx.Component:
    state = BillingPick
    return rx.el.div(
        *[
            rx.el.a(
                tr(f"billing.what.{what}"),
                href=state.tabs[what],
                class_name="chip",
                custom_attrs={"aria-current": rx.cond(state.what == what, "true", "false")},
            )
            for what in ("tasks", "milestones", "logs")
        ],
        class_name="row wrap end",
    )


def _row(row: PickedRow) -> rx.Component:
    state = BillingPick
    inside = [
        rx.el.span(
            rx.el.span(row.name, class_name="strong"),
            rx.el.span(row.context, class_name="small muted"),
            rx.cond(row.notes, rx.el.span(row.notes, class_name="small muted")),
            class_name="grow stack-0",
        ),
        rx.cond(row.held, rx.el.span(tr("billing.held"), class_name="small muted")),
        rx.cond(
            row.day,
            rx.el.span(row.day, class_name="num muted"),
            rx.el.span(tr("billing.log_count", n=row.logs), class_name="num muted"),
        ),
        rx.el.span(tr("billing.hours", hours=row.hours), class_name="num"),
    ]
    return rx.el.li(
        rx.cond(
            state.reason != "",
            rx.el.a(*inside, href=row.href, class_name="pick-row"),
            rx.el.label(
                rx.el.input(
                    type="checkbox",
                    checked=row.chosen,
                    disabled=row.held,
                    on_change=state.toggle(row.id).stop_propagation,
                ),
                *inside,
            ),
        ),
        key=row.id.to_string(),
    )
