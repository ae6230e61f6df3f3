"""Standing mentions that the law of the issuer's country wants on an invoice, in the client's language."""

from decimal import Decimal

from finance_app.i18n import LOCALES, t
from finance_app.i18n.formats import percent


def french_mentions(
    locale: str,
    *,
    penalty_rate: Decimal | None = None,
    early_discount: str = "",
    vat_exempt: bool = False,
    vat_on_debits: bool = False,
    reverse_charge: bool = False,
) -> tuple[str, ...]:
    """The mentions of a French issuer invoicing a business, in their usual order.

    `penalty_rate` is a yearly percentage (`Decimal("12")`); without it the legal default applies (the ECB's
    refinancing rate plus 10 points). `vat_exempt` is the exemption of article 293 B of the CGI.
    """
    mentions = []
    if vat_exempt:
        mentions.append(t(locale, "document.legal.vat_exempt_293b"))
    if reverse_charge:
        mentions.append(t(locale, "document.legal.intra_community_services"))
    if vat_on_debits:
        mentions.append(t(locale, "document.legal.vat_on_debits"))
    if early_discount:
        mentions.append(t(locale, "document.legal.early_discount", terms=early_discount))
    else:
        mentions.append(t(locale, "document.legal.no_early_discount"))
    if penalty_rate is None:
        mentions.append(t(locale, "document.legal.late_penalties_default"))
    else:
        mentions.append(t(locale, "document.legal.late_penalties", rate=percent(penalty_rate, locale)))
    mentions.append(t(locale, "document.legal.recovery_indemnity"))
    return tuple(mentions)


_STANDING = (
    *("vat_exempt_293b", "vat_on_debits", "intra_community_services"),
    *("no_early_discount", "late_penalties_default", "recovery_indemnity"),
)


def in_language(mention: str, locale: str) -> str:
    """A mention that stands word for word in the law's usual form, in another language; others as is."""
    typed = mention.strip().replace("'", "’")
    for key in _STANDING:
        if any(typed == t(each, f"document.legal.{key}") for each in LOCALES):
            return t(locale, f"document.legal.{key}")
    return mention
