import reflex as rx

from finance_app import routes
from finance_app.components.dialog import confirm
from finance_app.components.frame import page
from finance_app.components.parts import allowed, badge, button, empty, link_button
from finance_app.components.table import Column, data_table, export_items, filter_select, toolbar
from finance_app.components.text import tr
from finance_app.domain.permissions import Permission
from finance_app.states.clients.page import ClientList, ClientRow


def clients() -> rx.Component:
    return page(
        tr("client.title"),
        toolbar(
            filter_select(
                "state",
                tr("client.state.active"),
                [("archived", tr("client.state.archived")), ("all", tr("client.state.all"))],
            ),
            filter_select("country", tr("client.country"), ClientList.countries),
            filter_select("currency", tr("client.currency"), ClientList.currencies),
        ),
        data_table(
            ClientList,
            [
                Column("name", tr("client.name"), _name, sort=True),
                Column("contact", tr("client.contact"), lambda row: row.contact),
                Column("city", tr("client.city"), lambda row: row.city, sort=True),
                Column("country", tr("client.country"), lambda row: row.country, sort=True),
                Column("currency", tr("client.currency"), lambda row: row.currency, sort=True),
            ],
            href=lambda row: row.href,
            label=tr("client.title"),
            bulk=[_archive_selected()],
            empty=empty(tr("client.empty.title"), tr("client.empty.text"), _new(), icon="users"),
        ),
        context=tr("client.context", n=ClientList.total, n_text=ClientList.total_text),
        primary=_new(),
        more=export_items("clients"),
    )


def _new() -> rx.Component:
    return allowed(
        Permission.CLIENTS_EDIT,
        link_button(tr("client.new.title"), href=routes.CLIENT_NEW, kind="primary", icon="plus"),
    )


def _name(row: ClientRow) -> rx.Component:
    mark = rx.cond(row.archived, rx.el.span(" ", badge(tr("client.state.archived"))))
    return rx.fragment(row.name, mark)


def _archive_selected() -> rx.Component:
    return allowed(
        Permission.CLIENTS_EDIT,
        confirm(
            button(tr("client.archive.action"), size="s", icon="archive"),
            tr("client.archive.bulk_title", n=ClientList.selected.length()),
            tr("client.archive.bulk_text"),
            action=tr("client.archive.action"),
            on_confirm=ClientList.archive_selected,
            danger=False,
        ),
    )
