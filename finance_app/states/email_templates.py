"""The page of the e-mails' texts: one kind in one language at a time."""

from finance_app.documents.email_text import PLACEHOLDERS
from finance_app.domain.permissions import Permission
from finance_app.services import email_templates
from finance_app.states.form import FormState, texts
from finance_app.states.handlers import handler, on_load
from finance_app.states.session import Session


class EmailTexts(FormState, Session):
    kind: str = "invoice"
    language: str = ""
    is_own: bool = False
    placeholders: str = ", ".join(f"{{{name}}}" for name in PLACEHOLDERS)

    @on_load(Permission.SETTINGS_EDIT)
    async def load(self):
        self.language = self.language or self._locale
        await self._show_text()

    async def _show_text(self) -> None:
        template, self.is_own = await self._read(email_templates.get, self.kind, self.language)
        self._fill({"subject": template.subject, "body": template.message})

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
