"""The Finance tab of a project: what is invoiced, paid, open and unbilled, then a section a kind of document.

A section is a function that gives a panel: it is added to SECTIONS, and the `load` of its state to PAGES.
"""

from collections.abc import Callable
from typing import Any

import reflex as rx

from finance_app.components.parts import empty, labelled, panel, status, tile, tiles
from finance_app.components.project_frame import project_page
from finance_app.components.text import tr
from finance_app.pages.expenses.report import project_expenses
from finance_app.pages.projects.estimates import project_estimates
from finance_app.states.projects.finance import DocumentRow, ProjectFinance, SumsRow


def project_finance() -> rx.Component:
    return project_page(_figures(), *[section() for section in SECTIONS])


def _figures() -> rx.Component:
    state = ProjectFinance
    unbilled = rx.cond(
        state.unbilled != "",
        tile(
            tr("project.unbilled"),
            state.unbilled,
            note=tr("project.finance.hours", hours=state.unbilled_hours),
            href=state.unbilled_href,
        ),
    )
    return tiles(rx.foreach(state.sums, _sums), unbilled)


def _sums(row: SumsRow) -> rx.Component:
    href = ProjectFinance.invoices_href
    return rx.fragment(
        tile(
            tr("project.finance.invoiced"),
            row.invoiced,
            note=rx.cond(
                row.credited != "",
                tr("project.finance.credited", amount=row.credited),
                tr("project.finance.net", amount=row.net),
            ),
            href=href,
        ),
        tile(tr("project.finance.paid"), row.settled, href=href + "&state=paid"),
        tile(
            tr("project.finance.open"),
            row.open,
            note=rx.cond(row.overdue != "", tr("project.finance.overdue", amount=row.overdue), ""),
            tone=rx.cond(row.overdue != "", "red", ""),
            href=href,
        ),
        rx.cond(
            row.draft != "",
            tile(tr("project.finance.drafts"), row.draft, href=href + "&state=draft"),
        ),
        key=row.currency,
    )


def _invoices() -> rx.Component:
    state = ProjectFinance
    return _documents(
        tr("project.finance.invoices"),
        state.invoices,
        "invoice.state",
        tr("project.finance.no_invoices"),
        open_head=tr("project.finance.open"),
        more=rx.cond(
            state.invoice_count > state.invoices.length(),
            rx.el.a(
                tr("project.finance.all_invoices", n=state.invoice_count),
                href=state.invoices_href,
                class_name="link small",
            ),
        ),
    )


def _credit_notes() -> rx.Component:
    """Only where there are any."""
    state = ProjectFinance
    return rx.cond(
        state.credit_note_count > 0,
        _documents(
            tr("credit_note.title"),
            state.credit_notes,
            "credit_note.state",
            "",
            open_head=tr("credit_note.unused"),
            more=rx.fragment(),
        ),
    )


def _documents(
    title: Any, rows: Any, states: str, nothing: Any, *, open_head: Any, more: rx.Component
) -> rx.Component:
    heads = [
        rx.el.th(tr("invoice.number"), scope="col"),
        rx.el.th(tr("invoice.state_name"), scope="col"),
        rx.el.th(tr("invoice.issued"), scope="col"),
        rx.el.th(tr("project.finance.amount"), scope="col", class_name="n"),
        rx.el.th(open_head, scope="col", class_name="n"),
    ]
    table = rx.el.div(
        rx.el.table(
            rx.el.thead(rx.el.tr(*heads)),
            rx.el.tbody(rx.foreach(rows, lambda row: _document(row, states, open_head))),
            class_name="table table-cards",
            aria_label=title,
        ),
        class_name="table-scroll",
    )
    return panel(
        title,
        rx.cond(
            rows.length() > 0,
            table,
            empty(title, nothing, icon="receipt-text"),
        ),
        actions=[more],
        flush=True,
    )


def _document(row: DocumentRow, states: str, open_head: Any) -> rx.Component:
    number = rx.cond(row.number != "", row.number, tr("invoice.state.draft"))
    title = rx.cond(row.title != "", rx.el.div(row.title, class_name="small muted"))
    amount = rx.el.div(
        rx.el.div(row.amount),
        rx.cond(
            row.total != "", rx.el.div(tr("project.finance.of", total=row.total), class_name="small muted")
        ),
    )
    return rx.el.tr(
        rx.el.td(rx.el.a(number, href=row.href, class_name="row-link"), title, class_name="first"),
        labelled(tr("invoice.state_name"), status(row.state, states)),
        labelled(tr("invoice.issued"), row.day, class_name="num"),
        labelled(tr("project.finance.amount"), amount, class_name="n"),
        labelled(open_head, row.open, class_name="n"),
        key=row.id.to_string(),
    )


# One line a kind of document, in the order of the page.
SECTIONS: list[Callable[[], rx.Component]] = [
    _invoices,
    _credit_notes,
    project_expenses,
    project_estimates,
]
