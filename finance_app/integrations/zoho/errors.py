"""What went wrong at Zoho, sorted by what can be done about it."""

from enum import StrEnum


class Cause(StrEnum):
    """The kinds of failure that people and the worker tell apart."""

    UNREACHABLE = "unreachable"
    """No answer: it is unknown whether Zoho did what was asked."""
    BROKEN = "broken"
    """Zoho answered 5xx, or not in its own form."""
    THROTTLED = "throttled"
    SIGNED_OUT = "signed_out"
    """The connection must be renewed by a person: the grant is revoked or its key has changed."""
    FORBIDDEN = "forbidden"
    INVALID = "invalid"
    DUPLICATE = "duplicate"
    BAD_REFERENCE = "bad_reference"
    IN_USE = "in_use"
    """Something else depends on the record, or it has transactions."""
    MISSING = "missing"
    REFUSED = "refused"
    """Any other refusal; Zoho's own words say why."""


_CAUSES = {
    2: Cause.INVALID,
    4: Cause.DUPLICATE,
    5: Cause.REFUSED,
    6: Cause.BAD_REFERENCE,
    11: Cause.INVALID,
    14: Cause.SIGNED_OUT,
    36: Cause.IN_USE,
    43: Cause.THROTTLED,
    44: Cause.THROTTLED,
    45: Cause.THROTTLED,
    57: Cause.FORBIDDEN,
    1002: Cause.MISSING,
    1004: Cause.IN_USE,
    1038: Cause.INVALID,
    3062: Cause.DUPLICATE,
    4016: Cause.INVALID,
    4097: Cause.INVALID,
}
RETRIED = frozenset({Cause.UNREACHABLE, Cause.BROKEN, Cause.THROTTLED})


class ZohoError(Exception):
    """A request that failed for good, or as often as it was worth trying. `code` and `message` are Zoho's,
    `wait` the seconds it asked for. It never holds a token or a secret."""

    def __init__(
        self, cause: Cause, message: str, *, code: int = 0, status: int = 0, wait: float | None = None
    ):
        super().__init__(f"{cause.value} {code}: {message}")
        self.cause, self.message, self.code, self.status, self.wait = cause, message, code, status, wait

    @property
    def may_pass(self) -> bool:
        """Whether the same request may succeed later without anybody doing anything."""
        return self.cause in RETRIED


def of_answer(status: int, code: int, message: str, wait: float | None = None) -> ZohoError:
    """The error of an answer in Zoho's form."""
    if status == 429:
        cause = Cause.THROTTLED
    elif status >= 500:
        cause = Cause.BROKEN
    elif status == 401:
        cause = Cause.SIGNED_OUT
    else:
        cause = _CAUSES.get(code, Cause.MISSING if status == 404 else Cause.REFUSED)
    return ZohoError(cause, message[:500], code=code, status=status, wait=wait)
