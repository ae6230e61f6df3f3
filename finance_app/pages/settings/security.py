import reflex as rx

from finance_app.components.form import check_field, fieldset, form, form_actions, form_grid, text_field
from finance_app.components.frame import page
from finance_app.components.object_trail import object_trail
from finance_app.components.text import tr
from finance_app.pages.settings.portal import settings_tabs
from finance_app.states.settings.portal import SecuritySettings


def _number(name: str, **props) -> rx.Component:
    return text_field(
        SecuritySettings, name, tr(f"account.settings.{name}"), required=True, numeric=True, **props
    )


def security_settings() -> rx.Component:
    return page(
        tr("account.settings.title"),
        form(
            SecuritySettings.save,
            SecuritySettings,
            fieldset(
                tr("account.factor.title"),
                check_field(
                    SecuritySettings,
                    "factor_required",
                    tr("account.settings.factor_required"),
                    help=tr("account.settings.factor_required_help"),
                    switch=True,
                ),
            ),
            fieldset(
                tr("account.settings.lifetimes"),
                form_grid(_number("idle_hours"), _number("login_days")),
            ),
            fieldset(
                tr("account.settings.retention"),
                _number("keep_logins_days", help=tr("account.settings.keep_logins_help")),
                _number("keep_mails_days", help=tr("account.settings.keep_mails_help")),
            ),
            form_actions(),
        ),
        object_trail("portal", whole=True),
        context=tr("account.settings.context"),
        tabs=settings_tabs(),
    )
