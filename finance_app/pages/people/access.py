import reflex as rx

from finance_app.components.dialog import confirm
from finance_app.components.parts import badge, button, facts, panel
from finance_app.components.text import tr
from finance_app.states.people.access import PersonAccess


def person_access() -> rx.Component:
    """Whether and how somebody can log in, with what those who manage people can do about it."""
    state = PersonAccess
    word = rx.match(
        state.state,
        ("can_log_in", badge(tr("account.access.can_log_in"), "green")),
        ("invited", badge(tr("account.access.invited"), "amber")),
        ("not_invited", badge(tr("account.access.not_invited"), "gray")),
        badge(tr("account.access.no_address"), "gray"),
    )
    invite = rx.match(
        state.state,
        ("not_invited", button(tr("account.access.invite"), icon="mail", on_click=state.invite)),
        ("invited", button(tr("account.access.invite_again"), icon="mail", on_click=state.invite)),
        ("can_log_in", button(tr("account.access.reset"), icon="key-round", on_click=state.send_reset)),
        rx.fragment(),
    )
    factor = confirm(
        button(tr("account.access.factor_reset"), icon="smartphone"),
        tr("account.access.factor_reset"),
        tr("account.access.factor_reset_text", name=state.person_name),
        action=tr("account.access.factor_reset"),
        on_confirm=state.reset_factor,
    )
    log_out = confirm(
        button(tr("account.access.log_out"), icon="log-out"),
        tr("account.access.log_out"),
        tr("account.access.log_out_text", name=state.person_name),
        action=tr("account.access.log_out"),
        on_confirm=state.log_out,
        danger=False,
    )
    return rx.cond(
        state.shown,
        panel(
            tr("account.access.title"),
            facts(
                (tr("account.access.state"), rx.fragment(word)),
                (tr("account.access.last_seen"), state.seen),
                (
                    tr("account.factor.title"),
                    rx.fragment(rx.cond(state.factor, tr("account.factor.on"), tr("account.factor.off"))),
                ),
                (
                    tr("account.access.logins"),
                    rx.fragment(tr("account.access.open", n=state.open_count)),
                ),
            ),
            rx.el.div(
                invite,
                rx.cond(state.factor, factor),
                rx.cond(state.open_count > 0, log_out),
                class_name="stack-s",
                style={"margin_top": "12px"},
            ),
        ),
    )
