import reflex as rx

from finance_app import routes
from finance_app.components.frame import page
from finance_app.components.native import FilterTabs
from finance_app.components.parts import allowed, empty, link_button, status
from finance_app.components.table import (
    Column,
    data_table,
    export_items,
    filter_date,
    filter_search,
    toolbar,
)
from finance_app.components.text import tr
from finance_app.domain.permissions import Permission
from finance_app.domain.workflow import DisplayedState
from finance_app.pages.documents.tabs import billing_tabs
from finance_app.pages.invoices.bulk import bulk_actions, bulk_dialog
from finance_app.services.invoicing.listing import OPEN
from finance_app.states.invoices.listing import InvoiceList, InvoiceRow


def invoices() -> rx.Component:
    return page(
        tr("invoice.title"),
        _tabs(),
        toolbar(
            filter_search(
                "client", tr("invoice.client"), source="clients", chosen=InvoiceList.chosen["client"]
            ),
            filter_search(
                "project",
                tr("invoice.project"),
                source="projects",
                scope=InvoiceList.filters["client"],
                chosen=InvoiceList.chosen["project"],
            ),
            filter_date("from", tr("invoice.from")),
            filter_date("until", tr("invoice.until")),
            search=tr("invoice.search"),
            also=("currency", "due_from", "due_until"),
        ),
        rx.cond(
            InvoiceList.narrowed_to != "",
            rx.el.p(InvoiceList.narrowed_to, class_name="small muted"),
        ),
        data_table(
            InvoiceList,
            [
                Column("number", tr("invoice.number"), _number, sort=True),
                Column("client", tr("invoice.client"), _client, sort=True),
                Column("state", tr("invoice.state_name"), lambda row: status(row.state, "invoice.state")),
                Column("issued", tr("invoice.issued"), lambda row: row.issued, sort=True),
                Column("due", tr("invoice.due"), _due, sort=True),
                Column("total", tr("invoice.total"), lambda row: row.total, sort=True, numeric=True),
                Column("balance", tr("invoice.balance"), _balance, sort=True, numeric=True),
            ],
            empty=empty(tr("invoice.empty.title"), tr("invoice.empty.text"), icon="receipt-text"),
            total=[
                tr("invoice.sum"),
                None,
                None,
                None,
                None,
                rx.el.div(rx.foreach(InvoiceList.sums, lambda row: rx.el.div(row.total))),
                rx.el.div(rx.foreach(InvoiceList.sums, lambda row: rx.el.div(row.balance))),
            ],
            label=tr("invoice.title"),
            href=lambda row: row.href,
            bulk=bulk_actions(),
        ),
        bulk_dialog(),
        tabs=billing_tabs(),
        context=tr("invoice.context", n=InvoiceList.total, n_text=InvoiceList.total_text),
        primary=allowed(
            Permission.INVOICES_EDIT,
            link_button(tr("billing.title"), href=routes.INVOICE_NEW, kind="primary", icon="plus"),
        ),
        more=export_items("invoices"),
    )


def _tabs() -> rx.Component:
    options = [{"value": "", "label": tr("invoice.state.all"), "count": InvoiceList.counts["all"]}]
    options.append({"value": OPEN, "label": tr("invoice.state.open"), "count": InvoiceList.counts[OPEN]})
    options += [
        {
            "value": state.value,
            "label": tr(f"invoice.state.{state.value}"),
            "count": InvoiceList.counts[state.value],
        }
        for state in DisplayedState
    ]
    return FilterTabs.create(name="state", label=tr("invoice.state_name"), options=options)


def _number(row: InvoiceRow) -> rx.Component:
    return rx.cond(
        row.number != "",
        rx.el.span(row.number, class_name="num"),
        rx.el.span(tr("invoice.state.draft"), class_name="muted"),
    )


def _client(row: InvoiceRow) -> rx.Component:
    return rx.el.div(rx.el.div(row.client), rx.el.div(row.title, class_name="small muted"))


def _due(row: InvoiceRow) -> rx.Component:
    note = rx.el.div(
        row.due_note,
        class_name="small muted",
        style={"color": rx.cond(row.late, "var(--red-ink)", "var(--ink-2)")},
    )
    return rx.el.div(rx.el.div(row.due, class_name="num"), rx.cond(row.due_note != "", note))


def _balance(row: InvoiceRow) -> rx.Component:
    return rx.el.span(row.balance, class_name="strong")
