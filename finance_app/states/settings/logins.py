"""Rows of log-ins: which browser, where, since when."""

from dataclasses import dataclass
from zoneinfo import ZoneInfo

from finance_app.i18n import formats, t
from finance_app.models import UserSession

_BROWSERS = (
    ("Edg", "Edge"),
    ("OPR", "Opera"),
    ("Firefox", "Firefox"),
    ("Chrome", "Chrome"),
    ("Safari", "Safari"),
)
_SYSTEMS = (
    ("iPhone", "iPhone"), ("iPad", "iPad"), ("Android", "Android"), ("Windows", "Windows"),
    ("Mac OS", "macOS"), ("Linux", "Linux"),
)  # fmt: skip


@dataclass(frozen=True)
class LoginRow:
    id: int
    device: str
    address: str
    seen: str
    opened: str
    current: bool


def device(agent: str, locale: str) -> str:
    """“Firefox, Windows” from a User-Agent, as far as it says so."""
    found = [next((name for mark, name in names if mark in agent), "") for names in (_BROWSERS, _SYSTEMS)]
    return ", ".join(part for part in found if part) or t(locale, "account.logins.unknown")


def login_row(login: UserSession, current_id: int, locale: str, zone: ZoneInfo) -> LoginRow:
    def when(key: str, moment) -> str:
        return t(locale, f"account.logins.{key}", when=formats.moment(moment, locale, zone, "short"))

    return LoginRow(
        login.id or 0,
        device(login.user_agent, locale),
        login.address,
        when("seen", login.last_seen_at),
        when("opened", login.created_at),
        login.id == current_id,
    )
