"""The person's own name and password."""

from finance_app.domain.permissions import Permission
from finance_app.models import User
from finance_app.services.accounts import identity as accounts
from finance_app.services.accounts import passwords
from finance_app.services.accounts.identity import PASSWORD_MIN_LENGTH
from finance_app.states.form import FormState, texts
from finance_app.states.handlers import handler, on_load
from finance_app.states.session import Session


class Profile(FormState, Session):
    has_password: bool = False

    @on_load(Permission.PROFILE_EDIT)
    async def load(self):
        user = await self._read(lambda session, me: session.get_one(User, me.user_id))
        self.has_password = bool(user.password_hash)
        self._fill({"name": user.name, "job_title": user.job_title, "email": user.email})

    @handler(Permission.PROFILE_EDIT)
    async def save(self, data: dict):
        given = texts(data)
        await self._write(
            accounts.update_profile, name=given.get("name", ""), job_title=given.get("job_title", "")
        )
        return [*self._saved(), type(self).load]

    @handler(Permission.PROFILE_EDIT)
    async def change_password(self, data: dict):
        if not isinstance(data, dict):
            return
        await self._write(
            passwords.change,
            current=str(data.get("current", ""))[:1000],
            new=str(data.get("new", ""))[:1000],
        )
        self._fill(self.values)
        self._say(self._t("login.profile.changed"))
        return


__all__ = ["PASSWORD_MIN_LENGTH", "Profile"]
