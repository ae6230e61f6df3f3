"""Yes and no, and the states of approval, as files in English and French write them."""

from finance_app.integrations.timesheet_files.rows import Approval
from finance_app.integrations.timesheet_files.texts import word_set, words

_YES = word_set(
    "yes y true 1 x oui o vrai billable facturable chargeable ja billed invoiced facture "
    "unbilled notbilled uninvoiced notinvoiced nonfacture"
)
_NO = word_set("no n false 0 non faux nonbillable nonfacturable nonchargeable unbillable nein")
_ALREADY_BILLED = frozenset({"billed", "invoiced", "facture"})
_APPROVALS = {
    Approval.APPROVED: "approved approuve approuvee valide validee yes oui true accepted accepte",
    Approval.PENDING: "pending submitted draft open unsubmitted notsubmitted unapproved waiting "
    "pendingapproval awaitingapproval enattente soumis soumise brouillon nonapprouve nonsoumis no non false",
    Approval.REJECTED: "rejected rejete rejetee refuse refusee declined",
}
_APPROVAL_WORDS = {word: state for state, names in _APPROVALS.items() for word in names.split()}


def _compact(text: str) -> str:
    return words(text).replace(" ", "")


def read_yes_no(text: str) -> bool | None:
    """Whether a text says yes (billable) or no (non-billable); None for anything else."""
    word = _compact(text)
    return True if word in _YES else False if word in _NO else None


def says_billed(text: str) -> bool:
    """Whether a billing status says that the time was invoiced already."""
    return _compact(text) in _ALREADY_BILLED


def read_approval(text: str) -> Approval | None:
    """The state that a text names, or None."""
    return _APPROVAL_WORDS.get(_compact(text))
