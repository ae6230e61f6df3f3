from typing import Any

import reflex as rx

from finance_app import routes
from finance_app.components.form import (
    check_field,
    date_field,
    form,
    form_grid,
    radio_field,
    text_field,
)
from finance_app.components.parts import button, facts_of, notice
from finance_app.components.text import tr
from finance_app.components.wizard import step_head
from finance_app.pages.zoho.credentials import centre_field, client_parts
from finance_app.pages.zoho.steps import Frame
from finance_app.services.zoho.wizard import STEPS
from finance_app.states.zoho.wizard import ProfileRow, ZohoWizard

state = ZohoWizard
FORM = "zoho-step"
FRAME = Frame(
    state,
    STEPS,
    routes.zoho_setup,
    label=lambda name: tr(f"zoho.step.{name}"),
    head=lambda name: step_head(tr(f"zoho.{name}.title"), _what(name)),
)


def _what(name: str) -> Any:
    text = tr(f"zoho.{name}.text")
    return rx.cond(state.updating, tr("zoho.review.text_update"), text) if name == "review" else text


def zoho_setup() -> rx.Component:
    steps = {
        "application": _application,
        "credentials": _credentials,
        "organisation": _organisation,
        "permission": _permission,
        "bill_from": _bill_from,
        "milestones": _milestones,
        "contacts": _contacts,
        "review": _review,
    }
    return FRAME.page(
        steps,
        title="zoho.setup.title",
        title_update="zoho.setup.title_update",
        discard="zoho.setup.discard_text",
        discard_update="zoho.setup.discard_update",
        begun=state.product != "",
    )


def _form(on_submit: Any, *children: Any) -> rx.Component:
    return form(on_submit, state, *children, id=FORM)


def _application() -> rx.Component:
    def choice(name: str) -> rx.Component:
        return rx.el.button(
            rx.el.b(tr(f"marketplace.{name}.name")),
            rx.el.span(tr(f"marketplace.{name}.text"), class_name="small muted"),
            type="button",
            class_name="choice",
            on_click=state.choose(name),
            disabled=state.updating & (state.product != name),
            custom_attrs={"aria-pressed": rx.cond(state.product == name, "true", "false")},
        )

    return FRAME.step(
        "application",
        rx.el.div(choice("books"), choice("invoice"), class_name="options"),
        rx.cond(
            state.updating,
            rx.el.p(tr("zoho.application.other", name=state.product_name), class_name="small muted"),
        ),
        on_next=state.choose(state.product),
        next_disabled=state.product == "",
    )


def _credentials() -> rx.Component:
    return rx.cond(state.sign_in == "key", _key(), _oauth())


def _ways() -> rx.Component:
    def way(name: str) -> rx.Component:
        return button(
            tr(f"zoho.sign_in.{name}"),
            on_click=state.set_sign_in(name),
            custom_attrs={"aria-pressed": rx.cond(state.sign_in == name, "true", "false")},
        )

    return rx.el.div(way("oauth"), way("key"), class_name="row wrap ways")


def _in_the_demo(text: str) -> rx.Component:
    return rx.cond(state.demo, notice(tr(text), icon="info"))


def _oauth() -> rx.Component:
    return FRAME.step(
        "credentials",
        _ways(),
        _in_the_demo("zoho.credentials.demo"),
        *client_parts(state, FORM),
        form_id=FORM,
        next_text=tr("zoho.credentials.to_zoho"),
        extra=[
            rx.cond(
                state.signed_in,
                rx.el.a(
                    tr("zoho.credentials.keep"), href=routes.zoho_setup("organisation"), class_name="btn"
                ),
            )
        ],
    )


def _key() -> rx.Component:
    return FRAME.step(
        "credentials",
        _ways(),
        _in_the_demo("zoho.credentials.demo_key"),
        notice(tr("zoho.credentials.key_old"), tone="amber", icon="info"),
        _form(
            state.save_key,
            centre_field(state),
            text_field(state, "email", tr("zoho.credentials.email"), type="email", required=True),
            text_field(
                state, "key", tr("zoho.credentials.key"), type="password", required=True, auto_complete="off"
            ),
        ),
        rx.el.details(
            rx.el.summary(tr("zoho.credentials.key_how")),
            rx.el.ol(
                *[rx.el.li(tr(f"zoho.credentials.key_how_{n}")) for n in (1, 2, 3)], class_name="steps small"
            ),
            class_name="more",
        ),
        form_id=FORM,
    )


def _organisation() -> rx.Component:
    chosen = radio_field(
        state,
        "organisation",
        tr("zoho.organisation.label"),
        state.organisations,
        lambda row: (row.id, row.name, row.about),
    )
    again = button(tr("zoho.organisation.again"), icon="refresh-cw", on_click=state.look_again)
    create = rx.el.div(
        rx.el.h3(tr("zoho.organisation.new"), class_name="section-title"),
        rx.el.p(tr("zoho.organisation.new_text"), class_name="small muted"),
        form(
            state.create_organisation,
            state,
            text_field(state, "name", tr("zoho.organisation.name"), required=True),
            form_grid(
                text_field(
                    state, "currency", tr("zoho.organisation.currency"), help=tr("zoho.organisation.iso")
                ),
                text_field(state, "time_zone", tr("zoho.organisation.time_zone")),
            ),
            rx.el.div(button(tr("zoho.organisation.create"), type="submit"), again, class_name="row wrap"),
        ),
        class_name="stack-s",
    )
    return FRAME.step(
        "organisation",
        rx.cond(
            state.organisations.length() > 0,
            _form(state.pick_organisation, chosen),
            rx.cond(state.problem == "", notice(tr("zoho.organisation.none"), tone="amber")),
        ),
        rx.cond(
            state.creating,
            create,
            rx.el.div(
                button(tr("zoho.organisation.new"), icon="plus", on_click=state.show_creating(True)),
                again,
                class_name="row wrap",
            ),
        ),
        form_id=FORM,
        next_disabled=state.organisations.length() == 0,
    )


def _permission() -> rx.Component:
    def row(profile: ProfileRow) -> rx.Component:
        return rx.el.label(
            rx.el.input(
                type="checkbox",
                name="profile-" + profile.id.to_string(),
                default_checked=profile.chosen,
                disabled=profile.fixed,
            ),
            rx.el.span(
                rx.el.span(profile.name),
                rx.el.span(
                    profile.people,
                    class_name="field-help",
                ),
                class_name="check-text",
            ),
            class_name="check",
        )

    return FRAME.step(
        "permission",
        _form(state.save_permission, rx.foreach(state.profiles, row)),
        rx.cond(
            state.any_to_choose,
            rx.fragment(),
            notice(tr("zoho.permission.all_have_it"), tone="blue", icon="info"),
        ),
        rx.el.p(
            state.left_out,
            " ",
            rx.el.a(tr("zoho.permission.profiles"), href=routes.SETTINGS_PROFILES, class_name="link"),
            class_name="small muted",
        ),
        form_id=FORM,
    )


def _bill_from() -> rx.Component:
    ways = [
        ("day", tr("zoho.bill_from.day"), tr("zoho.bill_from.day_help")),
        ("everything", tr("zoho.bill_from.everything"), tr("zoho.bill_from.everything_help")),
    ]
    return FRAME.step(
        "bill_from",
        _form(
            state.save_bill_from,
            radio_field(state, "how", tr("zoho.bill_from.how"), ways),
            rx.el.div(
                date_field(
                    state,
                    "day",
                    tr("zoho.bill_from.first_day"),
                    help=tr("zoho.bill_from.first_day_help"),
                    on_change=state.weigh,
                ),
                class_name="first-day",
            ),
        ),
        rx.cond(state.time_before != "", notice(state.time_before)),
        form_id=FORM,
    )


def _milestones() -> rx.Component:
    return FRAME.step(
        "milestones",
        _form(
            state.save_milestones,
            check_field(state, "on", tr("zoho.milestones.on"), help=tr("zoho.milestones.help"), switch=True),
        ),
        form_id=FORM,
    )


def _contacts() -> rx.Component:
    ways = [
        (name, tr(f"zoho.contacts.{name}"), tr(f"zoho.contacts.{name}_help"))
        for name in ("overwrite", "clone")
    ]
    return FRAME.step(
        "contacts",
        _form(state.save_contacts, radio_field(state, "contacts", tr("zoho.contacts.how"), ways)),
        form_id=FORM,
    )


def _review() -> rx.Component:
    return FRAME.step(
        "review",
        facts_of(state.summary),
        notice(
            rx.el.b(tr("zoho.review.then")),
            rx.el.ul(*[rx.el.li(tr(f"zoho.review.then_{n}")) for n in (1, 2, 3, 4)], class_name="steps"),
        ),
        on_next=state.finish,
        next_text=rx.cond(state.updating, tr("zoho.review.save_changes"), tr("zoho.review.save")),
    )
