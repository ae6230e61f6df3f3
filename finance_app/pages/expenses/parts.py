"""Parts that the pages of expenses share: receipts, the dialogs of refusal and paying back, undo."""

from typing import Any

import reflex as rx

from finance_app.components.dialog import form_dialog
from finance_app.components.form import date_field, textarea_field
from finance_app.components.native import ReceiptsInput, native_link
from finance_app.components.parts import badge, button, icon_button, notice
from finance_app.components.text import tr
from finance_app.services.expenses.receipts import LIMIT
from finance_app.states.expenses.listing import ExpenseList, ExpenseRejection, PayingBack
from finance_app.states.expenses.words import ExpenseRow, ReceiptRow

ACCEPT = "image/*,.pdf,.heic,.heif,application/pdf"
_STATE_TONES = {"unbilled": "amber", "invoiced": "blue", "reimbursed": "green"}
_APPROVAL_TONES = {"approved": "green", "rejected": "red"}


def state_badge(row: ExpenseRow) -> rx.Component:
    tone = rx.match(row.state, *_STATE_TONES.items(), "gray")
    return badge(tr("expense.state." + row.state), tone)


def approval_badge(row: ExpenseRow) -> rx.Component:
    tone = rx.match(row.approval, *_APPROVAL_TONES.items(), "blue")
    return rx.el.span(badge(tr("expense.approval_state." + row.approval), tone), title=row.approval_note)


def repay_badge(row: ExpenseRow) -> rx.Component:
    return rx.fragment(
        rx.cond(row.repay == "owed", badge(tr("expense.repay.owed"), "amber")),
        rx.cond(row.repay == "paid_back", badge(tr("expense.repay.paid_back"), "green")),
    )


def receipts_input(state: Any, url: Any, *, compact: bool = False, **props: Any) -> rx.Component:
    return ReceiptsInput.create(
        url=url,
        accept=ACCEPT,
        max_bytes=LIMIT,
        compact=compact,
        on_done=state.receipt_added,
        labels={
            "camera": tr("expense.drop.camera"),
            "choose": tr("expense.drop.replace") if compact else tr("expense.drop.choose"),
            "hint": tr("expense.drop.hint"),
            "types": tr("expense.drop.types"),
            "cancel": tr("common.cancel"),
            "tooLarge": tr("expense.drop.too_large", name="{name}"),
            "loggedOut": tr("expense.drop.logged_out"),
            "failed": tr("expense.drop.failed"),
        },
        **props,
    )


def thumbnail(state: Any, row: ReceiptRow) -> rx.Component:
    """A receipt beside the form: small, with a way to take it off."""
    return rx.el.li(
        native_link(
            rx.el.img(src=row.first, alt="", loading="lazy"),
            href=row.href,
            target="_blank",
            rel="noopener",
            class_name="receipt-thumb",
            custom_attrs={"aria-label": row.name},
        ),
        rx.el.div(
            rx.el.span(row.name, class_name="truncate"),
            rx.el.span(row.size, class_name="small muted"),
            class_name="stack-0 grow",
        ),
        icon_button("x", tr("expense.drop.remove"), size="s", on_click=state.remove_receipt(row.id)),
        key=row.id.to_string(),
        class_name="receipt-row",
    )


def full_receipt(state: Any, row: ReceiptRow) -> rx.Component:
    """A receipt to be read: its pages one below the other."""
    tools = rx.el.div(
        native_link(
            rx.icon("external-link", size=14, aria_hidden=True),
            tr("expense.drop.open"),
            href=row.href,
            target="_blank",
            rel="noopener",
            class_name="btn btn-s",
        ),
        rx.cond(
            state.own & state.editable,
            rx.fragment(
                receipts_input(state, row.replace_url, compact=True),
                icon_button(
                    "trash-2", tr("expense.drop.remove"), size="s", on_click=state.remove_receipt(row.id)
                ),
            ),
        ),
        class_name="cluster",
    )
    return rx.el.li(
        rx.el.div(
            rx.el.div(
                rx.el.span(row.name, class_name="strong truncate"),
                rx.el.span(
                    row.size,
                    rx.cond(
                        row.pages.length() > 1,
                        rx.fragment(" · ", tr("expense.drop.pages", n=row.pages.length())),
                    ),
                    class_name="small muted",
                ),
                class_name="stack-0 grow",
            ),
            tools,
            class_name="row-between wrap",
        ),
        rx.el.div(
            rx.foreach(
                row.pages,
                lambda page, index: rx.el.img(
                    src=page,
                    loading="lazy",
                    alt=tr("expense.drop.page", n=index + 1, pages=row.pages.length()),
                ),
            ),
            class_name="receipt-pages",
            tab_index=0,
            role="group",
            aria_label=row.name,
        ),
        key=row.id.to_string(),
        class_name="stack-s receipt-full",
    )


def receipt_removed(state: Any) -> rx.Component:
    return rx.cond(
        state.removed_receipt > 0,
        notice(
            rx.el.div(
                rx.el.span(tr("expense.drop.removed"), class_name="grow", role="status"),
                button(tr("expense.undo"), size="s", icon="undo-2", on_click=state.bring_receipt_back),
                class_name="row",
            )
        ),
    )


def undo_bar() -> rx.Component:
    count = ExpenseList.undo_ids.length()
    return rx.cond(
        count > 0,
        notice(
            rx.el.div(
                rx.el.span(tr("expense.deleted", n=count), class_name="grow", role="status"),
                button(tr("expense.undo"), size="s", icon="undo-2", on_click=ExpenseList.undo),
                icon_button("x", tr("common.close"), size="s", on_click=ExpenseList.forget_undo),
                class_name="row",
            )
        ),
    )


def rejection_dialog() -> rx.Component:
    return form_dialog(
        ExpenseRejection,
        ExpenseRejection.save,
        tr("expense.reject.title"),
        textarea_field(
            ExpenseRejection,
            "note",
            tr("expense.reject.note"),
            help=tr("expense.reject.note_help"),
            required=True,
            auto_focus=True,
        ),
        save=tr("expense.move.reject"),
    )


def paying_back_dialog() -> rx.Component:
    return form_dialog(
        PayingBack,
        PayingBack.save,
        tr("expense.pay.title"),
        date_field(PayingBack, "day", tr("expense.pay.day"), required=True),
        text=tr("expense.pay.text"),
        save=tr("expense.move.pay_back"),
    )
