"""The marketplace: which applications there are, and what is installed."""

from typing import ClassVar

import reflex as rx

from finance_app import routes
from finance_app.domain.permissions import Permission
from finance_app.services.zoho import marketplace, wizard
from finance_app.services.zoho.source import overview, setup
from finance_app.states.handlers import handler, on_load
from finance_app.states.live import Watcher
from finance_app.states.session import Session, joined

EDIT = Permission.INTEGRATION_EDIT


class Marketplace(Watcher, Session):
    product: str = ""
    state: str = ""
    standing: str = ""
    about: str = ""
    resume: str = ""
    source: str = ""
    source_standing: str = ""
    source_about: str = ""
    source_resume: str = ""

    _topics: ClassVar = ("zoho",)

    @on_load(EDIT)
    async def load(self):
        found = await self._read(marketplace.installed)
        self.product = found.product.value if found else ""
        self.state = found.state.value if found else ""
        self.standing = found.standing if found else ""
        self.about = joined([found.organisation, found.currency, found.plan]) if found else ""
        self.resume = routes.zoho_setup(found.draft_step) if found and found.draft_step else ""
        source = await self._read(overview.found)
        self.source = source.state.value if source else ""
        self.source_standing = source.standing if source else ""
        self.source_about = source.portal if source else ""
        open_at = source.draft_step if source else ""
        self.source_resume = routes.zoho_source_setup(open_at) if open_at else ""

    @handler(EDIT)
    async def install(self, product: str):
        draft = await self._write(wizard.begin, str(product))
        await self._changed("zoho")
        return rx.redirect(routes.zoho_setup(draft.step))

    @handler(EDIT)
    async def discard(self):
        await self._write(wizard.discard)
        await self._changed("zoho")
        self._say(self._t("zoho.setup.discarded"))
        return type(self).load

    @handler(EDIT)
    async def install_source(self):
        draft = await self._write(setup.begin)
        await self._changed("zoho")
        return rx.redirect(routes.zoho_source_setup(draft.step))

    @handler(EDIT)
    async def discard_source(self):
        await self._write(setup.discard)
        await self._changed("zoho")
        self._say(self._t("zoho.setup.discarded"))
        return type(self).load
