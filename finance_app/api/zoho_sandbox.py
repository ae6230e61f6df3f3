"""The imitation of Zoho inside the demo: the wizard works without any account.

It answers at Zoho's own paths, and keeps its state beside the demo's database.
"""

from starlette.routing import Route
from starlette.types import ASGIApp

from finance_app.settings import settings

METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE"]
PATHS = ("/oauth/v2", "/books/v3", "/invoice/v3", "/restapi", "/api/v3", "/sandbox")


def sandbox_routes(made: ASGIApp) -> list[Route]:
    """Only the demo has them, and only where no other sandbox is set."""
    return [Route(f"{path}/{{path:path}}", made, methods=METHODS) for path in PATHS]


def sandbox_file() -> str:
    """Where the demo's sandbox keeps its state; it is made anew with the demo company."""
    return str(settings().data_dir / "demo.zoho.sqlite")
