"""The base of every form: its values at the start, and what is wrong beside which field.

    class ClientForm(FormState, Session):
        @on_load(Permission.CLIENTS_EDIT)
        async def load(self):
            self._fill(await self._read(clients.form_values, self._id("client_id")))

        @handler(Permission.CLIENTS_EDIT)
        async def save(self, data: dict):
            client_id = await self._write(clients.update, self._id("client_id"), texts(data))
            await self._changed("clients")
            return self._saved(routes.client(client_id))

The inputs keep what is typed by themselves; a refusal only adds texts. A service refuses with
`DomainError(..., field="name")` or `InvalidFields({...})`.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import reflex as rx

from finance_app.domain.errors import DomainError, InvalidFields, NotFound
from finance_app.states.handlers import handler

TEXT_LIMIT = 20_000


def texts(data: object) -> dict[str, str]:
    """The fields of a submitted form as trimmed texts; whatever else the browser sent is left out."""
    if not isinstance(data, dict):
        return {}
    return {
        str(name): ("on" if value is True else str(value).strip()[:TEXT_LIMIT])
        for name, value in data.items()
        if isinstance(value, str | int | float | bool) and value is not False
    }


@contextmanager
def beside(field: str) -> Iterator[None]:
    """Shows a refusal that names no field of its own beside this one."""
    try:
        yield
    except (InvalidFields, NotFound):
        raise
    except DomainError as error:
        if "field" in error.params:
            raise
        raise InvalidFields({field: error}) from error


class FormState(rx.State, mixin=True):
    """Mix into the state of a page or dialog with a form."""

    values: dict[str, str] = {}
    errors: dict[str, str] = {}
    form_key: int = 0
    form_open: bool = False
    form_visit: int = 0

    def _open_form(self, is_open: bool = True) -> None:
        """Open the dialog, for as long as one stays on this record: what is typed for one is never saved on
        another, and who comes back from elsewhere begins anew."""
        self.form_open, self.form_visit = is_open, self.visit

    @property
    def _form_shows(self) -> bool:
        return self.form_open and self.form_visit == self.visit

    def _fill(self, values: Mapping[str, Any]) -> None:
        """Start the form with these values; its inputs are made anew."""
        self.values = {name: "" if value is None else str(value) for name, value in values.items()}
        self.errors = {}
        self.form_key += 1

    def _saved(self, address: str = "", message: str = "common.saved") -> list[Any]:
        """Say that it is saved, close the dialog, and go to `address` where given."""
        self.errors = {}
        self.form_open = False
        self._say(self._t(message))
        return [rx.redirect(address)] if address else []

    @handler()
    async def set_form_open(self, is_open: bool):
        self._open_form(bool(is_open))
        if not is_open:
            self.errors = {}
