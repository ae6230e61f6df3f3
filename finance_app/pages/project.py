import reflex as rx

from finance_app import routes
from finance_app.components.parts import facts, panel, tile, tiles
from finance_app.components.project_frame import project_page
from finance_app.components.text import tr
from finance_app.states.project import ProjectPage
from finance_app.states.project_frame import ProjectFrame


def project() -> rx.Component:
    state, frame = ProjectPage, ProjectFrame
    client = rx.cond(
        frame.client_href != "",
        rx.el.a(frame.client, href=frame.client_href, class_name="link"),
        frame.client,
    )
    time = routes.project_tab(routes.PROJECT_TIME, f"{frame.project_id}")
    return project_page(
        tiles(
            tile(tr("project.hours"), state.hours, href=time),
            rx.cond(
                state.unbilled != "", tile(tr("project.unbilled"), state.unbilled, href=time + "?billed=due")
            ),
            tile(tr("project.last_day"), rx.cond(state.last_day != "", state.last_day, "–"), href=time),
        ),
        panel(
            tr("project.details"),
            facts(
                (tr("project.client"), rx.fragment(client)),
                (tr("project.method_label"), tr("project.method." + frame.method)),
                (tr("project.currency"), frame.currency),
                (tr("project.dates"), state.dates),
                (tr("project.description"), state.description),
            ),
        ),
    )
