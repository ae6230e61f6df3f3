import reflex as rx

from finance_app import routes
from finance_app.components.dialog import confirm, form_dialog
from finance_app.components.form import (
    check_field,
    fieldset,
    form,
    form_actions,
    search_select,
    select_field,
    text_field,
)
from finance_app.components.frame import page
from finance_app.components.object_trail import object_trail
from finance_app.components.parts import badge, button, icon_button, panel
from finance_app.components.text import tr
from finance_app.domain.permissions import EVERYBODY, Permission, group_of
from finance_app.i18n import messages
from finance_app.pages.settings.portal import settings_tabs
from finance_app.states.settings.profiles import (
    GROUPS,
    GrantRow,
    MatrixRow,
    PersonGrants,
    ProfileColumn,
    ProfileForm,
    ProfileMatrix,
)


def profiles() -> rx.Component:
    state = ProfileMatrix
    new = button(tr("profile.new"), kind="primary", icon="plus", on_click=state.open_new)
    return page(
        tr("profile.title"),
        rx.el.div(
            rx.el.div(
                rx.el.table(
                    rx.el.thead(
                        rx.el.tr(
                            rx.el.th(tr("profile.permission_head"), scope="col"),
                            rx.foreach(state.columns, _head),
                        )
                    ),
                    rx.el.tbody(rx.foreach(state.rows, _row)),
                    class_name="table matrix",
                    aria_label=tr("profile.title"),
                ),
                class_name="table-scroll",
                tab_index=0,
                role="region",
                aria_label=tr("profile.title"),
            ),
            class_name="table-box",
        ),
        form_dialog(
            state,
            state.create,
            tr("profile.new"),
            text_field(state, "name", tr("profile.name_label"), required=True, max_length=60),
            select_field(state, "like_id", tr("profile.like"), state.options, help=tr("profile.like_help")),
            save=tr("profile.create"),
        ),
        object_trail("profile", whole=True),
        context=tr("profile.context"),
        primary=new,
        tabs=settings_tabs(),
    )


def _head(column: rx.Var[ProfileColumn]) -> rx.Component:
    name = rx.cond(
        column.href != "", rx.el.a(column.name, href=column.href, class_name="link"), rx.el.span(column.name)
    )
    return rx.el.th(
        name,
        rx.el.div(tr("profile.people", n=column.people), class_name="small muted"),
        scope="col",
        class_name="c",
    )


def _row(row: rx.Var[MatrixRow]) -> rx.Component:
    heading = rx.el.tr(
        rx.el.th(row.label, scope="rowgroup", col_span=99, class_name="matrix-group"), key=row.key
    )
    line = rx.el.tr(rx.el.th(row.label, scope="row"), rx.foreach(row.cells, _cell), key=row.key)
    return rx.cond(row.heading, heading, line)


def _cell(held: rx.Var[bool]) -> rx.Component:
    return rx.el.td(
        rx.cond(
            held,
            rx.fragment(rx.icon("check", size=16, aria_hidden=True),
                        rx.el.span(tr("profile.yes"), class_name="sr-only")),
            rx.fragment(rx.el.span("–", class_name="muted", aria_hidden="true"),
                        rx.el.span(tr("profile.no"), class_name="sr-only")),
        ),
        class_name="c",
    )  # fmt: skip


def _label(permission: Permission):
    key = f"profile.permission.{permission}"
    return tr(key) if key in messages("en") else permission.replace("_", " ")


def profile_edit() -> rx.Component:
    state = ProfileForm
    groups = [
        fieldset(
            tr(f"profile.group.{group}"),
            *[
                check_field(state, permission.value, _label(permission))
                for permission in Permission
                if permission not in EVERYBODY and group_of(permission) == group
            ],
        )
        for group in GROUPS
    ]
    remove = confirm(
        button(tr("profile.remove"), icon="trash-2"),
        tr("profile.remove_title", name=state.heading),
        tr("profile.remove_text"),
        action=tr("profile.remove"),
        on_confirm=state.remove,
    )
    return page(
        state.heading,
        form(
            state.save,
            state,
            rx.el.input(type="hidden", name="version", default_value=state.values["version"]),
            text_field(state, "name", tr("profile.name_label"), required=True, max_length=60),
            rx.el.p(tr("profile.includes"), class_name="muted small"),
            *groups,
            form_actions(cancel=routes.SETTINGS_PROFILES),
        ),
        object_trail("profile"),
        context=tr("profile.people", n=state.people),
        crumb=(tr("profile.title"), routes.SETTINGS_PROFILES),
        actions=[remove],
    )


def person_grants() -> rx.Component:
    """The panel of a person's page with the profiles for single projects."""
    state = PersonGrants
    return rx.cond(
        state.shown,
        rx.fragment(
            panel(
                tr("profile.grants.title"),
                rx.cond(
                    state.rows.length() > 0,
                    rx.el.ul(rx.foreach(state.rows, _grant), class_name="stack-s"),
                    rx.el.p(tr("profile.grants.none"), class_name="muted small"),
                ),
                actions=[button(tr("profile.grants.add"), size="s", icon="plus", on_click=state.open_grant)],
            ),
            form_dialog(
                state,
                state.give,
                tr("profile.grants.add_title"),
                search_select(state, "project_id", tr("project.name"), source="projects"),
                select_field(state, "profile_id", tr("person.profile"), state.options),
                text=tr("profile.grants.text"),
            ),
        ),
    )


def _grant(row: rx.Var[GrantRow]) -> rx.Component:
    return rx.el.li(
        rx.el.a(row.project, href=row.href, class_name="link grow"),
        badge(row.profile),
        icon_button("x", tr("profile.grants.take"), on_click=PersonGrants.take(row.id)),
        class_name="row",
        style={"align_items": "center"},
        key=row.id.to_string(),
    )
