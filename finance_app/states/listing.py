"""The base of every list: what the address asks for, the page of rows, and the rows that are ticked.

    class ClientList(ListState, Session):
        rows: list[ClientRow] = []
        _asks: ClassVar = ListAsks(sorts=("name", "city"), default_sort="name", filters=("state",))

        @on_load(Permission.CLIENTS_VIEW)
        async def load(self):
            found = await self._read(clients.page, self._list_query())
            self._show([client_row(record, self._locale) for record in found.rows], found)

A row is a frozen dataclass of strings and has an `id`. The address is the only memory: search, order, filters
and page number stand in it, and a change of it loads the page anew.
"""

from typing import Any, ClassVar

import reflex as rx

from finance_app.i18n import formats
from finance_app.services.listing import Found, ListAsks, ListQuery
from finance_app.states.handlers import handler


class ListState(rx.State, mixin=True):
    """Mix into a state that has `rows`."""

    search: str = ""
    sort: str = ""
    descending: bool = False
    filters: dict[str, str] = {}
    chosen: dict[str, str] = {}
    page: int = 1
    pages: int = 1
    total: int = 0
    total_text: str = ""
    first_text: str = ""
    last_text: str = ""
    narrowed: bool = False
    selected: list[str] = []

    _asks: ClassVar[ListAsks]

    def _list_query(self) -> ListQuery:
        return type(self)._asks.read(self._query)

    def _show(self, rows: list[Any], found: Found) -> None:
        query, locale = found.query, self._locale
        self.rows = rows
        self.search, self.sort, self.descending = query.search, query.sort, query.descending
        self.filters = {name: query.filter(name) for name in type(self)._asks.filters}
        self.page, self.pages, self.total = query.page, found.pages, found.total
        first = (query.page - 1) * (query.size or 0) + 1
        self.total_text = formats.number(found.total, locale)
        self.first_text = formats.number(first, locale)
        self.last_text = formats.number(first + len(rows) - 1, locale)
        self.narrowed = query.narrowed
        shown = {str(row.id) for row in rows}
        self.selected = [row_id for row_id in self.selected if row_id in shown]

    def _selected_ids(self) -> list[int]:
        """The ticked rows. They come from the browser: the service looks each up."""
        return [int(row_id) for row_id in self.selected if row_id.isascii() and row_id.isdigit()]

    @handler()
    async def toggle_row(self, row_id: str):
        row_id = str(row_id)
        if row_id in self.selected:
            self.selected = [other for other in self.selected if other != row_id]
        elif row_id in {str(row.id) for row in self.rows}:
            self.selected = [*self.selected, row_id]

    @handler()
    async def toggle_all(self):
        everything = [str(row.id) for row in self.rows]
        self.selected = [] if len(self.selected) == len(everything) else everything

    @handler()
    async def clear_selection(self):
        self.selected = []
