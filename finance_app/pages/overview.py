import reflex as rx

from finance_app.components.frame import page
from finance_app.components.parts import empty, panel, tile, tiles, timeline
from finance_app.components.text import tr
from finance_app.states.overview import Due, Event, Overview, Tile
from finance_app.states.session import Session


def overview() -> rx.Component:
    return page(
        tr("shell.overview.title"),
        panel(
            tr("overview.needs"),
            rx.cond(
                Overview.needs.length() > 0,
                tiles(rx.foreach(Overview.needs, _tile)),
                empty(tr("overview.nothing.title"), Overview.nothing, icon="sprout"),
            ),
        ),
        rx.cond(
            Overview.tasks.length() > 0,
            panel(tr("overview.tasks.title"), timeline(Overview.tasks, _due)),
        ),
        rx.cond(
            Overview.cash.length() > 0,
            panel(tr("overview.cash.title"), tiles(rx.foreach(Overview.cash, _tile))),
        ),
        panel(tr("overview.month.title"), tiles(rx.foreach(Overview.month, _tile))),
        rx.cond(
            Overview.events.length() > 0,
            panel(tr("overview.activity"), timeline(Overview.events, _event)),
        ),
        context=tr("shell.overview.context", name=Session.user_name),
    )


def _tile(figure: Tile) -> rx.Component:
    return tile(figure.label, figure.value, note=figure.note, tone=figure.tone, href=figure.href)


def _due(task: Due) -> tuple[rx.Component, rx.Component]:
    """What is to be done, and when."""
    return (
        rx.el.a(task.name, href=task.href),
        rx.el.span(task.project, " · ", rx.el.span(task.when, class_name=rx.cond(task.late, "loss", ""))),
    )


def _event(entry: Event) -> tuple[rx.Component, rx.Component]:
    linked = rx.cond(entry.href != "", rx.el.a(entry.what, href=entry.href), rx.el.span(entry.what))
    return linked, rx.el.span(entry.when)
