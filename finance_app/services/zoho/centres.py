"""Where Zoho answers for this installation: a data centre, or the sandbox in its place."""

from dataclasses import replace

from finance_app.integrations.zoho import CENTRES, Centre
from finance_app.integrations.zoho.centres import one_host
from finance_app.integrations.zoho.pacing import Quota
from finance_app.settings import Settings, settings


def sandbox_address(given: Settings | None = None) -> str:
    """The address of the sandbox that stands for Zoho: that of the settings, in demo mode this server's own;
    empty where the real one answers."""
    given = given or settings()
    if given.zoho_url or not given.demo:
        return given.zoho_url
    host = "127.0.0.1" if given.host in ("0.0.0.0", "::", "localhost") else given.host  # noqa: S104
    return f"http://{f'[{host}]' if ':' in host else host}:{given.port}"


def is_own_sandbox(given: Settings | None = None) -> bool:
    """Whether the demo itself stands for Zoho."""
    given = given or settings()
    return given.demo and not given.zoho_url


def quota() -> Quota:
    """How often the organisation may be asked. The demo's own sandbox grants more than Zoho, so that a first
    sync can be watched to its end."""
    return Quota(per_minute=9_500, per_day=950_000) if is_own_sandbox() else Quota()


def centre_of(code: str) -> Centre:
    """The data centre as the server reaches it."""
    address = sandbox_address()
    return one_host(address, code) if address else CENTRES.get(code, CENTRES["us"])


def consent_centre(code: str) -> Centre:
    """The data centre as the person's browser reaches it: the demo's sandbox by the address typed there."""
    return replace(centre_of(code), accounts="") if is_own_sandbox() else centre_of(code)
