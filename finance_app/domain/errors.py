"""The base of every refusal that a rule can give."""


class DomainError(Exception):
    """A rule refused something.

    `code` is a key of the catalogue (`error.money.currency_mismatch`) and `params` fill its text, so that
    whoever shows the refusal says it in the reader's language.
    """

    def __init__(self, code: str, **params: object) -> None:
        self.code = code
        self.params = params
        super().__init__(code if not params else f"{code} {params}")
