"""The base of every refusal that a rule can give."""


class DomainError(Exception):
    """A rule refused something.

    `code` is a key of the catalogue (`error.money.currency_mismatch`) and `params` fill its text, so that
    whoever shows the refusal says it in the reader's language. Params are text, numbers, dates or Money.
    """

    def __init__(self, code: str, **params: object) -> None:
        self.code = code
        self.params = params
        super().__init__(code if not params else f"{code} {params}")


class InvalidFields(DomainError):
    """Several inputs of a form were refused at once: a refusal for each name of a field."""

    def __init__(self, faults: dict[str, DomainError]) -> None:
        self.faults = faults
        super().__init__("common.error.fields", n=len(faults))


class NotFound(DomainError):
    """What was asked for does not exist, or not for this person; which of the two is not told."""

    def __init__(self) -> None:
        super().__init__("common.error.not_found")
