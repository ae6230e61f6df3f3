import reflex as rx

from finance_app import routes
from finance_app.components.frame import page_effects
from finance_app.components.native import NativeForm, Started, native_link
from finance_app.components.parts import button, notice
from finance_app.components.text import tr
from finance_app.states.login import Login
from finance_app.states.session import Session

BLOCKED_MINUTES = 10


def login() -> rx.Component:
    return Started.create(page_effects(tr("login.title")), _gate())


def _gate() -> rx.Component:
    return rx.el.div(
        rx.el.main(
            rx.el.div(
                rx.el.div(
                    rx.el.span("M", class_name="brand-mark", aria_hidden="true"),
                    rx.el.span("Marge"),
                    class_name="brand",
                    style={"padding": "0"},
                ),
                rx.el.div(
                    rx.el.h1(tr("login.title")),
                    rx.el.p(tr("login.text"), class_name="muted"),
                    class_name="stack-s",
                    style={"gap": "4px"},
                ),
                _fault(),
                rx.cond(
                    Login.done != "",
                    notice(tr("account.password_set"), tone="green", icon="circle-check"),
                ),
                rx.cond(Session.demo, _demo()),
                rx.cond(Login.ownerless, _first_run()),
                _form(),
                class_name="stack",
                style={"gap": "24px"},
            ),
            class_name="gate-card",
        ),
        rx.el.nav(
            _language("en", "English"),
            _language("fr", "Français"),
            class_name="row",
            aria_label=tr("login.language"),
            style={"margin_top": "24px"},
        ),
        class_name="gate",
    )


def _language(locale: str, name: str) -> rx.Component:
    return button(
        name, kind="quiet", size="s", lang=locale, aria_pressed=Session.locale == locale,
        on_click=Session.set_locale(locale),
    )  # fmt: skip


def _fault() -> rx.Component:
    text = rx.match(
        Login.reason,
        ("blocked", tr("login.failed.blocked", n=BLOCKED_MINUTES)),
        ("origin", tr("login.failed.origin")),
        ("unavailable", tr("login.failed.unavailable")),
        ("form", tr("account.error.form")),
        ("late", tr("account.error.late")),
        tr("login.failed.wrong"),
    )
    return rx.cond(Login.reason != "", notice(text, tone="red", icon="circle-alert"))


def _first_run() -> rx.Component:
    return notice(
        rx.el.p(tr("login.first.text")),
        rx.el.code("marge create-owner", class_name="num"),
        icon="key-round",
    )


def _next() -> rx.Component:
    return rx.el.input(type="hidden", name="next", value=Login.after, read_only=True)


def _input(name: str, kind: str, complete: str) -> rx.Component:
    return rx.el.div(
        rx.el.label(tr(f"login.{name}"), html_for=name, class_name="field-label"),
        rx.el.input(
            id=name, name=name, type=kind, auto_complete=complete, required=True, class_name="input",
            max_length=254 if kind == "email" else 1000,
        ),
        class_name="field",
    )  # fmt: skip


def _form() -> rx.Component:
    return NativeForm.create(
        _next(),
        rx.el.input(type="hidden", name="form_token", value=Login.login_token, read_only=True),
        _input("email", "email", "username"),
        _input("password", "password", "current-password"),
        button(
            tr("login.submit"),
            kind="primary",
            type="submit",
            class_name="btn-block",
            disabled=Login.login_token == "",  # without it the form would be refused
        ),
        native_link(tr("account.forgotten.link"), href=routes.FORGOTTEN, class_name="link small"),
        action=routes.DO_LOGIN,
        method="post",
        class_name="stack",
    )


def _demo() -> rx.Component:
    return rx.el.div(
        *[
            NativeForm.create(
                _next(),
                rx.el.input(type="hidden", name="role", value=role, read_only=True),
                rx.el.button(
                    rx.icon(icon, size=18, aria_hidden=True),
                    rx.el.span(
                        rx.el.span(tr(f"login.demo.{role}"), class_name="strong"),
                        rx.el.span(tr(f"login.demo.{role}_text"), class_name="small muted"),
                        class_name="stack-s",
                        style={"gap": "0"},
                    ),
                    type="submit",
                    class_name="demo-choice",
                ),
                action=routes.DO_DEMO_LOGIN,
                method="post",
            )
            for role, icon in (("owner", "building-2"), ("manager", "folder-kanban"), ("member", "user"))
        ],
        rx.el.div(
            tr("login.demo.or"), class_name="divider", style={"margin_top": "12px"}, aria_hidden="true"
        ),
        class_name="stack-s",
    )
