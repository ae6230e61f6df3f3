"""Sending a document and what became of it: the dialog of the e-mail, its deliveries, the client's link."""

import secrets
from dataclasses import dataclass
from zoneinfo import ZoneInfo

import reflex as rx

from finance_app import routes
from finance_app.documents.email_text import EmailKind
from finance_app.domain.errors import DomainError, NotFound
from finance_app.domain.permissions import Permission
from finance_app.i18n import t
from finance_app.i18n.formats import moment
from finance_app.models.kinds import OutboxState
from finance_app.services.delivery import history as deliveries
from finance_app.services.delivery import links as public_links
from finance_app.services.delivery import sending as delivery
from finance_app.services.delivery.history import Delivery
from finance_app.services.document_rights import check_readable
from finance_app.services.estimating import sending
from finance_app.services.expenses import receipts
from finance_app.settings import settings
from finance_app.states.form import FormState, texts
from finance_app.states.handlers import handler
from finance_app.states.session import Session

KINDS = tuple(public_links.DOCUMENTS)
TOPICS = ("invoices", "estimates")
RETRIED = (OutboxState.FAILED, OutboxState.PENDING)


@dataclass(frozen=True)
class DeliveryRow:
    """An e-mail about the document, in words."""

    id: int
    what: str
    state: str
    sent_to: str
    when: str
    by: str
    fault: str
    next_try: str
    can_retry: bool
    can_confirm: bool


def delivery_row(found: Delivery, locale: str, zone: ZoneInfo) -> DeliveryRow:
    def translate(key: str, **params: object) -> str:
        return t(locale, key, **params)

    waiting = found.state is OutboxState.PENDING and not found.error
    return DeliveryRow(
        id=found.id,
        what=translate(f"delivery.email.{found.email}"),
        state=found.state.value,
        sent_to=translate("delivery.panel.to", to=", ".join(found.to)),
        when=moment(found.done_at or found.created_at, locale, zone, "short"),
        by=found.by,
        fault=translate(f"delivery.fault.{found.error}", detail=found.detail) if found.error else "",
        next_try=translate("delivery.panel.next", when=moment(found.next_at, locale, zone, "short"))
        if found.next_at
        else "",
        can_retry=found.state in RETRIED and not waiting,
        can_confirm=found.error == "unknown",
    )


class DeliveryPanel(FormState, Session):
    """Beside a document: `kind` and `object_id` are looked up anew in every handler."""

    kind: str = ""
    object_id: int = 0
    version: int = 0
    is_draft: bool = False
    email: str = ""
    request_key: str = ""
    preview_subject: str = ""
    preview_html: str = ""
    suggestions: list[str] = []
    preview_visit: int = -1
    no_server: bool = False
    receipts: int = 0
    revoking: bool = False
    renewing: bool = False
    deliveries: list[DeliveryRow] = []
    link: str = ""

    async def _show(self, kind: str, object_id: int) -> None:
        """Fill the panel of a document; called by the page that holds it."""
        self.kind, self.object_id = kind, object_id
        await self._refresh()

    async def _refresh(self) -> None:
        kind, object_id = self._document()
        found = await self._read(deliveries.deliveries, kind, object_id)
        self.deliveries = [delivery_row(each, self._locale, ZoneInfo(self._me.time_zone)) for each in found]

        def look(session, actor) -> tuple[int, bool, str]:
            check_readable(session, actor, kind, object_id)
            document = session.get(public_links.DOCUMENTS[kind], object_id)
            if document is None:
                raise NotFound
            live = public_links.live_link(session, kind, object_id)
            may = actor.may(Permission.INVOICES_EDIT)
            address = public_links.address_of(live) if live and may else ""
            return document.version, document.issued_at is None, address

        self.version, self.is_draft, self.link = await self._read(look)

    def _document(self) -> tuple[str, int]:
        if self.kind not in KINDS or not self.object_id:
            raise NotFound
        return self.kind, self.object_id

    @handler(Permission.INVOICES_EDIT)
    async def open_email(self, email: str):
        """Open the dialog: `invoice`, `reminder` or `credit_note`."""
        try:
            kind = EmailKind(email)
        except ValueError:
            raise NotFound from None
        _, object_id = self._document()
        await self._refresh()
        draft = await self._read(delivery.draft, kind, object_id)
        self.email, self.suggestions = kind.value, list(draft.suggestions)
        self.no_server = settings().smtp is None and not settings().demo
        self.request_key = secrets.token_hex(16)
        self.receipts = 0
        if kind is EmailKind.INVOICE:
            self.receipts = len(await self._read(receipts.of_invoice, object_id))
        fields = {"to": draft.to, "cc": draft.cc, "subject": draft.subject, "body": draft.body}
        self._fill({**fields, "receipts": ""})
        await self._preview(draft.subject, draft.body)
        self._open_form()

    @handler(Permission.INVOICES_EDIT, supersedes=True)
    async def typed(self, subject: str, body: str):
        """Draw the preview anew while the person writes."""
        await self._preview(str(subject), str(body))

    async def _preview(self, subject: str, body: str) -> None:
        _, object_id = self._document()
        kind = EmailKind(self.email)
        try:
            text = await self._read(
                delivery.preview, kind, object_id, subject[:300], body[: delivery.BODY_LIMIT]
            )
        except DomainError as fault:
            self.errors = {"body": self._t(fault.code, **fault.params)}
            return
        self.errors = {}
        self.preview_subject, self.preview_html = text.subject, text.html

    @handler(Permission.INVOICES_VIEW)
    async def set_preview_open(self, is_open: bool):
        """The document as the client will see it, over the page."""
        self.preview_visit = self.visit if is_open else -1

    @handler(Permission.INVOICES_EDIT)
    async def send(self, data: dict):
        kind, object_id = self._document()
        given = texts(data)
        envelope = [given.get(name, "") for name in ("to", "cc", "subject", "body")]
        if self.email == EmailKind.REMINDER:
            await self._write(delivery.remind, object_id, *envelope, self.request_key)
        elif self.email == EmailKind.ESTIMATE_REMINDER:
            await self._write(sending.remind, object_id, *envelope, self.request_key)
        elif kind == public_links.ESTIMATE:
            await self._write(sending.send, object_id, self.version, *envelope, self.request_key)
        elif kind == public_links.SALES_ORDER:
            await self._write(sending.send_order, object_id, *envelope, self.request_key)
        elif kind == public_links.CREDIT_NOTE:
            await self._write(delivery.send_credit_note, object_id, *envelope, self.request_key)
        else:
            await self._write(
                delivery.send,
                object_id,
                self.version,
                *envelope,
                self.request_key,
                given.get("receipts", ""),
            )
        await self._changed(*TOPICS)
        events = self._saved(message="delivery.dialog.queued")
        if self.router.url.path.rstrip("/").endswith("/review"):
            return [*events, rx.redirect(routes.invoice(object_id))]
        return [*events, *self._reload()]

    @handler(Permission.INVOICES_EDIT)
    async def retry(self, delivery_id: int):
        await self._write(deliveries.retry, int(delivery_id))
        await self._changed(*TOPICS)
        await self._refresh()

    @handler(Permission.INVOICES_EDIT)
    async def give_up(self, delivery_id: int):
        await self._write(deliveries.cancel, int(delivery_id))
        await self._changed(*TOPICS)
        await self._refresh()

    @handler(Permission.INVOICES_EDIT)
    async def arrived(self, delivery_id: int):
        await self._write(deliveries.confirm, int(delivery_id))
        await self._changed(*TOPICS)
        await self._refresh()

    @handler(Permission.INVOICES_EDIT)
    async def make_link(self):
        await self._write(public_links.ensure_link, *self._document())
        await self._changed(*TOPICS)
        await self._refresh()

    @handler(Permission.INVOICES_EDIT)
    async def renew_link(self):
        await self._write(public_links.renew_link, *self._document())
        self.renewing = False
        await self._changed(*TOPICS)
        await self._refresh()
        self._say(self._t("delivery.panel.link_renewed"))

    @handler(Permission.INVOICES_EDIT)
    async def set_renewing(self, asked: bool):
        """Ask before another link takes the place of the one that the client has."""
        self.renewing = bool(asked)

    @handler(Permission.INVOICES_EDIT)
    async def set_revoking(self, asked: bool):
        """Ask before the link is closed."""
        self.revoking = bool(asked)

    @handler(Permission.INVOICES_EDIT)
    async def revoke_link(self):
        await self._write(public_links.revoke_links, *self._document())
        self.revoking = False
        await self._changed(*TOPICS)
        await self._refresh()
        self._say(self._t("delivery.panel.link_revoked"))

    @handler(Permission.INVOICES_EDIT)
    async def link_copied(self):
        self._say(self._t("delivery.panel.link_copied"))
