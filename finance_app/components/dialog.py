"""Dialogs: a form in one, and the confirmation that names the consequence."""

from typing import Any

import reflex as rx

from finance_app.components.parts import button
from finance_app.components.text import tr
from finance_app.states.session import Session


def is_open(state: Any) -> Any:
    """Whether the dialog of a form state shows."""
    return state.form_open & (state.form_visit == Session.visit)


def form_dialog(
    state: Any,
    on_submit: Any,
    title: Any,
    *fields: Any,
    text: Any = None,
    save: Any = None,
    danger: rx.Var[bool] | bool = False,
    width: str = "520px",
) -> rx.Component:
    """A form in a dialog, open while `State.form_open`; the handler closes it by `self._saved()`. Where
    `danger` is true its button is red."""
    word = tr("common.save") if save is None else save
    submit = button(word, kind="danger" if danger is True else "primary", type="submit")
    if isinstance(danger, rx.Var):
        submit = rx.cond(danger, button(word, kind="danger", type="submit"), submit)
    head = [rx.dialog.title(title)]
    head.append(
        rx.dialog.description(text, class_name="muted dialog-text")
        if text is not None
        else rx.dialog.description(title, class_name="sr-only")
    )
    body = rx.el.form(
        rx.el.div(*fields, class_name="stack", style={"margin_top": "20px"}),
        rx.el.div(
            rx.dialog.close(button(tr("common.cancel"))),
            submit,
            class_name="dialog-actions",
        ),
        on_submit=on_submit,
        key=state.form_key.to_string(),
        no_validate=True,
    )
    return rx.dialog.root(
        rx.dialog.content(*head, body, max_width=width),
        open=is_open(state),
        on_open_change=state.set_form_open,
    )


def confirm(
    trigger: rx.Component | None,
    title: Any,
    consequence: Any,
    *,
    action: Any,
    on_confirm: Any,
    danger: bool = True,
    body: Any = None,
    width: str = "460px",
    **root: Any,
) -> rx.Component:
    """Asks before something that cannot be taken back. `consequence` says what will happen, `action` is the
    verb on the button. Without a trigger pass `open=` and `on_open_change=`."""
    parts = [
        rx.alert_dialog.title(title),
        rx.alert_dialog.description(consequence, class_name="muted dialog-text"),
    ]
    if body is not None:
        parts.append(rx.el.div(body, style={"margin_top": "16px"}))
    parts.append(
        rx.el.div(
            rx.alert_dialog.cancel(button(tr("common.cancel"))),
            rx.alert_dialog.action(
                button(action, kind="danger" if danger else "primary", on_click=on_confirm)
            ),
            class_name="dialog-actions",
        )
    )
    inside = [rx.alert_dialog.content(*parts, max_width=width)]
    if trigger is not None:
        inside.insert(0, rx.alert_dialog.trigger(trigger))
    return rx.alert_dialog.root(*inside, **root)
