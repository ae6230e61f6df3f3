"""On the page of a client and of a person: their personal data, exported and erased."""

from finance_app.domain.permissions import Permission
from finance_app.services import privacy
from finance_app.states.handlers import handler
from finance_app.states.session import Session


class Privacy(Session):
    @handler(Permission.PRIVACY_EDIT)
    async def erase_client(self):
        await self._write(privacy.erase_client, self._id("client_id"))
        await self._changed("clients")
        self._say(self._t("privacy.erased"))
        return self._reload()

    @handler(Permission.PRIVACY_EDIT)
    async def erase_person(self):
        await self._write(privacy.erase_person, self._id("person_id"))
        await self._changed("people")
        self._say(self._t("privacy.erased"))
        return self._reload()
