"""The choices of the wizard as its address holds them, and the scope that they mean.

A share of a price is `id~basis~value~flags`, as in `3~percent~60~t`: `t` marks its time as billed, `a` allows
to go above the price. What is picked by hand is a list of ids with a letter: `t` a task, `m` a milestone, `l`
a log.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import Any, TypeVar

from finance_app.domain.errors import DomainError
from finance_app.domain.grouping import GroupBy, LineField
from finance_app.domain.shares import Basis, PriceField
from finance_app.i18n.numbers import read_number
from finance_app.services.invoicing.scope import Picked, Scope

MOST_PICKED = 400
MOST_EXPENSES = 400
NONE = "none"
EXPENSES = "expense"
PRICE_KINDS = {"fixed": ("fixed_cost", "project"), "phases": ("milestone", "milestone")}
"""Of each part of the address: the charge, and what the id of its shares is of."""

E = TypeVar("E", bound=StrEnum)


@dataclass(frozen=True)
class ShareChoice:
    """A share as it is chosen. `value` is a plain decimal number."""

    id: int
    basis: Basis
    value: str = ""
    time: bool = False
    above: bool = False

    def told(self) -> str:
        flags = ("t" if self.time else "") + ("a" if self.above else "")
        return "~".join((str(self.id), self.basis.value, self.value, flags)).rstrip("~")


def shares_of(text: str) -> list[ShareChoice]:
    """The shares of an address; what is none is left out."""
    found = []
    for part in text.split(","):
        id_, basis, value, flags = [*part.split("~"), "", "", ""][:4]
        if _is_id(id_) and basis in set(Basis) and _is_number(value):
            found.append(ShareChoice(int(id_), Basis(basis), value, "t" in flags, "a" in flags))
    return list({each.id: each for each in found}.values())


def typed_share(text: str, locale: str) -> tuple[Basis, Decimal]:
    """An amount (`2500`) or a percentage of the price (`40 %`). Raises ValueError."""
    basis = Basis.PERCENT if text.endswith("%") else Basis.CUSTOM
    return basis, read_number(text.rstrip("%").strip(), locale)


def with_share(text: str, id_: int, choice: ShareChoice | None) -> str:
    """The address part with the share of `id_` set, or taken out."""
    kept = [each for each in shares_of(text) if each.id != id_]
    return ",".join(each.told() for each in ([*kept, choice] if choice else kept))


def ids_of(text: str) -> list[int]:
    """Ids of an address; what is none is left out."""
    return list(dict.fromkeys(int(part) for part in text.split(",") if _is_id(part)))


def picked_of(choices: Mapping[str, str]) -> Picked:
    """What is picked by hand."""
    parts = [part for part in choices.get("picked", "").split(",") if part[:1] in "tml" and _is_id(part[1:])]

    def of(letter: str) -> tuple[int, ...]:
        return tuple(dict.fromkeys(int(part[1:]) for part in parts if part[0] == letter))

    return Picked(choices.get("only") == "1", of("l"), of("t"), of("m"))


def picked_text(picked: Picked) -> str:
    return ",".join(
        f"{letter}{id_}"
        for letter, ids in (("t", picked.tasks), ("m", picked.milestones), ("l", picked.logs))
        for id_ in ids
    )


def toggled(picked: Picked, what: str, id_: int) -> Picked:
    """With a task, milestone or log named by hand, or no longer. Raises DomainError beyond what fits."""
    named: tuple[int, ...] = getattr(picked, what)
    named = tuple(each for each in named if each != id_) if id_ in named else (*named, id_)
    changed = replace(picked, **{what: named})
    if len(changed.logs) + len(changed.tasks) + len(changed.milestones) > MOST_PICKED:
        raise DomainError("billing.error.too_many_picked", n=MOST_PICKED)
    return changed


def scope_of(choices: Mapping[str, str]) -> Scope:
    """The scope that the choices mean. Raises DomainError for a day or a rate that is none."""
    by = choices.get("by", "")
    client, rate = choices.get("client", ""), choices.get("rate", "")
    return Scope(
        project_ids=tuple(ids_of(choices.get("projects", ""))),
        until=day_of(choices.get("until", ""), "until"),
        since=day_of(choices.get("since", ""), "since"),
        group_by=GroupBy(by) if by in set(GroupBy) else GroupBy.TASK,
        name_fields=_fields(choices.get("name", ""), LineField),
        description_fields=_fields(choices.get("desc", ""), LineField),
        price_names=_fields(choices.get("pname", ""), PriceField),
        price_descriptions=_fields(choices.get("pdesc", ""), PriceField),
        fallback_rate=Decimal(rate) if rate and _is_number(rate) else None,
        picked=picked_of(choices),
        charges={
            **{
                charge: [_wish(each, of) for each in shares]
                for part, (charge, of) in PRICE_KINDS.items()
                if (shares := shares_of(choices.get(part, "")))
            },
            **({EXPENSES: wish} if (wish := expenses_of(choices.get("expenses", ""))) else {}),
        },
        client_id=int(client) if _is_id(client) else None,
    )


def choices_of(scope: Scope, client_id: int) -> dict[str, str]:
    """The choices that mean this scope."""
    return {
        "client": str(client_id),
        "projects": _joined(map(str, scope.project_ids)),
        "until": scope.until.isoformat() if scope.until else NONE,
        "since": scope.since.isoformat() if scope.since else "",
        "by": scope.group_by.value,
        "name": _joined(scope.name_fields, ""),
        "desc": _joined(scope.description_fields),
        "pname": _joined(scope.price_names, ""),
        "pdesc": _joined(scope.price_descriptions, ""),
        "rate": "" if scope.fallback_rate is None else format(scope.fallback_rate, "f"),
        "only": "1" if scope.picked.only else "",
        "picked": picked_text(scope.picked),
        **{
            part: ",".join(_share(wish, of).told() for wish in scope.charges.get(charge, ()))
            for part, (charge, of) in PRICE_KINDS.items()
        },
        "expenses": expenses_text(scope.charges.get(EXPENSES) or {}),
    }


def expenses_of(text: str) -> dict[str, Any]:
    """The wish for expenses: `all`, all but some (`all,-3`), or some (`3,4`); empty where there is none."""
    parts = [part for part in text.split(",") if part]
    if "all" in parts:
        return {"all": True, "but": ids_of(",".join(part[1:] for part in parts if part[0] == "-"))}
    return {"only": only} if (only := ids_of(text)) else {}


def expenses_text(wish: Mapping[str, Any]) -> str:
    if wish.get("all"):
        return ",".join(["all", *(f"-{id_}" for id_ in wish.get("but") or ())])
    return ",".join(str(id_) for id_ in wish.get("only") or ())


def with_expense(text: str, id_: int) -> str:
    """The address part with an expense taken in, or no longer. Raises DomainError beyond what fits."""
    wish = expenses_of(text)
    named = "but" if wish.get("all") else "only"
    ids = wish.get(named) or []
    wish = {**wish, named: [each for each in ids if each != id_] if id_ in ids else [*ids, id_]}
    if len(wish[named]) > MOST_EXPENSES:
        raise DomainError("billing.error.too_many_picked", n=MOST_EXPENSES)
    return expenses_text(wish)


def day_of(text: str, name: str) -> date | None:
    """Raises DomainError."""
    try:
        return date.fromisoformat(text) if text and text != NONE else None
    except ValueError:
        raise DomainError("invoicing.error.day", field=name) from None


def _wish(share: ShareChoice, of: str) -> dict[str, Any]:
    return {
        of: share.id,
        "basis": share.basis.value,
        "value": share.value,
        "time": share.time,
        "above": share.above,
    }


def _share(wish: Mapping[str, Any], of: str) -> ShareChoice:
    return ShareChoice(
        int(wish[of]),
        Basis(wish["basis"]),
        str(wish.get("value") or ""),
        bool(wish.get("time")),
        bool(wish.get("above")),
    )


def _joined(values: Iterable[str], empty: str = NONE) -> str:
    return ",".join(values) or empty


def _fields(text: str, kind: type[E]) -> tuple[E, ...]:
    return tuple(kind(part) for part in dict.fromkeys(text.split(",")) if part in set(kind))


def _is_id(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) < 12 and int(text) > 0


def _is_number(text: str) -> bool:
    try:
        return not text or Decimal(text).is_finite()
    except InvalidOperation:
        return False
