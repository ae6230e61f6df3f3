"""What the status of a task is called in the files of others."""

from finance_app.models.kinds import WorkState

_WORDS = {
    WorkState.CLOSED: "finished closed done complete completed resolved fixed clos close fermé fermée "
    "terminé terminée fini finie résolu résolue",
    WorkState.CANCELLED: "cancelled canceled abandoned rejected annulé annulée abandonné abandonnée",
}
_STATES = {word: state for state, words in _WORDS.items() for word in words.split()}


def work_state(text: str) -> WorkState | None:
    """The state that a status names; None where it is open or unknown."""
    return _STATES.get(text.strip().casefold())
