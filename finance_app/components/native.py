"""Thin wrappers: plain HTML where Reflex would take over, and our own components in `assets/*.js`."""

from typing import Any

import reflex as rx
from reflex_components_radix.themes.base import RadixThemesComponent


class NativeForm(rx.el.Div):
    """A form that the browser itself posts; `rx.form` would keep it."""

    tag = "form"
    action: rx.Var[str]
    method: rx.Var[str]
    target: rx.Var[str]


class NativeLink(rx.el.Div):
    """A link that leaves the app: a download, a public page, an address outside."""

    tag = "a"
    href: rx.Var[str]
    download: rx.Var[bool]
    target: rx.Var[str]
    rel: rx.Var[str]


class MenuLabel(RadixThemesComponent):
    """A heading inside a menu, which Reflex does not wrap."""

    tag = "DropdownMenu.Label"


class PageEffects(rx.Component):
    library = "$/public/shell"
    tag = "PageEffects"
    locale: rx.Var[str]
    theme: rx.Var[str]
    title: rx.Var[str]
    notice: rx.Var[dict[str, str]]


class Leave(rx.Component):
    """Sends the browser to an address outside the app's pages, as soon as there is one."""

    library = "$/public/shell"
    tag = "Leave"
    href: rx.Var[str]


class Started(rx.Component):
    """Waits with its children until the browser has taken over from the HTML of the build."""

    library = "$/public/shell"
    tag = "Started"


class Ready(rx.Component):
    """Shows its children once the data of the present address is there, until then the skeleton.

    `on_stray` fires when data of another address took the place of what was shown: an event of the page
    before that ended late.
    """

    library = "$/public/shell"
    tag = "Ready"
    path: rx.Var[str]
    skeleton: rx.Var[rx.Component]
    on_stray: rx.EventHandler[rx.event.no_args_event_spec]


class InView(rx.Component):
    """Makes its children only when they scroll into view: for charts and previews."""

    library = "$/public/shell"
    tag = "InView"
    min_height: rx.Var[int]


class Hotkey(rx.Component):
    """`combo` as in `mod+enter` or `n`; keys without `mod` are left alone while somebody types."""

    library = "$/public/shell"
    tag = "Hotkey"
    combo: rx.Var[str]
    on_trigger: rx.EventHandler[rx.event.no_args_event_spec]


class NavLink(rx.Component):
    """A link inside the app that knows when it is the present page, or one below (class `active`,
    aria-current). `under` are the addresses whose pages count, with a space between, where not
    those below `to`."""

    library = "$/public/shell"
    tag = "NavLink"
    to: rx.Var[str]
    under: rx.Var[str]
    end: rx.Var[bool]


class DrawerButton(rx.Component):
    library = "$/public/shell"
    tag = "DrawerButton"
    label: rx.Var[str]


class Scrim(rx.Component):
    library = "$/public/shell"
    tag = "Scrim"
    label: rx.Var[str]


class PaletteButton(rx.Component):
    library = "$/public/shell"
    tag = "PaletteButton"
    label: rx.Var[str]


class CommandPalette(rx.Component):
    library = "$/public/shell"
    tag = "CommandPalette"
    pages: rx.Var[list[dict[str, str]]]
    labels: rx.Var[dict[str, str]]


class SearchBox(rx.Component):
    library = "$/public/list"
    tag = "SearchBox"
    label: rx.Var[str]
    name: rx.Var[str]


class FilterSelect(rx.Component):
    library = "$/public/list"
    tag = "FilterSelect"
    name: rx.Var[str]
    label: rx.Var[str]
    options: rx.Var[list[dict[str, str]]]


class FilterDate(rx.Component):
    library = "$/public/list"
    tag = "FilterDate"
    name: rx.Var[str]
    label: rx.Var[str]


class FilterSearch(rx.Component):
    """A filter that searches on the server; `chosen` is the text of the choice in the address."""

    library = "$/public/list"
    tag = "FilterSearch"
    name: rx.Var[str]
    label: rx.Var[str]
    source: rx.Var[str]
    scope: rx.Var[str]
    chosen: rx.Var[str]
    labels: rx.Var[dict[str, str]]


class FilterTabs(rx.Component):
    """A filter of few choices as tabs; `options` are {value, label, count}, the empty value is no filter."""

    library = "$/public/list"
    tag = "FilterTabs"
    name: rx.Var[str]
    label: rx.Var[str]
    options: rx.Var[list[dict[str, str]]]


class Segments(rx.Component):
    """A choice of few, kept in the address; `options` are {value, label}, the empty value is the usual."""

    library = "$/public/list"
    tag = "Segments"
    name: rx.Var[str]
    label: rx.Var[str]
    value: rx.Var[str]
    options: rx.Var[list[dict[str, str]]]


class Unfold(rx.Component):
    """Shows or hides the parts of a row; which are shown stands in the address as `open`."""

    library = "$/public/list"
    tag = "Unfold"
    key_name: rx.Var[str]
    label: rx.Var[str]
    is_open: rx.Var[bool]
    all: rx.Var[bool]


class UnfoldAll(rx.Component):
    library = "$/public/list"
    tag = "UnfoldAll"
    label: rx.Var[str]
    close: rx.Var[str]
    is_open: rx.Var[bool]


class ClearFilters(rx.Component):
    library = "$/public/list"
    tag = "ClearFilters"
    label: rx.Var[str]
    names: rx.Var[list[str]]


class SortHead(rx.Component):
    library = "$/public/list"
    tag = "SortHead"
    name: rx.Var[str]
    label: rx.Var[str]
    sort: rx.Var[str]
    descending: rx.Var[bool]


class Pager(rx.Component):
    library = "$/public/list"
    tag = "Pager"
    page: rx.Var[int]
    pages: rx.Var[int]
    label: rx.Var[str]
    previous: rx.Var[str]
    next: rx.Var[str]


class ExportLink(rx.Component):
    library = "$/public/list"
    tag = "ExportLink"
    href: rx.Var[str]
    within: rx.Var[str]


def _picked(row_id: rx.Var[str], label: rx.Var[str]) -> tuple[rx.Var[str], rx.Var[str]]:
    return (row_id, label)


def _text(text: rx.Var[str]) -> tuple[rx.Var[str]]:
    return (text,)


class SearchSelectInput(rx.Component):
    library = "$/public/fields"
    tag = "SearchSelect"
    name: rx.Var[str]
    source: rx.Var[str]
    scope: rx.Var[str]
    value: rx.Var[str]
    value_label: rx.Var[str]
    placeholder: rx.Var[str]
    labels: rx.Var[dict[str, str]]
    required: rx.Var[bool]
    invalid: rx.Var[bool]
    disabled: rx.Var[bool]
    described_by: rx.Var[str]
    on_pick: rx.EventHandler[_picked]
    on_create: rx.EventHandler[_text]


class UploadInput(rx.Component):
    library = "$/public/upload"
    tag = "Upload"
    url: rx.Var[str]
    accept: rx.Var[str]
    max_bytes: rx.Var[int]
    labels: rx.Var[dict[str, str]]
    on_done: rx.EventHandler[_text]


class ReceiptsInput(rx.Component):
    """Receipts to an own route: by camera, file, drop or paste; `on_done` gets the answer of each."""

    library = "$/public/receipts"
    tag = "Receipts"
    url: rx.Var[str]
    accept: rx.Var[str]
    max_bytes: rx.Var[int]
    labels: rx.Var[dict[str, str]]
    compact: rx.Var[bool]
    on_done: rx.EventHandler[_text]


def _cell(
    key: rx.Var[str], text: rx.Var[str], seen: rx.Var[str]
) -> tuple[rx.Var[str], rx.Var[str], rx.Var[str]]:
    return (key, text, seen)


class WeekCell(rx.Component):
    """A cell of the week grid; what is typed stays in it until it is saved."""

    library = "$/public/week"
    tag = "WeekCell"
    cell: rx.Var[str]
    value: rx.Var[str]
    seen: rx.Var[str]
    lock: rx.Var[str]
    lock_text: rx.Var[str]
    label: rx.Var[str]
    count: rx.Var[int]
    href: rx.Var[str]
    several: rx.Var[str]
    unsaved: rx.Var[str]
    error: rx.Var[str]
    saved: rx.Var[int]
    read_only: rx.Var[bool]
    on_save: rx.EventHandler[_cell]
    on_give_up: rx.EventHandler[_text]


def _two_texts(first: rx.Var[str], second: rx.Var[str]) -> tuple[rx.Var[str], rx.Var[str]]:
    return (first, second)


class EmailPreview(rx.Component):
    """An e-mail as it will arrive; `on_typed(subject, body)` is called while one types in `fields`."""

    library = "$/public/email"
    tag = "EmailPreview"
    label: rx.Var[str]
    subject: rx.Var[str]
    html: rx.Var[str]
    fields: rx.Var[list[str]]
    on_typed: rx.EventHandler[_two_texts]


class AddressChips(rx.Component):
    """Addresses to add to the field with the id `field` by a click."""

    library = "$/public/email"
    tag = "AddressChips"
    label: rx.Var[str]
    field: rx.Var[str]
    addresses: rx.Var[list[str]]


def _place(line: rx.Var[int], position: rx.Var[int]) -> tuple[rx.Var[int], rx.Var[int]]:
    return (line, position)


class MoveHandle(rx.Component):
    """Moves the row of an ordered list that it stands in, by dragging or with the arrow keys."""

    library = "$/public/lines"
    tag = "MoveHandle"
    line: rx.Var[int]
    position: rx.Var[int]
    label: rx.Var[str]
    on_move: rx.EventHandler[_place]


def native_link(*children: Any, href: Any, **props: Any) -> rx.Component:
    return NativeLink.create(*children, href=href, **props)
