"""The steps Check and Import."""

from typing import Any

import reflex as rx

from finance_app import routes
from finance_app.components.dialog import confirm
from finance_app.components.form import select_labels
from finance_app.components.native import SearchSelectInput, native_link
from finance_app.components.parts import button, labelled, link_button, notice, panel, tile, tiles
from finance_app.components.text import tr
from finance_app.pages.time_import.frame import import_page
from finance_app.services.time_import import NAMED, Kind
from finance_app.states.time_import.applying import (
    SELECTORS,
    BadLine,
    ImportCheck,
    ImportResult,
    NewKind,
    NewName,
    Remark,
)


def time_import_check() -> rx.Component:
    state = ImportCheck
    idle = rx.cond(state.checking, _progress(tr("time_import.check.reading")), _findings())
    return import_page(
        "check",
        rx.el.div(
            rx.cond(state.fault != "", notice(state.fault, tone="red", icon="circle-alert")),
            rx.cond(state.importing, _running(), rx.cond(state.fault == "", idle)),
            class_name="stack",
        ),
        import_id=state.import_id,
        context=state.file_name,
        back="/time/import/" + state.import_id + "/columns",
        on_next=state.apply,
        next_text=rx.cond(
            state.checking | state.nothing,
            tr("time_import.step.import"),
            tr("time_import.check.import", n=state.good, n_text=state.figures["rows"]),
        ),
        next_disabled=state.checking | state.importing | state.nothing | (state.fault != ""),
    )


def _progress(title: Any) -> rx.Component:
    state = ImportCheck
    return rx.el.div(
        rx.el.div(
            rx.el.span(title, class_name="strong"),
            rx.el.span(state.progress, class_name="num muted"),
            class_name="row-between",
        ),
        rx.el.div(
            rx.el.div(style={"width": state.percent.to_string() + "%"}),
            class_name="progress",
            role="progressbar",
            aria_label=title,
            custom_attrs={
                "aria-valuenow": state.percent,
                "aria-valuemin": 0,
                "aria-valuemax": 100,
            },
        ),
        class_name="stack-s",
    )


def _running() -> rx.Component:
    return rx.el.div(
        _progress(tr("time_import.result.running")),
        rx.el.p(tr("time_import.result.running_text"), class_name="muted"),
        class_name="stack",
    )


def _findings() -> rx.Component:
    state = ImportCheck
    figures = state.figures
    known = rx.el.span(tr("time_import.check.known"), ": ", rx.el.strong(state.known), ". ")
    return rx.el.div(
        rx.el.h2(tr("time_import.check.title"), class_name="section-title"),
        tiles(
            tile(
                tr("time_import.check.rows"),
                figures["rows"],
                note=tr("time_import.check.rows_of", n_text=figures["total"]),
            ),
            tile(tr("time_import.check.hours"), figures["hours"], note=figures["period"]),
            *[
                tile(tr(f"time_import.check.{name}"), figures[name], note=figures[f"{name}_new"])
                for name in ("projects", "tasks", "people")
            ],
            tile(tr("time_import.check.bad"), figures["bad"]),
        ),
        rx.cond(state.nothing, notice(tr("time_import.check.nothing"), tone="amber")),
        rx.cond(state.known != "", notice(known, tr("time_import.check.known_text"))),
        rx.cond(state.billed, _billed()),
        rx.cond(state.warnings.length() > 0, _warnings()),
        rx.cond(state.kinds.length() > 0, _creates()),
        rx.cond(state.bad_total > 0, _bad()),
        class_name="stack",
    )


def _billed() -> rx.Component:
    keep = rx.el.label(
        rx.el.input(
            type="checkbox", checked=ImportCheck.billed_keep, on_change=lambda on: ImportCheck.keep_billed(on)
        ),
        rx.el.span(tr("time_import.check.billed_keep"), class_name="check-text"),
        class_name="check",
    )
    return notice(
        rx.el.strong(tr("time_import.check.billed")),
        rx.el.p(tr("time_import.check.billed_text")),
        keep,
        tone="amber",
    )


def _warnings() -> rx.Component:
    def item(one: Remark) -> rx.Component:
        return rx.el.li(one.title, " ", rx.el.span(one.detail, class_name="muted"))

    return notice(
        rx.el.strong(tr("time_import.check.warnings")),
        rx.el.p(tr("time_import.check.warnings_text"), class_name="small"),
        rx.el.ul(rx.foreach(ImportCheck.warnings, item)),
        tone="amber",
        icon="triangle-alert",
    )


def _creates() -> rx.Component:
    def kind(one: NewKind) -> rx.Component:
        box = rx.el.input(
            type="checkbox", checked=one.allowed, on_change=lambda on: ImportCheck.allow(one.kind, on)
        )
        what = tr(
            "time_import.check.create_kind",
            what=tr("time_import.kinds." + one.kind, n=one.count, n_text=one.count_text),
        )
        return rx.el.label(box, rx.el.span(what, class_name="check-text"), class_name="check")

    more = rx.foreach(
        ImportCheck.kinds,
        lambda one: rx.cond(
            one.more != "",
            rx.el.p(
                tr("time_import.kind." + one.kind),
                ": ",
                tr("time_import.check.more_names", n_text=one.more),
                class_name="small muted panel-body",
            ),
        ),
    )
    return panel(
        tr("time_import.check.creates"),
        rx.el.div(
            rx.el.p(tr("time_import.check.creates_text"), class_name="muted"),
            rx.el.div(rx.foreach(ImportCheck.kinds, kind), class_name="form-grid"),
            class_name="panel-body stack",
        ),
        rx.cond(ImportCheck.names.length() > 0, _names()),
        more,
        flush=True,
    )


def _names() -> rx.Component:
    heads = [
        rx.el.th(tr("time_import.check.name"), scope="col"),
        rx.el.th(tr("time_import.column.rows"), scope="col", class_name="n"),
        rx.el.th(tr("time_import.check.action"), scope="col", style={"width": "240px"}),
        rx.el.th(tr("time_import.check.match_other"), scope="col", style={"width": "240px"}),
    ]
    return rx.el.table(
        rx.el.thead(rx.el.tr(*heads)),
        rx.el.tbody(rx.foreach(ImportCheck.names, _name)),
        class_name="table table-cards",
    )


def _name(one: NewName) -> rx.Component:
    decide = ImportCheck.decide
    action = rx.el.select(
        rx.el.option(tr("time_import.check.create"), value="create"),
        rx.el.option(tr("time_import.check.skip"), value="skip"),
        rx.cond(
            one.action == "match",
            rx.el.option(tr("time_import.check.match", name=one.matched), value="match"),
        ),
        value=one.action,
        on_change=lambda value: decide(one.kind, one.key, value, one.matched_id),
        class_name="input",
        aria_label=one.name,
    )

    def other(kind: Kind) -> rx.Component:
        return SearchSelectInput.create(
            id="match-" + one.kind + "-" + one.key,
            name="",
            source=SELECTORS[kind],
            scope="",
            value=one.matched_id,
            value_label=one.matched,
            placeholder=tr("time_import.check.choose"),
            labels=select_labels(),
            required=True,
            on_pick=lambda picked, _label: decide(one.kind, one.key, "match", picked),
        )

    match = rx.match(one.kind, *[(kind.value, other(kind)) for kind in NAMED], rx.fragment())
    return rx.el.tr(
        rx.el.td(
            rx.el.div(rx.el.span(one.name, class_name="strong"), class_name="row wrap"),
            rx.el.div(
                tr("time_import.kind." + one.kind),
                rx.cond(one.note != "", rx.fragment(" · ", one.note)),
                class_name="small muted",
            ),
            class_name="first",
        ),
        labelled(tr("time_import.column.rows"), one.rows, class_name="n"),
        labelled(tr("time_import.check.action"), action),
        labelled(tr("time_import.check.match_other"), match),
        key=one.kind + one.key,
    )


def _bad() -> rx.Component:
    state = ImportCheck

    def row(one: BadLine) -> rx.Component:
        return rx.el.tr(rx.el.td(one.line, class_name="n muted"), rx.el.td(one.reasons))

    download = native_link(tr("time_import.check.download"), href=state.bad_href, class_name="btn btn-s")
    pager = rx.el.div(
        rx.el.span(state.bad_range, class_name="num muted small"),
        rx.el.div(
            button(tr("common.list.previous"), size="s", on_click=state.bad_page(-1)),
            button(tr("common.list.next"), size="s", on_click=state.bad_page(1)),
            class_name="row",
        ),
        class_name="row-between panel-body",
    )
    return panel(
        tr("time_import.check.bad_title"),
        rx.el.p(tr("time_import.check.bad_text"), class_name="muted panel-body"),
        rx.el.table(
            rx.el.thead(
                rx.el.tr(
                    rx.el.th(
                        tr("time_import.format.line"), scope="col", class_name="n", style={"width": "80px"}
                    ),
                    rx.el.th(tr("time_import.check.reason"), scope="col"),
                )
            ),
            rx.el.tbody(rx.foreach(state.bad, row)),
            class_name="table",
        ),
        rx.cond(state.bad_total > state.bad.length(), pager),
        actions=[download],
        flush=True,
    )


def time_import_result() -> rx.Component:
    state = ImportResult
    figures = state.figures
    download = native_link(tr("time_import.check.download"), href=state.bad_href, class_name="link")
    gone = notice(tr("time_import.result.undone"), tone="amber", icon="undo-2")
    done = notice(rx.el.strong(state.headline), tone="green", icon="circle-check")
    return import_page(
        "import",
        rx.el.div(
            rx.cond(state.state == "undone", gone, done),
            tiles(
                tile(
                    tr("time_import.column.rows"),
                    figures["rows"],
                    note=tr("time_import.check.rows_of", n_text=figures["total"]),
                ),
                tile(tr("time_import.check.hours"), figures["hours"]),
                tile(tr("time_import.check.known"), figures["known"]),
            ),
            rx.cond(
                figures["bad"] != "",
                notice(
                    tr("time_import.check.bad"),
                    ": ",
                    rx.el.strong(figures["bad"]),
                    ". ",
                    download,
                    tone="amber",
                    icon="triangle-alert",
                ),
            ),
            rx.cond(state.created.length() > 0, _created()),
            rx.cond(state.state == "imported", _links()),
            class_name="stack",
        ),
        import_id=state.import_id,
        context=state.file_name,
        back=routes.TIME_IMPORTS,
        on_next=rx.redirect(routes.TIME_IMPORT_NEW),
        next_text=tr("time_import.result.another"),
    )


def _created() -> rx.Component:
    return panel(
        tr("time_import.result.created"),
        rx.el.ul(rx.foreach(ImportResult.created, lambda text: rx.el.li(text, class_name="num"))),
    )


def _links() -> rx.Component:
    state = ImportResult
    project = rx.cond(
        state.project_href != "",
        link_button(tr("time_import.result.open_project"), href=state.project_href, icon="folder"),
        link_button(tr("time_import.result.open_projects"), href="/projects", icon="folder"),
    )
    undo = confirm(
        button(tr("time_import.confirm_undo"), icon="undo-2"),
        tr("time_import.result.undo_title"),
        rx.fragment(state.undo_text, " ", state.undo_edited),
        action=tr("time_import.confirm_undo"),
        on_confirm=state.undo,
    )
    return rx.el.div(
        rx.el.div(
            project,
            link_button(tr("time_import.result.see_logs"), href="/time", icon="clock"),
            rx.cond(state.undo_blocked == "", undo),
            class_name="row wrap",
        ),
        rx.cond(state.undo_blocked != "", rx.el.p(state.undo_blocked, class_name="small muted")),
        class_name="stack-s",
    )
