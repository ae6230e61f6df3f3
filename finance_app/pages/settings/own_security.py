"""Panels of the profile page: where one is logged in, and the second factor."""

from typing import Any

import reflex as rx

from finance_app.components.form import form, form_actions, text_field
from finance_app.components.parts import badge, button, panel
from finance_app.components.text import tr
from finance_app.states.settings.logins import LoginRow
from finance_app.states.settings.own_security import OwnFactor, OwnLogins


def own_logins() -> rx.Component:
    state = OwnLogins
    everywhere = rx.cond(
        state.others, button(tr("account.logins.revoke_all"), size="s", on_click=state.revoke_others)
    )
    return panel(
        tr("account.logins.title"),
        rx.el.ul(rx.foreach(state.rows, lambda row: login_item(row, state.revoke)), class_name="stack-s"),
        actions=[everywhere],
    )


def login_item(row: rx.Var[LoginRow], revoke: Any) -> rx.Component:
    return rx.el.li(
        rx.el.div(
            rx.el.div(
                rx.el.span(row.device, class_name="strong"),
                rx.cond(row.current, badge(tr("account.logins.this"), "green")),
                class_name="row wrap",
            ),
            rx.el.div(row.address, " · ", row.seen, " · ", row.opened, class_name="small muted"),
            class_name="grow",
        ),
        rx.cond(
            row.current,
            rx.fragment(),
            button(tr("account.logins.revoke"), size="s", on_click=revoke(row.id)),
        ),
        class_name="row",
        style={"align_items": "center", "padding": "6px 0"},
        key=row.id.to_string(),
    )


def own_factor() -> rx.Component:
    state = OwnFactor
    mark = rx.cond(
        state.is_on, badge(tr("account.factor.on"), "green"), badge(tr("account.factor.off"), "gray")
    )
    return panel(
        tr("account.factor.title"),
        rx.cond(
            state.codes.length() > 0,
            _codes(),
            rx.cond(state.is_on, _turned_on(), rx.cond(state.image != "", _enrolment(), _turned_off())),
        ),
        actions=[mark],
    )


def _code_field() -> rx.Component:
    return text_field(
        OwnFactor, "code", tr("account.factor.code"), required=True, input_mode="numeric",
        auto_complete="one-time-code", max_length=20,
    )  # fmt: skip


def _turned_off() -> rx.Component:
    return rx.el.div(
        rx.el.p(tr("account.factor.off_text"), class_name="muted"),
        rx.el.div(button(tr("account.factor.begin"), icon="smartphone", on_click=OwnFactor.begin)),
        class_name="stack-s",
    )


def _enrolment() -> rx.Component:
    return form(
        OwnFactor.confirm,
        OwnFactor,
        rx.el.p(tr("account.factor.scan")),
        rx.el.img(
            src=OwnFactor.image, alt=tr("account.factor.qr"), width="190", height="190",
            style={"border_radius": "8px", "width": "190px", "height": "190px"},
        ),
        rx.el.p(tr("account.factor.key"), ": ", rx.el.code(OwnFactor.key, class_name="num")),
        _code_field(),
        form_actions(tr("account.factor.confirm")),
    )  # fmt: skip


def _codes() -> rx.Component:
    return rx.el.div(
        rx.el.h3(tr("account.factor.codes_title"), class_name="strong"),
        rx.el.p(tr("account.factor.codes_text"), class_name="muted"),
        rx.el.ul(
            rx.foreach(OwnFactor.codes, lambda code: rx.el.li(rx.el.code(code, class_name="num"))),
            style={"columns": "2", "max_width": "320px", "line_height": "2"},
        ),
        rx.el.div(button(tr("account.factor.codes_done"), kind="primary", on_click=OwnFactor.codes_kept)),
        class_name="stack-s",
    )


def _turned_on() -> rx.Component:
    return rx.el.div(
        rx.el.p(
            tr("account.factor.on_text"), " ", tr("account.factor.left", n=OwnFactor.left), class_name="muted"
        ),
        form(
            OwnFactor.renew,
            OwnFactor,
            _code_field(),
            form_actions(tr("account.factor.renew")),
        ),
        form(
            OwnFactor.turn_off,
            OwnFactor,
            _code_field(),
            form_actions(tr("account.factor.turn_off")),
        ),
        class_name="stack",
    )
