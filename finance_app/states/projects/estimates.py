"""The estimates and sales orders of a project, in its Finance tab."""

from typing import ClassVar

from finance_app import routes
from finance_app.domain.permissions import Permission
from finance_app.services.estimating import listing
from finance_app.services.listing import ListQuery
from finance_app.states.estimates.listing import EstimateRow, estimate_row
from finance_app.states.handlers import on_load
from finance_app.states.live import Watcher
from finance_app.states.projects.frame import in_project
from finance_app.states.session import Session


class ProjectEstimates(Watcher, Session):
    visible: bool = False
    estimates: list[EstimateRow] = []
    orders: list[EstimateRow] = []
    new_href: str = ""
    all_href: str = ""

    _topics: ClassVar = ("estimates", "invoices")

    @on_load(Permission.FINANCE_VIEW)
    async def load(self):
        """Who may not see documents gets none: the tab around them is his all the same."""
        project_id, locale = await in_project(self), self._locale
        self.visible = self._me.may(Permission.INVOICES_VIEW, project_id)
        if not self.visible:
            return
        query = ListQuery(sort="date", descending=True, filters={"project": str(project_id)})
        estimates = await self._read(listing.page, query)
        orders = await self._read(listing.order_page, query)
        self.estimates = [estimate_row(row, locale, routes.estimate) for row in estimates.rows]
        self.orders = [estimate_row(row, locale, routes.sales_order) for row in orders.rows]
        self.new_href = routes.with_query(routes.ESTIMATE_NEW, {"project": str(project_id)})
        self.all_href = routes.with_query(routes.ESTIMATES, {"project": str(project_id)})
