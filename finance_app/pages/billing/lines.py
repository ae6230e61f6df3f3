"""Second step: how it comes together as lines, with what they are named by."""

from enum import StrEnum
from typing import Any

import reflex as rx

from finance_app import routes
from finance_app.components.frame import page
from finance_app.components.parts import labelled, line_pager, notice, panel
from finance_app.components.text import tr
from finance_app.components.wizard import wizard
from finance_app.domain.grouping import GroupBy, LineField
from finance_app.domain.shares import PriceField
from finance_app.pages.billing.steps import discard_button, losses, steps, summary
from finance_app.states.billing.looking import LineRow
from finance_app.states.billing.wizard import Billing


def billing_lines() -> rx.Component:
    return page(
        tr("billing.title"),
        wizard(
            steps("lines", scope=Billing.scope_href),
            rx.el.div(
                rx.cond(Billing.by_hour, _time()),
                rx.cond(Billing.by_price, _price()),
                losses(),
                rx.cond(Billing.problem, notice(Billing.problem, tone="amber")),
                panel(tr("billing.preview"), _lines(), flush=True),
                class_name="stack-l",
            ),
            aside=summary(),
            back=Billing.scope_href,
            next_text=rx.cond(Billing.draft_id > 0, tr("common.next"), tr("billing.make_draft")),
            on_next=Billing.make_draft,
            next_disabled=~Billing.ready,
            extra=[rx.cond(Billing.draft_id > 0, discard_button(Billing.discard))],
        ),
        crumb=(tr("invoice.title"), routes.INVOICES),
        context=Billing.choices["client_label"],
    )


def _time() -> rx.Component:
    return rx.fragment(
        rx.el.label(
            rx.el.span(tr("billing.by"), class_name="field-label"),
            rx.el.select(
                *[
                    rx.el.option(tr(f"billing.group.{by.value.replace('-', '_')}"), value=by.value)
                    for by in GroupBy
                ],
                value=Billing.choices["by"],
                on_change=lambda value: Billing.choose("by", value),
                class_name="input",
            ),
            rx.el.span(tr("billing.by_help"), class_name="field-help"),
            class_name="field narrow",
        ),
        _chips(tr("billing.name_fields"), "name", Billing.name_fields, LineField, "field"),
        _chips(tr("billing.description_fields"), "desc", Billing.description_fields, LineField, "field"),
    )


def _price() -> rx.Component:
    return rx.fragment(
        _chips(tr("billing.price_names"), "pname", Billing.price_names, PriceField, "price_field"),
        _chips(
            tr("billing.price_descriptions"), "pdesc", Billing.price_descriptions, PriceField, "price_field"
        ),
    )


def _chips(label: Any, place: str, chosen: Any, kind: type[StrEnum], texts: str) -> rx.Component:
    def chip(field: StrEnum) -> rx.Component:
        on = chosen.contains(field.value)
        return rx.el.button(
            rx.cond(on, rx.icon("check", size=13, aria_hidden=True)),
            tr(f"billing.{texts}.{field.value}"),
            type="button",
            class_name="chip",
            on_click=Billing.toggle_field(place, field.value),
            custom_attrs={"aria-pressed": rx.cond(on, "true", "false")},
        )

    return rx.el.div(
        rx.el.span(label, class_name="field-label"),
        rx.el.div(*[chip(field) for field in kind], class_name="row wrap"),
        class_name="field",
    )


def _lines() -> rx.Component:
    def cell(name: str, value: Any) -> rx.Component:
        return labelled(tr(f"billing.column.{name}"), value, class_name="n")

    def row(line: LineRow) -> rx.Component:
        return rx.el.tr(
            rx.el.td(
                rx.el.div(line.name, class_name="strong"),
                rx.cond(line.description, rx.el.div(line.description, class_name="small muted")),
                class_name="first line-first",
            ),
            cell("hours", line.hours),
            cell("rate", line.rate),
            cell("amount", line.amount),
        )

    return rx.el.div(
        rx.el.table(
            rx.el.thead(
                rx.el.tr(
                    rx.el.th(tr("billing.column.line")),
                    rx.el.th(tr("billing.column.hours"), class_name="n"),
                    rx.el.th(tr("billing.column.rate"), class_name="n"),
                    rx.el.th(tr("billing.column.amount"), class_name="n"),
                )
            ),
            rx.el.tbody(rx.foreach(Billing.lines, row)),
            class_name="table plain table-cards",
        ),
        line_pager(Billing, Billing.show_lines),
        class_name="table-scroll",
    )
