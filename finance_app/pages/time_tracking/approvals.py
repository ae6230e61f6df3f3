import reflex as rx

from finance_app import routes
from finance_app.components.frame import page
from finance_app.components.parts import button, empty, labelled
from finance_app.components.text import tr
from finance_app.pages.time_tracking.parts import reject_dialog, time_tabs
from finance_app.states.time_tracking.approvals import Approvals, SheetRow


def time_approvals() -> rx.Component:
    nothing = rx.cond(
        Approvals.needs_approval,
        empty(tr("time.approvals.empty.title"), tr("time.approvals.empty.text"), icon="check-check"),
        empty(tr("time.approvals.off_title"), tr("time.approvals.off_text"), icon="check-check"),
    )
    return page(
        tr("time.approvals.title"),
        rx.cond(Approvals.sheets.length() > 0, _table(), rx.el.div(nothing, class_name="panel")),
        reject_dialog(),
        context=tr("time.approvals.context", n=Approvals.sheets.length()),
        crumb=(tr("time.title"), routes.TIME),
        tabs=time_tabs(),
    )


def _table() -> rx.Component:
    table = rx.el.table(
        rx.el.thead(
            rx.el.tr(
                rx.el.th(tr("time.person"), scope="col"),
                rx.el.th(tr("time.approvals.week"), scope="col"),
                rx.el.th(tr("time.approvals.logs"), scope="col", class_name="n"),
                rx.el.th(tr("time.approvals.billable"), scope="col", class_name="n"),
                rx.el.th(tr("time.hours"), scope="col", class_name="n"),
                rx.el.th(rx.el.span(tr("common.more_actions"), class_name="sr-only"), scope="col"),
            )
        ),
        rx.el.tbody(rx.foreach(Approvals.sheets, _sheet)),
        class_name="table table-cards",
        aria_label=tr("time.approvals.title"),
    )
    return rx.el.div(rx.el.div(table, class_name="table-scroll"), class_name="table-box")


def _sheet(row: SheetRow) -> rx.Component:
    actions = rx.el.div(
        button(tr("time.move.reject"), size="s", on_click=Approvals.reject(row.user_id, row.monday)),
        button(
            tr("time.approvals.approve"),
            size="s",
            kind="primary",
            icon="check",
            on_click=Approvals.approve(row.user_id, row.monday),
        ),
        class_name="row",
        style={"justify_content": "flex-end"},
    )

    def cell(value: rx.Var, label: str) -> rx.Component:
        return labelled(tr(label), value, class_name="n")

    return rx.el.tr(
        rx.el.td(
            rx.el.a(row.person, href=row.href, class_name="row-link", title=tr("time.approvals.look")),
            class_name="first",
        ),
        labelled(tr("time.approvals.week"), row.week, class_name="num"),
        cell(row.logs, "time.approvals.logs"),
        cell(row.billable, "time.approvals.billable"),
        cell(row.hours, "time.hours"),
        rx.el.td(actions, class_name="act"),
        key=row.key,
    )
