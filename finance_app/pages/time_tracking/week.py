import reflex as rx

from finance_app import routes
from finance_app.components.dialog import form_dialog
from finance_app.components.form import search_select
from finance_app.components.frame import page
from finance_app.components.native import FilterSelect, WeekCell
from finance_app.components.parts import allowed, button, empty, link_button
from finance_app.components.text import tr
from finance_app.domain.permissions import Permission
from finance_app.pages.time_tracking.parts import time_tabs
from finance_app.states.time_tracking.week import CellView, DayView, RowView, WeekPage


def time_week() -> rx.Component:
    return page(
        tr("time.week.title"),
        _navigation(),
        rx.cond(
            WeekPage.rows.length() > 0,
            _grid(),
            rx.el.div(
                empty(
                    tr("time.week.empty.title"),
                    tr("time.week.empty.text"),
                    _add_row(),
                    _copy_rows(),
                    icon="calendar-days",
                ),
                class_name="panel",
            ),
        ),
        _row_dialog(),
        context=WeekPage.range_text,
        primary=rx.cond(
            WeekPage.needs_approval & (WeekPage.open_logs > 0),
            button(tr("time.week.submit"), kind="primary", icon="send", on_click=WeekPage.submit),
        ),
        crumb=(tr("time.title"), routes.TIME),
        tabs=time_tabs(),
    )


def _navigation() -> rx.Component:
    return rx.el.div(
        rx.el.div(
            rx.el.a(
                rx.icon("chevron-left", size=16, aria_hidden=True),
                href=WeekPage.previous_href,
                class_name="btn btn-icon",
                aria_label=tr("time.week.previous"),
                title=tr("time.week.previous"),
            ),
            link_button(tr("time.week.this"), href=WeekPage.this_href),
            rx.el.a(
                rx.icon("chevron-right", size=16, aria_hidden=True),
                href=WeekPage.next_href,
                class_name="btn btn-icon",
                aria_label=tr("time.week.next"),
                title=tr("time.week.next"),
            ),
            class_name="row",
        ),
        allowed(
            Permission.TIME_VIEW_ALL,
            FilterSelect.create(name="person", label=tr("time.me"), options=WeekPage.people),
        ),
        class_name="toolbar",
    )


def _grid() -> rx.Component:
    table = rx.el.table(
        rx.el.thead(
            rx.el.tr(
                rx.el.th(tr("time.week.row"), scope="col"),
                rx.foreach(WeekPage.days, _day_head),
                rx.el.th(tr("time.total"), scope="col", class_name="n"),
            )
        ),
        rx.el.tbody(rx.foreach(WeekPage.rows, _row)),
        rx.el.tfoot(
            rx.el.tr(
                rx.el.td(tr("time.total")),
                rx.foreach(WeekPage.days, lambda day: rx.el.td(day.total, class_name="n")),
                rx.el.td(WeekPage.total, class_name="n strong"),
            )
        ),
        class_name="table week-table",
        aria_label=tr("time.week.title"),
    )
    return rx.el.div(
        rx.el.div(rx.el.div(table, class_name="table-scroll"), class_name="table-box"),
        rx.el.div(_add_row(), _copy_rows(), class_name="row wrap"),
        rx.el.p(tr("time.week.hint"), class_name="small muted"),
        class_name="stack-s",
    )


def _day_head(day: DayView) -> rx.Component:
    return rx.el.th(day.label, scope="col", class_name=rx.cond(day.is_today, "n is-today", "n"))


def _row(row: RowView) -> rx.Component:
    name = rx.el.div(
        rx.el.div(row.project, class_name="strong truncate"),
        rx.el.div(rx.cond(row.task, row.task, tr("time.no_task")), class_name="small muted truncate"),
    )
    return rx.el.tr(
        rx.el.td(name),
        rx.foreach(row.cells, _cell),
        rx.el.td(row.total, class_name="n sum strong"),
        key=row.key,
    )


def _cell(cell: CellView) -> rx.Component:
    return rx.el.td(
        WeekCell.create(
            key=cell.key,
            cell=cell.key,
            value=cell.value,
            seen=cell.seen,
            lock=cell.lock,
            lock_text=rx.cond(cell.lock, tr("time.week.lock." + cell.lock), ""),
            label=cell.label,
            count=cell.count,
            href=cell.href,
            several=tr("time.week.several", n=cell.count),
            unsaved=tr("time.week.unsaved"),
            error=WeekPage.cell_errors[cell.key],
            saved=rx.cond(WeekPage.saved_key == cell.key, WeekPage.saved_no, 0),
            on_save=WeekPage.save_cell,
            on_give_up=WeekPage.forget_error,
        ),
        class_name="n",
    )


def _add_row() -> rx.Component:
    return allowed(Permission.TIME_EDIT, button(tr("time.add_row"), icon="plus", on_click=WeekPage.open_row))


def _copy_rows() -> rx.Component:
    return allowed(
        Permission.TIME_EDIT, button(tr("time.week.copy"), icon="copy", on_click=WeekPage.copy_rows)
    )


def _row_dialog() -> rx.Component:
    state = WeekPage
    return form_dialog(
        state,
        state.add_row,
        tr("time.add_row"),
        search_select(
            state,
            "project_id",
            tr("time.project"),
            source="projects",
            required=True,
            on_pick=state.choose_project,
        ),
        rx.el.div(
            search_select(
                state,
                "task_id",
                tr("time.task"),
                source="tasks",
                scope=state.project_id,
                optional=True,
                placeholder=tr("time.no_task"),
            ),
            key=state.project_id,
        ),
        save=tr("common.add"),
    )
