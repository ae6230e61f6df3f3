"""What taking over needs to know: the source, the run, and what its references stand for here."""

import html
import re
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from sqlalchemy import func
from sqlmodel import Session, col, select

from finance_app.integrations.zoho.projects import Ref
from finance_app.models import Client, Portal, Project, ProjectMember, User, ZohoSource, ZohoSourceLink
from finance_app.models.kinds import SourceClients, SourcePeople
from finance_app.services.accounts import links as account_links
from finance_app.services.accounts.identity import normal_email
from finance_app.services.audit import trail as audit
from finance_app.services.portal import portal_of
from finance_app.services.zoho.source.modules import Module, number_of
from finance_app.services.zoho.sync import errors
from finance_app.services.zoho.sync.wanted import Unfit

_TAGS = re.compile(r"<[^>]*>")
_BREAKS = re.compile(r"<br\s*/?>|</(?:p|div|li)>", re.IGNORECASE)


class Change(Enum):
    """What became of a record."""

    SAME = "same"
    WRITTEN = "written"


class UnknownPerson(Unfit):
    """Nobody here is the person, and nobody may be made known: one error a person, not one a log."""

    def __init__(self, remote_id: str, name: str, email: str):
        super().__init__("source_unknown_person", name=name, email=email or "–")
        self.remote_id, self.name = remote_id, name


def plain(text: str, length: int, *, lines: bool = False) -> str:
    """A text of Zoho without its HTML; with `lines`, its line breaks stay."""
    broken = _BREAKS.sub("\n", text) if lines else text
    bare = html.unescape(_TAGS.sub(" ", broken)).replace("\0", "")
    if not lines:
        return " ".join(bare.split())[:length]
    return "\n".join(" ".join(line.split()) for line in bare.splitlines()).strip()[:length]


@dataclass
class Taking:
    """A page that is being taken over, in one transaction. `project` is the one at Zoho, `local` ours;
    `people` knows name and address of everybody at Zoho by id."""

    session: Session
    source: ZohoSource
    run_id: int
    project: str = ""
    local: Project | None = None
    joined: bool = False
    people: dict[str, list[str]] = field(default_factory=dict)
    new_people: int = 0
    _known: dict[Module, dict[str, int]] = field(default_factory=dict)
    _members: set[int] | None = None

    @property
    def sync_id(self) -> int:
        return self.source.sync_id or 0

    @property
    def portal(self) -> Portal:
        return portal_of(self.session)

    def local_id(self, module: Module, remote_id: str) -> int | None:
        """Ours of a record of this project (or of a person); None for one that was not taken over."""
        if not remote_id:
            return None
        if module not in self._known:
            wanted = [ZohoSourceLink.sync_id == self.sync_id, ZohoSourceLink.module == module]
            if module is not Module.USER:
                wanted.append(ZohoSourceLink.project == self.project)
            rows = self.session.execute(
                select(col(ZohoSourceLink.remote_id), col(ZohoSourceLink.local_id)).where(*wanted)
            )
            self._known[module] = {row[0]: row[1] for row in rows}
        return self._known[module].get(remote_id)

    def link_of_project(self, remote_id: str) -> ZohoSourceLink | None:
        return self.session.exec(
            select(ZohoSourceLink).where(
                ZohoSourceLink.sync_id == self.sync_id,
                ZohoSourceLink.module == Module.PROJECT,
                ZohoSourceLink.remote_id == remote_id,
            )
        ).first()

    def link(
        self, module: Module, remote_id: str, local_id: int, values: dict[str, Any], *, joined: bool = False
    ) -> ZohoSourceLink:
        """Note what came of a record."""
        made = ZohoSourceLink(
            sync_id=self.sync_id,
            module=module,
            remote_id=remote_id,
            project=self.project,
            local_id=local_id,
            values=values,
            seen_run=self.run_id,
            joined=joined,
        )
        self.session.add(made)
        self.session.flush()
        if module in self._known:
            self._known[module][remote_id] = local_id
        return made

    def forget(self) -> None:
        """What is known of this page was taken back."""
        self._known, self._members = {}, None

    def is_linked(self, module: Module, local_id: int) -> bool:
        return (
            self.session.execute(
                select(col(ZohoSourceLink.id)).where(
                    ZohoSourceLink.sync_id == self.sync_id,
                    ZohoSourceLink.module == module,
                    ZohoSourceLink.local_id == local_id,
                )
            ).first()
            is not None
        )

    def known_person(self, ref: Ref) -> int | None:
        """Somebody who is here already: linked before, of the same address, or only a name so far."""
        if not ref.id:
            return None
        if found := self.local_id(Module.USER, ref.id):
            return found
        name, email = self._told(ref)
        user = None
        if email:
            user = self.session.exec(select(User).where(func.lower(User.email) == email)).first()
        if user is None and name:
            user = self.session.exec(
                select(User).where(User.name == name, col(User.email).is_(None)).order_by(col(User.id))
            ).first()
        if user is None:
            return None
        self._link_person(ref.id, user.id or 0, joined=True)
        return user.id

    def person(self, ref: Ref) -> int:
        """Who did the work, made known here where the source was set up to. Raises Unfit."""
        if found := self.known_person(ref):
            return found
        name, email = self._told(ref)
        if not ref.id or not (name or email):
            raise Unfit("source_no_person")
        if self.source.people is SourcePeople.KNOWN:
            raise UnknownPerson(ref.id, name or email, email)
        user = User(name=(name or email)[:200], email=email or None)
        self.session.add(user)
        self.session.flush()
        self.new_people += 1
        audit.record(
            self.session, None, "user", user.id, "created", after={"name": user.name}, by="zoho_projects"
        )
        self._link_person(ref.id, user.id or 0)
        if self.source.people is SourcePeople.INVITE and email:
            account_links.invite_new(self.session, user)
        return user.id or 0

    def owner(self, remote_id: str) -> int | None:
        """Who owns a task; None where nobody does, or somebody who is not to be made known here."""
        ref = Ref.model_validate({"id": remote_id})
        if self.source.people is SourcePeople.KNOWN or not any(self._told(ref)):
            return self.known_person(ref)
        return self.person(ref) if remote_id else None

    def _told(self, ref: Ref) -> tuple[str, str]:
        name, email = self.people.get(ref.id, ["", ""])
        return name or ref.name, normal_email(email or ref.email)

    def _link_person(self, remote_id: str, user_id: int, *, joined: bool = False) -> None:
        project, self.project = self.project, ""
        self.link(Module.USER, remote_id, user_id, {}, joined=joined)
        errors.resolve(self.session, self.sync_id, Module.USER, number_of(remote_id))
        self.project = project

    def join(self, user_id: int) -> None:
        """Who works on a project is one of its people."""
        if self.local is None:
            return
        if self._members is None:
            rows = self.session.execute(
                select(col(ProjectMember.user_id)).where(ProjectMember.project_id == self.local.id)
            )
            self._members = set(rows.scalars())
        if user_id not in self._members:
            self._members.add(user_id)
            self.session.add(ProjectMember(project_id=self.local.id or 0, user_id=user_id))

    def client(self, ref: Ref, currency: str) -> Client | None:
        """The client of the same name, made where the source was set up to; None for none."""
        name = ref.name.strip()[:200]
        if not name:
            return None
        found = self.session.exec(
            select(Client)
            .where(func.lower(Client.name) == name.lower(), col(Client.archived_at).is_(None))
            .order_by(col(Client.id))
        ).first()
        if found is None and self.source.clients is SourceClients.CREATE:
            portal = self.portal
            found = Client(
                name=name,
                currency=currency or portal.base_currency,
                country=portal.country,
                locale=portal.locale,
            )
            self.session.add(found)
            self.session.flush()
            audit.record(
                self.session, None, "client", found.id, "created", after={"name": name}, by="zoho_projects"
            )
        return found


def differing(link: ZohoSourceLink, values: dict[str, Any]) -> dict[str, Any]:
    """The fields that are not at Zoho as they were."""
    return {name: value for name, value in values.items() if link.values.get(name) != value}
