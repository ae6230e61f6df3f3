import reflex as rx

from finance_app import routes
from finance_app.components.dialog import confirm, form_dialog
from finance_app.components.form import check_field, form_grid, text_field
from finance_app.components.frame import page
from finance_app.components.native import native_link
from finance_app.components.object_trail import object_trail
from finance_app.components.parts import (
    allowed,
    badge,
    button,
    empty,
    facts,
    icon_button,
    labelled,
    link_button,
    panel,
)
from finance_app.components.privacy import privacy_panel
from finance_app.components.text import tr
from finance_app.domain.permissions import Permission
from finance_app.pages.clients.account import client_account
from finance_app.pages.clients.work import client_invoices, client_projects, client_unbilled
from finance_app.pages.expenses.report import client_expenses
from finance_app.pages.reports.profit_widget import profit_widget
from finance_app.states.clients.page import ClientPage, ContactRow


def client() -> rx.Component:
    details = ClientPage.details
    return page(
        ClientPage.name,
        rx.el.div(
            rx.el.div(
                profit_widget(),
                client_projects(),
                client_invoices(),
                _contacts(),
                client_expenses(),
                class_name="stack",
            ),
            rx.el.div(
                client_unbilled(),
                client_account(),
                panel(
                    tr("client.details"),
                    facts(
                        (tr("client.address"), details["address"]),
                        (tr("client.phone"), details["phone"]),
                        (tr("client.website"), details["website"]),
                        (tr("client.notes"), details["notes"]),
                    ),
                ),
                panel(
                    tr("client.documents"),
                    facts(
                        (tr("client.legal_name"), details["legal_name"]),
                        (tr("client.tax_number"), details["tax_number"]),
                        (tr("client.registration"), details["registration"]),
                        (tr("client.currency"), details["currency"]),
                        (tr("client.locale"), tr("client.locales." + details["locale"])),
                        (tr("settings.documents.payment_terms"), details["payment_terms"]),
                        (tr("settings.time.rounding"), details["rounding"]),
                    ),
                ),
                privacy_panel("client", ClientPage.client_id, ClientPage.name),
                object_trail("client"),
                class_name="stack",
            ),
            class_name="columns",
        ),
        _contact_dialog(),
        context=ClientPage.context,
        badge=rx.cond(ClientPage.archived, badge(tr("client.state.archived"))),
        crumb=(tr("client.title"), routes.CLIENTS),
        actions=[_archive_or_restore()],
        primary=rx.fragment(
            allowed(
                Permission.CLIENTS_EDIT,
                link_button(tr("common.edit"), href=ClientPage.edit_href, icon="pencil"),
            ),
            allowed(
                Permission.INVOICES_EDIT,
                link_button(
                    tr("billing.title"), href=ClientPage.bill_href, kind="primary", icon="receipt-text"
                ),
            ),
        ),
    )


def _archive_or_restore() -> rx.Component:
    return allowed(
        Permission.CLIENTS_EDIT,
        rx.cond(
            ClientPage.archived,
            button(tr("client.archive.restore"), icon="archive-restore", on_click=ClientPage.restore),
            confirm(
                button(tr("client.archive.action"), icon="archive"),
                tr("client.archive.title", name=ClientPage.name),
                tr("client.archive.text"),
                action=tr("client.archive.action"),
                on_confirm=ClientPage.archive,
                danger=False,
            ),
        ),
    )


def _contacts() -> rx.Component:
    add = allowed(
        Permission.CLIENTS_EDIT,
        button(tr("client.contacts_page.add"), size="s", icon="plus", on_click=ClientPage.open_contact(0)),
    )
    rows = rx.el.div(
        rx.el.table(
            rx.el.thead(
                rx.el.tr(
                    rx.el.th(tr("client.contacts_page.name"), scope="col"),
                    rx.el.th(tr("client.contacts_page.email"), scope="col"),
                    rx.el.th(tr("client.contacts_page.phone"), scope="col"),
                    rx.el.th(rx.el.span(tr("common.more_actions"), class_name="sr-only"), scope="col"),
                )
            ),
            rx.el.tbody(rx.foreach(ClientPage.contacts, _contact)),
            class_name="table table-cards",
        ),
        class_name="table-scroll",
    )
    return panel(
        tr("client.contacts"),
        rx.cond(
            ClientPage.contacts.length() > 0,
            rows,
            empty(tr("client.contacts"), tr("client.contacts_page.empty"), icon="contact"),
        ),
        actions=[add],
        flush=True,
    )


def _contact(row: ContactRow) -> rx.Component:
    name = rx.el.div(
        rx.el.div(
            rx.el.span(row.name, class_name="strong"),
            rx.cond(row.is_primary, badge(tr("client.contacts_page.primary"), "blue")),
            rx.cond(row.receives_invoices, badge(tr("client.contacts_page.receives_invoices"))),
            class_name="row wrap",
        ),
        rx.el.div(row.job_title, class_name="small muted"),
    )
    actions = rx.el.div(
        icon_button(
            "pencil", tr("client.contacts_page.edit"), size="s", on_click=ClientPage.open_contact(row.id)
        ),
        confirm(
            icon_button("trash-2", tr("client.contacts_page.remove"), size="s"),
            tr("client.contacts_page.remove_title", name=row.name),
            tr("client.contacts_page.remove_text"),
            action=tr("client.contacts_page.remove"),
            on_confirm=ClientPage.remove_contact(row.id),
        ),
        class_name="row",
        style={"gap": "0", "justify_content": "flex-end"},
    )
    email = rx.cond(
        row.email != "", native_link(row.email, href="mailto:" + row.email, class_name="link"), rx.fragment()
    )
    return rx.el.tr(
        rx.el.td(name, class_name="first"),
        labelled(tr("client.contacts_page.email"), email, class_name="num"),
        labelled(tr("client.contacts_page.phone"), row.phone, class_name="num"),
        rx.el.td(allowed(Permission.CLIENTS_EDIT, actions), class_name="act"),
        key=row.id.to_string(),
    )


def _contact_dialog() -> rx.Component:
    return form_dialog(
        ClientPage,
        ClientPage.save_contact,
        rx.cond(ClientPage.contact_id == 0, tr("client.contacts_page.add"), tr("client.contacts_page.edit")),
        text_field(ClientPage, "name", tr("client.contacts_page.name"), required=True),
        text_field(ClientPage, "email", tr("client.contacts_page.email"), type="email"),
        form_grid(
            text_field(ClientPage, "phone", tr("client.contacts_page.phone"), type="tel", optional=True),
            text_field(ClientPage, "job_title", tr("client.contacts_page.job_title"), optional=True),
        ),
        check_field(ClientPage, "is_primary", tr("client.contacts_page.primary")),
        check_field(ClientPage, "receives_invoices", tr("client.contacts_page.receives_invoices")),
    )
