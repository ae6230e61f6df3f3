"""First step: whom, up to which day, and what: time, fixed costs, milestones."""

from typing import Any

import reflex as rx

from finance_app import routes
from finance_app.components.form import search_select
from finance_app.components.frame import page
from finance_app.components.parts import button, link_button, notice, panel
from finance_app.components.text import tr
from finance_app.components.wizard import wizard
from finance_app.pages.billing.expenses import expenses_panel
from finance_app.pages.billing.steps import discard_button, steps, summary
from finance_app.states.billing.looking import DraftRow, PriceRow, TimeRow
from finance_app.states.billing.wizard import Billing


def billing_scope() -> rx.Component:
    return page(
        tr("billing.title"),
        wizard(
            steps("scope"),
            rx.el.div(
                rx.cond(
                    Billing.draft_id > 0,
                    notice(tr("billing.of_draft", client=Billing.choices["client_label"])),
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
                ),
                rx.cond(Billing.drafts, _drafts()),
                rx.cond(Billing.choices["client"], _scope()),
                class_name="stack-l",
            ),
            aside=summary(),
            on_next=Billing.go_on,
            next_disabled=~Billing.ready,
            extra=[rx.cond(Billing.draft_id > 0, discard_button(Billing.discard))],
        ),
        crumb=(tr("invoice.title"), routes.INVOICES),
        context=tr("billing.context"),
    )


def _drafts() -> rx.Component:
    def draft(row: DraftRow) -> rx.Component:
        return rx.el.li(
            rx.el.span(row.text, class_name="grow"),
            rx.el.a(tr("billing.continue_draft"), href=row.href, class_name="link"),
            class_name="row-between",
        )

    return notice(
        rx.el.p(tr("billing.open_drafts")),
        rx.el.ul(rx.foreach(Billing.drafts, draft), class_name="plain-list small"),
    )


def _scope() -> rx.Component:
    return rx.fragment(
        rx.el.div(
            _date("until", tr("billing.until"), tr("billing.until_help")),
            _date("since", tr("billing.since"), tr("billing.since_help")),
            class_name="form-grid narrow",
        ),
        rx.cond(
            (Billing.times.length() > 0) | (Billing.fixed.length() > 0) | (Billing.expense_count > 0),
            rx.fragment(
                rx.cond(Billing.times, _time()),
                rx.cond(Billing.fixed, _prices("fixed", tr("billing.fixed_costs"), Billing.fixed)),
                rx.cond(
                    Billing.with_phases & (Billing.phases.length() > 0),
                    _prices("phases", tr("billing.milestones"), Billing.phases),
                ),
                rx.cond(
                    (Billing.expense_count > 0) | (Billing.expense_reasons.length() > 0), expenses_panel()
                ),
            ),
            rx.el.p(tr("billing.no_projects"), class_name="muted"),
        ),
    )


def _time() -> rx.Component:
    return panel(
        tr("billing.time"),
        rx.el.ul(rx.foreach(Billing.times, _project), class_name="pick-list"),
        rx.el.div(
            link_button(tr("billing.pick"), href=Billing.pick_href, icon="list-checks"),
            rx.cond(
                Billing.by_hand,
                button(tr("billing.forget_picked"), kind="quiet", on_click=Billing.forget_picked),
            ),
            rx.cond(Billing.unpriced, _rate()),
            class_name="row wrap panel-body panel-part",
        ),
        actions=[
            button(tr("billing.all_projects"), kind="quiet", size="s", on_click=Billing.toggle_all_projects)
        ],
        flush=True,
    )


def _rate() -> rx.Component:
    """A rate for time that has none."""
    return rx.el.label(
        rx.el.span(tr("billing.fallback_rate"), class_name="small"),
        rx.el.input(
            default_value=Billing.choices["rate"],
            key="rate-" + Billing.choices["rate"],
            input_mode="decimal",
            class_name="input n small-input",
            on_blur=Billing.set_rate,
        ),
        rx.cond(Billing.errors["rate"], rx.el.span(Billing.errors["rate"], class_name="field-error")),
        class_name="row",
    )


def _project(row: TimeRow) -> rx.Component:
    return rx.el.li(
        rx.el.label(
            rx.el.input(
                type="checkbox",
                checked=row.chosen,
                on_change=Billing.toggle_project(row.id).stop_propagation,
            ),
            rx.el.span(row.name, class_name="strong grow"),
            rx.el.span(tr("billing.hours", hours=row.hours), class_name="num muted"),
            rx.el.span(row.amount, class_name="num"),
        )
    )


def _prices(part: str, title: Any, rows: Any) -> rx.Component:
    return panel(
        title,
        rx.el.ul(rx.foreach(rows, lambda row: _price(part, row)), class_name="pick-list"),
        flush=True,
    )


def _price(part: str, row: PriceRow) -> rx.Component:
    return rx.el.li(
        rx.el.label(
            rx.el.input(
                type="checkbox",
                checked=row.chosen,
                on_change=Billing.toggle_share(part, row.id).stop_propagation,
            ),
            rx.el.span(
                rx.el.span(row.name, class_name="strong"),
                rx.cond(row.context, rx.el.span(row.context, class_name="small muted")),
                class_name="grow stack-0",
            ),
            rx.el.span(_standing(row), class_name="stack-0 share-standing"),
        ),
        rx.cond(row.chosen, _share(part, row)),
        key=f"{part}-" + row.id.to_string(),
    )


def _standing(row: PriceRow) -> rx.Component:
    """What is billed of the price and what remains."""
    return rx.cond(
        row.price,
        rx.fragment(
            rx.el.span(
                rx.cond(
                    row.full,
                    tr("billing.all_billed", price=row.price),
                    tr("billing.left_of", left=row.left, price=row.price),
                ),
                class_name="num",
            ),
            rx.el.span(
                rx.el.span(style={"width": row.percent + "%"}, class_name="meter-bar"),
                class_name="meter",
                aria_hidden="true",
            ),
            rx.el.span(tr("billing.billed_so_far", billed=row.billed), class_name="small muted num"),
        ),
        rx.el.span(
            rx.cond(
                row.actual != "", tr("billing.unbilled_time", amount=row.actual), tr("billing.without_price")
            ),
            class_name="small muted num",
        ),
    )


def _share(part: str, row: PriceRow) -> rx.Component:
    """How much of the price, with its time or not."""
    options = [rx.el.option(tr("billing.basis.rest"), value="rest")]
    if part == "phases":
        options += [
            rx.cond(
                row.fixed != "", rx.el.option(tr("billing.basis.fixed", amount=row.fixed), value="fixed")
            ),
            rx.cond(
                row.planned != "",
                rx.el.option(tr("billing.basis.planned", amount=row.planned), value="planned"),
            ),
            rx.cond(
                row.actual != "", rx.el.option(tr("billing.basis.actual", amount=row.actual), value="actual")
            ),
        ]
    own = (row.basis == "custom") | (row.basis == "percent")
    return rx.el.div(
        rx.el.div(
            rx.el.select(
                *options,
                rx.el.option(tr("billing.basis.own"), value="custom"),
                value=rx.cond(own, "custom", row.basis),
                on_change=lambda value: Billing.set_basis(part, row.id, value),
                class_name="input share-basis",
                aria_label=tr("billing.basis_label"),
            ),
            rx.cond(
                own,
                rx.el.input(
                    default_value=row.typed,
                    key=f"typed-{part}-" + row.id.to_string() + row.typed,
                    placeholder=tr("billing.share_placeholder"),
                    aria_label=tr("billing.share_placeholder"),
                    on_blur=lambda value: Billing.type_share(part, row.id, value),
                    class_name="input n small-input",
                ),
            ),
            rx.el.span(row.amount, class_name="num strong share-amount"),
            class_name="row wrap",
        ),
        rx.cond(row.problem, rx.el.span(row.problem, class_name="field-error")),
        rx.cond(
            Billing.errors[f"{part}-" + row.id.to_string()],
            rx.el.span(Billing.errors[f"{part}-" + row.id.to_string()], class_name="field-error"),
        ),
        _flag(part, row, "time", row.time, tr(f"billing.mark_time_{part}")),
        rx.cond(
            (row.over != "") | row.above,
            rx.el.div(
                _flag(
                    part,
                    row,
                    "above",
                    row.above,
                    rx.cond(
                        row.over != "",
                        tr("billing.allow_above", over=row.over),
                        tr("billing.allowed_above"),
                    ),
                ),
                class_name="share-above",
            ),
        ),
        class_name="share stack-s",
    )


def _flag(part: str, row: PriceRow, flag: str, on: Any, text: Any) -> rx.Component:
    return rx.el.label(
        rx.el.input(
            type="checkbox",
            checked=on,
            on_change=Billing.flag_share(part, row.id, flag).stop_propagation,
        ),
        rx.el.span(text, class_name="small"),
        class_name="share-flag",
    )


def _date(name: str, label: Any, help: Any) -> rx.Component:
    return rx.el.label(
        rx.el.span(label, class_name="field-label"),
        rx.el.input(
            type="date",
            class_name="input",
            default_value=rx.cond(Billing.choices[name] == "none", "", Billing.choices[name]),
            key=f"{name}-" + Billing.choices["client"].to_string() + Billing.draft_id.to_string(),
            on_change=lambda value: Billing.choose(name, value),
        ),
        rx.el.span(help, class_name="field-help"),
        class_name="field",
    )
