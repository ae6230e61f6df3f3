"""Settings, profiles: the matrix of all, the page of an own one, and what somebody has on single projects."""

from dataclasses import dataclass
from typing import ClassVar

import reflex as rx

from finance_app import routes
from finance_app.domain.errors import DomainError
from finance_app.domain.permissions import EVERYBODY, Permission, group_of
from finance_app.i18n import messages, t
from finance_app.services.accounts import profiles
from finance_app.services.accounts.profiles import ProfileRecord
from finance_app.services.people import directory as people
from finance_app.states.form import FormState, texts
from finance_app.states.handlers import handler, on_load
from finance_app.states.live import Watcher
from finance_app.states.people.page import profile_name, profile_options
from finance_app.states.session import Session


@dataclass(frozen=True)
class ProfileColumn:
    id: int
    name: str
    people: int
    built_in: bool
    href: str


@dataclass(frozen=True)
class MatrixRow:
    """A permission with whether each profile has it, or where `heading` the name of a group."""

    key: str
    label: str
    heading: bool
    cells: list[bool]


def column(record: ProfileRecord, locale: str) -> ProfileColumn:
    return ProfileColumn(
        record.id,
        profile_name(record.key, record.name, locale),
        record.people,
        bool(record.key),
        routes.profile(record.id) if record.may_edit else "",
    )


def matrix(records: list[ProfileRecord], locale: str) -> list[MatrixRow]:
    rows: list[MatrixRow] = []
    group = ""
    for permission in sorted(Permission, key=lambda one: GROUPS.index(group_of(one))):
        if permission in EVERYBODY:
            continue
        if group_of(permission) != group:
            group = group_of(permission)
            rows.append(MatrixRow(group, t(locale, f"profile.group.{group}"), True, []))
        cells = [permission in record.permissions for record in records]
        rows.append(MatrixRow(permission, permission_name(permission, locale), False, cells))
    return rows


GROUPS = ("work", "money", "people", "portal")


def permission_name(permission: Permission, locale: str) -> str:
    key = f"profile.permission.{permission}"
    return t(locale, key) if key in messages(locale) else permission.replace("_", " ")


class ProfileMatrix(FormState, Watcher, Session):
    columns: list[ProfileColumn] = []
    rows: list[MatrixRow] = []
    options: list[dict[str, str]] = []

    _topics: ClassVar = ("profiles", "people")

    @on_load(Permission.PROFILES_EDIT)
    async def load(self):
        found = await self._read(profiles.listed)
        self.columns = [column(record, self._locale) for record in found]
        self.rows = matrix(found, self._locale)
        self.options = [
            {"value": str(each.id), "label": each.name}
            for each, record in zip(self.columns, found, strict=True)
            if record.permissions <= self._me.permissions
        ]

    @handler(Permission.PROFILES_EDIT)
    async def open_new(self):
        self._fill({"name": "", "like_id": self.options[-1]["value"] if self.options else ""})
        self._open_form()

    @handler(Permission.PROFILES_EDIT)
    async def create(self, data: dict):
        given = texts(data)
        like = given.get("like_id", "")
        made = await self._write(profiles.create, given.get("name", ""), int(like) if like.isdecimal() else 0)
        await self._changed("profiles")
        return self._saved(routes.profile(made.id or 0), "profile.created")


class ProfileForm(FormState, Session):
    heading: str = ""
    people: int = 0
    profile_id: int = 0

    @on_load(Permission.PROFILES_EDIT)
    async def load(self):
        self.profile_id = self._id("profile_id")
        record = await self._read(profiles.get, self.profile_id)
        if not record.may_edit:
            raise DomainError("profile.error.more_rights")
        self.heading, self.people = record.name, record.people
        held = {permission.value: "on" for permission in record.permissions}
        self._fill({"name": record.name, "version": record.version, **held})

    @handler(Permission.PROFILES_EDIT)
    async def save(self, data: dict):
        given = texts(data)
        version = given.get("version", "")
        await self._write(
            profiles.update,
            self.profile_id,
            name=given.get("name", ""),
            permissions=[name for name, value in given.items() if value == "on"],
            version=int(version) if version.isdecimal() else 0,
        )
        await self._changed("profiles")
        return [*self._saved(), type(self).load]

    @handler(Permission.PROFILES_EDIT)
    async def remove(self):
        await self._write(profiles.remove, self.profile_id)
        await self._changed("profiles")
        self._say(self._t("profile.removed"))
        return rx.redirect(routes.SETTINGS_PROFILES)


@dataclass(frozen=True)
class GrantRow:
    id: int
    project: str
    profile: str
    href: str


class PersonGrants(FormState, Session):
    """What a person may do on single projects, beyond what he may everywhere."""

    shown: bool = False
    rows: list[GrantRow] = []
    options: list[dict[str, str]] = []

    @on_load()
    async def load(self):
        self.shown = self._me.may(Permission.PROFILES_EDIT)
        self.rows = []
        if not self.shown:
            return
        user_id = self._id("person_id")
        self.rows = [
            GrantRow(
                each.project_id,
                each.project,
                profile_name(each.key, each.name, self._locale),
                routes.project(each.project_id),
            )
            for each in await self._read(profiles.grants_of, user_id)
        ]
        found = await self._read(people.profiles)
        self.options = profile_options(found, self._locale)

    @handler(Permission.PROFILES_EDIT)
    async def open_grant(self):
        self._fill({"project_id": "", "profile_id": "3"})
        self._open_form()

    @handler(Permission.PROFILES_EDIT)
    async def give(self, data: dict):
        given = texts(data)
        project, profile = given.get("project_id", ""), given.get("profile_id", "")
        await self._write(
            profiles.grant,
            self._id("person_id"),
            int(project) if project.isdecimal() else 0,
            int(profile) if profile.isdecimal() else 0,
        )
        await self._changed("people")
        return [*self._saved(), type(self).load]

    @handler(Permission.PROFILES_EDIT)
    async def take(self, project_id: int):
        await self._write(profiles.grant, self._id("person_id"), int(project_id), None)
        await self._changed("people")
        return type(self).load
