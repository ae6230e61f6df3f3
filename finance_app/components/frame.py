"""The frame of every page: navigation, head, and what stands in place of a page that cannot be shown."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import reflex as rx

from finance_app import routes
from finance_app.components.native import (
    CommandPalette,
    DrawerButton,
    MenuLabel,
    NativeForm,
    NavLink,
    PageEffects,
    PaletteButton,
    Ready,
    Scrim,
    Started,
    native_link,
)
from finance_app.components.parts import link_button, menu, reaches, skeleton_rows
from finance_app.components.text import tr
from finance_app.domain.permissions import Permission
from finance_app.states.notices import Bell
from finance_app.states.session import Session


@dataclass(frozen=True)
class NavEntry:
    """An entry of the side bar; its text is `shell.nav.<name>`. `under` is where its pages lie, if not
    below `href`: addresses with a space between."""

    name: str
    href: str
    icon: str
    permission: Permission
    under: str = ""


_INVOICING = f"{routes.INVOICES} {routes.PAYMENTS} {routes.CREDIT_NOTES}"
_SELLING = f"{routes.ESTIMATES} {routes.SALES_ORDERS}"

# In the order of the side bar. An entry is added together with its page.
NAVIGATION = [
    NavEntry("overview", routes.OVERVIEW, "layout-dashboard", Permission.OVERVIEW_VIEW),
    NavEntry("projects", routes.PROJECTS, "folder", Permission.PROJECTS_VIEW),
    NavEntry("time", routes.TIME, "clock", Permission.TIME_VIEW),
    NavEntry("invoices", routes.INVOICES, "receipt-text", Permission.INVOICES_VIEW, _INVOICING),
    NavEntry("estimates", routes.ESTIMATES, "file-pen-line", Permission.INVOICES_VIEW, _SELLING),
    NavEntry("expenses", routes.EXPENSES, "receipt", Permission.EXPENSES_VIEW),
    NavEntry("clients", routes.CLIENTS, "users", Permission.CLIENTS_VIEW),
    NavEntry("reports", routes.REPORTS, "chart-column", Permission.FINANCE_VIEW),
    NavEntry("marketplace", routes.MARKETPLACE, "blocks", Permission.INTEGRATION_EDIT),
    NavEntry("settings", routes.SETTINGS_PROFILE, "settings", Permission.PROFILE_EDIT, routes.SETTINGS),
]

# Pages that only the command palette offers: text key, address, permission.
PALETTE_PAGES = [
    ("estimate.new", routes.ESTIMATE_NEW, Permission.INVOICES_EDIT),
    ("sales_order.title", routes.SALES_ORDERS, Permission.INVOICES_VIEW),
    ("sales_order.new", routes.SALES_ORDER_NEW, Permission.INVOICES_EDIT),
    ("payment.title", routes.PAYMENTS, Permission.PAYMENTS_VIEW),
    ("payment.new.title", routes.PAYMENT_NEW, Permission.PAYMENTS_EDIT),
    ("credit_note.title", routes.CREDIT_NOTES, Permission.INVOICES_VIEW),
    ("expense.new", routes.EXPENSE_NEW, Permission.EXPENSES_EDIT),
    ("expense.report.title", routes.REPORT_EXPENSES, Permission.EXPENSES_VIEW),
    ("expense.categories.title", routes.SETTINGS_EXPENSES, Permission.SETTINGS_EDIT),
    ("project.new.title", routes.PROJECT_NEW, Permission.PROJECTS_EDIT),
    ("client.new.title", routes.CLIENT_NEW, Permission.CLIENTS_EDIT),
    ("profit.title", routes.PROFITABILITY, Permission.FINANCE_VIEW),
    ("time.week.title", routes.TIME_WEEK, Permission.TIME_VIEW),
    ("time.approvals.title", routes.TIME_APPROVALS, Permission.TIME_APPROVE),
    ("time_import.wizard", routes.TIME_IMPORT_NEW, Permission.TIME_IMPORT),
    ("time_import.title", routes.TIME_IMPORTS, Permission.TIME_IMPORT),
    ("settings.company.title", routes.SETTINGS_COMPANY, Permission.SETTINGS_EDIT),
    ("settings.documents.title", routes.SETTINGS_DOCUMENTS, Permission.SETTINGS_EDIT),
    ("settings.taxes.title", routes.SETTINGS_TAXES, Permission.SETTINGS_EDIT),
    ("settings.items.title", routes.SETTINGS_ITEMS, Permission.SETTINGS_EDIT),
    ("person.title", routes.PEOPLE, Permission.PEOPLE_VIEW),
    ("person.new.title", routes.PERSON_NEW, Permission.PEOPLE_EDIT),
    ("profile.title", routes.SETTINGS_PROFILES, Permission.PROFILES_EDIT),
    ("zoho.errors.title", routes.ZOHO_ERRORS, Permission.INTEGRATION_EDIT),
    ("audit.title", routes.SETTINGS_AUDIT, Permission.AUDIT_VIEW),
    ("account.settings.title", routes.SETTINGS_SECURITY, Permission.SETTINGS_EDIT),
    ("shell.profile", routes.SETTINGS_PROFILE, Permission.PROFILE_EDIT),
]

SOURCES = (
    "clients",
    "projects",
    "estimates",
    "sales_orders",
    "invoices",
    "expenses",
    "payments",
    "credit_notes",
    "people",
)


def page(
    title: Any,
    *children: Any,
    context: Any = None,
    primary: Any = None,
    more: Sequence[rx.Component] = (),
    actions: Sequence[rx.Component] = (),
    crumb: tuple[Any, Any] | None = None,
    badge: Any = None,
    tabs: Any = None,
    window_title: Any = None,
) -> rx.Component:
    """A page: its title, one line of context, one primary action, the rest in a menu (`more`).

    `crumb` is (text, address) of the list it belongs to. `actions` stand beside the primary one.
    The children show when the data of this address is loaded.
    """
    head = _head(
        title, context=context, primary=primary, more=more, actions=actions, crumb=crumb, badge=badge
    )
    body = rx.match(
        Session.page_state,
        ("denied", not_allowed()),
        ("missing", missing()),
        ("refused", refused()),
        ("failed", failed()),
        rx.fragment(head, *([tabs] if tabs is not None else []), *children),
    )
    return frame(
        Ready.create(body, path=Session.page_path, skeleton=skeleton_rows(), on_stray=Session.load_again),
        title=title if window_title is None else window_title,
    )


def frame(*children: Any, title: Any) -> rx.Component:
    """Navigation around any content."""
    return Started.create(
        page_effects(title),
        rx.el.a(tr("shell.skip"), href="#main", class_name="skip"),
        _topbar(),
        rx.el.div(
            Scrim.create(label=tr("shell.close_menu")),
            _side(),
            rx.el.div(
                _demo_bar(),
                rx.el.main(*children, id="main", tab_index=-1, class_name="content"),
                class_name="stage",
            ),
            class_name="app",
        ),
        NativeForm.create(
            rx.el.input(type="hidden", name="form_token", value=Session.form_token, read_only=True),
            action=routes.DO_LOGOUT,
            method="post",
            id="logout",
        ),
        _palette(),
    )


def page_effects(title: Any) -> rx.Component:
    """What every page does outside its own box: language, theme, title of the window, toasts."""
    return PageEffects.create(locale=Session.locale, theme=Session.theme, title=title, notice=Session.notice)


def permitted_tabs(*tabs: tuple[Any, str, Permission]) -> rx.Component:
    """A tab bar of those pages that the person may open: text, address, permission."""
    links = [
        rx.cond(
            Session.permissions.contains(str(permission)),
            NavLink.create(text, to=href, end=True, class_name="tab"),
        )
        for text, href, permission in tabs
    ]
    return rx.el.nav(*links, class_name="tabs", aria_label=tr("shell.sections"))


def tab_bar(*tabs: tuple[Any, Any], label: Any = None) -> rx.Component:
    """Tabs that are pages of their own: pairs of text and address."""
    return rx.el.nav(
        *[NavLink.create(text, to=href, end=True, class_name="tab") for text, href in tabs],
        class_name="tabs",
        aria_label=tr("shell.sections") if label is None else label,
    )


def _head(
    title: Any,
    *,
    context: Any,
    primary: Any,
    more: Sequence[Any],
    actions: Sequence[Any],
    crumb: Any,
    badge: Any,
) -> rx.Component:
    lines: list[Any] = []
    if crumb is not None:
        text, href = crumb
        lines.append(
            rx.el.a(rx.icon("chevron-left", size=14, aria_hidden=True), text, href=href, class_name="crumb")
        )
    lines.append(rx.el.div(rx.el.h1(title), badge, class_name="title-line"))
    if context is not None:
        lines.append(rx.el.p(context, class_name="context"))
    buttons = [*actions]
    if more:
        buttons.append(menu(*more))
    if primary is not None:
        buttons.append(primary)
    return rx.el.header(
        rx.el.div(*lines, class_name="grow"),
        rx.el.div(*buttons, class_name="actions") if buttons else None,
        class_name="page-head",
    )


def _brand() -> rx.Component:
    return rx.el.a(
        rx.el.span("M", class_name="brand-mark", aria_hidden="true"),
        rx.el.span("Marge", class_name="brand-name"),
        href=routes.OVERVIEW,
        class_name="brand",
    )


def _topbar() -> rx.Component:
    return rx.el.header(
        DrawerButton.create(
            rx.icon("menu", size=20, aria_hidden=True),
            label=tr("shell.menu"),
            class_name="btn btn-quiet btn-icon",
        ),
        _brand(),
        rx.el.span(class_name="grow"),
        _bell("btn btn-quiet btn-icon"),
        PaletteButton.create(
            rx.icon("search", size=18, aria_hidden=True),
            label=tr("shell.search"),
            class_name="btn btn-quiet btn-icon",
        ),
        class_name="topbar",
    )


def _side() -> rx.Component:
    links = [
        rx.cond(
            reaches(entry.permission),
            NavLink.create(
                rx.icon(entry.icon, size=17, aria_hidden=True),
                rx.el.span(tr(f"shell.nav.{entry.name}"), class_name="label"),
                *_nav_count(entry),
                to=entry.href,
                under=entry.under,
                end=entry.href == routes.OVERVIEW,
                class_name="nav-link",
                custom_attrs={"title": tr(f"shell.nav.{entry.name}")},
            ),
        )
        for entry in NAVIGATION
    ]
    search = PaletteButton.create(
        rx.icon("search", size=15, aria_hidden=True),
        rx.el.span(tr("shell.search"), class_name="label"),
        rx.el.span("Ctrl K", class_name="kbd", aria_hidden="true"),
        label=tr("shell.search"),
        class_name="side-search",
    )
    return rx.el.aside(
        _brand(),
        search,
        rx.el.nav(*links, class_name="nav", aria_label=tr("shell.navigation")),
        rx.el.div(
            _bell("nav-link", rx.el.span(tr("notice.title"), class_name="label")),
            _user_menu(),
            class_name="side-foot",
        ),
        class_name="side",
        id="side",
        aria_label=tr("shell.side"),
    )


def _nav_count(entry: NavEntry) -> list[rx.Component]:
    """How many errors of the sync wait for somebody, beside the marketplace."""
    if entry.name != "marketplace":
        return []
    word = rx.cond(Bell.sync_errors == "1", tr("zoho.page.error_word"), tr("zoho.page.errors_word"))
    count = rx.el.span(
        Bell.sync_errors,
        rx.el.span(" ", word, class_name="sr-only"),
        class_name="bell-count",
    )
    return [rx.cond(Bell.sync_errors != "", count)]


def _bell(class_name: str, *label: rx.Component) -> rx.Component:
    """The way to the notices, with how many are unread."""
    count = Bell.unread
    return NavLink.create(
        rx.icon("bell", size=17, aria_hidden=True),
        *label,
        rx.cond(count != "", rx.el.span(count, class_name="bell-count", aria_hidden="true")),
        to=routes.NOTICES,
        end=True,
        class_name=class_name,
        custom_attrs={
            "title": tr("notice.title"),
            "aria-label": rx.cond(count != "", tr("notice.bell", n_text=count), tr("notice.title")),
        },
    )


def _choice(text: Any, chosen: Any, on_select: Any) -> rx.Component:
    mark = rx.cond(chosen, rx.icon("check", size=15, aria_hidden=True), rx.el.span(style={"width": "15px"}))
    return rx.dropdown_menu.item(mark, text, on_select=on_select)


def _user_menu() -> rx.Component:
    trigger = rx.el.button(
        rx.el.span(Session.user_initials, class_name="avatar", aria_hidden="true"),
        rx.el.span(
            rx.el.b(Session.user_name, class_name="truncate"),
            rx.el.span(Session.profile, class_name="truncate"),
            class_name="user-text",
        ),
        type="button",
        class_name="user-button",
        aria_label=tr("shell.user_menu", name=Session.user_name),
    )
    return rx.dropdown_menu.root(
        rx.dropdown_menu.trigger(trigger),
        rx.dropdown_menu.content(
            rx.dropdown_menu.item(rx.el.a(tr("shell.profile"), href=routes.SETTINGS_PROFILE), as_child=True),
            rx.dropdown_menu.separator(),
            MenuLabel.create(tr("shell.language")),
            _choice("English", Session.locale == "en", Session.set_locale("en")),
            _choice("Français", Session.locale == "fr", Session.set_locale("fr")),
            rx.dropdown_menu.separator(),
            MenuLabel.create(tr("shell.theme")),
            *[
                _choice(tr(f"shell.theme_{name}"), Session.theme == name, Session.set_theme(name))
                for name in ("system", "light", "dark")
            ],
            rx.dropdown_menu.separator(),
            rx.dropdown_menu.item(
                rx.el.button(tr("shell.log_out"), type="submit", form="logout", style={"border": "0"}),
                as_child=True,
            ),
            side="top",
            align="start",
            size="2",
            variant="soft",
        ),
        modal=False,
    )


def _demo_bar() -> rx.Component:
    return rx.cond(
        Session.demo,
        rx.el.aside(
            rx.el.span(tr("shell.demo.text")),
            rx.cond(
                Session.permissions.contains(str(Permission.MAIL_VIEW)),
                native_link(
                    tr("shell.demo.mailbox"), href=routes.DEMO_MAILBOX, target="_blank", rel="noopener"
                ),
            ),
            class_name="demo-bar",
            aria_label="Demo",
        ),
    )


def _palette() -> rx.Component:
    entries = [(f"shell.nav.{entry.name}", entry.href, entry.permission) for entry in NAVIGATION]
    pages = [
        {
            "label": rx.cond(reaches(permission), tr(key), ""),
            "href": href,
        }
        for key, href, permission in [*entries, *PALETTE_PAGES]
    ]
    labels: dict[str, Any] = {
        "title": tr("shell.palette.title"),
        "placeholder": tr("shell.palette.placeholder"),
        "searching": tr("common.select.searching"),
        "nothing": tr("common.select.nothing"),
        "pages": tr("shell.palette.pages"),
        **{source: tr(f"shell.palette.{source}") for source in SOURCES},
    }
    return CommandPalette.create(pages=pages, labels=labels)


def _home() -> rx.Component:
    return link_button(tr("shell.back_home"), href=routes.OVERVIEW, kind="primary")


def not_allowed() -> rx.Component:
    return _instead("lock", tr("shell.denied.title"), tr("shell.denied.text"))


def missing() -> rx.Component:
    return _instead("search-x", tr("shell.missing.title"), tr("shell.missing.text"))


def refused() -> rx.Component:
    return _instead("circle-alert", tr("shell.refused.title"), Session.page_message)


def failed() -> rx.Component:
    text = tr("shell.failed.text", reference=Session.page_message)
    return _instead("triangle-alert", tr("shell.failed.title"), text)


def _instead(icon: str, title: Any, text: Any) -> rx.Component:
    return rx.el.div(
        rx.el.div(
            rx.el.div(rx.icon(icon, size=22, aria_hidden=True), class_name="empty-icon"),
            rx.el.h1(title, class_name="section-title"),
            rx.el.p(text),
            rx.el.div(_home(), class_name="row"),
            class_name="empty",
        ),
    )
