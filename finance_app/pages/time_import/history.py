import reflex as rx

from finance_app import routes
from finance_app.components.dialog import confirm
from finance_app.components.form import upload
from finance_app.components.frame import page
from finance_app.components.parts import badge, empty, icon_button, link_button
from finance_app.components.table import Column, data_table, filter_select, toolbar
from finance_app.components.text import tr
from finance_app.components.wizard import Step, step_head, wizard
from finance_app.pages.time_import.frame import STEPS
from finance_app.settings import settings
from finance_app.states.time_import.history import ImportFile, ImportList, ImportRow

STATES = ("draft", "imported", "undone")


def time_imports() -> rx.Component:
    new = link_button(tr("time_import.new"), href=routes.TIME_IMPORT_NEW, kind="primary", icon="upload")
    return page(
        tr("time_import.title"),
        toolbar(
            filter_select(
                "state",
                tr("time_import.column.state"),
                [(name, tr(f"time_import.state.{name}")) for name in STATES],
            )
        ),
        data_table(
            ImportList,
            [
                Column("file", tr("time_import.column.file"), lambda r: r.file_name, sort=True),
                Column("state", tr("time_import.column.state"), _state),
                Column("created", tr("time_import.column.created"), lambda r: r.created, sort=True),
                Column("person", tr("time_import.column.person"), lambda r: r.person),
                Column("rows", tr("time_import.column.rows"), lambda r: r.rows, sort=True, numeric=True),
                Column("bad", tr("time_import.column.bad"), lambda r: r.bad, numeric=True),
                Column("hours", tr("time_import.column.hours"), lambda r: r.hours, sort=True, numeric=True),
            ],
            href=lambda r: r.href,
            row_menu=_discard,
            empty=empty(tr("time_import.empty.title"), tr("time_import.empty.text"), new, icon="file-up"),
        ),
        context=tr("time_import.context"),
        primary=new,
    )


def _state(row: ImportRow) -> rx.Component:
    tone = rx.match(row.state, ("imported", "green"), ("undone", "struck"), "gray")
    return badge(tr("time_import.state." + row.state), tone)


def _discard(row: ImportRow) -> rx.Component:
    return rx.cond(
        row.state == "draft",
        confirm(
            icon_button("trash-2", tr("time_import.result.discard"), size="s"),
            tr("time_import.result.discard_title"),
            tr("time_import.result.discard_text"),
            action=tr("time_import.result.discard"),
            on_confirm=ImportList.discard(row.id),
        ),
    )


def time_import_new() -> rx.Component:
    limit = settings().upload_max_mb
    steps = [Step(tr(f"time_import.step.{name}"), "current" if name == "file" else "todo") for name in STEPS]
    return page(
        tr("time_import.wizard"),
        wizard(
            steps,
            rx.el.div(
                step_head(tr("time_import.file.title"), tr("time_import.file.text")),
                upload(
                    routes.DO_UPLOAD_TIMESHEET,
                    accept=".csv,.tsv,.txt,.xlsx",
                    max_mb=limit,
                    on_done=ImportFile.uploaded,
                    hint=tr("time_import.file.hint", n=limit),
                    id="timesheet",
                ),
                rx.el.p(tr("time_import.file.safe"), class_name="small muted"),
                class_name="stack",
            ),
            back=routes.TIME_IMPORTS,
            next_disabled=True,
        ),
        context=tr("time_import.context"),
        crumb=(tr("time_import.title"), routes.TIME_IMPORTS),
    )
