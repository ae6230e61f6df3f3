"""What both wizards have in common: every step has its address and opens once all before it is answered; what
was answered is kept on the server."""

import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import reflex as rx

from finance_app import routes
from finance_app.domain.errors import DomainError, NotFound
from finance_app.domain.permissions import Permission
from finance_app.services.zoho.connection import redirect_uri
from finance_app.states.form import FormState, texts
from finance_app.states.handlers import handler, on_load, tell

EDIT = Permission.INTEGRATION_EDIT
REVIEW = "review"
CHECKED = ("credentials", "organisation", "portal")


@dataclass(frozen=True)
class Fact:
    name: str
    value: str


@dataclass(frozen=True)
class PlaceRow:
    """An organisation or a portal at Zoho, to choose from."""

    id: str
    name: str
    about: str


@dataclass(frozen=True)
class ScopeRow:
    name: str
    why: str


class WizardSteps(FormState, mixin=True):
    """Mix into the state of a wizard, with the first three of its own."""

    _steps: ClassVar[Sequence[str]] = ()
    _address: ClassVar[Callable[[str], str]]
    _answers: ClassVar[Any]
    """The service that keeps them."""
    _consent: ClassVar[str] = f"{routes.ZOHO_CONSENT}?"

    step: str = ""
    updating: bool = False
    signed_in: bool = False
    has_secret: bool = False
    redirect: str = ""
    leave: str = ""
    problem: str = ""
    rail: dict[str, str] = {}
    hrefs: dict[str, str] = {}
    scopes: list[ScopeRow] = []
    summary: list[Fact] = []

    @on_load(EDIT)
    async def load(self):
        step = self._param("step")
        if step not in self.__class__._steps:
            raise NotFound
        self.leave = self.problem = ""
        draft = await self._draft()
        if draft is None:
            return self._unbegun(step)
        if not draft.reached(step):
            return self._at(draft.step, replace=True)
        self._come_to(step, draft.step)
        self._show(draft)
        self._fill(await self._start_of(step, draft))
        return None

    async def _draft(self) -> Any:
        try:
            return await self._read(self.__class__._answers.draft)
        except DomainError as error:
            if error.code != "zoho.error.not_begun":
                raise
            return None

    def _unbegun(self, _step: str) -> Any:
        """Where one goes who has begun nothing."""
        return rx.redirect(routes.MARKETPLACE, replace=True)

    def _come_to(self, step: str, furthest: str) -> None:
        self.step, steps = step, self.__class__._steps
        at, last = steps.index(step), steps.index(furthest)
        self.rail = {
            name: "current" if index == at else "done" if index < last else "todo"
            for index, name in enumerate(steps)
        }
        self.hrefs = {
            name: self.__class__._address(name) if index <= last and index != at else ""
            for index, name in enumerate(steps)
        }

    def _show(self, draft: Any) -> None:
        self.updating, self.signed_in, self.has_secret = draft.updating, draft.signed_in, draft.has_secret
        self.redirect = redirect_uri()
        fault = draft.answers.get("fault")
        if fault and self.step == "credentials":
            self.problem = tell(self, DomainError(fault["code"], **fault["params"]))
        self.summary = self._facts(draft)

    def _facts(self, draft: Any) -> list[Fact]:
        """What has been chosen so far, as the review and the side show it."""
        raise NotImplementedError

    async def _start_of(self, step: str, draft: Any) -> dict[str, Any]:
        """What the form of the step begins with."""
        raise NotImplementedError

    def _at(self, step: str, *, replace: bool = False) -> Any:
        return rx.redirect(self.__class__._address(step), replace=replace)

    def _on(self, step: str) -> Any:
        """To the step, or where all is answered and what counts is updated, back to the review; after a new
        sign-in comes what it is checked with."""
        self.errors = {}
        again = self.updating and self.hrefs.get(REVIEW) and step not in CHECKED
        return self._at(REVIEW if again else step)

    @handler(EDIT)
    async def save_application(self, data: dict):
        """Keep the client, and go to Zoho for the consent."""
        await self._write(self.__class__._answers.keep_application, texts(data))
        self.errors, self.problem = {}, ""
        self.leave = f"{self.__class__._consent}{secrets.token_hex(4)}"

    @handler(EDIT)
    async def look_again(self):
        return type(self).load

    @handler(EDIT)
    async def discard(self):
        await self._write(self.__class__._answers.discard)
        await self._changed("zoho")
        return rx.redirect(routes.MARKETPLACE)
