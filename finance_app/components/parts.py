"""Small parts that every page uses: buttons, badges, figures, facts, notices, menus."""

from collections.abc import Sequence
from typing import Any

import reflex as rx

from finance_app.components.text import tr
from finance_app.domain.permissions import Permission
from finance_app.states.session import Session

# The colour of a state, as DESIGN has it; a word always stands beside it.
TONES: dict[str, str] = {
    "draft": "gray",
    "open": "gray",
    "inactive": "gray",
    "archived": "gray",
    "closed": "gray",
    "on_hold": "amber",
    "at_risk": "amber",
    "submitted": "blue",
    "sent": "blue",
    "issued": "blue",
    "pending": "blue",
    "sending": "blue",
    "viewed": "violet",
    "partially_invoiced": "amber",
    "invoiced": "green",
    "superseded": "struck",
    "partially_paid": "amber",
    "active": "green",
    "approved": "green",
    "accepted": "green",
    "paid": "green",
    "done": "green",
    "surplus": "green",
    "overdue": "red",
    "declined": "red",
    "rejected": "red",
    "failed": "red",
    "overrun": "red",
    "void": "struck",
    "expired": "struck",
    "cancelled": "struck",
}


def badge(text: Any, tone: Any = "gray") -> rx.Component:
    """A word in a soft colour: gray, blue, violet, amber, green, red or struck."""
    return rx.el.span(text, class_name="badge", custom_attrs={"data-tone": tone})


def status(state: Any, prefix: str) -> rx.Component:
    """The badge of a state: its word is the text `<prefix>.<state>`, its colour that of TONES."""
    if isinstance(state, str):
        return badge(tr(f"{prefix}.{state}"), TONES.get(state, "gray"))
    tone = rx.match(state, *[(name, tone) for name, tone in TONES.items() if tone != "gray"], "gray")
    return badge(tr(prefix + "." + state), tone)


def button(*children: Any, kind: str = "", icon: str = "", size: str = "", **props: Any) -> rx.Component:
    """A button; `kind` is primary, danger or quiet. `disabled` and `on_click` as usual."""
    props.setdefault("type", "button")
    names = ["btn", f"btn-{kind}" if kind else "", f"btn-{size}" if size else "", props.pop("class_name", "")]
    inside = [rx.icon(icon, size=16, aria_hidden=True)] if icon else []
    return rx.el.button(*inside, *children, class_name=" ".join(n for n in names if n), **props)


def icon_button(icon: str, label: Any, *, size: str = "", **props: Any) -> rx.Component:
    """A button with a picture only; its label is read aloud and shown on hover."""
    return button(
        rx.icon(icon, size=16, aria_hidden=True),
        kind="quiet",
        size=size,
        class_name="btn-icon",
        aria_label=label,
        title=label,
        **props,
    )


def link_button(*children: Any, href: Any, kind: str = "", icon: str = "", **props: Any) -> rx.Component:
    """A link inside the app that looks like a button."""
    inside = [rx.icon(icon, size=16, aria_hidden=True)] if icon else []
    name = f"btn btn-{kind}" if kind else "btn"
    return rx.el.a(*inside, *children, href=href, class_name=name, **props)


def menu(*items: rx.Component, label: Any = None, icon: str = "ellipsis") -> rx.Component:
    """The menu of the actions that come second. Items by `menu_item`."""
    name = tr("common.more_actions") if label is None else label
    return rx.dropdown_menu.root(
        rx.dropdown_menu.trigger(
            rx.el.button(
                rx.icon(icon, size=16, aria_hidden=True),
                class_name="btn btn-icon",
                type="button",
                aria_label=name,
                title=name,
            )
        ),
        rx.dropdown_menu.content(*items, align="end", size="2", variant="soft"),
        modal=False,
    )


def menu_item(text: Any, *, icon: str = "", danger: bool = False, **props: Any) -> rx.Component:
    inside = [rx.icon(icon, size=15, aria_hidden=True)] if icon else []
    if danger:
        props["color"] = "red"
    return rx.dropdown_menu.item(*inside, text, **props)


def menu_link(child: rx.Component) -> rx.Component:
    """A menu entry that is a link: pass an `rx.el.a`, a NativeLink or an ExportLink."""
    return rx.dropdown_menu.item(child, as_child=True)


def allowed(permission: Permission, *children: Any) -> rx.Component:
    """Shows its children to those who hold the permission. It hides only: the handler decides."""
    return rx.cond(Session.permissions.contains(str(permission)), rx.fragment(*children))


# Lists that hold something for whoever has the permission for a single project only.
_LISTED = (
    Permission.PROJECTS_VIEW,
    Permission.TIME_VIEW,
    Permission.TIME_APPROVE,
    Permission.EXPENSES_VIEW,
    Permission.INVOICES_VIEW,
)


def reaches(permission: Permission) -> rx.Var[bool]:
    """Whether the list that a permission opens has something for the person."""
    held = Session.reach if permission in _LISTED else Session.permissions
    return held.contains(str(permission))


def money(text: Any, *, strong: bool = False) -> rx.Component:
    """An amount, already formatted, in tabular figures."""
    return rx.el.span(text, class_name="num strong" if strong else "num")


def tile(
    label: Any, value: Any, *, note: Any = None, tone: Any = None, href: Any = None, hint: Any = None
) -> rx.Component:
    """A figure: label, number, and the change or remark below. With `href` it opens its rows."""
    parts = [
        rx.el.span(label, class_name="tile-label"),
        rx.el.span(value, class_name="tile-value", style={"--characters": _longest_line(value)}),
    ]
    if note is not None:
        attrs = {"data-tone": tone} if tone is not None else {}
        parts.append(rx.el.span(note, class_name="tile-note", custom_attrs=attrs))
    title = {"title": hint} if hint is not None else {}
    if href is not None:
        return rx.el.a(*parts, href=href, class_name="tile", **title)
    return rx.el.div(*parts, class_name="tile", **title)


def _longest_line(value: Any) -> rx.Var:
    """How many characters wide a figure is: its size follows, so that no number breaks."""
    text = rx.Var.create(value)
    return rx.Var(
        f"Math.max(...String({text}).split('\\n').map((line) => line.length))",
        _var_data=text._get_all_var_data(),
    )


def tiles(*children: rx.Component) -> rx.Component:
    return rx.el.div(*children, class_name="tiles")


def panel(
    title: Any, *children: Any, actions: Sequence[rx.Component] = (), flush: bool = False
) -> rx.Component:
    """A titled box. `flush` leaves out the padding, for a table or list that has its own."""
    head = rx.el.div(
        rx.el.h2(title), rx.el.div(*actions, class_name="row") if actions else None, class_name="panel-head"
    )
    body = rx.el.div(*children, class_name="" if flush else "panel-body")
    return rx.el.section(head, body, class_name="panel")


def facts(*pairs: tuple[Any, Any], below: Sequence[tuple[Any, Any]] = ()) -> rx.Component:
    """Names and values beneath each other; a value that is an empty var shows a dash. Those of `below` have
    the whole width for their value, as addresses need it."""
    inside: list[rx.Component] = []
    for place, (name, value) in enumerate((*pairs, *below)):
        shown = rx.cond(value != "", value, "–") if isinstance(value, rx.Var) else value
        wide = "wide" if place >= len(pairs) else ""
        inside += [rx.el.dt(name, class_name=wide), rx.el.dd(shown, class_name=wide)]
    return rx.el.dl(*inside, class_name="facts")


def labelled(label: Any, *children: Any, **props: Any) -> rx.Component:
    """A cell of a table that becomes cards on a narrow screen, where its label stands beside it."""
    return rx.el.td(*children, custom_attrs={"data-label": label}, **props)


def facts_of(rows: Any) -> rx.Component:
    """The rows of a list var, each with a `name` and its `value`."""

    def pair(row: Any) -> rx.Component:
        return rx.fragment(rx.el.dt(row.name), rx.el.dd(row.value))

    return rx.el.dl(rx.foreach(rows, pair), class_name="facts")


def notice(*children: Any, tone: str = "blue", icon: str = "info") -> rx.Component:
    """A remark in the flow of a page; red for a fault, amber for a warning, green for a success."""
    role = {"role": "alert"} if tone == "red" else {}
    return rx.el.div(
        rx.icon(icon, size=16, aria_hidden=True),
        rx.el.div(*children, class_name="grow"),
        class_name="notice",
        custom_attrs={"data-tone": tone},
        **role,
    )


def empty(title: Any, text: Any, *actions: rx.Component, icon: str = "inbox") -> rx.Component:
    """What stands where nothing is yet: why, and what to do next."""
    return rx.el.div(
        rx.el.div(rx.icon(icon, size=22, aria_hidden=True), class_name="empty-icon"),
        rx.el.h2(title),
        rx.el.p(text),
        rx.el.div(*actions, class_name="row wrap") if actions else None,
        class_name="empty",
    )


def timeline(entries: Any, text: Any, changes: Any = None) -> rx.Component:
    """What happened, newest first. `entries` is a list var, `text(entry)` gives (what, when and who),
    `changes(entry)` the lines that say what changed."""

    def item(entry: Any) -> rx.Component:
        what, when = text(entry)
        told = [rx.el.div(what), rx.el.div(when, class_name="when")]
        if changes is not None:
            told.append(changed_lines(changes(entry)))
        return rx.el.li(rx.el.div(*told))

    return rx.el.ol(rx.foreach(entries, item), class_name="timeline")


def changed_lines(lines: Any) -> rx.Component:
    """The changes of an event, folded away."""
    return rx.cond(
        lines,
        rx.el.details(
            rx.el.summary(tr("invoice.conflict.changes"), class_name="link small"),
            rx.el.ul(rx.foreach(lines, lambda text: rx.el.li(text)), class_name="changes small"),
        ),
    )


def line_pager(state: Any, show: Any) -> rx.Component:
    """Back and forth in the lines of a long document: `state` has line_page and line_pages."""
    return rx.cond(
        state.line_pages > 1,
        rx.el.div(
            icon_button(
                "chevron-left",
                tr("common.back"),
                disabled=state.line_page <= 1,
                on_click=show(state.line_page - 1),
            ),
            rx.el.span(
                tr("invoice.line_page", page=state.line_page, pages=state.line_pages),
                class_name="small muted",
            ),
            icon_button(
                "chevron-right",
                tr("common.next"),
                disabled=state.line_page >= state.line_pages,
                on_click=show(state.line_page + 1),
            ),
            class_name="row panel-body",
        ),
    )


def skeleton_rows(count: int = 8) -> rx.Component:
    return rx.el.div(
        rx.el.div(class_name="bone", style={"height": "28px", "width": "220px"}),
        rx.el.div(class_name="bone", style={"height": "32px", "width": "100%"}),
        *[rx.el.div(class_name="bone", style={"height": "32px", "width": "100%"}) for _ in range(count)],
        class_name="skeleton",
        aria_hidden="true",
    )
