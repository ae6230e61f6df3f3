"""Billing what was agreed, in parts: deposits, percentages, lines, progress, the balance.

What is agreed has a net and taxes for each group of lines that are taxed alike. Parts bill *work* (a share of
the lines) and *deposits* (an advance on a group, with its tax), and *deduct* deposits from later work, by the
group and with the very tax that they carried. Of every group it holds at any time, in its direction,

    work + deposits - deductions <= agreed

and the part that completes the work takes what is left of the tax, so that all parts sum to the cent.
"""

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction

from finance_app.domain.errors import DomainError
from finance_app.domain.money import apportion, round_half_up, spread


class PartKind(StrEnum):
    """What a line of a part invoice is of the agreed."""

    WORK = "work"
    DEPOSIT = "deposit"
    DEDUCTION = "deduction"


class Deduct(StrEnum):
    """When deposits are taken off: with each part in its proportion, or all with the last one."""

    PROPORTIONAL = "proportional"
    AT_END = "at_end"


@dataclass(frozen=True, slots=True)
class AgreedLine:
    """A line of the agreed: its group, its net, and how much of the net earlier parts have billed."""

    id: int
    group: Hashable
    net_minor: int
    billed_minor: int = 0

    @property
    def left_minor(self) -> int:
        return self.net_minor - self.billed_minor


@dataclass(frozen=True, slots=True)
class Group:
    """What is taxed alike, in minor units: agreed net and taxes (one for each tax of the group).

    `charged` is the tax of all earlier parts, deductions taken off. `advance` and `advance_taxes` are
    deposits that are not deducted yet.
    """

    key: Hashable
    net_minor: int
    taxes: tuple[int, ...] = ()
    charged: tuple[int, ...] = ()
    advance_minor: int = 0
    advance_taxes: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class PartLine:
    """A line of a part: its net, and its taxes where they are settled (None: the engine works them out)."""

    kind: PartKind
    group: Hashable
    net_minor: int
    line_id: int | None = None
    taxes: tuple[int, ...] | None = None


@dataclass(frozen=True, slots=True)
class Agreed:
    """Lines and groups of what was agreed, with what earlier parts have taken of them."""

    lines: tuple[AgreedLine, ...]
    groups: tuple[Group, ...]

    @property
    def net_minor(self) -> int:
        return sum(group.net_minor for group in self.groups)

    @property
    def left_minor(self) -> int:
        """Net that is left to invoice: agreed less work and deposits that are not deducted."""
        return sum(self.left_of(group) for group in self.groups)

    def left_of(self, group: Group) -> int:
        work = sum(line.billed_minor for line in self.lines if line.group == group.key)
        return group.net_minor - work - group.advance_minor

    def work_left_of(self, group: Group) -> int:
        return sum(line.left_minor for line in self.lines if line.group == group.key)


def deposit(agreed: Agreed, percent: Decimal) -> list[PartLine]:
    """An advance of a percentage of the agreed, by group. Raises DomainError for more than is left."""
    _check_percent(percent)
    shares = apportion([Fraction(group.net_minor) * Fraction(percent) / 100 for group in agreed.groups])
    return _deposit(agreed, shares)


def deposit_of(agreed: Agreed, net_minor: int) -> list[PartLine]:
    """An advance of a net amount, spread over the groups by what is left of them. Raises DomainError."""
    left = [agreed.left_of(group) for group in agreed.groups]
    if net_minor <= 0 or net_minor > sum(left):
        raise DomainError("error.parts.above_left", field="amount")
    return _deposit(agreed, spread(net_minor, left))


def _deposit(agreed: Agreed, shares: Sequence[int]) -> list[PartLine]:
    for group, share in zip(agreed.groups, shares, strict=True):
        if not _within(share, agreed.left_of(group)):
            raise DomainError("error.parts.above_left", field="percent")
    found = [
        PartLine(PartKind.DEPOSIT, group.key, share)
        for group, share in zip(agreed.groups, shares, strict=True)
        if share
    ]
    if not found:
        raise DomainError("error.parts.nothing", field="percent")
    return found


def by_percentage(agreed: Agreed, percent: Decimal) -> dict[int, int]:
    """Net amounts by line: the percentage of each line, or what is left of it where that is less."""
    _check_percent(percent)
    shares = apportion([Fraction(line.net_minor) * Fraction(percent) / 100 for line in agreed.lines])
    return {
        line.id: _capped(share, line.left_minor) for line, share in zip(agreed.lines, shares, strict=True)
    }


def progress_to(agreed: Agreed, percents: Mapping[int, Decimal]) -> dict[int, int]:
    """Net amounts by line that bring each to its percentage of completion.

    Raises DomainError where a line has been billed further than that already.
    """
    found: dict[int, int] = {}
    for line in agreed.lines:
        percent = percents.get(line.id)
        if percent is None:
            continue
        if not 0 <= percent <= 100:
            raise DomainError("error.parts.percent", field="percent")
        part = round_half_up(Fraction(line.net_minor) * Fraction(percent) / 100) - line.billed_minor
        if part and not _within(part, line.left_minor):
            raise DomainError("error.parts.behind", field="percent")
        found[line.id] = part
    return found


def by_lines(agreed: Agreed, line_ids: Sequence[int]) -> dict[int, int]:
    """All that is left of the lines."""
    return {line.id: line.left_minor for line in agreed.lines if line.id in set(line_ids)}


def balance(agreed: Agreed) -> dict[int, int]:
    """All that is left of every line."""
    return {line.id: line.left_minor for line in agreed.lines}


def part(agreed: Agreed, amounts: Mapping[int, int], deduct: Deduct) -> list[PartLine]:
    """The lines of a part that bills these net amounts of work by line, deposits deducted.

    Raises DomainError for nothing, for more than is left of a line, and where work and the deposits that are
    not deducted would come to more than was agreed.
    """
    work = [(line, amounts[line.id]) for line in agreed.lines if amounts.get(line.id)]
    for line, amount in work:
        if not _within(amount, line.left_minor):
            raise DomainError("error.parts.above_line", field="amounts")
    taken = {group.key: sum(n for line, n in work if line.group == group.key) for group in agreed.groups}
    complete = all(taken[group.key] == agreed.work_left_of(group) for group in agreed.groups)
    if not work and not (complete and any(group.advance_minor for group in agreed.groups)):
        raise DomainError("error.parts.nothing", field="amounts")
    found: list[PartLine] = []
    deductions: list[PartLine] = []
    for group in agreed.groups:
        work_left = agreed.work_left_of(group)
        share = Fraction(0)
        if complete:
            share = Fraction(1)
        elif deduct is Deduct.PROPORTIONAL and work_left:
            share = Fraction(taken[group.key], work_left)
        off = round_half_up(group.advance_minor * share)
        taxes_off = tuple(round_half_up(tax * share) for tax in group.advance_taxes)
        if not _within(taken[group.key] - off, agreed.left_of(group)):
            raise DomainError("error.parts.above_left", field="amounts")
        lines = [(line, amount) for line, amount in work if line.group == group.key]
        closing = complete or (taken[group.key] == work_left and off == group.advance_minor)
        settled = _closing_taxes(group, lines, taxes_off) if closing else [None] * len(lines)
        found += [
            PartLine(PartKind.WORK, group.key, amount, line.id, taxes)
            for (line, amount), taxes in zip(lines, settled, strict=True)
        ]
        if off or any(taxes_off):
            negative = tuple(-tax for tax in taxes_off)
            deductions.append(PartLine(PartKind.DEDUCTION, group.key, -off, taxes=negative))
    order = {line.id: place for place, line in enumerate(agreed.lines)}
    found.sort(key=lambda each: order[each.line_id or 0])
    return found + deductions


def _closing_taxes(
    group: Group, lines: Sequence[tuple[AgreedLine, int]], taxes_off: tuple[int, ...]
) -> list[tuple[int, ...] | None]:
    """What is left of each tax of the group, spread over the lines of its last part."""
    if not lines:
        return []
    weights = [amount for _, amount in lines]
    charged = group.charged or (0,) * len(group.taxes)
    off = taxes_off or (0,) * len(group.taxes)
    columns = [
        spread(tax - before + back, weights)
        for tax, before, back in zip(group.taxes, charged, off, strict=True)
    ]
    return [tuple(column[place] for column in columns) for place in range(len(lines))]


def check_within(agreed: Agreed) -> None:
    """Raises DomainError where earlier parts came to more than was agreed: the check before a commit."""
    for line in agreed.lines:
        if not _within(line.billed_minor, line.net_minor):
            raise DomainError("error.parts.above_line", field="amounts")
    for group in agreed.groups:
        work = sum(line.billed_minor for line in agreed.lines if line.group == group.key)
        if not _within(work + group.advance_minor, group.net_minor):
            raise DomainError("error.parts.above_left", field="amounts")


def _within(amount: int, whole: int) -> bool:
    """Between nothing and the whole, in the direction of the whole."""
    return 0 <= amount <= whole if whole >= 0 else whole <= amount <= 0


def _capped(amount: int, left: int) -> int:
    return min(max(amount, 0), left) if left >= 0 else max(min(amount, 0), left)


def _check_percent(percent: Decimal) -> None:
    if not 0 < percent <= 100:
        raise DomainError("error.parts.percent", field="percent")
