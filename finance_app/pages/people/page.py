from typing import Any

import reflex as rx

from finance_app import routes
from finance_app.components.dialog import confirm, form_dialog
from finance_app.components.form import date_field, form_grid, text_field
from finance_app.components.frame import page
from finance_app.components.parts import (
    allowed,
    badge,
    button,
    empty,
    icon_button,
    labelled,
    link_button,
    panel,
    tile,
    tiles,
)
from finance_app.components.rate_change import rate_change_dialog
from finance_app.components.text import tr
from finance_app.domain.permissions import Permission
from finance_app.pages.people.panels import side_panels
from finance_app.pages.reports.profit_widget import profit_widget
from finance_app.states.people.page import PersonPage, RateRow, WorkRow
from finance_app.states.time_tracking.listing import TimeRow


def person() -> rx.Component:
    state = PersonPage
    main = rx.el.div(
        rx.cond(state.sees_time, _months()),
        profit_widget(),
        allowed(Permission.RATES_VIEW, _rates()),
        rx.cond(state.sees_time, rx.fragment(_projects(), _latest())),
        class_name="stack",
    )
    return page(
        state.name,
        rx.el.div(main, rx.el.div(*side_panels(), class_name="stack"), class_name="columns"),
        _rate_dialog(),
        rate_change_dialog(state, state.confirm_rates),
        context=state.context,
        badge=rx.cond(state.archived, badge(tr("person.state.archived"))),
        crumb=(tr("person.title"), routes.PEOPLE),
        actions=[_archive_or_restore()],
        primary=allowed(
            Permission.PEOPLE_EDIT,
            link_button(
                tr("common.edit"),
                href=routes.PEOPLE + "/" + state.person_id + "/edit",
                kind="primary",
                icon="pencil",
            ),
        ),
    )


def _archive_or_restore() -> rx.Component:
    state = PersonPage
    archive = confirm(
        button(tr("person.archive.action"), icon="archive"),
        tr("person.archive.title", name=state.name),
        tr("person.archive.text"),
        action=tr("person.archive.action"),
        on_confirm=state.archive,
        danger=False,
    )
    return allowed(
        Permission.PEOPLE_EDIT,
        rx.cond(
            state.archived,
            button(tr("person.archive.restore"), icon="archive-restore", on_click=state.restore),
            rx.cond(state.oneself, rx.fragment(), archive),
        ),
    )


def _months() -> rx.Component:
    state = PersonPage
    time = routes.TIME + "?person=" + state.person_id
    return tiles(
        tile(
            tr("person.this_month"),
            state.this_month,
            note=state.this_month_note,
            href=time + "&period=this_month",
        ),
        tile(
            tr("person.last_month"),
            state.last_month,
            note=state.last_month_note,
            href=time + "&period=last_month",
        ),
    )


def _table(heads: list[Any], rows: Any, row: Any) -> rx.Component:
    return rx.el.div(
        rx.el.table(
            rx.el.thead(rx.el.tr(*heads)),
            rx.el.tbody(rx.foreach(rows, row)),
            class_name="table table-cards",
        ),
        class_name="table-scroll",
    )


def _head(text: Any, name: str = "") -> rx.Component:
    return rx.el.th(text, scope="col", class_name=name)


def _cell(content: Any, label: Any, name: str = "") -> rx.Component:
    return labelled(label, content, class_name=name)


def _rates() -> rx.Component:
    state = PersonPage
    add = allowed(
        Permission.RATES_EDIT,
        button(tr("rate.add"), size="s", icon="plus", on_click=state.open_rate(0)),
    )
    heads = [
        _head(tr("rate.valid_from")),
        _head(tr("rate.bill_rate"), "n"),
        allowed(Permission.COSTS_VIEW, _head(tr("rate.cost_rate"), "n")),
        allowed(
            Permission.RATES_EDIT, _head(rx.el.span(tr("common.more_actions"), class_name="sr-only"), "act")
        ),
    ]
    return panel(
        tr("rate.title", currency=state.currency),
        rx.cond(
            state.rate_rows.length() > 0,
            _table(heads, state.rate_rows, _rate),
            empty(tr("rate.empty.title"), tr("rate.empty.text"), icon="banknote"),
        ),
        actions=[add],
        flush=True,
    )


def _rate(row: RateRow) -> rx.Component:
    since = rx.el.div(
        rx.el.span(row.since, class_name="strong"),
        rx.cond(row.current, badge(tr("rate.current"), "green")),
        rx.cond(row.future, badge(tr("rate.future"), "blue")),
        class_name="row wrap",
    )
    until = rx.cond(row.until != "", rx.el.div(tr("rate.until", date=row.until), class_name="small muted"))
    actions = rx.el.div(
        icon_button("pencil", tr("rate.edit"), size="s", on_click=PersonPage.open_rate(row.id)),
        icon_button("trash-2", tr("rate.remove"), size="s", on_click=PersonPage.remove_rate(row.id)),
        class_name="row",
        style={"gap": "0", "justify_content": "flex-end"},
    )
    return rx.el.tr(
        rx.el.td(rx.el.div(since, until), class_name="first"),
        _cell(_amount(row.bill, row.bill_kept), tr("rate.bill_rate"), "n"),
        allowed(Permission.COSTS_VIEW, _cell(_amount(row.cost, row.cost_kept), tr("rate.cost_rate"), "n")),
        allowed(Permission.RATES_EDIT, rx.el.td(actions, class_name="act")),
        key=row.id.to_string(),
    )


def _amount(own: Any, kept: Any) -> rx.Component:
    """What the rate sets, or muted what goes on from before."""
    unchanged = rx.el.span(rx.cond(kept != "", kept, "–"), class_name="muted", title=tr("rate.kept"))
    return rx.cond(own != "", rx.el.span(own), unchanged)


def _rate_dialog() -> rx.Component:
    state = PersonPage
    return form_dialog(
        state,
        state.save_rate,
        rx.cond(state.rate_id == 0, tr("rate.add"), tr("rate.edit")),
        date_field(state, "valid_from", tr("rate.valid_from"), required=True),
        form_grid(
            text_field(state, "bill_rate", tr("rate.bill_rate"), numeric=True, help=tr("rate.bill_help")),
            allowed(
                Permission.COSTS_VIEW,
                text_field(state, "cost_rate", tr("rate.cost_rate"), numeric=True, help=tr("rate.cost_help")),
            ),
        ),
        text=tr("rate.dialog_text", currency=state.currency),
    )


def _projects() -> rx.Component:
    state = PersonPage
    rate = allowed(Permission.RATES_VIEW, _head(tr("person.project_rate"), "n"))
    heads = [
        _head(tr("time.project")),
        rate,
        _head(tr("time.hours"), "n"),
        _head(tr("project.last_day"), "n"),
    ]
    more = rx.cond(
        state.more_projects > 0,
        rx.el.p(tr("person.more_projects", n=state.more_projects), class_name="panel-body small muted"),
    )
    return panel(
        tr("project.title"),
        rx.cond(
            state.projects.length() > 0,
            rx.fragment(_table(heads, state.projects, _project), more),
            rx.el.p(tr("person.no_projects"), class_name="panel-body muted"),
        ),
        flush=True,
    )


def _project(row: WorkRow) -> rx.Component:
    name = rx.el.div(
        rx.el.a(row.name, href=row.href, class_name="link"),
        rx.cond(row.archived, badge(tr("project.state.archived"))),
        class_name="row wrap",
    )
    hours = rx.cond(
        row.hours != "", rx.el.a(row.hours, href=row.hours_href, class_name="link"), rx.el.span("–")
    )
    return rx.el.tr(
        rx.el.td(name, class_name="first"),
        allowed(Permission.RATES_VIEW, _cell(_or_dash(row.rate), tr("person.project_rate"), "n")),
        _cell(hours, tr("time.hours"), "n"),
        _cell(_or_dash(row.last_day), tr("project.last_day"), "n"),
        key=row.id.to_string(),
    )


def _or_dash(text: Any) -> rx.Component:
    return rx.cond(text != "", rx.el.span(text), rx.el.span("–", class_name="muted"))


def _latest() -> rx.Component:
    state = PersonPage
    every = rx.el.a(
        tr("person.all_time"), href=routes.TIME + "?person=" + state.person_id, class_name="link small"
    )
    heads = [_head(tr("time.day")), _head(tr("time.project")), _head(tr("time.hours"), "n")]
    return panel(
        tr("person.latest"),
        rx.cond(
            state.latest.length() > 0,
            _table(heads, state.latest, _log),
            rx.el.p(tr("person.no_time"), class_name="panel-body muted"),
        ),
        actions=[every],
        flush=True,
    )


def _log(row: TimeRow) -> rx.Component:
    what = rx.el.div(
        rx.el.span(row.project),
        rx.cond(row.task != "", rx.el.div(row.task, class_name="small muted")),
    )
    return rx.el.tr(
        rx.el.td(rx.el.a(row.day, href=row.href, class_name="row-link"), class_name="first"),
        _cell(what, tr("time.project")),
        _cell(row.hours, tr("time.hours"), "n"),
        key=row.id.to_string(),
    )
