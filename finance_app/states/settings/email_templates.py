"""The page of the e-mails' texts: one kind in one language at a time."""

from finance_app.documents.email_text import EmailKind, placeholders_of
from finance_app.domain.permissions import Permission
from finance_app.services.delivery import templates as email_templates
from finance_app.states.form import TEXT_LIMIT, FormState, texts
from finance_app.states.handlers import handler, on_load
from finance_app.states.session import Session


class EmailTexts(FormState, Session):
    kind: str = "invoice"
    language: str = ""
    is_own: bool = False
    preview_subject: str = ""
    preview_html: str = ""
    _subject: str = ""
    _body: str = ""
    placeholders: str = ""

    @on_load(Permission.SETTINGS_EDIT)
    async def load(self):
        self.language = self.language or self._locale
        await self._show_text()

    async def _show_text(self) -> None:
        template, self.is_own = await self._read(email_templates.get, self.kind, self.language)
        self._fill({"subject": template.subject, "body": template.message})
        self._subject, self._body = template.subject, template.message
        self.placeholders = ", ".join(f"{{{name}}}" for name in placeholders_of(EmailKind(self.kind)))
        await self._show_preview()

    async def _show_preview(self) -> None:
        found = await self._read(email_templates.preview, self.kind, self.language, self._subject, self._body)
        self.preview_subject, self.preview_html = found.subject, found.html

    @handler(Permission.SETTINGS_EDIT)
    async def try_subject(self, text: str):
        self._subject = str(text)[:TEXT_LIMIT]
        await self._show_preview()
        self.errors = {}

    @handler(Permission.SETTINGS_EDIT)
    async def try_body(self, text: str):
        self._body = str(text)[:TEXT_LIMIT]
        await self._show_preview()
        self.errors = {}

    @handler(Permission.SETTINGS_EDIT)
    async def choose(self, kind: str, language: str):
        await self._read(email_templates.get, str(kind), str(language))
        self.kind, self.language = str(kind), str(language)
        await self._show_text()

    @handler(Permission.SETTINGS_EDIT)
    async def save(self, data: dict):
        given = texts(data)
        await self._write(
            email_templates.save, self.kind, self.language, given.get("subject", ""), given.get("body", "")
        )
        await self._show_text()
        return self._saved()

    @handler(Permission.SETTINGS_EDIT)
    async def reset_text(self):
        await self._write(email_templates.reset, self.kind, self.language)
        await self._show_text()
        return self._saved()
