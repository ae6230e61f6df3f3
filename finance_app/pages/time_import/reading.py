"""The steps Format and Columns."""

from collections.abc import Sequence
from typing import Any

import reflex as rx

from finance_app import routes
from finance_app.components.form import form, form_grid, select_field, text_field
from finance_app.components.parts import badge, button, labelled, notice, panel
from finance_app.components.text import tr
from finance_app.components.wizard import step_head
from finance_app.pages.time_import.frame import import_page
from finance_app.states.time_import.reading import (
    Answer,
    ColumnRow,
    ImportColumns,
    ImportFormat,
    PreviewRow,
    SampleRow,
)

DELIMITERS = ((",", "comma"), (";", "semicolon"), ("\t", "tab"), ("|", "bar"))


def choice(name: str, label: Any, options: Sequence[Any], *, help: Any = None) -> rx.Component:
    """A finding that can be corrected; the file is read anew at once."""
    return rx.el.label(
        rx.el.span(label, class_name="field-label"),
        rx.el.select(
            *options,
            value=ImportFormat.options[name],
            on_change=lambda value: ImportFormat.choose(name, value),
            class_name="input",
        ),
        rx.el.span(help, class_name="field-help") if help is not None else None,
        class_name="field",
    )


def _texts(pairs: Sequence[tuple[str, Any]]) -> list[rx.Component]:
    return [rx.el.option(text, value=value) for value, text in pairs]


def _answers(answers: Any) -> rx.Component:
    return rx.foreach(answers, lambda answer: rx.el.option(answer.label, value=answer.value))


def time_import_format() -> rx.Component:
    state = ImportFormat
    return import_page(
        "format",
        rx.el.div(
            step_head(
                tr("time_import.format.title"),
                rx.cond(state.ready, tr("time_import.format.text"), tr("time_import.format.text_open")),
            ),
            rx.foreach(state.notices, lambda text: notice(text)),
            rx.cond(state.asks_date, _ask_date()),
            rx.cond(state.asks_decimal, _ask_decimal()),
            rx.el.div(*_findings(), class_name="form-grid"),
            panel(tr("time_import.format.sample"), _sample(), flush=True),
            class_name="stack",
        ),
        import_id=state.import_id,
        context=state.file_name,
        back=routes.TIME_IMPORTS,
        on_next=state.go_on,
        next_disabled=~state.ready,
    )


def _ask_date() -> rx.Component:
    def answer(one: Answer) -> rx.Component:
        return button(one.label, size="s", on_click=ImportFormat.choose("date_format", one.value))

    return notice(
        rx.el.div(
            rx.el.strong(tr("time_import.format.question")),
            rx.el.p(tr("time_import.format.ask_date", example=ImportFormat.date_example)),
            rx.el.div(rx.foreach(ImportFormat.date_answers, answer), class_name="row wrap"),
            class_name="stack-s",
        ),
        tone="amber",
        icon="circle-help",
    )


def _ask_decimal() -> rx.Component:
    choose = ImportFormat.choose
    return notice(
        rx.el.div(
            rx.el.strong(tr("time_import.format.question")),
            rx.el.p(tr("time_import.format.ask_decimal")),
            rx.el.div(
                button(tr("time_import.decimal.point"), size="s", on_click=choose("decimal", ".")),
                button(tr("time_import.decimal.comma"), size="s", on_click=choose("decimal", ",")),
                class_name="row wrap",
            ),
            class_name="stack-s",
        ),
        tone="amber",
        icon="circle-help",
    )


def _findings() -> list[rx.Component]:
    state = ImportFormat
    plain = [
        choice(
            "encoding",
            tr("time_import.format.encoding"),
            [_answers(state.encodings)],
        ),
        choice(
            "delimiter",
            tr("time_import.format.delimiter"),
            _texts([(mark, tr(f"time_import.delimiter.{name}")) for mark, name in DELIMITERS]),
        ),
    ]
    sheet = choice(
        "sheet",
        tr("time_import.format.sheet"),
        [rx.foreach(state.sheets, lambda name: rx.el.option(name, value=name))],
    )
    header = rx.el.label(
        rx.el.span(tr("time_import.format.header_row"), class_name="field-label"),
        rx.el.input(
            type="number",
            min=0,
            max=1000,
            default_value=state.options["header_row"],
            key="header-" + state.options["header_row"],
            on_blur=lambda value: ImportFormat.choose("header_row", value),
            class_name="input n",
        ),
        rx.el.span(tr("time_import.format.header_row_help"), class_name="field-help"),
        class_name="field",
    )
    unknown = rx.el.option("–", value="", disabled=True)
    return [
        rx.cond(state.sheets.length() > 0, sheet, rx.fragment(*plain)),
        choice(
            "date_format",
            tr("time_import.format.date_format"),
            [unknown, _answers(state.date_formats)],
        ),
        choice(
            "decimal",
            tr("time_import.format.decimal"),
            [
                unknown,
                *_texts([(".", tr("time_import.decimal.point")), (",", tr("time_import.decimal.comma"))]),
            ],
        ),
        choice(
            "hours_unit",
            tr("time_import.format.hours_unit"),
            _texts([(unit, tr(f"time_import.unit.{unit}")) for unit in ("hours", "minutes", "seconds")]),
        ),
        header,
    ]


def _sample() -> rx.Component:
    def row(one: SampleRow) -> rx.Component:
        return rx.el.tr(
            rx.el.td(one.id, class_name="n muted"),
            rx.foreach(one.cells, lambda cell: rx.el.td(cell)),
        )

    return rx.el.div(
        rx.el.table(
            rx.el.thead(
                rx.el.tr(
                    rx.el.th(tr("time_import.format.line"), scope="col", class_name="n"),
                    rx.foreach(ImportFormat.headers, lambda name: rx.el.th(name, scope="col")),
                )
            ),
            rx.el.tbody(rx.foreach(ImportFormat.sample, row)),
            class_name="table sheet",
        ),
        class_name="table-scroll",
        tab_index=0,
    )


def time_import_columns() -> rx.Component:
    state = ImportColumns
    missing = notice(
        tr("time_import.columns.missing", fields=state.missing), tone="amber", icon="circle-help"
    )
    return import_page(
        "columns",
        rx.el.div(
            rx.el.div(
                step_head(tr("time_import.columns.title"), tr("time_import.columns.text")),
                _presets(),
                class_name="row-between wrap",
            ),
            rx.cond(state.missing != "", missing),
            rx.el.div(_columns(), class_name="table-box"),
            panel(tr("time_import.columns.defaults"), _defaults()),
            rx.cond(
                state.preview.length() > 0, panel(tr("time_import.columns.preview"), _preview(), flush=True)
            ),
            class_name="stack",
        ),
        import_id=state.import_id,
        context=state.file_name,
        back="/time/import/" + state.import_id + "/format",
        on_next=state.go_on,
        next_disabled=~state.ready,
    )


def _presets() -> rx.Component:
    state = ImportColumns
    return rx.el.div(
        rx.cond(state.preset != "", badge(tr("time_import.columns.preset", name=state.preset), "green")),
        rx.el.select(
            rx.el.option(tr("time_import.columns.use_preset"), value="", disabled=True),
            _answers(state.presets),
            rx.el.option(tr("time_import.columns.guess"), value="guess"),
            value="",
            on_change=state.use_preset,
            class_name="input fit",
            aria_label=tr("time_import.columns.use_preset"),
        ),
        class_name="row",
    )


def _columns() -> rx.Component:
    def row(one: ColumnRow) -> rx.Component:
        chosen = rx.el.select(
            rx.el.option(tr("time_import.columns.ignored"), value=""),
            rx.foreach(ImportColumns.fields, lambda field: rx.el.option(field.label, value=field.value)),
            value=one.field,
            on_change=lambda value: ImportColumns.set_column(one.id, value),
            class_name="input",
            aria_label=one.name,
        )
        examples = rx.el.span(one.examples, class_name="muted small")
        return rx.el.tr(
            rx.el.td(rx.el.span(one.name, class_name="strong"), class_name="first"),
            labelled(tr("time_import.columns.examples"), examples),
            labelled(tr("time_import.columns.field"), chosen),
            key=one.id.to_string(),
        )

    heads = (("column", "26%"), ("examples", "auto"), ("field", "230px"))
    return rx.el.table(
        rx.el.thead(
            rx.el.tr(
                *[
                    rx.el.th(tr(f"time_import.columns.{name}"), scope="col", style={"width": width})
                    for name, width in heads
                ]
            )
        ),
        rx.el.tbody(rx.foreach(ImportColumns.columns, row)),
        class_name="table table-cards",
    )


def _defaults() -> rx.Component:
    state = ImportColumns
    names = ("default_project", "default_client", "default_person")
    yes_no = [(value, tr(f"time_import.columns.billable_{value}")) for value in ("yes", "no")]
    return form(
        state.save_defaults,
        state,
        form_grid(
            *[text_field(state, name, tr(f"time_import.columns.{name}"), optional=True) for name in names],
            select_field(state, "default_billable", tr("time_import.columns.default_billable"), yes_no),
        ),
        rx.el.div(button(tr("time_import.columns.apply_defaults"), type="submit")),
    )


def _preview() -> rx.Component:
    fields = ("date", "person", "project", "task", "hours", "billable")

    def row(one: PreviewRow) -> rx.Component:
        cells = [rx.el.td(getattr(one, name), class_name="n" if name == "hours" else "") for name in fields]
        good = rx.el.tr(rx.el.td(one.id, class_name="n muted"), *cells)
        bad = rx.el.tr(
            rx.el.td(one.id, class_name="n muted"),
            rx.el.td(
                badge(tr("time_import.columns.bad"), "red"),
                rx.el.span(" ", one.fault, class_name="small"),
                col_span=len(fields),
                class_name="fault",
            ),
        )
        return rx.cond(one.fault == "", good, bad)

    heads = [
        rx.el.th(tr(f"timesheet_file.field.{name}"), scope="col", class_name="n" if name == "hours" else "")
        for name in fields
    ]
    return rx.el.div(
        rx.el.table(
            rx.el.thead(
                rx.el.tr(rx.el.th(tr("time_import.format.line"), scope="col", class_name="n"), *heads)
            ),
            rx.el.tbody(rx.foreach(ImportColumns.preview, row)),
            class_name="table sheet",
        ),
        class_name="table-scroll",
        tab_index=0,
    )
