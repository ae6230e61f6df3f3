"""The one way to write an event handler: it authorises first, and tells every failure in words.

Whoever holds the permission for a single project passes too: the service decides on which one.

    class ClientPage(FormState, Session):
        @on_load(Permission.CLIENTS_VIEW)
        async def load(self): ...

        @handler(Permission.CLIENTS_EDIT)
        async def archive(self): ...

A refusal of a rule (DomainError) becomes a text beside the field or a toast; anything else a toast with a
reference under which the log has the details.
"""

import inspect
import logging
import secrets
from collections.abc import Callable
from contextvars import ContextVar
from datetime import date, datetime
from functools import wraps
from typing import Any

import reflex as rx
from sqlalchemy.exc import OperationalError

from finance_app import db, routes
from finance_app.domain.errors import DomainError, InvalidFields, NotFound
from finance_app.domain.money import Money
from finance_app.domain.permissions import Permission
from finance_app.i18n import formats
from finance_app.services.accounts.identity import Actor

logger = logging.getLogger(__name__)

acting: ContextVar[Actor | None] = ContextVar("acting", default=None)

Reaction = Any


def handler(
    permission: Permission | None = None, *, background: bool = False, supersedes: bool = False
) -> Any:
    """An event handler for people who are logged in and, where given, hold the permission."""
    return _guard(permission, on_page=False, background=background, supersedes=supersedes)


def on_load(permission: Permission | None = None) -> Any:
    """The handler that fills a page. A refusal replaces the page: not allowed, not found, or failed."""
    return _guard(permission, on_page=True)


def public_handler(fn: Callable) -> Any:
    """A handler that anybody may call, log-in or not. A test holds the list of them."""
    fn.__open_to_all__ = True  # type: ignore[attr-defined]
    return rx.event(fn)


def _guard(
    permission: Permission | None, *, on_page: bool, background: bool = False, supersedes: bool = False
) -> Any:
    def decorate(fn: Callable) -> Any:
        if inspect.isasyncgenfunction(fn):
            guarded = _guarded_generator(fn, permission, on_page=on_page, background=background)
        else:
            guarded = _guarded(fn, permission, on_page=on_page, background=background)
        guarded.__permission__ = permission  # type: ignore[attr-defined]
        guarded.__guarded__ = True  # type: ignore[attr-defined]
        return rx.event(guarded, background=background or None, supersedes=supersedes or None)

    return decorate


def _guarded(fn: Callable, permission: Permission | None, *, on_page: bool, background: bool) -> Callable:
    @wraps(fn)
    async def guarded(self, *args, **kwargs):
        actor = await self._actor()
        if actor is None:
            return await _expel(self, background=background)
        if permission and not actor.may_somewhere(permission):
            return await _not_allowed(self, on_page=on_page, background=background)
        token = acting.set(actor)
        try:
            if on_page:
                self._enter(actor)
            answer = await fn(self, *args, **kwargs)
            if on_page:
                self._ready()
            return answer
        except Exception as error:
            return await _react(self, error, on_page=on_page, background=background)
        finally:
            acting.reset(token)

    return guarded


def _guarded_generator(
    fn: Callable, permission: Permission | None, *, on_page: bool, background: bool
) -> Callable:
    @wraps(fn)
    async def guarded(self, *args, **kwargs):
        actor = await self._actor()
        if actor is None:
            yield await _expel(self, background=background)
            return
        if permission and not actor.may_somewhere(permission):
            await _not_allowed(self, on_page=on_page, background=background)
            return
        acting.set(actor)
        try:
            if on_page:
                self._enter(actor)
            async for answer in fn(self, *args, **kwargs):
                yield answer
            if on_page:
                self._ready()
        except Exception as error:
            await _react(self, error, on_page=on_page, background=background)

    return guarded


async def _expel(state: Any, *, background: bool) -> Reaction:
    """Nobody is logged in: take back everything the browser was given and ask for the log-in."""
    address = state.router.url.path
    if state.router.url.query:
        address = f"{address}?{state.router.url.query}"
    if background:
        async with state:
            (await state.get_state(rx.State)).reset()
    else:
        (await state.get_state(rx.State)).reset()
    return rx.redirect(routes.login(address))


async def _not_allowed(state: Any, *, on_page: bool, background: bool = False) -> None:
    if on_page:
        state._show_instead("denied")
    else:
        await _say(state, state._t("common.error.not_allowed"), background=background)


async def _react(state: Any, error: Exception, *, on_page: bool, background: bool = False) -> None:
    if isinstance(error, OperationalError):
        error = db.told(error) or error
    if isinstance(error, DomainError):
        if on_page:
            kind = "missing" if isinstance(error, NotFound) else "refused"
            state._show_instead(kind, tell(state, error))
        else:
            await _refuse(state, error, background=background)
        return
    reference = secrets.token_hex(4)
    logger.error("%s failed, reference %s", state.__class__.__name__, reference, exc_info=error)
    if on_page:
        state._show_instead("failed", reference)
        return
    detail = state._t("common.error.reference", reference=reference)
    await _say(state, state._t("common.error.unexpected"), detail=detail, background=background)


async def _refuse(state: Any, error: DomainError, *, background: bool) -> None:
    faults = error.faults if isinstance(error, InvalidFields) else {}
    name = error.params.get("field")
    if isinstance(name, str):
        faults = {name: error}
    if not faults or "errors" not in state.__class__.get_fields():
        await _say(state, tell(state, error), background=background)
        return
    texts = {name: tell(state, fault) for name, fault in faults.items()}
    if background:
        async with state:
            state.errors = texts
    else:
        state.errors = texts


async def _say(state: Any, text: str, *, detail: str = "", background: bool) -> None:
    if background:
        async with state:
            state._say(text, kind="error", detail=detail)
    else:
        state._say(text, kind="error", detail=detail)


def tell(state: Any, error: DomainError) -> str:
    """A refusal in the reader's words."""
    locale = state._locale
    return state._t(error.code, **{name: _in_words(value, locale) for name, value in error.params.items()})


def _in_words(value: object, locale: str) -> object:
    if isinstance(value, Money):
        return formats.money(value.amount_minor, value.currency, locale)
    return (
        formats.day(value, locale) if isinstance(value, date) and not isinstance(value, datetime) else value
    )
