"""Record a payment over several invoices of a client."""

import reflex as rx

from finance_app import routes
from finance_app.components.form import (
    date_field,
    field,
    field_id,
    form,
    form_actions,
    form_grid,
    search_select,
    select_field,
    text_field,
    textarea_field,
)
from finance_app.components.frame import page
from finance_app.components.parts import button, labelled, panel
from finance_app.components.text import tr
from finance_app.models.kinds import PaymentMethod
from finance_app.states.payments.form import OpenRow, PaymentForm


def payment_new() -> rx.Component:
    state = PaymentForm
    methods = [(method.value, tr(f"payment.method.{method.value}")) for method in PaymentMethod]
    return page(
        tr("payment.new.title"),
        form(
            state.save,
            state,
            form_grid(
                search_select(
                    state,
                    "client_id",
                    tr("payment.client"),
                    source="clients",
                    required=True,
                    placeholder=tr("payment.new.choose_client"),
                    on_pick=state.pick_client,
                ),
                _currency(),
            ),
            form_grid(
                text_field(
                    state,
                    "amount",
                    tr("payment.received"),
                    numeric=True,
                    required=True,
                    on_change=lambda text: state.type_amount("amount", text),
                ),
                date_field(state, "day", tr("payment.day"), required=True),
            ),
            form_grid(
                select_field(state, "method", tr("payment.method_name"), methods),
                text_field(state, "reference", tr("payment.reference"), optional=True, max_length=100),
            ),
            form_grid(
                text_field(
                    state,
                    "bank_charges",
                    tr("payment.bank_charges"),
                    numeric=True,
                    optional=True,
                    help=tr("payment.bank_charges_help"),
                    on_change=lambda text: state.type_amount("bank_charges", text),
                ),
                text_field(
                    state,
                    "withheld",
                    tr("payment.withheld"),
                    numeric=True,
                    optional=True,
                    help=tr("payment.withheld_help"),
                    on_change=lambda text: state.type_amount("withheld", text),
                ),
            ),
            rx.cond(
                state.foreign,
                text_field(
                    state,
                    "exchange_rate",
                    tr("payment.exchange_rate"),
                    numeric=True,
                    optional=True,
                    help=tr("payment.exchange_rate_help"),
                ),
            ),
            textarea_field(state, "notes", tr("payment.notes"), optional=True, rows="2"),
            _shares(),
            form_actions(tr("payment.new.save"), cancel=routes.PAYMENTS),
            class_name="form payment-form",
        ),
        crumb=(tr("payment.title"), routes.PAYMENTS),
        context=tr("payment.new.text"),
    )


def _currency() -> rx.Component:
    state = PaymentForm
    control = rx.el.select(
        rx.foreach(state.currencies, lambda o: rx.el.option(o["label"], value=o["value"])),
        value=state.currency,
        on_change=state.pick_currency,
        disabled=state.currencies.length() < 2,
        class_name="input",
        id=field_id("currency"),
    )
    return field("currency", tr("payment.currency"), control, error=state.errors["currency"])


def _shares() -> rx.Component:
    state = PaymentForm

    def row(each: OpenRow) -> rx.Component:
        name = "share_" + each.id.to_string()
        return rx.el.tr(
            rx.el.td(
                rx.el.div(
                    rx.el.a(each.number, href=each.href, target="_blank", class_name="link num"),
                    rx.el.div(each.title, class_name="small muted"),
                ),
                class_name="first",
            ),
            labelled(
                tr("invoice.due"),
                rx.el.span(each.due, style={"color": rx.cond(each.late, "var(--red-ink)", "inherit")}),
                class_name="num",
            ),
            labelled(tr("invoice.balance"), each.balance, class_name="n"),
            labelled(
                tr("payment.share"),
                rx.el.input(
                    name=name,
                    default_value=each.share,
                    key=state.rows_key.to_string() + "-" + each.id.to_string(),
                    class_name="input n small-input",
                    input_mode="decimal",
                    auto_complete="off",
                    aria_label=tr("payment.share_of", number=each.number),
                    on_change=lambda text: state.type_share(each.id, text),
                ),
                rx.cond(
                    state.errors[name],
                    rx.el.div(state.errors[name], class_name="field-error", role="alert"),
                ),
                class_name="n",
            ),
            key=each.id.to_string(),
        )

    head = rx.el.tr(
        rx.el.th(tr("payment.invoice"), scope="col"),
        rx.el.th(tr("invoice.due"), scope="col"),
        rx.el.th(tr("invoice.balance"), scope="col", class_name="n"),
        rx.el.th(tr("payment.share"), scope="col", class_name="n"),
    )
    table = rx.el.div(
        rx.el.table(
            rx.el.thead(head), rx.el.tbody(rx.foreach(state.rows, row)), class_name="table table-cards"
        ),
        class_name="table-scroll",
    )
    nothing = rx.el.p(
        rx.cond(state.client_id > 0, tr("payment.new.nothing_open"), tr("payment.new.client_first")),
        class_name="muted panel-body",
    )
    return panel(
        tr("payment.new.invoices"),
        rx.cond(state.rows, table, nothing),
        rx.cond(
            state.errors["shares"],
            rx.el.div(state.errors["shares"], class_name="field-error panel-body", role="alert"),
        ),
        rx.el.div(_left(), class_name="panel-body", aria_live="polite"),
        actions=[
            rx.cond(
                state.by_hand,
                button(
                    tr("payment.new.distribute"), size="s", icon="list-ordered", on_click=state.distribute
                ),
            )
        ],
        flush=True,
    )


def _left() -> rx.Component | rx.Var:
    state = PaymentForm
    return rx.match(
        state.left_kind,
        (
            "over",
            rx.el.span(tr("payment.left.over", amount=state.left), style={"color": "var(--red-ink)"}),
        ),
        ("exact", rx.el.span(tr("payment.left.exact", amount=state.settles))),
        ("credit", rx.el.span(tr("payment.left.credit", amount=state.left))),
        rx.el.span(tr("payment.left.none"), class_name="muted"),
    )
