from typing import Any

import reflex as rx

from finance_app import routes
from finance_app.components.form import select_labels
from finance_app.components.frame import page
from finance_app.components.native import SearchSelectInput
from finance_app.components.parts import button, empty, facts_of, labelled, link_button, notice
from finance_app.components.text import tr
from finance_app.components.wizard import Step, step_head, wizard
from finance_app.pages.zoho.connection import access_remedy, progress_panel
from finance_app.pages.zoho.standing import problem_notice
from finance_app.services.zoho.sync.standing import Standing
from finance_app.states.zoho.connection import ZohoPage
from finance_app.states.zoho.migration import STEPS, HomelessRow, ZohoMigration

state = ZohoMigration


def zoho_migrate() -> rx.Component:
    return page(
        tr("zoho.migrate.title"),
        rx.match(
            state.step, ("changes", _changes()), ("clients", _clients()), ("run", _run()), rx.fragment()
        ),
        context=tr("zoho.migrate.context"),
        crumb=(ZohoPage.name, routes.ZOHO),
        window_title=tr("zoho.migrate.title"),
    )


def _step(name: str, *children: Any, **props: Any) -> rx.Component:
    at = STEPS.index(name)
    rail = [
        Step(
            tr(f"zoho.migrate.step.{each}"),
            "done" if index < at else "current" if index == at else "todo",
            routes.zoho_migrate(each) if index < at else None,
        )
        for index, each in enumerate(STEPS)
    ]
    body = rx.el.div(
        step_head(tr(f"zoho.migrate.{name}.title"), tr(f"zoho.migrate.{name}.text")),
        *children,
        class_name="stack",
    )
    return wizard(rail, body, back=routes.zoho_migrate(STEPS[at - 1]) if at else routes.ZOHO, **props)


def _changes() -> rx.Component:
    what = [rx.el.li(tr(f"zoho.migrate.changes.what_{n}")) for n in (1, 2, 3)]
    return _step(
        "changes",
        facts_of(state.extent),
        notice(rx.el.ul(*what, class_name="steps")),
        on_next=rx.redirect(routes.zoho_migrate("clients")),
        next_text=tr("zoho.migrate.go_on"),
    )


def _clients() -> rx.Component:
    def row(each: HomelessRow) -> rx.Component:
        return rx.el.tr(
            rx.el.td(rx.el.a(each.name, href=each.href, class_name="link"), class_name="first line-first"),
            labelled(tr("zoho.migrate.hours"), rx.el.span(each.hours), class_name="n"),
            rx.el.td(
                SearchSelectInput.create(
                    id="client-" + each.id.to_string(),
                    name="client-" + each.id.to_string(),
                    source="clients",
                    value="",
                    value_label="",
                    placeholder=tr("zoho.migrate.choose"),
                    labels=select_labels(),
                    on_pick=lambda client, label: state.assign(each.id, client, label),
                    aria_label=tr("zoho.migrate.client_of", name=each.name),
                ),
                class_name="wide-cell",
            ),
            key=each.id.to_string(),
        )

    table = rx.el.table(
        rx.el.thead(
            rx.el.tr(
                rx.el.th(tr("zoho.migrate.project"), scope="col"),
                rx.el.th(tr("zoho.migrate.hours"), scope="col", class_name="n"),
                rx.el.th(tr("zoho.migrate.client"), scope="col"),
            )
        ),
        rx.el.tbody(rx.foreach(state.rows, row)),
        class_name="table table-cards whole-words",
    )
    return _step(
        "clients",
        rx.cond(state.problem != "", notice(state.problem, tone="red", icon="circle-alert")),
        rx.cond(
            state.rows.length() > 0,
            rx.fragment(notice(state.left, tone="amber", icon="triangle-alert"), table),
            empty(tr("zoho.migrate.all_set"), tr("zoho.migrate.all_set_text"), icon="circle-check"),
        ),
        on_next=state.run,
        next_text=rx.cond(state.left != "", tr("zoho.migrate.skip"), tr("zoho.migrate.start")),
    )


def _run() -> rx.Component:
    return _step(
        "run",
        problem_notice(
            ZohoPage,
            rx.cond(~ZohoPage.is_native, access_remedy()),
            rx.cond(
                (ZohoPage.standing == Standing.SILENT.value) | (ZohoPage.standing == Standing.PAUSED.value),
                button(
                    tr("zoho.page.try_now"), size="s", on_click=ZohoPage.sync_now, disabled=ZohoPage.asked
                ),
            ),
        ),
        rx.cond(
            (ZohoPage.standing == Standing.IDLE.value) & (ZohoPage.error_count == ""),
            notice(tr("zoho.migrate.run.all"), tone="green", icon="circle-check"),
        ),
        rx.cond(
            (ZohoPage.standing == Standing.IDLE.value) & (ZohoPage.error_count != ""),
            notice(tr("zoho.migrate.run.but"), tone="green", icon="circle-check"),
        ),
        progress_panel(),
        rx.cond(
            ZohoPage.error_count != "",
            notice(
                rx.el.div(ZohoPage.error_count),
                link_button(tr("zoho.errors.title"), href=routes.ZOHO_ERRORS),
                tone="amber",
                icon="circle-alert",
            ),
        ),
        on_next=rx.redirect(routes.ZOHO),
        next_text=tr("zoho.migrate.finish"),
    )
