from typing import Any

import reflex as rx

from finance_app import routes
from finance_app.components.dialog import form_dialog
from finance_app.components.form import form, form_actions, radio_field, text_field
from finance_app.components.frame import page
from finance_app.components.parts import (
    allowed,
    badge,
    button,
    facts_of,
    labelled,
    link_button,
    menu_item,
    menu_link,
    notice,
    panel,
)
from finance_app.components.text import tr
from finance_app.domain.permissions import Permission
from finance_app.pages.zoho.standing import problem_notice, sign_in_again, standing_badge
from finance_app.states.zoho.connection import ZohoPage
from finance_app.states.zoho.marketplace import Marketplace
from finance_app.states.zoho.sync_page import RunRow, StepRow

state = ZohoPage


def zoho() -> rx.Component:
    instant = button(
        rx.cond(state.running, tr("zoho.page.refresh"), tr("zoho.page.sync")),
        kind="primary",
        icon="refresh-cw",
        on_click=state.sync_now,
        disabled=state.removing | state.asked,
        aria_busy=state.asked,
    )
    errors = link_button(
        rx.cond(state.error_count != "", state.error_count, tr("zoho.errors.title")),
        href=routes.ZOHO_ERRORS,
        icon="circle-alert",
    )
    more = [
        menu_link(
            rx.el.a(
                rx.icon("arrow-right-left", size=15, aria_hidden=True),
                tr("zoho.migrate.title"),
                href=routes.zoho_migrate("changes"),
            )
        ),
        menu_item(
            tr("marketplace.update"),
            icon="pencil",
            on_select=Marketplace.install(state.product),
            disabled=state.removing,
        ),
        allowed(
            Permission.INTEGRATION_REMOVE,
            menu_item(tr("marketplace.remove"), icon="trash-2", danger=True, on_select=state.offer_removal),
        ),
    ]
    return page(
        state.name,
        problem_notice(state, rx.cond(~state.is_native, access_remedy())),
        rx.cond(state.is_native, allowed(Permission.INTEGRATION_REMOVE, _native())),
        rx.cond(state.removing, notice(tr("zoho.page.finishing"), tone="amber")),
        rx.el.div(
            rx.el.div(progress_panel(), history_panel(), class_name="stack"),
            panel(tr("zoho.page.connection"), facts_of(state.facts)),
            class_name="columns",
        ),
        _removal(),
        context=tr("zoho.context"),
        crumb=(tr("marketplace.title"), routes.MARKETPLACE),
        badge=standing_badge(state.standing),
        actions=[errors],
        more=more,
        primary=instant,
    )


def access_remedy() -> rx.Component:
    return sign_in_again(state, on_click=Marketplace.install(state.product))


def progress_panel(state: Any = ZohoPage, title: Any = None, never: Any = None) -> rx.Component:
    """How far a run is, module by module; it stays as it is while nothing goes on."""

    def step(row: StepRow) -> rx.Component:
        mark = rx.cond(
            row.finished,
            rx.icon("check", size=14, aria_hidden=True),
            rx.cond(
                state.running,
                rx.icon("loader", size=14, aria_hidden=True),
                rx.icon("pause", size=14, aria_hidden=True),
            ),
        )
        return rx.el.li(
            rx.el.span(mark, class_name="sync-mark"),
            rx.el.span(
                rx.cond(row.href != "", rx.el.a(row.name, href=row.href), row.name),
                class_name="grow",
            ),
            rx.cond(
                row.failed != "",
                rx.el.a(
                    badge(row.failed, "red"),
                    href=row.errors,
                    title=tr("zoho.page.see_errors"),
                    aria_label=tr("zoho.page.errors_of", name=row.name, count=row.failed),
                ),
            ),
            rx.el.span(row.done, class_name="num small muted"),
            rx.el.span(rx.el.span(style={"width": row.percent}), class_name="sync-bar", aria_hidden="true"),
        )

    return panel(
        tr("zoho.page.progress") if title is None else title,
        rx.cond(
            state.steps.length() > 0,
            rx.el.ul(
                rx.foreach(state.steps, step), class_name="sync-steps" if title is None else "sync-steps long"
            ),
            rx.el.p(tr("zoho.page.never") if never is None else never, class_name="muted"),
        ),
        rx.cond(
            state.held != "",
            rx.el.p(
                state.held,
                " ",
                rx.el.a(tr("zoho.page.see_errors"), href=routes.ZOHO_ERRORS, class_name="link"),
                class_name="small",
            ),
        ),
        rx.cond(state.pace != "", rx.el.p(state.pace, class_name="small muted")),
        actions=[
            rx.el.div(
                rx.el.span(state.pending),
                rx.cond(state.left != "", rx.el.span(" · ", state.left)),
                class_name="small muted",
                aria_live="polite",
            )
        ],
    )


def _native() -> rx.Component:
    return panel(
        tr("zoho.page.native_title"),
        rx.el.p(tr("zoho.page.native_text"), class_name="small muted"),
        form(
            state.state_native_off,
            state,
            text_field(
                state, "statement", tr("zoho.page.native_statement"), required=True, auto_complete="off"
            ),
            form_actions(tr("zoho.page.native_save")),
        ),
    )


def history_panel(state: Any = ZohoPage) -> rx.Component:
    def row(run: RunRow) -> rx.Component:
        return rx.el.tr(
            rx.el.td(
                rx.el.div(
                    rx.el.span(run.reason),
                    rx.el.span(run.modules, class_name="small muted"),
                    class_name="cell-lines",
                ),
                class_name="first line-first",
            ),
            cell("started", run.started, "num"),
            cell("duration", run.took, "num"),
            cell("records", run.records, "n"),
            cell("failed", run.failed, "n"),
        )

    def cell(name: str, value: Any, class_name: str) -> rx.Component:
        return labelled(tr(f"zoho.page.{name}"), rx.el.span(value), class_name=class_name)

    heads: list[Any] = [
        rx.el.th(
            tr(f"zoho.page.{name}"), scope="col", class_name="n" if name in ("records", "failed") else ""
        )
        for name in ("reason", "started", "duration", "records", "failed")
    ]
    table = rx.el.table(
        rx.el.thead(rx.el.tr(*heads)),
        rx.el.tbody(rx.foreach(state.runs, row)),
        class_name="table table-cards sync-history",
    )
    return panel(
        tr("zoho.page.history"),
        rx.el.div(
            table, class_name="table-scroll", tab_index=0, role="region", aria_label=tr("zoho.page.history")
        ),
        flush=True,
    )


def _removal() -> rx.Component:
    ways = [(name, tr(f"zoho.remove.{name}"), tr(f"zoho.remove.{name}_help")) for name in ("finish", "drop")]
    return form_dialog(
        state,
        state.remove,
        tr("zoho.remove.title"),
        rx.el.ul(*[rx.el.li(tr(f"zoho.remove.cons_{n}")) for n in (1, 2, 3, 4)], class_name="steps small"),
        rx.el.div(
            rx.el.span(tr("zoho.remove.unsent"), class_name="field-label"),
            rx.el.p(state.unsent, class_name="small muted"),
            radio_field(state, "unsent", tr("zoho.remove.unsent"), ways),
        ),
        text_field(
            state,
            "typed",
            tr("zoho.remove.typed", name=state.organisation),
            required=True,
            auto_complete="off",
        ),
        text=tr("zoho.remove.text"),
        save=tr("zoho.remove.action"),
        danger=True,
    )
