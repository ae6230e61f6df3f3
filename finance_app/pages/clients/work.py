"""On the page of a client: unbilled time, projects, invoices. Needs `ClientWork.load` on the page."""

from typing import Any

import reflex as rx

from finance_app.components.parts import allowed, empty, labelled, link_button, panel, status, tile, tiles
from finance_app.components.text import tr
from finance_app.domain.permissions import Permission
from finance_app.states.clients.work import ClientWork, UnbilledRow
from finance_app.states.invoices.listing import InvoiceRow
from finance_app.states.projects.page import ProjectRow


def client_unbilled() -> rx.Component:
    """A figure a currency; nothing where all is billed."""

    def figure(row: UnbilledRow) -> rx.Component:
        return tile(
            tr("client.unbilled"),
            row.amount,
            note=tr("project.finance.hours", hours=row.hours),
            href=ClientWork.unbilled_href,
        )

    return rx.cond(ClientWork.unbilled.length() > 0, tiles(rx.foreach(ClientWork.unbilled, figure)))


def client_projects() -> rx.Component:
    state = ClientWork
    new = allowed(
        Permission.PROJECTS_EDIT,
        link_button(tr("project.new.title"), href=state.new_project_href, icon="plus"),
    )
    return panel(
        tr("project.title"),
        rx.cond(
            state.projects.length() > 0,
            _table(
                tr("project.title"),
                [
                    (tr("project.name"), ""),
                    (tr("project.state_label"), ""),
                    (tr("project.hours"), "n"),
                    (tr("project.unbilled"), "n"),
                ],
                state.projects,
                _project,
            ),
            empty(tr("project.empty.title"), tr("client.no_projects"), new, icon="folder"),
        ),
        actions=[
            _all(state.project_count, state.projects.length(), "client.all_projects", state.projects_href)
        ],
        flush=True,
    )


def client_invoices() -> rx.Component:
    state = ClientWork
    shown = panel(
        tr("invoice.title"),
        rx.cond(
            state.invoices.length() > 0,
            _table(
                tr("invoice.title"),
                [
                    (tr("invoice.number"), ""),
                    (tr("invoice.state_name"), ""),
                    (tr("invoice.due"), ""),
                    (tr("invoice.total"), "n"),
                    (tr("invoice.balance"), "n"),
                ],
                state.invoices,
                _invoice,
            ),
            empty(tr("invoice.empty.title"), tr("invoice.empty.text"), icon="receipt-text"),
        ),
        actions=[
            _all(state.invoice_count, state.invoices.length(), "client.all_invoices", state.invoices_href)
        ],
        flush=True,
    )
    return rx.cond(state.sees_invoices, shown)


def _all(count: Any, shown: Any, text: str, href: Any) -> rx.Component:
    return rx.cond(count > shown, rx.el.a(tr(text, n=count), href=href, class_name="link small"))


def _table(title: Any, heads: list[tuple[Any, str]], rows: Any, row: Any) -> rx.Component:
    return rx.el.div(
        rx.el.table(
            rx.el.thead(rx.el.tr(*[rx.el.th(text, scope="col", class_name=name) for text, name in heads])),
            rx.el.tbody(rx.foreach(rows, row)),
            class_name="table table-cards",
            aria_label=title,
        ),
        class_name="table-scroll",
    )


def _cell(head: str, content: Any, name: str = "") -> rx.Component:
    return labelled(tr(head), content, class_name=name)


def _project(row: ProjectRow) -> rx.Component:
    return rx.el.tr(
        rx.el.td(rx.el.a(row.name, href=row.href, class_name="row-link"), class_name="first"),
        _cell("project.state_label", status(row.state, "project.state")),  # type: ignore[arg-type]
        _cell("project.hours", row.hours, "n"),
        _cell("project.unbilled", row.unbilled, "n"),
        key=row.id.to_string(),  # type: ignore[attr-defined]
    )


def _invoice(row: InvoiceRow) -> rx.Component:
    number = rx.cond(row.number != "", row.number, tr("invoice.state.draft"))
    return rx.el.tr(
        rx.el.td(rx.el.a(number, href=row.href, class_name="row-link num"), class_name="first"),
        _cell("invoice.state_name", status(row.state, "invoice.state")),
        _cell("invoice.due", row.due, "num"),
        _cell("invoice.total", row.total, "n"),
        _cell("invoice.balance", row.balance, "n"),
        key=row.id.to_string(),  # type: ignore[attr-defined]
    )
