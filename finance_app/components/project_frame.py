"""The frame of a project's pages: name, client, state, health, tabs, and what is done to the whole project.

A page of a project is `project_page(..., more=, primary=)` around its content, its state calls
`await in_project(self)`, and its tab is one line of PROJECT_TABS.
"""

from collections.abc import Sequence
from typing import Any

import reflex as rx

from finance_app import routes
from finance_app.components.dialog import confirm
from finance_app.components.frame import page
from finance_app.components.native import NavLink
from finance_app.components.parts import allowed, link_button, menu, menu_item, menu_link, status
from finance_app.components.text import tr
from finance_app.domain.permissions import Permission
from finance_app.states.projects.frame import ProjectFrame
from finance_app.states.session import Session

# In the order of the tabs; the text is `shell.project_tab.<name>`. A tab is added together with its page.
PROJECT_TABS: list[tuple[str, str, Permission]] = [
    ("dashboard", routes.PROJECT, Permission.PROJECTS_VIEW),
    ("tasks", routes.PROJECT_TASKS, Permission.PROJECTS_VIEW),
    ("milestones", routes.PROJECT_MILESTONES, Permission.PROJECTS_VIEW),
    ("issues", routes.PROJECT_ISSUES, Permission.PROJECTS_VIEW),
    ("time", routes.PROJECT_TIME, Permission.TIME_VIEW),
    ("budget", routes.PROJECT_BUDGET, Permission.PROJECTS_VIEW),
    ("finance", routes.PROJECT_FINANCE, Permission.FINANCE_VIEW),
]


def project_page(
    *children: Any,
    primary: Any = None,
    more: Sequence[rx.Component] = (),
    more_for: Permission | None = None,
    **props: Any,
) -> rx.Component:
    """`primary` stands before “Bill time”, `more` on top of the menu, there for everybody or for those
    with the right `more_for`; the rest as in `page`."""
    frame = ProjectFrame
    items = [*more, *_whole_project()]
    own_menu = more_for if more else Permission.PROJECTS_EDIT
    props.setdefault("crumb", (tr("project.title"), routes.PROJECTS))
    return page(
        frame.name,
        *children,
        _questions(),
        context=frame.context,
        badge=rx.fragment(
            rx.cond(frame.state != "", status(frame.state, "project.state")),
            rx.cond(frame.health != "", status(frame.health, "project.health")),
        ),
        tabs=_tabs(),
        primary=rx.fragment(primary, _bill_time()) if primary is not None else _bill_time(),
        more=[] if own_menu else items,
        actions=[allowed(own_menu, menu(*items))] if own_menu else (),
        **props,
    )


def _tabs() -> rx.Component:
    tabs = [
        rx.cond(
            Session.permissions.contains(str(permission)),
            NavLink.create(
                tr(f"shell.project_tab.{name}"),
                to=routes.project_tab(pattern, f"{ProjectFrame.project_id}"),
                end=pattern == routes.PROJECT,
                class_name="tab",
            ),
        )
        for name, pattern, permission in PROJECT_TABS
    ]
    return rx.el.nav(*tabs, class_name="tabs", aria_label=tr("shell.sections"))


def _bill_time() -> rx.Component:
    """Its time, or a part of its price; only for a client."""
    return rx.cond(
        ProjectFrame.bill_href != "",
        allowed(
            Permission.INVOICES_EDIT,
            link_button(
                rx.cond(
                    ProjectFrame.method == "fixed_cost", tr("project.bill_price"), tr("project.bill_time")
                ),
                href=ProjectFrame.bill_href,
                kind="primary",
                icon="receipt-text",
            ),
        ),
    )


def _whole_project() -> list[rx.Component]:
    frame = ProjectFrame
    return [
        allowed(
            Permission.PROJECTS_EDIT,
            menu_link(rx.el.a(tr("project.edit"), href=frame.edit_href)),
            rx.cond(
                frame.state == "archived",
                menu_item(tr("project.archive.restore"), on_select=frame.restore),
                menu_item(tr("project.archive.of_project"), on_select=frame.ask("archive")),
            ),
            menu_item(tr("project.delete.of_project"), danger=True, on_select=frame.ask("delete")),
        )
    ]


def _questions() -> rx.Component:
    frame = ProjectFrame
    return rx.fragment(
        confirm(
            None,
            tr("project.archive.title", name=frame.name),
            tr("project.archive.text"),
            action=tr("project.archive.action"),
            on_confirm=frame.archive,
            danger=False,
            open=frame.asked == "archive",
            on_open_change=frame.close_question,
        ),
        confirm(
            None,
            tr("project.delete.title", name=frame.name),
            tr("project.delete.text"),
            action=tr("common.delete"),
            on_confirm=frame.delete,
            open=frame.asked == "delete",
            on_open_change=frame.close_question,
        ),
    )
