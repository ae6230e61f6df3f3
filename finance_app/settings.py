"""The environment of this installation: read once, validated, frozen.

Every variable starts with `MARGE_`; `PORT` and `HOST` are understood as well. A fault is told in one line
that names the variable, what is wrong with it and what to do.
"""

import ipaddress
import os
import secrets
import tempfile
from contextlib import suppress
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Literal, Self
from urllib.parse import unquote, urlsplit

from pydantic import AliasChoices, Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

ROOT = Path(__file__).resolve().parent.parent
PREFIX = "MARGE_"
SECRET_MIN_LENGTH = 32
_KNOWN_SECRETS = ("change", "secret", "default", "example", "password", "insecure")
_WILDCARD_HOSTS = ("0.0.0.0", "::")  # noqa: S104 - recognised here, bound only where an operator asks


class SettingsError(Exception):
    """The environment is not usable. `faults` holds one line for each fault."""

    def __init__(self, faults: list[str]) -> None:
        super().__init__("\n".join(faults))
        self.faults = faults


@dataclass(frozen=True)
class SmtpServer:
    """Where mail is handed over. `security` is `none`, `starttls` or `tls` (TLS from the first byte)."""

    host: str
    port: int
    security: Literal["none", "starttls", "tls"]
    user: str | None = None
    password: SecretStr | None = None

    @classmethod
    def parse(cls, url: str) -> Self:
        """Reads `smtp://user:password@host:port?starttls` or `smtps://...`. Raises ValueError."""
        parts = urlsplit(url)
        if parts.scheme not in ("smtp", "smtps"):
            raise ValueError("must start with smtp:// or smtps://")
        if not parts.hostname:
            raise ValueError("names no host, as in smtp://mail.example.com:587?starttls")
        if parts.query not in ("", "starttls"):
            raise ValueError(f"does not understand ?{parts.query}, only ?starttls")
        if parts.scheme == "smtps" and parts.query:
            raise ValueError("asks for both smtps:// and ?starttls; take one of them")
        if (parts.username is None) != (parts.password is None):
            raise ValueError("needs a user and a password together, as in smtp://user:password@host")
        security = "tls" if parts.scheme == "smtps" else "starttls" if parts.query else "none"
        return cls(
            host=parts.hostname,
            port=parts.port or {"tls": 465, "starttls": 587, "none": 25}[security],
            security=security,
            user=unquote(parts.username) if parts.username else None,
            password=SecretStr(unquote(parts.password)) if parts.password else None,
        )


class Settings(BaseSettings):
    model_config = SettingsConfigDict(
        env_prefix=PREFIX,
        env_ignore_empty=True,
        extra="ignore",
        frozen=True,
        populate_by_name=True,
        hide_input_in_errors=True,
    )

    demo: bool = False
    data_dir: Path = ROOT / "var"
    database_url: str = Field("", repr=False)
    redis_url: str | None = Field(None, repr=False)
    zoho_url: str = ""
    secret_key: SecretStr = SecretStr("")
    old_secret_keys: Annotated[tuple[SecretStr, ...], NoDecode] = ()
    smtp_url: SecretStr | None = None
    mail_from: str = "Marge <marge@localhost>"
    host: str = Field("127.0.0.1", validation_alias=AliasChoices("MARGE_HOST", "HOST"))
    port: int = Field(3000, ge=1, le=65535, validation_alias=AliasChoices("MARGE_PORT", "PORT"))
    base_url: str = ""
    workers: int = Field(1, ge=1, le=64)
    trusted_proxies: Annotated[tuple[str, ...], NoDecode] = ()
    upload_max_mb: int = Field(50, ge=1, le=2048)
    receipt_max_mb: int = Field(15, ge=1, le=200)
    log_level: Literal["debug", "info", "warning", "error"] = "info"

    @field_validator("data_dir")
    @classmethod
    def _absolute(cls, value: Path) -> Path:
        return value.expanduser().absolute()

    @field_validator("database_url")
    @classmethod
    def _driver(cls, value: str) -> str:
        scheme, separator, rest = value.partition("://")
        if not value or scheme == "sqlite":
            return value
        if not separator or scheme not in ("postgres", "postgresql", "postgresql+psycopg"):
            raise ValueError("must start with sqlite:/// or postgresql://")
        return f"postgresql+psycopg://{rest}"

    @field_validator("redis_url")
    @classmethod
    def _redis_scheme(cls, value: str | None) -> str | None:
        if value and urlsplit(value).scheme not in ("redis", "rediss", "unix"):
            raise ValueError("must start with redis:// or rediss://")
        return value

    @field_validator("smtp_url")
    @classmethod
    def _smtp_readable(cls, value: SecretStr | None) -> SecretStr | None:
        if value:
            SmtpServer.parse(value.get_secret_value())
        return value

    @field_validator("mail_from")
    @classmethod
    def _one_address(cls, value: str) -> str:
        address = value.rpartition("<")[2].rstrip("> ")
        if any(ord(c) < 32 for c in value) or address.count("@") != 1 or not all(address.split("@")):
            raise ValueError("must be an e-mail address, as in: Marge <billing@example.com>")
        return value

    @field_validator("host", mode="before")
    @classmethod
    def _bindable(cls, value: object) -> object:
        host = str(value)
        if host != "localhost":
            try:
                ipaddress.ip_address(host)
            except ValueError:
                raise ValueError(
                    "must be an IP address or localhost (127.0.0.1 for this machine only, 0.0.0.0 for all)"
                ) from None
        return host

    @field_validator("old_secret_keys", mode="before")
    @classmethod
    def _several(cls, value: object) -> object:
        return (
            tuple(part.strip() for part in value.split(",") if part.strip())
            if isinstance(value, str)
            else value
        )

    @field_validator("zoho_url")
    @classmethod
    def _one_server(cls, value: str) -> str:
        if value and (urlsplit(value).scheme not in ("http", "https") or not urlsplit(value).hostname):
            raise ValueError("must be the address of a Zoho sandbox, as in http://127.0.0.1:8200")
        return value.rstrip("/")

    @field_validator("base_url")
    @classmethod
    def _origin(cls, value: str) -> str:
        if not value:
            return value
        parts = urlsplit(value)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError("must be the address people type, as in https://marge.example.com")
        if parts.path not in ("", "/") or parts.query or parts.fragment:
            raise ValueError("must end after the host: Marge lives at the root of a host, not below a path")
        return f"{parts.scheme}://{parts.netloc}"

    @field_validator("trusted_proxies", mode="before")
    @classmethod
    def _networks(cls, value: object) -> object:
        if not isinstance(value, str):
            return value
        networks = tuple(part.strip() for part in value.split(",") if part.strip())
        for network in networks:
            try:
                ipaddress.ip_network(network)
            except ValueError:
                raise ValueError(f"{network} is no IP address or network, as in 10.0.0.0/8") from None
        return networks

    @field_validator("log_level", mode="before")
    @classmethod
    def _lower(cls, value: object) -> object:
        return value.lower() if isinstance(value, str) else value

    @model_validator(mode="before")
    @classmethod
    def _defaults(cls, values: dict[str, Any]) -> dict[str, Any]:
        demo = str(values.get("demo", "")).lower() in ("1", "true", "yes", "on", "t", "y")
        data_dir = Path(values.get("data_dir") or ROOT / "var").expanduser().absolute()
        file = "demo.sqlite" if demo else "marge.sqlite"
        values.setdefault("database_url", f"sqlite:///{data_dir / file}")
        return values

    @model_validator(mode="after")
    def _together(self) -> Self:
        faults = [*self._demo_faults(), *self._secret_faults()]
        if self.workers > 1 and not self.redis_url:
            faults.append("MARGE_WORKERS: several workers share their state by Redis; set MARGE_REDIS_URL")
        if faults:
            raise ValueError("\n".join(faults))
        return self

    def _demo_faults(self) -> list[str]:
        name = self.database_url.partition("?")[0].rpartition("/")[2]
        if self.demo and "demo" not in name:
            return [
                f"MARGE_DATABASE_URL: demo mode lets anybody in, so it only opens a database with “demo” in "
                f"its name, not “{name}”. Unset MARGE_DEMO to serve it, or MARGE_DATABASE_URL for the demo"
            ]
        return []

    def _secret_faults(self) -> list[str]:
        secret = self.secret_key.get_secret_value()
        advice = 'Make one with: python3 -c "import secrets; print(secrets.token_urlsafe(48))"'
        if not secret:
            if self.demo or self.is_sqlite:
                return []
            return [f"MARGE_SECRET_KEY: is missing; it signs logins and encrypts stored secrets. {advice}"]
        weak = any(word in secret.lower() for word in _KNOWN_SECRETS) or len(set(secret)) < 10
        if len(secret) < SECRET_MIN_LENGTH or weak:
            return [
                f"MARGE_SECRET_KEY: must be at least {SECRET_MIN_LENGTH} random characters, "
                f"not a word from an example. {advice}"
            ]
        return []

    @property
    def is_sqlite(self) -> bool:
        return self.database_url.startswith("sqlite")

    @property
    def smtp(self) -> SmtpServer | None:
        """The mail server, or None where mail is only kept in the outbox."""
        return SmtpServer.parse(self.smtp_url.get_secret_value()) if self.smtp_url else None

    @property
    def address(self) -> str:
        """The address people type, without a slash at its end; links in e-mails start with it."""
        host = "localhost" if self.host in (*_WILDCARD_HOSTS, "127.0.0.1", "::1") else self.host
        return self.base_url or f"http://{_bracketed(host)}:{self.port}"

    @property
    def origins(self) -> tuple[str, ...]:
        """Every origin a page of this server may be opened at; a browser's socket from another is refused."""
        hosts = ["localhost", "127.0.0.1", "[::1]"]
        if self.host not in _WILDCARD_HOSTS:
            hosts.append(_bracketed(self.host))
        return tuple(dict.fromkeys([self.address, *(f"http://{host}:{self.port}" for host in hosts)]))


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host


def _variable(location: tuple[int | str, ...]) -> str:
    name = str(location[0]) if location else ""
    return name if name.isupper() else f"{PREFIX}{name.upper()}"


def _faults(error: ValidationError) -> list[str]:
    found: list[str] = []
    for fault in error.errors(include_url=False):
        text = fault["msg"].removeprefix("Value error, ")
        found += [f"{_variable(fault['loc'])}: {text}"] if fault["loc"] else text.split("\n")
    return found


def unknown_variables(environment: dict[str, str] | None = None) -> list[str]:
    """One line for each `MARGE_` variable that no setting has, with the name that was probably meant."""
    known = {f"{PREFIX}{name.upper()}" for name in Settings.model_fields}
    names = {*known, "MARGE_CASES", "MARGE_TRIAL_FILE", "MARGE_OWNER_PASSWORD"}
    found = []
    for variable in sorted(environment if environment is not None else os.environ):
        if variable.startswith(PREFIX) and variable not in names:
            near = get_close_matches(variable, known, 1)
            hint = f"; did you mean {near[0]}?" if near else ""
            found.append(f"{variable}: no such setting{hint}")
    return found


def _kept_secret(data_dir: Path) -> SecretStr:
    """The secret of an installation without MARGE_SECRET_KEY, made once and readable by its owner only."""
    file = data_dir / "secret.key"
    try:
        data_dir.mkdir(parents=True, exist_ok=True)
        if not file.exists():
            descriptor, draft = tempfile.mkstemp(dir=data_dir, prefix="secret.")  # made with mode 600
            with os.fdopen(descriptor, "w") as stream:
                stream.write(secrets.token_urlsafe(48) + "\n")
            with suppress(FileExistsError):  # another process was first: its secret stands
                os.link(draft, file)
            os.unlink(draft)
        secret = file.read_text().strip()
    except OSError as error:
        raise SettingsError([f"MARGE_DATA_DIR: cannot keep a secret in {file}: {error.strerror}"]) from None
    if len(secret) < SECRET_MIN_LENGTH:
        raise SettingsError(
            [f"{file}: is damaged. Set MARGE_SECRET_KEY, or delete it: all will have to log in anew"]
        )
    return SecretStr(secret)


def read_settings() -> Settings:
    """The settings of the present environment. Raises SettingsError with one line for each fault."""
    try:
        found = Settings()  # type: ignore[call-arg]
    except ValidationError as error:
        raise SettingsError(_faults(error)) from None
    if found.secret_key.get_secret_value():
        return found
    return found.model_copy(update={"secret_key": _kept_secret(found.data_dir)})


@cache
def settings() -> Settings:
    """`read_settings`, once for a process."""
    return read_settings()
