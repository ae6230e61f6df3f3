import reflex as rx

from finance_app import routes
from finance_app.components.dialog import confirm
from finance_app.components.frame import page
from finance_app.components.parts import allowed, badge, button, empty, link_button
from finance_app.components.table import Column, data_table, export_items, filter_select, toolbar
from finance_app.components.text import tr
from finance_app.domain.permissions import Permission
from finance_app.pages.settings.portal import settings_tabs
from finance_app.states.people.page import PersonList, PersonRow


def people() -> rx.Component:
    state = PersonList
    return page(
        tr("person.title"),
        toolbar(
            filter_select(
                "state",
                tr("person.state.active"),
                [(name, tr(f"person.state.{name}")) for name in ("archived", "all")],
            ),
            filter_select("profile", tr("person.profile"), state.profiles),
            filter_select(
                "log_in",
                tr("person.log_in"),
                [(name, tr(f"person.log_ins.{name}")) for name in ("yes", "no")],
            ),
        ),
        data_table(
            state,
            [
                Column("name", tr("person.name"), _name, sort=True),
                Column("job_title", tr("person.job_title"), lambda row: row.job_title, sort=True),
                Column("profile", tr("person.profile"), lambda row: row.profile, sort=True),
                Column("email", tr("person.email"), _email, sort=True),
                Column("month", tr("person.month_hours"), lambda row: row.month_hours, numeric=True),
                Column("bill", tr("person.bill_rate"), lambda row: row.bill_rate, numeric=True),
                Column("cost", tr("person.cost_rate"), lambda row: row.cost_rate, numeric=True),
            ],
            href=lambda row: row.href,
            label=tr("person.title"),
            bulk=[_profitability(), _archive_or_restore_selected()],
            empty=empty(tr("person.empty.title"), tr("person.empty.text"), _new(), icon="user-round"),
        ),
        context=tr("person.context", n=state.total, n_text=state.total_text),
        primary=_new(),
        more=export_items("people"),
        tabs=settings_tabs(),
    )


def _new() -> rx.Component:
    return allowed(
        Permission.PEOPLE_EDIT,
        link_button(tr("person.new.title"), href=routes.PERSON_NEW, kind="primary", icon="plus"),
    )


def _name(row: PersonRow) -> rx.Component:
    mark = rx.cond(row.archived, rx.el.span(" ", badge(tr("person.state.archived"))))
    return rx.fragment(row.name, mark)


def _email(row: PersonRow) -> rx.Component:
    return rx.cond(row.email != "", row.email, rx.el.span(tr("person.no_log_in"), class_name="muted"))


def _profitability() -> rx.Component:
    return allowed(
        Permission.FINANCE_VIEW,
        button(tr("profit.title"), size="s", icon="chart-column", on_click=PersonList.open_profitability),
    )


def _archive_or_restore_selected() -> rx.Component:
    state = PersonList
    return allowed(
        Permission.PEOPLE_EDIT,
        rx.cond(
            state.filters["state"] == "archived",
            button(
                tr("person.archive.restore"),
                size="s",
                icon="archive-restore",
                on_click=state.restore_selected,
            ),
            confirm(
                button(tr("person.archive.action"), size="s", icon="archive"),
                tr("person.archive.bulk_title", n=state.selected.length()),
                tr("person.archive.bulk_text"),
                action=tr("person.archive.action"),
                on_confirm=state.archive_selected,
                danger=False,
            ),
        ),
    )
