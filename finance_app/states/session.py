"""Who looks at the screen: the base of every state, with the log-in, the language and the way to services."""

import asyncio
import secrets
from collections.abc import Callable, Iterable
from datetime import date
from http.cookies import CookieError, SimpleCookie
from typing import Any, Concatenate, ParamSpec, TypeVar

import reflex as rx
from reflex_base.registry import RegistrationContext
from sqlmodel import Session as Database

from finance_app import db
from finance_app.domain.errors import DomainError, NotFound
from finance_app.domain.permissions import Permission
from finance_app.i18n import LOCALES, choose_locale, t
from finance_app.services.accounts import form_tokens
from finance_app.services.accounts import identity as accounts
from finance_app.services.accounts.identity import THEMES, Actor
from finance_app.services.portal import today
from finance_app.settings import settings
from finance_app.states import live
from finance_app.states.handlers import acting, handler, on_load, public_handler

P = ParamSpec("P")
T = TypeVar("T")

SESSION_COOKIE = "marge_session"
LOCALE_COOKIE = "locale"


def session_cookie() -> str:
    """The name of the cookie of a log-in. Behind TLS it is bound to this host: no subdomain can set it."""
    return f"__Host-{SESSION_COOKIE}" if settings().address.startswith("https") else SESSION_COOKIE


def cookie(header: str, name: str) -> str:
    try:
        found = SimpleCookie(header).get(name)
    except CookieError:
        return ""
    return found.value if found else ""


class Session(rx.State):
    """Base of all states. What the browser may know of the person; never trusted by the server."""

    locale: str = ""
    theme: str = ""
    user_name: str = ""
    user_email: str = ""
    user_initials: str = ""
    profile: str = ""
    permissions: list[str] = []
    reach: list[str] = []
    demo: bool = False
    form_token: str = ""
    _form_login: int = 0

    notice: dict[str, str] = {}

    visit: int = 0
    _record: str = ""

    page_state: str = "loading"
    page_path: str = ""
    page_message: str = ""

    async def _actor(self) -> Actor | None:
        """The person behind this browser's cookie, looked up anew for each event."""
        token = cookie(self.router.headers.cookie, session_cookie())
        if not token:
            return None

        def look_up() -> Actor | None:
            with db.reading() as session:
                actor = accounts.actor_of(session, token, self.router.session.client_ip)
            if actor and actor.touch_due:
                with db.transaction() as session:
                    accounts.touch_session(session, token)
            return actor

        return await asyncio.to_thread(look_up)

    @property
    def _me(self) -> Actor:
        """The person of the running handler."""
        actor = acting.get()
        if actor is None:
            raise RuntimeError("only a guarded handler knows who acts")
        return actor

    async def _read(
        self, work: Callable[Concatenate[Database, Actor, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """Run `work(session, actor, ...)` in a thread, on one consistent state of the database."""
        me = self._me

        def run() -> T:
            with db.reading() as session:
                return work(session, me, *args, **kwargs)

        return await asyncio.to_thread(run)

    async def _write(
        self, work: Callable[Concatenate[Database, Actor, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """Run `work(session, actor, ...)` in a thread and one transaction, committed at its end.

        What a service put into `session.info["topics"]` is told to the open pages. Refuses while
        the page still shows another record than the one its address is of.
        """
        if self._record not in ("", self._record_here):
            raise DomainError("common.error.page_loading")
        return await self._commit(work, *args, **kwargs)

    async def _today(self) -> date:
        """The present day in the portal's time zone."""
        return await self._read(lambda session, _me: today(session))

    async def _commit(
        self, work: Callable[Concatenate[Database, Actor, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        me = self._me

        def run() -> tuple[T, set[str]]:
            with db.transaction() as session:
                done = work(session, me, *args, **kwargs)
            return done, session.info.get("topics", set())

        done, topics = await asyncio.to_thread(run)
        await self._changed(*sorted(topics))
        return done

    async def _changed(self, *topics: str) -> None:
        """Tell the other open pages what has just been committed."""
        for topic in topics:
            await live.publish(topic)

    def _t(self, key: str, /, **params: object) -> str:
        return t(self._locale, key, **params)

    @property
    def _locale(self) -> str:
        if self.locale in LOCALES:
            return self.locale
        chosen = cookie(self.router.headers.cookie, LOCALE_COOKIE)
        return chosen if chosen in LOCALES else choose_locale(self.router.headers.accept_language)

    def _param(self, name: str) -> str:
        """A part of the address of this page, as `[client_id]` in its route."""
        return str(self.rx_router_page.params.get(name, ""))

    def _id(self, name: str) -> int:
        """A part of the address that must be a number. Raises NotFound."""
        text = self._param(name)
        if not (text.isascii() and text.isdigit() and len(text) < 19):
            raise NotFound
        return int(text)

    @property
    def _query(self) -> dict[str, str]:
        return dict(self.router.url.query_parameters)

    def _say(self, text: str, *, kind: str = "success", detail: str = "") -> None:
        """Show a toast: kind is success, error, info or warning. `rx.toast` is blocked by our policy."""
        self.notice = {"id": secrets.token_hex(4), "kind": kind, "text": text, "detail": detail}

    def _enter(self, actor: Actor) -> None:
        self.locale = actor.locale if actor.locale in LOCALES else self._locale
        self.theme = actor.theme
        self.user_name, self.user_email = actor.name, actor.email
        self.user_initials = initials(actor.name)
        self.profile = self._t(f"profile.name.{actor.profile}") if actor.profile else actor.profile_name
        self.permissions = sorted(actor.permissions | self._granted_here(actor))
        self.reach = sorted(permission for permission in Permission if actor.may_somewhere(permission))
        self.demo = settings().demo
        if self._form_login != actor.session_id:
            self.form_token = form_tokens.issue("logout", str(actor.session_id))
            self._form_login = actor.session_id
        self.page_message = ""
        if self._record_here != self._record:
            self._record, self.visit = self._record_here, self.visit + 1

    @property
    def _record_here(self) -> str:
        """What the address is of: a record, or a page that shows none."""
        path = self.router.url.path
        return "/".join(part for part in path.split("/") if part.isdecimal()) or path

    def _granted_here(self, actor: Actor) -> frozenset[Permission]:
        """What the person may do beyond his profile on the project of this page."""
        project_id = self._param("project_id")
        return actor.on_projects.get(int(project_id), frozenset()) if project_id.isdecimal() else frozenset()

    def _ready(self) -> None:
        self.page_state = "ready"
        self.page_path = self.router.url.path

    def _show_instead(self, state: str, message: str = "") -> None:
        self.page_state, self.page_message, self.page_path = state, message, self.router.url.path

    def _reload(self) -> list[Any]:
        """The events that fill the present page, to run once more."""
        return list(RegistrationContext.get().app.get_load_events(self.router.url.path))

    @on_load()
    async def enter(self):
        """Load a page that shows nothing but the frame."""

    @handler()
    async def load_again(self):
        """Fill the page that the browser shows: a late event of another one has taken its place."""
        return self._reload()

    @public_handler
    async def set_locale(self, locale: str):
        if locale not in LOCALES:
            return None
        self.locale = locale
        actor = await self._actor()
        if actor is None:
            return None

        def keep() -> None:
            with db.transaction() as session:
                accounts.set_locale(session, actor, locale)

        await asyncio.to_thread(keep)
        return self._reload()

    @handler()
    async def set_theme(self, theme: str):
        if theme in THEMES:
            self.theme = theme
            await self._commit(accounts.set_theme, theme)


def initials(name: str) -> str:
    words = name.split()
    return "".join(word[0] for word in (words[:1] + words[-1:] if len(words) > 1 else words)).upper()


def joined(values: Iterable[str], separator: str = " · ") -> str:
    """The values that are not empty, for a line of context."""
    return separator.join(value for value in values if value)
