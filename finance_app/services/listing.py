"""What every list asks of the database: a search, an order, filters and one page of the rows."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Generic, TypeVar

from sqlalchemy import Select, func, select
from sqlmodel import Session

T = TypeVar("T")

PAGE_SIZE = 50
TEXT_LIMIT = 200


@dataclass(frozen=True)
class ListQuery:
    """The query of a list as its address holds it: `?q=acme&sort=-name&page=2&state=archived`."""

    search: str = ""
    sort: str = ""
    descending: bool = False
    filters: Mapping[str, str] = field(default_factory=dict)
    page: int = 1
    size: int | None = PAGE_SIZE

    def filter(self, name: str, default: str = "") -> str:
        return self.filters.get(name, default)

    @property
    def narrowed(self) -> bool:
        """Whether the person searches or filters: then an empty list means “nothing found”."""
        return bool(self.search or self.filters)


@dataclass(frozen=True)
class ListAsks:
    """What the address of a list may ask for: the names of its orders and filters."""

    sorts: tuple[str, ...]
    default_sort: str
    filters: tuple[str, ...] = ()

    def read(self, params: Mapping[str, str]) -> ListQuery:
        """Read an address. What it does not know, it leaves out: an address may come from anywhere."""
        wanted = params.get("sort", "")
        if wanted.removeprefix("-") not in self.sorts:
            wanted = self.default_sort
        page = params.get("page", "1")
        return ListQuery(
            search=params.get("q", "").strip()[:TEXT_LIMIT],
            sort=wanted.removeprefix("-"),
            descending=wanted.startswith("-"),
            filters={key: params[key][:TEXT_LIMIT] for key in self.filters if params.get(key)},
            page=max(1, int(page)) if page.isascii() and page.isdigit() and len(page) < 7 else 1,
        )


@dataclass(frozen=True)
class Found(Generic[T]):
    """One page of the rows, and how many there are in all. `totals` is for a total row."""

    rows: list[T]
    total: int
    query: ListQuery
    totals: Mapping[str, Any] = field(default_factory=dict)

    @property
    def pages(self) -> int:
        return max(1, -(-self.total // (self.query.size or max(self.total, 1))))


def page_of(
    session: Session,
    statement: Select,
    query: ListQuery,
    *,
    sorts: Mapping[str, Any],
    tie: Any,
    total: int | None = None,
) -> Found[Any]:
    """One page of `statement`, ordered by the column that `sorts` has for the query, then by `tie`.

    `query.size` None reads all rows. A page past the end gives the last one. `total` is the number of all
    rows where the caller can count them at less cost.
    """
    found = total
    if found is None:
        found = session.execute(
            select(func.count()).select_from(statement.order_by(None).subquery())
        ).scalar_one()
    if query.size is not None:
        last = max(1, -(-found // query.size))
        if query.page > last:
            query = replace(query, page=last)
    columns = sorts.get(query.sort)
    if columns is not None:
        listed = columns if isinstance(columns, list | tuple) else (columns,)
        statement = statement.order_by(*(c.desc() if query.descending else c.asc() for c in listed))
    statement = statement.order_by(tie.desc() if query.descending else tie.asc())
    if query.size is not None:
        statement = statement.limit(query.size).offset((query.page - 1) * query.size)
    return Found(rows=list(session.execute(statement).all()), total=found, query=query)


def like(text: str) -> str:
    """A pattern for `ilike(..., escape="\\\\")` that finds `text` anywhere, taking its % and _ literally."""
    escaped = text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return f"%{escaped}%"
