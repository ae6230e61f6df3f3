"""What the pages of an estimate and of a sales order share: lines, what is invoiced, the dialog of a part."""

from typing import Any

import reflex as rx

from finance_app.components.dialog import form_dialog
from finance_app.components.form import select_field, text_field
from finance_app.components.native import native_link
from finance_app.components.parts import (
    allowed,
    button,
    labelled,
    menu_link,
    notice,
    panel,
    status,
)
from finance_app.components.text import tr
from finance_app.domain.parts import Deduct
from finance_app.domain.permissions import Permission
from finance_app.pages.documents.lines import line_cells, lines_panel
from finance_app.services.estimating.billing import PartChoice
from finance_app.states.documents.agreed_page import AgreedRow, LeftRow, OtherRow, PartRow


def may(state: Any, action: str, *children: Any) -> rx.Component:
    return rx.cond(state.actions.contains(action), rx.fragment(*children))


def pdf_items(kind: str, state: Any) -> list[rx.Component]:
    base = f"/documents/{kind}/" + state.object_id.to_string()
    return [
        menu_link(native_link(tr("invoice.open_pdf"), href=base + ".pdf", target="_blank")),
        menu_link(native_link(tr("invoice.download_pdf"), href=base + ".pdf?save=1", download=True)),
        menu_link(native_link(tr("invoice.print"), href=base + "/print", target="_blank")),
    ]


def agreed_lines(state: Any) -> rx.Component:
    return lines_panel(state, _line)


def _line(line: AgreedRow) -> rx.Component:
    note = rx.cond(line.counted, tr("document.line.option_chosen"), tr("document.line.option"))
    option = rx.cond(line.optional, rx.el.div(note, class_name="small muted"))
    amount = rx.cond(line.counted, "n strong", "n muted")
    return rx.cond(
        line.is_section,
        rx.el.tr(rx.el.td(line.name, class_name="strong first", col_span=6)),
        rx.el.tr(*line_cells(line, option, amount=amount)),
    )


def texts_panel(state: Any) -> rx.Component:
    """Notes and terms, where there are any."""

    def part(title: Any, text: Any) -> rx.Component:
        body = rx.el.div(rx.el.h3(title), rx.el.p(text, class_name="pre-line muted"), class_name="stack-s")
        return rx.cond(text != "", body)

    notes, terms = state.details["notes"], state.details["terms"]
    return rx.cond(
        (notes != "") | (terms != ""),
        rx.el.div(
            part(tr("invoice.notes"), notes),
            part(tr("estimate.terms"), terms),
            class_name="panel panel-body stack",
        ),
    )


def parts_panel(state: Any) -> rx.Component:
    """What is agreed, invoiced and left, the invoices, and what can be invoiced next."""
    figures = state.figures
    shown = [
        (tr("estimate.agreed"), figures["agreed"]),
        (tr("estimate.billed"), figures["billed"]),
        (tr("estimate.left"), figures["left"]),
    ]
    bar = rx.el.div(
        rx.el.div(style={"width": figures["share"].to(str).replace("\u00a0", "").replace("\u202f", "")}),
        class_name="share-bar",
        role="img",
        aria_label=tr("estimate.billed") + " " + figures["share"],
    )
    return rx.cond(
        state.billable,
        panel(
            tr("estimate.invoicing"),
            rx.el.div(
                rx.el.div(
                    *[
                        rx.el.div(
                            rx.el.div(label, class_name="small muted"),
                            rx.el.div(value, class_name="num strong"),
                        )
                        for label, value in shown
                    ],
                    class_name="form-grid",
                ),
                bar,
                rx.cond(
                    figures["advance"] != "",
                    rx.el.p(tr("estimate.advance", amount=figures["advance"]), class_name="small muted"),
                ),
                class_name="stack-s panel-body",
            ),
            rx.cond(
                state.parts,
                rx.el.div(
                    rx.el.table(
                        rx.el.thead(
                            rx.el.tr(
                                rx.el.th(tr("payment.invoice")),
                                rx.el.th(tr("estimate.part.what")),
                                rx.el.th(tr("invoice.state_name")),
                                rx.el.th(tr("invoice.line.amount"), class_name="n"),
                            )
                        ),
                        rx.el.tbody(rx.foreach(state.parts, _part)),
                        class_name="table plain table-cards",
                    ),
                    class_name="table-scroll",
                ),
                rx.el.p(tr("estimate.nothing_invoiced"), class_name="panel-body muted small"),
            ),
            actions=[
                allowed(
                    Permission.INVOICES_EDIT,
                    may(
                        state,
                        "invoice",
                        button(
                            tr("estimate.invoice_part"),
                            size="s",
                            icon="receipt-text",
                            on_click=state.open_part("percentage"),
                        ),
                    ),
                )
            ],
            flush=True,
        ),
    )


def _part(row: PartRow) -> rx.Component:
    return rx.el.tr(
        rx.el.td(rx.el.a(row.number, href=row.href, class_name="link num"), class_name="first"),
        labelled(tr("estimate.part.what"), row.what),
        labelled(tr("invoice.state_name"), status(row.state, "invoice.state")),
        labelled(tr("invoice.line.amount"), row.total, class_name="n"),
    )


def part_dialog(state: Any) -> rx.Component:
    """Which part to invoice, and what it comes to."""
    choice = state.part_choice
    is_share = (choice == "deposit") | (choice == "percentage")
    begun, hidden = state.parts.length() > 0, {PartChoice.WHOLE: True, PartChoice.BALANCE: False}
    deducts = [("", tr("estimate.deduct_as_agreed"))]
    deducts += [(each.value, tr(f"estimate.deduct.{each.value}")) for each in Deduct]
    return form_dialog(
        state,
        state.invoice_part,
        tr("estimate.invoice_part"),
        rx.el.fieldset(
            rx.el.legend(tr("estimate.part.question"), class_name="field-label"),
            *[
                rx.cond(begun == hidden[each], rx.fragment(), _choice(state, each))
                if each in hidden
                else _choice(state, each)
                for each in PartChoice
            ],
            class_name="fieldset choices",
        ),
        rx.cond(
            is_share,
            text_field(
                state,
                "percent",
                tr("estimate.part.percent"),
                numeric=True,
                required=True,
                on_change=lambda text: state.try_part("percent", text).debounce(250),
            ),
        ),
        rx.cond(
            choice == "lines",
            rx.el.div(rx.foreach(state.part_lines, lambda row: _tick(state, row)), class_name="stack-s"),
        ),
        rx.cond(
            choice == "progress",
            rx.el.div(
                rx.el.p(tr("estimate.part.progress_help"), class_name="small muted"),
                rx.foreach(state.part_lines, lambda row: _progress(state, row)),
                rx.cond(
                    state.errors["percent"],
                    rx.el.span(state.errors["percent"], class_name="field-error", role="alert"),
                ),
                class_name="stack-s",
            ),
        ),
        rx.cond(
            (choice != "deposit") & (state.figures["advance"] != ""),
            select_field(
                state,
                "deduct",
                tr("estimate.deduct_label"),
                deducts,
                on_change=lambda value: state.try_part("deduct", value),
            ),
        ),
        rx.cond(state.errors["amounts"], notice(state.errors["amounts"], tone="red", icon="circle-alert")),
        rx.cond(state.part_error != "", notice(state.part_error, tone="amber", icon="triangle-alert")),
        rx.cond(state.part_preview != "", notice(state.part_preview, icon="receipt-text")),
        text=tr("estimate.part.text", left=state.figures["left"]),
        save=tr("estimate.part.make"),
        width="620px",
    )


def _choice(state: Any, each: PartChoice) -> rx.Component:
    return rx.el.label(
        rx.el.input(
            type="radio",
            name="choice",
            checked=state.part_choice == each.value,
            on_change=state.choose_part(each.value),
        ),
        rx.el.span(tr(f"estimate.part.choice.{each.value}"), class_name="check-text"),
        class_name="check",
    )


def _tick(state: Any, row: LeftRow) -> rx.Component:
    name = "line_" + row.id
    return rx.el.label(
        rx.el.input(
            type="checkbox",
            name=name,
            disabled=~row.is_open,
            on_change=lambda ticked: state.try_part(name, ticked),
        ),
        rx.el.span(
            rx.el.span(row.name),
            rx.el.span(
                tr("estimate.part.left_of", left=row.left, agreed=row.agreed), class_name="field-help"
            ),
            class_name="check-text",
        ),
        class_name="check",
    )


def _progress(state: Any, row: LeftRow) -> rx.Component:
    return rx.el.label(
        rx.el.span(
            rx.el.span(row.name),
            rx.el.span(tr("estimate.part.done", percent=row.done), class_name="field-help"),
            class_name="grow check-text",
        ),
        rx.el.input(
            name="to_" + row.id,
            class_name="input n",
            on_change=lambda text: state.try_part("to_" + row.id, text).debounce(250),
            input_mode="decimal",
            disabled=~row.is_open,
            placeholder="%",
            style={"width": "88px"},
            aria_label=tr("estimate.part.progress_of", name=row.name),
        ),
        class_name="row",
    )


def others_panel(title: Any, rows: Any, prefix: str) -> rx.Component:
    """Other versions, or the sales orders, in the side column."""

    def item(row: OtherRow) -> rx.Component:
        return rx.el.li(
            rx.el.a(
                rx.el.span(row.label, class_name=rx.cond(row.present, "num strong", "num")),
                href=row.href,
                class_name="link",
            ),
            rx.el.span(row.total, class_name="num muted grow", style={"text_align": "right"}),
            rx.cond(row.state != "", status(row.state, prefix)),
            class_name="row",
        )

    return rx.cond(rows, panel(title, rx.el.ul(rx.foreach(rows, item), class_name="stack-s plain-list")))
