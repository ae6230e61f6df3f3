import reflex as rx

from finance_app import routes
from finance_app.components.dialog import confirm
from finance_app.components.frame import page
from finance_app.components.parts import (
    allowed,
    badge,
    button,
    empty,
    icon_button,
    link_button,
    menu,
    menu_item,
    notice,
    status,
)
from finance_app.components.table import Column, data_table, export_items, filter_date, filter_select, toolbar
from finance_app.components.text import tr
from finance_app.domain.permissions import Permission
from finance_app.pages.time_tracking.parts import log_dialog, log_time, reject_dialog, time_tabs
from finance_app.services.time_tracking.listing import PERIODS, TO_BILL
from finance_app.states.time_tracking.form import LogForm
from finance_app.states.time_tracking.listing import TimeList, TimeRow


def time() -> rx.Component:
    return page(
        tr("time.title"),
        *time_list(),
        context=tr("time.context", n=TimeList.total, n_text=TimeList.total_text, hours=TimeList.hours),
        primary=log_time(),
        more=export_items("time"),
        tabs=time_tabs(),
    )


def time_list(*, in_project: bool = False) -> list[rx.Component]:
    """The list with its dialogs: of all projects, or of the one whose page it stands on."""
    columns = [column for column in _columns() if not (in_project and column.name == "project")]
    total = [tr("time.total"), *[None] * (len(columns) - 2), TimeList.hours]
    if in_project:
        columns.append(_amount())
        total.append(TimeList.amount)
    return [
        _undo(),
        *([_parts()] if in_project else []),
        _toolbar(in_project),
        data_table(
            TimeList,
            columns,
            href=lambda row: row.href,
            label=tr("time.title"),
            bulk=_bulk(),
            row_menu=_row_menu,
            total=total,
            empty=empty(tr("time.empty.title"), tr("time.empty.text"), log_time(), _import(), icon="clock"),
        ),
        log_dialog(),
        reject_dialog(),
    ]


def _amount() -> Column:
    """What the time cost or earned, where a figure in money was opened."""
    head = rx.cond(TimeList.amount_of == "earned", tr("time.earned"), tr("time.cost"))
    return Column("amount", head, lambda row: row.amount, numeric=True, shown=TimeList.amount_of != "")


def _parts() -> rx.Component:
    """What of the project is shown where a figure was opened: of a part of it, or of more than time."""
    return rx.fragment(
        _of_parts(),
        rx.cond(
            TimeList.spent != "",
            notice(
                rx.el.div(
                    rx.el.span(tr("time.and_expenses", amount=TimeList.spent), class_name="grow"),
                    rx.el.a(tr("time.show_expenses"), href=TimeList.spent_href, class_name="link"),
                    class_name="row",
                )
            ),
        ),
    )


def _of_parts() -> rx.Component:
    return rx.cond(
        TimeList.of_parts.length() > 0,
        notice(
            rx.el.div(
                rx.el.span(tr("time.of_parts", parts=TimeList.of_parts.join(" · ")), class_name="grow"),
                rx.el.a(tr("time.of_all"), href=TimeList.all_href, class_name="link"),
                class_name="row",
            )
        ),
    )


def _import() -> rx.Component:
    return allowed(
        Permission.TIME_IMPORT,
        link_button(tr("time.import"), href=routes.TIME_IMPORT_NEW, icon="upload"),
    )


def _undo() -> rx.Component:
    return rx.cond(
        TimeList.undo_count > 0,
        notice(
            rx.el.div(
                rx.el.span(tr("time.deleted", n=TimeList.undo_count), class_name="grow", role="status"),
                button(tr("time.undo"), size="s", icon="undo-2", on_click=TimeList.undo),
                icon_button("x", tr("common.close"), size="s", on_click=TimeList.forget_undo),
                class_name="row",
            )
        ),
    )


def _toolbar(in_project: bool) -> rx.Component:
    of_all = (
        filter_select("client", tr("time.client"), TimeList.clients),
        filter_select("project", tr("time.project"), TimeList.projects),
    )
    return toolbar(
        filter_select("period", tr("time.period"), [(p, tr(f"time.periods.{p}")) for p in PERIODS]),
        filter_date("from", tr("time.from")),
        filter_date("until", tr("time.until")),
        filter_select("person", tr("time.person"), TimeList.people),
        *(() if in_project else of_all),
        filter_select(
            "billable",
            tr("time.filter.billable"),
            [("yes", tr("time.filter.yes_billable")), ("no", tr("time.filter.no_billable"))],
        ),
        filter_select(
            "approval",
            tr("time.approval"),
            [(s, tr(f"time.state.{s}")) for s in ("open", "submitted", "approved", "rejected")],
        ),
        filter_select(
            "billed",
            tr("time.filter.billed"),
            [(name, tr(f"time.filter.{name}_billed")) for name in ("yes", "no", *TO_BILL)],
        ),
        *(() if in_project else (filter_select("import", tr("time.import"), TimeList.imports),)),
    )


def _columns() -> list[Column]:
    return [
        Column("day", tr("time.day"), lambda row: rx.el.span(row.day, class_name="num"), sort=True),
        Column("person", tr("time.person"), lambda row: row.person, sort=True),
        Column("project", tr("time.project"), _project, sort=True),
        Column("task", tr("time.task"), _task),
        Column("state", tr("time.approval"), _state),
        Column("invoice", tr("time.invoice"), _invoice),
        Column("hours", tr("time.hours"), lambda row: row.hours, sort=True, numeric=True),
    ]


def _project(row: TimeRow) -> rx.Component:
    return rx.el.div(
        rx.el.div(row.project), rx.cond(row.client, rx.el.div(row.client, class_name="small muted"))
    )


def _task(row: TimeRow) -> rx.Component:
    return rx.el.div(
        rx.el.div(rx.cond(row.task, row.task, rx.el.span(tr("time.no_task"), class_name="muted"))),
        rx.cond(row.notes, rx.el.div(row.notes, class_name="small muted")),
        style={"max_width": "420px", "white_space": "normal"},
    )


def _state(row: TimeRow) -> rx.Component:
    return rx.el.div(
        rx.cond(
            TimeList.needs_approval,
            rx.el.span(status(row.approval, "time.state"), title=row.approval_note),
        ),
        rx.cond(
            row.billable,
            rx.cond(TimeList.needs_approval, rx.fragment(), badge(tr("time.billable"), "green")),
            badge(tr("time.not_billable")),
        ),
        class_name="row wrap",
        style={"gap": "4px"},
    )


def _invoice(row: TimeRow) -> rx.Component:
    return rx.cond(
        row.billed,
        rx.cond(
            TimeList.sees_all,
            rx.el.a(row.invoice, href=row.invoice_href, class_name="link"),
            rx.el.span(row.invoice),
        ),
        rx.el.span(tr("time.unbilled"), class_name="muted"),
    )


def _row_menu(row: TimeRow) -> rx.Component:
    return menu(
        menu_item(tr("time.edit"), icon="pencil", disabled=row.billed, on_select=LogForm.open_log(row.id)),
        menu_item(tr("time.duplicate"), icon="copy", on_select=TimeList.duplicate(row.id)),
        menu_item(
            tr("time.delete.action"),
            icon="trash-2",
            danger=True,
            disabled=row.billed,
            on_select=TimeList.delete(row.id),
        ),
    )


def _bulk() -> list[rx.Component]:
    return [
        rx.cond(
            TimeList.needs_approval,
            rx.fragment(
                button(tr("time.move.submit"), size="s", on_click=TimeList.move("submit")),
                allowed(
                    Permission.TIME_APPROVE,
                    button(
                        tr("time.move.approve"), size="s", icon="check", on_click=TimeList.move("approve")
                    ),
                    button(tr("time.move.reject"), size="s", icon="x", on_click=TimeList.reject_selected),
                ),
                menu(
                    menu_item(tr("time.move.recall"), on_select=TimeList.move("recall")),
                    rx.cond(
                        TimeList.permissions.contains(str(Permission.TIME_APPROVE)),
                        menu_item(tr("time.move.unapprove"), on_select=TimeList.move("unapprove")),
                    ),
                ),
            ),
        ),
        button(tr("time.billable_on"), size="s", on_click=TimeList.set_billable(True)),
        button(tr("time.billable_off"), size="s", on_click=TimeList.set_billable(False)),
        confirm(
            button(tr("time.delete.action"), size="s", icon="trash-2"),
            tr("time.delete.bulk_title", n=TimeList.selected.length()),
            tr("time.delete.bulk_text"),
            action=tr("time.delete.action"),
            on_confirm=TimeList.delete_selected,
        ),
    ]
