import reflex as rx

from finance_app import routes
from finance_app.components.budget_bar import budget_bar
from finance_app.components.dialog import confirm
from finance_app.components.frame import page
from finance_app.components.parts import allowed, button, empty, link_button, status
from finance_app.components.table import Column, data_table, export_items, filter_select, toolbar
from finance_app.components.text import tr
from finance_app.domain.permissions import Permission
from finance_app.domain.rates import BillingMethod
from finance_app.states.projects.page import ProjectList, ProjectRow


def projects() -> rx.Component:
    return page(
        tr("project.title"),
        toolbar(
            filter_select(
                "state",
                tr("project.state.current"),
                [
                    (name, tr(f"project.state.{name}"))
                    for name in ("active", "on_hold", "closed", "archived", "all")
                ],
            ),
            filter_select(
                "method",
                tr("project.method_label"),
                [(method.value, tr(f"project.method.{method.value}")) for method in BillingMethod],
            ),
            filter_select(
                "health",
                tr("budget.filter.label"),
                [(name, tr(f"budget.filter.{name}")) for name in ("warning", "over", "at_risk", "surplus")],
            ),
        ),
        data_table(
            ProjectList,
            [
                Column("name", tr("project.name"), _name, sort=True),
                Column("client", tr("project.client"), lambda row: row.client, sort=True),
                Column("method", tr("project.method_label"), _method, sort=True),
                Column("hours", tr("project.hours"), lambda row: row.hours, numeric=True, sort=True),
                Column("used", tr("budget.title"), _budget, sort=True, width="220px"),
                Column("unbilled", tr("project.unbilled"), lambda row: row.unbilled, numeric=True, sort=True),
                Column(
                    "last_day",
                    tr("project.last_day"),
                    lambda row: rx.el.span(row.last_day, class_name="num"),
                    sort=True,
                ),
            ],
            href=lambda row: row.href,
            label=tr("project.title"),
            bulk=[_archive_selected()],
            empty=empty(tr("project.empty.title"), tr("project.empty.text"), _new(), icon="folder"),
        ),
        context=tr("project.context", n=ProjectList.total, n_text=ProjectList.total_text),
        primary=_new(),
        more=export_items("projects"),
    )


def _new() -> rx.Component:
    return allowed(
        Permission.PROJECTS_EDIT,
        link_button(tr("project.new.title"), href=routes.PROJECT_NEW, kind="primary", icon="plus"),
    )


def _name(row: ProjectRow) -> rx.Component:
    mark = rx.cond(row.state != "active", rx.el.span(" ", status(row.state, "project.state")))  # type: ignore[arg-type]
    return rx.fragment(row.name, mark)


def _method(row: ProjectRow) -> rx.Component:
    return tr("project.method." + row.method)  # type: ignore[return-value]


def _budget(row: ProjectRow) -> rx.Component:
    """Bar and share, what is spent of what, and a word where it needs somebody."""
    warned = (row.health == "overrun") | (row.health == "at_risk")  # type: ignore[operator]
    return rx.cond(
        row.health != "",
        rx.el.div(
            rx.el.div(
                budget_bar(row.used, row.bar, row.tone),
                rx.cond(warned, status(row.health, "project.health")),
                class_name="row",
            ),
            rx.cond(row.budget != "", rx.el.div(row.budget, class_name="small muted num")),
        ),
    )


def _archive_selected() -> rx.Component:
    return allowed(
        Permission.PROJECTS_EDIT,
        confirm(
            button(tr("project.archive.action"), size="s", icon="archive"),
            tr("project.archive.bulk_title", n=ProjectList.selected.length()),
            tr("project.archive.text"),
            action=tr("project.archive.action"),
            on_confirm=ProjectList.archive_selected,
            danger=False,
        ),
    )
