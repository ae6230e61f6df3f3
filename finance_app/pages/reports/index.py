"""The reports to choose from: each is one line of REPORTS, with texts `report.<name>.title` and `.text`."""

import reflex as rx

from finance_app import routes
from finance_app.components.frame import page
from finance_app.components.parts import allowed
from finance_app.components.text import tr
from finance_app.domain.permissions import Permission

REPORTS: list[tuple[str, str, str, Permission]] = [
    ("profitability", routes.PROFITABILITY, "chart-column", Permission.FINANCE_VIEW),
    ("expenses", routes.REPORT_EXPENSES, "receipt", Permission.EXPENSES_VIEW),
    ("receivables", routes.RECEIVABLES, "hourglass", Permission.INVOICES_VIEW),
    ("work-in-progress", routes.WORK_IN_PROGRESS, "timer", Permission.FINANCE_VIEW),
    ("tax-due", routes.TAX_DUE, "percent", Permission.INVOICES_VIEW),
    ("cash", routes.CASH, "banknote", Permission.PAYMENTS_VIEW),
    ("hourly-rate", routes.HOURLY_RATE, "gauge", Permission.FINANCE_VIEW),
    ("forecast", routes.FORECAST, "trending-up", Permission.FINANCE_VIEW),
]


def reports() -> rx.Component:
    return page(
        tr("shell.nav.reports"),
        rx.el.div(*[_card(*report) for report in REPORTS], class_name="cards"),
        context=tr("report.context"),
    )


def _card(name: str, href: str, icon: str, permission: Permission) -> rx.Component:
    return allowed(
        permission,
        rx.el.a(
            rx.icon(icon, size=20, aria_hidden=True),
            rx.el.h2(tr(f"report.{name}.title")),
            rx.el.p(tr(f"report.{name}.text")),
            href=href,
            class_name="card",
        ),
    )
