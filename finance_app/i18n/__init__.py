"""The texts and formats of Marge in every language it speaks.

Texts live in `<locale>/<noun>.toml`; the key of a text is the file's name and the path inside it, joined by
dots: `invoice.state.draft`. A text that depends on a number `n` is a table of plural forms (`one`, `other`).
"""

from finance_app.i18n.catalogue import DEFAULT_LOCALE, LOCALES, choose_locale, messages, t

__all__ = ["DEFAULT_LOCALE", "LOCALES", "choose_locale", "messages", "t"]
