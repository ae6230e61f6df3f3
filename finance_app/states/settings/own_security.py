"""On the profile page: one's own log-ins and second factor."""

from typing import ClassVar
from zoneinfo import ZoneInfo

from finance_app.domain.permissions import Permission
from finance_app.services.accounts import logins, second_factor
from finance_app.states.form import FormState, texts
from finance_app.states.handlers import handler, on_load
from finance_app.states.live import Watcher
from finance_app.states.session import Session
from finance_app.states.settings.logins import LoginRow, login_row

CODE_LENGTH = 40


class OwnLogins(Watcher, Session):
    rows: list[LoginRow] = []
    others: bool = False

    _topics: ClassVar = ("logins",)

    @on_load(Permission.PROFILE_EDIT)
    async def load(self):
        me, zone = self._me, ZoneInfo(self._me.time_zone)
        found = await self._read(logins.open_logins, me.user_id)
        self.rows = [login_row(login, me.session_id, self._locale, zone) for login in found]
        self.others = any(not row.current for row in self.rows)

    @handler(Permission.PROFILE_EDIT)
    async def revoke(self, login_id: int):
        await self._write(logins.revoke, self._me.user_id, int(login_id))
        await self._changed("logins")
        self._say(self._t("account.logins.revoked"))
        return type(self).load

    @handler(Permission.PROFILE_EDIT)
    async def revoke_others(self):
        await self._write(logins.revoke_all, self._me.user_id)
        await self._changed("logins")
        self._say(self._t("account.logins.all_revoked"))
        return type(self).load


class OwnFactor(FormState, Session):
    """`image` and `key` are shown while it is set up, `codes` once after it; then they are gone."""

    is_on: bool = False
    left: int = 0
    image: str = ""
    key: str = ""
    codes: list[str] = []

    @on_load(Permission.PROFILE_EDIT)
    async def load(self):
        self.image = self.key = ""
        self.codes = []
        await self._look()

    async def _look(self) -> None:
        row = await self._read(lambda session, me: second_factor.factor_of(session, me.user_id))
        self.is_on = row is not None and row.confirmed_at is not None
        self.left = len(row.recovery) if row and self.is_on else 0
        self._fill({"code": ""})

    @handler(Permission.PROFILE_EDIT)
    async def begin(self):
        found = await self._write(second_factor.begin)
        self.image, self.key = found.image, found.secret
        self._fill({"code": ""})

    @handler(Permission.PROFILE_EDIT)
    async def confirm(self, data: dict):
        codes = await self._write(second_factor.confirm, texts(data).get("code", "")[:CODE_LENGTH])
        self.image = self.key = ""
        await self._look()
        self.codes = codes
        self._say(self._t("account.factor.turned_on"))

    @handler(Permission.PROFILE_EDIT)
    async def renew(self, data: dict):
        codes = await self._write(second_factor.renew_codes, texts(data).get("code", "")[:CODE_LENGTH])
        await self._look()
        self.codes = codes

    @handler(Permission.PROFILE_EDIT)
    async def turn_off(self, data: dict):
        await self._write(second_factor.turn_off, texts(data).get("code", "")[:CODE_LENGTH])
        self.codes = []
        await self._look()
        self._say(self._t("account.factor.turned_off"))

    @handler(Permission.PROFILE_EDIT)
    async def codes_kept(self):
        self.codes = []
