from typing import Any

import reflex as rx

from finance_app.components.form import form, text_field
from finance_app.components.frame import page
from finance_app.components.parts import button, empty, notice
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
from finance_app.states.settings.audit_proof import AuditProof


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
        _proof(),
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
        more=export_items("audit", pdf=True),
        tabs=settings_tabs(),
    )


def _proof() -> rx.Component:
    """A look at the whole chain, folded away until it is asked for."""
    state = AuditProof
    outcome = rx.el.div(
        rx.match(
            state.outcome,
            (
                "holds",
                notice(
                    rx.el.strong(state.told),
                    _line(state.detail),
                    rx.el.div(
                        tr("audit.proof.new_head"), " ", rx.el.code(state.head), class_name="small seal"
                    ),
                    _line(state.checked),
                    tone="green",
                    icon="shield-check",
                ),
            ),
            (
                "broken",
                notice(
                    rx.el.strong(state.told),
                    rx.el.div(state.detail),
                    _line(tr("audit.proof.next")),
                    _line(state.checked),
                    tone="red",
                    icon="shield-alert",
                ),
            ),
            rx.fragment(),
        ),
        role="status",
    )
    asked = form(
        state.verify,
        state,
        rx.el.p(tr("audit.proof.text"), class_name="muted"),
        text_field(
            state, "head", tr("audit.proof.head"), help=tr("audit.proof.head_help"), optional=True,
            spell_check=False, auto_complete="off", max_length=80,
        ),
        rx.el.div(
            button(
                rx.cond(state.checking, tr("audit.proof.checking"), tr("audit.proof.start")),
                icon="shield-check",
                type="submit",
                disabled=state.checking,
            ),
            class_name="form-actions",
        ),
        outcome,
    )  # fmt: skip
    return rx.el.details(
        rx.el.summary(tr("audit.proof.title"), class_name="link"), asked, class_name="audit-proof"
    )


def _line(text: Any) -> rx.Component:
    return rx.cond(text != "", rx.el.div(text, class_name="small"))


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
