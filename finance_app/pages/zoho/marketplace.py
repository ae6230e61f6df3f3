from typing import Any

import reflex as rx

from finance_app import routes
from finance_app.components.frame import page
from finance_app.components.parts import allowed, badge, button, link_button, notice
from finance_app.components.text import tr
from finance_app.domain.permissions import Permission
from finance_app.pages.zoho.standing import standing_badge
from finance_app.states.zoho.marketplace import Marketplace

state = Marketplace
ICONS = {"books": "book-open", "invoice": "receipt-text"}
OTHER = {"books": "invoice", "invoice": "books"}


def marketplace() -> rx.Component:
    return page(
        tr("marketplace.title"),
        rx.cond(state.state == "active", notice(tr("marketplace.one_at_a_time"))),
        rx.cond(
            _is_installed("books") | _is_installed("invoice") | (state.source == "active"),
            _tiles(tr("marketplace.installed_title"), installed=True),
        ),
        _tiles(tr("marketplace.available_title"), installed=False),
        context=tr("marketplace.context"),
    )


def _is_installed(name: str) -> Any:
    return (state.product == name) & ((state.state == "active") | (state.state == "removing"))


def _tiles(title: rx.Var, *, installed: bool) -> rx.Component:
    source = state.source == "active"
    tiles = (
        (_is_installed("books"), _finance("books")),
        (_is_installed("invoice"), _finance("invoice")),
        (source, _projects()),
    )
    shown = [rx.cond(on if installed else ~on, tile) for on, tile in tiles]
    return rx.el.section(
        rx.el.h2(title, class_name="section-title"), rx.el.div(*shown, class_name="apps"), class_name="stack"
    )


def _tile(
    name: str, icon: str, mark: rx.Component, about: rx.Component, *actions: rx.Component
) -> rx.Component:
    return rx.el.section(
        rx.el.div(
            rx.el.span(rx.icon(icon, size=20, aria_hidden=True), class_name="app-icon"),
            rx.el.h3(tr(f"marketplace.{name}.name"), class_name="grow"),
            mark,
            class_name="row",
        ),
        rx.el.p(tr(f"marketplace.{name}.text"), class_name="small muted"),
        about,
        rx.el.div(*actions, class_name="row wrap"),
        class_name="app-tile",
        aria_label=tr(f"marketplace.{name}.name"),
    )


def _finance(name: str) -> rx.Component:
    mine = state.product == name
    active = mine & (state.state == "active")
    removing = mine & (state.state == "removing")
    unfinished = mine & (state.state == "draft")
    mark = rx.cond(
        active,
        standing_badge(state.standing, idle=tr("marketplace.installed")),
        rx.cond(
            unfinished,
            badge(tr("marketplace.unfinished"), "amber"),
            rx.cond(removing, badge(tr("marketplace.removing"), "amber")),
        ),
    )
    about = rx.cond(mine & (state.about != ""), rx.el.p(state.about, class_name="small"))
    blocked = (state.product == OTHER[name]) & ((state.state == "active") | (state.state == "removing"))
    install = rx.cond(
        blocked,
        rx.el.p(
            tr("marketplace.other_first", name=tr(f"marketplace.{OTHER[name]}.name")),
            class_name="small muted",
        ),
        button(tr("marketplace.install"), kind="primary", on_click=state.install(name)),
    )
    actions = rx.cond(
        active | removing,
        rx.fragment(
            link_button(tr("marketplace.open"), href=routes.ZOHO, kind="primary"),
            rx.cond(active, button(tr("marketplace.update"), on_click=state.install(name))),
            allowed(
                Permission.INTEGRATION_REMOVE,
                rx.cond(active, link_button(tr("marketplace.remove"), href=routes.ZOHO + "?remove=1")),
            ),
        ),
        rx.cond(
            unfinished,
            rx.fragment(
                link_button(tr("marketplace.resume"), href=state.resume, kind="primary"),
                button(tr("zoho.setup.discard"), on_click=state.discard),
            ),
            install,
        ),
    )
    return _tile(name, ICONS[name], mark, about, actions)


def _projects() -> rx.Component:
    """The source, and beside it the file for those without access to the API."""
    active, unfinished = state.source == "active", state.source == "draft"
    mark = rx.cond(
        active,
        standing_badge(
            state.source_standing,
            running=tr("zoho_source.page.reading"),
            idle=tr("marketplace.installed"),
        ),
        rx.cond(
            unfinished,
            badge(tr("marketplace.unfinished"), "amber"),
            badge(tr("marketplace.source"), "gray"),
        ),
    )
    about = rx.cond(active & (state.source_about != ""), rx.el.p(state.source_about, class_name="small"))
    actions = rx.cond(
        active,
        rx.fragment(
            link_button(tr("marketplace.open"), href=routes.ZOHO_SOURCE, kind="primary"),
            button(tr("marketplace.update"), on_click=state.install_source),
            allowed(
                Permission.INTEGRATION_REMOVE,
                link_button(tr("marketplace.remove"), href=routes.ZOHO_SOURCE + "?remove=1"),
            ),
        ),
        rx.cond(
            unfinished,
            rx.fragment(
                link_button(tr("marketplace.resume"), href=state.source_resume, kind="primary"),
                button(tr("zoho.setup.discard"), on_click=state.discard_source),
            ),
            rx.fragment(
                button(tr("marketplace.install"), kind="primary", on_click=state.install_source),
                link_button(tr("marketplace.projects.import"), href=routes.TIME_IMPORT_NEW),
            ),
        ),
    )
    return _tile("projects", "folder-kanban", mark, about, actions)
