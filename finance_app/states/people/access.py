"""On the page of a person, for those who manage people: invitation, password, second factor, log-ins."""

from zoneinfo import ZoneInfo

from finance_app.domain.permissions import Permission
from finance_app.i18n import formats
from finance_app.models import User
from finance_app.services.accounts import links as account_links
from finance_app.services.accounts import logins, second_factor
from finance_app.states.handlers import handler, on_load
from finance_app.states.session import Session


class PersonAccess(Session):
    shown: bool = False
    person_name: str = ""
    state: str = ""
    seen: str = ""
    factor: bool = False
    open_count: int = 0

    @on_load()
    async def load(self):
        self.shown = False
        if not self._me.may(Permission.PEOPLE_EDIT):
            return
        user_id = self._id("person_id")

        def look(session, _me):
            user = session.get(User, user_id)
            if user is None:
                return None
            return (
                user, logins.last_login(session, user_id), second_factor.is_on(session, user_id),
                account_links.was_invited(session, user_id), logins.count_open(session, user_id),
            )  # fmt: skip

        found = await self._read(look)
        if found is None:
            return
        user, seen, self.factor, invited, self.open_count = found
        zone = ZoneInfo(self._me.time_zone)
        self.person_name = user.name
        self.seen = (
            formats.moment(seen, self._locale, zone, "short") if seen else self._t("account.access.never")
        )
        self.state = _state(user, invited)
        self.shown = True

    @handler(Permission.PEOPLE_EDIT)
    async def invite(self):
        await self._write(account_links.invite, self._id("person_id"))
        self._say(self._t("account.access.invited_done", name=self.person_name))
        return type(self).load

    @handler(Permission.PEOPLE_EDIT)
    async def send_reset(self):
        await self._write(account_links.send_reset, self._id("person_id"))
        self._say(self._t("account.access.reset_done", name=self.person_name))
        return type(self).load

    @handler(Permission.PEOPLE_EDIT)
    async def reset_factor(self):
        await self._write(second_factor.reset, self._id("person_id"))
        await self._changed("logins")
        self._say(self._t("account.access.factor_reset_done", name=self.person_name))
        return type(self).load

    @handler(Permission.PEOPLE_EDIT)
    async def log_out(self):
        await self._write(logins.revoke_all, self._id("person_id"))
        await self._changed("logins")
        self._say(self._t("account.access.logged_out", name=self.person_name))
        return type(self).load


def _state(user: User, invited: bool) -> str:
    if user.email is None or user.archived_at is not None:
        return "no_address"
    if user.password_hash:
        return "can_log_in"
    return "invited" if invited else "not_invited"
