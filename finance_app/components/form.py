"""Forms: label above, help below, the error in words beside the field.

    form(
        ClientForm.save,
        ClientForm,
        text_field(ClientForm, "name", tr("client.name"), required=True),
        search_select(ClientForm, "client_id", tr("project.client"), source="clients"),
        form_actions(tr("common.save"), cancel=routes.CLIENTS),
    )

The first argument of a field is the state (a FormState): it gives the value at the start,
`State.values[name]`, and the error, `State.errors[name]`. What is typed stays in the browser.
"""

from collections.abc import Sequence
from typing import Any

import reflex as rx

from finance_app.components.native import SearchSelectInput, UploadInput
from finance_app.components.parts import button, link_button
from finance_app.components.text import tr


def form(on_submit: Any, state: Any, *children: Any, **props: Any) -> rx.Component:
    """A form that submits a dict of texts to a handler. It is made anew when the state fills it anew."""
    props.setdefault("class_name", "form")
    return rx.el.form(
        *children, on_submit=on_submit, key=state.form_key.to_string(), no_validate=True, **props
    )


def form_grid(*children: Any) -> rx.Component:
    """Short fields beside each other."""
    return rx.el.div(*children, class_name="form-grid")


def fieldset(legend: Any, *children: Any) -> rx.Component:
    return rx.el.fieldset(rx.el.legend(legend), *children, class_name="fieldset")


def form_actions(save: Any = None, *, cancel: Any = None, extra: Sequence[rx.Component] = ()) -> rx.Component:
    parts = [button(tr("common.save") if save is None else save, kind="primary", type="submit")]
    if cancel is not None:
        parts.append(link_button(tr("common.cancel"), href=cancel))
    return rx.el.div(*parts, *extra, class_name="form-actions")


def field(
    name: str, label: Any, control: rx.Component, *, error: Any, help: Any = None, optional: bool = False
) -> rx.Component:
    """Any control with its label, help and error. The control needs `id=field_id(name)`."""
    mark = rx.el.span(" · ", tr("common.optional"), class_name="optional") if optional else None
    parts: list[Any] = [rx.el.label(label, mark, html_for=field_id(name), class_name="field-label"), control]
    if help is not None:
        parts.append(rx.el.span(help, class_name="field-help", id=f"{field_id(name)}-help"))
    parts.append(_error(name, error))
    return rx.el.div(*parts, class_name="field")


def field_id(name: str) -> str:
    return f"field-{name.replace('_', '-')}"


def _error(name: str, error: Any) -> rx.Component:
    return rx.cond(
        error,
        rx.el.span(
            rx.icon("circle-alert", size=14, aria_hidden=True),
            error,
            class_name="field-error",
            id=f"{field_id(name)}-error",
            role="alert",
        ),
    )


def _input_props(state: Any, name: str, *, help: Any, required: bool) -> dict[str, Any]:
    error = state.errors[name]
    described = f"{field_id(name)}-error" + (f" {field_id(name)}-help" if help is not None else "")
    attrs: dict[str, Any] = {
        "aria-invalid": rx.cond(error, "true", "false"),
        "aria-describedby": described,
    }
    if required:
        attrs["aria-required"] = "true"
    return {"id": field_id(name), "name": name, "custom_attrs": attrs}


def text_field(
    state: Any,
    name: str,
    label: Any,
    *,
    help: Any = None,
    required: bool = False,
    optional: bool = False,
    type: str = "text",
    numeric: bool = False,
    **props: Any,
) -> rx.Component:
    """One line. `type` may be email, url, tel, password, date; money, hours, rates are texts: `numeric`."""
    if numeric:
        props.setdefault("input_mode", "decimal")
    control = rx.el.input(
        type=type,
        class_name="input n" if numeric else "input",
        default_value=state.values[name],
        **_input_props(state, name, help=help, required=required),
        **props,
    )
    return field(name, label, control, error=state.errors[name], help=help, optional=optional)


def date_field(state: Any, name: str, label: Any, **props: Any) -> rx.Component:
    """A day, submitted as `2026-11-25`."""
    return text_field(state, name, label, type="date", **props)


def textarea_field(
    state: Any,
    name: str,
    label: Any,
    *,
    help: Any = None,
    required: bool = False,
    optional: bool = False,
    **props: Any,
) -> rx.Component:
    props.setdefault("rows", "3")
    control = rx.el.textarea(
        class_name="input",
        default_value=state.values[name],
        **_input_props(state, name, help=help, required=required),
        **props,
    )
    return field(name, label, control, error=state.errors[name], help=help, optional=optional)


def select_field(
    state: Any,
    name: str,
    label: Any,
    options: Sequence[tuple] | rx.Var,
    *,
    help: Any = None,
    required: bool = False,
    optional: bool = False,
    **props: Any,
) -> rx.Component:
    """A short choice: pairs of value and text (and props of the option), or a list var of {value, label}."""
    if isinstance(options, rx.Var):
        inside = [rx.foreach(options, lambda o: rx.el.option(o["label"], value=o["value"]))]
    else:
        inside = [
            rx.el.option(text, value=value, **(more[0] if more else {})) for value, text, *more in options
        ]
    control = rx.el.select(
        *inside,
        class_name="input",
        default_value=state.values[name],
        **_input_props(state, name, help=help, required=required),
        **props,
    )
    return field(name, label, control, error=state.errors[name], help=help, optional=optional)


def check_field(
    state: Any, name: str, label: Any, *, help: Any = None, switch: bool = False, **props: Any
) -> rx.Component:
    """Yes or no; submitted as `on`, or not at all. `switch` for what takes effect as a setting."""
    text = [rx.el.span(label)]
    if help is not None:
        text.append(rx.el.span(help, class_name="field-help", id=f"{field_id(name)}-help"))
    control = rx.el.input(
        type="checkbox",
        id=field_id(name),
        name=name,
        default_checked=state.values[name] == "on",
        **({"role": "switch"} if switch else {}),
        **props,
    )
    box = rx.el.label(
        control,
        rx.el.span(*text, class_name="check-text"),
        class_name="check switch" if switch else "check",
        html_for=field_id(name),
    )
    return rx.el.div(box, _error(name, state.errors[name]), class_name="field")


def radio_field(
    state: Any, name: str, label: Any, options: Sequence[tuple] | rx.Var, shown: Any = None, **props: Any
) -> rx.Component:
    """One of few, each with a line that explains it: (value, text, help), or a list var and what `shown`
    makes of one of it."""

    def option(value: Any, text: Any, help: Any) -> rx.Component:
        return rx.el.label(
            rx.el.input(
                type="radio", name=name, value=value, default_checked=state.values[name] == value, **props
            ),
            rx.el.span(rx.el.span(text), rx.el.span(help, class_name="field-help"), class_name="check-text"),
            class_name="check choice",
        )

    inside = (
        [rx.foreach(options, lambda each: option(*shown(each)))]
        if isinstance(options, rx.Var)
        else [option(*each) for each in options]
    )
    group = rx.el.div(*inside, role="radiogroup", aria_label=label, class_name="options", id=field_id(name))
    return rx.el.div(group, _error(name, state.errors[name]), class_name="field")


def search_select(
    state: Any,
    name: str,
    label: Any,
    *,
    source: str,
    scope: Any = "",
    help: Any = None,
    required: bool = False,
    optional: bool = False,
    placeholder: Any = "",
    **props: Any,
) -> rx.Component:
    """A selector that searches on the server (`source` of api/search.py; `scope` narrows it, as a client id).

    `values[name]` is the id, `values[name + "_label"]` the text shown at the start. `on_pick(id, label)` and
    `on_create(text)` are optional.
    """
    control = SearchSelectInput.create(
        id=field_id(name),
        name=name,
        source=source,
        scope=scope,
        value=state.values[name],
        value_label=state.values[f"{name}_label"],
        placeholder=placeholder,
        required=required,
        invalid=rx.cond(state.errors[name], True, False),
        described_by=f"{field_id(name)}-error",
        labels=select_labels(),
        **props,
    )
    return field(name, label, control, error=state.errors[name], help=help, optional=optional)


def select_labels() -> dict[str, Any]:
    return {
        "clear": tr("common.select.clear"),
        "options": tr("common.select.options"),
        "create": tr("common.select.create"),
        "failed": tr("common.select.failed"),
        "searching": tr("common.select.searching"),
        "nothing": tr("common.select.nothing"),
    }


def upload(url: Any, *, accept: str, max_mb: int, on_done: Any, hint: Any, **props: Any) -> rx.Component:
    """One file to an own route, with progress; `on_done` gets the JSON answer of the route as text."""
    return UploadInput.create(
        url=url,
        accept=accept,
        max_bytes=max_mb * 1024 * 1024,
        on_done=on_done,
        labels={
            "choose": tr("common.upload.choose"),
            "hint": hint,
            "cancel": tr("common.cancel"),
            "tooLarge": tr("common.upload.too_large", n=max_mb),
            "loggedOut": tr("common.upload.logged_out"),
            "failed": tr("common.upload.failed"),
        },
        **props,
    )
