"""The people on a project: a panel of its dashboard, with the dialogs that add one and agree a rate."""

import reflex as rx

from finance_app.components.dialog import confirm, form_dialog
from finance_app.components.form import search_select, text_field
from finance_app.components.parts import allowed, badge, button, empty, icon_button, labelled, panel
from finance_app.components.rate_change import rate_change_dialog
from finance_app.components.text import tr
from finance_app.domain.permissions import Permission
from finance_app.states.projects.members import MemberRow, ProjectMembers


def members_panel() -> rx.Component:
    """Needs `ProjectMembers.load` on the page."""
    state = ProjectMembers
    add = allowed(
        Permission.PROJECTS_EDIT,
        button(tr("project.member.add"), size="s", icon="plus", on_click=state.open_new),
    )
    heads = [
        rx.el.th(tr("project.member.person"), scope="col"),
        rx.el.th(tr("project.hours"), scope="col", class_name="n"),
        rx.el.th(tr("project.member.open_tasks"), scope="col", class_name="n"),
        rx.cond(state.by_person, rx.el.th(tr("project.bill_rate"), scope="col", class_name="n")),
        rx.el.th(rx.el.span(tr("common.more_actions"), class_name="sr-only"), scope="col"),
    ]
    table = rx.el.div(
        rx.el.table(
            rx.el.thead(rx.el.tr(*heads)),
            rx.el.tbody(rx.foreach(state.members, _member)),
            class_name="table table-cards",
            aria_label=tr("project.member.title"),
        ),
        class_name="table-scroll",
    )
    return rx.fragment(
        panel(
            tr("project.member.title"),
            rx.cond(
                state.members.length() > 0,
                table,
                empty(tr("project.member.empty"), tr("project.member.empty_text"), icon="users"),
            ),
            actions=[add],
            flush=True,
        ),
        _dialog(),
        rate_change_dialog(state, state.confirm_rates),
    )


def _member(row: MemberRow) -> rx.Component:
    state = ProjectMembers
    name = rx.el.div(
        rx.el.div(
            rx.el.span(row.name, class_name="strong"),
            rx.cond(row.is_manager, badge(tr("project.manager"), "blue")),
            rx.cond(row.joined, rx.fragment(), badge(tr("project.member.left"))),
            class_name="row wrap",
        ),
        rx.cond(row.job_title != "", rx.el.div(row.job_title, class_name="small muted")),
    )
    hours = rx.cond(
        row.hours != "",
        rx.el.div(
            rx.el.div(
                rx.el.div(style={"width": row.share.to_string() + "%"}),
                class_name="progress",
                style={"width": "72px", "flex": "none"},
                aria_hidden="true",
            ),
            rx.el.a(row.hours, href=row.href, class_name="link"),
            class_name="row",
            style={"justify_content": "flex-end"},
        ),
        rx.fragment(),
    )
    rate = rx.el.div(
        rx.el.div(rx.cond(row.rate != "", row.rate, "–")),
        rx.cond(row.agreed, rx.el.div(tr("project.member.agreed"), class_name="small muted")),
    )
    acts = rx.cond(
        row.joined,
        rx.el.div(
            rx.cond(
                state.by_person,
                allowed(
                    Permission.RATES_EDIT,
                    icon_button(
                        "pencil",
                        tr("project.member.rate_of", name=row.name),
                        size="s",
                        on_click=state.open_rate(row.id),
                    ),
                ),
            ),
            allowed(
                Permission.PROJECTS_EDIT,
                confirm(
                    icon_button("user-minus", tr("project.member.remove", name=row.name), size="s"),
                    tr("project.member.remove_title", name=row.name),
                    tr("project.member.remove_text"),
                    action=tr("project.member.remove_action"),
                    on_confirm=state.remove(row.id),
                ),
            ),
            class_name="row",
            style={"gap": "0", "justify_content": "flex-end"},
        ),
    )
    return rx.el.tr(
        rx.el.td(name, class_name="first"),
        labelled(tr("project.hours"), hours, class_name="n"),
        labelled(tr("project.member.open_tasks"), row.open_tasks.to_string(), class_name="n"),
        rx.cond(
            state.by_person,
            labelled(tr("project.bill_rate"), rate, class_name="n"),
        ),
        rx.el.td(acts, class_name="act", style={"width": "84px"}),
        key=row.id.to_string(),
    )


def _dialog() -> rx.Component:
    state = ProjectMembers
    rate = rx.cond(
        state.by_person,
        allowed(
            Permission.RATES_EDIT,
            text_field(
                state,
                "bill_rate",
                tr("project.member.rate"),
                help=tr("project.member.rate_help"),
                numeric=True,
                optional=True,
            ),
        ),
    )
    return form_dialog(
        state,
        state.save,
        rx.cond(
            state.user_id == 0, tr("project.member.add"), tr("project.member.rate_of", name=state.person)
        ),
        rx.cond(
            state.user_id == 0,
            search_select(state, "user_id", tr("project.member.person"), source="people", required=True),
        ),
        rate,
        save=rx.cond(state.user_id == 0, tr("project.member.add"), tr("common.save")),
    )
