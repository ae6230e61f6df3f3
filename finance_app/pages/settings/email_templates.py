import reflex as rx

from finance_app.components.form import form, form_actions, text_field, textarea_field
from finance_app.components.frame import page
from finance_app.components.object_trail import object_trail
from finance_app.components.parts import button, panel
from finance_app.components.text import tr
from finance_app.documents.email_text import EmailKind
from finance_app.pages.settings.portal import settings_tabs
from finance_app.states.settings.email_templates import EmailTexts


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
            text_field(state, "subject", tr("settings.emails.subject"), required=True,
                       on_blur=state.try_subject),
            textarea_field(state, "body", tr("settings.emails.body"), required=True, rows="14",
                           on_blur=state.try_body,
                           help=tr("settings.emails.placeholders", names=state.placeholders)),
            form_actions(extra=[back]),
        ),
        panel(
            tr("settings.emails.preview"),
            rx.el.p(tr("settings.emails.preview_help"), class_name="small muted"),
            rx.el.p(state.preview_subject, class_name="strong"),
            rx.el.iframe(src_doc=state.preview_html, title=tr("settings.emails.preview"), sandbox="",
                         class_name="mail-preview"),
        ),
        object_trail("email_template", whole=True),
        context=tr("settings.emails.context"),
        tabs=settings_tabs(),
    )  # fmt: skip
