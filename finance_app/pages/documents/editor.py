"""The parts that the editors of all documents share: lines in place, fields of the document, totals."""

from collections.abc import Callable, Sequence
from typing import Any

import reflex as rx

from finance_app.components.dialog import confirm, form_dialog
from finance_app.components.form import search_select
from finance_app.components.native import MoveHandle
from finance_app.components.parts import button, icon_button, line_pager, notice, panel
from finance_app.components.text import tr
from finance_app.domain.billing import DiscountOn
from finance_app.domain.tax import PriceMode, TaxRounding
from finance_app.pages.documents.lines import total_list
from finance_app.states.documents.editor import ROUNDINGS
from finance_app.states.documents.rows import KEPT, MORE, EditLine, SurchargeRow, TaxChoice
from finance_app.states.invoices.page import UNITS


def conflict_notice(state: Any) -> rx.Component:
    """Somebody else saved meanwhile: what they changed, and the choice to keep one's own change too."""
    return rx.cond(
        state.conflict,
        notice(
            rx.el.p(state.conflict),
            rx.el.ul(
                rx.foreach(state.conflict_changes, lambda text: rx.el.li(text)), class_name="changes small"
            ),
            rx.el.div(
                button(tr("invoice.conflict.mine"), size="s", kind="primary", on_click=state.keep_mine),
                button(tr("invoice.load_newer"), size="s", on_click=state.load_newer),
                class_name="row wrap",
            ),
            tone="amber",
            icon="users",
        ),
    )


def totals_aside(state: Any) -> rx.Component:
    return rx.el.div(
        rx.el.h2(tr("invoice.totals_title"), class_name="section-title"),
        total_list(state.totals),
        rx.el.p(tr("invoice.saved_as_typed"), class_name="small muted"),
        class_name="stack",
    )


def line_editor(state: Any, more: Callable[[EditLine], rx.Component] | None = None) -> rx.Component:
    """The lines, and what adds one. `more(line)` stands below the fields of a line."""
    return panel(
        tr("invoice.lines", n=state.line_count),
        rx.el.ol(rx.foreach(state.lines, lambda line: _line(state, line, more)), class_name="edit-lines"),
        line_pager(state, state.show_lines),
        rx.el.div(
            button(tr("invoice.add_line"), icon="plus", on_click=state.add_line),
            rx.el.div(
                search_select(
                    state,
                    "item",
                    tr("invoice.add_item"),
                    source="items",
                    scope=state.currency,
                    placeholder=tr("invoice.add_item_placeholder"),
                    on_pick=state.add_item,
                ),
                class_name="grow narrow",
            ),
            class_name="row wrap panel-body edit-add",
        ),
        _tax_dialog(state),
        flush=True,
    )


def _cell(
    state: Any, line: EditLine, name: str, label: Any, value: Any, *, class_name: str = "", **props: Any
) -> rx.Component:
    """An input of a line, saved when it is left."""
    return rx.el.label(
        rx.el.span(label, class_name="cell-label"),
        rx.el.input(
            default_value=value,
            key=f"{name}-" + value.to_string(),
            on_blur=lambda typed: state.set_line(line.id, name, typed),
            class_name=f"input {class_name}",
            **props,
        ),
        class_name=f"cell cell-{name.replace('_', '-')}",
    )


def _line(state: Any, line: EditLine, more: Callable[[EditLine], rx.Component] | None) -> rx.Component:
    return rx.el.li(
        rx.el.div(
            _cell(state, line, "name", tr("invoice.line.name"), line.name, class_name="strong"),
            _cell(
                state,
                line,
                "quantity",
                tr("invoice.line.quantity"),
                line.quantity,
                class_name="n",
                input_mode="decimal",
            ),
            _select(
                state,
                line,
                "unit",
                tr("invoice.line.unit"),
                [(unit, tr(f"invoice.unit.{unit}")) for unit in UNITS],
                line.unit,
                disabled=line.is_time,
            ),
            _cell(
                state,
                line,
                "unit_price",
                tr("invoice.line.price"),
                line.price,
                class_name="n",
                input_mode="decimal",
            ),
            _cell(state, line, "discount", tr("invoice.line.discount"), line.discount, class_name="n"),
            rx.el.label(
                rx.el.span(tr("invoice.line.tax"), class_name="cell-label"),
                _tax_select(
                    state, line.tax, line.taxes, lambda picked: state.set_line(line.id, "tax", picked)
                ),
                class_name="cell cell-tax",
            ),
            rx.el.div(
                rx.el.span(tr("invoice.line.amount"), class_name="cell-label"),
                rx.el.span(line.amount, class_name="num strong"),
                class_name="cell cell-amount",
            ),
            class_name="edit-grid",
        ),
        rx.el.div(
            rx.el.textarea(
                default_value=line.description,
                placeholder=tr("invoice.line.description"),
                rows="1",
                aria_label=tr("invoice.line.description"),
                on_blur=lambda typed: state.set_line(line.id, "description", typed),
                class_name="input small grow",
            ),
            more(line) if more else None,
            MoveHandle.create(
                line=line.id,
                position=line.position,
                label=tr("invoice.drag", line=line.position),
                on_move=state.move_line,
            ),
            icon_button(
                "arrow-up",
                tr("invoice.line.up"),
                size="s",
                on_click=state.move_line(line.id, line.position - 1),
            ),
            icon_button(
                "arrow-down",
                tr("invoice.line.down"),
                size="s",
                on_click=state.move_line(line.id, line.position + 1),
            ),
            confirm(
                icon_button("trash-2", tr("invoice.line.remove"), size="s"),
                tr("invoice.line.remove_title"),
                rx.cond(line.is_time, tr("invoice.line.remove_time"), tr("invoice.line.remove_text")),
                action=tr("invoice.line.remove"),
                on_confirm=state.remove_line(line.id),
            ),
            class_name="row",
        ),
        rx.cond(line.tracked != "", rx.el.p(line.tracked, class_name="small muted")),
        _fault(state, "line_" + line.id.to_string()),
        key=line.id.to_string(),
        class_name=rx.cond(line.is_section, "edit-line edit-section", "edit-line"),
    )


def _tax_select(state: Any, value: Any, names: Any, on_pick: Any) -> rx.Component:
    """One tax, none, or several: those are ticked in a dialog. `names` are those that stand there now."""
    return rx.el.select(
        rx.el.option("–", value=""),
        rx.foreach(state.taxes, lambda each: rx.el.option(each["label"], value=each["value"])),
        rx.cond(value == KEPT, rx.el.option(names, value=KEPT)),
        rx.el.option(tr("invoice.several_taxes"), value=MORE),
        value=value,
        on_change=on_pick,
        class_name="input",
    )


def _tax_dialog(state: Any) -> rx.Component:
    """Ticks several taxes, for a line, a surcharge or the whole document."""

    def tick(choice: TaxChoice) -> rx.Component:
        return rx.el.label(
            rx.el.input(type="checkbox", name="tax_" + choice.value, default_checked=choice.ticked),
            rx.el.span(choice.label),
            class_name="row",
        )

    return form_dialog(
        state,
        state.save_taxes,
        tr("invoice.taxes_title"),
        rx.foreach(state.tax_choices, tick),
        _fault(state, "taxes"),
        text=tr("invoice.taxes_text"),
        width="420px",
    )


def _fault(state: Any, name: Any) -> rx.Component:
    fault = state.errors[name]
    return rx.cond(fault, rx.el.span(fault, class_name="field-error", role="alert"))


def _select(
    state: Any,
    line: EditLine,
    name: str,
    label: Any,
    options: Sequence[tuple[str, Any]],
    value: Any,
    **props: Any,
) -> rx.Component:
    return rx.el.label(
        rx.el.span(label, class_name="cell-label"),
        rx.el.select(
            *[rx.el.option(text, value=key) for key, text in options],
            value=value,
            on_change=lambda typed: state.set_line(line.id, name, typed),
            class_name="input",
            **props,
        ),
        class_name=f"cell cell-{name}",
    )


def head_input(
    state: Any, name: str, label: Any, *, help: Any = None, control: str = "input", **props: Any
) -> rx.Component:
    """A field of the document, saved when it is left."""
    make = rx.el.textarea if control == "textarea" else rx.el.input
    return rx.el.label(
        rx.el.span(label, class_name="field-label"),
        make(
            default_value=state.values[name],
            key=f"{name}-" + (state.values[name].to_string() if name == "due_date" else ""),
            on_blur=lambda typed: state.set_head(name, typed),
            class_name="input",
            **props,
        ),
        rx.el.span(help, class_name="field-help") if help is not None else None,
        _fault(state, name),
        class_name="field",
    )


def head_select(
    state: Any,
    name: str,
    label: Any,
    options: Sequence[tuple[str, Any]] | rx.Var,
    *,
    help: Any = None,
    none: Any = None,
) -> rx.Component:
    inside = [rx.el.option(none, value="")] if none is not None else []
    if isinstance(options, rx.Var):
        inside.append(rx.foreach(options, lambda each: rx.el.option(each["label"], value=each["value"])))
    else:
        inside += [rx.el.option(text, value=key) for key, text in options]
    return rx.el.label(
        rx.el.span(label, class_name="field-label"),
        rx.el.select(
            *inside,
            value=state.values[name],
            on_change=lambda typed: state.set_head(name, typed),
            class_name="input",
        ),
        rx.el.span(help, class_name="field-help") if help is not None else None,
        _fault(state, name),
        class_name="field",
    )


def discount_fields(state: Any) -> rx.Component:
    return rx.el.div(
        head_input(state, "discount", tr("invoice.discount"), help=tr("invoice.discount_help")),
        head_select(
            state,
            "discount_on",
            tr("invoice.discount_on"),
            [(each.value, tr(f"invoice.discount_on_{each.value}")) for each in DiscountOn],
        ),
        rx.el.label(
            rx.el.span(tr("invoice.document_tax"), class_name="field-label"),
            _tax_select(
                state,
                state.values["tax"],
                state.document_taxes,
                lambda picked: state.set_head("tax", picked),
            ),
            _fault(state, "tax"),
            class_name="field",
        ),
        class_name="form-grid",
    )


def surcharge_fields(state: Any) -> rx.Component:
    """Amounts beside the lines, and the exchange rate of a document in a foreign currency."""
    return rx.fragment(
        _surcharges(state),
        rx.cond(
            state.foreign,
            head_input(
                state,
                "exchange_rate",
                tr("invoice.exchange_rate"),
                input_mode="decimal",
                help=tr("invoice.exchange_rate_help", currency=state.currency),
            ),
        ),
    )


def _surcharges(state: Any) -> rx.Component:
    def row(extra: SurchargeRow) -> rx.Component:
        return rx.el.li(
            rx.el.label(
                rx.el.span(tr("invoice.surcharge_name"), class_name="cell-label"),
                rx.el.input(
                    default_value=extra.name,
                    key="name-" + extra.name.to_string(),
                    on_blur=lambda typed: state.set_surcharge(extra.place, "name", typed),
                    class_name="input",
                ),
                class_name="cell",
            ),
            rx.el.label(
                rx.el.span(tr("invoice.surcharge_amount"), class_name="cell-label"),
                rx.el.input(
                    default_value=extra.amount,
                    key="amount-" + extra.amount.to_string(),
                    on_blur=lambda typed: state.set_surcharge(extra.place, "amount", typed),
                    class_name="input n",
                    input_mode="decimal",
                ),
                class_name="cell",
            ),
            rx.el.label(
                rx.el.span(tr("invoice.surcharge_tax"), class_name="cell-label"),
                _tax_select(
                    state,
                    extra.tax,
                    extra.taxes,
                    lambda picked: state.set_surcharge(extra.place, "tax", picked),
                ),
                class_name="cell",
            ),
            rx.cond(
                state.document_taxes != "",
                rx.el.label(
                    rx.el.input(
                        type="checkbox",
                        checked=extra.taxed,
                        on_change=lambda _value: state.set_surcharge(extra.place, "taxed", ""),
                    ),
                    rx.el.span(tr("invoice.surcharge_taxed"), class_name="small"),
                    class_name="row",
                ),
            ),
            icon_button(
                "trash-2",
                tr("invoice.remove_surcharge"),
                size="s",
                on_click=state.remove_surcharge(extra.place),
            ),
            key=extra.place.to_string(),
            class_name="surcharge",
        )

    return rx.el.div(
        rx.cond(state.surcharges, rx.el.ul(rx.foreach(state.surcharges, row), class_name="plain-list")),
        _fault(state, "surcharges"),
        rx.el.div(button(tr("invoice.add_surcharge"), size="s", icon="plus", on_click=state.add_surcharge)),
        class_name="stack-s",
    )


def rounding_fields(state: Any) -> rx.Component:
    return rx.el.div(
        head_select(
            state,
            "price_mode",
            tr("invoice.price_mode"),
            [(each.value, tr(f"invoice.price_mode_{each.value}")) for each in PriceMode],
        ),
        head_select(
            state,
            "tax_rounding",
            tr("invoice.tax_rounding"),
            [(each.value, tr(f"invoice.tax_rounding_{each.value}")) for each in TaxRounding],
        ),
        head_select(
            state,
            "total_rounding",
            tr("invoice.total_rounding"),
            [(step, step) for step in ROUNDINGS],
            none=tr("invoice.no_rounding"),
        ),
        class_name="form-grid",
    )
