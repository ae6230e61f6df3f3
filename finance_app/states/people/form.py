"""The page that adds a person, and the one that changes them."""

import reflex as rx

from finance_app import routes
from finance_app.domain.errors import DomainError
from finance_app.domain.permissions import Permission
from finance_app.services.people import directory as people
from finance_app.states.form import FormState, texts
from finance_app.states.handlers import handler, on_load
from finance_app.states.people.page import profile_options
from finance_app.states.session import Session


class PersonForm(FormState, Session):
    heading: str = ""
    cancel_href: str = routes.PEOPLE
    profiles: list[dict[str, str]] = []

    @on_load(Permission.PEOPLE_EDIT)
    async def load_new(self):
        await self._start(None)
        self.heading, self.cancel_href = "", routes.PEOPLE

    @on_load(Permission.PEOPLE_EDIT)
    async def load(self):
        user_id = self._id("person_id")
        await self._start(user_id)
        self.heading, self.cancel_href = self.values["name"], routes.person(user_id)

    async def _start(self, user_id: int | None) -> None:
        offered = await self._read(people.profiles_to_give, user_id)
        self.profiles = profile_options(offered, self._locale)
        self._fill(await self._read(people.form_values, user_id))

    @handler(Permission.PEOPLE_EDIT)
    async def create(self, data: dict):
        user = await self._write(people.create, texts(data))
        await self._changed("people")
        self._say(self._t("person.created", name=user.name))
        return rx.redirect(routes.person(user.id or 0))

    @handler(Permission.PEOPLE_EDIT)
    async def save(self, data: dict):
        user_id, given = self._id("person_id"), texts(data)
        version = given.get("version", "")
        if not version.isdigit():
            raise DomainError("common.error.changed_meanwhile")
        await self._write(people.update, user_id, given, int(version))
        await self._changed("people")
        return self._saved(routes.person(user_id))
