"""The lines and totals of a document as a page shows them; narrow screens get a card for each line."""

from typing import Any

import reflex as rx

from finance_app.components.parts import empty, labelled, line_pager, panel
from finance_app.components.text import tr

NUMERIC = ("quantity", "price", "discount", "amount")


def lines_panel(state: Any, row: Any, *, beside: Any = None, pages: bool = True) -> rx.Component:
    """The panel of a document's lines above its totals. `row` is made of `line_cells`; `beside` stands left
    of the totals."""

    def heading(name: str) -> rx.Component:
        wide = " hide-narrow" if name in ("discount", "tax") else ""
        return rx.el.th(
            tr(f"invoice.line.{name}"), scope="col", class_name=("n" if name in NUMERIC else "") + wide
        )

    names = ("name", "quantity", "price", "discount", "tax", "amount")
    return panel(
        tr("invoice.lines", n=state.line_count),
        rx.cond(
            state.lines,
            rx.el.div(
                rx.el.table(
                    rx.el.thead(rx.el.tr(*[heading(name) for name in names])),
                    rx.el.tbody(rx.foreach(state.lines, row)),
                    class_name="table plain table-cards",
                ),
                class_name="table-scroll",
            ),
            empty(tr("invoice.no_lines.title"), tr("invoice.no_lines.text"), icon="list"),
        ),
        line_pager(state, state.show_lines) if pages else None,
        rx.el.div(
            rx.el.div(beside, class_name="grow") if beside is not None else rx.el.span(class_name="grow"),
            total_list(state.totals),
            class_name="totals-row panel-body",
        ),
        flush=True,
    )


def line_cells(line: Any, *notes: Any, amount: Any = "n strong") -> list[rx.Component]:
    """The cells of a line; `notes` stand below its description."""
    return [
        rx.el.td(
            rx.el.div(line.name, class_name="strong"),
            rx.cond(line.description, rx.el.div(line.description, class_name="small muted pre-line")),
            *notes,
            class_name="first line-first",
        ),
        _cell("quantity", rx.el.span(line.quantity, " ", rx.el.span(line.unit, class_name="muted"))),
        _cell("price", line.price),
        _cell("discount", line.discount, class_name=rx.cond(line.discount != "", "n", "n blank")),
        _cell("tax", line.taxes, class_name=rx.cond(line.taxes != "", "tax-cell", "blank")),
        _cell("amount", line.amount, class_name=amount),
    ]


def _cell(name: str, value: Any, class_name: Any = "n") -> rx.Component:
    return labelled(tr(f"invoice.line.{name}"), value, class_name=class_name)


def total_list(rows: Any) -> rx.Component:
    """A document's totals: a label and an amount in each row."""

    def row(total: Any) -> rx.Component:
        return rx.el.div(
            rx.el.dt(total.label),
            rx.el.dd(total.amount, class_name="num"),
            class_name=rx.cond(total.strong, "strong", ""),
        )

    return rx.el.dl(rx.foreach(rows, row), class_name="totals")
