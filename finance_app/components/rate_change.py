"""What a change of rates does to unbilled time, asked before it is saved."""

from typing import Any

import reflex as rx

from finance_app.components.dialog import confirm
from finance_app.components.parts import labelled, notice
from finance_app.components.text import tr
from finance_app.states.projects.rate_change import ChangeRow


def rate_change_dialog(state: Any, on_confirm: Any) -> rx.Component:
    """Put it once on a page whose `state` is a RateChange (states/rate_change.py). It opens by itself when a
    save would change unbilled time; `on_confirm` is the handler that saves what was asked."""
    body = rx.el.div(
        rx.cond(state.change_outdated, notice(tr("rate.change.outdated"), tone="amber")),
        _table(tr("rate.change.bills"), state.change_bills),
        rx.cond(
            state.change_unpriced != "",
            notice(
                tr("rate.change.unpriced", hours=state.change_unpriced), tone="amber", icon="triangle-alert"
            ),
        ),
        _table(tr("rate.change.costs"), state.change_costs),
        class_name="stack",
    )
    return confirm(
        None,
        state.change_title,
        rx.cond(
            state.change_logs > 0,
            tr("rate.change.text", n=state.change_logs, n_text=state.change_logs_text),
            tr("rate.change.none"),
        ),
        action=tr("rate.change.action"),
        on_confirm=on_confirm,
        danger=False,
        body=body,
        width="640px",
        open=state.change_open,
        on_open_change=state.set_change_open,
    )


def _table(title: Any, rows: Any) -> rx.Component:
    heads = [
        rx.el.th(text, scope="col", class_name=name)
        for text, name in (
            (tr("time.project"), ""),
            (tr("rate.change.hours"), "n"),
            (tr("rate.change.before"), "n"),
            (tr("rate.change.after"), "n"),
        )
    ]
    table = rx.el.table(
        rx.el.thead(rx.el.tr(*heads)),
        rx.el.tbody(rx.foreach(rows, _row)),
        class_name="table table-cards",
        aria_label=title,
    )
    box = rx.el.div(rx.el.div(table, class_name="table-scroll"), class_name="table-box")
    return rx.cond(rows.length() > 0, rx.el.section(rx.el.h3(title, class_name="panel-subtitle"), box))


def _row(row: ChangeRow) -> rx.Component:
    after = rx.el.div(
        rx.el.span(row.after, class_name="strong"),
        rx.el.div(row.difference, class_name="small muted"),
    )
    return rx.el.tr(
        rx.el.td(row.name, class_name="first"),
        _cell(row.hours, tr("rate.change.hours")),
        _cell(row.before, tr("rate.change.before")),
        _cell(after, tr("rate.change.after")),
        class_name=rx.cond(row.is_sum, "sum-row", ""),
    )


def _cell(content: Any, label: Any) -> rx.Component:
    return labelled(label, content, class_name="n")
