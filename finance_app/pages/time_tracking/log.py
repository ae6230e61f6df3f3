from typing import Any

import reflex as rx

from finance_app import routes
from finance_app.components.dialog import confirm
from finance_app.components.frame import page
from finance_app.components.parts import allowed, badge, button, facts, notice, panel, status, timeline
from finance_app.components.text import tr
from finance_app.domain.permissions import Permission
from finance_app.pages.time_tracking.parts import log_dialog, reject_dialog
from finance_app.states.time_tracking.form import LogForm
from finance_app.states.time_tracking.log import TimeLogPage


def time_log() -> rx.Component:
    row = TimeLogPage.row
    return page(
        row.project,
        rx.cond(
            row.approval_note,
            notice(tr("time.rejected_because", note=row.approval_note), tone="amber", icon="message-square"),
        ),
        rx.el.div(
            rx.el.div(_details(), _money(), class_name="stack"),
            panel(
                tr("time.history"),
                timeline(
                    TimeLogPage.history, lambda entry: (entry.what, entry.when), lambda entry: entry.changes
                ),
            ),
            class_name="columns",
        ),
        log_dialog(),
        reject_dialog(),
        context=TimeLogPage.context,
        badge=rx.cond(row.billed, badge(row.invoice, "blue"), status(row.approval, "time.state")),
        crumb=(tr("time.title"), routes.TIME),
        actions=[rx.foreach(TimeLogPage.moves, _move), _duplicate(), _delete()],
        primary=rx.cond(
            TimeLogPage.editable,
            button(tr("common.edit"), kind="primary", icon="pencil", on_click=LogForm.open_log(row.id)),
        ),
    )


def _details() -> rx.Component:
    row = TimeLogPage.row
    return panel(
        tr("time.details"),
        facts(
            (tr("time.client"), row.client),
            (tr("time.project"), row.project),
            (tr("time.task"), row.task),
            (tr("time.person"), row.person),
            (tr("time.day"), row.day),
            (tr("time.duration"), row.hours),
            (tr("time.notes"), TimeLogPage.notes),
            (tr("time.approved_by"), TimeLogPage.approved),
            (tr("time.import"), TimeLogPage.imported),
        ),
    )


def _money() -> rx.Component:
    row = TimeLogPage.row
    return panel(
        tr("time.invoice"),
        facts(
            (tr("time.billable"), rx.cond(row.billable, tr("time.billable"), tr("time.not_billable"))),
            (tr("time.rate"), TimeLogPage.bill_rate),
            (tr("time.cost_rate"), TimeLogPage.cost_rate),
            (tr("time.invoice"), rx.cond(row.billed, row.invoice, tr("time.unbilled"))),
        ),
        actions=[
            rx.cond(
                row.billed,
                allowed(
                    Permission.INVOICES_VIEW,
                    rx.el.a(tr("time.go_to_invoice"), href=row.invoice_href, class_name="link"),
                ),
            )
        ],
    )


def _move(name: Any) -> rx.Component:
    return button(tr("time.move." + name), on_click=TimeLogPage.move(name))


def _duplicate() -> rx.Component:
    return allowed(
        Permission.TIME_EDIT, button(tr("time.duplicate"), icon="copy", on_click=TimeLogPage.duplicate)
    )


def _delete() -> rx.Component:
    return rx.cond(
        TimeLogPage.editable,
        confirm(
            button(tr("time.delete.action"), icon="trash-2"),
            tr("time.delete.title"),
            tr("time.delete.text"),
            action=tr("time.delete.action"),
            on_confirm=TimeLogPage.delete,
        ),
    )
