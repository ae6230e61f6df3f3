"""The dialog that credits parts of an invoice."""

import reflex as rx

from finance_app.components.dialog import form_dialog
from finance_app.components.form import textarea_field
from finance_app.components.parts import button, line_pager
from finance_app.components.text import tr
from finance_app.states.crediting.dialog import CreditDialog, CreditRow


def credit_dialog() -> rx.Component:
    state = CreditDialog
    return form_dialog(
        state,
        state.save,
        tr("payment.dialog.credit.title"),
        rx.el.div(
            button(tr("payment.credit.all"), size="s", on_click=state.credit_all),
            button(tr("payment.credit.release_all"), size="s", on_click=state.release_all),
            class_name="row wrap",
        ),
        rx.el.ul(
            rx.foreach(state.rows, _row), class_name="plain-list scroll-list", key=state.rows_key.to_string()
        ),
        line_pager(state, state.show_lines),
        rx.cond(
            state.errors["amounts"],
            rx.el.span(state.errors["amounts"], class_name="field-error", role="alert"),
            rx.cond(
                state.total != "",
                rx.el.p(
                    tr("payment.credit.total", total=state.total, tax=state.total_tax),
                    class_name="strong",
                    aria_live="polite",
                ),
            ),
        ),
        textarea_field(state, "reason", tr("invoice.reason"), required=True),
        text=tr("payment.dialog.credit.text"),
        save=tr("payment.dialog.credit.save"),
        width="640px",
    )


def _row(row: CreditRow) -> rx.Component:
    state = CreditDialog
    return rx.el.li(
        rx.el.div(
            rx.el.div(row.name, class_name="truncate"),
            rx.el.div(tr("payment.credit.left", amount=row.left), class_name="small muted num"),
            class_name="grow credit-what",
        ),
        rx.cond(
            row.has_time & ~row.nothing_left,
            rx.el.label(
                rx.el.input(
                    type="checkbox",
                    checked=row.release,
                    on_change=lambda _value: state.toggle_release(row.id),
                ),
                rx.el.span(tr("payment.release"), class_name="small"),
                class_name="row",
            ),
        ),
        rx.el.input(
            name="amount_" + row.id.to_string(),
            default_value=row.amount,
            on_blur=lambda text: state.type_amount(row.id, text),
            class_name="input n small-input",
            aria_label=tr("payment.credit.amount_of", line=row.name),
            input_mode="decimal",
            disabled=row.nothing_left,
        ),
        class_name="row credit-row",
        key=row.id.to_string(),
    )
