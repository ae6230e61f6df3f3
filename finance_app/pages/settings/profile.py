import reflex as rx

from finance_app.components.form import form, form_actions, text_field
from finance_app.components.frame import page
from finance_app.components.object_trail import object_trail
from finance_app.components.parts import panel
from finance_app.components.text import tr
from finance_app.pages.settings.own_security import own_factor, own_logins
from finance_app.pages.settings.portal import settings_tabs
from finance_app.states.settings.profile import PASSWORD_MIN_LENGTH, Profile


def profile() -> rx.Component:
    return page(
        tr("login.profile.title"),
        panel(
            tr("login.profile.person"),
            form(
                Profile.save,
                Profile,
                text_field(Profile, "name", tr("login.profile.name"), required=True),
                text_field(Profile, "job_title", tr("login.profile.job_title"), optional=True),
                text_field(
                    Profile, "email", tr("login.email"), read_only=True, help=tr("login.profile.email_help")
                ),
                form_actions(),
            ),
        ),
        rx.cond(Profile.has_password, _password()),
        own_factor(),
        own_logins(),
        object_trail("me"),
        context=tr("login.profile.context"),
        tabs=settings_tabs(),
    )


def _password() -> rx.Component:
    return panel(
        tr("login.profile.password"),
        form(
            Profile.change_password,
            Profile,
            text_field(
                Profile, "current", tr("login.profile.current"), type="password", required=True,
                auto_complete="current-password",
            ),
            text_field(
                Profile, "new", tr("login.profile.new"), type="password", required=True,
                help=tr("login.profile.new_help", n=PASSWORD_MIN_LENGTH), auto_complete="new-password",
            ),
            form_actions(tr("login.profile.change")),
        ),
    )  # fmt: skip
