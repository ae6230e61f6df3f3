"""What an editor must know of a kind of document: its tables, when it may be changed, what is its own."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlmodel import Session, col

from finance_app.domain.errors import NotFound
from finance_app.models import Portal
from finance_app.models.document import DocumentColumns, LineColumns
from finance_app.services.accounts.identity import Actor


def _nothing(*_: Any) -> None:
    """A kind without this step."""


def _unknown(*_: Any) -> None:
    raise NotFound


@dataclass(frozen=True)
class Paper:
    """`parent` is the column of a line that holds its document. The functions may raise DomainError.

    `set_head(session, document, name, value)` and `set_line(line, name, value)` set fields that only this
    kind has; `priced(session, actor, document, line, confirmed)` comes after a line's quantity or price was
    set; `check(session, document, lines)` looks at the whole after the totals are worked out;
    `removing(session, actor, document, line)` comes before a line goes.
    """

    kind: str
    document: type[DocumentColumns]
    line: type[LineColumns]
    parent: str
    check_editable: Callable[[Any, Portal], None]
    set_head: Callable[[Session, Any, str, Any], None] = _unknown
    set_line: Callable[[Any, str, Any], None] = _unknown
    priced: Callable[[Session, Actor, Any, Any, bool], None] = _nothing
    removing: Callable[[Session, Actor, Any, Any], None] = _nothing
    check: Callable[[Session, Any, list[Any]], None] = _nothing
    summary: Callable[[Any], Mapping[str, Any]] = lambda _document: {}

    def of(self, line: Any) -> int:
        """The id of the document that a line is on."""
        return getattr(line, self.parent)

    def new_line(self, document_id: int, **values: Any) -> Any:
        return self.line(**{self.parent: document_id}, **values)


def lines_in(session: Session, paper: Paper, document_id: int) -> list[Any]:
    """All lines of a document, in order."""
    line: Any = paper.line
    return list(
        session.execute(
            select(line)
            .where(getattr(line, paper.parent) == document_id)
            .order_by(col(line.position), col(line.id))
        ).scalars()
    )
