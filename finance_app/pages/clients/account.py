"""Beside a client: what is open, what is late, what is credit."""

import reflex as rx

from finance_app.components.parts import allowed, link_button, panel
from finance_app.components.text import tr
from finance_app.domain.permissions import Permission
from finance_app.states.clients.credit import AccountRow, ClientAccount


def client_account() -> rx.Component:
    """Nothing where the accounts are even. Needs `ClientAccount.load` on the page."""
    return rx.cond(
        ClientAccount.accounts,
        panel(
            tr("payment.account.title"),
            rx.el.div(rx.foreach(ClientAccount.accounts, _account), class_name="stack"),
            rx.el.div(
                rx.el.a(tr("payment.account.all"), href=ClientAccount.payments_href, class_name="link small"),
                style={"margin_top": "12px"},
            ),
            actions=[
                allowed(
                    Permission.PAYMENTS_EDIT,
                    link_button(tr("payment.new.action"), href=ClientAccount.new_href, icon="plus"),
                )
            ],
        ),
    )


def _account(row: AccountRow) -> rx.Component:
    def line(name: str, value: rx.Var, color: str = "inherit") -> rx.Component:
        return rx.cond(
            value != "",
            rx.el.div(
                rx.el.span(tr(name), class_name="grow muted"),
                rx.el.span(value, class_name="num strong", style={"color": color}),
                class_name="row",
            ),
        )

    return rx.el.div(
        line("payment.account.open", row.open),
        line("payment.account.overdue", row.overdue, "var(--red-ink)"),
        line("payment.account.credit", row.credit, "var(--green-ink)"),
        class_name="stack-s",
    )
