import reflex as rx

from finance_app.components.frame import page
from finance_app.components.native import FilterTabs
from finance_app.components.parts import empty, status
from finance_app.components.table import (
    Column,
    data_table,
    export_items,
    filter_date,
    filter_search,
    toolbar,
)
from finance_app.components.text import tr
from finance_app.domain.workflow import CreditNoteState
from finance_app.pages.documents.files import file_actions
from finance_app.pages.documents.tabs import billing_tabs
from finance_app.states.crediting.page import CreditNoteList


def credit_notes() -> rx.Component:
    states = (CreditNoteState.OPEN, CreditNoteState.CLOSED, CreditNoteState.VOID)
    options = [{"value": "", "label": tr("invoice.state.all"), "count": ""}]
    options += [
        {"value": state.value, "label": tr(f"credit_note.state.{state.value}"), "count": ""}
        for state in states
    ]
    return page(
        tr("credit_note.title"),
        FilterTabs.create(name="state", label=tr("invoice.state_name"), options=options),
        toolbar(
            filter_search(
                "client", tr("invoice.client"), source="clients", chosen=CreditNoteList.chosen["client"]
            ),
            filter_date("from", tr("invoice.from")),
            filter_date("until", tr("invoice.until")),
            search=tr("credit_note.search"),
        ),
        data_table(
            CreditNoteList,
            [
                Column("number", tr("invoice.number"), lambda row: row.number, sort=True),
                Column("client", tr("invoice.client"), lambda row: row.client, sort=True),
                Column("state", tr("invoice.state_name"), lambda row: status(row.state, "credit_note.state")),
                Column("date", tr("invoice.issued"), lambda row: row.issued, sort=True),
                Column("invoice", tr("payment.invoice"), lambda row: row.invoice),
                Column("total", tr("invoice.total"), lambda row: row.total, sort=True, numeric=True),
                Column("unused", tr("credit_note.unused"), lambda row: row.unused, sort=True, numeric=True),
            ],
            href=lambda row: row.href,
            empty=empty(tr("credit_note.empty.title"), tr("credit_note.empty.text"), icon="file-minus"),
            total=[
                tr("invoice.sum"),
                None,
                None,
                None,
                None,
                rx.el.div(rx.foreach(CreditNoteList.sums, lambda row: rx.el.div(row.total))),
                rx.el.div(rx.foreach(CreditNoteList.sums, lambda row: rx.el.div(row.unused))),
            ],
            label=tr("credit_note.title"),
            bulk=file_actions("credit_note", CreditNoteList.selected),
        ),
        context=tr("credit_note.context", n=CreditNoteList.total, n_text=CreditNoteList.total_text),
        tabs=billing_tabs(),
        more=export_items("credit_notes"),
    )
