"""Where Zoho's data centres answer, and how its products are addressed."""

from dataclasses import dataclass
from enum import StrEnum


class Product(StrEnum):
    """The one that receives the documents."""

    BOOKS = "books"
    INVOICE = "invoice"


@dataclass(frozen=True, slots=True)
class Centre:
    """A data centre by its code in `location`: where one signs in, the finance API, the API of Projects."""

    code: str
    accounts: str
    api: str
    projects: str


def _centre(code: str, ending: str) -> Centre:
    return Centre(
        code,
        f"https://accounts.zoho.{ending}",
        f"https://www.zohoapis.{ending}",
        f"https://projectsapi.zoho.{ending}",
    )


CENTRES: dict[str, Centre] = {
    centre.code: centre
    for centre in (
        _centre("us", "com"),
        _centre("eu", "eu"),
        _centre("in", "in"),
        _centre("au", "com.au"),
        _centre("jp", "jp"),
        _centre("cn", "com.cn"),
        _centre("sa", "sa"),
        Centre(
            "ca",
            "https://accounts.zohocloud.ca",
            "https://www.zohoapis.ca",
            "https://projectsapi.zohocloud.ca",
        ),
    )
}


def one_host(address: str, code: str = "us") -> Centre:
    """A centre whose every part is at one address: the sandbox's, a proxy's."""
    root = address.rstrip("/")
    return Centre(code, root, root, root)
