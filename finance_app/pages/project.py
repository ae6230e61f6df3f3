import reflex as rx

from finance_app import routes
from finance_app.components.dialog import confirm
from finance_app.components.frame import project_page
from finance_app.components.parts import allowed, button, facts, link_button, panel, status, tile, tiles
from finance_app.components.text import tr
from finance_app.domain.permissions import Permission
from finance_app.states.project import ProjectPage


def project() -> rx.Component:
    state = ProjectPage
    client = rx.cond(
        state.client_href != "",
        rx.el.a(state.client, href=state.client_href, class_name="link"),
        state.client,
    )
    return project_page(
        state.project_id,
        state.name,
        tiles(
            tile(tr("project.hours"), state.hours, href="/time?project=" + state.project_id),
            rx.cond(state.unbilled != "", tile(tr("project.unbilled"), state.unbilled)),
            tile(tr("project.last_day"), rx.cond(state.last_day != "", state.last_day, "–")),
        ),
        panel(
            tr("project.details"),
            facts(
                (tr("project.client"), rx.fragment(client)),
                (tr("project.method_label"), tr("project.method." + state.method)),
                (tr("project.currency"), state.currency),
                (tr("project.dates"), state.dates),
                (tr("project.description"), state.description),
            ),
        ),
        context=state.context,
        badge=rx.cond(state.state != "", status(state.state, "project.state")),
        crumb=(tr("project.title"), routes.PROJECTS),
        actions=[_archive_or_restore(), _delete()],
        primary=_primary(),
    )


def _primary() -> rx.Component:
    """Bill its time where it is billed by the hour, and change the project."""
    state = ProjectPage
    billed_hourly = (state.client_href != "") & (state.method != "fixed_cost")
    bill = link_button(
        tr("billing.title"),
        href=routes.INVOICE_NEW + "?projects=" + state.project_id,
        kind="primary",
        icon="receipt-text",
    )
    return rx.fragment(
        allowed(
            Permission.PROJECTS_EDIT, link_button(tr("common.edit"), href=state.edit_href, icon="pencil")
        ),
        rx.cond(billed_hourly, allowed(Permission.INVOICES_EDIT, bill)),
    )


def _archive_or_restore() -> rx.Component:
    return allowed(
        Permission.PROJECTS_EDIT,
        rx.cond(
            ProjectPage.state == "archived",
            button(tr("project.archive.restore"), icon="archive-restore", on_click=ProjectPage.restore),
            confirm(
                button(tr("project.archive.action"), icon="archive"),
                tr("project.archive.title", name=ProjectPage.name),
                tr("project.archive.text"),
                action=tr("project.archive.action"),
                on_confirm=ProjectPage.archive,
                danger=False,
            ),
        ),
    )


def _delete() -> rx.Component:
    return allowed(
        Permission.PROJECTS_EDIT,
        confirm(
            button(tr("common.delete"), icon="trash-2"),
            tr("project.delete.title", name=ProjectPage.name),
            tr("project.delete.text"),
            action=tr("common.delete"),
            on_confirm=ProjectPage.delete,
        ),
    )
