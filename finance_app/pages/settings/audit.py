import reflex as rx

from finance_app.components.frame import page
from finance_app.components.parts import empty
from finance_app.components.table import (
    Column,
    data_table,
    export_items,
    filter_date,
    filter_select,
    toolbar,
)
from finance_app.components.text import tr
from finance_app.pages.settings.portal import settings_tabs
from finance_app.states.settings.audit import AuditRow, AuditTrail


def audit() -> rx.Component:
    state = AuditTrail
    return page(
        tr("audit.title"),
        toolbar(
            filter_select("person", tr("audit.who"), state.people),
            filter_select("kind", tr("audit.what"), state.kinds),
            filter_select("action", tr("audit.did"), state.actions),
            filter_date("from", tr("invoice.from")),
            filter_date("until", tr("invoice.until")),
            search=tr("audit.search"),
        ),
        data_table(
            state,
            [
                Column("at", tr("audit.when"), lambda row: row.when, sort=True, width="170px"),
                Column("who", tr("audit.who"), _who),
                Column("what", tr("audit.what"), _what),
                Column("action", tr("audit.did"), lambda row: row.action),
                Column("changes", tr("audit.changes"), _changes),
            ],
            empty=empty(tr("audit.empty"), tr("audit.empty_text"), icon="scroll-text"),
            label=tr("audit.title"),
        ),
        context=tr("audit.context", n=state.total, n_text=state.total_text),
        more=export_items("audit"),
        tabs=settings_tabs(),
    )


def _who(row: rx.Var[AuditRow]) -> rx.Component:
    return rx.el.div(
        rx.el.div(row.who),
        rx.cond(row.address != "", rx.el.div(row.address, class_name="small muted num")),
    )


def _what(row: rx.Var[AuditRow]) -> rx.Component:
    return rx.cond(row.href != "", rx.el.a(row.what, href=row.href, class_name="link"), rx.el.span(row.what))


def _changes(row: rx.Var[AuditRow]) -> rx.Component:
    return rx.el.ul(
        rx.foreach(row.changes, lambda line: rx.el.li(line, style={"overflow_wrap": "anywhere"})),
        class_name="small muted audit-changes",
    )
