"""The wizard that bills time: scope and lines."""

from typing import Any

import reflex as rx

from finance_app import routes
from finance_app.components.form import search_select
from finance_app.components.frame import page
from finance_app.components.parts import notice, panel
from finance_app.components.text import tr
from finance_app.components.wizard import Step, wizard
from finance_app.domain.grouping import GroupBy, LineField
from finance_app.states.billing import Billing, LineRow, ProjectRow, ReasonRow

STEPS = ("scope", "lines", "details", "review")


def steps(current: str, **hrefs: Any) -> list[Step]:
    """The rail of the four steps, as it stands at `current`."""
    at = STEPS.index(current)
    return [
        Step(
            tr(f"billing.step.{name}"),
            "done" if index < at else "current" if index == at else "todo",
            hrefs.get(name),
        )
        for index, name in enumerate(STEPS)
    ]


def billing_scope() -> rx.Component:
    return page(
        tr("billing.title"),
        wizard(
            steps("scope"),
            rx.el.div(
                rx.el.div(
                    search_select(
                        Billing,
                        "client",
                        tr("billing.client"),
                        source="clients",
                        placeholder=tr("billing.client_placeholder"),
                        on_pick=Billing.pick_client,
                    ),
                    class_name="narrow",
                ),
                rx.cond(Billing.choices["client"], _scope()),
                class_name="stack-l",
            ),
            aside=_summary(),
            on_next=Billing.go_on,
            next_disabled=~Billing.ready,
        ),
        crumb=(tr("invoice.title"), routes.INVOICES),
        context=tr("billing.context"),
    )


def _scope() -> rx.Component:
    return rx.fragment(
        panel(
            tr("billing.projects"),
            rx.cond(
                Billing.projects,
                rx.el.ul(rx.foreach(Billing.projects, _project), class_name="pick-list"),
                rx.el.p(tr("billing.no_projects"), class_name="muted panel-body"),
            ),
            flush=True,
        ),
        rx.el.div(
            _date("until", tr("billing.until"), tr("billing.until_help")),
            _date("since", tr("billing.since"), tr("billing.since_help")),
            class_name="form-grid narrow",
        ),
    )


def _project(row: ProjectRow) -> rx.Component:
    return rx.el.li(
        rx.el.label(
            rx.el.input(
                type="checkbox",
                checked=row.chosen,
                disabled=row.refused != "",
                on_change=Billing.toggle_project(row.id).stop_propagation,
            ),
            rx.el.span(
                rx.el.span(row.name, class_name="strong"),
                rx.cond(row.refused, rx.el.span(row.refused, class_name="small muted")),
                class_name="grow stack-0",
            ),
            rx.el.span(tr("billing.hours", hours=row.hours), class_name="num muted"),
            rx.el.span(row.amount, class_name="num"),
        )
    )


def _date(name: str, label: Any, help: Any) -> rx.Component:
    return rx.el.label(
        rx.el.span(label, class_name="field-label"),
        rx.el.input(
            type="date",
            class_name="input",
            default_value=Billing.choices[name],
            key=f"{name}-" + Billing.choices["client"].to_string(),
            on_change=lambda value: Billing.choose(name, value),
        ),
        rx.el.span(help, class_name="field-help"),
        class_name="field",
    )


def _summary() -> rx.Component:
    """What would be billed, and what is left out and why."""
    return rx.el.div(
        rx.el.h2(tr("billing.summary"), class_name="section-title"),
        rx.cond(
            Billing.logs > 0,
            rx.el.div(
                rx.el.div(Billing.amount, class_name="tile-value"),
                rx.el.p(
                    tr("billing.summary_hours", hours=Billing.billed, n=Billing.logs),
                    class_name="muted",
                ),
                rx.cond(
                    Billing.billed != Billing.tracked,
                    rx.el.p(tr("billing.tracked", hours=Billing.tracked), class_name="small muted"),
                ),
                rx.el.p(tr("billing.line_count", n=Billing.line_count), class_name="small muted"),
                class_name="stack-s",
            ),
        ),
        rx.cond(
            Billing.choices["client"],
            rx.cond(Billing.problem, notice(Billing.problem, tone="amber", icon="info")),
            rx.el.p(tr("billing.start"), class_name="muted"),
        ),
        rx.cond(
            Billing.left_out,
            rx.el.div(
                rx.el.h3(tr("billing.left_out"), class_name="section-title"),
                rx.el.ul(rx.foreach(Billing.left_out, _reason), class_name="plain-list"),
                class_name="stack-s",
            ),
        ),
        class_name="stack",
    )


def _reason(row: ReasonRow) -> rx.Component:
    return rx.el.li(
        rx.el.span(tr("invoicing.reason." + row.reason), class_name="grow"),
        rx.el.span(tr("billing.logs_hours", n=row.logs, hours=row.hours), class_name="num muted"),
        class_name="row-between small",
    )


def billing_lines() -> rx.Component:
    return page(
        tr("billing.title"),
        wizard(
            steps("lines", scope=Billing.scope_href),
            rx.el.div(
                rx.el.label(
                    rx.el.span(tr("billing.by"), class_name="field-label"),
                    rx.el.select(
                        *[rx.el.option(tr(f"billing.group.{_key(by)}"), value=by.value) for by in GroupBy],
                        value=Billing.choices["by"],
                        on_change=lambda value: Billing.choose("by", value),
                        class_name="input",
                    ),
                    rx.el.span(tr("billing.by_help"), class_name="field-help"),
                    class_name="field narrow",
                ),
                _chips(tr("billing.name_fields"), "name", Billing.name_fields),
                _chips(tr("billing.description_fields"), "desc", Billing.description_fields),
                rx.cond(Billing.problem, notice(Billing.problem, tone="amber")),
                panel(tr("billing.preview"), _lines(), flush=True),
                class_name="stack-l",
            ),
            aside=_summary(),
            back=Billing.scope_href,
            next_text=tr("billing.make_draft"),
            on_next=Billing.make_draft,
            next_disabled=~Billing.ready,
        ),
        crumb=(tr("invoice.title"), routes.INVOICES),
        context=Billing.choices["client_label"],
    )


def _key(by: GroupBy) -> str:
    return by.value.replace("-", "_")


def _chips(label: Any, place: str, chosen: Any) -> rx.Component:
    def chip(field: LineField) -> rx.Component:
        on = chosen.contains(field.value)
        return rx.el.button(
            rx.cond(on, rx.icon("check", size=13, aria_hidden=True)),
            tr(f"billing.field.{field.value}"),
            type="button",
            class_name="chip",
            on_click=Billing.toggle_field(place, field.value),
            custom_attrs={"aria-pressed": rx.cond(on, "true", "false")},
        )

    return rx.el.div(
        rx.el.span(label, class_name="field-label"),
        rx.el.div(*[chip(field) for field in LineField], class_name="row wrap"),
        class_name="field",
    )


def _lines() -> rx.Component:
    def row(line: LineRow) -> rx.Component:
        return rx.el.tr(
            rx.el.td(
                rx.el.div(line.name, class_name="strong"),
                rx.cond(line.description, rx.el.div(line.description, class_name="small muted")),
            ),
            rx.el.td(line.hours, class_name="n"),
            rx.el.td(line.rate, class_name="n"),
            rx.el.td(line.amount, class_name="n"),
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
            class_name="table plain",
        ),
        rx.cond(
            Billing.line_count > Billing.lines.length(),
            rx.el.p(
                tr("billing.more_lines", n=Billing.line_count - Billing.lines.length()),
                class_name="small muted panel-body",
            ),
        ),
        class_name="table-scroll",
    )
