import reflex as rx

from finance_app import routes
from finance_app.components.frame import page
from finance_app.components.parts import allowed, empty, link_button
from finance_app.components.table import (
    Column,
    data_table,
    export_items,
    filter_date,
    filter_search,
    filter_select,
    toolbar,
)
from finance_app.components.text import tr
from finance_app.domain.permissions import Permission
from finance_app.models.kinds import PaymentMethod
from finance_app.pages.documents.tabs import billing_tabs
from finance_app.states.payments.page import PaymentList, PaymentRow


def payments() -> rx.Component:
    methods = [(method.value, tr(f"payment.method.{method.value}")) for method in PaymentMethod]
    states = [("unused", tr("payment.state.unused")), ("deleted", tr("payment.state.deleted"))]
    return page(
        tr("payment.title"),
        toolbar(
            filter_search(
                "client", tr("payment.client"), source="clients", chosen=PaymentList.chosen["client"]
            ),
            filter_select("method", tr("payment.method_name"), methods),
            filter_select("state", tr("payment.state_name"), states),
            filter_date("from", tr("invoice.from")),
            filter_date("until", tr("invoice.until")),
            search=tr("payment.search"),
        ),
        data_table(
            PaymentList,
            [
                Column("date", tr("payment.day"), lambda row: row.day, sort=True),
                Column("client", tr("payment.client"), _client, sort=True),
                Column("method", tr("payment.method_name"), lambda row: tr("payment.method." + row.method)),
                Column("invoices", tr("payment.invoices"), _invoices),
                Column("amount", tr("payment.amount"), _amount, sort=True, numeric=True),
                Column("unused", tr("payment.unused"), lambda row: row.unused, sort=True, numeric=True),
            ],
            href=lambda row: row.href,
            empty=empty(tr("payment.empty.title"), tr("payment.empty.text"), _new(), icon="banknote"),
            total=[
                tr("payment.sum"),
                None,
                None,
                None,
                rx.el.div(rx.foreach(PaymentList.sums, lambda row: rx.el.div(row.amount))),
                rx.el.div(rx.foreach(PaymentList.sums, lambda row: rx.el.div(row.unused))),
            ],
            label=tr("payment.title"),
        ),
        context=tr("payment.context", n=PaymentList.total, n_text=PaymentList.total_text),
        tabs=billing_tabs(),
        primary=_new(),
        more=export_items("payments"),
    )


def _new() -> rx.Component:
    return allowed(
        Permission.PAYMENTS_EDIT,
        link_button(tr("payment.new.action"), href=routes.PAYMENT_NEW, kind="primary", icon="plus"),
    )


def _client(row: PaymentRow) -> rx.Component:
    return rx.el.div(rx.el.div(row.client), rx.el.div(row.reference, class_name="small muted"))


def _invoices(row: PaymentRow) -> rx.Component:
    return rx.cond(
        row.invoices != "",
        rx.el.span(row.invoices, class_name="num"),
        rx.el.span("–", class_name="muted"),
    )


def _amount(row: PaymentRow) -> rx.Component:
    return rx.cond(
        row.deleted, rx.el.s(row.amount, class_name="muted"), rx.el.span(row.amount, class_name="strong")
    )
