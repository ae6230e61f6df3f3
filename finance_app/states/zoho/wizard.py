"""The wizard that connects Zoho: the questions it asks, step by step."""

from dataclasses import asdict, dataclass
from datetime import date
from typing import Any, ClassVar

import reflex as rx

from finance_app import routes
from finance_app.domain.errors import DomainError, InvalidFields
from finance_app.i18n import formats
from finance_app.integrations.zoho import Product
from finance_app.integrations.zoho.oauth import scopes_of
from finance_app.services.zoho import new_organisation, profiles, remote, wizard
from finance_app.services.zoho.profiles import Offered
from finance_app.services.zoho.wizard import STEPS, Draft
from finance_app.states.form import texts
from finance_app.states.handlers import handler, tell
from finance_app.states.session import Session, joined
from finance_app.states.zoho.steps import EDIT, Fact, PlaceRow, ScopeRow, WizardSteps


@dataclass(frozen=True)
class ProfileRow:
    id: int
    name: str
    people: str
    fixed: bool
    chosen: bool


class ZohoWizard(WizardSteps, Session):
    product: str = ""
    product_name: str = ""
    sign_in: str = "oauth"
    organisations: list[PlaceRow] = []
    creating: bool = False
    profiles: list[ProfileRow] = []
    any_to_choose: bool = False
    left_out: str = ""
    time_before: str = ""

    _made: str = ""
    """The organisation that was just made here, which then is the choice that is offered."""
    _steps: ClassVar = STEPS
    _address: ClassVar = staticmethod(routes.zoho_setup)
    _answers: ClassVar = wizard

    def _unbegun(self, step: str) -> Any:
        """The first step is there for those too who have begun nothing."""
        if step != "application":
            return self._at("application", replace=True)
        self._come_to(step, step)
        self.product, self.summary = "", []
        self._fill({})
        return None

    def _show(self, draft: Draft) -> None:
        self.product = draft.product.value
        self.product_name = f"Zoho {draft.product.title()}"
        self.sign_in = str(draft.answers.get("sign_in", "oauth"))
        super()._show(draft)

    def _facts(self, draft: Draft) -> list[Fact]:
        given, facts = draft.answers, []

        def add(name: str, value: str) -> None:
            facts.append(Fact(self._t(f"zoho.fact.{name}"), value))

        add("application", self.product_name)
        if draft.signed_in:
            add("credentials", self._t(f"zoho.sign_in.{given['sign_in']}"))
        if chosen := given.get("organisation"):
            add("organisation", joined([chosen["name"], chosen["currency"]]))
            source = given.get("portal") or {}
            plan = joined([source.get("name", ""), chosen["plan"]])
            add("portal", plan if source.get("name") else self._t("zoho.fact.no_portal"))
        if "profiles" in given:
            n = len(given["profiles"])
            add("permission", self._t("zoho.fact.profiles", n=n) if n else self._t("zoho.fact.no_profile"))
        if "bill_from" in given:
            day = given["bill_from"]
            text = formats.day(date.fromisoformat(day), self._locale) if day else ""
            add("bill_from", text or self._t("zoho.fact.everything"))
        if "milestone_billing" in given:
            add("milestones", self._t("zoho.fact.on" if given["milestone_billing"] else "zoho.fact.off"))
        if "contacts" in given:
            add("contacts", self._t(f"zoho.contacts.{given['contacts']}"))
        return facts

    async def _start_of(self, step: str, draft: Draft) -> dict[str, Any]:
        given = draft.answers
        match step:
            case "credentials":
                found = scopes_of(Product(draft.product.value))
                self.scopes = [ScopeRow(name, self._t(why)) for name, why in found.items()]
                key = given.get("sign_in") == "key"
                return {
                    "centre": given.get("centre", "us"),
                    "client_id": "" if key else given.get("client_id", ""),
                    "email": given.get("client_id", "") if key else self.user_email,
                }
            case "organisation":
                return await self._look_for_organisations(draft)
            case "permission":
                return await self._offer_profiles(draft)
            case "bill_from":
                await self._weigh(given.get("bill_from", ""))
                known = "bill_from" in given
                day = given.get("bill_from", "")
                return {"how": ("day" if day else "everything") if known else "", "day": day}
            case "milestones":
                return {"on": "on" if given.get("milestone_billing") else ""}
            case "contacts":
                return {"contacts": given.get("contacts", "")}
        return {}

    async def _look_for_organisations(self, draft: Draft) -> dict[str, str]:
        self.creating = False
        try:
            found, given = await remote.organisations(await self._read(wizard.access))
            await self._write(wizard.keep_token, given)
        except DomainError as error:
            self.organisations, self.problem = [], tell(self, error)
            return {}
        self.organisations = [
            PlaceRow(each.id, each.name, joined([each.currency_code, each.plan_name, each.id]))
            for each in found
        ]
        self.creating = not found
        chosen = (draft.answers.get("organisation") or {}).get("id", "")
        new = await self._read(new_organisation.offered)
        alone = found[0].id if len(found) == 1 else ""
        return {"organisation": self._made or chosen or alone, **asdict(new)}

    async def _offer_profiles(self, draft: Draft) -> dict[str, str]:
        chosen = set(draft.answers.get("profiles", []))
        offered, others = await self._read(_offered)
        self.profiles = [
            ProfileRow(
                each.id,
                self._name_of(each),
                joined(
                    [
                        self._t("zoho.permission.people", n=each.people),
                        self._t("zoho.permission.fixed") if each.has_finance else "",
                    ]
                ),
                each.has_finance,
                each.has_finance or each.id in chosen,
            )
            for each in offered
        ]
        self.any_to_choose = any(not each.has_finance for each in offered)
        names = ", ".join(self._name_of(each) for each in others)
        self.left_out = self._t("zoho.permission.left_out", names=names) if names else ""
        return {}

    async def _weigh(self, given: str) -> None:
        """What the choice comes to: the hours that would count as billed, of those that no invoice has."""
        day = date.fromisoformat(given) if given else None
        every = await self._read(wizard.unbilled_before, None)
        all_hours = formats.hours(every, self._locale)
        if day is None:
            self.time_before = self._t("zoho.bill_from.unbilled", hours=all_hours)
            return
        before = formats.hours(await self._read(wizard.unbilled_before, day), self._locale)
        shown = formats.day(day, self._locale)
        self.time_before = self._t("zoho.bill_from.before", hours=before, all=all_hours, day=shown)

    def _name_of(self, profile: Offered) -> str:
        return self._t(f"profile.name.{profile.key}") if profile.key else profile.name

    @handler(EDIT)
    async def choose(self, product: str):
        await self._write(wizard.begin, str(product))
        await self._changed("zoho")
        return self._on("credentials")

    @handler(EDIT)
    async def set_sign_in(self, kind: str):
        self.sign_in = "key" if kind == "key" else "oauth"
        self.errors, self.problem = {}, ""

    @handler(EDIT)
    async def save_key(self, data: dict):
        given, self.problem = texts(data), ""
        try:
            await remote.organisations(await self._read(wizard.with_key, given))
        except InvalidFields:
            raise
        except DomainError as error:
            if error.code == "zoho.error.signed_out":
                error = DomainError("zoho.error.key_refused", said=error.params.get("said", ""))
            self.errors, self.problem = {}, tell(self, error)
            return None
        await self._write(wizard.keep_key, given)
        return self._on("organisation")

    @handler(EDIT)
    async def show_creating(self, shown: bool):
        self.creating, self.errors = bool(shown), {}

    @handler(EDIT)
    async def create_organisation(self, data: dict):
        self.problem = ""
        given = await self._read(new_organisation.checked, texts(data))
        access = await self._read(wizard.access)
        made, access = await remote.create_organisation(access, given.name, given.currency, given.time_zone)
        await self._write(wizard.keep_token, access)
        self._made = made.id
        self._say(self._t("zoho.organisation.created", name=given.name))
        return type(self).load

    @handler(EDIT)
    async def pick_organisation(self, data: dict):
        """Looked up at Zoho once more: what the browser sends is only an id."""
        wanted, self.problem = texts(data).get("organisation", ""), ""
        try:
            found, access = await remote.organisations(await self._read(wizard.access))
            chosen = next((each for each in found if each.id == wanted), None)
            if chosen is None:
                raise InvalidFields({"organisation": DomainError("zoho.error.no_organisation")})
            portals, access = await remote.portals(access)
        except InvalidFields:
            raise
        except DomainError as error:
            self.problem = tell(self, error)
            return None
        await self._write(wizard.keep_token, access)
        await self._write(wizard.keep_organisation, chosen, portals)
        self._made = ""
        return self._on("permission")

    @handler(EDIT)
    async def save_permission(self, data: dict):
        names = [name.removeprefix("profile-") for name in texts(data) if name.startswith("profile-")]
        await self._write(wizard.keep_profiles, [int(name) for name in names if name.isdecimal()])
        return self._on("bill_from")

    @handler(EDIT)
    async def weigh(self, day: str):
        """Told at once, before anything is kept."""
        self.errors = {}
        try:
            await self._weigh(date.fromisoformat(str(day)).isoformat() if day else "")
        except ValueError:
            self.time_before = ""

    @handler(EDIT)
    async def save_bill_from(self, data: dict):
        await self._write(wizard.keep_bill_from, texts(data))
        return self._on("milestones")

    @handler(EDIT)
    async def save_milestones(self, data: dict):
        await self._write(wizard.keep_milestones, texts(data).get("on") == "on")
        return self._on("contacts")

    @handler(EDIT)
    async def save_contacts(self, data: dict):
        await self._write(wizard.keep_contacts, texts(data).get("contacts", ""))
        return self._on("review")

    @handler(EDIT)
    async def finish(self):
        await self._write(wizard.save)
        await self._changed("zoho", "settings", "projects")
        self._say(self._t("zoho.review.saved"))
        return rx.redirect(routes.ZOHO)


def _offered(session, actor) -> tuple[list[Offered], list[Offered]]:
    actor.require(EDIT)
    return profiles.offered(session), profiles.left_out(session)
