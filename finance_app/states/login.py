"""The log-in page. It is open to all, so it takes back whatever a former person left in this browser."""

import asyncio

import reflex as rx

from finance_app import db, routes
from finance_app.services.accounts import form_tokens
from finance_app.services.accounts import identity as accounts
from finance_app.settings import settings
from finance_app.states.handlers import public_handler
from finance_app.states.session import Session

REASONS = ("wrong", "blocked", "origin", "unavailable", "form", "late")


class Login(Session):
    reason: str = ""
    after: str = ""
    done: str = ""
    login_token: str = ""
    ownerless: bool = False

    @public_handler
    async def load(self):
        if await self._actor() is not None:
            return rx.redirect(routes.OVERVIEW)
        query = self._query
        locale = self._locale
        (await self.get_state(rx.State)).reset()
        self.locale = locale
        self.demo = settings().demo
        self.reason = query.get("error", "") if query.get("error") in REASONS else ""
        self.done = "password" if query.get("done") == "password" else ""
        self.login_token = form_tokens.issue("login")
        self.after = query.get("next", "")[:500]
        self.ownerless = not self.demo and not await asyncio.to_thread(_has_owner)
        return None


def _has_owner() -> bool:
    with db.reading() as session:
        return accounts.has_owner(session)
