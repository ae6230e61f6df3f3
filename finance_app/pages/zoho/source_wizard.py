import reflex as rx

from finance_app import routes
from finance_app.components.form import date_field, form, radio_field
from finance_app.components.parts import button, facts_of, notice
from finance_app.components.text import tr
from finance_app.components.wizard import step_head
from finance_app.pages.zoho.credentials import client_parts
from finance_app.pages.zoho.steps import Frame
from finance_app.services.zoho.source.setup import STEPS
from finance_app.states.zoho.source_wizard import ProjectRow, SourceWizard

state = SourceWizard
FORM = "source-step"
FRAME = Frame(
    state,
    STEPS,
    routes.zoho_source_setup,
    label=lambda name: tr(f"zoho_source.step.{name}"),
    head=lambda name: step_head(tr(f"zoho_source.{name}.title"), tr(f"zoho_source.{name}.text")),
)


def source_setup() -> rx.Component:
    steps = {
        "credentials": _credentials,
        "portal": _portal,
        "projects": _projects,
        "people": _people,
        "review": _review,
    }
    return FRAME.page(
        steps,
        title="zoho_source.setup.title",
        title_update="zoho_source.setup.title_update",
        discard="zoho_source.setup.discard_text",
        discard_update="zoho_source.setup.discard_update",
    )


def _credentials() -> rx.Component:
    shared = rx.cond(
        state.shareable,
        rx.el.div(
            rx.el.h3(tr("zoho_source.credentials.share_title"), class_name="section-title"),
            rx.el.p(tr("zoho_source.credentials.share_text"), class_name="small muted"),
            rx.el.div(
                button(
                    rx.cond(
                        state.shared,
                        tr("zoho_source.credentials.share_kept"),
                        tr("zoho_source.credentials.share"),
                    ),
                    kind="primary",
                    on_click=state.share,
                ),
                class_name="row",
            ),
            rx.el.h3(tr("zoho_source.credentials.own_title"), class_name="section-title"),
            class_name="stack-s",
        ),
    )
    return FRAME.step(
        "credentials",
        rx.cond(state.demo, notice(tr("zoho.credentials.demo"), icon="info")),
        shared,
        *client_parts(state, FORM),
        form_id=FORM,
        next_text=tr("zoho.credentials.to_zoho"),
        extra=[
            rx.cond(
                state.signed_in,
                rx.el.a(
                    tr("zoho.credentials.keep"), href=routes.zoho_source_setup("portal"), class_name="btn"
                ),
            )
        ],
    )


def _portal() -> rx.Component:
    chosen = radio_field(
        state,
        "portal",
        tr("zoho_source.portal.label"),
        state.portals,
        lambda row: (row.id, row.name, row.about),
    )
    return FRAME.step(
        "portal",
        rx.cond(
            state.portals.length() > 0,
            form(state.pick_portal, state, chosen, id=FORM),
            rx.cond(state.problem == "", notice(tr("zoho_source.portal.none"), tone="amber")),
        ),
        _unread(),
        rx.el.div(button(tr("zoho.organisation.again"), icon="refresh-cw", on_click=state.look_again)),
        form_id=FORM,
        next_disabled=state.portals.length() == 0,
    )


def _projects() -> rx.Component:
    ways = [
        (name, tr(f"zoho_source.projects.{name}"), tr(f"zoho_source.projects.{name}_help"))
        for name in ("active", "all", "chosen")
    ]

    def row(project: ProjectRow) -> rx.Component:
        return rx.el.label(
            rx.el.input(type="checkbox", name="project-" + project.id, default_checked=project.chosen),
            rx.el.span(
                rx.el.span(project.name),
                rx.el.span(project.about, class_name="field-help"),
                class_name="check-text",
            ),
            class_name="check",
        )

    chosen = rx.cond(
        state.which == "chosen",
        rx.el.div(
            rx.cond(
                state.projects.length() > 0,
                rx.foreach(state.projects, row),
                rx.el.p(tr("zoho_source.projects.none"), class_name="muted"),
            ),
            role="group",
            aria_label=tr("zoho_source.projects.which"),
            class_name="source-projects",
        ),
    )
    return FRAME.step(
        "projects",
        form(
            state.save_projects,
            state,
            radio_field(state, "projects", tr("zoho_source.projects.how"), ways, on_change=state.choose),
            chosen,
            _unread(),
            date_field(
                state, "since", tr("zoho_source.projects.since"), help=tr("zoho_source.projects.since_help")
            ),
            id=FORM,
        ),
        form_id=FORM,
    )


def _unread() -> rx.Component:
    return rx.cond(state.unread != "", notice(state.unread, tone="amber"))


def _people() -> rx.Component:
    def ways(kind: str, names: tuple[str, ...]) -> list[tuple]:
        return [
            (name, tr(f"zoho_source.{kind}_how.{name}"), tr(f"zoho_source.people.{kind}_{name}"))
            for name in names
        ]

    return FRAME.step(
        "people",
        rx.cond(state.may_invite, rx.fragment(), notice(tr("zoho_source.people.may_not"), tone="amber")),
        form(
            state.save_people,
            state,
            rx.el.h3(tr("zoho_source.people.people"), class_name="section-title"),
            radio_field(
                state,
                "people",
                tr("zoho_source.people.people"),
                ways("people", ("create", "invite", "known")),
            ),
            rx.el.h3(tr("zoho_source.people.clients"), class_name="section-title"),
            radio_field(
                state, "clients", tr("zoho_source.people.clients"), ways("clients", ("create", "known"))
            ),
            id=FORM,
        ),
        form_id=FORM,
    )


def _review() -> rx.Component:
    counts = rx.cond(
        state.counted,
        rx.el.div(
            facts_of(state.counts),
            rx.cond(state.count_note != "", rx.el.p(state.count_note, class_name="small muted")),
            _unread(),
            class_name="stack-s",
            aria_live="polite",
        ),
        rx.el.p(tr("zoho_source.review.count_text"), class_name="small muted"),
    )
    return FRAME.step(
        "review",
        facts_of(state.summary),
        rx.el.div(
            rx.el.h3(tr("zoho_source.review.trial"), class_name="section-title"),
            counts,
            rx.el.div(
                button(
                    rx.cond(
                        state.counted, tr("zoho_source.review.count_again"), tr("zoho_source.review.count")
                    ),
                    icon="calculator",
                    on_click=state.count,
                ),
                class_name="row",
            ),
            class_name="stack-s",
        ),
        notice(
            rx.el.b(tr("zoho_source.review.rules")),
            rx.el.ul(*[rx.el.li(tr(f"zoho_source.rule.{n}")) for n in (1, 2, 3, 4, 5)], class_name="steps"),
        ),
        rx.cond(state.feeds_zoho, notice(tr("zoho_source.review.feeds"), tone="amber", icon="info")),
        on_next=state.finish,
        next_text=rx.cond(
            state.updating, tr("zoho_source.review.save_changes"), tr("zoho_source.review.save")
        ),
    )
