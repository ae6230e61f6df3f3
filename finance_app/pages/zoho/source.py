import reflex as rx

from finance_app import routes
from finance_app.components.dialog import form_dialog
from finance_app.components.form import text_field
from finance_app.components.frame import page
from finance_app.components.parts import (
    allowed,
    button,
    facts_of,
    link_button,
    menu_item,
    panel,
)
from finance_app.components.text import tr
from finance_app.domain.permissions import Permission
from finance_app.pages.zoho.connection import history_panel, progress_panel
from finance_app.pages.zoho.standing import problem_notice, sign_in_again, standing_badge
from finance_app.services.zoho.sync.standing import Standing
from finance_app.states.zoho.source import SourcePage

state = SourcePage


def source() -> rx.Component:
    errors = link_button(
        rx.cond(state.error_count != "", state.error_count, tr("zoho.errors.title")),
        href=routes.ZOHO_ERRORS,
        icon="circle-alert",
    )
    more = [
        menu_item(tr("marketplace.update"), icon="pencil", on_select=state.change),
        allowed(
            Permission.INTEGRATION_REMOVE,
            menu_item(tr("marketplace.remove"), icon="trash-2", danger=True, on_select=state.offer_removal),
        ),
    ]
    return page(
        tr("marketplace.projects.name"),
        problem_notice(
            state,
            rx.cond(
                state.shared,
                sign_in_again(state, href=routes.ZOHO),
                sign_in_again(state, on_click=state.change),
            ),
        ),
        rx.el.div(
            rx.el.div(
                progress_panel(state, tr("zoho_source.page.progress"), tr("zoho_source.page.never")),
                history_panel(state),
                class_name="stack",
            ),
            rx.el.div(
                panel(tr("zoho_source.page.source"), facts_of(state.facts)),
                panel(
                    tr("zoho_source.review.rules"),
                    rx.el.ul(
                        *[rx.el.li(tr(f"zoho_source.rule.{n}")) for n in (1, 2, 3, 4, 5)],
                        class_name="steps small",
                    ),
                ),
                class_name="stack",
            ),
            class_name="columns",
        ),
        _removal(),
        context=tr("zoho_source.page.context"),
        crumb=(tr("marketplace.title"), routes.MARKETPLACE),
        badge=standing_badge(state.standing, running=tr("zoho_source.page.reading")),
        actions=[errors],
        more=more,
        primary=button(
            rx.cond(state.running, tr("zoho_source.page.reading"), tr("zoho_source.page.update_now")),
            kind="primary",
            icon="refresh-cw",
            on_click=state.update_now,
            disabled=state.asked | state.running | (state.standing == Standing.INTERRUPTED.value),
            aria_busy=state.asked,
        ),
    )


def _removal() -> rx.Component:
    return form_dialog(
        state,
        state.remove,
        tr("zoho_source.remove.title"),
        rx.el.ul(
            rx.el.li(tr("zoho_source.remove.cons_1")),
            rx.el.li(tr("zoho_source.remove.cons_2")),
            rx.el.li(
                rx.cond(state.shared, tr("zoho_source.remove.cons_shared"), tr("zoho_source.remove.cons_own"))
            ),
            rx.el.li(tr("zoho_source.remove.cons_4")),
            class_name="steps small",
        ),
        text_field(
            state,
            "typed",
            tr("zoho.remove.typed", name=state.portal),
            required=True,
            auto_complete="off",
        ),
        text=tr("zoho.remove.text"),
        save=tr("zoho.remove.action"),
        danger=True,
    )
