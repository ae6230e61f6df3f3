"""The list: one table for all of them.

    data_table(
        ClientList,
        columns=[
            Column("name", tr("client.name"), lambda r: r.name, sort=True),
            Column("city", tr("client.city"), lambda r: r.place, sort=True),
            Column("open", tr("client.open"), lambda r: r.open_text, numeric=True),
        ],
        href=lambda r: r.href,
        empty=empty(tr("client.empty.title"), tr("client.empty.text"), link_button(...), icon="users"),
    )

The first column is the link that opens the row. Under 768 px each row becomes a card.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import reflex as rx

from finance_app import routes
from finance_app.components.form import select_labels
from finance_app.components.native import (
    ClearFilters,
    ExportLink,
    FilterDate,
    FilterSearch,
    FilterSelect,
    Pager,
    SearchBox,
    SortHead,
)
from finance_app.components.parts import button, empty, labelled, menu_link
from finance_app.components.text import tr


@dataclass(frozen=True)
class Column:
    """A column: its name in the address, its head, and the cell of a row (a text or a component). A var as
    `shown` leaves the whole column out where it is false."""

    name: str
    head: Any
    cell: Callable[[Any], Any]
    sort: bool = False
    numeric: bool = False
    width: str = ""
    shown: Any = True

    def only_shown(self, cell: rx.Component) -> rx.Component:
        return cell if self.shown is True else rx.cond(self.shown, cell)  # type: ignore[return-value]


def toolbar(
    *filters: Any,
    search: Any = None,
    end: Sequence[Any] = (),
    searchable: bool = True,
    also: Sequence[str] = (),
    more: Sequence[Any] = (),
) -> rx.Component:
    """Search and filters over a list: those of `filter_select`, `filter_search` and `filter_date`. `more` are
    shown on demand, and while they are set; `also` names those that only a link sets, to be cleared too."""
    kinds = FilterSelect | FilterSearch | FilterDate
    names: list[Any] = [*also]
    names += [f.name._var_value for f in (*filters, *more) if isinstance(f, kinds)]
    label = tr("common.list.search") if search is None else search
    parts: list[Any] = [SearchBox.create(label=label)] if searchable else []
    parts += filters
    if more:
        parts.append(
            rx.el.label(
                rx.el.input(type="checkbox", class_name="sr-only"),
                rx.icon("sliders-horizontal", size=14, aria_hidden=True),
                tr("common.list.more_filters"),
                class_name="btn btn-s more-filters",
            )
        )
        parts.append(rx.el.div(*more, class_name="lesser-filters"))
    if names:
        parts.append(ClearFilters.create(label=tr("common.list.clear"), names=names))
    if end:
        parts.append(rx.el.div(*end, class_name="end"))
    return rx.el.div(*parts, class_name="toolbar")


def filter_select(name: str, label: Any, options: Sequence[tuple[str, Any]] | rx.Var) -> rx.Component:
    """A filter of few choices; `options` are pairs of value and text, or a list var of {value, label}."""
    if not isinstance(options, rx.Var):
        options = [{"value": value, "label": text} for value, text in options]  # type: ignore[assignment]
    return FilterSelect.create(name=name, label=label, options=options)


def filter_search(name: str, label: Any, *, source: str, chosen: Any, scope: Any = "") -> rx.Component:
    """A filter of many choices, found by typing (`source` of api/search.py); `chosen` is a var with the text
    of the choice that stands in the address."""
    return FilterSearch.create(
        name=name, label=label, source=source, scope=scope, chosen=chosen, labels=select_labels()
    )


def filter_date(name: str, label: Any) -> rx.Component:
    """A filter by day; two of them, `from` and `until`, make a period."""
    return FilterDate.create(name=name, label=label)


def export_items(name: str, *, within: Any = "", pdf: bool = False) -> list[rx.Component]:
    """Menu entries that download the list as it is searched, filtered and ordered now (api/exports/).

    `within` is the query that the page itself stands for, as `"project=" + ProjectFrame.project_id`.
    """
    return [
        menu_link(
            ExportLink.create(tr(f"common.list.export_{kind}"), href=routes.export(name, kind), within=within)
        )
        for kind in ("csv", "xlsx", "pdf")[: 3 if pdf else 2]
    ]


def data_table(
    state: Any,
    columns: Sequence[Column],
    *,
    href: Callable[[Any], Any] | None = None,
    empty: Any,
    bulk: Sequence[rx.Component] = (),
    row_menu: Callable[[Any], rx.Component] | None = None,
    total: Sequence[Any] | None = None,
    label: Any = None,
    on_row: Callable[[Any], Any] | None = None,
    heading: Callable[[Any], rx.Component] | None = None,
) -> rx.Component:
    """The rows of `state` (a ListState with `rows`), or what stands there without any.

    `bulk` are buttons for the ticked rows; `total` has one cell a column for the total row; `on_row(row)`
    instead of `href` opens the row by a handler. `heading` stands over each row whose `heading` is not empty:
    the first of its group.
    """
    table = rx.el.div(
        rx.el.div(
            rx.el.table(
                rx.el.thead(rx.el.tr(*_heads(state, columns, bool(bulk), row_menu is not None))),
                rx.el.tbody(
                    rx.foreach(
                        state.rows,
                        lambda row: _with_heading(
                            row,
                            _row(state, row, columns, href, on_row, bool(bulk), row_menu),
                            heading,
                            len(columns) + bool(bulk) + (row_menu is not None),
                        ),
                    )
                ),
                _total_row(columns, total, bool(bulk), row_menu is not None),
                class_name="table table-cards",
                aria_label=tr("common.list.rows") if label is None else label,
            ),
            class_name="table-scroll",
        ),
        class_name="table-box",
    )
    filled = rx.el.div(
        _bulk_bar(state, bulk) if bulk else None,
        table,
        pager(state),
        class_name="stack-s",
    )
    return rx.cond(
        state.total > 0,
        filled,
        rx.el.div(rx.cond(state.narrowed, nothing_found(), empty), class_name="panel"),
    )


def nothing_found() -> rx.Component:
    return empty(tr("common.list.nothing_found"), tr("common.list.nothing_found_text"), icon="search-x")


def _heads(state: Any, columns: Sequence[Column], ticks: bool, acts: bool) -> list[rx.Component]:
    heads: list[rx.Component] = []
    if ticks:
        box = rx.el.input(
            type="checkbox",
            checked=state.selected.length() == state.rows.length(),
            on_change=lambda _value: state.toggle_all(),
            aria_label=tr("common.list.select_all"),
        )
        heads.append(rx.el.th(box, class_name="tick", scope="col"))
    for column in columns:
        style = {"width": column.width} if column.width else {}
        name = "n" if column.numeric else ""
        if column.sort:
            head = SortHead.create(
                name=column.name,
                label=column.head,
                sort=state.sort,
                descending=state.descending,
                class_name=name,
            )
        else:
            head = rx.el.th(column.head, scope="col", class_name=name, style=style)
        heads.append(column.only_shown(head))
    if acts:
        heads.append(rx.el.th(rx.el.span(tr("common.more_actions"), class_name="sr-only"), scope="col"))
    return heads


def _row(
    state: Any,
    row: Any,
    columns: Sequence[Column],
    href: Callable[[Any], Any] | None,
    on_row: Callable[[Any], Any] | None,
    ticks: bool,
    row_menu: Callable[[Any], rx.Component] | None,
) -> rx.Component:
    cells: list[rx.Component] = []
    if ticks:
        box = rx.el.input(
            type="checkbox",
            checked=state.selected.contains(row.id.to_string()),
            on_change=lambda _value: state.toggle_row(row.id.to_string()),
            aria_label=tr("common.list.select_row"),
        )
        cells.append(rx.el.td(box, class_name="tick"))
    for index, column in enumerate(columns):
        content = column.cell(row)
        if index == 0:
            if href is not None:
                content = rx.el.a(content, href=href(row), class_name="row-link")
            elif on_row is not None:
                content = rx.el.button(
                    content, type="button", class_name="sort row-link", on_click=on_row(row)
                )
        names = ["n" if column.numeric else "", "first" if index == 0 else ""]
        cell = labelled(column.head, content, class_name=" ".join(name for name in names if name))
        cells.append(column.only_shown(cell))
    if row_menu is not None:
        cells.append(rx.el.td(row_menu(row), class_name="act"))
    attrs = {"data-selected": rx.cond(state.selected.contains(row.id.to_string()), "true", "false")}
    return rx.el.tr(*cells, key=row.id.to_string(), custom_attrs=attrs if ticks else {})


def _with_heading(
    row: Any, shown: rx.Component, heading: Callable[[Any], rx.Component] | None, width: int
) -> rx.Component:
    if heading is None:
        return shown
    cell = rx.el.th(heading(row), col_span=width, scope="rowgroup", class_name="group")
    return rx.fragment(
        rx.cond(row.heading != "", rx.el.tr(cell, class_name="group-row")), shown, key=row.id.to_string()
    )


def _total_row(
    columns: Sequence[Column], total: Sequence[Any] | None, ticks: bool, acts: bool
) -> rx.Component | None:
    if total is None:
        return None
    cells = [rx.el.td(class_name="blank")] if ticks else []
    for column, value in zip(columns, total, strict=True):
        names = ["n" if column.numeric else "", "blank" if value is None else ""]
        attrs = {"data-label": column.head} if value is not None else {}
        cell = rx.el.td(value, class_name=" ".join(n for n in names if n), custom_attrs=attrs)
        cells.append(column.only_shown(cell))
    if acts:
        cells.append(rx.el.td(class_name="blank"))
    return rx.el.tfoot(rx.el.tr(*cells))


def _bulk_bar(state: Any, actions: Sequence[rx.Component]) -> rx.Component:
    count = state.selected.length()
    return rx.cond(
        count > 0,
        rx.el.div(
            rx.el.span(tr("common.list.selected", n=count), class_name="grow", aria_live="polite"),
            *actions,
            button(tr("common.list.unselect"), kind="quiet", size="s", on_click=state.clear_selection),
            class_name="bulk",
            role="region",
            aria_label=tr("common.list.bulk"),
        ),
    )


def pager(state: Any) -> rx.Component:
    return Pager.create(
        page=state.page,
        pages=state.pages,
        label=tr(
            "common.list.range",
            n=state.total,
            first=state.first_text,
            last=state.last_text,
            n_text=state.total_text,
        ),
        previous=tr("common.list.previous"),
        next=tr("common.list.next"),
    )
