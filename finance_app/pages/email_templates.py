import reflex as rx

from finance_app.components.form import form, form_actions, text_field, textarea_field
from finance_app.components.frame import page
from finance_app.components.parts import button
from finance_app.components.text import tr
from finance_app.documents.email_text import EmailKind
from finance_app.pages.portal_settings import settings_tabs
from finance_app.states.email_templates import EmailTexts


def emails() -> rx.Component:
    state = EmailTexts
    kinds = [
        button(tr(f"settings.emails.kinds.{kind}"), size="s", aria_pressed=state.kind == str(kind),
               kind="", on_click=state.choose(str(kind), state.language))
        for kind in EmailKind
    ]  # fmt: skip
    languages = [
        button(name, size="s", kind="quiet", lang=code, aria_pressed=state.language == code,
               on_click=state.choose(state.kind, code))
        for code, name in (("en", "English"), ("fr", "Français"))
    ]  # fmt: skip
    back = rx.cond(state.is_own, button(tr("settings.emails.reset"), on_click=state.reset_text))
    return page(
        tr("settings.emails.title"),
        rx.el.div(*kinds, rx.el.span(class_name="grow"), *languages, class_name="row wrap"),
        form(
            state.save,
            state,
            text_field(state, "subject", tr("settings.emails.subject"), required=True),
            textarea_field(state, "body", tr("settings.emails.body"), required=True, rows="14",
                           help=tr("settings.emails.placeholders", names=state.placeholders)),
            form_actions(extra=[back]),
        ),
        context=tr("settings.emails.context"),
        tabs=settings_tabs(),
    )  # fmt: skip
