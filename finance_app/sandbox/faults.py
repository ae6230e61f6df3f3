"""Faults on demand: what a network and a busy service do to a client, by chance or one after another."""

import random
import threading
from dataclasses import dataclass, field

KINDS = ("429", "500", "drop", "expired")
"""Throttled; broken before anything happened; the answer lost after the commit; the access token expired."""


@dataclass
class Faults:
    """`shares` are chances from 0 to 1 by kind, `next` are faults for the next requests in their order."""

    shares: dict[str, float] = field(default_factory=dict)
    next: list[str] = field(default_factory=list)
    latency_ms: int = 0
    seed: int = 0

    def __post_init__(self) -> None:
        unknown = {*self.shares, *self.next} - {*KINDS, ""}
        if unknown:
            raise ValueError(f"unknown faults: {', '.join(sorted(unknown))}; there are {', '.join(KINDS)}")
        self._random, self._lock = random.Random(self.seed), threading.Lock()  # noqa: S311

    def draw(self) -> str:
        """The fault of this request, or nothing."""
        with self._lock:
            if self.next:
                return self.next.pop(0)
            chance = self._random.random()
            for kind, share in self.shares.items():
                if chance < share:
                    return kind
                chance -= share
            return ""
